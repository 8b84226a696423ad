"""Folders of images."""

import os

import pytest
from common_sources import opened, refused, scanned

from fastsplit.readers import image_tree, images

FILES = ["b/2.png", "b/1.png", "b/3.JPEG", "a/z.png", "a/deep/er/c.png", "a.b/1.png", "0/1.png"]


def planted(root, names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    return root


@pytest.fixture
def root(tmp_path):
    return planted(tmp_path / "root", FILES)


def test_labels_are_names_of_folders_and_ids_are_relative_paths(root):
    tree = image_tree.read(root)
    source = opened(root)
    labels, ids, _, places = scanned(source)
    assert ids == tree.ids
    assert labels == [tree.class_names[label] for label in tree.labels] == ["0", "a", "a", "a.b", "b", "b", "b"]
    assert places == list(map(str, tree.paths))
    assert [path for chunk in source.chunks(examples=True) for path in chunk.examples] == tree.paths
    assert source.ways == ("links", "copies")


def test_chunks_of_any_size_are_the_same_images(root, monkeypatch):
    expected = scanned(opened(root))
    for size in (1, 2, 3):
        monkeypatch.setattr(images, "_CHUNK", size)
        source = opened(root)
        assert scanned(source) == expected
        assert {chunk.n for chunk in source.chunks()} <= {1, size}
        scanned(source)


def test_ids_of_several_folders_begin_with_their_names(root, tmp_path):
    other = planted(tmp_path / "other", ["b/1.png", "c/root/1.png"])
    source = opened(root, other)
    labels, ids, _, _ = scanned(source)
    assert ids[-3:] == ["root/b/3.JPEG", "other/b/1.png", "other/c/root/1.png"]
    assert labels[-3:] == ["b", "b", "c"]
    places = [place for chunk in source.chunks() for place in source.places(chunk)]
    assert places[-3:] == ["b/root/3.JPEG", "b/other/1.png", "c/other/root/1.png"]
    again = planted(tmp_path / "deep" / "root", ["b/1.png"])
    with pytest.raises(ValueError, match=r"folders of images must differ in their names, .* got two 'root'"):
        opened(root, again)


def test_labels_are_beginnings_of_names_on_request(tmp_path):
    root = planted(tmp_path / "flat", ["cat_001.jpg", "cat.2.jpg", "big-dog-03.png", "deep/american_bulldog_12.jpg"])
    source = opened(root, label_from="name")
    labels, ids, _, _ = scanned(source)
    assert dict(zip(ids, labels, strict=True)) == {
        "cat_001.jpg": "cat",
        "cat.2.jpg": "cat",
        "big-dog-03.png": "big-dog",
        "deep/american_bulldog_12.jpg": "american_bulldog",
    }
    places = [place for chunk in source.chunks() for place in source.places(chunk)]
    assert places == [f"{label}/{name}" for label, name in zip(labels, ids, strict=True)]
    other = planted(tmp_path / "other", ["owl_1.jpg"])
    source = opened(other, root, label_from="name")
    assert scanned(source)[1][:2] == ["other/owl_1.jpg", "flat/big-dog-03.png"]
    places = [place for chunk in source.chunks() for place in source.places(chunk)]
    assert places[:2] == ["owl/other/owl_1.jpg", "big-dog/flat/big-dog-03.png"]
    for name in ("001.jpg", "cat.jpg", "cat_x.jpg", "_1.jpg"):
        bad = planted(tmp_path / name[:-4], [name])
        message = f"{bad / name}: the file name has no label; expected a label, one of - _ . and digits: cat_001.jpg"
        assert refused(bad, label_from="name") == message


def test_images_without_folders_get_a_hint(tmp_path):
    root = planted(tmp_path / "flat", ["cat_001.jpg"])
    assert refused(root) == f"{root} holds images, but no folder of images per class; pass --label-from name"
    planted(root, ["a/x.txt"])
    assert "no folder of images per class" in refused(root, format="images")
    empty = planted(tmp_path / "empty", ["a/x.txt"])
    assert refused(empty, format="images") == f"{empty} must hold a folder of images per class, got no images in it"
    with pytest.raises(ValueError, match="--label-from column does not apply to folders of images"):
        opened(root, label_from="column")


def test_other_files_are_warned_of_once(root):
    planted(root, ["README.md", "top.png", "a/Thumbs.db", ".DS_Store", "a/.hidden.png", ".cache/1.png"])
    source = opened(root)
    with pytest.warns(UserWarning, match=r"^files left out: 3, such as .*README\.md$"):
        assert len(scanned(source)[0]) == len(FILES)
    assert len(scanned(source)[0]) == len(FILES)  # and no warning: they are errors


def test_images_that_come_and_go_between_scans_are_refused(root):
    source = opened(root)
    scanned(source)
    scanned(source)
    os.rename(root / "b" / "1.png", root / "b" / "4.png")
    with pytest.raises(ValueError, match="images were added, renamed or deleted while they were read"):
        scanned(source)


def test_columns_do_not_apply(root):
    with pytest.raises(ValueError, match="--column does not apply to images"):
        opened(root, columns=("x",))
