"""Write scikit-learn's digits to a folder of images, and read them back in stratified splits."""

import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

from fastsplit import tfdata

digits = load_digits()
with tempfile.TemporaryDirectory() as folder:
    for number, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        path = Path(folder, f"digit {label}", f"{number:04}.png")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(tf.io.encode_png((image[:, :, None] * 15).astype(np.uint8)).numpy())

    train, val, test = tfdata.image_folder(
        folder, (0.7, 0.2, 0.1), image_size=(16, 16), batch_size=64, seed=0, color_mode="grayscale"
    )
    print(train.class_names)
    for name, part, share in (("train", train, 0.7), ("val", val, 0.2), ("test", test, 0.1)):
        labels = np.concatenate([labels for _, labels in part.as_numpy_iterator()])
        print(f"{name}: {np.bincount(labels)}")
        ideals = np.bincount(digits.target) * share
        assert (np.abs(np.bincount(labels) - ideals) < 1).all()  # the floor or the ceiling
