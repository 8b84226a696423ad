"""Plans over Ray: those of memory, bit for bit, and if a worker dies."""

import contextlib
import os

import numpy as np
import pytest
from common_clusters import PARTIAL_SIZES, SEED, SIZES, Rows, assert_same_plan, grouped_rows, many_rows, named_rows

import fastsplit

pytest.importorskip("ray.data")
import pyarrow as pa
import ray

from fastsplit import ray as fast

pytestmark = pytest.mark.filterwarnings("ignore")  # the engine's own
PARTS = 64
FEW = Rows(np.arange(60) % 3, np.arange(60) * 7)


@pytest.fixture(scope="module", autouse=True)
def cluster():
    ray.init(
        num_cpus=2, include_dashboard=False, configure_logging=False, log_to_driver=False, object_store_memory=2**28
    )
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def million():
    return many_rows()


def dataset(parts, **others):
    """A dataset whose blocks are the parts."""
    return ray.data.from_arrow([pa.table({"y": labels, "key": ids}) for labels, ids in parts])


def split_of_ids(ds):
    """The column ``split`` in the order of ids."""
    rows = pa.concat_tables(ds.iter_batches(batch_size=None, batch_format="pyarrow")).sort_by("key")
    assert rows["split"].type == pa.uint8()
    return rows["split"].to_numpy()


def test_a_dataset_is_split_as_memory_is(million):
    distinct = Rows(million.labels, np.arange(len(million.labels)))
    ds = dataset(distinct.parts(PARTS))
    want = distinct.plan()
    got = fast.plan(ds, "y", SIZES, seed=SEED, id="key")
    assert_same_plan(got, want)
    assigned = fast.assign(ds, got, "y", "key")
    assert np.array_equal(split_of_ids(assigned), want.assign(*distinct))


def test_ids_repeated_over_blocks_are_those_of_memory(million):
    assert_same_plan(fast.plan(dataset(million.parts(16)), "y", SIZES, seed=SEED, id="key"), million.plan())


def test_each_split_is_a_dataset_of_its_rows():
    ds = dataset(FEW.parts(5)).add_column("image", lambda batch: list(np.ones((len(batch), 2, 2))))
    splits = fast.split(ds, "y", SIZES, seed=SEED, id="key")
    want = FEW.plan().assign(*FEW)
    for k, part in enumerate(splits):
        rows = part.take_all()
        assert sorted(row["key"] for row in rows) == FEW.ids[want == k].tolist()
        assert all(set(row) == {"y", "key", "image"} and row["image"].shape == (2, 2) for row in rows)


def test_a_task_that_dies_once_in_each_scan_changes_nothing(million, tmp_path):
    flags = [str(tmp_path / name) for name in ("counts", "tallies")]

    def dying(block):
        for flag in flags:
            if len(block) > 30_000 and not os.path.exists(flag):
                with contextlib.suppress(FileExistsError):  # another task was faster
                    open(flag, "x").close()
                    os._exit(1)  # as if the process were killed: no exception, no clean-up
        return block

    parts = [Rows(*pair) for pair in zip(*(np.array_split(column, 16) for column in million), strict=True)]
    ds = dataset(parts).map_batches(dying, batch_format="pyarrow", batch_size=None)
    assert_same_plan(fast.plan(ds, "y", SIZES, seed=SEED, id="key"), million.plan())
    assert all(map(os.path.exists, flags))


@pytest.mark.parametrize("balance", ["fair", "closest"])
def test_groups_in_many_partitions_are_those_of_memory(balance):
    rows = grouped_rows()
    want = fastsplit.plan(rows.labels, SIZES, seed=SEED, groups=rows.ids, balance=balance)
    ds = dataset(rows.parts(8))
    got = fast.plan(ds, "y", SIZES, seed=SEED, group="key", balance=balance)
    assert_same_plan(got, want)
    assigned = {(row["y"], row["key"], row["split"]) for row in fast.assign(ds, got, "y", group="key").iter_rows()}
    assert assigned == set(zip(rows.labels.tolist(), rows.ids.tolist(), want.assign(*rows).tolist(), strict=True))
    parts = fast.split(ds, "y", SIZES, seed=SEED, group="key", balance=balance)
    assert [part.count() for part in parts] == want.counts.sum(axis=0).tolist()


def test_warnings_of_empty_splits_point_at_the_line_that_asks_for_them():
    ds = dataset([Rows(np.array([0, 1, 0, 1]), np.full(4, 5))])
    for ask in (fast.plan, fast.split):
        with pytest.warns(UserWarning, match="splits are empty") as caught:
            ask(ds, "y", (0.5, 0.5), seed=SEED, group="key")
        assert [warning.filename for warning in caught if "empty" in str(warning.message)] == [__file__]


def test_what_does_not_fit_groups_is_an_error():
    ds = dataset([FEW])
    with pytest.raises(ValueError, match="groups and ids must not be given together"):
        fast.plan(ds, "y", SIZES, seed=SEED, id="key", group="key")
    with pytest.raises(ValueError, match="id or group must name a column, got neither"):
        fast.plan(ds, "y", SIZES, seed=SEED)
    of_groups = fastsplit.plan(FEW.labels, SIZES, seed=SEED, groups=FEW.ids)
    with pytest.raises(ValueError, match="group must name a column, and nothing else, because the plan was made with"):
        fast.assign(ds, of_groups, "y", "key")
    with pytest.raises(ValueError, match="id must name a column, and nothing else, because the plan was made with ids"):
        fast.assign(ds, FEW.plan(), "y", group="key")


def test_strings_and_minimums_and_a_rest_are_those_of_memory():
    rows = named_rows()
    want = fastsplit.plan(rows.labels, PARTIAL_SIZES, seed=SEED, ids=rows.ids, min_per_split=1)
    got = fast.plan(dataset(rows.parts(5)), "y", PARTIAL_SIZES, seed=SEED, id="key", min_per_split=1)
    assert_same_plan(got, want)


def test_no_rows_at_all_are_planned_as_in_memory():
    empty = FEW.labels[:0]
    got = fast.plan(dataset([Rows(empty, empty)]), "y", SIZES, seed=0, id="key")
    assert_same_plan(got, fastsplit.plan(empty, SIZES, seed=0, ids=empty))


def test_missing_labels_and_ids_are_named_with_their_block():
    labels = pa.array([1, None, 2, None])
    with pytest.raises(ValueError, match=r"whose first id is 7: labels must not be missing, got 2 missing of 4"):
        fast.plan(dataset([FEW, Rows(labels, np.arange(7, 11))]), "y", SIZES, seed=0, id="key")
    ids = pa.array([9, None])
    with pytest.raises(ValueError, match=r"whose first id is 9: ids must not be missing, got 1 missing of 2"):
        fast.plan(dataset([FEW, Rows(FEW.labels[:2], ids)]), "y", SIZES, seed=0, id="key")


def test_a_column_split_is_not_replaced():
    ds = ray.data.from_arrow(pa.table({"y": [1], "key": [1], "split": [1]}))
    with pytest.raises(ray.exceptions.RayTaskError, match="ds must have no column 'split'"):
        fast.assign(ds, FEW.plan(), "y", "key").materialize()


def test_no_seed_is_an_error():
    with pytest.raises(ValueError, match="seed "):
        fast.plan(dataset([FEW]), "y", SIZES, seed=None, id="key")
