"""Image trees."""

import numpy as np
import pytest
from common import run_python

from fastsplit.readers import image_tree

FILES = ["b/2.png", "b/1.png", "b/3.JPEG", "a/z.png", "a/deep/er/c.png", "a.b/1.png"]


@pytest.fixture
def root(tmp_path):
    for name in FILES:
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return tmp_path / "root"


def test_folders_are_classes_and_files_at_any_depth_are_images_of_them(root):
    tree = image_tree.read(root)
    assert tree.class_names == ["a", "a.b", "b"]
    assert tree.ids == ["a/deep/er/c.png", "a/z.png", "a.b/1.png", "b/1.png", "b/2.png", "b/3.JPEG"]
    assert tree.labels.dtype == np.int32
    assert tree.labels.tolist() == [0, 0, 1, 2, 2, 2]
    assert tree.paths == [root / name for name in tree.ids]
    assert tree.ignored == []


def test_ids_and_labels_stay_if_the_tree_is_moved(root):
    before = image_tree.read(str(root))
    after = image_tree.read(root.rename(root.with_name("moved")))
    assert after.ids == before.ids
    assert after.labels.tolist() == before.labels.tolist()
    assert after.paths != before.paths


def test_an_empty_class_keeps_its_number(root):
    (root / "aa").mkdir()
    tree = image_tree.read(root)
    assert tree.class_names == ["a", "a.b", "aa", "b"]
    assert tree.labels.tolist() == [0, 0, 1, 3, 3, 3]


def test_files_in_the_root_belong_to_no_class(root):
    for name in ("README", "LICENSE"):
        (root / name).write_bytes(b"")
    tree = image_tree.read(root)
    assert tree.ignored == ["LICENSE", "README"]
    assert len(tree.paths) == len(FILES)


def test_hidden_names_and_other_files_are_no_images_and_no_classes(root):
    others = [
        ".DS_Store",
        ".ipynb_checkpoints/1-checkpoint.png",
        "a/.DS_Store",
        "a/Thumbs.db",
        "a/labels.csv",
        "a/._z.png",
        "b/.git/1.png",
        "b/.git/deep/2.png",
        "labels.csv",
        "b/deep/empty",
    ]
    for name in others:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    tree = image_tree.read(root)
    assert tree.class_names == ["a", "a.b", "b"]
    assert sorted(tree.ids) == sorted(FILES)
    expected = [".DS_Store", ".ipynb_checkpoints", "a/.DS_Store", "a/Thumbs.db", "a/labels.csv", "a/._z.png", "b/.git"]
    assert tree.ignored == sorted([*expected, "labels.csv", "b/deep/empty"])


def test_files_of_another_suffix_are_images_if_they_begin_like_one(root):
    (root / "a" / "0001").write_bytes(b"\xff\xd8\xff\xe0 and so on")
    (root / "a" / "0002.large").write_bytes(b"\x89PNG\r\n and so on")
    (root / "a" / "0003").write_bytes(b"text")
    tree = image_tree.read(root)
    assert {"a/0001", "a/0002.large"} <= set(tree.ids)
    assert tree.ignored == ["a/0003"]


def test_class_names_give_the_order_of_the_classes(root):
    tree = image_tree.read(root, class_names=["b", "a", "a.b"])
    assert tree.class_names == ["b", "a", "a.b"]
    assert tree.ids[0] == "b/1.png"
    assert tree.labels.tolist() == [0, 0, 0, 1, 1, 2]
    for names in (["a", "b"], ["a", "a.b", "b", "c"], ["a", "a", "b"], "ab"):
        with pytest.raises(ValueError, match=r"class_names must be the names of the class folders, a, a\.b, b"):
            image_tree.read(root, class_names=names)


def test_links_are_followed_on_request_and_circles_end(root, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "far.png").write_bytes(b"")
    (root / "a" / "link").symlink_to(tmp_path / "elsewhere")
    (root / "a" / "circle").symlink_to(root / "a")
    assert sorted(image_tree.read(root).ids) == sorted(FILES)
    assert sorted(image_tree.read(root, follow_links=True).ids) == sorted([*FILES, "a/link/far.png"])


def test_a_flat_tree_has_all_images_and_no_classes(root):
    (root / "top.png").write_bytes(b"")
    tree = image_tree.read_flat(root)
    assert sorted(tree.ids) == sorted([*FILES, "top.png"])
    assert tree.class_names == []
    (root / "empty").mkdir()
    with pytest.raises(ValueError, match="directory must hold images"):
        image_tree.read_flat(root / "empty")
    with pytest.raises(FileNotFoundError):
        image_tree.read_flat(root / "missing")


def test_a_tree_without_files_in_folders_is_an_error(tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ValueError, match="directory must hold a folder of images per class, got no images in folders"):
        image_tree.read(tmp_path)
    with pytest.raises(FileNotFoundError):
        image_tree.read(tmp_path / "missing")
    with pytest.raises(NotADirectoryError):
        image_tree.read(tmp_path / "file")


def test_reading_a_tree_does_not_import_tensorflow(root, tmp_path):
    script = (
        "import sys\nfrom fastsplit.readers import image_tree\n"
        f"assert len(image_tree.read({str(root)!r}).paths) == {len(FILES)}\nassert 'tensorflow' not in sys.modules"
    )
    run_python("-c", script, cwd=tmp_path)
