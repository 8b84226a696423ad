"""assign: the number of cuts below each key, equal to the reference to the bit."""

from fractions import Fraction

import numpy as np
import pytest
from common import THREADS, size_lists
from common_stages import (
    SEED,
    ids_of,
    keys_of,
    labels_in_any_layout,
    numbers_of,
    on_every_cpu,
    quotas_of,
    refused,
    rule_of,
)
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels
from fastsplit.engine.assign import assign, assign_candidates, new_assignment, with_unseen
from fastsplit.engine.classes import find_classes
from fastsplit.engine.cuts import cuts
from fastsplit.engine.parallel import ranges
from fastsplit.engine.scan import NO_BANDS, NO_OUTPUT, scan
from fastsplit.inputs.labels import Labels
from fastsplit.inputs.sizes import Shares
from fastsplit.reference.assign import assign as reference_assign

WIDTHS = [0, 1, 2, 3, 4, 5, 8, 9, 20, 253, 254, 255, 300]
UNWRITTEN = 77


def random_cuts(n_rows, width, keys, spread, seed=0):
    """Return ascending cuts per row: keys, their neighbours and the ends of all keys, or close to a few fractions."""
    rng = np.random.default_rng(seed)
    if spread == "anywhere":
        pool = np.concatenate([keys, keys + np.uint64(1), keys - np.uint64(1), np.uint64([0, 1, 2**64 - 1])])
        found = rng.choice(pool, (n_rows, width))
    else:
        fractions = np.linspace(0, 2.0**63, width) + rng.uniform(0, 2.0**52, (n_rows, width))
        found = fractions.astype(np.uint64)
    return np.sort(found, axis=1)


def assigned(values, known, table, threads, rest_column, ids=None):
    """Return the splits by the engine for known classes, whose cuts are the rows of a table."""
    parts = ranges(len(values), threads)
    out = new_assignment(len(values), table.shape[1], rest_column)
    assign(find_classes(Labels(values), known, parts), parts, table, _kernels.Keys(SEED, ids), out)
    return out.array


def codes_of(values, known):
    """Return the number of each label among known classes, or how many those are."""
    number = {c: i for i, c in enumerate(known.tolist())}
    return np.array([number.get(label, len(known)) for label in values.tolist()], dtype=np.intp)


@pytest.mark.usefixtures("small_ranges")
@given(
    st.data(),
    labels_in_any_layout(),
    st.sampled_from(WIDTHS),
    st.sampled_from(["anywhere", "close"]),
    st.booleans(),
    st.sampled_from(THREADS),
)
def test_splits_equal_the_reference(data, values, width, spread, with_rest, threads):
    """Classes are some of the labels' and others; cuts are anywhere, or in bands."""
    ids, rest_column = ids_of(data.draw, len(values)), width if with_rest else None
    known = np.unique(values)[data.draw(st.integers(0, 2)) :: 2]
    keys = keys_of(len(values), ids)
    table = random_cuts(len(known) + 1, width, keys, spread, data.draw(st.integers(0, 9)))
    got = assigned(values, known, table, threads, rest_column, ids)
    expected = reference_assign(codes_of(values, known), keys, table, rest_column)
    assert got.dtype == expected.dtype
    assert np.array_equal(got, expected)


@on_every_cpu
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("spread", ["anywhere", "close"])
@pytest.mark.parametrize("n", [5003, 70_001])
def test_splits_of_any_number_equal_the_reference(cpu, width, spread, n, use_cpu):
    """Between 2**16 examples and fewer, and 8 cuts and more, is the choice to compare with bands first."""
    use_cpu(cpu)
    values = np.random.default_rng(0).integers(-2, 3, n, dtype=np.int8)
    table = random_cuts(5, width, keys_of(n), spread)
    known = np.int8([-2, -1, 1, 2])
    got = assigned(values, known, table, 2, width)
    expected = reference_assign(codes_of(values, known), keys_of(n), table, width)
    assert got.dtype == expected.dtype
    assert np.array_equal(got, expected)


