"""Index arrays -> ``tf.data`` pipelines that copy no features, shuffle uniformly over the whole epoch, and resume.

`datasets` makes a pipeline per split, `dataset` one of any indices; `concat` joins several sources into one. For an
existing ``tf.data.Dataset``, `labels_of` reads the labels and `split_dataset` splits it; `image_folder` splits a folder
of images, and `records` reads TFRecord files in any order.
"""

from __future__ import annotations

try:
    import tensorflow as _tensorflow  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "tensorflow":
        raise
    raise ImportError("fastsplit.tfdata needs TensorFlow: pip install 'fastsplit[tensorflow]'") from error

from fastsplit.tfdata.existing import labels_of, split_dataset
from fastsplit.tfdata.images import image_folder
from fastsplit.tfdata.pipelines import dataset, datasets
from fastsplit.tfdata.record_files import records
from fastsplit.tfdata.sources import concat

__all__ = ["concat", "dataset", "datasets", "image_folder", "labels_of", "records", "split_dataset"]
