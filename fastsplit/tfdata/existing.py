"""`labels_of` and `split_dataset`: support for existing datasets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from fastsplit.inputs.options import integer_argument
from fastsplit.splits import Splits, split
from fastsplit.tfdata.arguments import warn
from fastsplit.typing import SeedLike, SizesLike

_BATCH = 8192  # labels to copy at a time
_OTHERS = (
    "dataset yields other examples than when it was split, or another order: "
    "shuffle and augment the splits, not the dataset"
)


def labels_of(dataset: Any, label: Any = None, *, batch_size: int = _BATCH) -> NDArray[Any]:
    """Return the labels of a dataset, read in one pass.

    Only labels are copied to NumPy, but all of the pipeline that makes the examples runs.

    Parameters
    ----------
    dataset : tf.data.Dataset
        Finite, of single examples.
    label : int, str or callable, optional
        Which component is the label: its position in a tuple, its key in a dict, or a function of the example. If the
        example is a tuple, the function gets its components: ``lambda x, y: y``. By default the second component of a
        tuple.
    batch_size : int, default 8192
        Labels to copy at a time.

    Returns
    -------
    ndarray, shape (N,)
        The labels, in the order of the dataset.

    Raises
    ------
    ValueError, TypeError
        If the dataset is infinite, or does not have one integer, boolean or string label per example.

    Examples
    --------
    >>> import numpy as np
    >>> import tensorflow as tf
    >>> from fastsplit import tfdata
    >>> tfdata.labels_of(tf.data.Dataset.from_tensor_slices((np.zeros(3), [4, 5, 4])))
    array([4, 5, 4], dtype=int32)
    """
    return _labels_and(lambda _: (), dataset, label, batch_size)[0]


def _labels_and(
    function: Callable[[Any], Any], dataset: Any, label: Any, batch_size: int = _BATCH
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the labels of a dataset, and what a function returns for each example: a number, or nothing."""
    pick = _picking(dataset, label)
    labels = dataset.map(pick)
    if int(dataset.cardinality()) == tf.data.INFINITE_CARDINALITY:
        raise ValueError("dataset must be finite, got one that repeats forever")
    spec = labels.element_spec
    if isinstance(spec, tf.TensorSpec) and spec.shape.rank == 0:
        if not (spec.dtype.is_integer or spec.dtype in (tf.bool, tf.string)):
            raise TypeError(f"labels must be integers, booleans or strings, got {spec.dtype.name}")
    else:
        raise ValueError(
            f"dataset must yield one example at a time, each with one label, got labels {spec}: "
            "unbatch() batches, and pass a function that takes the argmax of one-hot labels"
        )
    size = integer_argument("batch_size", batch_size, minimum=1)

    def both(*example: Any) -> Any:
        return pick(*example), function(example)

    pairs = dataset.map(both, num_parallel_calls=tf.data.AUTOTUNE).with_options(_in_order())
    batches = list(pairs.batch(size).prefetch(tf.data.AUTOTUNE).as_numpy_iterator())
    values = np.concatenate([values for values, _ in batches] or [np.empty(0, dtype=spec.dtype.as_numpy_dtype)])
    others = np.concatenate([np.asarray(other, dtype=np.int64) for _, other in batches] or [np.empty(0, np.int64)])
    if spec.dtype == tf.string:
        values = np.array([text.decode("utf-8", "surrogateescape") for text in values], dtype=object)
    return values, others


def _fingerprint(example: Any) -> Any:
    """Return a 64-bit hash of all components of an example."""

    def hashed(values: Any) -> Any:
        return tf.bitcast(tf.fingerprint(tf.reshape(values, [1, -1]))[0], tf.int64)

    leaves = tf.nest.flatten(example, expand_composites=True)
    return hashed(tf.stack([hashed(leaf) for leaf in leaves if leaf.dtype not in (tf.variant, tf.resource)]))


def _warn_of_repeated(fingerprints: NDArray[Any], parts: Splits[Any]) -> None:
    """Warn if equal examples are in different splits, as after ``repeat``."""
    distinct = np.concatenate([np.unique(fingerprints[indices]) for indices in parts])
    if n_shared := len(distinct) - len(np.unique(distinct)):
        warn(
            f"dataset holds equal examples, of which {n_shared} are in more than one split: remove what is repeated, "
            "or repeat the splits instead of the dataset"
        )


