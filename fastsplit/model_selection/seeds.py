"""What scikit-learn's users pass as ``random_state`` -> a seed of fastsplit."""

from __future__ import annotations

from typing import Any

from fastsplit.model_selection._sklearn import check_random_state

_BYTES = 16


def drawn_seed(random_state: Any) -> int:
    """Return a seed drawn from an int, a RandomState or, for None, from ``numpy.random``."""
    return int.from_bytes(check_random_state(random_state).bytes(_BYTES), "little")
