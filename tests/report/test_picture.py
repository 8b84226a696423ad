"""The picture of a report."""

import io
import sys

import numpy as np
import pytest
from common_report import halves
from matplotlib.figure import Figure

import fastsplit
from fastsplit.report import Report


def test_the_picture_shows_every_class_and_the_size_of_every_split():
    parts = fastsplit.split(np.repeat(np.arange(5), [1, 10, 100, 1000, 1000]), (0.7, 0.3), seed=0)
    ax = Figure().subplots()
    assert parts.report().plot(ax) is ax
    assert ax.get_xscale() == "log"
    assert [line.get_ydata()[0] for line in ax.lines] == [70, 30]
    points = [np.asarray(dots.get_offsets()) for dots in ax.collections if len(dots.get_offsets()) > 1]
    assert [dots[:, 0].tolist() for dots in points] == [[1, 10, 100, 1000]] * 2
    assert points[0][1:, 1].tolist() == [70, 70, 70]


def test_the_band_is_one_example_wide_for_every_size_of_a_class():
    ax = Report(halves([[5, 5], [50, 50]])).plot(Figure().subplots())
    corners = {tuple(corner) for corner in ax.collections[0].get_paths()[0].vertices.tolist()}
    assert {(x, y) for x, y in corners if x in (10, 100)} == {(10, 40), (10, 60), (100, 49), (100, 51)}


def test_every_split_has_a_color_of_its_own():
    ax = Report(halves([[5, 5]])).plot(Figure().subplots())
    assert len({line.get_color() for line in ax.lines}) == 2


def test_a_file_without_a_suffix_is_a_png(tmp_path):
    Report(halves([[5, 5]])).save_plot(tmp_path / "picture")
    assert (tmp_path / "picture").read_bytes().startswith(b"\x89PNG")


def test_the_picture_takes_any_name_and_no_examples():
    figure = Figure()
    Report(halves([[1, 1]], names=("_$_{$", "b$"))).plot(figure.subplots())
    figure.savefig(io.BytesIO(), format="png")
    Report(halves([])).plot(figure.subplots())


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
