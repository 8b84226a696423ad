"""Train on two logical CPUs with tf.distribute.MirroredStrategy.

One pipeline serves both. For a pipeline per worker, pass ``shard=context`` in ``distribute_datasets_from_function``.
"""

import keras
import tensorflow as tf
from sklearn.datasets import load_digits

import fastsplit
from fastsplit import tfdata

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])

images, labels = load_digits(return_X_y=True)
images = (images / 16).astype("float32")
parts = fastsplit.split(labels, (0.8, 0.2), seed=0)
train, test = tfdata.datasets((images, labels), parts, batch_size=64, sampling="stratified")

with strategy.scope():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Input((64,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss=loss, metrics=["accuracy"])
model.fit(train, epochs=10, shuffle=False, verbose=2)
accuracy = model.evaluate(test, verbose=0, return_dict=True)["accuracy"]
print(f"accuracy on the test set: {accuracy:.3f}")
assert accuracy > 0.93

n_seen = 0
for x, _ in strategy.experimental_distribute_dataset(train):
    n_seen += sum(len(part) for part in strategy.experimental_local_results(x))
assert n_seen == len(parts["train"])
