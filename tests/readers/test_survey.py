"""The look ahead of the scanners, against a slow one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastsplit.readers._texts import survey

WORD = 64  # bytes that are looked at together


def expected(text, begin, end, max_lines):
    seen = begin
    while seen < end and text[begin:seen].count(b"\n") < max_lines:
        seen = min(seen + WORD, end)
    part = text[begin:seen]
    return (
        seen,
        part.count(b"\n"),
        begin + part.index(b"\0") if b"\0" in part else -1,
        any(part[i] == 13 and part[i + 1] != 10 for i in range(len(part) - 1)),
        any(byte <= 32 and byte != 10 for byte in part),
    )


def surveyed(text, begin, end, max_lines):
    return survey(np.frombuffer(text, dtype=np.uint8), begin, end, max_lines)


@pytest.mark.parametrize(
    "special", [b"\n", b"\r", b"\r\n", b"\0", b" ", b"\t", b"\x1f", b"!", b"\x80", b"\xff", b"\rx", b"\n\r", b"\r\r\n"]
)
def test_a_byte_is_seen_at_every_position(special):
    for n in range(140):
        for text in (b"x" * n + special + b"x" * (140 - n), b"x" * n + special, (b"x" * n + special) * 2):
            for begin, max_lines in ((0, 9), (min(n, 3), 1)):
                args = begin, len(text), max_lines
                assert surveyed(text, *args) == expected(text, *args)


@given(st.lists(st.sampled_from([b"\n", b"\r", b"\0", b" ", b"x", b"y" * 20]), min_size=1).map(b"".join), st.data())
def test_a_look_sees_what_a_slow_one_does(text, data):
    begin = data.draw(st.integers(0, len(text)))
    args = begin, data.draw(st.integers(begin, len(text))), data.draw(st.integers(1, 5))
    assert surveyed(text, *args) == expected(text, *args)


@pytest.mark.parametrize(("begin", "end"), [(-1, 2), (2, 1), (0, 4)])
def test_places_outside_the_text_are_an_error(begin, end):
    with pytest.raises(ValueError, match="internal error"):
        surveyed(b"abc", begin, end, 1)
