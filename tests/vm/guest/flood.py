# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: flood.py RECORD TRIED STATUS: whether the record accounts for every attempt.

RECORD is the record, with the files that rotation made of it beside it; TRIED has lines of probes/flood.c,
"EXE UID OP FILE TRIED REFUSED"; STATUS is what `interdict status --json` said at the end. Says what is wrong
and fails, or prints what there is.
"""
import collections
import glob
import hashlib
import json
import sys


def lines_of(record):
    """Every line of the record, from the oldest file on."""
    files = []
    for path in glob.glob(record + "*"):
        with open(path, "rb") as file:
            first = file.readline()
        if first:
            files.append((json.loads(first)["seq"], path))
    for _, path in sorted(files):
        with open(path, "rb") as file:
            yield from file


def key_of(event):
    return event["process"]["exe"], event["process"]["uid"], event["op"], event["file"]["path"]


def main():
    record, tried, status = sys.argv[1:]
    attempts = collections.Counter()
    for line in open(tried, encoding="ascii"):
        exe, uid, op, path, number, refused = line.split()
        assert number == refused, f"{number} tries, {refused} refused: {line}"
        attempts[exe, int(uid), op, path] += int(number)
    total = sum(attempts.values())
    with open(status, encoding="utf-8") as file:
        counters = json.load(file)["counters"]

    seq, prev, instances, lost, kinds = 0, "0" * 64, set(), 0, collections.Counter()
    ks, told, summed, gaps, named = set(), collections.Counter(), collections.Counter(), [], {}
    for line in lines_of(record):
        assert line.endswith(b"\n"), "half a line"
        event = json.loads(line)
        seq += 1
        assert event["seq"] == seq, f"seq {event['seq']}, not {seq}"
        assert event["prev"] == prev, f"prev of seq {seq}"
        prev = hashlib.sha256(line).hexdigest()
        kind = event["event"]
        kinds[kind] += 1
        assert kind != "tamper", f"seq {seq}: {event['reason']}"
        if kind == "start":
            instances.add(event["instance"])
        if kind != "denied":
            # Of two processors, one may count what is lost before the other's refusal has its place.
            assert event["lost"] >= lost, f"seq {seq}: {event['lost']} lost, and {lost} before"
            lost = event["lost"]
        if kind == "denied":
            assert event["k"] not in ks, f"k {event['k']} twice"
            ks.add(event["k"])
            key = key_of(event)
            told[key] += 1
            named[seq] = key
        if kind == "summary":
            key = named[event["like"]]
            about = event["process"]["exe"], event["process"]["uid"], event["op"], event["file"]["path"]
            assert about == key, f"seq {seq} is about {about}, and like {key}"
            first, last, count = event["k_first"], event["k_last"], event["count"]
            assert 0 < first <= last and 0 < count <= last - first + 1, f"seq {seq}: {count} of {first} to {last}"
            assert event["of"] == "denied", f"seq {seq} sums up {event['of']}"
            summed[key] += count
            gaps += [first, last]
    assert len(instances) == 1, f"the programs were loaded {len(instances)} times"
    assert not ks.intersection(gaps), "what is counted in a summary is also recorded"

    recorded, summarised = len(ks), sum(summed.values())
    assert counters["attempts"] == total, f"{total} attempts, and {counters['attempts']} in the kernel"
    assert counters["denied"] == total, f"{total} attempts, and {counters['denied']} denied"
    assert counters["attempts"] == counters["emitted"] + counters["lost"], counters
    assert counters["emitted"] == counters["recorded"] + counters["summarised"] + counters["dropped"], counters
    assert counters["dropped"] == 0, counters
    assert recorded == counters["recorded"], f"{recorded} lines, and {counters['recorded']} recorded"
    assert summarised == counters["summarised"], f"{summarised} in summaries, and {counters['summarised']}"
    assert lost == counters["lost"], f"{lost} lost by the record, and {counters['lost']}"
    missing = counters["attempts"] - len(ks)
    assert max(ks) <= counters["attempts"] and missing == summarised + lost, \
        f"{missing} k are missing, {summarised} summed up, {lost} lost"
    for key in told + summed:
        assert told[key] + summed[key] <= attempts[key], \
            f"{key}: {attempts[key]} attempts, {told[key]} lines, {summed[key]} summed up"
    if not lost:
        assert told + summed == attempts, "attempts of one are told of another"
    print(f"{total} attempts of {len(attempts)} sorts = {recorded} lines + {summarised} in "
          f"{kinds['summary']} summaries + {lost} lost; {kinds['start']} starts, "
          f"{kinds['checkpoint']} checkpoints, {len(glob.glob(record + '*'))} files")


try:
    main()
except AssertionError as error:
    sys.exit(f"flood.py: {error}")
