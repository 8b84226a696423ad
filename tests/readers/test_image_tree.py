"""Image trees."""

import numpy as np
import pytest
from common import run_python

from fastsplit.readers import image_tree

FILES = ["b/2.png", "b/1.png", "b/.hidden", "a/z.png", "a/deep/er/c.png", "a.b/1.png"]


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
    assert tree.ids == ["a/deep/er/c.png", "a/z.png", "a.b/1.png", "b/.hidden", "b/1.png", "b/2.png"]
    assert tree.labels.dtype == np.int32
    assert tree.labels.tolist() == [0, 0, 1, 2, 2, 2]
    assert tree.paths == [root / name for name in tree.ids]
    assert tree.stray == []


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
    assert tree.stray == ["LICENSE", "README"]
    assert len(tree.paths) == len(FILES)


def test_a_tree_without_files_in_folders_is_an_error(tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ValueError, match="directory must hold a folder of images per class, got no files in folders"):
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
