"""The examples of each split, in the way that fits the source."""

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from common_cli import NAMES, assert_refused, split
from common_formats import write_tfrecord

import fastsplit

N = 200


def write_images(folder, n=N):
    for i in range(n):
        path = Path(folder, "abc"[i % 3], f"{i:03}.jpg")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff\xd8\xff image %d" % i)


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*.jpg"))


def indices(name, out="out"):
    return np.load(f"{out}/{name}.npy").tolist()


def test_images_become_a_tree_of_links_per_split(here, capsys, chunk_size):
    write_images("images")
    whole = tree("images")
    assert split("images") == 0
    for name in NAMES:
        found = tree(f"out/{name}")
        assert found == [whole[i] for i in indices(name)]
        assert all(os.path.samefile(f"out/{name}/{path}", f"images/{path}") for path in found)
    expected = fastsplit.split([path[0] for path in whole], (0.7, 0.2, 0.1), ids=whole, seed=0)
    assert fastsplit.Plan.load("out/plan.json") == expected.plan


def test_a_tree_is_replaced_by_force_unless_something_was_put_into_it(here, capsys):
    write_images("images", 30)
    assert split("images") == 0
    assert split("images", "--force", seed=1) == 0
    capsys.readouterr()
    Path("out/train/a/mine.jpg").write_bytes(b"mine")
    message = "--force replaces no file that was changed since fastsplit made it: out/train"
    assert_refused(capsys, split("images", "--force"), message)
    assert Path("out/train/a/mine.jpg").read_bytes() == b"mine"


def test_images_are_copied_only_if_that_is_asked_for(here, capsys):
    write_images("images", 30)
    assert split("images", "--write", "copies") == 0
    whole = tree("images")
    for name in NAMES:
        for path in tree(f"out/{name}"):
            copy, image = Path("out", name, path), Path("images", path)
            assert copy.read_bytes() == image.read_bytes()
            assert not copy.samefile(image)
    assert sorted(path for name in NAMES for path in tree(f"out/{name}")) == whole


def test_a_disk_that_copies_fill_names_the_copy(here, capsys, monkeypatch):
    write_images("images", 3)

    def copy(source, target):
        raise OSError(errno.ENOSPC, "No space left on device", str(source), None, str(target))

    monkeypatch.setattr(shutil, "copy2", copy)
    code = split("images", "--write", "copies", sizes=["train=1.0"])
    err = capsys.readouterr().err
    assert (code, err.splitlines()[-1]) == (2, "fastsplit: error: out/train/a/000.jpg: No space left on device")
    assert sorted(os.listdir()) == ["images"]


def test_records_are_written_as_they_were(here, capsys, chunk_size):
    labels, ids = [i % 3 for i in range(N)], [f"u{i}" for i in range(N)]
    for i in range(N):
        write_tfrecord(Path("one"), labels[i : i + 1], ids[i : i + 1])
        os.rename("one", f"{i}.record")
    records = [Path(f"{i}.record").read_bytes() for i in range(N)]
    for name, some in (("a.tfrecord", records[:77]), ("b.tfrecord", records[77:])):
        Path(name).write_bytes(b"".join(some))
    assert split(["a.tfrecord", "b.tfrecord"], "--feature", "label") == 0
    for name in NAMES:
        assert Path(f"out/{name}.tfrecord").read_bytes() == b"".join(records[i] for i in indices(name))


def test_tables_are_written_as_parquet(here, capsys, chunk_size):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pa.table({"label": [f"c{i % 3}" for i in range(N)], "x": [None if i % 5 == 0 else i / 7 for i in range(N)]})
    os.mkdir("table")
    parquet.write_table(table[:90], "table/a.parquet")
    parquet.write_table(table[90:], "table/b.parquet")
    assert split("table", "--column", "label") == 0
    for name in NAMES:
        assert parquet.read_table(f"out/{name}.parquet").equals(table.take(indices(name)))


def test_a_folder_that_is_read_does_not_get_the_result(here, capsys):
    write_images("images", 30)
    code = split("images", out="images/out")
    assert_refused(capsys, code, "--out must not be in a folder that is read, got images/out and images")
