"""Integers in text, against a regular expression; bytes without gaps."""

import re
from itertools import product

import numpy as np
import pytest

from fastsplit.readers._texts import Values
from fastsplit.readers.typed import of_bytes, read_integers

INTEGER = re.compile(rb"(0|-?[1-9][0-9]*)(?:\.0+)?")
EDGES = [2**63 - 1, 2**63, 2**63 + 1, 2**64 - 1, 2**64, 2**64 + 5, 10 * 2**64, 10**19, 10**20, 10**21]


def expected(text):
    found = INTEGER.fullmatch(text)
    number = None if found is None else int(found[1])
    return number if number is not None and -(2**63) <= number < 2**64 else None


def texts():
    for n in range(5):
        yield from (bytes(characters) for characters in product(b"-.0179/:", repeat=n))
    for edge in EDGES:
        yield from (b"%d" % edge, b"-%d" % edge, b"%d.0" % edge, b"-%d.00" % edge)


def test_a_text_is_an_integer_if_it_is_printed_so_and_fits_64_bits():
    for text in texts():
        found, number = read_integers(of_bytes([text, b"x"], typed=False)), expected(text)
        assert found.first == (number is not None), text
        assert int(found.values[0]) == (number or 0) % 2**64, text
        assert found.has_negatives == (number is not None and number < 0), text
        assert found.has_large == (number is not None and number >= 2**63), text


@pytest.mark.parametrize(("numbers", "kinds"), [([2**63, 1], (False, True)), ([-1, 1], (True, False))])
def test_negative_and_large_integers_are_noticed_wherever_they_are(numbers, kinds):
    for some in (numbers, numbers[::-1], [1, *numbers]):
        found = read_integers(of_bytes([b"%d" % number for number in some], typed=False))
        assert (found.has_negatives, found.has_large) == kinds
        assert found.all


def test_values_are_packed_only_with_the_sums_of_their_sizes():
    values = Values(np.frombuffer(b"abcde", dtype=np.uint8), np.array([3, 0]), np.array([5, 1]))
    out = np.empty(3, dtype=np.uint8)
    values.pack(np.array([0, 2, 3]), out)
    assert out.tobytes() == b"dea"
    for offsets in ([0, 1, 3], [1, 2, 3], [0, 2, 4], [0, 3]):
        with pytest.raises(ValueError, match="internal error"):
            values.pack(np.array(offsets), out)
    with pytest.raises(ValueError, match="internal error"):
        values.integers(np.empty(1, dtype=np.uint64))
