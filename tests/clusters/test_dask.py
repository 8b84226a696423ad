"""Plans over Dask: those of memory, bit for bit, on any scheduler and if a worker dies."""

import contextlib
import doctest
import os
import signal

import numpy as np
import pytest
from common_clusters import PARTIAL_SIZES, SEED, SIZES, Rows, assert_same_plan, grouped_rows, many_rows, named_rows

import fastsplit
from fastsplit import memory

da = pytest.importorskip("dask.array")
dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")
import dask  # noqa: E402
import dask.bag  # noqa: E402
import pandas as pd  # noqa: E402

from fastsplit import dask as fast  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # the engine's own
PARTS = 64
FEW = Rows(np.arange(60) % 3, np.arange(60) * 7)


@pytest.fixture(scope="module")
def client():
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "30s", "distributed.scheduler.allowed-failures": 5}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True) as cluster,
        distributed.Client(cluster, timeout=60) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def million():
    return many_rows()


def array(parts):
    return da.concatenate([da.from_array(part, chunks=max(len(part), 1)) for part in parts])


def series(parts):
    """A Series of the parts as they are, empty ones and those of other dtypes too."""
    meta = pd.Series(parts[0][:0])
    return dd.from_delayed([dask.delayed(pd.Series)(part) for part in parts], meta=meta, verify_meta=False)


def frame(rows, n):
    parts = [pd.DataFrame({"y": labels, "key": ids, "x": ids * 2}, index=ids + 1) for labels, ids in rows.parts(n)]
    return dd.from_delayed([dask.delayed(part) for part in parts], meta=parts[0].iloc[:0])


