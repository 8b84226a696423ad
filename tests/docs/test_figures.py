"""Figures of speed in the pages are those of bench/RESULTS.md, and pictures those of the script."""

from xml.etree import ElementTree

import numpy as np
import pytest
from common_pages import DOCS, ROOT, text_of

import pictures

RESULTS = (ROOT / "bench" / "RESULTS.md").read_text(encoding="utf-8")


def between(text, marker):
    assert f"<!-- {marker} -->" in text
    return text.partition(f"<!-- {marker} -->\n")[2].partition(f"<!-- /{marker} -->")[0]


def rows_of(text):
    """Return the cells of the tables in a text, without the lines below headers."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [row for row in rows if not set("".join(row)) <= {"-"}]


@pytest.mark.parametrize(
    ("page", "section"), [("coming-from-scikit-learn", "model_selection"), ("regression-targets", "continuous")]
)
def test_rows_of_a_page_are_rows_of_the_results(page, section):
    shown, measured = (between(*pair) for pair in ((text_of(page), "table"), (RESULTS, section)))
    rows = rows_of(shown)
    assert len(rows) > 5
    assert [row for row in rows if row not in rows_of(measured)] == []
    assert shown.splitlines()[-1] == measured.splitlines()[-1]  # the machine, the versions and the commit


def test_rates_of_the_recipes_are_those_of_the_pipelines():
    shown, measured = between(text_of("from-the-recipes"), "table"), between(RESULTS, "pipelines")
    header, *rows = rows_of(measured)
    columns = [header.index(name) for name in ("", "batch 256", "MB added")]
    rates = [[row[column] for column in columns] for row in rows if len(row) == len(header)]
    found = rows_of(shown)[1:]
    assert len(found) > 4
    assert [row for row in found if row not in rates] == []
    assert shown.splitlines()[-1] == measured.splitlines()[-1]


def test_the_page_of_results_is_the_file():
    assert "{include} ../bench/RESULTS.md" in text_of("results")


@pytest.mark.slow
def test_pictures_are_those_of_the_script():
    for name, picture in pictures.pictures().items():
        assert (DOCS / name).read_text(encoding="utf-8") == picture, name
        ElementTree.fromstring(picture)


def test_the_picture_of_keys_has_all_cuts_in_their_bands():
    elements = list(ElementTree.fromstring(pictures.keys()).iter())
    bands = [element.attrib for element in elements if element.get("fill-opacity") == str(pictures._BAND_ALPHA)]
    paths = [element.attrib for element in elements if element.get("stroke-width") == "2.5"]
    cuts = np.array([float(path["d"][1:].split()[0]) for path in paths[:-1]]).reshape(3, 2)  # the last is the legend's
    for band, xs in zip(bands, cuts.T, strict=True):
        assert (float(band["x"]) < xs).all()
        assert (xs < float(band["x"]) + float(band["width"])).all()
