"""Train a Keras model on scikit-learn's digits, and test it on a stratified test set."""

import keras
from sklearn.datasets import load_digits

import fastsplit
from fastsplit import tfdata

images, labels = load_digits(return_X_y=True)
images = (images / 16).astype("float32")
parts = fastsplit.split(labels, {"train": 0.7, "val": 0.15, "test": 0.15}, seed=0)
print(parts.report())
train, val, test = tfdata.datasets((images, labels), parts, batch_size=32, eval_batch_size=256)

keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.layers.Input((64,)),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dense(10),
    ]
)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer=keras.optimizers.Adam(0.003), loss=loss, metrics=["accuracy"])
model.fit(train, validation_data=val, epochs=15, shuffle=False, verbose=2)  # train shuffles itself
accuracy = model.evaluate(test, verbose=0, return_dict=True)["accuracy"]
print(f"accuracy on the test set: {accuracy:.3f}")
assert accuracy > 0.95
