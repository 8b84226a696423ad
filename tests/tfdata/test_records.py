"""`records`: pipelines of TFRecord files; and the scanner of labels against TensorFlow's own writer."""

import os
import platform
import re
from itertools import chain

import numpy as np
import pytest
import tensorflow as tf
from common import run_python
from common_records import frame, labels_of

import fastsplit
from fastsplit import tfdata
from fastsplit.readers import record_index
from fastsplit.readers.record_index import index_path, record_ends
from fastsplit.readers.records import RecordSource
from fastsplit.readers.source import Options
from fastsplit.tfdata.sources import records

pytestmark = pytest.mark.filterwarnings("ignore:the pipeline has no batches")

N = 60
FEATURES = {"label": tf.io.FixedLenFeature([], tf.int64), "text": tf.io.VarLenFeature(tf.string)}


def serialized(i):
    """Return an Example that TensorFlow makes; some are large."""
    label = tf.train.Feature(int64_list=tf.train.Int64List(value=[i]))
    text = tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"x" * (i % 7) * 1000] * (i % 3)))
    features = tf.train.Features(feature={"label": label, "text": text})
    return tf.train.Example(features=features).SerializeToString(deterministic=True)


EXAMPLES = [serialized(i) for i in range(N)]


def write(path, examples, compression=None):
    with tf.io.TFRecordWriter(str(path), compression) as file:
        for one in examples:
            file.write(one)
    return path


@pytest.fixture
def paths(tmp_path):
    parts = {"b": EXAMPLES[:25], "empty": [], "a": EXAMPLES[25:]}
    return [write(tmp_path / f"{name}.tfrecord", part) for name, part in parts.items()]


def batches(dataset):
    """Return the numbers of the examples in each batch of a pipeline that yields serialized ones."""
    return [
        [EXAMPLES.index(one) for one in np.atleast_1d(np.asarray(batch, dtype=object))]
        for batch in dataset.as_numpy_iterator()
    ]


@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_labels_are_read_from_what_tensorflow_writes(tmp_path, compression):
    assert labels_of([write(tmp_path / "a", EXAMPLES, compression)]) == list(range(N))


def test_frames_are_read_back_by_tensorflow(tmp_path, paths):
    """What a writer of records is given is what a file of records consists of."""
    chunks = RecordSource(paths, Options(columns=("label",))).chunks(examples=True)
    (tmp_path / "copy").write_bytes(b"".join(chunk.examples.data.tobytes() for chunk in chunks))
    found = tf.data.TFRecordDataset(str(tmp_path / "copy")).as_numpy_iterator()
    assert list(found) == EXAMPLES


def test_records_come_at_the_indices_in_order(paths):
    indices = [59, 3, 3, 24, 25, 0]
    dataset = tfdata.records(paths, indices, batch_size=4)
    assert dataset.element_spec == tf.TensorSpec((None,), tf.string)
    assert int(dataset.cardinality()) == 2
    assert batches(dataset) == [[59, 3, 3, 24], [25, 0]]
    single = tfdata.records(map(str, paths), indices, batch_size=None)
    assert single.element_spec == tf.TensorSpec((), tf.string)
    assert list(chain(*batches(single))) == indices
    assert batches(tfdata.records(str(paths[0]), [24])) == [[24]]


def test_paths_are_a_pattern_a_folder_or_several(tmp_path):
    """Files are in the order in which the command line reads a folder: sorted."""
    for name, part in {"b.tfrecord": EXAMPLES[2:4], "a.tfrecord": EXAMPLES[:2], "sub/c.tfrecord": EXAMPLES[4:]}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, part)
    (tmp_path / "README.md").write_text("about")
    (tmp_path / "_SUCCESS").write_text("")
    every = list(range(N))

    def found(paths, n=N, **options):
        return list(chain(*batches(tfdata.records(paths, range(n), **options))))

    assert found(tmp_path, index=True) == every
    assert index_path(tmp_path / "a.tfrecord").exists()
    for paths in (str(tmp_path), [tmp_path], str(tmp_path / "**" / "*.tfrecord"), tmp_path / "**" / "*record*"):
        assert found(paths) == every
    assert found(str(tmp_path / "?.tfrecord*"), 4) == every[:4]  # without the indexes
    assert found([tmp_path / "sub", f"{tmp_path}/[ab].tf*"]) == [*every[4:], *every[:4]]


