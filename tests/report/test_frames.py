"""Frames: the report as a table of pandas, polars or Arrow."""

import sys
from fractions import Fraction

import numpy as np
import pytest
from common_report import made_plan

import fastsplit
from fastsplit.report import Report

REPORT = Report(made_plan([[6, 3], [0, 1]], [Fraction(1, 2), Fraction(1, 4)], totals=[12, 4], classes=["ant", "bee"]))


def columns(frame, library):
    """The columns of a frame as lists."""
    return {
        "pandas": lambda: frame.astype(object).where(frame.notna(), None).to_dict("list"),
        "polars": lambda: frame.to_dict(as_series=False),
        "arrow": lambda: frame.to_pydict(),
    }[library]()


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
def test_a_frame_of_splits_has_what_the_report_prints(library):
    pytest.importorskip({"arrow": "pyarrow"}.get(library, library))
    assert columns(REPORT.to_frame(library), library) == {
        "split": ["a", "b", "(none)"],
        "size": [0.5, 0.25, 0.25],
        "examples": [6, 4, 6],
        "share": [0.375, 0.25, 0.375],
        "largest_deviation": [2.0, 0.0, 2.0],
        "in_class": ["bee", None, "bee"],
        "absent_classes": [1, 0, 0],
    }


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
def test_a_frame_of_classes_has_a_row_per_class_and_split(library):
    pytest.importorskip({"arrow": "pyarrow"}.get(library, library))
    assert columns(REPORT.to_frame(library, rows="classes"), library) == {
        "class": ["ant"] * 3 + ["bee"] * 3,
        "split": ["a", "b", "(none)"] * 2,
        "examples": [6, 3, 3, 0, 1, 3],
        "share": [0.5, 0.25, 0.25, 0.0, 0.25, 0.75],
        "ideal": [6.0, 3.0, 3.0, 2.0, 1.0, 1.0],
        "deviation": [0.0, 0.0, 0.0, -2.0, 0.0, 2.0],
    }


def test_a_frame_of_a_split_by_groups_has_groups():
    parts = fastsplit.split([0, 1] * 50, groups=np.arange(100) // 5, seed=0)
    frame = parts.report().to_frame("arrow")
    assert frame["groups"].to_pylist() == [16, 4]
    assert frame.column_names[-1] == "rms_deviation"


def test_large_labels_keep_their_values():
    labels = np.repeat(np.array([2**64 - 1, 3], dtype=np.uint64), 2)
    frame = fastsplit.split(labels, (0.5, 0.5), seed=0).report().to_frame("arrow", rows="classes")
    assert set(frame["class"].to_pylist()) == {2**64 - 1, 3}


def test_no_examples_make_an_empty_frame():
    report = fastsplit.split([], seed=0).report()
    assert len(report.to_frame("pandas", rows="classes")) == 0
    assert len(report.to_frame("pandas")) == 2


@pytest.mark.parametrize("missing", [["pandas"], ["pandas", "polars"], ["pandas", "polars", "pyarrow"]])
def test_by_default_the_first_library_that_is_installed(missing, monkeypatch):
    made = []

    class Fake:
        def __init__(self, name):
            self.name = name

        def __getattr__(self, attribute):
            return lambda columns: made.append((self.name, attribute, list(columns)))

    for name in ("pandas", "polars", "pyarrow"):
        monkeypatch.setitem(sys.modules, name, None if name in missing else Fake(name))
    if len(missing) == 3:
        with pytest.raises(ImportError, match="to_frame needs pandas or polars or pyarrow: pip install pandas"):
            REPORT.to_frame()
        return
    REPORT.to_frame()
    expected = [("polars", "DataFrame"), ("pyarrow", "table")][len(missing) - 1]
    assert [call[:2] for call in made] == [expected]


def test_a_library_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match="to_frame needs polars: pip install polars"):
        REPORT.to_frame("polars")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rows": "rows"}, "rows must be 'splits' or 'classes', got 'rows'"),
        ({"library": "numpy"}, "library must be 'pandas', 'polars', 'arrow' or None, got 'numpy'"),
    ],
)
def test_other_arguments_are_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        REPORT.to_frame(**arguments)
