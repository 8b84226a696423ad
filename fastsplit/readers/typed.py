"""Values of every form in which readers give them -> integers, or text that is not decoded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.readers._texts import Values as TextValues
from fastsplit.readers.source import Texts, Values
from fastsplit.text import printable

_HIGH = 0x80  # bytes from here on are no ASCII
_CONTINUES, _CONTINUES_MASK = 0x80, 0xC0  # how the bytes of UTF-8 after the first of a character begin
ABSENT_WORDS = ("NA", "NaN", "null", "None")
_SHORTEST, _LONGEST = min(map(len, ABSENT_WORDS)), max(map(len, ABSENT_WORDS))
_EXACT = 2.0**53  # floats below are exact

Where = Callable[[int], str]


class Integers(NamedTuple):
    """Values that are integers or booleans in the file, shape (n,), and which are missing; None if none is."""

    values: NDArray[Any]
    missing: NDArray[np.bool_] | None


class ReadIntegers(NamedTuple):
    """Values of text as integers modulo 2**64, up to the first that is none."""

    values: NDArray[np.uint64]
    first: int
    has_negatives: bool
    has_large: bool

    @property
    def all(self) -> bool:
        """Whether all values are integers of 64 bits."""
        return self.first == len(self.values)


def read_values(values: Values, where: Where, what: str) -> Integers | Texts:
    """Return values as integers or as text.

    Raises
    ------
    ValueError
        If a value is a float that is not whole, or of another type; the message names the example.
    """
    if isinstance(values, Texts):
        return values
    if isinstance(values, np.ndarray):
        return _of_array(values, None, where, what)
    return _of_arrow(values, where, what)


def read_integers(texts: Texts) -> ReadIntegers:
    """Return text as integers, as far as it is."""
    out = np.zeros(len(texts.begins), dtype=np.uint64)
    return ReadIntegers(out, *TextValues(texts.data, texts.begins, texts.ends).integers(out))


def first_not_utf8(texts: Texts) -> int | None:
    """Return the first value of text that is not valid UTF-8; None if all are, or if the text is in another encoding.

    Text of ASCII alone, the usual case, costs one look at its bytes.
    """
    if not _is_utf8(texts.encoding) or not len(texts.begins):
        return None
    begin, end = int(texts.begins.min()), int(texts.ends.max())
    if begin >= end or int(texts.data[begin:end].max()) < _HIGH:
        return None
    offsets, content = _without_gaps(texts)
    if int(content.max(initial=0)) < _HIGH:
        return None
    # If the values are valid one after the other, each of them is, unless one begins amid a character.
    first = content[np.minimum(offsets[:-1], len(content) - 1)]
    if _is_valid(content) and not ((first & _CONTINUES_MASK) == _CONTINUES)[offsets[:-1] < offsets[1:]].any():
        return None
    return next(i for i in range(len(texts.begins)) if not _is_valid(content[offsets[i] : offsets[i + 1]]))


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("_", "-") in ("utf-8", "utf8", "ascii")


def _is_valid(text: NDArray[np.uint8]) -> bool:
    try:
        str(text.data, "utf-8")
    except UnicodeDecodeError:
        return False
    return True


def packed(texts: Texts, where: Where, what: str) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return text in UTF-8 as offsets, shape (n + 1,), and bytes."""
    if not _is_utf8(texts.encoding) and (texts.data >= _HIGH).any():
        data = texts.data.tobytes()
        pairs = zip(texts.begins.tolist(), texts.ends.tolist(), strict=True)
        values: list[bytes] = []
        for i, (begin, end) in enumerate(pairs):
            try:
                values.append(data[begin:end].decode(texts.encoding).encode())
            except UnicodeDecodeError:
                raise ValueError(not_of_encoding(data[begin:end], texts.encoding, where(i), what)) from None
        texts = of_bytes(values, texts.typed)
    return _without_gaps(texts)


