"""What the readers of all containers share: the result, and the check for missing labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.options import described
from fastsplit.text import printable

ACCEPTED = "integers, booleans or strings"


class Labels(NamedTuple):
    """Labels as integers, shape (N,); if ``names`` is given, they are positions in this sorted array of strings."""

    values: NDArray[Any]
    names: NDArray[np.object_] | None = None


def coded(codes: NDArray[Any], names: Sequence[str]) -> Labels:
    """Return labels from codes into distinct strings; the names are the same strings, sorted."""
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), dtype=np.int32)
    rank[order] = np.arange(len(names), dtype=np.int32)
    return Labels(rank[codes], np.array([names[i] for i in order], dtype=object))


def recoded(codes: NDArray[Any], categories: Labels) -> Labels:
    """Return labels from codes into categories, which are labels themselves."""
    return Labels(categories.values[codes], categories.names)


def decoded(codes: NDArray[Any], names: Sequence[bytes], what: str) -> Labels:
    """Return labels from codes into distinct bytes, which must be UTF-8."""
    texts = []
    for code, name in enumerate(names):
        try:
            texts.append(name.decode())
        except UnicodeDecodeError:
            position = int(np.argmax(codes == code))
            raise ValueError(
                f"{what} given as bytes must be UTF-8, got {described(name)} at position {position}; decode them, such "
                f"as by [x.decode('latin-1') for x in {what}], or pass x.hex() if they are no text"
            ) from None
    return coded(codes, texts)


def whole(array: NDArray[Any], what: str) -> NDArray[np.int64]:
    """Return floats that are all whole numbers as integers."""
    # In floats of p bits, whole numbers are exact below 2**p; above it, others may have been rounded to them.
    bits = min(np.finfo(array.dtype).nmant + 1, 63)
    with np.errstate(invalid="ignore"):  # NaN, and numbers that do not fit, differ from what they become
        integers = array.astype(np.int64)
        exact = (integers == array) & (np.abs(array) < 2.0**bits)
    if exact.all():
        return integers
    check_missing(np.isnan(array), what)
    position = int(np.argmin(exact))
    value = array[position]
    if not np.isfinite(value):
        raise ValueError(f"{what} must be finite, got {value} at position {position}")
    if value == np.floor(value):
        raise ValueError(
            f"{what} given as floats must be below 2**{bits}, up to which {array.dtype} holds every integer, got "
            f"{value:.0f} at position {position}; pass integers"
        )
    hint = "; for a continuous target pass fastsplit.strata(labels, sizes_or_k)" if what == "labels" else ""
    raise ValueError(f"{what} given as floats must be whole numbers, got {value} at position {position}{hint}")


def type_error(what: str, got: object) -> TypeError:
    """Return the error for labels of a type that is not accepted."""
    return TypeError(f"{what} must be {ACCEPTED}, got {printable(str(got))}")


def check_missing(missing: NDArray[np.bool_], what: str) -> None:
    """Raise ValueError if any label is missing."""
    count = int(np.count_nonzero(missing))
    if count:
        first = int(np.argmax(missing))
        raise ValueError(
            f"{what} must not be missing, got {count} missing of {missing.size}, the first at position {first}"
        )
