"""Labels and groups that come in chunks: the plan of groups of all of them, with errors that name the chunk."""

import pickle
import re
import warnings

import numpy as np
import pytest
from common import SEEDS, size_lists
from common_groups import labels_and_groups, unequal_groups
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit import group_tables
from fastsplit.engine import whole_groups
from fastsplit.group_tables import GroupTable

SIZES = {"train": 0.7, "val": 0.2, "test": 0.1}
BALANCES = ["fair", "closest"]


def chunks_of(labels, groups, ends):
    """Return a function that yields the chunks between the ends, as tuples of labels and groups."""
    return lambda: zip(np.split(labels, ends), np.split(groups, ends), strict=True)


@pytest.mark.filterwarnings("ignore:.*splits are empty")
@given(st.data(), labels_and_groups(), size_lists(), SEEDS, st.sampled_from(BALANCES), st.booleans())
def test_the_plan_and_the_splits_of_chunks_are_those_of_all_groups(data, both, sizes, seed, balance, of_strings):
    labels, groups = both
    if of_strings:
        labels, groups = labels.astype(str).astype(object), groups.astype(str).astype(object)
    ends = sorted(data.draw(st.lists(st.integers(0, len(labels)), max_size=8)))
    chunks = chunks_of(labels, groups, ends)
    plan = fastsplit.plan_chunks(chunks, sizes, seed=seed, groups=True, balance=balance)
    assert plan == fastsplit.plan(labels, sizes, seed=seed, groups=groups, balance=balance)
    assigned = list(fastsplit.assign_chunks(plan, chunks))
    assert np.array_equal(np.concatenate(assigned), plan.assign(labels, groups))


@pytest.mark.parametrize("balance", BALANCES)
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.uint64])
@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_groups_may_be_in_many_chunks(size, dtype, balance):
    labels, groups = unequal_groups()
    labels, ends = labels.astype(dtype), np.arange(size, len(labels), size)
    plan = fastsplit.plan_chunks(chunks_of(labels, groups, ends), SIZES, seed=1, groups=True, balance=balance)
    assert plan == fastsplit.plan(labels, SIZES, seed=1, groups=groups, balance=balance)


def test_chunks_may_have_labels_of_other_integer_types():
    """Neither 2**63 - 512 nor its neighbours are rounded, as they would be in float64."""
    near = 2**63 - 512
    labels = [np.array([near, near + 1, near - 1], np.int64), np.array([near + 1, near, near + 2], np.uint64)]
    groups = [[0, 1, 2], [3, 4, 5]]
    plan = fastsplit.plan_chunks(
        lambda: zip(labels, groups, strict=True), (0.5, 0.5), seed=0, groups=True, min_per_split=0
    )
    assert plan.classes.tolist() == [near - 1, near, near + 1, near + 2]
    assert plan.totals.tolist() == [1, 2, 2, 1]


@pytest.mark.parametrize("limit", [2, 1024])
def test_tables_are_merged_once_in_a_while(limit, monkeypatch):
    merges, merged = [], whole_groups.merged
    monkeypatch.setattr(whole_groups, "merged", lambda *args: merges.append(1) or merged(*args))
    monkeypatch.setattr(group_tables, "_MAX_TABLES", limit)
    labels, groups = np.arange(4000) % 3, np.concatenate([np.arange(2000), np.arange(2000)])
    ends = np.arange(2000, 4000, 40)
    plan = fastsplit.plan_chunks(chunks_of(labels, groups, ends), SIZES, seed=0, groups=True)
    assert plan == fastsplit.plan(labels, SIZES, seed=0, groups=groups)
    assert (len(merges) > 10) == (limit == 2)


def test_a_table_is_as_large_as_its_pairs_of_group_and_class():
    labels, groups = unequal_groups(n=100_000)
    total = GroupTable.of(labels, groups) + GroupTable.of(labels, groups)
    n_pairs = len(set(zip(labels.tolist(), groups.tolist(), strict=True)))
    assert len(total) == 200_000
    assert len(pickle.dumps(total)) < 12 * n_pairs + 24 * len(set(groups.tolist())) + 2000
    assert pickle.loads(pickle.dumps(total)).plan(SIZES, 0, "fair", 0) == total.plan(SIZES, 0, "fair", 0)


def test_chunks_of_groups_are_read_once():
    labels, groups = unequal_groups()
    reads = iter([zip([labels], [groups], strict=True)])
    plan = fastsplit.plan_chunks(lambda: next(reads), (700, 300), seed=0, groups=True)
    assert plan == fastsplit.plan(labels, (700, 300), seed=0, groups=groups)


@pytest.mark.parametrize("chunks", [[], [([], [])]])
def test_no_chunks_are_no_groups(chunks):
    plan = fastsplit.plan_chunks(lambda: iter(chunks), SIZES, seed=0, groups=True)
    assert plan == fastsplit.plan([], SIZES, seed=0, groups=[])
    assert [part.tolist() for part in fastsplit.assign_chunks(plan, lambda: iter(chunks))] == [[]] * len(chunks)


def test_empty_splits_are_warned_of_where_the_plan_is_asked_for():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fastsplit.plan_chunks(lambda: iter([([0, 1], [5, 5])]), (0.5, 0.5), seed=0, groups=True)
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize(
    ("chunks", "error", "message"),
    [
        ([[0, 1]], TypeError, "chunk 0: groups must be given, one per example, got None"),
        ([([0], [0]), ([0, 1], [1])], ValueError, "chunk 1: groups must be as many as the labels, 2, got 1"),
        (
            [([0], [0]), ([0], ["a"])],
            TypeError,
            "chunk 1: groups must be of one kind in all parts, got integers and s",
        ),
        ([([0], [0]), (["a"], [0])], TypeError, "chunk 1: labels must be all strings or all integers, got integers"),
        ([([0], [0]), ([0], [None])], ValueError, "chunk 1: groups must not be missing, got 1 missing of 1"),
        ([([0], [0], [0])], TypeError, "chunk 0: a tuple must be labels and groups, got 3 elements"),
    ],
)
def test_a_bad_chunk_is_named(chunks, error, message):
    with pytest.raises(error, match=re.escape(message)):
        fastsplit.plan_chunks(lambda: iter(chunks), (0.5, 0.5), seed=0, groups=True)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"groups": [0, 1]}, TypeError, "groups must be True or False, got list [0, 1]"),
        ({"balance": "closest"}, ValueError, "balance='closest' needs groups, got groups=False: pass groups=True"),
        ({"groups": True, "balance": "even"}, ValueError, "balance must be 'fair' or 'closest', got 'even'"),
        ({"groups": True, "min_per_split": 1}, ValueError, "min_per_split=1 cannot be kept, because groups stay whole"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        fastsplit.plan_chunks(lambda: iter([([0, 0], [7, 7])]), (0.5, 0.5), seed=0, **options)


def test_a_chunk_to_assign_must_have_groups_of_the_kind_of_the_plan():
    plan = fastsplit.plan([0, 1], (0.5, 0.5), seed=0, groups=[0, 1])
    with pytest.raises(TypeError, match="chunk 0: groups must be given, one per example, got None"):
        list(fastsplit.assign_chunks(plan, lambda: iter([[0, 1]])))
    with pytest.raises(TypeError, match="chunk 0: groups must be"):
        list(fastsplit.assign_chunks(plan, lambda: iter([([0, 1], ["a", "b"])])))
