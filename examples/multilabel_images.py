"""Train a Keras model on images that show several shapes, split so that every shape keeps its share."""

import keras
import numpy as np

import fastsplit
from fastsplit import tfdata

SHAPES = {"square": 0.6, "cross": 0.4, "stripe": 0.3, "frame": 0.2, "dot": 0.1, "noise": 0.05}
N, SIDE, PATCH = 3_000, 24, 8
PICTURES = np.zeros((len(SHAPES), PATCH, PATCH), dtype=np.float32)
PICTURES[0, 1:7, 1:7] = 1
PICTURES[1, 3:5] = PICTURES[1, :, 3:5] = 1
PICTURES[2, ::2] = 1
PICTURES[3] = 1
PICTURES[3, 2:6, 2:6] = 0
PICTURES[4, 3:5, 3:5] = 1
PICTURES[5] = np.random.default_rng(1).random((PATCH, PATCH))

# An image is three by three places; each shape that it has is at a place of its own.
rng = np.random.default_rng(0)
labels = (rng.random((N, len(SHAPES))) < list(SHAPES.values())).astype(np.float32)
images = rng.normal(scale=0.1, size=(N, SIDE, SIDE, 1)).astype(np.float32)
for image, shown in zip(images, labels, strict=True):
    for shape, place in zip(np.flatnonzero(shown), rng.permutation(9), strict=False):
        row, column = divmod(int(place), 3)
        image[row * PATCH : (row + 1) * PATCH, column * PATCH : (column + 1) * PATCH, 0] += PICTURES[shape]

parts = fastsplit.split_multilabel(labels, {"train": 0.7, "val": 0.15, "test": 0.15}, seed=0)
print(parts.report())
assert (np.abs(parts.counts - labels.sum(axis=0)[:, None] * [0.7, 0.15, 0.15]) < 3).all()
train, val, test = tfdata.datasets((images, labels), parts, batch_size=32, eval_batch_size=256)

keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.layers.Input((SIDE, SIDE, 1)),
        keras.layers.Conv2D(32, PATCH, strides=PATCH, activation="relu"),
        keras.layers.GlobalMaxPooling2D(),
        keras.layers.Dense(len(SHAPES)),
    ]
)
loss = keras.losses.BinaryCrossentropy(from_logits=True)
auc = keras.metrics.AUC(name="auc", multi_label=True, num_labels=len(SHAPES), from_logits=True)
model.compile(optimizer=keras.optimizers.Adam(0.003), loss=loss, metrics=[auc])
model.fit(train, validation_data=val, epochs=12, shuffle=False, verbose=2)  # train shuffles itself
score = model.evaluate(test, verbose=0, return_dict=True)["auc"]
print(f"mean area under the ROC curve of the shapes, on the test set: {score:.3f}")
assert score > 0.95
