"""Seeds: what the user passes -> one integer, which stands for the words of three streams."""

from __future__ import annotations

import operator
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.options import BOOLEANS, INTEGERS, described, integer_argument
from fastsplit.typing import SeedLike

_USUAL = 2**63  # seeds below need no other check
_MAX_BITS = 4096  # far beyond any entropy; bounds the time and the size of a plan file


class Seeds:
    """The 128-bit seeds, two words each, of the three streams that one seed stands for.

    Attributes
    ----------
    words : ndarray of uint64, shape (6,)
        The words of all three.
    """

    __slots__ = ("words",)

    def __init__(self, words: NDArray[np.uint64]) -> None:
        self.words = words

    @property
    def split(self) -> NDArray[np.uint64]:
        """The seed of the keys by which examples are ranked."""
        return self.words[0:2]

    @property
    def rounding(self) -> NDArray[np.uint64]:
        """The seed of the rounding of quotas, and of the draws within units."""
        return self.words[2:4]

    @property
    def order(self) -> NDArray[np.uint64]:
        """The seed of the keys by which index arrays are ordered."""
        return self.words[4:6]


def read_seed(seed: SeedLike) -> int:
    """Return the integer that stands for a seed; passed as a seed, it gives the same split again."""
    if type(seed) is int and 0 <= seed < _USUAL:
        return seed
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


def _entropy(sequence: np.random.SeedSequence) -> int:
    """Return the entropy of a sequence; for a spawned sequence, 128 bits of its state."""
    if not sequence.spawn_key and isinstance(sequence.entropy, Integral) and sequence.pool_size == 4:
        return operator.index(sequence.entropy)
    low, high = (int(word) for word in sequence.generate_state(2, np.uint64))
    return high << 64 | low
