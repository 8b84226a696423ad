"""few: few labels get the same bits from one call as from the stages one by one."""

import gc
import sysconfig

import numpy as np
import pytest
from common import ORDERS, SEEDS, assert_same_arrays, assert_same_splits, size_lists
from common_stages import ids_of, labels_in_any_layout, on_every_cpu, refused
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit import _kernels
from fastsplit.engine import few, pipeline

DTYPES = [None, "u2", "i4", "u4", "u8"]
SEED_WORDS = _kernels.seed_words(5)
SHARES = fastsplit.plan([0, 1], (0.7, 0.2), seed=0).sizes


@pytest.fixture
def ways(monkeypatch):
    """Return a function that calls another one both ways, and how often the way of few labels was gone."""
    gone = []
    one_call = few.split_few

    def counted(*arguments):
        found = one_call(*arguments)
        gone.append(found is not None)
        return found

    monkeypatch.setattr(pipeline, "split_few", counted)

    def both(call):
        first = call()
        with monkeypatch.context() as patch:
            patch.setattr(few, "LIMIT", 0)
            return first, call()

    both.gone = gone
    return both


@on_every_cpu
@given(st.data())
def test_splits_are_those_of_the_stages_one_by_one(use_cpu, ways, cpu, data):
    use_cpu(cpu)
    labels, sizes = data.draw(labels_in_any_layout()), data.draw(size_lists())
    ids = ids_of(data.draw, len(labels))
    arguments = {
        "seed": data.draw(SEEDS),
        "ids": ids,
        "order": data.draw(st.sampled_from(ORDERS)),
        "dtype": data.draw(st.sampled_from(DTYPES)),
    }
    got, expected = ways(lambda: fastsplit.split(labels, sizes, **arguments))
    assert_same_splits(got, expected)


@given(st.data(), st.integers(1, 3), size_lists(3), SEEDS)
def test_a_minimum_is_kept_or_refused_alike(ways, data, minimum, sizes, seed):
    labels = np.array(data.draw(st.lists(st.integers(0, 3), max_size=300)), dtype=np.int8)
    ids = ids_of(data.draw, len(labels))

    def call():
        try:
            return fastsplit.split(labels, sizes, seed=seed, ids=ids, min_per_split=minimum)
        except ValueError as error:
            return str(error)

    got, expected = ways(call)
    if isinstance(expected, str):
        assert got == expected
    else:
        assert_same_splits(got, expected)


@pytest.mark.filterwarnings("ignore:k=", "ignore:.*folds are empty")
@on_every_cpu
@given(st.data())
def test_folds_are_those_of_the_stages_one_by_one(use_cpu, ways, cpu, data):
    use_cpu(cpu)
    labels = data.draw(labels_in_any_layout().filter(lambda labels: len(labels) > 1))
    k, ids = data.draw(st.integers(2, min(len(labels), 9))), ids_of(data.draw, len(labels))
    order, dtype, seed = data.draw(st.sampled_from(ORDERS)), data.draw(st.sampled_from(DTYPES)), data.draw(SEEDS)
    got, expected = ways(lambda: fastsplit.kfold(labels, k, seed=seed, ids=ids, order=order, dtype=dtype))
    assert got.plan == expected.plan
    assert np.array_equal(got.assignment, expected.assignment)
    one_by_one, _ = ways(lambda: list(expected))
    for fold, (pair, single, other) in enumerate(zip(got, one_by_one, list(expected), strict=True)):
        for same in (single, other, got[fold]):
            assert_same_arrays(pair, same)


@on_every_cpu
@given(labels_in_any_layout())
def test_groups_are_those_of_the_stages_one_by_one(use_cpu, ways, cpu, labels):
    use_cpu(cpu)
    assert_same_arrays(*ways(lambda: fastsplit.group(labels)))


