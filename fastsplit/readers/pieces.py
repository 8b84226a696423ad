"""Examples as bytes, routed to their splits: what writers of lines and of records share."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fastsplit.readers._texts import RoutedPieces
from fastsplit.readers.source import Pieces


def routed(pieces: Pieces, splits: NDArray[np.uint8], n_splits: int) -> list[NDArray[np.uint8]]:
    """Return the bytes of the pieces of each split, in their order.

    Parameters
    ----------
    pieces : Pieces
        N pieces.
    splits : ndarray of uint8, shape (N,)
        The split of each piece; a piece whose split is ``n_splits`` or more is in none.
    n_splits : int
        The number of splits, K.

    Returns
    -------
    list of ndarray of uint8, length K
        Views of one array, which is as long as all the pieces that are in a split.
    """
    both = RoutedPieces(pieces.data, pieces.ends, np.ascontiguousarray(splits))
    sizes = np.zeros(n_splits, dtype=np.int64)
    both.sizes(sizes)
    edges = np.concatenate([np.zeros(1, dtype=np.int64), sizes.cumsum()])
    out = np.empty(edges[-1], dtype=np.uint8)
    both.route(edges[:-1].copy(), out)
    return [out[begin:end] for begin, end in pairwise(edges.tolist())]
