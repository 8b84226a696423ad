"""What the tests of the way of units share: tables of units of every kind, and both twins of a stage run on a copy."""

import numpy as np
from hypothesis import strategies as st

from fastsplit.engine.table import Units
from fastsplit.engine.units import weights_of

FOLDS = [1, 2, 3, 5, 7, 8, 9, 16, 17, 130]


def groups_of_few(rng, shape):
    """Groups of a few examples of a few classes; some have none."""
    return (rng.random(shape) < 0.4) * rng.integers(0, 10, shape)


def label_sets(rng, shape):
    """Examples of several labels, or of none: ties everywhere."""
    return (rng.random(shape) < 0.3).astype(np.int64)


def equal_groups(rng, shape):
    return np.repeat(rng.integers(0, 5, (1, shape[1])), shape[0], axis=0)


def huge_groups(rng, shape):
    """Counts of which doubles do not hold the squares, and some of which they do not hold themselves."""
    return (rng.random(shape) < 0.5) * rng.integers(0, 2**60, shape) >> rng.integers(0, 60, shape)


KINDS = [groups_of_few, label_sets, equal_groups, huge_groups]


def units_of(counts, ids, sizes=None):
    """Return the units of a dense table (units, classes), without its zeros."""
    unit_of, classes = np.nonzero(counts)
    starts = np.append(0, np.count_nonzero(counts, axis=1).cumsum())
    sizes = counts.sum(axis=1) if sizes is None else sizes
    return Units(
        starts.astype(np.int64),
        classes.astype(np.int32),
        counts[unit_of, classes].astype(np.int64),
        sizes.astype(np.int64),
        ids.astype(np.uint64),
    )


def made_units(kind, seed, n_units, n_classes, n_ids=2**64):
    """Return units and the weights of their classes and sizes."""
    rng = np.random.default_rng(seed)
    counts = kind(rng, (n_units, n_classes)).astype(np.int64)
    units = units_of(counts, rng.integers(0, n_ids, n_units, dtype=np.uint64), rng.integers(0, 50, n_units))
    totals = np.minimum(counts.sum(axis=0, dtype=np.float64), 2.0**62)
    return units, weights_of(totals.astype(np.int64), int(units.sizes.sum()), even=False)


def near_ties(seed, n_units, n_folds, n_classes=7):
    """Return units, weights and a table: loads of all folds would be equal, but the last bit of each sum differs."""
    rng = np.random.default_rng(seed)
    ids, no_sizes = rng.integers(0, 2**64, n_units, dtype=np.uint64), np.zeros(n_units, dtype=np.int64)
    units, column = units_of(np.full((n_units, n_classes), 3), ids, no_sizes), rng.random(n_classes)
    table = rng.permuted(np.tile(column[:, None], n_folds), axis=0)
    return units, np.full(n_classes + 1, 0.1), np.vstack([table, np.zeros(n_folds)])


def unit_tables():
    return st.builds(
        made_units,
        st.sampled_from(KINDS),
        st.integers(0, 2**32),
        st.integers(0, 60),
        st.sampled_from([0, 1, 2, 5, 40]),
        st.sampled_from([1, 3, 2**64]),
    )


def assert_same_bits(got, expected):
    """Also signs of zeros."""
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    assert got.tobytes() == expected.tobytes()
