"""Measuring: contenders run interleaved in one process, and a figure is the median of its runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any, TypeVar

from cases import Case
from moved import Moved

Key = TypeVar("Key", bound=Hashable)
Sample = TypeVar("Sample")
_MOST_ROUNDS = 100  # beyond them a median moves no more


@dataclass(frozen=True)
class Row:
    """The median seconds of each contender of a case; the first is fastsplit. And the bytes that it must move."""

    title: str
    n: int
    seconds: dict[str, float]
    moved: Moved | None = None

    @property
    def ns_per_label(self) -> float:
        """What fastsplit takes."""
        return next(iter(self.seconds.values())) / self.n * 1e9

    def slowdown(self, name: str) -> float:
        """Return the time of a contender relative to fastsplit's."""
        return self.seconds[name] / next(iter(self.seconds.values()))


def seconds_of(body: Callable[[], Any], calls: int = 1) -> float:
    """Return the seconds per call."""
    start = time.perf_counter()
    for _ in range(calls):
        body()
    return (time.perf_counter() - start) / calls


def interleaved(
    samplers: Mapping[Key, Callable[[], Sample]], rounds: int, budget: float = 0
) -> dict[Key, list[Sample]]:
    """Call the samplers in turn, backwards in every other round, and return the samples of each.

    Parameters
    ----------
    samplers : mapping
        Each measures one thing once. Whatever else the machine does then affects all of them alike.
    rounds : int
        The minimum number of samples of each.
    budget : float, default 0
        Seconds for which more rounds follow, up to a hundred.
    """
    samples: dict[Key, list[Sample]] = {key: [] for key in samplers}
    start, done = time.perf_counter(), 0
    while done < rounds or (done < _MOST_ROUNDS and time.perf_counter() < start + budget):
        for key in samplers if done % 2 == 0 else reversed(list(samplers)):
            samples[key].append(samplers[key]())
        done += 1
    return samples


def measure(case: Case, scale: float, budget: float, *, checked: bool = True) -> Row:
    """Run the contenders of a case once, check their results if asked to, then time them for ``budget`` seconds."""
    n = case.size(scale)
    data = case.make(n)
    for name, contender in case.contenders.items():
        result = contender(data)
        if checked:
            case.check(name, data, result)
        del result
    samplers = {name: partial(seconds_of, partial(body, data)) for name, body in case.contenders.items()}
    samples = interleaved(samplers, rounds=3, budget=budget)
    return Row(case.title, n, {name: median(seconds) for name, seconds in samples.items()}, case.moved)
