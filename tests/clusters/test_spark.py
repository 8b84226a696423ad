"""Plans over Spark: those of memory, bit for bit, and if a task fails at first."""

import os
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from common_clusters import (
    PARTIAL_SIZES,
    SEED,
    SIZES,
    Rows,
    assert_same_plan,
    grouped_rows,
    many_rows,
    named_rows,
    write_parquet,
)

import fastsplit

pytest.importorskip("pyspark.sql")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)
import pyarrow as pa
from pyspark.errors import PythonException
from pyspark.sql import SparkSession

from fastsplit import spark as fast

pytestmark = pytest.mark.filterwarnings("ignore")  # the engine's own
PARTS = 64
FEW = Rows(np.arange(60) % 3, np.arange(60) * 7)


@pytest.fixture(scope="module")
def spark():
    os.environ["PYSPARK_PYTHON"] = sys.executable
    options = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "20000",
        "spark.sql.files.openCostInBytes": str(2**27),  # a partition per file
    }
    builder = SparkSession.builder.master("local[2, 4]")  # two cores, and four attempts at a task
    for key, value in options.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def million():
    return many_rows()


@pytest.fixture
def frame(spark, tmp_path):
    def written(parts):
        write_parquet(tmp_path, parts)
        return spark.read.parquet(str(tmp_path))

    return written


def test_a_frame_is_split_as_memory_is(frame, million):
    distinct = Rows(million.labels, np.arange(len(million.labels)))
    df = frame(distinct.parts(PARTS))
    assert df.rdd.getNumPartitions() == PARTS
    want = distinct.plan()
    got = fast.plan(df, "label", SIZES, seed=SEED, id="id")
    assert_same_plan(got, want)
    rows = fast.assign(df, got, "label", "id").select("id", "split").toPandas().sort_values("id")
    assert np.array_equal(rows["split"], want.assign(*distinct))


def test_ids_repeated_over_partitions_are_those_of_memory(frame, million):
    assert_same_plan(fast.plan(frame(million.parts(8)), "label", SIZES, seed=SEED, id="id"), million.plan())


def test_a_task_that_fails_at_first_in_each_scan_changes_nothing(frame, million, tmp_path_factory):
    flags = [str(tmp_path_factory.mktemp("flags") / name) for name in ("counts", "tallies")]

    def failing(batches):
        yield from batches
        for flag in flags:
            if not os.path.exists(flag):
                open(flag, "x").close()
                raise RuntimeError("lost in mid-scan")

    df = frame(million.parts(8))
    got = fast.plan(df.mapInArrow(failing, df.schema), "label", SIZES, seed=SEED, id="id")
    assert_same_plan(got, million.plan())
    assert all(map(os.path.exists, flags))


@pytest.mark.parametrize("balance", ["fair", "closest"])
def test_groups_in_many_partitions_are_those_of_memory(frame, balance):
    rows = grouped_rows()
    want = fastsplit.plan(rows.labels, SIZES, seed=SEED, groups=rows.ids, balance=balance)
    df = frame(rows.parts(8))
    got = fast.plan(df, "label", SIZES, seed=SEED, group="id", balance=balance)
    assert_same_plan(got, want)
    assigned = {(row.label, row.id, row.split) for row in fast.assign(df, got, "label", group="id").collect()}
    assert assigned == set(zip(rows.labels.tolist(), rows.ids.tolist(), want.assign(*rows).tolist(), strict=True))


def test_frames_of_whole_groups_have_the_sizes_of_memory(frame):
    rows = grouped_rows()
    want = fastsplit.plan(rows.labels, SIZES, seed=SEED, groups=rows.ids)
    parts = fast.split(frame(rows.parts(3)), "label", SIZES, seed=SEED, group="id")
    assert [part.count() for part in parts] == want.counts.sum(axis=0).tolist()


