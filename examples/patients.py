"""Train a Keras model on recordings of patients, and test it on patients that it has never seen.

The model is also tested the wrong way, on other recordings of patients that it was trained on. What is right is the
accuracy on the patients of a new study.
"""

import keras
import numpy as np

import fastsplit
from fastsplit import tfdata

COLUMNS, CLASSES = 16, (0.6, 0.3, 0.1)  # features, and the shares of the diagnoses
rng = np.random.default_rng(0)
signs = rng.normal(size=(len(CLASSES), COLUMNS))  # of each diagnosis


def study(n_patients):
    """Return the recordings of patients, with 1 to 60 for each: features, diagnoses and patients."""
    n = np.minimum(1 + rng.pareto(1.5, n_patients) * 5, 60).astype(int)
    patients = np.repeat(np.arange(n_patients), n)
    labels = rng.choice(len(CLASSES), n_patients, p=CLASSES)[patients]
    bodies = rng.normal(size=(n_patients, COLUMNS))  # what all recordings of a patient have in common
    features = 0.5 * signs[labels] + bodies[patients] + 0.5 * rng.normal(size=(len(patients), COLUMNS))
    return features.astype("float32"), labels, patients


def accuracies(parts):
    """Train a model on one part, and return its accuracy on the other and on all recordings of the new study."""
    train, test = tfdata.datasets((features, labels), parts, batch_size=64)
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.layers.Input((COLUMNS,)),
            keras.layers.Dense(256, activation="relu"),
            keras.layers.Dense(len(CLASSES)),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss=loss, metrics=["accuracy"])
    model.fit(train, epochs=15, shuffle=False, verbose=0)  # train shuffles itself
    tested = model.evaluate(test, verbose=0, return_dict=True)["accuracy"]
    return tested, model.evaluate(*new_study, batch_size=256, verbose=0, return_dict=True)["accuracy"]


features, labels, patients = study(800)
new_study = study(800)[:2]

by_recording = fastsplit.split(labels, (0.8, 0.2), seed=0)
whole_patients = fastsplit.split(labels, (0.8, 0.2), groups=patients, seed=0)
print(whole_patients.report())
for title, parts in [("split by recording", by_recording), ("whole patients", whole_patients)]:
    train, test = parts
    shared = np.intersect1d(patients[train], patients[test])
    tested, new = accuracies(parts)
    print(f"{title}: {len(shared)} patients on both sides, tested {tested:.3f}, on a new study {new:.3f}")
    assert (len(shared) > 0) == (parts is by_recording)
    assert (tested > new + 0.1) == (parts is by_recording)
