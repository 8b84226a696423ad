"""The picture of four ways to split is drawn from what they do."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np

import before_and_after

PICTURE = Path(__file__).parents[2] / "docs" / "before-and-after.svg"
NAMES = ["random", "the tutorial's", "scikit-learn", "fastsplit"]


def texts_of(picture):
    elements = ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")
    return [element.text or element[0].tail for element in elements]


def test_the_picture_shows_what_each_way_leaves_in_the_test_set():
    labels = before_and_after.labels()
    totals = np.bincount(labels)
    counts = before_and_after.test_sets(labels)
    assert list(counts) == NAMES
    texts = texts_of(before_and_after.picture())
    for name in NAMES[:2]:
        absent = np.count_nonzero(counts[name] == 0)
        assert absent > 30
        assert f"{absent} absent" in texts
    assert sum("absent" in text for text in texts) == 2
    assert (np.abs(10 * counts["fastsplit"] - totals) < 10).all()


def test_the_picture_in_the_documentation_is_that_of_the_script():
    """To the dot it is only with the same version of scikit-learn."""
    found, expected = texts_of(PICTURE.read_text(encoding="utf-8")), texts_of(before_and_after.picture())
    assert found[0] == expected[0]
    assert [text for text in found if text in NAMES] == NAMES == [text for text in expected if text in NAMES]
