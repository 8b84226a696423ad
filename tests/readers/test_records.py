"""TFRecord files: frames, checksums and features, without TensorFlow; every fault names its file and place."""

import gzip
import os
import re
import struct
from itertools import permutations

import numpy as np
import pytest
from common_records import crc32c, entry, example, field, floats, frame, integers, masked, strings, varint, written
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import memory
from fastsplit.readers import _records, frames, records
from fastsplit.readers.frames import is_gzip, is_tfrecord
from fastsplit.readers.records import RecordSource
from fastsplit.readers.source import Options, Texts

LABEL = Options(columns=("label",))
INT64 = st.integers(-(2**63), 2**63 - 1)
ONE = example(label=integers(1))


@pytest.fixture(params=_records.CPUS)
def either_checksum(request):
    _records.use_cpu(request.param)
    yield
    _records.use_cpu(_records.CPUS[0 if os.environ.get("FASTSPLIT_CPU") == "baseline" else -1])


@pytest.fixture(params=[64, 500])
def small_blocks(monkeypatch, request):
    """Read less than a record at a time, or some, as if a file had gigabytes."""
    monkeypatch.setattr(records, "_BLOCK", request.param)
    monkeypatch.setattr(frames, "_STEP", 48)


def listed(values):
    if isinstance(values, Texts):
        return [values.data[b:e].tobytes() for b, e in zip(values.begins, values.ends, strict=True)]
    return values.tolist()


def labels_of(paths, options=LABEL):
    """Return the labels of all chunks."""
    paths = paths if isinstance(paths, list) else [paths]
    return [label for chunk in RecordSource(paths, options).chunks() for label in listed(chunk.labels[0])]


def refusal(path, data, options=LABEL):
    """Return what is said of a file, and where."""
    path.write_bytes(data)
    with pytest.raises(ValueError, match=re.escape(f"{path}, byte ")) as caught:
        labels_of(path, options)
    place, _, text = str(caught.value).removeprefix(f"{path}, byte ").partition(": ")
    return int(place), text


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 255, 383, 384, 385, 6143, 6144, 6145, 12288 + 384 + 8 + 3])
def test_checksums_are_the_same_by_tables_and_by_the_instruction(either_checksum, n):
    data = np.random.default_rng(n).integers(0, 256, n + 3, dtype=np.uint8)[3:]  # not aligned
    assert _records.checksum(data) == crc32c(data.tobytes())


