"""`./dev bench --quick` fails when a ratio is worse than its floor. No server, no Kafka."""

import json
import math
import pathlib
import sys

import pytest

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path.append(str(BENCH))

from measure import floors, records  # noqa: E402
from measure.report import Report, spread  # noqa: E402

FLOORS = {
    "cpu": {"at_most": 1.3, "why": "a reason"},
    "rate": {"at_least": 0.5, "why": "a reason"},
}


def rows(**values):
    return [{"key": key, "value": value} for key, value in values.items()]


@pytest.mark.parametrize(
    "cpu, rate, wanted",
    [
        (1.1, 0.9, []),
        (1.3, 0.5, []),
        (1.301, 0.9, ["cpu is 1.301, at most 1.3 is allowed"]),
        (1.1, 0.499, ["rate is 0.499, at least 0.5 is wanted"]),
        (2, 0, ["cpu is 2.000, at most 1.3 is allowed", "rate is 0.000, at least 0.5 is wanted"]),
        (None, 0.9, ["cpu has no value"]),
        (math.nan, 0.9, ["cpu is nan, at most 1.3 is allowed"]),
        (1.1, math.nan, ["rate is nan, at least 0.5 is wanted"]),
    ],
)
def test_a_worse_value_fails(cpu, rate, wanted):
    assert floors.judge(rows(cpu=cpu, rate=rate), {}, FLOORS, is_complete=True) == wanted


def test_what_was_to_be_measured_and_was_not_fails():
    assert floors.judge(rows(cpu=1), {}, FLOORS, is_complete=True) == ["rate was not measured"]
    assert floors.judge(rows(cpu=1), {}, FLOORS, is_complete=False) == []


def test_what_was_skipped_with_a_reason_does_not():
    kept = {"bursts.2.rate": FLOORS["rate"]}
    assert floors.judge([], {"bursts.2": "no such setting"}, kept, is_complete=True) == []
    assert floors.judge([], {"bursts": "a reason"}, kept, is_complete=True) == []
    assert floors.judge([], {"burst": "a reason"}, kept, is_complete=True) != []


@pytest.mark.parametrize(
    "floor",
    [
        {},
        {"at_most": 1},
        {"at_most": 1, "why": ""},
        {"why": "no bound"},
        {"at_most": 1, "at_least": 1, "why": "two"},
        {"at_most": "1", "why": "text"},
        {"at_most": True, "why": "a boolean"},
        {"at_mots": 1, "why": "a slip of the pen"},
        {"at_most": 1, "at_leats": 1, "why": "another one"},
    ],
)
def test_a_floor_that_could_not_fail_is_refused(tmp_path, floor):
    path = tmp_path / "floors.json"
    path.write_text(json.dumps({"key": floor}))
    with pytest.raises(ValueError):
        floors.read(path)


def test_the_median_of_the_pairs_is_judged():
    report = Report()
    ours, theirs = [{"us": us} for us in (1, 9, 2)], [{"us": 1} for _ in range(3)]
    report.add("ratio", "what", ("a", "b"), (ours, theirs), "us", "us", "<= 1")
    report.add("added", "what", ("a", "b"), (ours, theirs), "us", "us", "+ <= 1")
    report.add_single("alone", "what", "a", (5, 1, 3), "us")
    assert [row["value"] for row in report.rows] == [2, 1, 3]
    kept = {key: {"at_most": 2, "why": "a reason"} for key in ("ratio", "added", "alone")}
    complaints = floors.judge(report.rows, report.skipped, kept, is_complete=True)
    assert complaints == ["alone is 3.000, at most 2 is allowed"]


def test_small_ratios_are_shown_with_a_digit_more():
    assert spread([0.0341, 0.0339, 0.0344]) == "0.034 (0.034..0.034)"
    assert spread([0.14, 0.0, 1.5]) == "0.14 (0.00..1.50)"


def test_a_further_filter_costs_what_the_others_add_for_each():
    one, all_of_them = {"ns": {"a": 500.0}}, {"ns": {"a": 500.0 + 20.0 * (records.FILTERS - 1)}}
    lines = {("filter", "short"): one, ("filters", "short"): all_of_them}
    assert records.further(lines, "short", "a") == 20.0


def test_both_sides_run_in_turn():
    order = []
    sides = [lambda: order.append("a"), lambda: order.append("b")]
    Report().turns(3, sides, "what")
    assert "".join(order) == "abbaab"


def test_the_floors_of_the_repository_can_be_read():
    assert floors.read(BENCH / "floors.json")
