"""The inputs and results of all stages of one split, each made when a test asks for it, on one thread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest

from cases import make_labels
from contenders import SIZES, Array
from fastsplit._kernels import Assignment, CutRule, Keys
from fastsplit.engine.assign import new_assignment
from fastsplit.engine.cuts import cuts
from fastsplit.engine.quotas import quotas
from fastsplit.engine.scan import Strata, scan
from fastsplit.engine.seeds import expand_seed
from fastsplit.inputs.labels import Labels, read_labels
from fastsplit.inputs.seeds import Seeds
from fastsplit.inputs.sizes import Shares, read_sizes
from fastsplit.reference.keys import rank_keys


@dataclass(frozen=True)
class Prepared:
    """The inputs and outputs of all stages of one split."""

    labels: Labels
    shares: Shares
    seeds: Seeds

    @cached_property
    def n(self) -> int:
        """The number of examples."""
        return len(self.labels.values)

    @cached_property
    def keys(self) -> Keys:
        """The seed and the ids, which are positions."""
        return Keys(self.seeds.split, None)

    @cached_property
    def keys_in_numpy(self) -> Array:
        """The key of each example."""
        return rank_keys(self.seeds.split, np.arange(self.n, dtype=np.uint64))

    def new_assignment(self) -> Assignment:
        """Return room for the split of each example."""
        return new_assignment(self.n, len(self.shares.ideal_cuts), self.shares.rest_column)

    @cached_property
    def assignment(self) -> Assignment:
        """The output that the scan began."""
        return self.new_assignment()

    @cached_property
    def strata(self) -> Strata:
        """The result of the scan."""
        return scan(self.labels, 1, self.keys, self.shares.ideal_cuts, out=self.assignment)

    @cached_property
    def quotas(self) -> Array:
        """The quotas of each class."""
        numerators, denominator = self.shares.numerators, self.shares.denominator
        return quotas(self.strata.counts, numerators, denominator, len(self.shares), 0, self.seeds.rounding)

    @cached_property
    def rule(self) -> CutRule:
        """How cuts are found: without a minimum."""
        return CutRule(self.shares.ideal_cuts, self.shares.minimum(0), self.seeds.rounding)

    @cached_property
    def cuts(self) -> Array:
        """The cuts of each class."""
        return cuts(self.strata, self.quotas, self.keys, self.rule)[:-1]


@pytest.fixture(params=[10, 1000], ids=lambda classes: f"{classes} classes")
def prepared(request, n):
    return Prepared(read_labels(make_labels(n, request.param)), read_sizes(SIZES, n).shares, expand_seed(0))