def test_a_path_that_looks_like_a_pattern_is_itself_if_it_exists(tmp_path):
    write(tmp_path / "1.tfrecord", EXAMPLES[:1])
    path = write(tmp_path / "[1].tfrecord", EXAMPLES[1:])
    assert batches(tfdata.records(path, [0])) == [[1]]


@pytest.mark.parametrize(
    ("names", "error", "text"),
    [
        ("*.records", FileNotFoundError, r"no file matches '.*\*\.records'"),
        ("none", FileNotFoundError, "none"),
        ("images", ValueError, "images must be a folder of TFRecord files, got images"),
        ("empty", ValueError, "empty holds no files"),
        (["a.tfrecord", "*.tfrecord"], ValueError, "a.tfrecord and .*a.tfrecord are the same file"),
    ],
)
def test_paths_that_name_no_records_are_refused(tmp_path, names, error, text):
    write(tmp_path / "a.tfrecord", EXAMPLES)
    (tmp_path / "empty").mkdir()
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "x.jpg").write_bytes(b"")
    paths = [tmp_path / name for name in names] if isinstance(names, list) else tmp_path / names
    with pytest.raises(error, match=text):
        tfdata.records(paths, [0])


@pytest.mark.parametrize("shard", [None, (2, 1), (7, 6)])
@pytest.mark.parametrize("batch_size", [7, None])
def test_order_and_resumption_are_those_of_dataset(paths, batch_size, shard):
    indices = np.arange(3, 55)
    options = {"batch_size": batch_size, "shuffle": True, "seed": 5, "shard": shard}
    for more in [{}, {"start": (1, 2)}, {"drop_remainder": True}, {"reshuffle_each_iteration": False}]:
        ours = tfdata.records(paths, indices, **options, **more)
        theirs = tfdata.dataset(np.array(EXAMPLES, dtype=object), indices, **options, **more)
        assert ours.element_spec == theirs.element_spec
        assert int(ours.cardinality()) == int(theirs.cardinality())
        for _ in range(2):
            assert batches(ours) == batches(theirs)


def test_a_checkpoint_resumes(paths, tmp_path):
    def make():
        return tfdata.records(paths, np.arange(N), batch_size=8, shuffle=True, seed=1, repeat=True)

    iterator = iter(make())
    for _ in range(11):
        next(iterator)
    path = tf.train.Checkpoint(iterator=iterator).save(str(tmp_path / "checkpoint"))
    seen = [next(iterator).numpy().tolist() for _ in range(5)]
    restored = iter(make())
    tf.train.Checkpoint(iterator=restored).restore(path).assert_consumed()
    assert [next(restored).numpy().tolist() for _ in range(5)] == seen


def test_sampling_takes_labels(paths):
    labels = np.arange(N) % 4
    options = {"batch_size": 8, "shuffle": True, "seed": 0, "sampling": "stratified"}
    for batch in batches(tfdata.records(paths, np.arange(N), labels=labels, **options))[:-1]:
        assert np.bincount(labels[batch]).tolist() == [2, 2, 2, 2]
    with pytest.raises(ValueError, match="labels must be given"):
        tfdata.records(paths, np.arange(N), **options)


@pytest.mark.parametrize("batch_size", [None, 4])
def test_a_dict_of_features_parses(paths, batch_size):
    dataset = tfdata.records(paths, [5, 4, 33, 9, 10], parse=FEATURES, batch_size=batch_size)
    found = [np.atleast_1d(batch["label"].numpy()).tolist() for batch in dataset]
    assert found == ([[5], [4], [33], [9], [10]] if batch_size is None else [[5, 4, 33, 9], [10]])
    texts = [tf.sparse.to_dense(batch["text"]).numpy() for batch in dataset]
    assert texts[0].tolist() == ([b"x" * 5000] * 2 if batch_size is None else texts[0].tolist())


@pytest.mark.parametrize("batch_size", [None, 4])
def test_a_function_parses_each_example_and_a_transform_comes_after_it(paths, batch_size):
    def parse(one):
        example = tf.io.parse_single_example(one, FEATURES)
        text = tf.sparse.to_dense(example["text"])
        return tf.strings.reduce_join(text), {"label": example["label"]}

    def transform(text, labels):
        return tf.strings.length(text), labels["label"] + 100

    options = {"parse": parse, "transform": transform, "batch_size": batch_size}
    dataset = tfdata.records(paths, [5, 4, 33, 9, 10], **options)
    leading = [] if batch_size is None else [None]
    assert dataset.element_spec == (tf.TensorSpec(leading, tf.int32), tf.TensorSpec(leading, tf.int64))
    numbers = [np.atleast_1d(labels.numpy()).tolist() for _, labels in dataset]
    assert numbers == ([[105], [104], [133], [109], [110]] if batch_size is None else [[105, 104, 133, 109], [110]])
    sizes = np.concatenate([np.atleast_1d(size.numpy()) for size, _ in dataset])
    assert sizes.tolist() == [i % 7 * 1000 * (i % 3) for i in [5, 4, 33, 9, 10]]


