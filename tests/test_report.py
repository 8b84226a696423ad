"""The report: exact deviations, what it prints, and the picture."""

import io
import json
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

import fastsplit
from fastsplit import Plan
from fastsplit.inputs.sizes import Shares
from fastsplit.report import Report


def made_plan(counts, sizes, totals=None, names=None, classes=None, seed=0):
    """A plan with these counts; its cuts do not matter here."""
    counts = np.array(counts, dtype=np.int64).reshape(-1, len(sizes))
    totals = counts.sum(axis=1) if totals is None else np.array(totals)
    names = names or tuple("abcdefgh"[: len(sizes)])
    classes = np.arange(len(counts)) if classes is None else np.array(classes)
    width = len(sizes) - (sum(sizes) == 1)
    cuts = np.zeros((len(counts), width), dtype=np.uint64)
    return Plan(names, Shares(sizes), seed, False, classes, totals, counts, cuts)


def halves(counts, **more):
    return made_plan(counts, (Fraction(1, 2), Fraction(1, 2)), **more)


def test_the_table_of_a_small_split():
    report = Report(halves([[6, 4], [3, 3], [1, 0]], classes=["ant", "bee", "cat"], seed=7))
    assert str(report).splitlines() == [
        "17 examples, 3 classes, seed 7",
        "",
        "split  examples   share  largest deviation  in class  absent classes",
        "a            10  58.82%             1.0000       ant               0",
        "b             7  41.18%             1.0000       ant               1",
    ]


def test_the_row_of_the_examples_in_none():
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
    assert r"'a\nb'" in text


def test_no_examples():
    report = Report(halves([]))
    assert "0 examples, 0 classes" in str(report)
    assert report.to_dict()["splits"][0]["share"] == 0


def test_a_million_classes():
    counts = np.random.default_rng(0).integers(1, 1000, size=(10**6, 3))
    report = Report(made_plan(counts, (Fraction(7, 10), Fraction(1, 5), Fraction(1, 10))))
    assert str(report).startswith(f"{counts.sum():,} examples, 1,000,000 classes, seed 0\n")


class TestPicture:
    def test_shows_every_class_and_the_share_asked_for(self):
        axes_of = Figure
        parts = fastsplit.split(np.repeat(np.arange(5), [1, 10, 100, 1000, 1000]), (0.7, 0.3), seed=0)
        ax = axes_of().subplots()
        assert parts.report().plot(ax) is ax
        assert ax.get_xscale() == "log"
        assert [line.get_ydata()[0] for line in ax.lines] == [70, 30]
        points = [np.asarray(dots.get_offsets()) for dots in ax.collections if len(dots.get_offsets()) > 1]
        assert [dots[:, 0].tolist() for dots in points] == [[1, 10, 100, 1000]] * 2
        assert points[0][1:, 1].tolist() == [70, 70, 70]

    def test_takes_any_name_and_no_examples(self):
        figure = Figure()
        Report(halves([[1, 1]], names=("_$_{$", "b$"))).plot(figure.subplots())
        figure.savefig(io.BytesIO(), format="png")
        Report(halves([])).plot(figure.subplots())

    def test_makes_its_own_figure(self):
        from matplotlib import pyplot

        ax = Report(halves([[1, 1]])).plot()
        assert ax.get_legend() is not None
        pyplot.close(ax.figure)

    @pytest.mark.parametrize("draw", ["plot", "save_plot"])
    def test_says_what_to_install(self, draw, monkeypatch, tmp_path):
        for module in ("matplotlib", "matplotlib.pyplot", "matplotlib.figure"):
            monkeypatch.setitem(sys.modules, module, None)
        arguments = [tmp_path / "a.png"] if draw == "save_plot" else []
        with pytest.raises(ImportError, match=r"pip install 'fastsplit\[plot\]'"):
            getattr(Report(halves([[1, 1]])), draw)(*arguments)
        assert not list(tmp_path.iterdir())
