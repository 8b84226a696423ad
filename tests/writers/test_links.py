"""Trees of images, linked or copied."""

import errno
import os
import re

import numpy as np
import pytest
from common_sources import opened

from fastsplit.writers import new_writer

NAMES = ("train", "test")
FILES = ["cat/1.jpg", "cat/deep/2.jpg", "dog/1.jpg", "dog/2.jpg", "owl/1.jpg"]
SPLITS = [0, 1, 0, 255, 1]


@pytest.fixture
def root(tmp_path):
    for name in FILES:
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_bytes(name.encode())
    return tmp_path / "root"


def written(folder, source, way="links", splits=SPLITS):
    """Return the paths that were written, and the files they are."""
    folder.mkdir()
    writer = new_writer(way, folder, NAMES, source)
    for chunk in source.chunks(examples=True):
        writer.write(chunk, np.array(splits, dtype=np.uint8))
    writer.close()
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if not path.is_dir()}


EXPECTED = {"train/cat/1.jpg": "cat/1.jpg", "train/dog/1.jpg": "dog/1.jpg", "test/cat/deep/2.jpg": "cat/deep/2.jpg"}
EXPECTED["test/owl/1.jpg"] = "owl/1.jpg"


def test_links_are_hard(root, tmp_path):
    found = written(tmp_path / "out", opened(root))
    assert found.keys() == EXPECTED.keys()
    for name, path in found.items():
        assert not path.is_symlink()
        assert path.samefile(root / EXPECTED[name])


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP])
def test_links_are_symbolic_where_hard_ones_are_refused(root, tmp_path, monkeypatch, number):
    def refuse(source, target):
        raise OSError(number, os.strerror(number), source, None, target)

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.chdir(tmp_path)
    with pytest.warns(UserWarning, match=re.escape(os.strerror(number))) as warned:
        found = written(tmp_path / "out", opened(root.relative_to(tmp_path)))
    assert len(warned) == 1
    assert found.keys() == EXPECTED.keys()
    (tmp_path / "out").rename(tmp_path / "moved")
    for name in EXPECTED:
        path = tmp_path / "moved" / name
        assert path.is_symlink()
        assert path.samefile(root / EXPECTED[name])


def test_a_full_disk_is_no_reason_for_symbolic_links(root, tmp_path, monkeypatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), source, None, target)

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        written(tmp_path / "out", opened(root))


def test_copies_are_files_of_their_own(root, tmp_path):
    found = written(tmp_path / "out", opened(root), "copies")
    assert found.keys() == EXPECTED.keys()
    for name, path in found.items():
        assert path.read_bytes() == EXPECTED[name].encode()
        assert not path.samefile(root / EXPECTED[name])
        assert path.stat().st_mtime_ns == (root / EXPECTED[name]).stat().st_mtime_ns


def test_links_to_links_lead_to_the_file(root, tmp_path):
    (root / "cat" / "1.jpg").rename(tmp_path / "far.jpg")
    (root / "cat" / "1.jpg").symlink_to("../../far.jpg")
    found = written(tmp_path / "out", opened(root))
    assert found["train/cat/1.jpg"].samefile(tmp_path / "far.jpg")
    assert not found["train/cat/1.jpg"].is_symlink()


def test_labels_of_names_become_folders(tmp_path):
    for name in ("cat_1.jpg", "dog_1.jpg"):
        (tmp_path / "flat").mkdir(exist_ok=True)
        (tmp_path / "flat" / name).write_bytes(b"")
    found = written(tmp_path / "out", opened(tmp_path / "flat", label_from="name"), splits=[0, 1])
    assert list(found) == ["test/dog/dog_1.jpg", "train/cat/cat_1.jpg"]


def test_several_folders_share_the_folders_of_classes(root, tmp_path):
    other = tmp_path / "other"
    (other / "cat").mkdir(parents=True)
    (other / "cat" / "1.jpg").write_bytes(b"")
    found = written(tmp_path / "out", opened(root, other), splits=[0, 0, 0, 0, 0, 0])
    assert {"train/cat/root/1.jpg", "train/cat/other/1.jpg"} <= found.keys()
    assert len(found) == 6


@pytest.mark.parametrize("way", ["links", "copies"])
def test_two_images_of_one_name_are_refused(root, tmp_path, way):
    source = opened(root)
    source.places = lambda chunk: ["cat/1.jpg"] * chunk.n
    message = re.escape(f"{root / 'dog' / '1.jpg'} and another image would both be ")
    with pytest.raises(ValueError, match=message):
        written(tmp_path / "out", source, way)
