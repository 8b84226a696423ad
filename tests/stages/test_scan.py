"""scan: classes, counts by zone, candidates, and the splits outside the bands; each equal to what NumPy finds."""

from fractions import Fraction

import numpy as np
import pytest
from common import DTYPES, THREADS, size_lists
from common_stages import (
    SEED,
    ids_of,
    keys_of,
    labels_in_any_layout,
    numbers_of,
    on_every_cpu,
    quotas_of,
    reference_cuts,
    refused,
)
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels, reference
from fastsplit.engine.assign import assign_candidates
from fastsplit.engine.classes import exact_window, guessed_window
from fastsplit.engine.cuts import band_of_cut
from fastsplit.engine.parallel import ranges
from fastsplit.engine.scan import NO_BANDS, NO_KEYS, NO_OUTPUT, cut_bands, merged_bands, scan
from fastsplit.inputs.labels import Labels
from fastsplit.inputs.sizes import Shares
from fastsplit.reference.assign import assign as reference_assign

UNWRITTEN = 77


def scanned(values, sizes, threads, ids=None):
    """Return the strata of labels, and the output with the splits that the scan wrote."""
    shares = Shares(sizes)
    out = _kernels.Assignment(np.full(len(values), UNWRITTEN, np.uint8), shares.rest_column)
    return scan(Labels(values), threads, _kernels.Keys(SEED, ids), shares.ideal_cuts, out), out


def assert_is_the_scan_of(strata, out, values, sizes, ids=None):
    """Compare all that a scan returns and writes with NumPy, given the bands."""
    shares, keys, codes = Shares(sizes), keys_of(len(values), ids), numbers_of(values)
    classes, _, counts = reference.scan(Labels(values))
    assert strata.classes.dtype == classes.dtype
    assert np.array_equal(strata.classes, classes)
    assert np.array_equal(strata.counts, counts)
    zones = np.searchsorted(strata.bands.thresholds, keys)
    n_zones = len(strata.bands) + 1
    assert strata.cells.shape == (len(strata.parts), len(classes), n_zones)
    assert [begin for begin, _ in strata.parts] + [len(values)] == [0] + [end for _, end in strata.parts]
    for (begin, end), cells in zip(strata.parts, strata.cells, strict=True):
        expected = np.zeros((len(classes), n_zones), dtype=np.int64)
        np.add.at(expected, (codes[begin:end], zones[begin:end]), 1)
        assert np.array_equal(cells, expected)
    for (begin, end), zoned in zip(strata.parts if n_zones > 1 else [], strata.zoned, strict=True):
        inside = begin + np.flatnonzero(zones[begin:end] % 2)
        found_keys, found_cells, positions = zoned.candidates
        assert np.array_equal(positions, inside)
        assert np.array_equal(found_keys, keys[inside])
        assert np.array_equal(found_cells, strata.class_rows[codes[inside]] * n_zones + zones[inside])
    outside = zones % 2 == 0
    splits = zones // 2
    splits[splits == shares.rest_column] = 255
    if len(strata.bands):
        assert np.array_equal(out.array[outside], splits[outside])
    else:
        assert (out.array == UNWRITTEN).all()


@pytest.mark.usefixtures("small_ranges")
@given(labels_in_any_layout(), st.sampled_from(THREADS))
def test_classes_and_counts_equal_the_reference(values, threads):
    strata = scan(Labels(values), threads)
    classes, _, counts = reference.scan(Labels(values))
    assert strata.classes.dtype == classes.dtype
    assert np.array_equal(strata.classes, classes)
    assert np.array_equal(strata.counts, counts)
    assert np.array_equal(strata.cells.sum(axis=(0, 2)), counts)
    assert len(strata.bands) == 0
    assert strata.zoned == []


@pytest.mark.usefixtures("small_ranges")
@given(st.data(), labels_in_any_layout(), size_lists(), st.sampled_from(THREADS))
def test_zones_candidates_and_splits_equal_numpys(data, values, sizes, threads):
    ids = ids_of(data.draw, len(values))
    assert_is_the_scan_of(*scanned(values, sizes, threads, ids), values, sizes, ids)


