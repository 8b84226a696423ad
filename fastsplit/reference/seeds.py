"""seeds: the integer that stands for a seed -> the words of its three streams."""

from __future__ import annotations

import numpy as np

from fastsplit.inputs.seeds import Seeds


def expand_seed(seed: int) -> Seeds:
    """Expand a seed to the words of each stream (numpy.random.SeedSequence: O'Neill 2015, Salmon et al. 2011)."""
    return Seeds(np.random.SeedSequence(seed).generate_state(6, np.uint64).astype(np.uint64))
