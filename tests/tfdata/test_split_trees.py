"""Image trees that the command line split, as Keras reads them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from fastsplit.cli import main

COUNTS = {"cat": 20, "dog": 10, "no owl": 30}


@pytest.fixture
def root(tmp_path):
    for shade, (name, n) in enumerate(COUNTS.items()):
        (tmp_path / "root" / name / "deep").mkdir(parents=True)
        for i in range(n):
            image = np.full((4, 4, 3), 80 * shade, dtype=np.uint8)
            path = tmp_path / "root" / name / ("deep" if i % 2 else "") / f"{i}.png"
            path.write_bytes(tf.io.encode_png(image).numpy())
    return tmp_path / "root"


@pytest.mark.parametrize("options", [[], ["--write", "copies"]])
def test_a_tree_that_was_split_loads_with_keras(root, tmp_path, options):
    out, sizes = tmp_path / "out", ["--sizes", "train=0.7", "val=0.2", "test=0.1"]
    assert main(["split", str(root), "--out", str(out), "--seed", "0", *sizes, *options]) == 0
    paths = []
    for name, share in (("train", 0.7), ("val", 0.2), ("test", 0.1)):
        data = keras.utils.image_dataset_from_directory(out / name, image_size=(4, 4), batch_size=None, verbose=False)
        assert data.class_names == list(COUNTS)
        images, labels = map(np.array, zip(*data.as_numpy_iterator(), strict=True))
        assert np.bincount(labels).tolist() == [round(share * n) for n in COUNTS.values()]
        assert (images[:, 0, 0, 0] == 80 * labels).all()
        paths += [path.relative_to(out / name).as_posix() for path in (out / name).rglob("*.png")]
    assert sorted(paths) == sorted(path.relative_to(root).as_posix() for path in root.rglob("*.png"))
