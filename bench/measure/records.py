"""
What is done to each record, in CPU, beside a JSON library or libavro doing the same in one thread:
decoding it, showing some of its fields, redacting others, filters. No server and no Kafka take part.
The records are like a wiki's stream of edits.
"""

import json
import subprocess

# A program of bench/: what it is compared with, which may have been missing when it was built.
PROGRAMS = {
    "json": "jansson",
    "avro": "libavro",
    "shape": "jansson",
    "filter": "jansson",
}
TEXTS = {
    "json": "json, {record}",
    "avro": "avro",
    "fields": "four fields shown, {record}",
    "redact": "three members redacted, {record}",
    "filter": "filter of four predicates, {record}",
}
FILTERS = 1000  # that share a record, in filter_speed


def measure(bench, report):
    seconds = bench.scale.pick(0.3, 0.05)
    for program, theirs in PROGRAMS.items():
        path = bench.programs / f"bench-{program}_speed"
        if path.exists():
            measure_program(bench, report, path, program, theirs, seconds)
        else:
            for work in works(program):
                report.skip(f"records.{work}", f"built without {theirs}")


def works(program):
    """How the keys of its rows go on."""
    return {"shape": ("fields", "redact"), "filter": ("filter", "further")}.get(program, (program,))


def measure_program(bench, report, path, program, theirs, seconds):
    """Each run has both sides in turn already."""
    runs = []
    for turn in range(bench.scale.pairs):
        report.say(f"records, {program}: {turn + 1} of {bench.scale.pairs}")
        runs.append(run(path, seconds))
    for work, record in runs[0]:
        if work == "filters":
            add_further(report, runs, record, theirs)
        else:
            add(report, runs, work, record, theirs)


def run(path, seconds):
    """{(work, record): what the program printed of it}."""
    done = subprocess.run(
        [str(path), str(seconds)], capture_output=True, text=True, check=True, timeout=300
    )
    lines = map(json.loads, done.stdout.splitlines())
    return {(line["work"], line["record"]): line for line in lines}


def sides(runs, names, value):
    return [[{"ns": value(one, name)} for one in runs] for name in names]


def add(report, runs, work, record, theirs):
    names = ("kafkasse", theirs)
    results = sides(runs, names, lambda one, name: one[work, record]["ns"][name])
    size = f"{runs[0][work, record]['bytes']:,} B"
    what = TEXTS[work].format(record=record) + f", {size}: CPU/record"
    report.add(f"records.{work}.{record}", what, names, results, "ns", "ns")


def add_further(report, runs, record, theirs):
    names = ("kafkasse", theirs)
    results = sides(runs, names, lambda one, name: further(one, record, name))
    what = f"each further filter, {record}: CPU/record"
    report.add(f"records.further.{record}", what, names, results, "ns", "ns")


def further(one, record, name):
    """What each filter costs but for the first, which has the record scanned, or parsed."""
    first, all_of_them = (one[work, record]["ns"][name] for work in ("filter", "filters"))
    return (all_of_them - first) / (FILTERS - 1)
