#!/usr/bin/env python3
"""Writes what ./dev bench has measured into docs/performance.md, between the marks

    <!-- begin generated: NAME -->
    <!-- end generated: NAME -->

and the plots of the growth curves beside it. Nothing else of the page is touched. A section that
the run did not measure is left as it is, with a word about that.
"""

import argparse
import json
import pathlib
import re
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent
sys.path[:0] = [str(HERE)]

from measure.report import spread  # noqa: E402
from plot import line_chart  # noqa: E402

# Sections of the page and how the keys of their rows begin.
SECTIONS = {
    "records": ("records.",),
    "fanout": ("fanout.",),
    "bursts": ("bursts.",),
    "latency": ("latency.", "beside."),
    "replay": ("replay.",),
    "first-event": ("first.",),
    "filters": ("filters.",),
    "memory": ("memory.",),
    "workers": ("workers.",),
    "growth": ("growth.",),
    "churn": ("churn.",),
    "io_uring": ("uring.",),
}
CURVES = {
    "clients": "clients",
    "topics": "topics",
    "partitions": "partitions of one topic",
    "subscriptions": "distinct subscriptions",
}
FIGURES = (("cpu_us", "cpu", "CPU per delivered event, us"), ("rss_mb", "memory", "VmRSS, MiB"))


def is_reached(row):
    """Whether the value keeps the goal; None when there is no goal."""
    goal, value = row["goal"], row["value"]
    if goal is None:
        return None
    match = re.fullmatch(r"(?:\+ )?([<>]=)? ?([0-9.,]+)", goal)
    if match is None:
        sys.exit(f"{row['key']}: what does the goal {goal!r} mean?")
    if value is None:
        return False
    bound = float(match[2].replace(",", ""))
    # As it is printed, with two digits: 1.104 is shown as 1.10 and has reached 1.10.
    value = round(value, 2)
    return {"<=": value <= bound, ">=": value >= bound, None: value == bound}[match[1]]


def table(head, lines):
    return "\n".join(
        "| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *lines]
    )


def row_cells(row):
    name = f"{row['what']}, {row['unit']}" if row["unit"] else row["what"]
    compared = ""
    if row["theirs"] is not None:
        is_added = (row["goal"] or "").startswith("+")
        compared = "+ " + spread(row["added"]) if is_added else spread(row["ratios"])
    theirs = f"{row['theirs']}: {middle(row['their_values'])}" if row["theirs"] else ""
    reached = {None: "", True: "yes", False: "**no**"}[is_reached(row)]
    ours = f"{row['ours']}: {middle(row['our_values'])}"
    return [name, ours, theirs, compared, row["goal"] or "", reached]


def middle(values):
    median = statistics.median(values)
    return f"{median:,.0f}" if abs(median) >= 1000 else f"{median:,.2f}"


def rows_table(rows):
    head = ["what", "median", "the other's", "ratio, or + what is added", "goal", "reached"]
    return table(head, map(row_cells, rows))


def curve_table(name, points):
    head = [CURVES[name], "CPU/event, us", "VmRSS, MiB", "events/s delivered", "bytes an event"]
    lines = [
        [
            f"{point['n']:,}", f"{point['cpu_us']:.2f}", f"{point['rss_mb']:.1f}",
            f"{point['delivered_per_s']:,.0f}", f"{point['bytes_per_event']:,.0f}",
        ]
        for point in points
    ]  # fmt: skip
    return table(head, lines)


def growth(found, folder):
    """The curves as tables and plots; writes the latter."""
    folder.mkdir(exist_ok=True)
    parts = []
    for name, points in found["data"]["growth"].items():
        parts.append(curve_table(name, points))
        images = []
        for field, word, title in FIGURES:
            file = folder / f"growth-{name}-{word}.svg"
            values = [(point["n"], point[field]) for point in points]
            file.write_text(line_chart(title, CURVES[name], values))
            images.append(f"![{title} over {CURVES[name]}]({folder.name}/{file.name})")
        parts.append("\n".join(images))
    return "\n\n".join(parts)


def machine_line(found):
    machine = found["machine"]
    cores = f"{machine['cores']} core{'s' if machine['cores'] > 1 else ''}"
    return f"Linux {machine['kernel']}, {cores}, load at the start {machine['load']:.1f}."


def section(name, found, folder):
    """The generated text of a section, or None when nothing of it was measured."""
    rows = [row for row in found["rows"] if row["key"].startswith(SECTIONS[name])]
    skipped = [
        f"Not measured: `{key}`, {why}." for key, why in found["skipped"].items()
        if f"{key}.".startswith(SECTIONS[name])
    ]  # fmt: skip
    if not rows and not skipped:
        return None
    parts = [machine_line(found)] + ([rows_table(rows)] if rows else []) + skipped
    if name == "growth" and "growth" in found["data"]:
        parts.append(growth(found, folder))
    return "\n\n".join(parts)


def replace(page, name, content):
    marks = f"<!-- begin generated: {name} -->\n", f"<!-- end generated: {name} -->"
    before, begin, rest = page.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not begin or not end:
        sys.exit(f"the page has no marks for {name}")
    return before + begin + "\n" + content + "\n\n" + end + after


def main():
    parser = argparse.ArgumentParser(prog="./dev bench --document", description=__doc__)
    parser.add_argument("found", nargs="?", type=pathlib.Path, default="build/bench.json")
    parser.add_argument("--page", type=pathlib.Path, default="docs/performance.md")
    options = parser.parse_args()
    found = json.loads((REPOSITORY / options.found).read_text())
    path = REPOSITORY / options.page
    page, folder = path.read_text(), path.with_suffix("")
    for name in SECTIONS:
        content = section(name, found, folder)
        if content is None:
            print(f"{name}: not measured in this run, left as it is", file=sys.stderr)
        else:
            page = replace(page, name, content)
    path.write_text(page)
    print(f"written to {path}")


if __name__ == "__main__":
    main()
