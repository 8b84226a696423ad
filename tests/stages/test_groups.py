"""groups: the greedy rule of StratifiedGroupKFold, equal to NumPy's sums and to scikit-learn to the bit."""

import warnings

import numpy as np
import pytest
from common_stages import on_every_cpu, refused
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels, memory
from fastsplit.engine.groups import count_groups, greedy_folds
from fastsplit.reference.groups import greedy_folds as reference_folds

# NumPy adds up to 8 numbers one by one, up to 128 in eight sums, and halves of more.
CLASSES = [1, 2, 3, 7, 8, 9, 15, 16, 17, 64, 127, 128, 129, 136, 255, 256, 257, 300]
FOLDS = [2, 3, 5, 7, 8, 9, 16, 17, 50]


def small(rng, shape):
    return rng.integers(0, 10, shape)


def equal_groups(rng, shape):
    """Ties everywhere: all folds are equally good, but for the last bit."""
    return np.repeat(rng.integers(0, 5, (1, shape[1])), shape[0], axis=0)


def multiples(rng, shape):
    """Ties between unequal groups: each is an integer multiple of the same."""
    return equal_groups(rng, shape) * rng.integers(1, 4, (shape[0], 1))


def one_class_each(rng, shape):
    return np.eye(shape[1], dtype=np.int64)[rng.integers(0, shape[1], shape[0])] * rng.integers(0, 4, (shape[0], 1))


def sparse_and_large(rng, shape):
    return (rng.random(shape) < 0.2) * rng.integers(0, 10**9, shape)


KINDS = [small, equal_groups, multiples, one_class_each, sparse_and_large]


def table_of(kind, seed, n_groups, n_classes):
    return kind(np.random.default_rng(seed), (n_groups, n_classes)).astype(np.int64)


def totals_of(table):
    return np.maximum(table.sum(axis=0), 1)


def order_of(table):
    """Return the groups in scikit-learn's order: the most uneven first."""
    return np.argsort(-np.std(table.astype(float), axis=1), kind="stable")


def assert_equals_the_reference(table, k, order):
    folds = greedy_folds(table, totals_of(table), k, order)
    assert folds.dtype == np.intp
    assert np.array_equal(folds, reference_folds(table, totals_of(table), k, order))


@on_every_cpu
@given(
    st.sampled_from(KINDS), st.integers(0, 2**32), st.integers(1, 12), st.sampled_from(CLASSES), st.sampled_from(FOLDS)
)
def test_folds_equal_the_reference(cpu, use_cpu, kind, seed, n_groups, n_classes, k):
    use_cpu(cpu)
    table = table_of(kind, seed, n_groups, n_classes)
    assert_equals_the_reference(table, k, order_of(table))


@on_every_cpu
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n_classes", "k"), [(1, 2), (1, 8), (1, 50), (2, 5), (10, 5), (10, 50), (130, 7), (300, 3)])
def test_folds_of_60_groups_equal_the_reference(kind, n_classes, k, cpu, use_cpu):
    use_cpu(cpu)
    table = table_of(kind, n_classes * k, 60, n_classes)
    assert_equals_the_reference(table, k, order_of(table))


@on_every_cpu
@pytest.mark.parametrize("k", [1, 2, 5, 300])
def test_groups_may_come_in_any_order_and_be_fewer_than_folds(k, cpu, use_cpu):
    """With 300 folds, one call without the GIL ends after nine groups."""
    use_cpu(cpu)
    table = table_of(small, k, 25, 20)
    assert_equals_the_reference(table, k, np.random.default_rng(k).permutation(25))


@on_every_cpu
@pytest.mark.parametrize(
    ("added", "n_in_class", "fewer", "fold"),
    [
        (10**12, 10**12, 5_019_974, 1),
        (10**12, 10**12, 5_019_976, 0),
        (10**6, 10**12, 20_000, 1),
        (10**6, 10**12, 20_010, 0),
    ],
    ids=["relatively close", "relatively apart", "absolutely close", "absolutely apart"],
)
def test_folds_are_equally_good_within_the_tolerances_of_isclose(added, n_in_class, fewer, fold, cpu, use_cpu):
    """Fold 1 has fewer samples, but ``fewer`` more of the class that the last group adds to: it is a little worse.

    With m the mean deviation of fold 0, nearly added / n / 4, that of fold 1 is larger by fewer / n / 2, which is to be
    compared with 1e-8 + 1e-5 m.
    """
    use_cpu(cpu)
    table, totals = np.array([[10**8, 0], [0, fewer], [0, added]]), np.array([10**18, n_in_class])
    assert greedy_folds(table, totals, 2, np.arange(3)).tolist() == [0, 1, fold]
    assert reference_folds(table, totals, 2, np.arange(3)).tolist() == [0, 1, fold]


