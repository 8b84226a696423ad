"""shuffle: indices -> the same indices in a random order."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike, NDArray

from fastsplit.engine import pipeline
from fastsplit.engine.seeds import expand_seed
from fastsplit.inputs.ids import read_indices
from fastsplit.inputs.options import read_threads
from fastsplit.inputs.seeds import read_seed
from fastsplit.typing import SeedLike


def shuffle(indices: ArrayLike, *, seed: SeedLike, threads: int | None = None) -> NDArray[Any]:
    """Return indices in a random order: sorted by a keyed hash of each index, as `split` orders them.

    Parameters
    ----------
    indices : array_like of int, shape (n,)
        Not modified.
    seed, threads
        As for `split`.

    Returns
    -------
    ndarray, shape (n,)
        The same indices, of the same dtype in native byte order. Their order depends on the seed and on the set of
        indices, not on the order in which they are passed; equal indices end up next to each other.

    Raises
    ------
    ValueError, TypeError
        If the indices are not a one-dimensional array of integers.

    Examples
    --------
    >>> import fastsplit
    >>> sorted(fastsplit.shuffle([10, 20, 30, 40], seed=0).tolist())
    [10, 20, 30, 40]
    """
    array = read_indices(indices)
    workers = read_threads(threads)
    return pipeline.shuffled(array, expand_seed(read_seed(seed)).order, workers)
