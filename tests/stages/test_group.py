"""group: positions class by class, equal to a stable sort."""

import numpy as np
import pytest
from common import DTYPES, THREADS
from common_stages import LAYOUTS, labels_in_any_layout, laid_out_as, numbers_of, on_every_cpu, refused
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels
from fastsplit.engine.classes import find_classes
from fastsplit.engine.group import group, group_codes
from fastsplit.engine.parallel import ranges
from fastsplit.engine.scan import scan
from fastsplit.inputs.labels import Labels
from fastsplit.reference.group import group as reference_group


def grouped(values, threads):
    strata = scan(Labels(values), threads)
    return group(strata.lookup, strata.parts, strata.cells[:, :, 0])


@pytest.mark.usefixtures("small_ranges")
@given(labels_in_any_layout(), st.sampled_from(THREADS))
def test_positions_equal_the_reference(values, threads):
    positions, offsets = grouped(values, threads)
    codes = numbers_of(values)
    n_classes = codes.max(initial=-1) + 1
    expected = reference_group(codes, n_classes)
    assert positions.dtype == np.intp
    assert np.array_equal(positions, expected)
    assert np.array_equal(offsets, np.append(0, np.bincount(codes, minlength=n_classes).cumsum()))


@on_every_cpu
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("threads", [1, 3])
def test_labels_of_every_form_equal_a_stable_sort(cpu, dtype, layout, threads, use_cpu, small_ranges):
    use_cpu(cpu)
    values = laid_out_as(layout, np.random.default_rng(0).integers(0, 2 if dtype == "bool" else 50, 5003).astype(dtype))
    positions, _ = grouped(values, threads)
    assert np.array_equal(positions, np.argsort(values, kind="stable"))


@pytest.mark.parametrize("threads", THREADS)
def test_no_labels_and_one_label_are_grouped(threads):
    for values, expected in [(np.empty(0, dtype=np.int8), [0]), (np.int8([-7]), [0, 1])]:
        positions, offsets = grouped(values, threads)
        assert positions.tolist() == list(range(len(values)))
        assert offsets.tolist() == expected


@pytest.mark.parametrize("n_classes", [1, 2, 300])
def test_codes_are_grouped_by_the_rank_of_their_code(n_classes):
    rng = np.random.default_rng(n_classes)
    codes, rank = rng.integers(0, n_classes, 5000), rng.permutation(n_classes).astype(np.int32)
    ranks = rank[codes]
    positions = group_codes(codes, rank, np.bincount(ranks, minlength=n_classes))
    assert np.array_equal(positions, np.argsort(ranks, kind="stable"))


@pytest.mark.parametrize("threads", [1, 3])
def test_examples_of_a_class_that_is_left_out_are_an_error(threads, small_ranges):
    """It is not among the classes, so it appeared after they were counted."""
    values = np.arange(3000) % 3
    parts = ranges(len(values), threads)
    lookup = find_classes(Labels(values), np.array([0, 2]), parts)
    counts = np.array([[np.count_nonzero(values[begin:end] == c) for c in (0, 2)] for begin, end in parts])
    with pytest.raises(RuntimeError, match="labels changed while they were read"):
        group(lookup, parts, counts)


@pytest.mark.parametrize("worker", [0, 1, 2])
def test_one_example_too_many_in_one_range_is_an_error(worker, small_ranges):
    values = np.arange(3000) % 3
    strata = scan(Labels(values), 3)
    end = strata.parts[worker][1]
    values[end - 1] = (values[end - 1] + 1) % 3
    with pytest.raises(RuntimeError, match="labels changed while they were read"):
        group(strata.lookup, strata.parts, strata.cells[:, :, 0])


def test_positions_fill_the_room_of_their_class_and_no_more():
    """Label 1 is of no class, and class 0 has less room than it needs: what finds none is counted."""
    values = np.random.default_rng(2).integers(0, 4, 5000, dtype=np.uint8)
    table = _kernels.ClassTable(0, np.int32([0, 2, 1, 1, 2]), 2)
    first, second = np.flatnonzero(values == 0), np.flatnonzero(values >= 2)
    room = len(first) - 7
    # Behind the two classes there is room that belongs to none.
    cursor, limit = np.array([10, 20 + room, 0])[:2], np.array([10 + room, 20 + room + len(second), 10])[:2]
    out = np.full(limit[1] + 5, -1)
    slots, labels = _kernels.Slots(cursor, limit, len(out)), _kernels.LabelView(values)
    lost = [
        _kernels.group(labels, table, begin, end, slots, out) for begin, end in [(0, 1500), (1500, 1500), (1500, 5000)]
    ]
    assert sum(lost) == 7 + np.count_nonzero(values == 1)
    unwritten = np.full(10, -1)
    assert np.array_equal(out, np.concatenate([unwritten, first[:room], unwritten, second, unwritten[:5]]))
    assert np.array_equal(cursor, limit)


def test_arguments_that_do_not_fit_are_refused():
    labels, table = _kernels.LabelView(np.zeros(5, np.uint8)), _kernels.ClassTable(0, np.int32([0, 1]), 1)
    out = np.full(5, -1)
    slots = _kernels.Slots(np.array([0]), np.array([5]), 5)
    for begin, end in [(-1, 2), (0, 6), (4, 3)]:
        with refused(f"range {begin}:{end} outside 0:5"):
            _kernels.group(labels, table, begin, end, slots, out)
    with refused("len(slots) is 1, expected 2"):
        _kernels.group(labels, _kernels.ClassTable(0, np.int32([0, 1, 2]), 2), 0, 5, slots, out)
    with refused("len(out) is 2, expected 5"):
        _kernels.group(labels, table, 0, 5, slots, out[:2])
    assert (out == -1).all()
