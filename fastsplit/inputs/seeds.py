"""Seeds: what the user passes -> one integer -> the words of the three streams."""

from __future__ import annotations

import operator
from functools import lru_cache
from numbers import Integral
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.options import BOOLEANS, INTEGERS, described, integer_argument
from fastsplit.typing import SeedLike

_MAX_BITS = 4096  # far beyond any entropy; bounds the time and the size of a plan file


class Seeds(NamedTuple):
    """The 128-bit seeds, two words each, of the three streams that one seed stands for."""

    split: NDArray[np.uint64]
    rounding: NDArray[np.uint64]
    order: NDArray[np.uint64]


def read_seed(seed: SeedLike) -> int:
    """Return the integer that stands for a seed; passed as a seed, it gives the same split again."""
    if seed is None or isinstance(seed, np.random.SeedSequence):
        return _entropy(seed or np.random.SeedSequence())
    if isinstance(seed, np.random.Generator):
        low, high = (int(word) for word in seed.integers(0, 2**64, size=2, dtype=np.uint64))
        return high << 64 | low
    if isinstance(seed, BOOLEANS) or not isinstance(seed, INTEGERS):
        raise TypeError(
            f"seed must be an integer, a numpy SeedSequence, a numpy Generator or None, got {described(seed)}"
        )
    number = integer_argument("seed", seed, minimum=0)
    if number.bit_length() > _MAX_BITS:
        raise ValueError(f"seed must be below 2**{_MAX_BITS}, got an integer of {number.bit_length()} bits")
    return number


@lru_cache(maxsize=16)
def expand_seed(seed: int) -> Seeds:
    """Expand a seed to the words of each stream (numpy.random.SeedSequence: O'Neill 2015, Salmon et al. 2011)."""
    words: NDArray[np.uint64] = np.random.SeedSequence(seed).generate_state(6, np.uint64).astype(np.uint64)
    words.flags.writeable = False  # the cache returns the same arrays again
    return Seeds(words[0:2], words[2:4], words[4:6])


def _entropy(sequence: np.random.SeedSequence) -> int:
    """Return the entropy of a sequence; for a spawned sequence, 128 bits of its state."""
    if not sequence.spawn_key and isinstance(sequence.entropy, Integral) and sequence.pool_size == 4:
        return operator.index(sequence.entropy)
    low, high = (int(word) for word in sequence.generate_state(2, np.uint64))
    return high << 64 | low
