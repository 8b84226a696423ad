"""Labels that come in chunks: the plan and the splits of all of them, with errors that name the chunk."""

import numpy as np
import pytest
from common import SEEDS, label_arrays, size_lists
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit import memory
from fastsplit.engine import tally as engine


def chunks_of(labels, ids=None, size=37):
    """Return a function that yields chunks of labels, or of labels and ids."""

    def chunks():
        for begin in range(0, len(labels), size):
            part = labels[begin : begin + size]
            yield part if ids is None else (part, ids[begin : begin + size])

    return chunks


@given(label_arrays(), size_lists(), SEEDS, st.sampled_from([1, 2]), st.sampled_from(["none", "distinct", "shared"]))
def test_the_plan_and_the_splits_of_chunks_are_those_of_all_labels(labels, sizes, seed, passes, kind):
    ids = {"none": None, "distinct": np.arange(len(labels)) * 7, "shared": np.arange(len(labels)) // 9}[kind]
    chunks = chunks_of(labels, ids)
    if len(labels) == 0:
        return
    plan = fastsplit.plan_chunks(chunks, sizes, seed=seed, passes=passes)
    assert plan == fastsplit.plan(labels, sizes, seed=seed, ids=ids)
    assigned = list(fastsplit.assign_chunks(plan, chunks))
    assert np.array_equal(np.concatenate(assigned), plan.assign(labels, ids))


def test_no_chunks_are_no_labels():
    plan = fastsplit.plan_chunks(lambda: iter(()), (0.8, 0.2), seed=0)
    assert plan == fastsplit.plan([], (0.8, 0.2), seed=0)
    assert list(fastsplit.assign_chunks(plan, lambda: iter(()))) == []


@pytest.mark.parametrize("passes", [1, 2])
def test_missed_classes_are_read_again(passes, monkeypatch):
    monkeypatch.setattr(engine, "REACH", 0.1)
    labels, reads = np.arange(30_000) % 10, []

    def chunks():
        reads.append(1)
        return chunks_of(labels, size=1000)()

    plan = fastsplit.plan_chunks(chunks, (0.7, 0.2, 0.1), seed=0, passes=passes)
    assert plan == fastsplit.plan(labels, (0.7, 0.2, 0.1), seed=0)
    assert len(reads) == passes + 1


@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_chunks_may_be_of_very_different_sizes(threads):
    """A chunk is tallied by as many threads as it is worth, whatever the chunks before had."""
    labels, ends = np.random.default_rng(0).integers(0, 5, 60_000), [3, 1000, 1001, 40_000, 40_000, 59_000, 60_000]
    plan = fastsplit.plan_chunks(lambda: np.split(labels, ends), (0.7, 0.2, 0.1), seed=0, threads=threads)
    assert plan == fastsplit.plan(labels, (0.7, 0.2, 0.1), seed=0)


def test_keys_are_collected_without_merging(monkeypatch):
    monkeypatch.setattr(engine, "merged", None)
    labels = np.arange(30_000) % 10
    plan = fastsplit.plan_chunks(chunks_of(labels, size=1000), (0.7, 0.2, 0.1), seed=0)
    assert plan == fastsplit.plan(labels, (0.7, 0.2, 0.1), seed=0)


def test_sizes_may_be_counts_in_two_passes():
    labels = np.arange(1000) % 3
    plan = fastsplit.plan_chunks(chunks_of(labels), (700, 300), seed=0)
    assert plan == fastsplit.plan(labels, (700, 300), seed=0)
    with pytest.raises(ValueError, match="sizes given as counts need the number of all labels"):
        fastsplit.plan_chunks(chunks_of(labels), (700, 300), seed=0, passes=1)


def test_memory_is_looked_at_before_keys_are_collected(monkeypatch):
    monkeypatch.setattr(memory, "_SMALL", 0)
    monkeypatch.setattr(memory, "free_memory", lambda: 1000)
    with pytest.raises(MemoryError, match=r"the tally of all labels takes 0\.0 GB, more than the free memory"):
        fastsplit.plan_chunks(chunks_of(np.arange(3000) % 3), (0.5, 0.5), seed=0)


def test_progress_is_shown_of_every_pass():
    shown = []

    def progress(items, what):
        for item in items:
            shown.append(what)
            yield item

    fastsplit.plan_chunks(chunks_of(np.arange(90) % 3, size=30), (0.5, 0.5), seed=0, progress=progress)
    assert shown == ["count"] * 3 + ["tally"] * 3


def changing(*passes):
    """Return a function that yields other chunks each time."""
    remaining = list(passes)
    return lambda: iter(remaining.pop(0))


@pytest.mark.parametrize(
    ("passes", "message"),
    [
        ([[[0, 1], [0, 1]], [[0, 1], [0, 2]]], "chunk 1: labels changed since they were counted: after has no class 2"),
        ([[[0, 1], [0, 1]], [[0, 1]]], "must be of the 4 labels that were counted, got 2"),
        ([[[0, 1], [0, 1]], [[0, 1], [0, 0]]], "labels changed since they were counted: classes have other counts"),
    ],
)
def test_chunks_that_change_between_the_passes_are_noticed(passes, message):
    with pytest.raises(ValueError, match=message):
        fastsplit.plan_chunks(changing(*passes), (0.5, 0.5), seed=0)


@pytest.mark.parametrize(
    ("chunks", "error", "message"),
    [
        ([[0, 1], [0, None, None]], ValueError, "chunk 1: labels must not be missing, got 2 missing of 3"),
        ([[0, 1], ["a"]], TypeError, "labels must be all strings or all integers"),
        ([([0, 1], [3, None])], ValueError, "chunk 0: ids must not be missing"),
        ([([0, 1], [3, 4]), [0]], ValueError, "chunk 1: tallies must be of one split, but ids differ: given and not"),
        ([(0, 1, 1)], TypeError, "chunk 0: a tuple must be labels and ids, got 3 elements"),
        ([[0.5]], ValueError, "chunk 0: labels given as floats must be whole numbers"),
    ],
)
@pytest.mark.parametrize("n_passes", [1, 2])
def test_a_bad_chunk_is_named(chunks, error, message, n_passes):
    with pytest.raises(error, match=message):
        fastsplit.plan_chunks(lambda: iter(chunks), (0.5, 0.5), seed=0, passes=n_passes)


def test_an_iterator_is_refused_because_it_can_be_read_once():
    with pytest.raises(TypeError, match="chunks must be a function that returns an iterator of chunks"):
        fastsplit.plan_chunks(iter([[0, 1]]), (0.5, 0.5), seed=0)