@on_every_cpu
def test_a_fold_is_compared_with_the_best_before_it_and_not_with_the_least(cpu, use_cpu):
    """Fold 1 is close to fold 0 and fold 2 to fold 1, but fold 2 is apart from fold 0; each has fewer samples."""
    use_cpu(cpu)
    table = np.array([[10**6, 0], [990_000, 467], [980_000, 934], [0, 10**8]])
    totals = np.array([10**15, 10**8])
    assert greedy_folds(table, totals, 3, np.arange(4)).tolist() == [0, 1, 2, 2]
    assert reference_folds(table, totals, 3, np.arange(4)).tolist() == [0, 1, 2, 2]


def rows_of(table):
    """Return the class and the group of each row of data with these counts, mixed."""
    group_of, class_of = (np.repeat(numbers, table.ravel()) for numbers in np.indices(table.shape).reshape(2, -1))
    mixed = np.random.default_rng(0).permutation(len(group_of))
    return class_of[mixed], group_of[mixed]


@pytest.mark.no_sanitizer  # it imports scikit-learn
@pytest.mark.parametrize("kind", KINDS[:4])
@pytest.mark.parametrize(("n_classes", "k"), [(1, 2), (1, 9), (2, 5), (10, 5), (130, 3)])
def test_folds_equal_those_of_scikit_learn(kind, n_classes, k):
    from sklearn.model_selection import StratifiedGroupKFold

    table = table_of(kind, n_classes, 40, n_classes) + 1  # no class and no group is empty
    class_of, group_of = rows_of(table)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a class of fewer samples than folds
        pairs = list(StratifiedGroupKFold(k).split(class_of, class_of, group_of))
    expected = np.empty(len(class_of), dtype=np.intp)
    for fold, (_, test) in enumerate(pairs):
        expected[test] = fold
    counts = count_groups(group_of, class_of, *table.shape)
    assert np.array_equal(counts, table)
    assert np.array_equal(greedy_folds(counts, counts.sum(axis=0), k, order_of(counts))[group_of], expected)


def test_samples_without_a_pair_are_counted_as_zero():
    counts = count_groups(np.array([0, 2, 2, 2]), np.array([1, 0, 0, 3]), 4, 5)
    assert counts.dtype == np.int64
    assert counts.tolist() == [[0, 1, 0, 0, 0], [0, 0, 0, 0, 0], [2, 0, 0, 1, 0], [0, 0, 0, 0, 0]]


def test_a_table_larger_than_the_free_memory_is_an_error(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 10**9)
    nothing = np.zeros(1, dtype=np.intp)
    with pytest.raises(MemoryError, match=r"^the table of 20,000 groups and 10,000 classes takes 1\.6 GB, more than"):
        count_groups(nothing, nothing, 20_000, 10_000)


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("0 folds of 3 classes", {"k": 0}),
        ("2 folds of 0 classes", {"counts": np.zeros((4, 0), dtype=np.int64)}),
        ("len(totals) is 2, expected 3", {"totals": np.ones(2)}),
        ("totals[1] is 0.0", {"totals": np.array([1.0, 0.0, 2.0])}),
        ("totals[2] is nan", {"totals": np.array([1.0, 1.0, np.nan])}),
        ("len(order) is 3, expected 4", {"order": np.arange(3)}),
        ("order[3] is 4, of 4 groups", {"order": np.array([0, 1, 2, 4])}),
        ("order[1] is -1, of 4 groups", {"order": np.array([0, -1, 2, 3])}),
        ("len(out) is 5, expected 4", {"out": np.full(5, -1)}),
    ],
)
def test_arguments_that_do_not_fit_are_refused(what, changed):
    arguments = {"counts": np.ones((4, 3), np.int64), "totals": np.ones(3), "k": 2, "order": np.arange(4)}
    arguments = {**arguments, "out": np.full(4, -1), **changed}
    with refused(what):
        _kernels.greedy_folds(**arguments)
    assert (arguments["out"] == -1).all()


@pytest.mark.parametrize("k", [2, 5])
def test_no_group_has_no_fold(k):
    assert greedy_folds(np.zeros((0, 3), np.int64), np.ones(3, np.int64), k, np.empty(0, np.intp)).shape == (0,)
