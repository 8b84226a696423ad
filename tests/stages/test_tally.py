"""tally: the keys in the bands of each class, and the number below, equal to the reference to the bit."""

import numpy as np
import pytest
from common import THREADS
from common_stages import SEED, ids_of, keys_of, labels_in_any_layout, numbers_of, on_every_cpu, refused
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels
from fastsplit.engine.bands import band_table
from fastsplit.engine.scan import scan
from fastsplit.engine.tally import State
from fastsplit.engine.tally import tally as tally_of_classes
from fastsplit.inputs.labels import Labels
from fastsplit.reference.tally import tally as reference_tally

WIDTHS = [1, 2, 3, 4, 5, 9, 40]


def random_bands(n_classes, width, keys, seed, spread=2.0**-4):
    """Return bands per class: around fractions or, unless these are narrow, between keys, also overlapping ones."""
    rng = np.random.default_rng(seed)
    pool = np.concatenate([keys, np.uint64([1, 2**63, 2**64 - 1])])
    anywhere = np.sort(rng.choice(pool, (n_classes, 2, width)), axis=1)
    centre = np.linspace(0.05, 0.9, width) * 2.0**64
    near = (
        (centre + np.array([[-1], [1]]) * rng.uniform(0, spread * 2.0**64, (n_classes, 1, 1))).clip(1).astype(np.uint64)
    )
    bands = np.where(rng.random((n_classes, 1, 1)) < (0.5 if spread > 2.0**-8 else 0), anywhere, near)
    low, high = (np.maximum.accumulate(edge, axis=1) for edge in (bands[:, 0], bands[:, 1]))
    return np.ascontiguousarray(low), np.ascontiguousarray(high)


def tally(strata, keys, start, bands, threads) -> State:
    table = band_table(bands)
    return tally_of_classes(strata.lookup, strata.classes, keys, start, table, threads)


def assert_equals_the_reference(values, bands, threads, ids=None):
    state = tally(scan(Labels(values), 1), _kernels.Keys(SEED, ids), 0, bands, threads)
    below, starts, keys = reference_tally(numbers_of(values), keys_of(len(values), ids), *bands)
    for got, expected in ((state.below, below), (state.starts, starts), (state.keys, keys)):
        assert got.dtype == expected.dtype
        assert np.array_equal(got, expected)


@pytest.mark.usefixtures("small_ranges")
@given(st.data(), labels_in_any_layout().filter(len), st.sampled_from(WIDTHS), st.sampled_from(THREADS))
def test_what_is_kept_equals_the_reference(data, values, width, threads):
    ids = ids_of(data.draw, len(values))
    keys = keys_of(len(values), ids)
    bands = random_bands(len(np.unique(values)), width, keys, data.draw(st.integers(0, 99)))
    assert_equals_the_reference(values, bands, threads, ids)


@on_every_cpu
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("spread", [2.0**-12, 2.0**-4])
@pytest.mark.parametrize("n", [5003, 70_001])
def test_what_is_kept_of_any_number_equals_the_reference(cpu, width, spread, n, use_cpu):
    """Keys are compared with narrow bands around those of all classes first."""
    use_cpu(cpu)
    values = np.random.default_rng(0).integers(-2, 3, n, dtype=np.int8)
    assert_equals_the_reference(values, random_bands(5, width, keys_of(n), 1, spread), 2)


def test_positions_begin_at_the_start():
    values, bands = np.zeros(3000, np.uint8), (np.uint64([[1]]), np.uint64([[2**64 - 1]]))
    state = tally(scan(Labels(values), 1), _kernels.Keys(SEED), 10**12, bands, 1)
    assert np.array_equal(state.keys, np.sort(keys_of(3000, np.arange(10**12, 10**12 + 3000).astype(np.uint64))))


def test_keys_at_the_edges_of_a_band_are_in_it():
    values, key = np.zeros(5, np.uint8), np.sort(keys_of(5))
    state = tally(scan(Labels(values), 1), _kernels.Keys(SEED), 0, (key[None, 1:2], key[None, 3:4]), 1)
    assert state.below.tolist() == [[1]]
    assert state.keys.tolist() == key[1:4].tolist()


