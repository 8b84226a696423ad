"""Ids of strings: the first 64 bits of their BLAKE2b hash, on every CPU and from every container."""

import hashlib
import sys

import numpy as np
import pytest
from common import assert_same_splits
from common_labels import STRING_FORMS as FORMS

import fastsplit
from fastsplit import _kernels, reference
from fastsplit.engine import hashing
from fastsplit.inputs.ids import read_ids

every_cpu = pytest.mark.parametrize("cpu", _kernels.CPUS)


def by_hashlib(strings):
    digests = (hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in strings)
    return np.array([int.from_bytes(digest, "little") for digest in digests], dtype=np.uint64)


def numbers(ids, threads=1):
    return hashing.hashed(read_ids(ids, len(ids)), threads)


@every_cpu
@pytest.mark.parametrize("form", ["list", "U", "Arrow"])
def test_strings_of_every_length_are_hashed_as_by_hashlib(use_cpu, cpu, form):
    """Side by side with strings of the same number of blocks, and of another."""
    use_cpu(cpu)
    letters = "".join(map(chr, np.random.default_rng(0).integers(32, 127, 1001)))
    strings = [letters[:n] for n in range(1001)] + [letters[: 127 + n % 3 + n % 2 * 128] for n in range(64)]
    assert np.array_equal(numbers(FORMS[form](strings)), by_hashlib(strings))


@every_cpu
@pytest.mark.parametrize("form", ["list", "U", "StringDType", "pandas", "Arrow"])
def test_strings_of_every_plane_are_hashed_as_utf_8(use_cpu, cpu, form):
    use_cpu(cpu)
    points = [0x01, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF]
    strings = [chr(point) * n + tail for point in points for n in (1, 31, 32, 43, 64, 65) for tail in ("", "a")]
    assert np.array_equal(numbers(FORMS[form](strings)), by_hashlib(strings))


@every_cpu
@pytest.mark.parametrize("form", ["list", "objects", "U", "pandas objects"])
def test_lone_surrogates_are_hashed_by_their_three_bytes(use_cpu, cpu, form):
    use_cpu(cpu)
    strings = ["\ud800", "a\udfff", "\ud83d\ude00", *map(str, range(20))]
    assert np.array_equal(numbers(FORMS[form](strings)), by_hashlib(strings))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("threads", [1, 3])
def test_a_form_of_the_ids_changes_nothing(form, threads, monkeypatch):
    monkeypatch.setattr(hashing, "_GRAIN", 8)
    monkeypatch.setattr(hashing, "_BLOCK", 16)
    names = [f"{'é' * (i % 3)}image/{i}{'x' * (i % 150)}.jpg" for i in range(200)] + ["", "\0a", "same", "same"]
    labels = np.arange(len(names)) % 3
    ids = FORMS[form](names)
    assert np.array_equal(numbers(ids, threads), by_hashlib(names))
    expected = fastsplit.split(labels, seed=0, ids=names)
    assert_same_splits(fastsplit.split(labels, seed=0, ids=ids, threads=threads), expected)
    assert_same_splits(reference.split(labels, seed=0, ids=ids), expected)
    assert np.array_equal(expected.plan.assign(labels, ids), expected.assignment)


def test_a_subclass_of_str_is_read_by_its_characters():
    class Shouting(str):
        def __str__(self):
            return self.upper()

        def encode(self, *_):
            raise AssertionError("encode was called")

    strings = [Shouting("abc"), np.str_("é"), "abc"]
    assert np.array_equal(numbers(strings), by_hashlib(["abc", "é", "abc"]))


def test_hashing_leaves_no_bytes_in_the_strings_of_the_caller():
    """CPython keeps the UTF-8 form of a string for ever once a C program has asked for it."""
    strings = [chr(233) * n for n in range(1, 50)]
    before = [sys.getsizeof(string) for string in strings]
    numbers(strings)
    assert [sys.getsizeof(string) for string in strings] == before


@pytest.mark.parametrize("form", ["list", "objects", "pandas objects"])
@pytest.mark.parametrize(
    ("other", "kind", "message"),
    [
        (None, ValueError, "ids must not be missing, got 1 missing of 100, the first at position 70"),
        (float("nan"), ValueError, "ids must not be missing, got 1 missing of 100, the first at position 70"),
        (5, TypeError, "ids must be all integers, all booleans or all strings, got objects of type int, str"),
    ],
)
def test_a_later_id_that_is_no_string_is_refused(form, other, kind, message):
    ids = FORMS[form]([*map(str, range(70)), other, *map(str, range(29))])
    for module in (fastsplit, reference):
        with pytest.raises(kind, match=message):
            module.split([0, 1] * 50, seed=0, ids=ids)


@pytest.mark.parametrize("form", ["StringDType", "pandas", "pandas Python strings", "pandas Arrow", "Arrow"])
def test_a_missing_string_is_refused(form):
    names = ["a", None, "b", "c"]
    dtype = np.dtypes.StringDType(na_object=None)
    ids = np.array(names, dtype=dtype) if form == "StringDType" else FORMS[form](names)
    with pytest.raises(ValueError, match="ids must not be missing, got 1 missing of 4, the first at position 1"):
        fastsplit.split([0, 1, 0, 1], seed=0, ids=ids)


@pytest.mark.parametrize("form", FORMS)
def test_another_number_of_strings_is_refused(form):
    with pytest.raises(ValueError, match="ids must be as many as the labels, 11, got 10"):
        fastsplit.split([0] * 11, seed=0, ids=FORMS[form]([*map(str, range(10))]))


@pytest.mark.parametrize("offsets", [[0, 3, 2, 4], [-1, 2, 3, 4], [0, 2, 3, 5]])
def test_offsets_outside_the_bytes_are_not_followed(offsets):
    strings = _kernels.ByteStrings(np.array(offsets), np.frombuffer(b"abcd", dtype=np.uint8))
    assert strings.hash(0, 3, np.empty(3, dtype=np.uint64)) < 3


def test_the_kernel_refuses_what_is_no_string_and_too_short_an_output():
    with pytest.raises(ValueError, match="internal error"):
        _kernels.PaddedStrings(np.arange(3))
    with pytest.raises(ValueError, match="internal error"):
        _kernels.ObjectStrings(np.arange(3))
    with pytest.raises(ValueError, match="internal error"):
        _kernels.ByteStrings(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint8))
    for strings in (_kernels.PaddedStrings(np.array(["a", "b"])), _kernels.ObjectStrings(np.array(["a", "b"], object))):
        with pytest.raises(ValueError, match="internal error"):
            strings.hash(0, 2, np.empty(1, dtype=np.uint64))
        with pytest.raises(ValueError, match="internal error"):
            strings.hash(0, 3, np.empty(2, dtype=np.uint64))


@pytest.mark.parametrize(
    ("form", "kind"), [("list", "ObjectStrings"), ("U", "PaddedStrings"), ("Arrow", "ByteStrings")]
)
def test_ctrl_c_waits_for_some_thousand_strings_at_most(form, kind, monkeypatch):
    sizes = []

    class Recording(getattr(_kernels, kind)):
        def hash(self, begin, end, out):
            sizes.append(end - begin)
            return super().hash(begin, end, out)

    monkeypatch.setattr(hashing, kind, Recording)
    assert len(numbers(FORMS[form]([*map(str, range(100_000))]))) == sum(sizes) == 100_000
    assert max(sizes) < 20_000
