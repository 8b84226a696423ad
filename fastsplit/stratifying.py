"""strata: numbers -> strata of neighbours, which `split` and `kfold` part like classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastsplit.engine import strata as engine
from fastsplit.inputs.options import read_threads
from fastsplit.inputs.sizes import read_folds, read_sizes
from fastsplit.inputs.targets import DEFAULT_SIZES, read_bins, read_sizes_or_k, read_targets, read_within
from fastsplit.typing import SizesLike


def strata(
    y: ArrayLike,
    sizes_or_k: SizesLike | int = DEFAULT_SIZES,
    *,
    within: ArrayLike | None = None,
    bins: int | None = None,
    threads: int | None = None,
) -> NDArray[np.int64]:
    """Make strata of examples with neighbouring values, so that every split has the distribution of the whole.

    Pass the result as labels to `split` with the same sizes, or to `kfold` with the same k.

    Parameters
    ----------
    y : array_like, shape (N,) or (N, d)
        The target, or up to 4 covariates: integers, floats, dates or durations, in arrays, pandas or Arrow columns and
        tables. All values are finite, and none is missing.
    sizes_or_k : sequence, mapping or int, default (0.8, 0.2)
        The sizes of the splits, as for `split`, or the number of folds, as for `kfold`.
    within : array_like, shape (N,), optional
        A class per example, as labels of `split`. Strata then lie inside classes, so that every class keeps its share
        too.
    bins : int, optional
        Make so many quantile bins instead, of about equally many examples, with equal values in one bin. They serve all
        sizes, are few, and can be extended to new values, but the bound below does not hold. At least 2, at most N.
    threads : int, optional
        By default one per CPU that this process may run on. The result does not depend on it.

    Returns
    -------
    ndarray of int64, shape (N,)
        The number of each example's stratum: 0, 1, ... in ascending order of y, with ``within`` class by class.

    Raises
    ------
    ValueError
        If y has another shape, values that are missing or not finite, or an argument has another length or value.
    TypeError
        If an argument is of the wrong type, or ``bins`` and ``sizes_or_k`` are both given.

    Notes
    -----
    Examples are sorted by value, equal values by a hash of their position with a fixed seed, and q neighbours form a
    stratum: q is k, or the common denominator of the sizes and of the rest that is in no split, 10 for 70/20/10. The
    last stratum may be smaller. `split` parts every stratum at random, every full one exactly.

    So of the i smallest values, for every i, a split of share p gets i * p examples, with at most q * p * (1 - p) more
    or fewer: 2.1 for the 70 % of 70/20/10, less than 1 for a fold. Its empirical distribution function differs from
    that of all N values by at most q * p * (1 - p) / n, n being the size of the split, if q divides N, else by less
    than (q * p * (1 - p) + 1) / n. With ``within`` this holds inside every class. The sizes of the splits, the
    probabilities of every example and the independence of strata are those of `split`.

    If the denominator of the sizes is above 64, as for 0.123 and for most whole counts, strata have 40 examples, which
    `split` cannot part exactly. The bound does not hold then; without ``within`` it is 40 * p * (1 - p) + K, for K
    splits, the rest among them.

    There is no bound for bins, nor for d > 1: examples are then sorted along the Hilbert curve through the ranks of the
    columns (Skilling 2004), which keeps neighbours together in all columns, but the less the more columns there are.

    Examples
    --------
    >>> import numpy as np
    >>> import fastsplit
    >>> prices = np.random.default_rng(0).lognormal(12, 1, 1000)
    >>> sizes = (0.7, 0.2, 0.1)
    >>> train, val, test = fastsplit.split(fastsplit.strata(prices, sizes), sizes, seed=0)
    >>> cheapest = np.argsort(prices)[:100]
    >>> [int(np.isin(part, cheapest).sum()) for part in (train, val, test)]
    [70, 20, 10]
    """
    columns = read_targets(y)
    n = len(columns[0])
    classes = read_within(within, n)
    n_bins = read_bins(bins, n, sizes_or_k)
    given = read_sizes_or_k(sizes_or_k)
    sizes = read_folds(given, n, "examples") if isinstance(given, int) else read_sizes(given, n, "examples")
    workers = read_threads(threads)
    blocks = engine.Blocks(given if isinstance(given, int) else engine.block_size(sizes.shares), n_bins)
    return engine.strata(columns, classes, blocks, workers, engine.STAGES)
