"""Distinct words and their numbers, against a dict."""

import numpy as np
import pytest

from fastsplit.readers._texts import Values, Words

N = 1 << 18  # words: so many that the 32 bits of their hash that are compared first are some times the same
rng = np.random.default_rng(0)


def values_of(words):
    ends = np.cumsum([len(word) for word in words], dtype=np.int64)
    return Values(np.frombuffer(b"".join(words), dtype=np.uint8), np.append(0, ends[:-1]), ends)


def codes_of(table, words, find=False):
    codes = np.empty(len(words), dtype=np.int32)
    (table.find if find else table.add)(values_of(words), codes)
    return codes.tolist()


def matrix_of(width, where):
    """Return N distinct rows of bytes that differ in some columns alone."""
    rows = np.full((N, width), ord("x"), dtype=np.uint8)
    rows[:, where] = np.frombuffer(rng.permutation(N).astype("<u4").tobytes(), dtype=np.uint8).reshape(N, 4)
    return rows


@pytest.mark.parametrize(
    ("width", "where"),
    [(4, 0), (16, 6), (16, 12), (32, 0), (32, 28), (33, 12), (50, 20), (50, 28), (50, 46)],
)
def test_words_that_differ_in_a_few_bytes_are_told_apart_among_many(width, where):
    rows, table = matrix_of(width, slice(where, where + 4)), Words()
    begins = np.arange(N, dtype=np.int64) * width
    values, codes = Values(rows.ravel(), begins, begins + width), np.empty(N, dtype=np.int32)
    for _ in range(2):  # new words, then known ones
        table.add(values, codes)
        assert np.array_equal(codes, np.arange(N))
    table.find(values, codes)
    assert np.array_equal(codes, np.arange(N))
    counts = np.empty(N, dtype=np.int64)
    table.counts(counts)
    assert (counts == 2).all()


@pytest.mark.parametrize("n_distinct", [1, 32, 33, 1000, 30_000])
def test_words_are_numbered_in_the_order_in_which_they_come(n_distinct):
    vocabulary = [b"%d" % i * (1 + i % 7) for i in range(n_distinct)]
    table, number = Words(), {}
    for size in (1, 31, 32, 33, 100_000, 7):  # parts that end anywhere in a batch
        words = [vocabulary[i] for i in rng.integers(0, n_distinct, size)]
        expected = [number.setdefault(word, len(number)) for word in words]
        assert codes_of(table, words) == expected
        assert codes_of(table, [*words, b"other"], find=True) == [*expected, -1]
    assert len(table) == len(number)
    assert table.texts(0, len(table), "ascii") == [word.decode() for word in number]


def test_words_are_the_same_wherever_they_are():
    for size in range(40):
        word = b"abcdefghij" * 4
        texts = [word[:size], b"-" * 20, word[:size]]  # in the midst of the data, and at its end
        assert codes_of(Words(), texts) == [0, 1, 0]


def test_an_empty_word_has_a_text_in_every_encoding():
    for encoding in ("utf-8", "latin-1", "cp1252", "shift_jis"):
        table = Words()
        assert codes_of(table, [b"", b""]) == [0, 0]
        assert table.texts(0, 1, encoding) == [""]


def test_words_that_there_are_not_are_an_error():
    table = Words()
    codes_of(table, [b"a"])
    with pytest.raises(ValueError, match="internal error"):
        table.texts(0, 2, "utf-8")
    with pytest.raises(ValueError, match="internal error"):
        table.counts(np.empty(2, dtype=np.int64))
    for find in (table.find, table.add):
        with pytest.raises(ValueError, match="internal error"):
            find(values_of([b"a", b"b"]), np.empty(1, dtype=np.int32))


@pytest.mark.parametrize(("begin", "end"), [(-1, 1), (2, 1), (3, 5)])
def test_values_outside_the_data_are_an_error(begin, end):
    data = np.zeros(4, dtype=np.uint8)
    with pytest.raises(ValueError, match="value 1 is outside the data"):
        Values(data, np.array([0, begin]), np.array([4, end]))
    with pytest.raises(ValueError, match="internal error"):
        Values(data, np.array([0, 0]), np.array([4]))