@pytest.mark.parametrize("capacity", [0, 1, 1023, 1024, 100_000])
def test_any_number_of_keys_is_kept(capacity):
    n = 50_000
    kept = _kernels.KeptKeys(np.zeros((2, 3), np.int64), capacity)
    bands = _kernels.BandTable(np.uint64([[0, 2**64 - 1]] * 2), _kernels.CutBands(np.empty(0, np.uint64)))
    table = _kernels.ClassTable(0, np.zeros(2, np.int32), 1)
    _kernels.tally(_kernels.LabelView(np.zeros(n, np.uint8)), table, bands, _kernels.Keys(SEED), 0, 0, n, kept)
    assert np.array_equal(kept.kept[0], keys_of(n))
    assert kept.cells.tolist() == [[0, n, 0], [0, 0, 0]]


@given(st.data(), st.integers(1, 5), st.integers(1, 5))
def test_merged_keys_equal_those_of_the_reference(data, n_classes, width):
    """The bands of the merged tally lie inside those of both; a class may be on one side alone."""
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    n = data.draw(st.integers(1, 60))
    codes, side = rng.integers(0, n_classes, n), rng.integers(0, 2, n)
    keys = rng.integers(1, 30, n).astype(np.uint64)
    low = np.sort(rng.integers(1, 30, (n_classes, width)), axis=1).astype(np.uint64)
    high = np.maximum.accumulate(low + rng.integers(0, 9, low.shape).astype(np.uint64), axis=1)
    sides, total = [], 0
    for s in (0, 1):
        known = np.unique(codes[side == s]) if (side == s).any() else np.array([0])
        wider = np.uint64(rng.integers(0, 5))
        own_low = np.maximum(low[known], wider + np.uint64(1)) - wider
        own = np.searchsorted(known, codes[side == s])
        below, starts, kept = reference_tally(own, keys[side == s], own_low, high[known] + wider)
        of_class = np.full(n_classes, -1)
        of_class[known] = np.arange(len(known))
        total += len(kept)
        sides.append(_kernels.TallySide(_kernels.KeyRows(starts, kept), of_class, below, own_low))
    expected = reference_tally(codes, keys, low, high)
    below, starts, merged = np.zeros(low.shape, np.int64), np.empty(n_classes + 1, np.int64), np.empty(total, np.uint64)
    size = _kernels.tally_merge(sides, (low, high), below, starts, merged)
    for got, wanted in zip((below, starts, merged[:size]), expected, strict=True):
        assert np.array_equal(got, wanted)


def test_arguments_that_do_not_fit_are_refused():
    rows = _kernels.KeyRows(np.array([0, 2]), np.zeros(2, np.uint64))
    one, edges = np.zeros((1, 1), np.int64), np.ones((1, 1), np.uint64)
    side = _kernels.TallySide(rows, np.array([0]), one, edges)
    with refused("starts do not fit the keys"):
        _kernels.KeyRows(np.array([0, 2]), np.zeros(3, np.uint64))
    with refused("len(out[0]) is 2, expected 1"):
        rows.below(edges, np.zeros((1, 2), np.int64))
    with refused("row 1 of 1"):
        _kernels.TallySide(rows, np.array([1]), one, edges)
    with refused("len(low) is 2, expected 1"):
        _kernels.TallySide(rows, np.array([0]), one, np.ones((2, 1), np.uint64))
    with refused("len(keys) is 3, expected 4"):
        _kernels.tally_merge([side, side], (edges, edges), one, np.zeros(2, np.int64), np.zeros(3, np.uint64))
    with refused("starts do not fit the keys"):
        _kernels.sort_runs(np.array([0, 2]), 0, 1, np.zeros(1, np.uint64))
    labels, table = _kernels.LabelView(np.zeros(3, np.uint8)), _kernels.ClassTable(0, np.zeros(2, np.int32), 1)
    bands = _kernels.BandTable(np.zeros((2, 2), np.uint64), _kernels.CutBands(np.empty(0, np.uint64)))
    with refused("len(cells[0]) is 2, expected 3"):
        _kernels.tally(
            labels, table, bands, _kernels.Keys(SEED), 0, 0, 3, _kernels.KeptKeys(np.zeros((2, 2), np.int64), 9)
        )
    with refused("1 thresholds around 2"):
        _kernels.BandTable(np.zeros((2, 2), np.uint64), _kernels.CutBands(np.zeros(1, np.uint64)))
    with refused("no thresholds"):
        _kernels.BandTable(np.zeros((2, 0), np.uint64), _kernels.CutBands(np.empty(0, np.uint64)))
    with refused("0 cells"):
        _kernels.KeptKeys(np.zeros((0, 2), np.int64), 9)