def test_the_checksum_is_the_one_that_the_standard_gives(either_checksum):
    assert _records.checksum(b"123456789") == 0xE3069283  # RFC 3720's check value
    assert _records.checksum(bytes(32)) == 0x8A9136AA  # its appendix B.4


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("compressed", [False, True])
def test_labels_ids_groups_and_examples_come_in_the_order_of_the_files(tmp_path, small_blocks, threads, compressed):
    data = [
        example(image=strings(b"x" * (i % 90)), label=integers(-i), name=strings(b"n%d" % i), patient=integers(i // 2))
        for i in range(40)
    ]
    paths = [
        written(tmp_path / "b", data[:25], compressed=compressed),
        written(tmp_path / "empty", [], compressed=compressed),
        written(tmp_path / "a", data[25:], compressed=compressed),
    ]
    options = Options(columns=("label", "patient"), ids_column="name", groups_column="patient", threads=threads)
    source = RecordSource(paths, options)
    for _ in range(2):
        chunks = list(source.chunks(examples=True))
        assert len(chunks) > 5
        assert all(len(chunk.labels) == 2 for chunk in chunks)
        assert [label for chunk in chunks for label in listed(chunk.labels[0])] == [-i for i in range(40)]
        assert [label for chunk in chunks for label in listed(chunk.labels[1])] == [i // 2 for i in range(40)]
        assert [name for chunk in chunks for name in listed(chunk.ids)] == [b"n%d" % i for i in range(40)]
        assert [group for chunk in chunks for group in listed(chunk.groups)] == [i // 2 for i in range(40)]
        raw = [piece for chunk in chunks for piece in np.split(chunk.examples.data, chunk.examples.ends)[:-1]]
        assert [piece.tobytes() for piece in raw] == list(map(frame, data))
        assert all(chunk.examples.ends[-1] == len(chunk.examples.data) for chunk in chunks)
        places = [chunk.where(i) for chunk in chunks for i in range(chunk.n)]
        starts = np.cumsum([0, *map(len, map(frame, data[:24]))]).tolist()
        assert places[:25] == [f"{paths[0]}, byte {start}" for start in starts]
        assert places[25] == f"{paths[2]}, byte 0"
    without = list(source.chunks())
    assert [label for chunk in without for label in listed(chunk.labels[0])] == [-i for i in range(40)]
    assert all(chunk.examples is None for chunk in without)


@given(values=st.lists(INT64, min_size=1, max_size=30), packed=st.booleans())
def test_every_integer_of_64_bits_is_read(tmp_path, values, packed):
    path = written(tmp_path / "a", [example(label=integers(value, packed=packed)) for value in values])
    assert labels_of(path) == values


@given(values=st.lists(st.binary(max_size=20), min_size=1, max_size=30), compressed=st.booleans())
def test_every_string_is_read(tmp_path, values, compressed):
    path = written(tmp_path / "a", [example(label=strings(value)) for value in values], compressed=compressed)
    assert labels_of(path) == values


def test_a_negative_integer_has_ten_bytes(tmp_path):
    assert len(varint(-1)) == 10
    assert labels_of(written(tmp_path / "a", [example(label=integers(-1)), example(label=integers(7))])) == [-1, 7]


@pytest.mark.parametrize("value_first", [False, True])
def test_entries_come_in_any_order_and_so_do_key_and_value(tmp_path, value_first):
    entries = [
        entry("label", integers(4), value_first=value_first),
        entry("labels", integers(5)),
        entry("", strings(b"label")),
        entry("image", strings(b"label" * 9)),
    ]
    data = [field(1, b"".join(order)) for order in permutations(entries)]
    assert labels_of(written(tmp_path / "a", data)) == [4] * len(data)


def test_the_last_of_entries_with_the_same_key_counts(tmp_path):
    twice = field(1, entry("label", integers(1, 1)) + entry("x", integers(9)) + entry("label", integers(2)))
    apart = field(1, entry("label", integers(1))) + field(1, entry("label", integers(2)))
    assert labels_of(written(tmp_path / "a", [twice, apart])) == [2, 2]
    last_is_empty = field(1, entry("label", integers(1)) + entry("label", integers()))
    assert "has no value" in refusal(tmp_path / "b", frame(last_is_empty))[1]


def test_parts_of_a_message_are_merged(tmp_path):
    two_values = field(1, field(1, field(1, b"label") + field(2, integers(1)) + field(2, integers(2))))
    assert "has 2 values" in refusal(tmp_path / "b", frame(two_values))[1]
    other_kind = field(1, field(1, field(1, b"label") + field(2, strings(b"a")) + field(2, integers(2))))
    two_keys = field(1, field(1, field(1, b"other") + field(2, integers(2)) + field(1, b"label")))
    one_of_two_lists = example(label=integers(7) + field(3, b""))
    assert labels_of(written(tmp_path / "a", [other_kind, two_keys, one_of_two_lists])) == [2, 2, 7]


def test_unknown_fields_are_skipped(tmp_path):
    unknown = b"".join(
        [
            varint(9 << 3 | 0) + varint(-1),
            varint(9 << 3 | 1) + bytes(8),
            varint(9 << 3 | 2) + varint(3) + b"abc",
            varint(9 << 3 | 3) + varint(8 << 3 | 3) + varint(8 << 3 | 4) + varint(1 << 3) + b"\1" + varint(9 << 3 | 4),
            varint(9 << 3 | 5) + bytes(4),
            varint(1 << 3 | 5) + bytes(4),  # a known field of another wire type
            varint(2**29 - 1 << 3) + b"\0",
        ]
    )
    data = unknown + field(1, unknown + entry("label", unknown + integers(3)))
    assert labels_of(written(tmp_path / "a", [data + unknown])) == [3]
    values = field(3, field(1, varint(5)) + field(9, b"x") + varint(1 << 3 | 5) + bytes(4))
    assert labels_of(written(tmp_path / "b", [example(label=values)])) == [5]


def test_the_context_of_a_sequence_example_is_read_too(tmp_path):
    lists = field(2, field(1, entry("frames", field(1, integers(1, 2)))))
    assert labels_of(written(tmp_path / "a", [lists + example(label=integers(6)) + lists])) == [6]


def test_names_need_not_be_ascii(tmp_path):
    path = written(tmp_path / "a", [field(1, entry("Größe", integers(6)))])
    assert labels_of(path, Options(columns=("Größe",))) == [6]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (example(lab=integers(1), image=strings(b"x"), z=floats(0.5)), "it has 'lab' (integers), 'image' (bytes), 'z'"),
        (example(**{f"f{i:02}": integers(1) for i in range(11)}), "'f09' (integers) and 1 more"),
        (field(1, b""), "it has none"),
        (example(label=floats(1.5)), "feature 'label' holds floats, which cannot be labels: name a feature of"),
        (example(label=floats(1.5, packed=False)), "holds floats"),
        (example(label=integers()), "has no value in this record"),
        (example(label=strings()), "has no value in this record"),
        (example(label=b""), "has no value in this record"),
        (example(label=integers(1, 2)), "has 2 values in this record, but labels need exactly one"),
        (example(label=integers(1, 2, 3, packed=False)), "has 3 values in this record"),
        (example(label=strings(b"a", b"b")), "has 2 values in this record"),
        (example(label=strings(b"a")), "feature 'label' holds bytes here, but integers in "),
        (b"", "the record is empty, so it has no feature 'label'"),
        (b"\xff" * 20, "the record is no tf.train.Example"),
        (ONE[:-1], "the record is no tf.train.Example"),
        (ONE + b"\x0c", "the record is no tf.train.Example"),  # the end of a group that did not begin
        (ONE + b"\x0b" * 200, "the record is no tf.train.Example"),
        (ONE + b"\x4b\x54", "the record is no tf.train.Example"),  # the end of another group than the one that began
        (ONE + b"\xc8\x80\x80\x80\x80\x00\x01", "the record is no tf.train.Example"),  # a tag of six bytes
        (ONE + b"\x4a\x81\x80\x80\x80\x80\x00x", "the record is no tf.train.Example"),  # a length of six bytes
        (b"\0\0", "the record is no tf.train.Example"),  # a field of number 0
        (field(1, field(1, field(1, b"x") + field(2, b"") + field(3, b""))), "the record is no tf.train.Example"),
        (field(1, field(1, field(1, b"x") + b"\x10\1")), "the record is no tf.train.Example"),
        (example(label=field(3, field(1, b"\x80"))), "the record is no tf.train.Example"),  # a cut number
        (example(label=field(3, field(1, b"\x80" * 10 + b"\1"))), "the record is no tf.train.Example"),
        (example(label=field(2, field(1, b"abc"))), "the record is no tf.train.Example"),  # three quarters of a float
    ],
)
def test_a_record_without_one_value_is_refused_by_its_place(tmp_path, data, text):
    place, found = refusal(tmp_path / "a", frame(ONE) + frame(data) + frame(ONE))
    assert place == len(frame(ONE))
    assert text in found


@pytest.mark.parametrize("option", ["ids_column", "groups_column"])
def test_ids_and_groups_are_named_as_what_they_are(tmp_path, option):
    options = Options(columns=("label",), **{option: "x"})
    _, text = refusal(tmp_path / "a", frame(example(label=integers(1), x=floats(1.0))), options)
    assert f"feature 'x' holds floats, which cannot be {option.removesuffix('_column')}" in text


def test_files_and_blocks_must_hold_values_of_one_kind(tmp_path, small_blocks):
    first = written(tmp_path / "first", [example(label=strings(b"a"))] * 3)
    path = tmp_path / "second"
    path.write_bytes(frame(ONE))
    with pytest.raises(ValueError, match=re.escape(f"{path}, byte 0: feature 'label' holds integers here")) as caught:
        labels_of([first, path])
    assert str(caught.value).endswith(f"but bytes in {first}, byte 0: write them alike")


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("n_blocks", [1, 5])
def test_a_file_cut_anywhere_is_refused_and_one_cut_between_records_is_read(
    tmp_path, monkeypatch, compressed, n_blocks
):
    whole = frame(ONE) + frame(example(label=integers(2), x=strings(b"x" * 50)))
    monkeypatch.setattr(records, "_BLOCK", -(-len(whole) // n_blocks))
    for n in range(1, len(whole)):
        data = gzip.compress(whole[:n]) if compressed else whole[:n]
        if n == len(frame(ONE)):
            (tmp_path / "a").write_bytes(data)
            assert labels_of(tmp_path / "a") == [1]
            continue
        place, text = refusal(tmp_path / "a", data)
        assert place == (0 if n < len(frame(ONE)) else len(frame(ONE)))
        assert "it is cut short; copy or write it again" in text


def test_a_compressed_file_that_is_cut_or_damaged_is_refused(tmp_path):
    noise = np.random.default_rng(0).bytes(5000)
    whole = gzip.compress(b"".join(frame(example(label=integers(i), x=strings(noise))) for i in range(20)))
    for n in [20, 1000, len(whole) // 2, len(whole) - 1]:
        assert "the compressed file is cut short" in refusal(tmp_path / "a", whole[:n])[1]
    for at in [len(whole) // 2, len(whole) - 6]:
        damaged = bytearray(whole)
        damaged[at] ^= 1
        text = refusal(tmp_path / "a", bytes(damaged))[1]
        assert "damaged" in text or "checksum" in text


@given(st.data())
def test_no_byte_can_be_changed_unnoticed(tmp_path, data):
    kinds = data.draw(st.sampled_from([integers, strings]))
    values = data.draw(st.lists(INT64 if kinds is integers else st.binary(max_size=9), min_size=1, max_size=4))
    whole = bytearray(b"".join(frame(example(label=kinds(value))) for value in values))
    at, flip = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(1, 255))
    whole[at] ^= flip
    place, text = refusal(tmp_path / "a", bytes(whole))
    ends = np.cumsum([len(frame(example(label=kinds(value)))) for value in values])
    assert place == [0, *ends][np.searchsorted(ends, at, side="right")]
    assert "checksum" in text


@given(noise=st.binary(max_size=60))
def test_noise_in_sound_frames_is_refused_or_is_protobuf(tmp_path, noise):
    path = written(tmp_path / "a", [noise])
    try:
        labels = labels_of(path)
    except ValueError as error:
        assert str(error).startswith(f"{path}, byte 0: ")
    else:
        assert len(labels) == 1


def test_other_files_are_refused_at_their_first_byte(tmp_path):
    for data in [b"label,id\n1,2\n3,4\n", bytes(100), b"PAR1" + bytes(50), frame(ONE)[1:]]:
        place, text = refusal(tmp_path / "a", data)
        assert place == 0
        assert "this is no TFRecord file, or its first bytes are damaged" in text


@pytest.mark.parametrize("compressed", [False, True])
def test_a_length_beyond_memory_is_refused_before_anything_is_allocated(
    tmp_path, monkeypatch, small_blocks, compressed
):
    length = struct.pack("<Q", 2**62)
    data = frame(ONE) + length + masked(length) + bytes(2000)
    path = tmp_path / "a"
    path.write_bytes(gzip.compress(data) if compressed else data)
    monkeypatch.setattr(frames.np, "empty", _small_empty(np.empty))
    with pytest.raises((ValueError, MemoryError), match=re.escape(f"{path}, byte {len(frame(ONE))}: ")) as caught:
        labels_of(path)
    assert ("more than the free memory" if compressed else "but the file ends after 2012 of them") in str(caught.value)


def _small_empty(empty):
    def checked(shape, *args, **kwargs):
        assert np.prod(shape) < 10_000
        return empty(shape, *args, **kwargs)

    return checked


def test_a_length_that_64_signed_bits_do_not_hold_is_refused(tmp_path):
    length = struct.pack("<Q", 2**64 - 1)
    assert refusal(tmp_path / "a", length + masked(length) + bytes(20))[0] == 0


def test_a_record_larger_than_memory_is_refused(tmp_path, monkeypatch, small_blocks):
    path = written(tmp_path / "a", [example(label=integers(1), x=bytes(1000))])
    monkeypatch.setattr(memory, "_SMALL", 100)
    monkeypatch.setattr(memory, "free_memory", lambda: 500)
    with pytest.raises(MemoryError, match=re.escape(f"{path}, byte 0: the record takes")):
        labels_of(path)


def test_a_record_larger_than_a_block_is_read(tmp_path, small_blocks):
    sizes = [0, 1000, 30, 63, 64, 65, 5000]
    for compressed in (False, True):
        data = [example(label=integers(size), x=strings(bytes(size))) for size in sizes]
        assert labels_of(written(tmp_path / "a", data, compressed=compressed)) == sizes


def test_a_file_that_changes_between_two_scans_is_refused(tmp_path):
    path = written(tmp_path / "a", [ONE])
    source = RecordSource([path], LABEL)
    assert len(list(source.chunks())) == 1
    written(path, [ONE, ONE])
    with pytest.raises(ValueError, match=re.escape(f"{path} changed while it was read")):
        list(source.chunks())


def test_without_a_label_the_error_says_which_features_there_are(tmp_path):
    empty, path = written(tmp_path / "b", []), written(tmp_path / "a", [example(y=integers(1), x=strings(b""))])
    with pytest.raises(ValueError, match=r"need the feature that is the label.* 'y' \(integers\), 'x' \(bytes\)$"):
        RecordSource([empty, path], Options())
    with pytest.raises(ValueError, match="have no record"):
        RecordSource([empty], Options())


def test_errors_show_no_control_characters(tmp_path):
    with pytest.raises(ValueError, match="no feature") as caught:
        labels_of(written(tmp_path / "a\nb", [field(1, entry("x\x1b[31m", integers(1)))]))
    assert str(caught.value).isprintable()


def test_a_plain_file_that_begins_like_a_compressed_one_is_read(tmp_path):
    size = 0x088B1F  # the length of the first record: the first three bytes are those of gzip
    data = example(label=integers(3), x=strings(bytes(size - 100)))
    data = example(label=integers(3), x=strings(bytes(2 * size - 100 - len(data))))
    assert len(data) == size
    path = written(tmp_path / "a", [data])
    head = path.read_bytes()[:12]
    assert head[:3] == gzip.compress(b"")[:3]
    assert is_tfrecord(head)
    assert not is_gzip(head)
    assert labels_of(path) == [3]


def test_a_pipe_is_read(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs named pipes")
    from threading import Thread

    path, data = tmp_path / "pipe", b"".join(frame(example(label=integers(i))) for i in range(3000))
    os.mkfifo(path)
    writer = Thread(target=path.write_bytes, args=[data], daemon=True)
    writer.start()
    assert labels_of(path) == list(range(3000))
    writer.join(10)


def test_a_scan_that_is_given_up_leaves_no_thread_behind(tmp_path, small_blocks):
    import threading

    path = written(tmp_path / "a", [ONE] * 50)
    chunks = RecordSource([path], Options(columns=("label",), threads=3)).chunks()
    next(chunks)
    chunks.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fastsplit records")]
