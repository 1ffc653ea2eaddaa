# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: metrics.py STATUS: whether metrics on standard input, as Prometheus' own library reads them, say what
`interdict status --json` in STATUS does, of a daemon that recorded all that there is."""
import json
import sys

from prometheus_client.parser import text_string_to_metric_families


def main():
    values, totals = {}, {}
    for family in text_string_to_metric_families(sys.stdin.read()):
        assert family.documentation and family.type in ("counter", "gauge"), family.name
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            assert key not in values, f"{key} twice"
            values[key] = sample.value
            totals[sample.name] = totals.get(sample.name, 0) + sample.value
    with open(sys.argv[1], encoding="utf-8") as file:
        status = json.load(file)
    counters, daemon, policy = status["counters"], status["daemon"], status["policy"]
    wanted = {
        "interdict_enforcing": 1,
        "interdict_degraded": len(status["degraded"]),
        "interdict_attempts_total": counters["attempts"],
        "interdict_events_lost_total": counters["lost"],
        "interdict_events_recorded_total": counters["recorded"],
        "interdict_events_summarised_total": counters["summarised"],
        "interdict_events_dropped_total": counters["dropped"],
        "interdict_identified_total": counters["identified"],
        "interdict_denials_total": counters["denied"],
        "interdict_events_total": daemon["record"]["seq"],
        "interdict_record_seq": daemon["record"]["seq"],
        "interdict_record_signed_seq": daemon["record"]["signed_to"],
        "interdict_record_writable": 1,
        "interdict_policy_serial": policy["serial"],
        "interdict_notifications_total": daemon["notify"]["terminals"] + daemon["notify"]["desktops"],
        "interdict_notifications_limited_total": daemon["notify"]["limited"],
        "interdict_notifications_failed_total": daemon["notify"]["failed"],
        "interdict_watchers_missed_total": daemon["missed"],
        "interdict_output_sent_total": sum(output["sent"] for output in daemon["outputs"]),
        "interdict_output_dropped_total": sum(output["dropped"] for output in daemon["outputs"]),
        "interdict_output_failing": 0,
    }
    for name, value in wanted.items():
        assert totals.get(name) == value, f"{name}: {totals.get(name)}, not {value}"
    info = tuple(sorted({"name": policy["name"], "serial": str(policy["serial"]), "digest": policy["digest"],
                         "mode": status["mode"]}.items()))
    assert values.get(("interdict_policy_info", info)) == 1, f"no interdict_policy_info{info}"
    assert counters["denied"] > 0


try:
    main()
except AssertionError as error:
    sys.exit(f"metrics.py: {error}")
