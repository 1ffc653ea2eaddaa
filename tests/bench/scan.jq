# SPDX-License-Identifier: GPL-2.0-or-later
def mib: . / 1048576 * 10 | round / 10 | tostring + " MiB";
def row($name; $of): [$name, ($of.seconds | tostring) + " s", ($of.read | mib), ($of.peak_kib * 1024 | mib),
	(.sha256sum.seconds / $of.seconds * 10 | round / 10 | tostring) + " times as fast as sha256sum",
	(.bytes / ([$of.read, 1] | max) * 10 | round / 10 | tostring) + " times fewer bytes than there are"] | join(", ");
"\(.where): \(.files) files, \(.bytes | mib)",
row("sha256sum"; .sha256sum), row("clamscan"; .clamscan), row("scan, the first time"; .first),
row("scan, the second time"; .second),
"from the disk, with an empty page cache: \(.cold.disk | mib), \(.bytes / .cold.disk * 10 | round / 10) times fewer",
"1,000,000 hashes and files in memory: \(.million.seconds) s, \(.million.working_kib * 1024 | mib); \(.million.peak_kib * 1024 | mib) while it read the policy"
