# SPDX-License-Identifier: GPL-2.0-or-later
# An object of build/bench-events.json as a table.
include "bars";

def sustained($state): .rows[] | select(.op == "sustained" and .state == $state);
def share($n; $of): ($n * 1000 / $of | round / 10 | tostring) + " %";

(
  "\nKernel \(.kernel): instructions",
  ("open and close, nothing refused" | pad(56)) + (middle("open"; "off") | lead(10)),
  ("a refused open, event and all" | pad(56)) + (middle("refusal"; "different") | lead(10)),
  ("the same while the ring buffer is full" | pad(56)) + (middle("refusal"; "full") | lead(10)),
  ("the daemon, for an event that is a line of the record" | pad(56)) + (middle("event"; "different") | lead(10)),
  ("the daemon, for an event that is like others (10 lines)" | pad(56)) + (middle("event"; "equal") | lead(10)),
  ("the daemon, a second in which nothing happens" | pad(56)) + (middle("second"; "idle") | lead(10)),
  (("different", "equal") as $state | sustained($state) |
    "\(.attempts) \($state) refusals, on the daemon's processor: \(share(.recorded; .attempts)) recorded, " +
    "\(share(.summarised; .attempts)) in summaries, \(share(.lost; .attempts)) lost and counted"),
  "",
  (events_bars[] | line)
)
