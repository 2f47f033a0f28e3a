"""
What was measured, as a table for people and as rows for JSON and for the floors. Every row has a
key, which bench/floors.json names, and a value, which is judged: the median over the pairs.
"""

import statistics
import sys


class Report:
    def __init__(self):
        self.rows = []
        self.skipped = {}
        self.data = {}

    def turns(self, count, sides, what):
        """Runs all sides in turn, forwards and backwards, and returns the results of each."""
        results = [[] for _ in sides]
        for turn in range(count):
            self.say(f"{what}: {turn + 1} of {count}")
            for side in range(len(sides)) if turn % 2 == 0 else reversed(range(len(sides))):
                results[side].append(sides[side]())
        return results

    def pairs_ours_first(self, count, ours, theirs, what):
        """For another side that repeats what ours has just done."""
        both = self.turns(count, (lambda: (ours(), theirs()),), what)[0]
        return [list(side) for side in zip(*both, strict=True)]

    def pairs(self, count, ours, theirs, what):
        return self.turns(count, (ours, theirs), what)

    @staticmethod
    def say(text):
        print(f"  {text}", file=sys.stderr, flush=True)

    def add(self, key, what, names, results, field, unit, goal=None):
        """
        A row that compares `field` of two lists of results, pair by pair. The goal is text and for
        the ratio; one that begins with `+` is for what ours adds.
        """
        mine, other = ([run[field] for run in side] for side in results)
        pairs = list(zip(mine, other, strict=True))
        row = {"key": key, "what": what, "ours": names[0], "theirs": names[1], "unit": unit}
        row.update(goal=goal, our_values=mine, their_values=other)
        row["ratios"] = [a / b for a, b in pairs if b > 0]
        row["added"] = [a - b for a, b in pairs]
        judged = row["added"] if (goal or "").startswith("+") else row["ratios"]
        row["value"] = statistics.median(judged) if judged else None
        self.rows.append(row)

    def add_single(self, key, what, name, values, unit, goal=None, value=None):
        """A row without another side: an amount. `value` is what is judged, if not the median."""
        row = {"key": key, "what": what, "ours": name, "theirs": None, "unit": unit, "goal": goal}
        row.update(our_values=list(values), their_values=[])
        row["value"] = statistics.median(values) if value is None else value
        self.rows.append(row)

    def skip(self, key, why):
        """Says why something was not measured; floors of keys that begin so do not count."""
        self.skipped[key] = str(why)
        self.say(f"{key}: skipped, {why}")

    def keep(self, name, data):
        """Anything more that the JSON is to hold, such as the points of a curve."""
        self.data[name] = data

    def json(self):
        return {"rows": self.rows, "skipped": self.skipped, "data": self.data}

    def print(self):
        head = ("what", "ours", "the other", "ratio or + difference", "goal")
        lines = [head, *map(cells, self.rows)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
        for line in lines:
            padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            print("  ".join(padded).rstrip())
        for key, why in self.skipped.items():
            print(f"skipped: {key}: {why}")


def spread(values, digits=2):
    """The median, the least and the most."""
    if not values:
        return "-"

    def text(value):
        if abs(value) >= 1000:
            return f"{value:,.0f}"
        return f"{value:,.{digits + (0 < abs(value) < 0.1)}f}"

    return f"{text(statistics.median(values))} ({text(min(values))}..{text(max(values))})"


def cells(row):
    if row["theirs"] is None:
        compared = ""
    elif (row["goal"] or "").startswith("+"):
        compared = "+ " + spread(row["added"], 0)
    else:
        compared = spread(row["ratios"])
    return (
        f"{row['what']} [{row['unit']}]",
        f"{row['ours']} {spread(row['our_values'])}",
        f"{row['theirs']} {spread(row['their_values'])}" if row["theirs"] else "",
        compared,
        row["goal"] or "",
    )
