"""cuts: equal to the reference to the bit, whether they are searched in bands or among all keys of a class."""

from fractions import Fraction

import numpy as np
import pytest
from common import THREADS, size_lists
from common_stages import (
    LAYOUTS,
    SEED,
    ids_of,
    keys_of,
    labels_in_any_layout,
    laid_out_as,
    numbers_of,
    on_every_cpu,
    quotas_of,
    reference_cuts,
    refused,
    rule_of,
)
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fastsplit import _kernels, reference
from fastsplit.engine.cuts import band_of_cut, cuts
from fastsplit.engine.scan import NO_OUTPUT, scan
from fastsplit.inputs.labels import Labels
from fastsplit.inputs.sizes import Shares


def both(values, quotas, ideals, threads, ids=None):
    """Return the strata, the cuts and quotas of the engine, and those of the reference."""
    keys, given_quotas = _kernels.Keys(SEED, ids), quotas.copy()
    strata = scan(Labels(values), threads, keys, ideals)
    table = cuts(strata, given_quotas, keys, rule_of(ideals))
    assert np.array_equal(table[-1], ideals)
    return (
        strata,
        (table[:-1], given_quotas),
        reference_cuts(numbers_of(values), keys_of(len(values), ids), quotas, ideals),
    )


def assert_same(got, expected):
    for a, b in zip(got, expected, strict=True):
        assert a.dtype == b.dtype
        assert np.array_equal(a, b)


def is_in_bands(strata, found):
    """Return whether each cut is in its band."""
    band = band_of_cut(strata)
    return (strata.bands.thresholds[::2][band] <= found) & (found <= strata.bands.thresholds[1::2][band])


@pytest.mark.usefixtures("small_ranges")
@given(st.data(), labels_in_any_layout(), size_lists(12), st.sampled_from(THREADS))
def test_cuts_equal_the_reference(data, values, sizes, threads):
    shares, quotas = quotas_of(values, sizes)
    _, got, expected = both(values, quotas, shares.ideal_cuts, threads, ids_of(data.draw, len(values)))
    assert_same(got, expected)


@pytest.mark.usefixtures("small_ranges")
@given(st.data(), labels_in_any_layout(), size_lists(12), st.sampled_from(THREADS))
def test_cuts_of_any_quotas_equal_the_reference(data, values, sizes, threads):
    """Quotas far from the sizes put cuts outside of their bands."""
    ideals = Shares(sizes).ideal_cuts
    rows = [
        np.diff([0, *sorted(data.draw(st.lists(st.integers(0, n), min_size=len(ideals), max_size=len(ideals)))), n])
        for n in reference.scan(Labels(values))[2].tolist()
    ]
    quotas = np.array(rows, dtype=np.int64).reshape(-1, len(ideals) + 1)
    _, got, expected = both(values, quotas, ideals, threads, ids_of(data.draw, len(values)))
    assert_same(got, expected)


@pytest.mark.parametrize("n", [15, 16, 17, 1000, 20_000, 65_000, 200_000])
@pytest.mark.parametrize("n_splits", [2, 3, 9, 10, 30])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_cuts_of_classes_of_any_size_equal_the_reference(n, n_splits, layout):
    """From a few keys to more than a band is needed for; up to nine splits, keys are selected, beyond, sorted."""
    values = laid_out_as(layout, np.random.default_rng(n).integers(0, 2, n, dtype=np.int16))
    shares, quotas = quotas_of(values, [Fraction(1, n_splits)] * n_splits)
    strata, got, expected = both(values, quotas, shares.ideal_cuts, 2)
    assert (len(strata.bands) > 0) == (n == 200_000 and n_splits < 30)
    assert_same(got, expected)


@pytest.mark.parametrize("n", [1000, 3000, 40_000])
@pytest.mark.parametrize("n_splits", [2, 4, 12])
@pytest.mark.parametrize("distinct", [1, 2, 7, 50])
def test_cuts_between_equal_keys_equal_the_reference(n, n_splits, distinct):
    """No cut can part rows that share an id, so other quotas than the requested are given."""
    rng = np.random.default_rng(distinct)
    values, ids = rng.integers(0, 3, n, dtype=np.uint8), rng.integers(0, distinct, n).astype(np.uint64)
    shares, quotas = quotas_of(values, [Fraction(1, n_splits)] * n_splits)
    _, got, expected = both(values, quotas, shares.ideal_cuts, 2, ids)
    assert_same(got, expected)
    assert np.array_equal(got[1].sum(axis=1), quotas.sum(axis=1))
    assert not np.array_equal(got[1], quotas)


