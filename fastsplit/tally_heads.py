"""Heads of tallies: what tallies must have in common to be added, and the rows that each covers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine import tally as engine
from fastsplit.engine.bands import TallyRequest
from fastsplit.engine.seeds import expand_seed
from fastsplit.inputs.options import described, integer_argument, read_min_per_split
from fastsplit.inputs.seeds import read_seed
from fastsplit.inputs.sizes import Shares, Sizes, are_counts, read_sizes
from fastsplit.typing import SeedLike, SizesLike

Ranges: TypeAlias = tuple[tuple[int, int], ...]

_SHOWN = 10  # ranges that an error message lists


class Planned(NamedTuple):
    """What all parts were counted to have, from which the bands of a tally were laid."""

    n: int
    digest: str


@dataclass(frozen=True)
class Head:
    """What tallies must have in common to be added.

    ``with_ids`` is None if nothing was tallied yet, ``id_kind`` also if there were no ids. ``planned`` is None if the
    bands follow from what was tallied so far.
    """

    names: tuple[str, ...]
    shares: Shares
    seed: int
    min_per_split: int
    reach: float
    with_ids: bool | None = None
    id_kind: str | None = None
    planned: Planned | None = None

    @property
    def request(self) -> TallyRequest:
        """What the engine is asked for."""
        return TallyRequest(self.shares, expand_seed(self.seed), self.min_per_split, self.reach)

    def united(self, other: Head) -> Head:
        """Return the head of a sum, or raise the error that says what differs."""
        if self == other:
            return self
        pairs: dict[str, tuple[object, object]] = {
            "names": (self.names, other.names),
            "sizes": (", ".join(map(str, self.shares)), ", ".join(map(str, other.shares))),
            "seed": (self.seed, other.seed),
            "min_per_split": (self.min_per_split, other.min_per_split),
            "reach": (self.reach, other.reach),
        }
        if self.with_ids is not None and other.with_ids is not None:
            given = {True: "given", False: "not given"}
            pairs["ids"] = (given[self.with_ids], given[other.with_ids])
            counted = ["none" if head.planned is None else f"of {head.planned.n} labels" for head in (self, other)]
            pairs["after"] = (counted[0], counted[1])
        differing = [f"{name} differ: {a} and {b}" for name, (a, b) in pairs.items() if a != b]
        if differing:
            raise ValueError(f"tallies must be of one split, but {'; '.join(differing)}")
        if self.with_ids is not None and other.with_ids is not None and self.planned != other.planned:
            raise ValueError("tallies must be of one split, but after differs: they were made after different counts")
        if self.id_kind and other.id_kind and self.id_kind != other.id_kind:
            raise TypeError(f"ids must be of one kind in all parts, got {self.id_kind} and {other.id_kind}")
        base = other if self.with_ids is None else self
        return replace(base, id_kind=self.id_kind or other.id_kind)


def read_head(sizes: SizesLike, seed: SeedLike, min_per_split: int, n: int | None) -> Head:
    """Return what tallies of these arguments have in common."""
    if seed is None or isinstance(seed, np.random.Generator):
        raise ValueError(
            f"seed must be an integer or a SeedSequence, got {described(seed)}: each part would draw another seed"
        )
    names, shares = _read_sizes(sizes, n)
    return Head(names, shares, read_seed(seed), read_min_per_split(min_per_split), engine.REACH)


def _read_sizes(sizes: SizesLike, n: int | None) -> Sizes:
    if n is None and are_counts(sizes):
        raise ValueError(
            f"sizes given as counts need the number of all labels, got {described(sizes)}: pass n=, or after= the "
            "counts of all labels"
        )
    return read_sizes(sizes, 0 if n is None else integer_argument("n", n, minimum=0))


def digest(classes: NDArray[Any], counts: NDArray[np.int64], planned: Iterable[NDArray[Any]]) -> str:
    """Return a hash of the classes, their counts and what was planned, in whatever integer type the classes are."""
    sha = hashlib.sha256()
    if classes.dtype.kind == "O":
        for name in classes.tolist():
            text = name.encode("utf-8", "surrogatepass")
            sha.update(len(text).to_bytes(8, "little") + text)
    else:
        is_large = len(classes) > 0 and int(classes[-1]) > np.iinfo(np.int64).max
        sha.update(classes.astype("<u8" if is_large else "<i8").tobytes())
    for array in (counts, *planned):
        sha.update(array.astype(f"<{array.dtype.kind}8", copy=False).tobytes())
    return sha.hexdigest()


def united_ranges(a: Ranges, b: Ranges) -> Ranges:
    """Return the ranges of rows of both, ascending, adjacent ones as one; refuse rows that are in both."""
    united: list[tuple[int, int]] = []
    for begin, end in sorted((*a, *b)):
        if united and begin < united[-1][1]:
            rows = shown([(begin, min(end, united[-1][1]))])
            raise ValueError(
                f"{rows} are in two tallies: a part was tallied twice, or start= is not the number of rows before it"
            )
        if united and begin == united[-1][1]:
            begin, _ = united.pop()
        united.append((begin, end))
    return tuple(united)


def gaps(covered: Ranges) -> list[tuple[int, int]]:
    """Return the rows that are missing before those covered."""
    ends = [0, *(end for _, end in covered)]
    return [(end, begin) for end, (begin, _) in zip(ends, covered, strict=False) if end < begin]


def shown(ranges: list[tuple[int, int]]) -> str:
    """Show ranges of rows in an error message."""
    some = ", ".join(f"{begin} to {end - 1}" for begin, end in ranges[:_SHOWN])
    return f"rows {some}" + (f" and {len(ranges) - _SHOWN} more ranges" if len(ranges) > _SHOWN else "")