@pytest.mark.parametrize(("n_cuts", "dtype"), [(0, "u1"), (253, "u1"), (254, "u1"), (255, "u2"), (32_767, "u2")])
@pytest.mark.parametrize("rest_column", [None, 0])
def test_up_to_254_cuts_a_split_takes_a_byte(n_cuts, dtype, rest_column):
    """255 marks the examples in no split; that is also the number of the last column of 256 if there is no rest."""
    out = new_assignment(7, n_cuts, rest_column)
    assert (out.array.shape, out.array.dtype) == ((7,), np.dtype(dtype))


def test_a_key_equal_to_a_cut_is_not_above_it():
    values, key = np.zeros(3, np.uint8), keys_of(3)
    for bands in [NO_BANDS, _kernels.CutBands(np.array([key[1] - np.uint64(5), key[1]]))]:
        for cut, expected in [(key[1] - np.uint64(1), True), (key[1], False)]:
            out = new_assignment(3, 1, None)
            cut_table = _kernels.CutTable(np.full((2, 1), cut), bands)
            table = _kernels.ClassTable(0, np.zeros(2, np.int32), 1)
            _kernels.assign(_kernels.LabelView(values), table, cut_table, _kernels.Keys(SEED), 0, 3, out)
            assert out.array.tolist() == [key[0] > cut, expected, key[2] > cut]


def test_only_the_splits_of_a_range_are_written():
    values, out = np.zeros(3000, np.uint8), _kernels.Assignment(np.full(3000, UNWRITTEN, np.uint8))
    table, cut_table = (
        _kernels.ClassTable(0, np.zeros(2, np.int32), 1),
        _kernels.CutTable(np.uint64([[0], [0]]), NO_BANDS),
    )
    _kernels.assign(_kernels.LabelView(values), table, cut_table, _kernels.Keys(SEED), 100, 2900, out)
    assert out.array.tolist() == [UNWRITTEN] * 100 + [1] * 2800 + [UNWRITTEN] * 100


@pytest.mark.usefixtures("small_ranges")
@given(st.data(), labels_in_any_layout(), size_lists(12), st.sampled_from(THREADS))
def test_the_candidates_are_all_that_a_scan_leaves_to_assign(data, values, sizes, threads):
    """If each cut is in its band; else nothing is written."""
    ids = ids_of(data.draw, len(values))
    (shares, quotas), keys = quotas_of(values, sizes), _kernels.Keys(SEED, ids)
    out = new_assignment(len(values), len(shares.ideal_cuts), shares.rest_column)
    strata = scan(Labels(values), threads, keys, shares.ideal_cuts, out)
    found = cuts(strata, quotas, keys, rule_of(shares.ideal_cuts))[:-1]
    before = out.array.copy()
    if assign_candidates(strata, found, out):
        expected = reference_assign(numbers_of(values), keys_of(len(values), ids), found, shares.rest_column)
        assert out.array.dtype == expected.dtype
        assert np.array_equal(out.array, expected)
    else:
        assert np.array_equal(out.array, before)


@pytest.mark.parametrize("change", ["none", "below", "above"])
@pytest.mark.parametrize("cut", [0, 1])
def test_a_cut_outside_its_band_leaves_the_candidates_unwritten(change, cut):
    values = np.arange(70_000) % 3
    shares, quotas = quotas_of(values, [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)])
    out = _kernels.Assignment(np.full(len(values), UNWRITTEN, np.uint8))
    strata = scan(Labels(values), 2, _kernels.Keys(SEED), shares.ideal_cuts, out)
    found = cuts(strata, quotas, _kernels.Keys(SEED), rule_of(shares.ideal_cuts))[:-1]
    begin, end = strata.bands.thresholds.reshape(2, 2)[cut]
    found[1, cut] = {"none": end, "below": begin - np.uint64(1), "above": end + np.uint64(1)}[change]
    before = out.array.copy()
    assert assign_candidates(strata, found, out) == (change == "none")
    if change == "none":
        assert np.array_equal(out.array, reference_assign(values, keys_of(len(values)), found, None))
        found[1, cut] = begin
        assert assign_candidates(strata, found, out)
        assert np.array_equal(out.array, reference_assign(values, keys_of(len(values)), found, None))
    else:
        assert np.array_equal(out.array, before)


