# SPDX-License-Identifier: GPL-2.0-or-later
# An object of build/bench.json as tables.
include "bars";

def pad($n): tostring | . + (" " * ([$n - length, 1] | max));
def lead($n): tostring | (" " * ([$n - length, 1] | max)) + .;

(
  "\nKernel \(.kernel): instructions per operation",
  (("operation" | pad(15)) + (["bare", "empty", "rules-0", "rules-1000", "rules-1000000", "publisher", "bare-again"] | map(lead(15)) | join(""))),
  (. as $kernel | ("open", "open-first", "open-second", "map", "exec-static", "exec-dynamic", "hash-64m", "identify-elf", "identify-pe") as $op
    | ($op | pad(15)) + (["bare", "empty", "rules-0", "rules-1000", "rules-1000000", "publisher", "bare-again"]
        | map(. as $setup | $kernel | cost($op; $setup) | lead(15)) | join(""))),
  "",
  (bars[] | (if .met then "met     " else "MISSED  " end) + (.value | lead(10)) + "  at most " + (.limit | pad(8)) + .bar)
)
