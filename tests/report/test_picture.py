"""The picture of a report."""

import sys
from fractions import Fraction

import numpy as np
import pytest
from common_report import halves, made_plan
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import fastsplit
from fastsplit.report import Report, dots

MANY = np.repeat(np.arange(40), [*range(1, 38), 100, 1000, 1000])


def drawn(report):
    """Draw on axes that have been laid out, so that extents are known."""
    figure = Figure(figsize=(8, 6), layout="constrained")
    ax = report.plot(figure.subplots())
    FigureCanvasAgg(figure).draw()
    return ax


def dots_of(ax):
    """The points of all dots, as rows of a size and a height."""
    points = [np.asarray(found.get_offsets()) for found in ax.collections if found.get_offsets().shape[0]]
    return np.concatenate([own for own in points if len(own) > 1 or own.any()])


def extent_of(artist, ax):
    return artist.get_window_extent(ax.figure.canvas.get_renderer())


def test_few_classes_are_bars_with_their_names_the_largest_on_top():
    ax = drawn(Report(halves([[3, 1], [30, 10]], names=("train", "test"), classes=["ant", "bee"])))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["bee", "ant"]
    assert [label.get_text() for label in ax.get_legend().get_texts()] == ["train 50%", "test 50%"]
    assert [[(bar.get_x(), bar.get_width()) for bar in bars] for bars in ax.containers] == [
        [(0, 75), (0, 75)],
        [(75, 25), (75, 25)],
    ]
    assert [text.get_text().strip() for text in ax.texts] == ["40", "4"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_bars_say_which_splits_lack_a_class():
    plan = made_plan([[1, 0, 0, 0], [9, 9, 9, 9]], [Fraction(1, 4)] * 4)
    assert [text.get_text().strip() for text in drawn(Report(plan)).texts] == ["36", "1  not in 3 splits"]
    plan = made_plan([[1, 0, 0], [9, 9, 0]], [Fraction(1, 2), Fraction(1, 2), Fraction(0)])
    assert [text.get_text().strip() for text in drawn(Report(plan)).texts] == ["18", "1  not in b"]


def test_the_examples_in_no_split_are_the_last_bar():
    ax = drawn(Report(made_plan([[5], [1]], [Fraction(1, 2)], totals=[10, 4])))
    assert [label.get_text() for label in ax.get_legend().get_texts()] == ["a 50%", "(none) 50%"]
    assert [bar.get_width() for bar in ax.containers[1]] == [50, 75]


def test_many_classes_are_dots_in_a_strip_per_split():
    parts = fastsplit.split(MANY, {"train": 0.7, "test": 0.3}, seed=0)
    ax = Figure().subplots()
    assert parts.report().plot(ax) is ax
    assert ax.get_xscale() == "log"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["train 70%", "test 30%"]
    found = {(int(size), round(height, 9)) for size, height in dots_of(ax)}
    for total, counts in zip(parts.plan.totals.tolist(), parts.counts.tolist(), strict=True):
        for k, count in enumerate(counts):
            share = dots.BOTTOM + count / total * (dots.TOP - dots.BOTTOM)
            assert (total, round(1 - k + (share if count else dots.ABSENT), 9)) in found


def test_absent_classes_of_one_split_are_not_hidden_by_those_of_another():
    parts = fastsplit.split(np.repeat(np.arange(100), 2), {"train": 0.8, "val": 0.1, "test": 0.1}, seed=0)
    absent = (parts.counts == 0).sum(axis=0)
    assert (absent[1:] > 0).all()
    ax = drawn(parts.report())
    rows = [2 - k + dots.ABSENT for k in range(3) if absent[k]]
    assert sorted({height for _, height in dots_of(ax)} & set(rows), reverse=True) == rows
    texts = [text.get_text() for text in ax.texts]
    assert [text for text in texts if "absent" in text] == [f"{n} absent" for n in absent if n]


def test_the_band_is_one_example_wide_for_every_size_of_a_class():
    ax = Report(halves([[5, 5]] * 30 + [[50, 50]])).plot(Figure().subplots())
    corners = ax.collections[0].get_paths()[0].vertices
    for size, high, low in ((10, 0.6, 0.4), (100, 0.51, 0.49)):
        nearest = corners[np.abs(np.log(corners[:, 0] / size)) < 0.02]
        expected = 1 + dots.BOTTOM + np.array([low, high]) * (dots.TOP - dots.BOTTOM)
        assert np.allclose([nearest[:, 1].min(), nearest[:, 1].max()], expected, atol=0.003)


def test_a_legend_is_outside_the_axes():
    for labels in (MANY, MANY % 5):
        ax = drawn(fastsplit.split(labels, (0.9, 0.1), seed=0).report())
        legend = extent_of(ax.get_legend(), ax)
        assert legend.y1 < extent_of(ax.xaxis.label, ax).y0
        assert legend.y0 >= 0


@pytest.mark.parametrize("labels", [MANY, MANY % 20], ids=["dots", "bars"])
def test_the_picture_of_24_splits_has_them_all_apart(labels, tmp_path):
    report = fastsplit.kfold(labels, 24, seed=0).report()
    ax = drawn(report)
    names = ax.get_yticklabels() if labels is MANY else ax.get_legend().get_texts()
    assert [text.get_text().split()[0] for text in names] == [str(k) for k in range(24)]
    report.save_plot(tmp_path / "24.png")
    from matplotlib.image import imread

    height, width, _ = imread(tmp_path / "24.png").shape
    assert width == 1200
    assert height > 1000


def test_more_splits_than_fit_are_left_out_and_the_title_says_so():
    report = fastsplit.kfold(MANY, 100, seed=0).report()
    ax = report.plot(Figure().subplots())
    assert len(ax.get_yticklabels()) == dots.MAX_STRIPS
    assert "the first 48 of 100 splits" in ax.get_title()


def test_classes_of_one_size_have_a_tick_at_it():
    ax = drawn(fastsplit.split(np.repeat(np.arange(100), 500), (0.8, 0.2), seed=0).report())
    assert [label.get_text() for label in ax.get_xticklabels()] == ["500"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["100 to 999"]


def test_every_split_has_a_color_of_its_own():
    ax = Report(halves([[5, 5]])).plot(Figure().subplots())
    assert len({bars[0].get_facecolor() for bars in ax.containers}) == 2


def test_a_file_without_a_suffix_is_a_png(tmp_path):
    Report(halves([[5, 5]])).save_plot(tmp_path / "picture")
    assert (tmp_path / "picture").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("n_classes", [1, 50])
def test_the_picture_takes_any_name(n_classes):
    names = ("_$_{$", "b$" * 100)
    drawn(Report(halves([[1, 1]] * n_classes, names=names, classes=[f"$c_{{{c}$" * 30 for c in range(n_classes)])))


def test_the_picture_takes_no_examples():
    drawn(Report(halves([])))
    drawn(Report(made_plan(np.zeros((30, 2)), (Fraction(1, 2), Fraction(1, 2)))))


def test_the_picture_makes_its_own_figure():
    from matplotlib import pyplot

    ax = Report(halves([[1, 1]])).plot()
    assert ax.get_legend() is not None
    pyplot.close(ax.figure)


@pytest.mark.parametrize("draw", ["plot", "save_plot"])
def test_the_picture_says_what_to_install(draw, monkeypatch, tmp_path):
    for module in ("matplotlib", "matplotlib.pyplot", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, module, None)
    arguments = [tmp_path / "a.png"] if draw == "save_plot" else []
    with pytest.raises(ImportError, match=r"pip install 'fastsplit\[plot\]'"):
        getattr(Report(halves([[1, 1]])), draw)(*arguments)
    assert not list(tmp_path.iterdir())
