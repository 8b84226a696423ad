"""Files of text, plain or compressed."""

import bz2
import gzip
import lzma
import os
import threading
import time
from pathlib import Path

import pytest
from common_columns import read, written

from fastsplit.readers import blocks, delimited, lists
from fastsplit.readers.source import Options

TEXT = b"label\n" + b"".join(b"c%d\n" % (i * i % 7) for i in range(10_000))


def zstd(data):
    import pyarrow as pa

    return pa.compress(data, codec="zstd", asbytes=True)


PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}


@pytest.mark.parametrize("suffix", PACKERS)
def test_compressed_files_are_read_like_plain_ones(tmp_path, suffix):
    plain = read(delimited, written(tmp_path, TEXT))
    path = written(tmp_path, PACKERS[suffix](TEXT), f"t.csv.{suffix}")
    assert read(delimited, path) == plain
    assert delimited.read([path], Options(columns=("label",))).suffix == ".csv"


def test_several_gzip_members_are_one_file(tmp_path):
    path = written(tmp_path, gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]), "t.csv.gz")
    assert read(delimited, path).examples == TEXT


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("share", [0.5, 0.99])
def test_files_that_are_cut_short_are_refused_by_name(tmp_path, suffix, share):
    packed = PACKERS[suffix](os.urandom(1 << 16).hex().encode().replace(b"7", b"\n"))
    path = written(tmp_path, packed[: int(share * len(packed))], f"l.txt.{suffix}")
    with pytest.raises(ValueError, match=f"l.txt.{suffix}: (cut short|damaged): "):
        read(lists, path, column=None, missing="drop")


@pytest.mark.parametrize("suffix", PACKERS)
def test_damaged_files_are_refused_by_name(tmp_path, suffix):
    packed = bytearray(PACKERS[suffix](TEXT * 10))
    packed[len(packed) // 2] ^= 0xFF
    with pytest.raises(ValueError, match=f"l.txt.{suffix}: "):
        read(lists, written(tmp_path, bytes(packed), f"l.txt.{suffix}"), column=None)


def test_text_that_begins_like_a_compressed_file_is_text(tmp_path):
    assert read(lists, written(tmp_path, b"BZh9\nBZh9\n"), column=None).labels == ["BZh9", "BZh9"]


def test_a_pipe_is_read_more_than_once(tmp_path):
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(TEXT,), daemon=True)
    writer.start()
    assert read(delimited, path).examples == TEXT
    writer.join(timeout=10)


def test_a_file_that_changes_between_scans_is_refused(tmp_path):
    path = written(tmp_path, TEXT)
    source = delimited.read([path], Options(columns=("label",)))
    assert sum(chunk.n for chunk in source.chunks()) == 10_000
    path.write_bytes(TEXT + b"c1\n")
    with pytest.raises(ValueError, match=r"t.csv: changed while it was read"):
        list(source.chunks())


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_blocks_of_any_size_give_the_same_chunks_together(tmp_path, monkeypatch, size):
    whole = read(delimited, written(tmp_path, TEXT[:3000]))
    monkeypatch.setattr(blocks, "BLOCK", size)
    assert read(delimited, tmp_path / "t.csv") == whole


def test_a_scan_that_is_left_early_closes_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 64)
    path = written(tmp_path, TEXT)

    def is_open():
        folder = Path("/proc/self/fd")
        return any(link.resolve() == path for link in folder.iterdir())

    chunks = delimited.read([path], Options(columns=("label",))).chunks()
    next(chunks)
    assert is_open()
    chunks.close()
    deadline = time.monotonic() + 10  # the thread that reads closes it
    while is_open() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_open()


def test_a_scan_that_the_garbage_collector_ends_waits_for_no_thread():
    began = threading.Event()
    slow = threading.Event()

    def items():
        yield 1
        began.set()
        slow.wait(10)
        yield 2

    scan = blocks.ahead(items())
    assert next(scan) == 1
    assert began.wait(10)
    before = time.monotonic()
    scan.close()
    assert time.monotonic() - before < 5
    slow.set()
