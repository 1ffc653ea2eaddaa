# SPDX-License-Identifier: GPL-2.0-or-later
# The bars: of one kernel's rows, a list of {bar, value, limit, met}; line makes one of them text.

def cost($op; $setup): [.rows[] | select(.op == $op and .setup == $setup)] | last | .instructions;
def adds($op; $setup): cost($op; $setup) - cost($op; "bare");
def part($op): adds($op; "rules-1000") / cost($op; "bare");
def at_most($bar; $value; $limit): {bar: $bar, value: ($value * 10000 | round / 10000), limit: $limit, met: ($value <= $limit)};

def bars: [
  at_most("warm open adds (instructions)"; adds("open"; "rules-1000"); 300),
  at_most("warm open, times what empty programs add"; adds("open"; "rules-1000") / adds("open"; "empty"); 1.6),
  at_most("warm open with 1,000,000 rules, times that with 1,000"; cost("open"; "rules-1000000") / cost("open"; "rules-1000"); 1.02),
  at_most("warm exec, static, adds (part of it)"; part("exec-static"); 0.005),
  at_most("warm exec, dynamic, adds (part of it)"; part("exec-dynamic"); 0.005),
  at_most("warm open with a publisher rule adds (instructions)"; adds("open"; "publisher"); 300),
  at_most("identifying an unsigned ELF file of 100 MB for it (instructions)"; adds("identify-elf"; "publisher"); 20000),
  at_most("identifying a signed PE file for it, hashing and all (instructions)"; adds("identify-pe"; "publisher"); 150000),
  at_most("first open, size not named, adds (instructions)"; adds("open-first"; "rules-1000"); 2000),
  at_most("first open with 1,000,000 rules, adds (instructions)"; adds("open-first"; "rules-1000000"); 2000),
  at_most("a miss with 1,000,000 rules, more than with 1,000 (instructions)"; cost("miss"; "rules-1000000") - cost("miss"; "rules-1000"); 400),
  at_most("hashing 64 MiB of page cache, times SHA-256 of a buffer"; adds("hash-64m"; "rules-1000") / cost("sha256-64m"; "bare"); 1.05),
  at_most("1,000,000 hashes in kernel memory (MiB)"; ([.rows[] | select(.op == "load")] | last | .memory / 1048576); 64),
  at_most("loading 1,000,000 hashes, times batch updates of a hash map"; cost("load"; "rules-1000000") / cost("load-hash-map"; "rules-1000000"); 0.3334)
];

# Those of `make bench-scale`.
def memory($op; $part): [.rows[] | select(.op == $op)] | last | .[$part] / 1048576;
def scale_bars: [
  at_most("10,000,000 hashes in kernel memory (MiB)"; memory("load-10000000"; "kernel"); 500),
  at_most("of these, what the kernel's free memory became less by (MiB)"; memory("load-10000000"; "witness"); 500),
  at_most("interdict load of them from a directory, user memory at most (MiB)"; memory("load-10000000"; "user"); 1024),
  at_most("interdict daemon that begins with them, user memory at most (MiB)"; memory("daemon-10000000"; "user"); 1024),
  at_most("1,000,000 in a signed bundle, in kernel memory (MiB)"; memory("bundle-1000000"; "kernel"); 64),
  at_most("interdict load of them, user memory at most (MiB)"; memory("bundle-1000000"; "user"); 1024),
  at_most("warm open with 10,000,000 rules, times that with 1,000"; cost("open"; "rules-10000000") / cost("open"; "rules-1000"); 1.02),
  at_most("warm open with the bundle, times that with 1,000"; cost("open"; "bundle-1000000") / cost("open"; "rules-1000"); 1.02),
  at_most("a miss with 10,000,000 rules, more than with 1,000 (instructions)"; cost("miss"; "rules-10000000") - cost("miss"; "rules-1000"); 400),
  at_most("a miss with the bundle, more than with 1,000 (instructions)"; cost("miss"; "bundle-1000000") - cost("miss"; "rules-1000"); 400)
];

# Those of `make bench-events`.
def middle($op; $state): [.rows[] | select(.op == $op and .state == $state) | .instructions] | sort | .[length / 2 | floor];
def times_refusal($state): middle("event"; $state) / middle("refusal"; $state);
def events_bars: [
  at_most("the daemon, for an event that is a line, times the refusal in the kernel"; times_refusal("different"); 20),
  at_most("the daemon, for an event that is like others, times the refusal"; times_refusal("equal"); 2),
  at_most("of equal refusals on the daemon's processor, lost (part)"; [.rows[] | select(.op == "sustained" and .state == "equal") | .lost / .attempts] | last; 0.5),
  at_most("the daemon's memory at most (MiB)"; [.rows[] | select(.op == "memory") | .bytes / 1048576] | last; 64)
];

def pad($n): tostring | . + (" " * ([$n - length, 1] | max));
def lead($n): tostring | (" " * ([$n - length, 1] | max)) + .;
def line: (if .met then "met     " else "MISSED  " end) + (.value | lead(10)) + "  at most " + (.limit | pad(8)) + .bar;