def test_without_bands_no_candidate_is_assigned():
    values, half = np.zeros(100, np.uint8), np.array([2**63], dtype=np.uint64)
    out = _kernels.Assignment(np.full(100, UNWRITTEN, np.uint8))
    strata = scan(Labels(values), 1, _kernels.Keys(SEED), half, out)
    assert not assign_candidates(strata, half[None], out)
    assert (out.array == UNWRITTEN).all()


def test_splits_of_two_bytes_are_written_by_the_scan_too():
    values = np.zeros(400_000, np.uint8)
    shares, quotas = quotas_of(values, [Fraction(1, 300)] * 300)
    out = new_assignment(len(values), 299, None)
    ideals, keys = shares.ideal_cuts, _kernels.Keys(SEED)
    strata = scan(Labels(values), 2, keys, ideals[:5], out)
    assert len(strata.bands) == 10
    in_six = np.hstack([quotas[:, :5], quotas[:, 5:].sum(axis=1)[:, None]])
    cuts_of_five = cuts(strata, in_six, keys, rule_of(ideals[:5]))[:-1]
    assert assign_candidates(strata, cuts_of_five, out)
    assert out.array.dtype == np.uint16
    assert np.array_equal(out.array, (cuts_of_five[0] < keys_of(len(values))[:, None]).sum(axis=1))