def _without_gaps(texts: Texts) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return values one after the other, as offsets and bytes."""
    offsets = np.zeros(len(texts.begins) + 1, dtype=np.int64)
    np.cumsum(texts.ends - texts.begins, out=offsets[1:])
    out = np.empty(offsets[-1], dtype=np.uint8)
    TextValues(texts.data, texts.begins, texts.ends).pack(offsets, out)
    return offsets, out


def not_of_encoding(value: bytes, encoding: str, where: str, what: str) -> str:
    """Say that a value cannot be decoded."""
    other = "latin-1" if encoding == "cp1252" else "cp1252"
    return (
        f"{where}: the {what} {printable(repr(value)[1:])} is not {encoding.upper()}; if the text is in another "
        f"encoding, pass it, such as --encoding {other}"
    )


def require_values(read: Integers | Texts, where: Where, what: str) -> None:
    """Raise ValueError if a value is missing: empty or blank text, or none at all."""
    if isinstance(read, Integers):
        missing = np.empty(0, dtype=np.intp) if read.missing is None else np.flatnonzero(read.missing)
    else:
        # Few begin with white space: these alone are looked at.
        missing = np.flatnonzero(read.begins == read.ends)
        if not len(missing) and len(read.data):
            first = read.data[np.minimum(read.begins, len(read.data) - 1)]
            for i in np.flatnonzero((first <= 0x20) | (first >= _HIGH)).tolist():
                if not read.text(i).strip():
                    missing = np.array([i])
                    break
    if len(missing):
        raise ValueError(f"{where(int(missing[0]))}: the {what} is missing")


def first_absent(texts: Texts) -> int | None:
    """Return the first value that is a word for none, such as NA, as these stand; None if there is no such value."""
    lengths = texts.ends - texts.begins
    likely = np.flatnonzero((lengths >= _SHORTEST) & (lengths <= _LONGEST))
    first = texts.data[texts.begins[likely]] if len(likely) else np.empty(0, dtype=np.uint8)
    likely = likely[(first == ord("N")) | (first == ord("n"))]
    return next((i for i in likely.tolist() if texts.text(i) in ABSENT_WORDS), None)


def of_bytes(values: list[bytes], typed: bool) -> Texts:
    """Return bytes as text."""
    ends = np.cumsum(np.fromiter(map(len, values), dtype=np.int64, count=len(values)), dtype=np.int64)
    begins = np.concatenate([np.zeros(min(1, len(values)), dtype=np.int64), ends[:-1]])
    return Texts(np.frombuffer(b"".join(values), dtype=np.uint8), begins, ends, typed=typed)


def none_of_any_kind(read: Integers | Texts) -> bool:
    """Return whether values are only missing ones that came without a type."""
    return isinstance(read, Texts) and read.typed and bool((read.begins == read.ends).all())


def _of_array(values: NDArray[Any], missing: NDArray[np.bool_] | None, where: Where, what: str) -> Integers | Texts:
    kind = values.dtype.kind
    if kind in "iub":
        return Integers(values, missing)
    if kind == "f":
        return _whole(values, missing, where, what)
    if kind == "S":
        return of_bytes(values.tolist(), typed=True)
    if kind in "UTO":
        return _of_objects(values.tolist(), where, what)
    raise ValueError(f"{where(0)}: the {what}s must be integers, booleans or strings, got dtype {values.dtype}")


def _of_objects(values: list[Any], where: Where, what: str) -> Integers | Texts:
    absent = np.array([value is None or value != value for value in values], dtype=bool)
    present = [value for value in values if value is not None and value == value]
    missing = absent if absent.any() else None
    n_bool = sum(isinstance(value, bool | np.bool_) for value in present)
    if 0 < n_bool < len(present):  # True and 1 are equal to Python
        i = next(i for i, value in enumerate(values) if isinstance(value, bool | np.bool_))
        raise ValueError(f"{where(i)}: the {what} is {values[i]}, but others are not booleans")
    if present and all(isinstance(value, int | float | np.integer | np.floating | np.bool_) for value in present):
        filled = [0 if is_absent else value for value, is_absent in zip(values, absent.tolist(), strict=True)]
        large = all(isinstance(value, int) for value in filled) and max(filled) > np.iinfo(np.int64).max
        if large and (min(filled) < 0 or max(filled) > np.iinfo(np.uint64).max):
            i = filled.index(max(filled))
            raise ValueError(f"{where(i)}: the {what}s do not fit integers of 64 bits, signed or unsigned: {filled[i]}")
        array = np.array(filled, dtype=np.uint64 if large else None)  # NumPy may choose floats
        if array.dtype.kind in "iubf":
            return _of_array(array, missing, where, what)
    texts = []
    for i, value in enumerate(values):
        if absent[i]:
            value = ""
        if not isinstance(value, str | bytes):
            shown = printable(repr(value))
            mixed = isinstance(value, int | float) and any(isinstance(other, str) for other in values)
            expected = "a string, as others are" if mixed else "an integer or a string"
            raise ValueError(f"{where(i)}: the {what} must be {expected}, got {shown}")
        texts.append(value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value)
    return of_bytes(texts, typed=True)


def _whole(values: NDArray[Any], missing: NDArray[np.bool_] | None, where: Where, what: str) -> Integers:
    absent = np.isnan(values) if missing is None else np.isnan(values) | missing
    with np.errstate(invalid="ignore"):
        integers = np.where(absent, 0, values).astype(np.int64)
        exact = ((integers == values) & (np.abs(values) < _EXACT)) | absent
    if not exact.all():
        i = int(np.argmin(exact))
        hint = "; if it is a number to be spread evenly, pass --continuous" if what == "label" else ""
        raise ValueError(f"{where(i)}: the {what} must be a whole number, got {values[i]}{hint}")
    return Integers(integers, absent if absent.any() else None)


def _of_arrow(values: Any, where: Where, what: str) -> Integers | Texts:
    import pyarrow as pa

    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.DictionaryArray):
        values = values.dictionary_decode()
    kind, is_a = values.type, pa.types
    missing = values.is_null().to_numpy(zero_copy_only=False) if values.null_count else None
    if is_a.is_integer(kind) or is_a.is_boolean(kind) or is_a.is_floating(kind):
        filled = values.fill_null(False if is_a.is_boolean(kind) else 0) if missing is not None else values
        return _of_array(filled.to_numpy(zero_copy_only=False), missing, where, what)
    if is_a.is_null(kind):
        return of_bytes([b""] * len(values), typed=True)
    if is_a.is_decimal(kind):
        return _of_objects(
            [None if x is None else int(x) if x == int(x) else x for x in values.to_pylist()], where, what
        )
    text = str(kind)
    if not any(name in text for name in ("string", "binary")) or is_a.is_nested(kind):
        raise ValueError(f"{where(0)}: the {what}s must be integers, booleans or strings, got the Arrow type {kind}")
    as_bytes = values.cast(pa.large_string() if "string" in text else pa.large_binary())
    if missing is not None:
        as_bytes = as_bytes.fill_null(b"" if "binary" in text else "")
    _, offsets, data = as_bytes.buffers()
    edges = np.zeros(1, dtype=np.int64) if offsets is None else np.frombuffer(offsets, dtype=np.int64)
    edges = edges[as_bytes.offset : as_bytes.offset + len(as_bytes) + 1]
    content = np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else np.empty(0, dtype=np.uint8)
    return Texts(content, edges[:-1], edges[1:], typed=True)
