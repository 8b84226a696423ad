"""The table of a report: exact deviations, and what it prints."""

import doctest
import json
from fractions import Fraction

import numpy as np
from common_report import halves, made_plan
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit import report
from fastsplit.report import Report


def test_the_example_in_the_docstring_runs():
    assert doctest.testmod(report) == (0, 3)


def test_the_table_of_a_small_split():
    report = Report(halves([[6, 4], [3, 3], [1, 0]], classes=["ant", "bee", "cat"], seed=7))
    assert str(report).splitlines() == [
        "17 examples, 3 classes, seed 7",
        "",
        "split  examples   share  largest deviation  in class  absent classes",
        "a            10  58.82%             1.0000       ant               0",
        "b             7  41.18%             1.0000       ant               1",
        "",
        "note: b lacks 1 of 3 classes: 'cat'; it has 1 example.",
    ]


def test_the_examples_in_no_split_have_a_row():
    report = Report(made_plan([[5], [1]], [Fraction(1, 2)], totals=[10, 4]))
    assert str(report).splitlines() == [
        "14 examples, 2 classes, seed 0",
        "",
        "split   examples   share  largest deviation  in class  absent classes",
        "a              6  42.86%             1.0000         1               0",
        "(none)         8  57.14%             1.0000         1               0",
    ]
    fields = report.to_dict()
    assert fields["class_sizes"] == [10, 4]
    assert fields["none"] == {
        "name": "(none)",
        "size": "1/2",
        "examples": 8,
        "share": 8 / 14,
        "absent_classes": 0,
        "largest_deviation": {"class": 1, "examples": 3, "ideal": "2", "deviation": 1.0},
    }


@given(
    st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 2**40)), min_size=1, max_size=8),
    st.integers(0, 2**53 - 111),
)
def test_deviations_are_exact_at_the_limits(counts, p):
    counts = [(a, b) if a + b else (1, 0) for a, b in counts]
    q = 2**53 - 111
    sizes = (Fraction(p, q), 1 - Fraction(p, q))
    fields = Report(made_plan(counts, sizes)).to_dict()
    for k in range(2):
        ideals = [sum(row) * sizes[k] for row in counts]
        deviations = [abs(row[k] - ideal) for row, ideal in zip(counts, ideals, strict=True)]
        worst = deviations.index(max(deviations))
        assert fields["splits"][k]["largest_deviation"] == {
            "class": worst,
            "examples": counts[worst][k],
            "ideal": str(ideals[worst]),
            "deviation": float(max(deviations)),
        }


def test_a_deviation_below_one_is_never_shown_as_one():
    size = Fraction(1, 10**6)
    text = str(Report(made_plan([[0, 999_999]], (size, 1 - size))))
    assert "0.9999 " in text
    assert "1.0000" not in text


def test_of_equal_deviations_the_first_class_is_shown():
    text = str(Report(halves([[6, 4], [4, 2], [5, 3]], classes=["ant", "bee", "cat"])))
    assert text.count("1.0000       ant") == 2


def test_the_numbers_survive_json():
    parts = fastsplit.split(["b", "a"] * 50, {"x": 0.7, "y": 0.3}, seed=2**100)
    fields = parts.report().to_dict()
    assert json.loads(json.dumps(fields)) == fields
    assert fields["seed"] == str(2**100)
    assert fields["examples"] == 100
    assert fields["class_sizes"] == [50, 50]
    assert fields["none"] is None
    assert [split["examples"] for split in fields["splits"]] == [70, 30]


def test_names_and_classes_stay_in_their_cells():
    plan = halves([[3, 0], [3, 0]], names=("a\nb", "b"), classes=["x" * 100, "y\udcff\n"])
    text = str(Report(plan))
    assert len(text.splitlines()) == 5
    assert "x" * 37 + "..." in text
    assert r"a\nb " in text


def test_no_examples_make_a_table_of_zeros():
    report = Report(halves([]))
    assert "0 examples, 0 classes" in str(report)
    assert report.to_dict()["splits"][0]["share"] == 0


def test_a_million_classes_take_seconds():
    counts = np.random.default_rng(0).integers(1, 1000, size=(10**6, 3))
    report = Report(made_plan(counts, (Fraction(7, 10), Fraction(1, 5), Fraction(1, 10))))
    assert str(report).startswith(f"{counts.sum():,} examples, 1,000,000 classes, seed 0\n")
