"""seeds: the integer that stands for a seed -> the words of its three streams."""

from __future__ import annotations

from fastsplit._kernels import seed_words
from fastsplit.inputs.seeds import Seeds


def expand_seed(seed: int) -> Seeds:
    """Expand a seed, at least 0, to the words of each stream, those of ``numpy.random.SeedSequence``."""
    return Seeds(seed_words(seed))
