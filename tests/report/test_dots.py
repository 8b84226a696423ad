"""The dots of a picture: every class is in one, and none is hidden."""

from fractions import Fraction

import numpy as np
import pytest
from common_report import halves
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit.report import dots
from fastsplit.report.dots import Axis, Dots
from fastsplit.report.table import Table

CLASSES = st.lists(st.tuples(st.integers(1, 2**40), st.fractions(0, 1)), max_size=50)


@given(CLASSES)
def test_every_class_is_in_a_dot_at_its_own_place_or_next_to_it(classes):
    totals = np.array([total for total, _ in classes], dtype=np.int64)
    counts = np.array([int(total * share) for total, share in classes], dtype=np.int64)
    found = Dots.of(totals, counts)
    assert found.classes.sum() == len(classes)
    absent = found.counts == 0
    assert found.classes[absent].sum() == np.count_nonzero(counts == 0)
    pairs = set(zip(totals.tolist(), counts.tolist(), strict=True))
    assert set(zip(found.totals.tolist(), found.counts.tolist(), strict=True)) <= pairs
    assert (np.diff(found.classes) <= 0).all()  # small dots are drawn on top of large ones


def test_classes_of_different_small_sizes_are_dots_of_their_own():
    totals = np.append(np.repeat(np.arange(1, 13), 3), 10**6)
    found = Dots.of(totals, np.zeros_like(totals))
    assert sorted(zip(found.totals.tolist(), found.classes.tolist(), strict=True)) == [
        *((n, 3) for n in range(1, 13)),
        (10**6, 1),
    ]


def test_absent_classes_are_not_at_the_height_of_any_share():
    found = Dots.of(np.array([10**6, 10**6]), np.array([0, 1]))
    assert sorted(found.heights(1)) == [dots.ABSENT, pytest.approx(dots.BOTTOM, abs=1e-5)]


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1"), (2, "2 to 9"), (9, "2 to 9"), (10, "10 to 99"), (10**5, "100,000 to 999,999")]
)
def test_the_rank_of_a_dot_in_words(number, words):
    assert dots.rank_in_words(int(dots.rank(np.array([number]))[0])) == words


@pytest.mark.parametrize(
    ("totals", "ticks"),
    [
        ([1, 10**6], [1, 10, 100, 1000, 10**4, 10**5, 10**6]),
        ([3, 40], [5, 10, 20]),
        ([261, 339], [261, 339]),
        ([500], [500]),
        ([], [1]),
        ([0, 0], [1]),
        ([0, 7, 7], [7]),
    ],
)
def test_ticks_are_round_numbers_or_the_sizes_themselves(totals, ticks):
    axis = Axis.of(np.array(totals, dtype=np.int64))
    assert axis.ticks == ticks
    assert axis.limits[0] < axis.smallest <= axis.largest < axis.limits[1]


@pytest.mark.parametrize(("k", "top"), [(2, 1), (3, 0.5), (10, 0.2), (24, 0.1), (50, 0.05), (200, 0.01), (1000, 0.01)])
def test_the_top_of_strips_is_a_round_share_above_all_dots(k, top):
    strips = dots.strips(Table.of(fastsplit.kfold(np.zeros(10_000, dtype=int), k, seed=0).plan))
    assert dots.top_of(strips) == top
    for strip in strips:
        assert (strip.dots.heights(top) < dots.TOP).all()


def test_a_strip_says_how_many_classes_are_absent():
    strips = dots.strips(Table.of(halves([[1, 0], [1, 1], [2, 0]])))
    assert [(strip.name, strip.size, strip.absent) for strip in strips] == [
        ("a", Fraction(1, 2), 0),
        ("b", Fraction(1, 2), 2),
    ]
