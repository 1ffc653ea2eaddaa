# Whether this is SARIF 2.1.0 with one run, as the specification has it (sections 3.13, 3.14, 3.19,
# 3.27 to 3.30), for what interdict writes.
def text: type == "string" and length > 0;
.version == "2.1.0" and (.["$schema"] | text) and (.runs | length == 1) and
(.runs[0] | .tool.driver as $driver | .invocations[0].exitCode as $exit |
	$driver.name == "interdict" and ($driver.version | text) and
	($driver.rules | map(.id) | length == (unique | length)) and
	all($driver.rules[]; (.id | test("^[a-z-]+$")) and (.shortDescription.text | text) and
		(.defaultConfiguration.level | IN("error", "warning"))) and
	.columnKind == "unicodeCodePoints" and (.invocations | length == 1) and
	.invocations[0].executionSuccessful == true and
	($exit != 0) == any(.results[]; .level == "error") and
	all(.results[];
		.ruleId == $driver.rules[.ruleIndex].id and (.level | IN("error", "warning")) and
		(.message.text | text) and (.locations | length == 1) and
		(.locations[0].physicalLocation |
			(.artifactLocation.uri | test("^(file://)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})+$")) and
			(.region == null or (.region.startLine >= 1 and .region.startColumn >= 1)))))