@on_every_cpu
@pytest.mark.parametrize("n_cuts", [1, 2, 3, 4, 5, 8, 9, 12])
def test_zones_among_any_thresholds_equal_numpys(cpu, n_cuts, use_cpu):
    """Some thresholds are keys, the smallest and the largest key, or equal: as of merged bands."""
    use_cpu(cpu)
    n, rng = 5003, np.random.default_rng(n_cuts)
    values, keys = rng.integers(-3, 4, n, dtype=np.int16), keys_of(n)
    thresholds = np.sort(rng.choice(np.append(keys, np.uint64([1, 2**64 - 1])), 2 * n_cuts))
    thresholds[-1:], thresholds[:1] = thresholds[-2:-1], rng.choice([0, keys.min()])
    zoned = _kernels.Zoned(-3, np.zeros((8, 2 * n_cuts + 1), dtype=np.int64), 0)
    out = _kernels.Assignment(np.full(n, UNWRITTEN, np.uint8), n_cuts)
    labels, bands = _kernels.LabelView(values), _kernels.CutBands(thresholds)
    for begin, end in [(7, 2500), (2500, 2500), (2500, n)]:
        _kernels.scan(labels, _kernels.Keys(SEED), bands, begin, end, zoned, out)
    zones, expected = np.searchsorted(thresholds, keys), np.zeros_like(zoned.cells)
    np.add.at(expected, (values[7:] + 3, zones[7:]), 1)
    assert np.array_equal(zoned.cells, expected)
    inside = 7 + np.flatnonzero(zones[7:] % 2)
    assert np.array_equal(zoned.candidates[2], inside)
    assert np.array_equal(zoned.candidates[1], (values[inside] + 3) * (2 * n_cuts + 1) + zones[inside])
    splits = np.where(zones == 2 * n_cuts, 255, zones // 2)
    splits[:7] = UNWRITTEN
    assert np.array_equal(np.delete(out.array, inside), np.delete(splits, inside))


@pytest.mark.parametrize("sizes", ["1/2 1/2", "7/10 2/10 1/10", "1/2 1/4", "0 1/3 2/3", "1/2 1/1000"])
@pytest.mark.parametrize("threads", [1, 3])
def test_the_scan_alone_writes_the_split_of_every_example_outside_the_bands(sizes, threads, monkeypatch):
    monkeypatch.setattr("fastsplit.engine.parallel.GRAIN", 8)
    values, sizes = np.arange(70_000, dtype=np.int32) % 3, [Fraction(size) for size in sizes.split()]
    strata, out = scanned(values, sizes, threads)
    shares, quotas = quotas_of(values, sizes)
    cuts, _ = reference_cuts(values, keys_of(len(values)), quotas, shares.ideal_cuts)
    final = reference_assign(values, keys_of(len(values)), cuts, shares.rest_column)
    outside = np.ones(len(values), dtype=bool)
    outside[np.concatenate([zoned.candidates[2] for zoned in strata.zoned])] = False
    assert 0.5 < outside.mean() < 1
    assert np.array_equal(out.array[outside], final[outside])
    assert assign_candidates(strata, cuts, out)
    assert np.array_equal(out.array, final)


@pytest.mark.parametrize("span", [1, 2, 300, 40_000])
def test_without_bands_nothing_is_written_and_no_key_is_read(span):
    """Because there are few examples, or many label values."""
    n = 70_000 if span == 40_000 else 60_000
    values = np.arange(n, dtype=np.int64) % span
    strata, out = scanned(values, [Fraction(1, 2), Fraction(1, 2)], 2)
    assert len(strata.bands) == 0
    assert (out.array == UNWRITTEN).all()
    assert np.array_equal(strata.counts, np.bincount(values))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("threads", THREADS)
def test_no_labels_have_no_class(dtype, threads):
    strata, _ = scanned(np.empty(0, dtype=dtype), [Fraction(1, 2), Fraction(1, 2)], threads)
    assert strata.classes.shape == strata.counts.shape == (0,)
    assert strata.classes.dtype == np.dtype(dtype).newbyteorder("=")


@pytest.mark.parametrize("dtype", DTYPES)
def test_one_label_is_one_class(dtype):
    for value in [0, 1] if dtype == "bool" else [np.iinfo(dtype).min, np.iinfo(dtype).max]:
        strata = scan(Labels(np.array([value], dtype=dtype)), 1)
        assert strata.classes.tolist() == [value]
        assert strata.counts.tolist() == [1]


@pytest.mark.parametrize("dtype", ["i1", "u1", "i8", "u8", ">i4"])
@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("side", ["below", "above"])
@pytest.mark.parametrize("at", [[1, 17, 2999], 1, 2999])
def test_labels_outside_the_guessed_window_are_counted_all_the_same(dtype, threads, side, at, small_ranges):
    info = np.iinfo(dtype)
    near, next_to_it, far = (
        (info.max, info.max - 1, max(info.min, info.max - 2**33))
        if side == "below"
        else (info.min, info.min + 1, min(info.max, info.min + 2**33))
    )
    values = np.array([near, next_to_it] * 1500, dtype=dtype)
    values[at] = far
    guessed, exact = guessed_window(values), exact_window(values, [(0, len(values))])
    assert guessed.span < exact.span
    sizes = [Fraction(1, 2), Fraction(1, 4)]
    assert_is_the_scan_of(*scanned(values, sizes, threads), values, sizes)


@given(labels_in_any_layout().filter(len))
@pytest.mark.usefixtures("small_ranges")
def test_a_guessed_window_holds_its_sample_and_no_value_that_the_dtype_cannot(values):
    low, span = guessed_window(values)
    shift = 2**63 if values.dtype.kind == "u" and values.dtype.itemsize == 8 else 0
    exact = exact_window(values, ranges(len(values), 3, grain=8))
    wide = [int(x) - shift for x in values.tolist()]
    assert exact == (min(wide), max(wide) - min(wide) + 1)
    assert low <= wide[0] < low + span
    if values.dtype.kind != "b":
        info = np.iinfo(values.dtype)
        assert info.min - shift <= low
        assert low + span - 1 <= info.max - shift


@pytest.mark.parametrize("block", [1000, 1024, 400_000])
def test_candidates_that_outgrow_their_room_are_moved_a_dozen_times_at_most(block):
    n = 400_000
    ids = np.full(n, 5, dtype=np.uint64)
    key = keys_of(1, ids[:1])
    labels, keys = _kernels.LabelView(np.zeros(n, np.uint8)), _kernels.Keys(SEED, ids)
    bands = _kernels.CutBands(np.concatenate([key - np.uint64(1), key]))
    zoned = _kernels.Zoned(0, np.zeros((2, 3), dtype=np.int64), 0)
    capacities = []
    for begin in range(0, n, block):
        _kernels.scan(labels, keys, bands, begin, min(begin + block, n), zoned, NO_OUTPUT)
        capacities.append(zoned.capacity)
    assert len(set(capacities)) <= 12
    assert capacities == sorted(capacities)
    assert n <= zoned.capacity <= 2 * n
    found_keys, cells, positions = zoned.candidates
    assert np.array_equal(positions, np.arange(n))
    assert (found_keys == key).all()
    assert (cells == 1).all()
    assert zoned.cells.tolist() == [[0, n, 0], [0, 0, 0]]


BANDS = st.lists(st.tuples(st.floats(-0.2, 1.1), st.floats(0, 0.3)), min_size=1, max_size=12)


@given(BANDS)
def test_merged_bands_hold_each_band_and_no_more_than_their_union(bands):
    """Bands are ascending by their begins; the oracle unites intervals one at a time."""
    low = np.array([begin for begin, _ in sorted(bands)])
    high = low + [width for _, width in sorted(bands)]
    bands, share = merged_bands(low, high)
    thresholds = bands.thresholds.tolist()
    assert thresholds == sorted(thresholds)
    assert len(bands) == len(thresholds) == 2 * len(low)

    def key_at(fraction):
        return 2**64 - 1 if fraction >= 1 else min(int(Fraction(fraction) * 2**64), 2**64 - 2048)

    begins, ends = thresholds[::2], thresholds[1::2]
    united, top = 0.0, 0.0
    for a, b in zip(low.clip(0, 1).tolist(), high.clip(0, 1).tolist(), strict=True):
        assert any(begin <= key_at(a) and key_at(b) <= end for begin, end in zip(begins, ends, strict=True))
        united += max(0.0, b - max(a, top))
        top = max(top, b)
    assert share == pytest.approx(united, abs=1e-12)  # sums of floats in another order
    kept = sum(end - begin for begin, end in zip(begins, ends, strict=True))
    assert kept / 2**64 == pytest.approx(united, abs=1e-12)


def test_the_bands_of_cuts_close_together_are_merged_and_followed_by_empty_ones():
    shares = Shares([Fraction(1, 4), Fraction(1, 1000), Fraction(1, 1000), Fraction(1, 2)])
    bands, share = cut_bands(shares.ideal_cuts, 70_000, 3)
    begins, ends = bands.thresholds[::2], bands.thresholds[1::2]
    assert (ends > begins).tolist() == [True, False, False, True]
    assert (begins[1:3] == ends[0]).all()
    assert (ends[1:3] == ends[0]).all()
    assert 0 < share < 0.2
    strata = scan(Labels(np.arange(70_000) % 3), 1, _kernels.Keys(SEED), shares.ideal_cuts)
    assert band_of_cut(strata).tolist() == [0, 0, 0, 3]


@pytest.mark.parametrize(
    ("n", "span", "n_cuts", "banded"),
    [
        (2**16, 1, 1, True),
        (2**16 - 1, 1, 1, False),  # too few examples
        (2**16, 1, 0, False),  # no cut
        (2**30, 2**15, 1, True),
        (2**30, 2**15 + 1, 1, False),  # more cells than a cache holds
        (2**30, 2**14, 2, True),
        (2**30, 2**14, 3, False),
        (2**16, 2**12, 1, False),  # classes so small that most keys would be candidates
    ],
)
def test_there_are_bands_where_they_pay(n, span, n_cuts, banded):
    ideals = Shares([Fraction(1, n_cuts + 1)] * (n_cuts + 1)).ideal_cuts
    bands, share = cut_bands(ideals, n, span)
    assert len(bands) == 2 * n_cuts * banded
    assert (0 < share <= 0.5) == banded
    assert (bands.thresholds[::2] < ideals[: n_cuts * banded]).all()
    assert (bands.thresholds[1::2] > ideals[: n_cuts * banded]).all()


def test_a_range_adds_to_what_its_tally_holds():
    values = np.array([4, 5, 5, 9, 3], dtype=np.int16)
    zoned = _kernels.Zoned(4, np.zeros((3, 1), dtype=np.int64), 0)
    for begin, end in [(0, 2), (2, 2), (2, 5)]:
        _kernels.scan(_kernels.LabelView(values), NO_KEYS, NO_BANDS, begin, end, zoned, NO_OUTPUT)
    assert zoned.cells[:, 0].tolist() == [1, 2, 2]  # the last row is of the labels outside the window


def test_arguments_that_do_not_fit_are_refused():
    values, cells = np.zeros(5, np.uint8), np.zeros((2, 3), dtype=np.int64)
    labels, bands = _kernels.LabelView(values), _kernels.CutBands(np.array([1, 2], dtype=np.uint64))
    keys, zoned = _kernels.Keys(SEED, np.zeros(4, dtype=np.uint64)), _kernels.Zoned(0, cells, 10)
    for begin, end in [(-1, 5), (0, 6), (3, 2)]:
        with refused(f"range {begin}:{end} outside 0:5"):
            _kernels.scan(labels, NO_KEYS, bands, begin, end, zoned, NO_OUTPUT)
        with refused(f"range {begin}:{end} outside 0:5"):
            labels.extent(begin, end)
    with refused("len(ids) is 4, expected 5"):
        _kernels.scan(labels, keys, bands, 0, 5, zoned, NO_OUTPUT)
    with refused("len(assignment) is 4, expected 5"):
        _kernels.scan(labels, NO_KEYS, bands, 0, 5, zoned, _kernels.Assignment(np.zeros(4, np.uint8)))
    with refused("len(zones) is 3, expected 1"):
        _kernels.scan(labels, NO_KEYS, NO_BANDS, 0, 5, zoned, NO_OUTPUT)
    with refused("0 cells"):
        _kernels.Zoned(0, np.zeros((0, 3), dtype=np.int64), 10)
    with refused("len(seed) is 3, expected 2"):
        _kernels.Keys(np.zeros(3, dtype=np.uint64))
    assert not cells.any()


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros((3, 1), np.int8), np.zeros(3, "U1"), np.zeros(3, object)])
def test_labels_that_are_no_row_of_integers_are_refused(array):
    with refused(f"labels of dtype {array.dtype}"):
        _kernels.LabelView(array)


@pytest.mark.parametrize(
    ("array", "what"),
    [
        (np.zeros(3, np.int8), "an assignment of dtype int8"),
        (np.zeros(3, np.uint32), "an assignment of dtype uint32"),
        (np.zeros((3, 1), np.uint8), "an assignment of dtype uint8"),
        (np.zeros(6, np.uint8)[::2], "an assignment that cannot be written to"),
        (np.broadcast_to(np.uint8(0), 1), "an assignment that cannot be written to"),
    ],
)
def test_outputs_that_cannot_hold_splits_are_refused(array, what):
    with refused(what):
        _kernels.Assignment(array)