def test_an_empty_batch_of_a_shard_is_parsed_too(paths):
    def parse(one):
        return tf.io.parse_single_example(one, FEATURES)["label"]

    shards = [tfdata.records(paths, range(9), batch_size=2, parse=parse, shard=(4, number)) for number in range(4)]
    assert {int(shard.cardinality()) for shard in shards} == {2}
    found = [[batch.numpy().tolist() for batch in shard] for shard in shards]
    assert [[] in batches for batches in found].count(True) == 3
    assert sorted(chain(*chain(*found))) == list(range(9))


def test_a_split_of_labels_that_were_scanned_is_read(paths):
    parts = fastsplit.split(np.array(labels_of(paths)) % 3, (0.5, 0.5), seed=0)
    train, test = (tfdata.records(paths, part, batch_size=None) for part in parts)
    assert sorted(chain(*batches(train), *batches(test))) == list(range(N))


def test_chunks_of_large_records_have_few_megabytes(tmp_path, monkeypatch):
    path, taken = write(tmp_path / "a", [bytes(300_000)] * 40), []
    take = records._Leaf.take
    monkeypatch.setattr(records._Leaf, "take", lambda self, at: taken.append(len(at)) or take(self, at))
    assert len(list(tfdata.records(path, range(40), batch_size=2))) == 20
    assert max(taken) <= 2**22 // 300_000


def test_without_records_the_pipeline_is_empty(tmp_path):
    dataset = tfdata.records(write(tmp_path / "a", []), [])
    assert dataset.element_spec == tf.TensorSpec((None,), tf.string)
    assert list(dataset) == []


def test_threads_read_a_chunk_only_if_the_one_before_it_waited_for_the_disk(tmp_path, monkeypatch):
    path, workers = write(tmp_path / "a", [bytes(1 << 20)] * 40), []
    waits = iter([0, 0, 0, 0, 0, 5, 5, 5, 5, 5])  # before and after each call
    run = records.for_ranges
    monkeypatch.setattr(records, "for_ranges", lambda parts, body: workers.append(len(parts)) or run(parts, body))
    monkeypatch.setattr(records, "_waits", lambda: next(waits))
    dataset = tfdata.records(path, range(40), batch_size=4, prefetch=0)
    assert [len(batch) for batch in dataset.take(4)] == [4] * 4
    assert workers == [1, 1, 1, 4, 1]  # the first call reads one record, for its type


def test_where_waits_are_unknown_threads_read(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "getrusage", None)
    leaf = tfdata.records(write(tmp_path / "a", EXAMPLES), [0], batch_size=1)
    assert [batch.numpy().tolist() for batch in leaf] == [[EXAMPLES[0]]]
    assert records._waits() != records._waits()