def _in_order() -> Any:
    options = tf.data.Options()
    options.deterministic = True
    return options


def split_dataset(dataset: Any, sizes: SizesLike, *, label: Any = None, seed: SeedLike = None) -> tuple[Any, ...]:
    """Split an existing dataset, exactly stratified by class.

    The labels are read once, in one pass. Each split is a filter of the dataset and reads all of it: if examples are
    expensive to make, cache or save them. Every pass must yield the same examples in the same order: otherwise an
    example could be in two splits. So the first pass keeps a hash of every example, 8 bytes, and later passes compare
    it. Shuffle and augment the splits, not the dataset.

    Parameters
    ----------
    dataset : tf.data.Dataset
        Finite, of single examples, which are the same in every pass, in the same order.
    sizes, seed
        As for `fastsplit.split`.
    label : int, str or callable, optional
        As for `labels_of`.

    Returns
    -------
    tuple of tf.data.Dataset
        One per size, of the structure of the dataset and exact cardinality.

    Raises
    ------
    ValueError, TypeError
        As for `labels_of` and `fastsplit.split`.
    tensorflow.errors.FailedPreconditionError, tensorflow.errors.InvalidArgumentError
        In a later pass, if the dataset yields more or fewer examples than in the first pass, or others.

    Examples
    --------
    >>> import numpy as np
    >>> import tensorflow as tf
    >>> from fastsplit import tfdata
    >>> digits = tf.data.Dataset.from_tensor_slices((np.arange(10.0), np.arange(10) % 2))
    >>> train, test = tfdata.split_dataset(digits, (0.8, 0.2), seed=0)
    >>> [int(part.cardinality()) for part in (train, test)]
    [8, 2]
    """
    labels, fingerprints = _labels_and(_fingerprint, dataset, label)
    parts = split(labels, sizes, seed=seed, order="ascending")
    _warn_of_repeated(fingerprints, parts)
    known = tf.data.Dataset.from_tensor_slices((fingerprints, parts.assignment))
    # zip stops when one of its inputs ends. The dataset comes first, so that an example beyond the known ones is
    # still requested, and assert_cardinality sees it.
    pairs = tf.data.Dataset.zip((dataset.apply(tf.data.experimental.assert_cardinality(len(labels))), known))

    def part(number: int, size: int) -> Any:
        def checked(example: Any, known: tuple[Any, Any]) -> Any:
            fingerprint, known_split = known
            is_same = tf.equal(_fingerprint((example,) if not isinstance(example, tuple) else example), fingerprint)
            with tf.control_dependencies([tf.debugging.Assert(is_same, [_OTHERS])]):
                return example, tf.identity(tf.equal(known_split, number))

        chosen = pairs.map(checked, num_parallel_calls=tf.data.AUTOTUNE).filter(lambda _, here: here)
        chosen = chosen.map(lambda example, _: example).apply(tf.data.experimental.assert_cardinality(size))
        return chosen.with_options(_in_order())

    return tuple(part(number, size) for number, size in enumerate(parts.counts.sum(axis=0).tolist()))


def _picking(dataset: Any, label: Any) -> Callable[..., Any]:
    """Return the function that takes the label out of an example."""
    if not isinstance(dataset, tf.data.Dataset):
        raise TypeError(
            f"dataset must be a tf.data.Dataset, got a {type(dataset).__name__}; fastsplit.split takes arrays"
        )
    spec = dataset.element_spec
    if callable(label):
        function: Callable[..., Any] = label
        return function
    if label is None:
        if not isinstance(spec, tuple) or len(spec) < 2:
            raise ValueError("label must be given, because the dataset does not yield tuples (features, label)")
        label = 1
    try:
        spec[label]
    except (IndexError, KeyError, TypeError):
        raise ValueError(f"label must be a component of the examples, {spec}, got {label!r}") from None
    if isinstance(spec, tuple):
        return lambda *example: example[label]
    return lambda example: example[label]
