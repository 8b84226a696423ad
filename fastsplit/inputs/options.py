"""Options: integers, flags, the dtype and the order of index arrays, the number of threads."""

from __future__ import annotations

import operator
import os
from numbers import Integral
from typing import Any, get_args

import numpy as np
from numpy.typing import DTypeLike

from fastsplit.text import printable
from fastsplit.typing import Balance, Order

MAX_CLASS = 2**40  # examples per class: products of counts and sizes then fit 128 bits
BOOLEANS = (bool, np.bool_)
INTEGERS = (int, Integral)  # int first: an isinstance check against an abstract class takes ten times as long
_ORDERS = get_args(Order)
_BALANCES = get_args(Balance)
_POSITION = np.dtype(np.intp)  # NumPy's own type of indices, which holds every position
_SHOWN = 60  # characters of a value that an error message shows


def described(value: object) -> str:
    """Show the type and the value of an argument in an error message."""
    text = printable(repr(value))
    return f"{type(value).__name__} {text if len(text) <= _SHOWN else text[: _SHOWN - 3] + '...'}"


def integer_argument(name: str, value: Any, *, minimum: int, maximum: int | None = None) -> int:
    """Return an integer argument within its limits."""
    if isinstance(value, BOOLEANS) or not isinstance(value, INTEGERS):
        raise TypeError(f"{name} must be an integer, got {described(value)}")
    number = operator.index(value)
    if number < minimum or (maximum is not None and number > maximum):
        accepted = f"at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"
        raise ValueError(f"{name} must be {accepted}, got {number}")
    return number


def read_flag(name: str, flag: bool) -> bool:
    """Return an argument that is True or False."""
    if not isinstance(flag, BOOLEANS):
        raise TypeError(f"{name} must be True or False, got {described(flag)}")
    return bool(flag)


def read_order(order: Order) -> bool:
    """Return whether index arrays are to be shuffled."""
    _check_word("order", order, _ORDERS)
    return order == "shuffled"


def read_balance(balance: Balance) -> Balance:
    """Return how groups are to be balanced."""
    _check_word("balance", balance, _BALANCES)
    return balance


def _check_word(name: str, word: object, accepted: tuple[str, ...]) -> None:
    if not isinstance(word, str) or word not in accepted:  # an array does not compare to a word as a whole
        raise ValueError(f"{name} must be {' or '.join(map(repr, accepted))}, got {printable(repr(word))}")


def read_threads(threads: int | None) -> int:
    """Return the number of threads: by default one per CPU that this process may run on."""
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return integer_argument("threads", threads, minimum=1)


def read_min_per_split(min_per_split: int) -> int:
    """Return the minimum number of examples of each class in each non-empty split."""
    return integer_argument("min_per_split", min_per_split, minimum=0, maximum=MAX_CLASS)


def read_dtype(dtype: DTypeLike | None, n: int) -> np.dtype[Any]:
    """Return the dtype of index arrays, which must hold every position below ``n``."""
    if dtype is None:
        return _POSITION
    try:
        result = np.dtype(dtype)
    except (SyntaxError, TypeError, ValueError):
        raise TypeError(f"dtype must be an integer type of native byte order, got {dtype!r}") from None
    if result.kind not in "iu" or not result.isnative:
        raise TypeError(f"dtype must be an integer type of native byte order, got {result}")
    if n - 1 > np.iinfo(result).max:
        raise ValueError(f"dtype must hold the largest position, {n - 1}, got {result}")
    return result
