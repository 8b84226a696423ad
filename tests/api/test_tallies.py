"""Counts and tallies of parts: their sum gives the plan of all labels, bit for bit, however the labels are parted."""

import pickle
from fractions import Fraction
from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
from common import SEEDS, THREADS, label_arrays, size_lists
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit import tallies as tallies_module
from fastsplit import tallying
from fastsplit.engine import bands, tallied_cuts
from fastsplit.engine import tally as engine

FEW = [4096, 0]  # examples of a class that missed a cut, of which all keys are kept: of others, keys are put into bins


def set_few(patch, few):
    patch.setattr(bands, "FEW", few)
    patch.setattr(tallied_cuts, "FEW", few)


@st.composite
def parted(draw, n):
    """The bounds of 1 to 64 parts, some of them empty."""
    inner = draw(st.lists(st.integers(0, n), max_size=63))
    bounds = [0, *sorted(inner), n]
    return list(pairwise(bounds))


def draw_ids(draw, n):
    """No ids, distinct ids, ids that rows share, or strings."""
    kind = draw(st.sampled_from([None, "distinct", "shared", "one", "strings"]))
    if kind is None:
        return None
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    numbers = rng.integers(0, {"distinct": 2**63, "shared": max(1, n // 5), "one": 1, "strings": max(1, n)}[kind], n)
    return [f"id {number}" for number in numbers] if kind == "strings" else numbers.astype(np.uint64)


def part_of(sequence, begin, end):
    return None if sequence is None else sequence[begin:end]


def tallies_of(labels, sizes, parts, ids=None, **options):
    """Return the tally of each part."""
    return [
        fastsplit.tally(
            labels[begin:end], sizes, ids=part_of(ids, begin, end), start=begin if ids is None else 0, **options
        )
        for begin, end in parts
    ]


def tree_sum(draw, tallies):
    """Add in any order, in any tree."""
    pending = list(tallies)
    while len(pending) > 1:
        first = pending.pop(draw(st.integers(0, len(pending) - 1)))
        second = pending.pop(draw(st.integers(0, len(pending) - 1)))
        pending.append(first + second)
    return pending[0]


def plan_by_passes(labels, sizes, parts, ids, after=None, **options):
    """Tally again until no class is missed; return the plan and how often the labels were tallied."""
    for passes in range(1, 10):  # with a minimum, one pass more may be needed to move units
        total = sum(tallies_of(labels, sizes, parts, ids, after=after, **options))
        if total.complete:
            return total.plan(), passes
        assert len(total.missed)
        with pytest.raises(ValueError, match=r"the tally misses keys of \d+ of \d+ classes"):
            total.plan()
        after = total
    raise AssertionError("no end")


@pytest.mark.usefixtures("small_ranges")
@given(st.data(), label_arrays(), size_lists(), SEEDS, st.booleans(), st.sampled_from(THREADS), st.sampled_from(FEW))
def test_the_plan_of_all_parts_is_that_of_all_labels(data, labels, sizes, seed, counted, threads, few):
    """Whatever the parts, the order of the sum, and how often a cut is missed."""
    parts, ids = data.draw(parted(len(labels))), draw_ids(data.draw, len(labels))
    expected, reach = fastsplit.plan(labels, sizes, seed=seed, ids=ids), data.draw(st.sampled_from([7.0, 1.5]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "REACH", reach)
        set_few(patch, few)
        counts = sum(fastsplit.count(labels[begin:end]) for begin, end in parts) if counted else None
        got, passes = plan_by_passes(labels, sizes, parts, ids, counts, seed=seed, threads=threads)
    assert got == expected
    assert counted + passes <= 8


@pytest.mark.usefixtures("small_ranges")
@given(st.data(), label_arrays(), size_lists(), st.booleans(), st.sampled_from([7.0, 1.5]))
def test_a_tally_depends_neither_on_the_parts_nor_on_the_order_of_the_sum(data, labels, sizes, counted, reach):
    ids = draw_ids(data.draw, len(labels))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "REACH", reach)
        options = {"seed": 5, "after": fastsplit.count(labels) if counted else None}
        (whole,) = tallies_of(labels, sizes, [(0, len(labels))], ids, **options)
        parts = data.draw(parted(len(labels)))
        tallies = tallies_of(labels, sizes, parts, ids, **options)
        got = tree_sum(data.draw, [*tallies, fastsplit.Tally.empty(sizes, seed=5)])
    assert got == whole
    assert got.to_bytes() == whole.to_bytes()


@given(st.data(), label_arrays(), size_lists(), st.integers(1, 3), st.booleans(), st.sampled_from(FEW))
def test_a_minimum_per_split_is_kept_as_in_one_plan(data, labels, sizes, minimum, counted, few):
    ids = draw_ids(data.draw, len(labels))
    try:
        expected = fastsplit.plan(labels, sizes, seed=1, ids=ids, min_per_split=minimum)
    except ValueError as error:
        expected = error
    parts = data.draw(parted(len(labels)))
    counts = fastsplit.count(labels) if counted else None
    try:
        with pytest.MonkeyPatch.context() as patch:
            set_few(patch, few)
            got, _ = plan_by_passes(labels, sizes, parts, ids, counts, seed=1, min_per_split=minimum)
    except ValueError as error:
        assert str(error) == str(expected)
    else:
        assert got == expected


@pytest.mark.parametrize("counted", [False, True], ids=["one pass", "two passes"])
def test_a_minimum_that_moves_the_cuts_of_small_classes_needs_no_other_pass(counted):
    """Of 3,000 examples 30 would be in the test set, but 600 must be; the large class gives them back."""
    labels = np.repeat([0, 1], [3_000, 1_000_000])
    parts = [(0, 2_000), (2_000, 503_000), (503_000, 1_003_000)]
    counts = fastsplit.count(labels) if counted else None
    for seed in range(16):
        got, passes = plan_by_passes(labels, (0.99, 0.01), parts, None, counts, seed=seed, min_per_split=600)
        assert got == fastsplit.plan(labels, (0.99, 0.01), seed=seed, min_per_split=600)
        assert got.counts[0].tolist() == [2400, 600]
        assert passes == 1


def test_classes_whose_shared_ids_are_too_few_for_a_minimum_are_named():
    labels, ids = [0] * 10 + [1] * 10, [7] * 10 + list(range(10))
    first = fastsplit.tally(labels, (0.5, 0.5), seed=0, ids=ids, min_per_split=1)
    with pytest.raises(
        ValueError, match=r"min_per_split cannot be kept: rows that share an id .* too many rows of one: 0$"
    ):
        first.plan()


@pytest.mark.parametrize(("name", "limit"), [("_MAX_STATES", 1), ("_MAX_STATES", 3), ("_MAX_KEYS", 0)])
def test_a_sum_is_the_same_however_often_it_is_merged(name, limit, monkeypatch):
    labels, parts = np.arange(20_000) % 3, [(begin, begin + 1000) for begin in range(0, 20_000, 1000)]
    tallies = tallies_of(labels, (0.7, 0.3), parts, seed=0)
    lazy, merges = sum(tallies), []
    merged = engine.merged
    monkeypatch.setattr(engine, "merged", lambda *args, **options: merges.append(1) or merged(*args, **options))
    monkeypatch.setattr(tallies_module, name, limit)
    total = sum(tallies)
    assert 1 < len(merges) < len(parts)
    assert total == lazy


@given(st.data(), st.lists(st.sampled_from(["cat", "dog", "", "é", "\udc80", "x" * 40]), max_size=80))
def test_labels_may_be_strings(data, labels):
    parts = data.draw(parted(len(labels)))
    assert plan_by_passes(labels, (0.7, 0.2), parts, None, seed=0)[0] == fastsplit.plan(labels, (0.7, 0.2), seed=0)


@pytest.mark.parametrize("n_splits", [1, 2, 9, 100, 254])
@pytest.mark.parametrize("rest", [0, 1])
@pytest.mark.parametrize("counted", [False, True], ids=["one pass", "two passes"])
def test_splits_may_be_as_many_as_fit_a_byte(n_splits, rest, counted):
    labels, sizes = np.arange(20_000) % 3, [Fraction(1, n_splits + rest)] * n_splits
    parts = [(begin, begin + 5000) for begin in range(0, 20_000, 5000)]
    counts = fastsplit.count(labels) if counted else None
    got, passes = plan_by_passes(labels, sizes, parts, None, counts, seed=2)
    assert (got, passes) == (fastsplit.plan(labels, sizes, seed=2), 1)


@pytest.mark.parametrize("after", ["counts", "n"])
def test_sizes_may_be_counts_if_the_number_of_labels_is_known(after):
    labels = np.arange(1000) % 7
    options = {"after": fastsplit.count(labels)} if after == "counts" else {"n": 1000}
    total = sum(tallies_of(labels, (700, 200), [(0, 400), (400, 1000)], seed=0, **options))
    assert total.plan() == fastsplit.plan(labels, (700, 200), seed=0)


def test_a_large_class_is_planned_from_few_of_its_keys():
    labels = np.random.default_rng(0).integers(0, 4, 400_000)
    parts = [(begin, begin + 50_000) for begin in range(0, 400_000, 50_000)]
    one = sum(tallies_of(labels, (0.7, 0.2, 0.1), parts, seed=0))
    two = sum(tallies_of(labels, (0.7, 0.2, 0.1), parts, seed=0, after=fastsplit.count(labels)))
    assert one.plan() == two.plan() == fastsplit.plan(labels, (0.7, 0.2, 0.1), seed=0)
    assert max(one.nbytes, two.nbytes) < 200_000
    smaller = tallies_of(labels, (0.7, 0.2, 0.1), parts, seed=0, after=fastsplit.count(labels))
    larger = tallies_of(labels, (0.7, 0.2, 0.1), parts, seed=0)
    assert sum(t.nbytes for t in larger) > 2 * sum(t.nbytes for t in smaller)


def test_rows_that_share_few_ids_need_few_passes():
    labels, ids = np.zeros(300_000, np.int8), np.arange(300_000) // 1000
    parts = [(0, 100_000), (100_000, 300_000)]
    got, passes = plan_by_passes(labels, (0.5, 0.5), parts, ids, seed=0)
    assert got == fastsplit.plan(labels, (0.5, 0.5), seed=0, ids=ids)
    assert passes <= 3
    got, passes = plan_by_passes(labels, (0.5, 0.5), parts, np.zeros(300_000, np.int64), seed=0)
    assert passes <= 8


def test_the_size_of_a_tally_is_known_from_the_counts():
    labels = np.random.default_rng(0).integers(0, 4, 400_000)
    counts = fastsplit.count(labels)
    made = fastsplit.tally(labels, (0.7, 0.2, 0.1), seed=0, after=counts)
    expected = tallying.expected_nbytes(counts, (0.7, 0.2, 0.1), seed=0)
    assert 0.97 < expected / made.nbytes < 1.03
    assert tallying.expected_nbytes(counts, (1.0,), seed=0) < 200


def test_a_tally_survives_pickle():
    labels, counts = np.arange(5000) % 9, fastsplit.count(np.arange(5000) % 9)
    for after in (None, counts):
        made = fastsplit.tally(labels, (0.5, 0.2), seed=0, after=after)
        assert pickle.loads(pickle.dumps(made)) == made
    assert pickle.loads(pickle.dumps(counts)) == counts


def test_integers_of_several_types_are_one_class():
    parts = [np.array([1, 2, 3], np.int8), np.array([3, 2**40]), np.array([1, 1], np.uint16)]
    total = sum(fastsplit.tally(p, (0.5, 0.5), seed=0, start=s) for p, s in zip(parts, [0, 3, 5], strict=True))
    assert total.plan() == fastsplit.plan(np.concatenate(parts), (0.5, 0.5), seed=0)
    counts = sum(map(fastsplit.count, parts))
    again = [
        fastsplit.tally(p, (0.5, 0.5), seed=0, start=s, after=counts) for p, s in zip(parts, [0, 3, 5], strict=True)
    ]
    assert sum(again).plan() == total.plan()


@pytest.mark.parametrize(
    ("starts", "message"),
    [
        ([0, 0, 20], "rows 0 to 9 are in two tallies: a part was tallied twice, or start= is not the number of rows"),
        ([0, 5, 20], "rows 5 to 9 are in two tallies"),
        ([0, 9, 20], "rows 9 to 9 are in two tallies"),
        ([0, 10, 10], "rows 10 to 19 are in two tallies"),
    ],
)
def test_a_part_tallied_twice_is_named(starts, message):
    parts = [fastsplit.tally(np.zeros(10, int), (0.5, 0.5), seed=0, start=start) for start in starts]
    with pytest.raises(ValueError, match=message):
        reduce(lambda a, b: a + b, parts)


@pytest.mark.parametrize(("starts", "rows"), [([5], "0 to 4"), ([0, 20, 40], "10 to 19, 30 to 39")])
def test_a_missing_part_is_named(starts, rows):
    total = sum(fastsplit.tally(np.zeros(10, int), (0.5, 0.5), seed=0, start=start) for start in starts)
    with pytest.raises(ValueError, match=f"tallies must cover all rows, but there is none of rows {rows}"):
        total.plan()


def test_after_counts_a_missing_part_and_one_tallied_twice_are_noticed_with_ids_too():
    labels, ids = np.arange(30) % 2, np.arange(30)
    counts = fastsplit.count(labels)
    parts = tallies_of(labels, (0.5, 0.5), [(0, 10), (10, 20), (20, 30)], ids, seed=0, after=counts)
    assert sum(parts).plan() == fastsplit.plan(labels, (0.5, 0.5), seed=0, ids=ids)
    for wrong, n in ((parts[:2], 20), ([*parts, parts[0]], 40)):
        with pytest.raises(ValueError, match=f"tallies must be of the 30 labels that were counted, got {n}: a part"):
            sum(wrong).plan()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": (0.6, 0.4)}, "sizes differ: 1/2, 1/2 and 3/5, 2/5"),
        ({"sizes": {"a": 0.5, "b": 0.5}}, "names differ"),
        ({"seed": 1}, "seed differ: 0 and 1"),
        ({"min_per_split": 1}, "min_per_split differ: 0 and 1"),
        ({"ids": [7]}, "ids differ: not given and given"),
        ({"after": fastsplit.count([0, 0])}, "after differ: none and of 2 labels"),
    ],
)
def test_tallies_of_other_splits_do_not_add(options, message):
    first = fastsplit.tally([0], (0.5, 0.5), seed=0)
    second = fastsplit.tally([0], **{"sizes": (0.5, 0.5), "seed": 0, "start": 0 if "ids" in options else 1, **options})
    with pytest.raises(ValueError, match=f"tallies must be of one split, but {message}"):
        first + second


def test_labels_and_ids_are_of_one_kind_in_all_parts():
    for add in (fastsplit.count, lambda labels: fastsplit.tally(labels, (0.5, 0.5), seed=0, start=len(labels) - 1)):
        with pytest.raises(
            TypeError, match="labels must be all strings or all integers, got integers in one part, str"
        ):
            add([0]) + add(["a", "b"])
    first, second = (fastsplit.tally([0], (0.5, 0.5), seed=0, ids=[i]) for i in (7, "7"))
    with pytest.raises(TypeError, match="ids must be of one kind in all parts, got integers and strings"):
        first + second


def test_labels_that_changed_since_they_were_counted_are_noticed():
    counts = fastsplit.count([0, 0, 1, 1])
    with pytest.raises(ValueError, match="labels changed since they were counted: after has no class 2, 3"):
        fastsplit.tally([0, 2, 3, 1], (0.5, 0.5), seed=0, after=counts)
    with pytest.raises(ValueError, match="labels changed since they were counted: classes have other counts"):
        fastsplit.tally([0, 0, 0, 1], (0.5, 0.5), seed=0, after=counts).plan()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"seed": None}, ValueError, "seed must be an integer or a SeedSequence, got NoneType None: each part would"),
        ({"seed": np.random.default_rng(0)}, ValueError, "seed must be an integer or a SeedSequence, got Generator"),
        ({"sizes": (1, 1)}, ValueError, r"sizes given as counts need the number of all labels, got tuple \(1, 1\)"),
        ({"start": -1}, ValueError, "start must be from 0 to"),
        ({"start": 1.5}, TypeError, "start must be an integer"),
        ({"ids": [1, 2], "start": 2}, ValueError, "start must be left out if there are ids, got 2"),
        ({"after": [1]}, TypeError, r"after must be Counts or a Tally, got list \[1\]"),
        ({"after": fastsplit.count([0, 1]), "n": 3}, ValueError, "n must be the number of labels that were counted, 2"),
        ({"labels": [0, None]}, ValueError, "labels must not be missing, got 1 missing of 2"),
    ],
)
def test_bad_arguments_are_refused(options, error, message):
    arguments = {"labels": [0, 1], "sizes": (0.5, 0.5), "seed": 0, **options}
    with pytest.raises(error, match=message):
        fastsplit.tally(**arguments)
