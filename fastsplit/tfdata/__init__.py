"""Index arrays -> ``tf.data`` pipelines that never copy the features, stay uniform over the whole epoch, and resume.

``datasets`` makes one pipeline for each split, ``dataset`` one of any ids. ``labels_of`` and ``split_dataset`` do for
an existing ``tf.data.Dataset``, and ``image_folder`` for a folder of images, what `fastsplit.split` does for labels.
"""

from __future__ import annotations

try:
    import tensorflow as _tensorflow  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "tensorflow":
        raise
    raise ImportError("fastsplit.tfdata needs TensorFlow: pip install 'fastsplit[tensorflow]'") from error

from fastsplit.tfdata._dataset import dataset, datasets
from fastsplit.tfdata._existing import labels_of, split_dataset
from fastsplit.tfdata._images import image_folder

__all__ = ["dataset", "datasets", "image_folder", "labels_of", "split_dataset"]
