"""Pieces routed to their splits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastsplit.readers.pieces import routed
from fastsplit.readers.source import Pieces


@given(st.lists(st.tuples(st.binary(max_size=20), st.sampled_from([0, 1, 2, 3, 255])), max_size=50), st.integers(0, 4))
def test_each_split_gets_the_bytes_of_its_pieces_in_order(examples, n_splits):
    texts = [text for text, _ in examples]
    splits = np.array([split for _, split in examples], dtype=np.uint8)
    data = np.frombuffer(b"".join(texts) + b"rest", dtype=np.uint8)
    pieces = Pieces(data, np.cumsum([len(text) for text in texts], dtype=np.int64))
    parts = routed(pieces, splits, n_splits)
    expected = [b"".join(text for text, split in examples if split == k) for k in range(n_splits)]
    assert [part.tobytes() for part in parts] == expected


@pytest.mark.parametrize("ends", [[1, 5], [2, 1], [-1, 2]])
def test_ends_outside_the_data_are_an_error(ends):
    with pytest.raises(ValueError, match="ends before it begins or outside the data"):
        routed(Pieces(np.zeros(4, np.uint8), np.array(ends)), np.zeros(2, np.uint8), 1)


def test_as_many_splits_as_pieces_are_required():
    with pytest.raises(ValueError, match="internal error"):
        routed(Pieces(np.zeros(4, np.uint8), np.array([4])), np.zeros(2, np.uint8), 1)