@pytest.mark.parametrize(
    ("values", "known"),
    [
        (np.uint64([0, 2**63, 2**64 - 1]), np.int64([-(2**63), -1, 0, 2**63 - 1])),
        (np.int64([-(2**63), -1, 0, 2**63 - 1]), np.uint64([0, 2**63 - 1, 2**63, 2**64 - 1])),
        (np.uint64([5, 2**63]), np.int64([-5, -1])),
        (np.int8([-128, 127]), np.uint64([127, 128, 2**63 + 127])),
        (np.int8([-128, 127]), np.int64([-384, -128, 127, 383])),
        (np.uint8([0, 255]), np.int16([-1, 0, 255, 256])),
        (np.array([True, False, True]), np.int64([-1, 1, 2])),
        (np.int64([0, 1, 2]), np.array([False, True])),
        (np.array([0, 1, 256], dtype=">u2"), np.int64([1, 256, 65_537])),
        (np.array([1, 2**63, 2**64 - 1], dtype=">u8"), np.uint64([2**63, 2**64 - 1])),
        (np.uint64([1, 2]), np.empty(0, dtype=np.int64)),
        (np.int64([7, 7]), np.empty(0, dtype=np.uint64)),
        (np.int32([-(2**31), 3, 2**31 - 1]), np.int64([-(2**40), 3, 2**31 - 1, 2**40])),
    ],
    ids=lambda array: f"{array.dtype} {array.tolist()}",
)
@pytest.mark.parametrize("repeats", [1, 5000])
def test_classes_are_found_among_labels_of_another_dtype_which_may_hold_none_of_them(values, known, repeats):
    values = np.tile(values, repeats)
    table = np.arange(len(known) + 1, dtype=np.uint64)[:, None] * np.uint64((2**64 - 1) // (len(known) + 1))
    got = assigned(values, known, table, 2, None)
    assert np.array_equal(got, reference_assign(codes_of(values, known), keys_of(len(values)), table, None))


def test_classes_named_by_strings_are_found_by_their_names():
    """Labels hold numbers of other names than the classes do."""
    names, known = np.array(["ant", "bee", "cow"], dtype=object), np.array(["bee", "cow", "dog"], dtype=object)
    values, n = np.tile(np.int32([0, 2, 1, 1]), 25), 100
    lookup = find_classes(Labels(values, names), known, [(0, n)])
    table = np.uint64([[2**62], [2**63], [3 * 2**62], [2**64 - 1]])
    out = new_assignment(n, 1, None)
    assign(lookup, [(0, n)], table, _kernels.Keys(SEED), out)
    codes = np.array([3, 0, 1])[values]
    codes[values == 1], codes[values == 2] = 0, 1
    assert np.array_equal(out.array, reference_assign(codes, keys_of(n), table, None))


def test_the_last_row_is_for_labels_of_no_class():
    ideals = Shares([Fraction(1, 2), Fraction(1, 2)]).ideal_cuts
    table = with_unseen(np.uint64([[1], [2]]), ideals)
    assert table.tolist() == [[1], [2], [2**63]]
    assert with_unseen(np.empty((0, 1), np.uint64), ideals).tolist() == [[2**63]]


def test_arguments_that_do_not_fit_are_refused():
    labels, out = _kernels.LabelView(np.zeros(5, np.uint8)), _kernels.Assignment(np.full(5, UNWRITTEN, np.uint8))
    table, keys = _kernels.ClassTable(0, np.zeros(2, np.int32), 1), _kernels.Keys(SEED)
    cut_table = _kernels.CutTable(np.zeros((2, 1), np.uint64), NO_BANDS)
    for begin, end in [(-1, 2), (0, 6), (4, 3)]:
        with refused(f"range {begin}:{end} outside 0:5"):
            _kernels.assign(labels, table, cut_table, keys, begin, end, out)
    with refused("len(ids) is 0, expected 5"):
        _kernels.assign(labels, table, cut_table, _kernels.Keys(SEED, np.zeros(0, np.uint64)), 0, 5, out)
    for other in [NO_OUTPUT, _kernels.Assignment(np.zeros(6, np.uint8))]:
        with refused(f"len(assignment) is {len(other.array)}, expected 5"):
            _kernels.assign(labels, table, cut_table, keys, 0, 5, other)
    for n_rows in [1, 3]:
        with refused(f"len(cuts) is {n_rows}, expected 2"):
            other = _kernels.CutTable(np.zeros((n_rows, 1), np.uint64), NO_BANDS)
            _kernels.assign(labels, table, other, keys, 0, 5, out)
    with refused("2 thresholds for 2 cuts"):
        _kernels.CutTable(np.zeros((2, 2), np.uint64), _kernels.CutBands(np.zeros(2, np.uint64)))
    with refused("no row for labels of no class"):
        _kernels.CutTable(np.zeros((0, 2), np.uint64), NO_BANDS)
    bands = _kernels.CutBands(np.uint64([0, 2**64 - 1]))
    zoned = _kernels.Zoned(0, np.zeros((2, 3), dtype=np.int64), 0)
    _kernels.scan(labels, keys, bands, 0, 5, zoned, NO_OUTPUT)
    with refused("len(class_of_cell) is 5, expected 6"):
        _kernels.assign_candidates(zoned, np.zeros(5, np.int32), cut_table, out)
    with refused("no array to write to"):
        _kernels.assign_candidates(zoned, np.zeros(6, np.int32), cut_table, NO_OUTPUT)
    assert (out.array == UNWRITTEN).all()


def test_the_table_of_given_classes_is_dense_or_of_hashed_labels():
    """Both find the same classes; which of the two is a question of speed."""
    values = np.array([0, 10**12, 5, 10**12, 7])
    near = find_classes(Labels(values), np.array([5, 9]), [(0, 5)]).table
    far = find_classes(Labels(values), np.array([5, 10**12]), [(0, 5)]).table
    assert (near.low, near.class_of.tolist()) == (5, [0, 2, 2, 2, 1, 2])
    assert (far.low, far.class_of.tolist()) == (0, [0, 1, 2])
