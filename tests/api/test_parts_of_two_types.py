"""Parts whose labels are of two 64-bit types: NumPy would compare them as float64, which rounds values near 2**63."""

from itertools import permutations

import numpy as np
import pytest

import fastsplit

NEAR = 2**63 - 512  # a multiple of 512: half the distance of the float64 below 2**63 to the next
OFFSETS = [-1025, -513, -512, -511, -1, 0, 1, 2, 511]
SIZES = (0.7, 0.2, 0.1)
SIGNED = np.repeat(np.array([NEAR + i for i in OFFSETS], np.int64), 40)
UNSIGNED = np.repeat(np.array([NEAR + i for i in [*OFFSETS[::2], 512, 513]], np.uint64), 30)
WHOLE = np.concatenate([SIGNED.astype(np.uint64), UNSIGNED])
NEGATIVE = np.repeat(np.array([-5, NEAR + 1], np.int64), 30)
SMALL = np.repeat(np.array([NEAR, NEAR + 2], np.uint64), 20)


def tallies(parts, after=None):
    starts = np.cumsum([0, *map(len, parts)]).tolist()
    return [
        fastsplit.tally(part, SIZES, seed=0, start=start, after=after)
        for part, start in zip(parts, starts, strict=False)
    ]


def test_counts_are_exact():
    classes, counts = np.unique(WHOLE, return_counts=True)
    for parts in ((SIGNED, UNSIGNED), (UNSIGNED, SIGNED)):
        total = sum(map(fastsplit.count, parts))
        assert total.classes.tolist() == classes.tolist()
        assert total.counts.tolist() == counts.tolist()


@pytest.mark.parametrize("counted", [False, True])
def test_sums_of_tallies_are_exact_in_every_order(counted):
    parts = [SIGNED, UNSIGNED]
    after = sum(map(fastsplit.count, parts)) if counted else None
    want = fastsplit.plan(WHOLE, SIZES, seed=0)
    for order in permutations(tallies(parts, after)):
        assert sum(order).plan() == want


@pytest.mark.parametrize("passes", [1, 2])
def test_chunks_are_exact(passes):
    def chunks():
        return iter([SIGNED, UNSIGNED])

    plan = fastsplit.plan_chunks(chunks, SIZES, seed=0, passes=passes)
    assert plan == fastsplit.plan(WHOLE, SIZES, seed=0)
    assigned = np.concatenate(list(fastsplit.assign_chunks(plan, chunks)))
    assert np.array_equal(assigned, plan.assign(WHOLE))


def test_chunks_of_groups_are_exact():
    groups = np.arange(len(WHOLE)) // 7
    ends = [len(SIGNED)]

    def chunks():
        return zip([SIGNED, UNSIGNED], np.split(groups, ends), strict=True)

    plan = fastsplit.plan_chunks(chunks, SIZES, seed=0, groups=True)
    assert plan == fastsplit.plan(WHOLE, SIZES, seed=0, groups=groups)


def test_groups_of_two_types_are_exact():
    """Groups are integers modulo 2**64, whatever their type."""
    labels = [np.arange(len(part)) % 3 for part in (SIGNED, UNSIGNED)]
    plan = fastsplit.plan_chunks(lambda: zip(labels, [SIGNED, UNSIGNED], strict=True), SIZES, seed=0, groups=True)
    assert plan == fastsplit.plan(np.concatenate(labels), SIZES, seed=0, groups=WHOLE)


def test_negative_labels_make_all_of_them_signed():
    whole = np.concatenate([NEGATIVE, SMALL.astype(np.int64)])
    for passes in (1, 2):
        plan = fastsplit.plan_chunks(lambda: iter([NEGATIVE, SMALL]), SIZES, seed=0, passes=passes)
        assert plan == fastsplit.plan(whole, SIZES, seed=0)


@pytest.mark.parametrize("passes", [1, 2])
def test_labels_that_fit_no_type_are_refused(passes):
    with pytest.raises(ValueError, match="labels must fit one 64-bit integer type"):
        fastsplit.plan_chunks(lambda: iter([NEGATIVE, UNSIGNED]), SIZES, seed=0, passes=passes)


@pytest.mark.parametrize("new", [np.array([NEAR + 3], np.int64), np.array([NEAR + 3], np.uint64)])
@pytest.mark.parametrize("counted", [SIGNED, UNSIGNED])
def test_a_class_that_was_not_counted_is_no_neighbour_of_it(new, counted):
    with pytest.raises(ValueError, match=f"after has no class {NEAR + 3}"):
        fastsplit.tally(new, SIZES, seed=0, after=fastsplit.count(counted))
    with pytest.raises(ValueError, match=f"after has no class {NEAR + 3}"):
        fastsplit.tally(new, (1.0,), seed=0, after=fastsplit.count(counted))


def test_a_part_that_fits_no_type_beside_what_was_counted_is_named():
    with pytest.raises(ValueError, match="labels must fit one 64-bit integer type"):
        fastsplit.tally(NEGATIVE, SIZES, seed=0, after=fastsplit.count(UNSIGNED))