def test_the_end_of_a_unit_is_drawn_by_class_with_the_rank_as_expectation():
    """Units of four in 4,000 classes: a quota of one goes up in a quarter of the classes, of two in a half."""
    values, ids = np.repeat(np.arange(4000), 4), np.full(16_000, 9, dtype=np.uint64)
    for rank in [1, 2, 3]:
        _, got, expected = both(values, np.full((4000, 2), [rank, 4 - rank]), np.array([2**63], np.uint64), 2, ids)
        assert_same(got, expected)
        assert set(got[1][:, 0].tolist()) == {0, 4}
        ups = int((got[1][:, 0] == 4).sum())
        assert stats.binomtest(ups, 4000, rank / 4).pvalue > 1e-6


@pytest.mark.parametrize("size", [0.02, 0.3, 0.7, 0.98])
@pytest.mark.parametrize("n", [2000, 20_000])
def test_keys_that_crowd_where_none_is_expected_are_found_all_the_same(n, size):
    """Ids are chosen by their keys: most of them are in a small part of the range."""
    candidates = np.arange(40 * n, dtype=np.uint64)
    by_key = candidates[np.argsort(keys_of(len(candidates)))]
    ids = np.random.default_rng(0).permutation(np.concatenate([by_key[: n // 2], by_key[-n // 4 :]]))
    values = np.zeros(len(ids), dtype=np.uint8)
    shares, quotas = quotas_of(values, [Fraction(str(size))])
    _, got, expected = both(values, quotas, shares.ideal_cuts, 1, ids)
    assert_same(got, expected)


@pytest.mark.parametrize(
    ("low_keys", "high_keys"), [((0, 0.25), (0.5, 1)), ((0, 0.5), (0.75, 1)), ((0, 0.01), (0.99, 1))]
)
@pytest.mark.parametrize("n", [16, 100, 1000])
def test_keys_on_both_sides_of_a_gap_are_found_all_the_same(low_keys, high_keys, n):
    """Ids are chosen by their keys: half of the keys are below the gap, where the middle one is expected."""
    candidates = np.arange(200_000, dtype=np.uint64)
    at = keys_of(len(candidates)) / 2.0**64
    low, high = (candidates[(begin < at) & (at < end)][: n // 2] for begin, end in [low_keys, high_keys])
    ids, values = np.random.default_rng(0).permutation(np.concatenate([low, high])), np.zeros(n, np.uint8)
    for ahead in [-1, 0, 1]:
        quotas = np.array([[n // 2 + ahead, n // 2 - ahead]])
        _, got, expected = both(values, quotas, np.array([2**63], dtype=np.uint64), 1, ids)
        assert_same(got, expected)


@on_every_cpu
@pytest.mark.parametrize("layout", ["uniform", "crowded", "equal"])
@pytest.mark.parametrize("size", [1, 7, 8, 9, 16, 31, 32, 33, 56, 300, 5000])
def test_keys_are_found_each_way(cpu, layout, size, use_cpu):
    """By counting, in a narrow or a wide interval, and by partitioning, if the keys are not where they are expected."""
    use_cpu(cpu)
    n_classes, rng = 100, np.random.default_rng(size)
    keys = rng.integers(1, 2**64, n_classes * size, dtype=np.uint64)
    if layout == "crowded":  # all in a hundredth of the range, in an end of it
        keys = keys // np.uint64(100) + np.uint64(1)
    elif layout == "equal":
        keys = np.uint64(2**63) + keys % np.uint64(3)
    codes, ideals = np.repeat(np.arange(n_classes), size), np.array([2**62, 2**63, 2**63 + 5], dtype=np.uint64)
    quotas = np.diff(np.sort(rng.integers(0, size + 1, (n_classes, 3))), prepend=0, append=size)
    expected = reference_cuts(codes, keys, quotas, ideals)
    numbers, counts, below = np.arange(n_classes), np.full(n_classes, size), np.zeros((n_classes, 1), dtype=np.int64)
    whole = np.array([0, 2**64 - 1], dtype=np.uint64)
    known = _kernels.ClassKeys(numbers, counts, below, np.arange(n_classes + 1) * size, keys.copy(), whole)
    found, status = np.empty((n_classes, 3), dtype=np.uint64), np.empty(n_classes, dtype=np.uint8)
    search = _kernels.CutSearch(rule_of(ideals), np.zeros(3, dtype=np.int64), quotas, found, status)
    ways = dict(zip(["counted", "narrow", "wide", "placed"], _kernels.select(known, search, 0, n_classes), strict=True))
    assert_same((found, quotas), expected)
    assert (status == _kernels.FOUND).all()
    if size <= 32 and cpu != "baseline":
        assert ways["counted"] > 0 == ways["narrow"] + ways["wide"]
    if size >= 56 and layout == "uniform":
        assert min(ways["narrow"], ways["wide"]) > 0
    if size >= 56 and layout == "crowded":
        assert ways["placed"] > 0


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("small", [1, 5])
@pytest.mark.parametrize("threads", [1, 3])
def test_classes_with_a_cut_outside_its_band_are_searched_as_a_whole(seed, small, threads, monkeypatch):
    """Small classes before, between and after large ones; at least one cut of each case is outside, and one inside."""
    monkeypatch.setattr("fastsplit.engine.parallel.GRAIN", 8)
    values = np.repeat(np.int32([0, 1, 2, 3, 4]), [small, 40_000, small, 40_000, small])
    values = np.random.default_rng(seed).permutation(values)
    shares, quotas = quotas_of(values, [Fraction(1, 2), Fraction(3, 10), Fraction(1, 5)])
    strata, got, expected = both(values, quotas, shares.ideal_cuts, threads)
    assert_same(got, expected)
    inside = is_in_bands(strata, got[0]).all(axis=1)
    assert inside[[1, 3]].all()
    assert not inside[[0, 2, 4]].all()


@pytest.mark.parametrize("rank", [5, 15])
def test_equal_keys_that_are_all_of_a_band_leave_the_cut_next_to_keys_outside_it(rank):
    """No cut can part them, so it moves below or above them, where no other key of the band is."""
    candidates = np.arange(200_000, dtype=np.uint64)
    at = keys_of(len(candidates)) / 2.0**64
    below, above = candidates[at < 0.45][:35_000], candidates[at > 0.55][:35_000]
    equal = np.repeat(candidates[(at > 0.499) & (at < 0.501)][:1], 20)
    ids = np.random.default_rng(0).permutation(np.concatenate([below, equal, above]))
    quotas, half = np.array([[35_000 + rank, 35_020 - rank]]), np.array([2**63], dtype=np.uint64)
    strata, got, expected = both(np.zeros(len(ids), np.uint8), quotas, half, 1, ids)
    assert strata.cells[0, 0].tolist() == [35_000, 20, 35_000]
    assert_same(got, expected)
    assert got[1].tolist() == [[35_000, 35_020] if rank == 5 else [35_020, 35_000]]


@pytest.mark.parametrize(
    "sizes",
    ["1/4 1/1000 1/1000 1/2", "1/1000 1/1000", "0 1/2 0 0 1/2 0", "999/1000 1/1000", "0 0 1", "1/3000 1/2 1/3000"],
)
def test_cuts_in_merged_and_empty_bands_equal_the_reference(sizes):
    values = np.random.default_rng(0).integers(0, 3, 70_000, dtype=np.uint8)
    shares, quotas = quotas_of(values, [Fraction(size) for size in sizes.split()])
    strata, got, expected = both(values, quotas, shares.ideal_cuts, 2)
    assert 0 < len(set(band_of_cut(strata).tolist())) < len(strata.bands) // 2 or len(strata.bands) == 2
    assert is_in_bands(strata, got[0]).all()
    assert_same(got, expected)


@pytest.mark.parametrize("n_columns", [255, 256, 300])
@pytest.mark.parametrize("n", [2000, 70_000])
def test_more_cuts_than_a_byte_counts_equal_the_reference(n, n_columns):
    values = np.arange(n, dtype=np.int16) % 3
    shares, quotas = quotas_of(values, [Fraction(1, n_columns)] * n_columns)
    _, got, expected = both(values, quotas, shares.ideal_cuts, 2)
    assert_same(got, expected)


@pytest.mark.parametrize("n_columns", [1, 2, 12])
def test_no_labels_have_no_cut(n_columns):
    shares, quotas = quotas_of(np.empty(0, dtype=np.int8), [Fraction(1, n_columns)] * n_columns)
    _, (found, given_quotas), _ = both(np.empty(0, dtype=np.int8), quotas, shares.ideal_cuts, 2)
    assert found.shape == (0, n_columns - 1)
    assert given_quotas.shape == (0, n_columns)


def test_one_split_has_no_cut():
    values = np.arange(70_000) % 3
    shares, quotas = quotas_of(values, [Fraction(1)])
    _, (found, given_quotas), _ = both(values, quotas, shares.ideal_cuts, 2)
    assert found.shape == (3, 0)
    assert np.array_equal(given_quotas, quotas)


def candidates_of(values, n_bands=2):
    """Return the cells of labels 0 to 2 with candidates in bands, and what it was made of."""
    rng = np.random.default_rng(0)
    thresholds = np.sort(rng.integers(0, 2**64, 2 * n_bands, dtype=np.uint64))
    zoned = _kernels.Zoned(0, np.zeros((4, 2 * n_bands + 1), dtype=np.int64), 0)
    bands = _kernels.CutBands(thresholds)
    _kernels.scan(_kernels.LabelView(values), _kernels.Keys(SEED), bands, 0, len(values), zoned, NO_OUTPUT)
    return zoned, thresholds


def test_candidates_are_arranged_by_cell_in_the_order_of_their_positions():
    values = np.random.default_rng(1).integers(0, 3, 5000, dtype=np.uint8)
    zoned, _ = candidates_of(values)
    keys, cells, _ = zoned.candidates
    counts = np.bincount(cells, minlength=zoned.cells.size)
    cursor, out = counts.cumsum() - counts, np.zeros(len(keys), dtype=np.uint64)
    _kernels.arrange(zoned, cursor, out)
    assert np.array_equal(out, keys[np.argsort(cells, kind="stable")])
    assert np.array_equal(cursor, counts.cumsum())


@on_every_cpu
@pytest.mark.parametrize("with_ids", [False, True])
def test_collected_keys_fill_the_room_of_their_class_and_no_more(cpu, with_ids, use_cpu):
    """Class 1 is left out, and class 0 has less room than it needs: what finds none is counted."""
    use_cpu(cpu)
    n, rng = 5000, np.random.default_rng(2)
    values = rng.integers(0, 4, n, dtype=np.uint8)
    ids = rng.integers(0, 2**63, n).astype(np.uint64) if with_ids else None
    table = _kernels.ClassTable(0, np.int32([0, 2, 1, 1, 2]), 2)  # class 2 of two is none of them
    own = keys_of(n, ids)
    first, second = own[values == 0], own[(values == 2) | (values == 3)]
    room = len(first) - 7
    # Behind the two classes there is room that belongs to none.
    cursor, limit = np.array([10, 20 + room, 0])[:2], np.array([10 + room, 20 + room + len(second), 10])[:2]
    out = np.zeros(limit[1] + 5, dtype=np.uint64)
    slots = _kernels.Slots(cursor, limit, len(out))
    labels, keys = _kernels.LabelView(values), _kernels.Keys(SEED, ids)
    lost = sum(_kernels.collect(labels, table, keys, begin, end, slots, out) for begin, end in [(0, 1500), (1500, n)])
    assert lost == 7
    zeros = np.zeros(10, dtype=np.uint64)
    assert np.array_equal(out, np.concatenate([zeros, first[:room], zeros, second, zeros[:5]]))
    assert np.array_equal(cursor, limit)


def test_labels_that_changed_since_the_scan_are_an_error():
    """Also if other classes have the more room for each that has too little."""
    half = np.array([2**63], dtype=np.uint64)
    for change in [slice(0, 1), slice(None)]:
        values = np.arange(1000) % 5
        strata = scan(Labels(values), 1, _kernels.Keys(SEED), half)
        values[change] = 3
        with pytest.raises(RuntimeError, match="labels changed while they were read"):
            cuts(strata, np.full((5, 2), 100), _kernels.Keys(SEED), rule_of(half))
        values[change] = 10**6
        with pytest.raises(RuntimeError, match="labels changed while they were read"):
            cuts(strata, np.full((5, 2), 100), _kernels.Keys(SEED), rule_of(half))


def test_arguments_of_the_search_that_do_not_fit_are_refused():
    def keys_known(numbers=2, counts=2, below=(2, 1), starts=(0, 1, 3), keys=3, edges=2):
        return _kernels.ClassKeys(
            np.zeros(numbers, dtype=np.int64),
            np.zeros(counts, dtype=np.int64),
            np.zeros(below, dtype=np.int64),
            np.array(starts, dtype=np.int64),
            np.zeros(keys, dtype=np.uint64),
            np.zeros(edges, dtype=np.uint64),
        )

    def search(ideals=1, bands=1, quotas=(2, 2), found=(2, 1), status=2):
        return _kernels.CutSearch(
            rule_of(np.zeros(ideals, dtype=np.uint64)),
            np.zeros(bands, dtype=np.int64),
            np.zeros(quotas, dtype=np.int64),
            np.zeros(found, dtype=np.uint64),
            np.zeros(status, dtype=np.uint8),
        )

    for what, arguments in [
        ("0 classes, 1 bands", {"counts": 0, "below": (0, 1)}),
        ("2 classes, 0 bands", {"below": (2, 0)}),
        ("len(numbers) is 3, expected 2", {"numbers": 3}),
        ("len(below) is 3, expected 2", {"below": (3, 1)}),
        ("len(starts) is 2, expected 3", {"starts": (0, 3)}),
        ("len(edges) is 4, expected 2", {"edges": 4}),
        ("starts do not fit the keys", {"starts": (1, 1, 3)}),
        ("starts do not fit the keys", {"keys": 4}),
    ]:
        with refused(what):
            keys_known(**arguments)
    for what, arguments in [
        ("0 classes, 1 cuts", {"found": (0, 1)}),
        ("2 classes, 0 cuts", {"ideals": 0}),
        ("len(band_of_cut) is 2, expected 1", {"bands": 2}),
        ("len(quotas) is 1, expected 2", {"quotas": (1, 2)}),
        ("len(quotas[0]) is 1, expected 2", {"quotas": (2, 1)}),
        ("len(cuts[0]) is 2, expected 1", {"found": (2, 2)}),
        ("len(status) is 3, expected 2", {"status": 3}),
    ]:
        with refused(what):
            search(**arguments)
    with refused("range 0:3 outside 0:2"):
        _kernels.select(keys_known(), search(), 0, 3)
    with refused("len(cuts) is 3, expected 2"):
        _kernels.select(keys_known(), search(quotas=(3, 2), found=(3, 1), status=3), 0, 2)


def test_arguments_of_collect_and_arrange_that_do_not_fit_are_refused():
    labels, table = _kernels.LabelView(np.zeros(5, np.uint8)), _kernels.ClassTable(0, np.int32([0, 1]), 1)
    out, room = np.zeros(5, dtype=np.uint64), np.array([5])
    slots = _kernels.Slots(np.zeros(1, dtype=np.int64), room, 5)
    with refused("range 2:6 outside 0:5"):
        _kernels.collect(labels, table, _kernels.Keys(SEED), 2, 6, slots, out)
    with refused("len(ids) is 6, expected 5"):
        _kernels.collect(labels, table, _kernels.Keys(SEED, np.zeros(6, np.uint64)), 0, 5, slots, out)
    with refused("len(out) is 2, expected 5"):
        _kernels.collect(labels, table, _kernels.Keys(SEED), 0, 5, slots, out[:2])
    with refused("len(slots) is 1, expected 2"):
        _kernels.collect(labels, _kernels.ClassTable(0, np.int32([0, 1, 2]), 2), _kernels.Keys(SEED), 0, 5, slots, out)
    with refused("len(limit) is 1, expected 2"):
        _kernels.Slots(np.zeros(2, dtype=np.int64), room, 5)
    for cursor, limit in [(-1, 5), (3, 2), (0, 6)]:
        with refused(f"slot {cursor}:{limit} outside 0:5"):
            _kernels.Slots(np.array([cursor]), np.array([limit]), 5)
    zoned, _ = candidates_of(np.zeros(5, np.uint8))
    with refused("len(cursor) is 19, expected 20"):
        _kernels.arrange(zoned, np.zeros(19, dtype=np.int64), out)
    with refused("an empty class table"):
        _kernels.ClassTable(0, np.empty(0, np.int32), 0)
    assert not out.any()
    with refused("len(minimum) is 3, expected 2"):
        _kernels.CutRule(np.zeros(1, dtype=np.uint64), np.zeros(3, dtype=np.int64), SEED)