def chunked(values, n=4):
    return da.from_array(np.asarray(values), chunks=-(-len(values) // n))


def test_positions_of_an_array_on_a_cluster_are_those_of_memory(client, million):
    labels = array([part.labels for part in million.parts(PARTS)])
    want = million.plan(ids=False)
    got = fast.plan(labels, SIZES, seed=SEED)
    assert_same_plan(got, want)
    assigned = fast.assign(labels, got)
    assert assigned.dtype == np.uint8
    assert np.array_equal(assigned.compute(), want.assign(million.labels))


def test_ids_of_an_array_in_other_chunks_are_those_of_memory(client, million):
    labels = array([part.labels for part in million.parts(PARTS)])
    ids = chunked(million.ids, 5)
    got = fast.plan(labels, SIZES, seed=SEED, ids=ids)
    assert_same_plan(got, million.plan())
    assert np.array_equal(fast.assign(labels, got, ids).compute(), got.assign(million.labels, million.ids))


def test_a_frame_on_a_cluster_is_split_as_memory_is(client, million):
    whole = frame(million, PARTS)
    want = million.plan()
    assert_same_plan(fast.plan(whole["y"], SIZES, seed=SEED, ids=whole["key"]), want)
    assigned = fast.assign(whole["y"], want, whole["key"]).compute()
    assert assigned.dtype == np.uint8
    assert assigned.name == "split"
    assert np.array_equal(assigned.index, million.ids + 1)
    assert np.array_equal(assigned.to_numpy(), want.assign(million.labels, million.ids))
    for k, part in enumerate(fast.split_frame(whole, "y", SIZES, seed=SEED, id="key")):
        rows = part.compute()
        assert list(rows.columns) == ["y", "key", "x"]
        assert np.array_equal(rows["key"], million.ids[assigned.to_numpy() == k])


def test_a_bag_of_batches_is_split_as_memory_is():
    rows = many_rows(5000)
    batches = rows.parts(24)
    bag = dask.bag.from_delayed([dask.delayed(batches[i : i + 4]) for i in range(0, 24, 4)])
    with dask.config.set(scheduler="sync"):
        got = fast.plan(bag, SIZES, seed=SEED)
        assert_same_plan(got, rows.plan())
        assigned = np.concatenate(fast.assign(bag, got).compute())
    assert np.array_equal(assigned, got.assign(rows.labels, rows.ids))


@pytest.mark.parametrize("scheduler", ["sync", "threads"])
def test_the_scheduler_of_the_caller_runs_it(scheduler):
    ran = []

    class Recorder(dask.callbacks.Callback):
        def _start(self, graph):
            ran.append(graph)

    with dask.config.set(scheduler=scheduler), Recorder():
        assert_same_plan(fast.plan(chunked(FEW.labels), SIZES, seed=SEED), FEW.plan(ids=False))
    assert len(ran) == 2  # scans


def test_assigning_and_splitting_are_lazy():
    def read():
        raise AssertionError("read")

    labels = da.from_delayed(dask.delayed(read)(), shape=(60,), dtype=np.int64)
    fast.assign(labels, FEW.plan(ids=False))
    column = dd.from_delayed([dask.delayed(read)()], meta=pd.Series([0]), verify_meta=False)
    fast.assign(column, FEW.plan(), column)


def test_a_worker_that_is_killed_in_mid_scan_changes_nothing(client, million, tmp_path):
    """Once in each scan: counts and tallies are run again by the worker that is left, or its successor."""
    flags = [str(tmp_path / name) for name in ("counts", "tallies")]

    def dying(labels):
        for flag in flags:
            if len(labels) > 30_000 and not os.path.exists(flag):
                with contextlib.suppress(FileExistsError):  # the other worker was faster
                    open(flag, "x").close()
                    os.kill(os.getpid(), signal.SIGKILL)
        return labels

    parts = np.array_split(million.labels, 16)
    labels = array(parts).map_blocks(dying, dtype=million.labels.dtype, meta=np.empty(0, million.labels.dtype))
    assert_same_plan(fast.plan(labels, SIZES, seed=SEED), million.plan(ids=False))
    assert all(map(os.path.exists, flags))


@pytest.mark.parametrize("balance", ["fair", "closest"])
def test_groups_in_many_partitions_are_those_of_memory(balance):
    rows = grouped_rows()
    want = fastsplit.plan(rows.labels, SIZES, seed=SEED, groups=rows.ids, balance=balance)
    split = want.assign(*rows)
    labels, groups = array([part.labels for part in rows.parts(16)]), chunked(rows.ids, 5)
    got = fast.plan(labels, SIZES, seed=SEED, groups=groups, balance=balance)
    assert_same_plan(got, want)
    assert np.array_equal(fast.assign(labels, got, groups=groups).compute(), split)

    whole = frame(rows, 7)
    assert_same_plan(fast.plan(whole["y"], SIZES, seed=SEED, groups=whole["key"], balance=balance), want)
    parts = fast.split_frame(whole, "y", SIZES, seed=SEED, group="key", balance=balance)
    for number, part in enumerate(parts):
        assert part.compute()["key"].tolist() == rows.ids[split == number].tolist()

    batches = dask.bag.from_sequence(rows.parts(9), npartitions=3)
    assert_same_plan(fast.plan(batches, SIZES, seed=SEED, groups=True, balance=balance), want)
    assert np.array_equal(np.concatenate(fast.assign(batches, got).compute()), split)


def test_groups_on_a_cluster_are_those_of_memory(client):
    rows = grouped_rows()
    rows = Rows(rows.labels, rows.ids.astype(str))
    parts = [pd.DataFrame({"y": labels, "key": groups}) for labels, groups in rows.parts(8)]
    whole = dd.from_delayed([dask.delayed(part) for part in parts], meta=parts[0].iloc[:0])
    got = fast.plan(whole["y"], SIZES, seed=SEED, groups=whole["key"])
    assert_same_plan(got, fastsplit.plan(rows.labels, SIZES, seed=SEED, groups=rows.ids))


def test_groups_are_read_once():
    reads = []

    def read(part):
        reads.append(1)
        return part

    batches = dask.bag.from_sequence(grouped_rows().parts(5), npartitions=5).map(read)
    with dask.config.set(scheduler="sync"):
        fast.plan(batches, SIZES, seed=SEED, groups=True)
    assert len(reads) == 5


def test_empty_splits_are_warned_of_where_the_plan_is_asked_for():
    with pytest.warns(UserWarning, match="splits are empty") as caught:
        fast.plan(chunked([0, 1, 0, 1]), (0.5, 0.5), seed=SEED, groups=chunked([5, 5, 5, 5]))
    assert [warning.filename for warning in caught] == [__file__]


def test_warnings_of_split_frame_point_at_the_line_that_calls_it():
    frame = dd.from_pandas(pd.DataFrame({"y": [0, 1, 0, 1], "key": 5}), npartitions=2)
    with pytest.warns(UserWarning, match="splits are empty") as caught:
        fast.split_frame(frame, "y", (0.5, 0.5), seed=SEED, group="key")
    assert [warning.filename for warning in caught if "empty" in str(warning.message)] == [__file__]


def test_warnings_of_sizes_point_at_the_line_that_passes_them():
    with pytest.warns(UserWarning, match="seem to be rounded to half precision") as caught:
        fast.plan(chunked([0, 1] * 20), (768 / 1024, 255 / 1024), seed=SEED)
    assert [warning.filename for warning in caught if "rounded" in str(warning.message)] == [__file__]
    with pytest.warns(UserWarning, match="integer sizes are counts") as caught:
        fast.plan(chunked(np.arange(1000) % 2), (80, 20), seed=SEED)
    assert [warning.filename for warning in caught if "counts" in str(warning.message)] == [__file__]


def test_memory_is_looked_at_before_tables_of_groups_are_added(monkeypatch):
    monkeypatch.setattr(memory, "_SMALL", 0)
    monkeypatch.setattr(memory, "free_memory", lambda: 1000)
    labels, groups = chunked([0, 1] * 20), chunked(np.arange(40))
    with (
        dask.config.set(scheduler="sync"),
        pytest.raises(MemoryError, match="partition 0 and partition 2: adding the tables of groups takes"),
    ):
        fast.plan(labels, SIZES, seed=SEED, groups=groups)


def test_what_does_not_fit_groups_is_an_error():
    labels, groups = chunked([0, 1] * 10), chunked([0, 1, 2, 3] * 5)
    of_groups, of_ids = fast.plan(labels, SIZES, seed=SEED, groups=groups), fast.plan(labels, SIZES, seed=SEED)
    with pytest.raises(ValueError, match="groups and ids must not be given together"):
        fast.plan(labels, SIZES, seed=SEED, groups=groups, ids=groups)
    with pytest.raises(ValueError, match="balance='closest' needs groups"):
        fast.plan(labels, SIZES, seed=SEED, balance="closest")
    with pytest.raises(ValueError, match="groups must be as many as the labels, 20, got 10"):
        fast.plan(labels, SIZES, seed=SEED, groups=groups[:10])
    with pytest.raises(ValueError, match="groups must be in the items of the bag"):
        fast.plan(dask.bag.from_sequence([([0], [0])]), SIZES, seed=SEED, groups=groups)
    with pytest.raises(TypeError, match="partition 0 and partition 1: groups must be of one kind in all parts"):
        fast.plan(series([[0, 1], [0]]), SIZES, seed=SEED, groups=series([[7, 8], ["a"]]))
    with pytest.raises(ValueError, match="groups must be given, because the plan was made with groups"):
        fast.assign(labels, of_groups)
    with pytest.raises(ValueError, match="ids must be left out, because the plan was made with groups"):
        fast.assign(labels, of_groups, groups)
    with pytest.raises(ValueError, match="groups must be left out, because the plan was made without groups"):
        fast.assign(labels, of_ids, groups=groups)
    with pytest.raises(ValueError, match="id or group must name a column, got neither"):
        fast.split_frame(frame(FEW, 4), "y", SIZES, seed=SEED)


def test_strings_and_minimums_and_a_rest_are_those_of_memory():
    labels, ids = named_rows()
    want = fastsplit.plan(labels, PARTIAL_SIZES, seed=SEED, ids=ids, min_per_split=1)
    options = {"seed": SEED, "ids": series(np.split(ids, 4)), "min_per_split": 1}
    with dask.config.set(scheduler="sync"):
        got = fast.plan(series(np.split(labels, 4)), PARTIAL_SIZES, **options)
    assert_same_plan(got, want)


def test_counts_as_sizes_are_those_of_memory():
    want = fastsplit.plan(FEW.labels, (30, 20), seed=3)
    assert_same_plan(fast.plan(chunked(FEW.labels), (30, 20), seed=3), want)


def test_missing_labels_are_named_with_their_partition_and_number():
    parts = np.split(FEW.labels.astype(float), 4)
    parts[2][[3, 5]] = np.nan
    with pytest.raises(ValueError, match=r"partition 2: labels must not be missing, got 2 missing of 15, the first at"):
        fast.plan(array(parts), SIZES, seed=0)


def test_strings_in_one_partition_and_integers_in_another_are_named():
    parts = [FEW.labels[:0], *np.split(FEW.labels, 2), np.array(["a", "b"], dtype=object), FEW.labels[:0]]
    ids = series([np.arange(len(part)) for part in parts])
    with pytest.raises(TypeError, match=r"partition 1 and partition 3: .*strings"):
        fast.plan(series(parts), SIZES, seed=0, ids=ids)


def test_missing_ids_are_named_with_their_partition():
    ids = np.split(FEW.ids.astype(float), 4)
    ids[1][3] = np.nan
    with pytest.raises(ValueError, match=r"partition 1: ids must not be missing, got 1 missing of 15"):
        fast.plan(chunked(FEW.labels), SIZES, seed=0, ids=array(ids))


def test_labels_that_change_between_the_scans_are_an_error():
    reads = []

    def changing(block):
        reads.append(1)
        return block if len(reads) <= 4 else block + 1

    labels = chunked(FEW.labels).map_blocks(changing, meta=np.empty(0, FEW.labels.dtype))
    with dask.config.set(scheduler="sync"), pytest.raises(ValueError, match="changed"):
        fast.plan(labels, SIZES, seed=0)


def test_cuts_outside_their_bands_take_more_scans_and_are_those_of_memory(monkeypatch):
    rows = many_rows(20_000)
    monkeypatch.setattr("fastsplit.engine.tally.REACH", 0.1)  # standard deviations: many cuts are further off
    reads = []

    def counted(block):
        reads.append(1)
        return block

    labels = chunked(rows.labels).map_blocks(counted, meta=np.empty(0, rows.labels.dtype))
    with dask.config.set(scheduler="sync"):
        assert_same_plan(fast.plan(labels, SIZES, seed=SEED), rows.plan(ids=False))
    assert len(reads) > 2 * 4


def test_classes_too_small_for_the_minimum_are_an_error_that_names_no_partition():
    with pytest.raises(ValueError, match=r"^min_per_split=30 with 3 splits needs at least 90 examples per class"):
        fast.plan(chunked(FEW.labels), SIZES, seed=0, min_per_split=30)


def test_no_labels_at_all_are_planned_as_in_memory():
    assert_same_plan(fast.plan(da.empty(0, dtype=np.int64), SIZES, seed=0), fastsplit.plan([], SIZES, seed=0))


def test_ids_are_demanded_where_positions_are_unknown():
    column = frame(FEW, 4)["y"]
    for labels in (column, column.to_dask_array()):
        with pytest.raises(ValueError, match=r"ids must be given, because Dask does not know .*lengths=True"):
            fast.plan(labels, SIZES, seed=0)
    assert_same_plan(fast.plan(column.to_dask_array(lengths=True), SIZES, seed=SEED), FEW.plan(ids=False))


@pytest.mark.parametrize(
    ("labels", "ids", "error"),
    [
        (FEW.labels, None, "labels must be a one-dimensional Dask Array, a Series or a Bag"),
        (chunked(np.zeros((4, 4))), None, "labels must be a one-dimensional Dask Array"),
        (chunked(FEW.labels), FEW.ids, "ids must be a one-dimensional Dask Array"),
        (chunked(FEW.labels), chunked(FEW.ids[:50]), "ids must be as many as the labels, 60, got 50"),
        (chunked(FEW.labels), frame(FEW, 4)["key"], "ids must be of the kind of the labels"),
        (frame(FEW, 4)["y"], frame(FEW, 5)["key"], "ids must have the 4 partitions of the labels, got 5"),
    ],
)
def test_what_is_no_column_is_an_error(labels, ids, error):
    with pytest.raises((ValueError, TypeError), match=error):
        fast.plan(labels, SIZES, seed=0, ids=ids)


@pytest.mark.parametrize(
    ("sizes", "seed", "error"), [((2.0,), 0, "sizes"), (SIZES, None, "seed"), (SIZES, "a", "seed")]
)
def test_bad_arguments_are_refused_before_anything_is_read(sizes, seed, error):
    def read():
        raise AssertionError("read")

    labels = da.from_delayed(dask.delayed(read)(), shape=(60,), dtype=np.int64)
    with pytest.raises((ValueError, TypeError), match=f"{error} "):
        fast.plan(labels, sizes, seed=seed)


def test_a_plan_with_ids_asks_for_them():
    with pytest.raises(ValueError, match="ids must be given, because the plan was made with ids"):
        fast.assign(chunked(FEW.labels), FEW.plan())


def test_too_little_memory_is_said_before_the_tallies_are_collected(monkeypatch):
    monkeypatch.setattr("fastsplit.memory.free_memory", lambda: 100)
    monkeypatch.setattr("fastsplit.memory._SMALL", 0)
    reads = []

    def counted(block):
        reads.append(1)
        return block

    labels = chunked(FEW.labels).map_blocks(counted, meta=np.empty(0, FEW.labels.dtype))
    with dask.config.set(scheduler="sync"), pytest.raises(MemoryError, match="keys near the cuts of 3 classes"):
        fast.plan(labels, SIZES, seed=0)
    assert len(reads) == 4  # one scan


def test_the_examples_run():
    result = doctest.testmod(fast)
    assert result.attempted > 1
    assert result.failed == 0
