# SPDX-License-Identifier: GPL-2.0-or-later
# An object of build/bench.json as tables.
include "bars";

(
  "\nKernel \(.kernel): instructions per operation",
  (("operation" | pad(15)) + (["bare", "empty", "rules-0", "rules-1000", "rules-1000000", "publisher", "guarded", "bare-again"] | map(lead(15)) | join(""))),
  (. as $kernel | ("open", "open-first", "open-second", "map", "exec-static", "exec-dynamic", "hash-64m", "identify-elf", "identify-pe", "miss", "ioctl") as $op
    | ($op | pad(15)) + (["bare", "empty", "rules-0", "rules-1000", "rules-1000000", "publisher", "guarded", "bare-again"]
        | map(. as $setup | $kernel | cost($op; $setup) | lead(15)) | join(""))),
  "",
  (bars[] | line)
)