def test_what_does_not_fit_groups_is_an_error(frame):
    df = frame([FEW])
    with pytest.raises(ValueError, match="groups and ids must not be given together"):
        fast.plan(df, "label", SIZES, seed=SEED, id="id", group="id")
    with pytest.raises(ValueError, match="id or group must name a column, got neither"):
        fast.plan(df, "label", SIZES, seed=SEED)
    of_groups = fastsplit.plan(FEW.labels, SIZES, seed=SEED, groups=FEW.ids)
    with pytest.raises(ValueError, match="group must name a column, and nothing else, because the plan was made with"):
        fast.assign(df, of_groups, "label", "id")
    with pytest.raises(ValueError, match="id must name a column, and nothing else, because the plan was made with ids"):
        fast.assign(df, FEW.plan(), "label", group="id")


def test_strings_and_minimums_and_a_rest_are_those_of_memory(frame):
    rows = named_rows()
    want = fastsplit.plan(rows.labels, PARTIAL_SIZES, seed=SEED, ids=rows.ids, min_per_split=1)
    df = frame(rows.parts(5))
    assert_same_plan(fast.plan(df, "label", PARTIAL_SIZES, seed=SEED, id="id", min_per_split=1), want)
    counted = fast.assign(df, want, "label", "id").groupBy("split").count().collect()
    assert {row.split: row["count"] for row in counted} == {
        **dict(enumerate(want.counts.sum(axis=0).tolist())),
        255: 60 - want.counts.sum(),
    }


@pytest.mark.parametrize("n_partitions", [0, 1])
def test_no_rows_at_all_are_planned_as_in_memory(spark, n_partitions):
    df = spark.createDataFrame(spark.sparkContext.parallelize([], n_partitions or None), "label int, id long")
    want = fastsplit.plan(FEW.labels[:0], SIZES, seed=0, ids=FEW.ids[:0])
    assert_same_plan(fast.plan(df, "label", SIZES, seed=0, id="id"), want)


def test_missing_labels_and_ids_are_named_with_their_partition(frame):
    parts = [FEW, FEW, FEW]
    parts[0] = Rows(pa.array([1, None, 2, None]), np.arange(4))
    with pytest.raises(ValueError, match=r"partition \d: labels must not be missing, got 2 missing of 4"):
        fast.plan(frame(parts), "label", SIZES, seed=0, id="id")
    parts[0] = Rows(FEW.labels[:2], pa.array([9, None]))
    with pytest.raises(ValueError, match=r"partition \d: ids must not be missing, got 1 missing of 2"):
        fast.plan(frame(parts), "label", SIZES, seed=0, id="id")


@pytest.mark.parametrize(
    ("method", "sizes", "frames"), [("sampleBy", (0.1,), ["sample"]), ("randomSplit", (0.8, 0.2), ["train", "test"])]
)
def test_what_the_readme_writes_instead_of_methods_of_spark_splits_as_memory_does(frame, method, sizes, frames):
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(rf"^\|[^|]*{method}[^|]*\| `([^|]*)` \|", readme, re.MULTILINE)
    names = {"fastsplit": fastsplit, "df": frame(FEW.parts(3))}
    exec(code, names)
    want = fastsplit.split(FEW.labels, sizes, seed=0, ids=FEW.ids)
    for name, positions in zip(frames, want, strict=True):
        assert names[name].columns == names["df"].columns
        assert sorted(row["id"] for row in names[name].collect()) == sorted(FEW.ids[positions].tolist())


def test_labels_of_another_kind_than_the_plan_are_an_error_when_evaluated(frame):
    plan = fastsplit.plan(["a", "b"], SIZES, seed=0, ids=[1, 2])
    with pytest.raises(PythonException, match="labels must be strings, as in the plan, got integers"):
        fast.assign(frame([FEW]), plan, "label", "id").collect()


def test_a_column_split_is_not_replaced(frame):
    df = frame([FEW]).withColumnRenamed("label", "Split")
    with pytest.raises(ValueError, match="df must have no column 'split'"):
        fast.assign(df, FEW.plan(), "Split", "id")


def test_no_seed_is_an_error(frame):
    with pytest.raises(ValueError, match="seed "):
        fast.plan(frame([FEW]), "label", SIZES, seed=None, id="id")
