# SPDX-License-Identifier: GPL-2.0-or-later
# From the guest's output to nested KTAP, one subtest a script. Writes its findings to the file
# named by the variable "verdict": "token NONCE", "failed REASON", "count SCRIPTS-THAT-ENDED".
# Variables: verdict, scripts (how many were given).

function problem(text) {
	problems++
	print "  # " text
	print "failed " name ": " text >> verdict
}

BEGIN {
	print "KTAP version 1"
	print "1.." scripts + 1
	fflush()
}

{ sub(/\r$/, "") }

# Firmware clears the screen, with no end of line before what comes next.
!running { gsub(/\033\[[0-9;=]*[A-Za-z]/, "") }

/^#@ begin / {
	name = $3
	running = 1
	began = systime()
	plan = -1
	run = 0
	problems = 0
	print "# Subtest: " name
	fflush()
	next
}

/^#@ end / && running {
	finished++
	running = 0
	if (plan < 0)
		problem("no plan")
	else if (run != plan)
		problem("planned " plan " tests, " run " ran")
	if ($4 != 0)
		problem("ended with status " $4)
	print "  # took " systime() - began " s"
	print (problems ? "not ok " : "ok ") finished " " name
	fflush()
	next
}

/^#@ left / && running {
	sub(/^#@ /, "")
	problem($0)
	fflush()
	next
}

/^#@ token / {
	print "token " $3 >> verdict
	next
}

!running { if (length($0)) print "# " $0; next }

/^KTAP version/ { print "  " $0; next }

/^1\.\.[0-9]+/ {
	if (plan >= 0)
		problem("a second plan")
	split($0, part, /\.\./)
	plan = part[2] + 0
	print "  " $0
	fflush()
	next
}

/^(not )?ok [0-9]+/ {
	print "  " $0
	run++
	number = ($1 == "not") ? $3 : $2
	if (number != run)
		problem("test " number " where " run " was expected")
	if ($1 == "not")
		problem("test failed:" substr($0, index($0, number) + length(number)))
	else if ($0 ~ /# SKIP/ && $0 !~ /# SKIP optional/)
		problem("required test skipped:" substr($0, index($0, number) + length(number)))
	fflush()
	next
}

/^Bail out!/ { problem($0); fflush(); next }

{ print "  " ($0 ~ /^#/ ? "" : "# ") $0; fflush() }

END {
	if (running) {
		problem("did not end")
		print "not ok " ++finished " " name
		finished--
	}
	print "count " finished + 0 >> verdict
}