def test_units_keep_a_minimum_or_are_too_few_alike(ways):
    """With some seeds a split has its minimum only after its cuts move."""
    for seed in range(40):
        labels, ids = np.repeat([0, 1], [95, 12]), np.append(np.arange(95), 200 + np.arange(12) // 4)
        got, expected = ways(
            lambda labels=labels, ids=ids, seed=seed: fastsplit.split(
                labels, (0.6, 0.2, 0.2), seed=seed, ids=ids, min_per_split=1
            )
        )
        assert_same_splits(got, expected)
        assert got.counts.min() >= 1
    assert all(ways.gone[::2])


@pytest.mark.parametrize("limit", [few.LIMIT, 0])
def test_too_few_units_are_an_error_either_way(monkeypatch, limit):
    monkeypatch.setattr(few, "LIMIT", limit)
    labels, ids = [0] * 60 + [1] * 6, [*range(60), *[99] * 3, *[98] * 3]
    with pytest.raises(ValueError, match="too few ids, or too many rows"):
        fastsplit.split(labels, (0.5, 0.3, 0.2), seed=0, ids=ids, min_per_split=1)


@pytest.mark.parametrize("n", [1, 63, 64, 65, 1023, 1024, 1025, 20_000, few.LIMIT - 1])
@on_every_cpu
def test_the_edges_of_blocks_and_vectors_change_nothing(use_cpu, ways, cpu, n):
    use_cpu(cpu)
    labels = np.random.default_rng(n).integers(0, 7, n)
    for sizes in [(0.7, 0.2, 0.1), (0.5,), [1 / 16] * 16, [1 / 100] * 100]:
        assert_same_splits(*ways(lambda sizes=sizes: fastsplit.split(labels, sizes, seed=n)))
    assert all(ways.gone[::2])
    assert not any(ways.gone[1::2])


@pytest.mark.parametrize(
    ("labels", "sizes"),
    [
        ([0, 10**6] * 50, (0.8, 0.2)),
        (np.zeros(few.LIMIT, np.int8), (0.8, 0.2)),
        (np.zeros(0, np.int8), (0.8, 0.2)),
    ],
    ids=["far apart", "many", "none"],
)
def test_other_labels_and_sizes_are_left_to_the_stages(ways, labels, sizes):
    assert_same_splits(*ways(lambda: fastsplit.split(labels, sizes, seed=0)))
    assert ways.gone == [False, False]


@pytest.mark.parametrize(("k", "is_few"), [(254, True), (255, True), (256, False)])
def test_the_numbers_of_folds_fit_a_byte_or_are_left_to_the_stages(ways, k, is_few):
    labels = np.arange(600) % 2
    got, expected = ways(lambda: fastsplit.kfold(labels, k, seed=0))
    assert got.plan == expected.plan
    assert np.array_equal(got.assignment, expected.assignment)
    assert_same_arrays(got[k - 1], expected[k - 1])
    assert ways.gone == [is_few, False]


def test_254_splits_and_a_rest_go_the_way_of_few_labels(ways):
    assert_same_splits(*ways(lambda: fastsplit.split(np.arange(600) % 3, [1 / 300] * 254, seed=0)))
    assert ways.gone == [True, False]


def test_strings_and_floats_go_the_way_of_few_labels(ways):
    for labels in (["b", "a", "c"] * 9, [0.0, 1.0] * 9, [True, False] * 9):
        assert_same_splits(*ways(lambda labels=labels: fastsplit.split(labels, seed=0)))
    assert all(ways.gone[::2])


@pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")), reason="free-threaded Python collects after hundreds of objects"
)
def test_a_call_within_a_call_has_a_workspace_of_its_own():
    """A finalizer may split labels while another split is at work, in the same thread."""
    labels = np.random.default_rng(0).integers(0, 9, 2000)
    expected = list(fastsplit.split(labels, seed=0))
    pairs = list(fastsplit.kfold(labels, 3, seed=0))
    inner = []

    def split_more(phase, info):
        if phase == "start":
            inner.append(fastsplit.split(np.arange(5000) % 17, seed=1).assignment.sum())

    threshold = gc.get_threshold()
    gc.callbacks.append(split_more)
    gc.set_threshold(1)
    try:
        got = [list(fastsplit.split(labels, seed=0)) for _ in range(20)]
        folds = list(fastsplit.kfold(labels, 3, seed=0))
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(split_more)
    assert len(set(inner)) == 1
    for arrays in got:
        assert_same_arrays(arrays, expected)
    for pair, same in zip(folds, pairs, strict=True):
        assert_same_arrays(pair, same)


def test_wrong_arguments_are_refused():
    labels, limits = np.arange(5), (0, 0, 5)
    table = _kernels.ShareTable(SHARES.numerators, SHARES.denominator, len(SHARES), SHARES.ideal_cuts)
    with refused("len(words) is 4, expected 6"):
        _kernels.few_split(labels, None, SEED_WORDS[:4], table, limits, 100)
    with refused("len(words) is 3, expected 5"):
        _kernels.few_split(labels, np.zeros(3, np.uint64), SEED_WORDS, table, limits, 100)
    with refused("words of dtype int64, 1 dimensions"):
        _kernels.few_split(labels, labels, SEED_WORDS, table, limits, 100)
    with refused("labels of dtype float64, 1 dimensions"):
        _kernels.few_split(labels / 2, None, SEED_WORDS, table, limits, 100)
    with refused("len(words) is 2, expected 1"):
        _kernels.ShareTable(SHARES.numerators[:2].copy(), SHARES.denominator, 2, SHARES.ideal_cuts)
    with refused("denominator 0, 2 of 3 columns"):
        _kernels.ShareTable(SHARES.numerators, 0, 2, SHARES.ideal_cuts)
    assignment, dtype = np.zeros(5, np.uint8), np.dtype(np.intp)
    with refused("an assignment of dtype int64"):
        _kernels.few_arrays(labels, 1, dtype)
    with refused("257 splits"):
        _kernels.few_arrays(assignment, 257, dtype)
    with refused("positions of dtype float32"):
        _kernels.few_arrays(assignment, 1, np.dtype(np.float32))
    with refused("len(ordered) is 4, expected 5"):
        _kernels.few_fold(assignment, 0, dtype, np.arange(4))
    with refused("positions of dtype int32"):
        _kernels.few_fold(assignment, 0, dtype, np.arange(5, dtype=np.int32))
