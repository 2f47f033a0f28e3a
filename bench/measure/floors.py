"""
What no change may make worse: bench/floors.json says for keys of rows how bad their value may be,
and why that and not another number. A floor is further from what is usual than chance gets in the
median of a few turns, and nearer than what a mistake costs.
"""

import json

BOUNDS = ("at_most", "at_least")


def read(path):
    """{key: floor}; a floor that could never fail is refused."""
    floors = json.loads(path.read_text())
    for key, floor in floors.items():
        bounds = [bound for bound in BOUNDS if bound in floor]
        if len(bounds) != 1 or set(floor) != {bounds[0], "why"} or not floor["why"]:
            raise ValueError(f"{path}: {key}: needs `why` and one of {', '.join(BOUNDS)}")
        if isinstance(floor[bounds[0]], bool) or not isinstance(floor[bounds[0]], (int, float)):
            raise ValueError(f"{path}: {key}: {bounds[0]} is no number")
    return floors


def judge(rows, skipped, floors, is_complete):
    """
    A sentence for each floor that is not kept. In a complete run a floor that nothing was measured
    for is not kept either, unless it was skipped with a reason.
    """
    values = {row["key"]: row["value"] for row in rows}
    complaints = []
    for key, floor in floors.items():
        if key in values:
            complaint = fault(values[key], floor)
        elif is_complete and not is_skipped(key, skipped):
            complaint = "was not measured"
        else:
            complaint = None
        if complaint:
            complaints.append(f"{key} {complaint}")
    return complaints


def is_skipped(key, skipped):
    return any(key == prefix or key.startswith(f"{prefix}.") for prefix in skipped)


def fault(value, floor):
    """What is wrong with the value, or None. No value at all, and NaN, are wrong."""
    if value is None:
        return "has no value"
    if "at_most" in floor and not value <= floor["at_most"]:
        return f"is {value:.3f}, at most {floor['at_most']} is allowed"
    if "at_least" in floor and not value >= floor["at_least"]:
        return f"is {value:.3f}, at least {floor['at_least']} is wanted"
    return None
