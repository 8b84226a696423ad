"""What the tests of the stages share: labels in any layout, ids, keys, and how kernels refuse arguments."""

import re

import numpy as np
import pytest
from common import label_arrays
from hypothesis import strategies as st

from fastsplit import _kernels, reference
from fastsplit.inputs.labels import Labels
from fastsplit.inputs.sizes import Shares
from fastsplit.reference.keys import rank_keys

SEED = np.array([2**63 + 1, 12345], dtype=np.uint64)
LAYOUTS = ["contiguous", "every third", "reversed", "unaligned"]

on_every_cpu = pytest.mark.parametrize("cpu", _kernels.CPUS)


def laid_out_as(layout, values):
    """Return an array of the same values and dtype whose elements lie elsewhere in memory."""
    if layout == "unaligned":
        array = np.zeros(len(values), dtype=[("before", np.uint8), ("label", values.dtype)])["label"]
    else:
        step = {"contiguous": 1, "every third": 3, "reversed": -1}[layout]
        array = np.zeros(len(values) * abs(step), dtype=values.dtype)[::step]
    array[:] = values
    return array


def labels_in_any_layout(max_size=300):
    return st.builds(laid_out_as, st.sampled_from(LAYOUTS), label_arrays(max_size))


def ids_of(draw, n):
    """Draw no ids, distinct ids, or ids that rows share."""
    distinct = draw(st.sampled_from([None, 1, 3, 50, 2**63]))
    if distinct is None:
        return None
    return np.random.default_rng(draw(st.integers(0, 99))).integers(0, distinct, n).astype(np.uint64)


def keys_of(n, ids=None):
    """Return the keys of n examples, as the reference computes them."""
    return rank_keys(SEED, np.arange(n, dtype=np.uint64) if ids is None else ids)


def numbers_of(values):
    """Return the class number of each label: what NumPy finds."""
    return np.unique(values, return_inverse=True)[1]


def quotas_of(values, sizes):
    """Return the shares and the quotas of labels, by the reference."""
    shares = Shares(sizes)
    counts = reference.scan(Labels(values))[2]
    return shares, reference.quotas(counts, shares.numerators, shares.denominator, len(shares), 0, SEED)


def rule_of(ideals):
    """Return the rule for cuts without a minimum."""
    return _kernels.CutRule(ideals, np.zeros(len(ideals) + 1, dtype=np.int64), SEED)


def reference_cuts(codes, keys, quotas, ideals):
    """Return the cuts and quotas of the reference, without a minimum."""
    minimum = np.zeros(len(ideals) + 1, dtype=np.int64)
    return reference.cuts(codes, keys, quotas, ideals, minimum, SEED, np.arange(len(quotas)))


def refused(what):
    """Expect a kernel to refuse arguments that no caller may pass."""
    return pytest.raises(ValueError, match=f"^internal error, please report: {re.escape(what)}")