KEPT = """
import resource, sys
import numpy as np
from fastsplit import tfdata

dataset = tfdata.records(sys.argv[1], range(400), batch_size=40, prefetch=0)
before = 0
for _ in range(3):
    for batch in dataset:
        del batch
    now = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    added, before = now - before, now
print(added)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives memory back that is needed again")
def test_memory_of_strings_is_used_again(tmp_path):
    """Without the block that is freed at once, nearly every page of the strings is a fresh one: some 10,000."""
    path = write(tmp_path / "a", [bytes(100_000)] * 400)
    out, _ = run_python("-c", KEPT, str(path), cwd=tmp_path)
    assert int(out.splitlines()[-1]) < 400 * 100_000 // 4096 // 4


@pytest.mark.parametrize("at", [0, 9, 20, -1])
def test_a_damaged_record_ends_the_iteration_with_its_place(paths, at):
    data = bytearray(paths[2].read_bytes())
    begin = int(record_ends(paths[2])[3])
    end = int(record_ends(paths[2])[4])
    dataset = tfdata.records(paths, range(N), batch_size=None)
    data[range(begin, end)[at]] ^= 1
    status = os.stat(paths[2])
    with open(paths[2], "r+b") as file:
        file.write(data)
    os.utime(paths[2], ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(tf.errors.InvalidArgumentError, match=re.escape(f"{paths[2]}, byte {begin}: a checksum")):
        list(dataset)


@pytest.mark.parametrize("size", [1, 11, 12, 13, 40])
@pytest.mark.parametrize("windows", [(1 << 20, 1 << 12), (16, 16)])
def test_the_ends_of_records_are_found_in_steps_of_any_size(paths, monkeypatch, windows, size):
    monkeypatch.setattr(record_index, "_LARGE", windows[0])
    monkeypatch.setattr(record_index, "_SMALL", windows[1])
    monkeypatch.setattr(record_index, "_JUMP", 100)
    expected = np.cumsum([len(one) + 16 for one in EXAMPLES[:25]])
    assert record_ends(paths[0]).tolist() == expected.tolist()
    with open(paths[0], "r+b") as file:
        file.truncate(expected[-2] + size)
    with pytest.raises(ValueError, match=re.escape(f"{paths[0]}, byte {expected[-2]}: ") + ".* cut short"):
        record_ends(paths[0])


def test_files_that_cannot_be_read_in_any_order_are_refused(tmp_path):
    with pytest.raises(ValueError, match="records of a compressed file cannot be read in any order; decompress it"):
        tfdata.records(write(tmp_path / "a", EXAMPLES, "GZIP"), [0])
    (tmp_path / "b").write_bytes(b"label\n1\n2\n3\n4\n5\n")
    with pytest.raises(ValueError, match="byte 0: this is no TFRecord file"):
        tfdata.records(tmp_path / "b", [0])
    data = bytearray(frame(b"x") + frame(b"y"))
    data[18] ^= 1
    (tmp_path / "c").write_bytes(data)
    with pytest.raises(ValueError, match="byte 17: the checksum of the record's length"):
        tfdata.records(tmp_path / "c", [0])
    with pytest.raises(FileNotFoundError):
        tfdata.records(tmp_path / "none", [0])


def test_an_index_is_written_on_request_alone_and_used(paths, monkeypatch):
    tfdata.records(paths, [0])
    assert not any(index_path(path).exists() for path in paths)
    before = [record_ends(path, keep=True).tolist() for path in paths]
    assert all(index_path(path).exists() for path in paths)
    with monkeypatch.context() as context:
        context.delattr(record_index, "_scanned")
        assert [record_ends(path, keep=True).tolist() for path in paths] == before
        assert batches(tfdata.records(paths, [59, 0], index=True)) == [[59, 0]]


@pytest.mark.parametrize("damage", ["cut", "byte", "longer", "other", "empty"])
def test_an_index_that_is_damaged_or_of_another_file_is_made_anew(paths, damage):
    expected = record_ends(paths[0], keep=True).tolist()
    name = index_path(paths[0])
    whole = name.read_bytes()
    if damage == "other":
        write(paths[0], EXAMPLES[:3])
        expected = expected[:3]
    else:
        changed = {
            "cut": whole[:-8],
            "byte": whole[:40] + b"\xff" + whole[41:],
            "longer": whole + b"x" * 8,
            "empty": b"",
        }
        name.write_bytes(changed[damage])
    assert record_ends(paths[0], keep=True).tolist() == expected
    assert len(name.read_bytes()) == 16 + 8 * (3 + len(expected)) + 4


def test_an_index_that_cannot_be_written_leaves_nothing_behind(paths, monkeypatch):
    monkeypatch.setattr(record_index._records, "checksum", lambda data: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        record_ends(paths[0], keep=True)
    assert sorted(path.name for path in paths[0].parent.iterdir()) == ["a.tfrecord", "b.tfrecord", "empty.tfrecord"]


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"indices": [60]}, ValueError, "indices must be at least 0 and below 60, got 60 to 60"),
        ({"paths": []}, ValueError, "paths must hold at least one file"),
        ({"paths": 3}, TypeError, "paths must be a path or several, got int 3"),
        ({"paths": [b"x"]}, TypeError, "paths must be a path or several, got bytes b'x'"),
        ({"parse": 3}, TypeError, "parse must be a function or a dict of features, got int 3"),
        ({"index": "yes"}, TypeError, "index must be True or False"),
        ({"gather": "numpy"}, TypeError, r"records\(\) takes the options .*; got gather"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
    ],
)
def test_wrong_arguments_are_refused(paths, arguments, error, text):
    with pytest.raises(error, match=text):
        tfdata.records(**{"paths": paths, "indices": [0], **arguments})
