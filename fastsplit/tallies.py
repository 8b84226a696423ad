"""tally: labels that are in parts, on one machine or many -> the plan of all of them."""

from __future__ import annotations

from functools import cached_property
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit import tally_files
from fastsplit.counting import check_kinds, read_only
from fastsplit.engine import pipeline
from fastsplit.engine import tallied_cuts as engine_cuts
from fastsplit.engine import tally as engine
from fastsplit.engine.bands import bands_of
from fastsplit.inputs.options import described, read_threads
from fastsplit.plans import Plan
from fastsplit.tally_heads import Head, Planned, Ranges, digest, gaps, read_head, shown, united_ranges
from fastsplit.typing import SeedLike, SizesLike

_SHOWN = 10  # classes that an error message lists
_MAX_STATES = 64  # of a sum: more are merged at once
_MAX_KEYS = 1 << 22  # of all states of a sum, beyond twice the largest state: more are merged


class Tally:
    """What one part of all labels contributes to their plan. Tallies of parts are added by ``+`` and ``sum``.

    See Also
    --------
    tally : make one from labels.
    plan_chunks : tally all chunks of an iterator.

    Notes
    -----
    A tally keeps of each class the number of its examples, and the keys near its cuts: about ``sqrt(n)`` of n. It
    depends on the examples alone, neither on how they were parted nor on the order of the sum. `plan` returns the plan
    that `fastsplit.plan` makes of all labels at once, bit for bit. With a probability of about 1e-11 per cut (more if
    many examples share an id), a cut is not near enough to where it is expected: then `complete` is False.

    A part that is missing or was tallied twice is noticed by `plan`, but not if there are ids and no counts.

    Examples
    --------
    >>> import fastsplit
    >>> parts = [[0, 0, 1, 1], [1, 0], [], [1, 1, 0, 0]]
    >>> starts = [0, 4, 6, 6]
    >>> tallies = [fastsplit.tally(part, (0.8, 0.2), seed=0, start=start) for part, start in zip(parts, starts)]
    >>> sum(tallies).plan() == fastsplit.plan([0, 0, 1, 1, 1, 0, 1, 1, 0, 0], (0.8, 0.2), seed=0)
    True
    """

    def __init__(self, head: Head, covered: Ranges, *states: engine.State) -> None:
        self._head, self._covered, self._states = head, covered, states
        self._n = int(states[0].counts.sum()) if len(states) == 1 else 0  # a sum sets it
        self._planned: dict[Any, Any] = {}  # bands that were laid by this tally

    @classmethod
    def empty(cls, sizes: SizesLike, *, seed: SeedLike, min_per_split: int = 0, n: int | None = None) -> Tally:
        """Return the tally of no labels: the start of a sum.

        Parameters
        ----------
        sizes, seed, min_per_split, n
            As for `fastsplit.tally`.

        Returns
        -------
        Tally
            It can be added to tallies with and without ids, and with and without ``after``.
        """
        head = read_head(sizes, seed, min_per_split, n)
        return cls(head, (), no_examples(head))

    def __add__(self, other: object) -> Tally:
        if not isinstance(other, Tally):
            return NotImplemented
        head = self._head.united(other._head)
        if self._head.with_ids is None or other._head.with_ids is None:  # nothing was tallied: not even of some dtype
            return other if self._head.with_ids is None else self
        check_kinds(self._states[0].classes, other._states[0].classes)
        covered = united_ranges(self._covered, other._covered)
        known = [state for state in (*self._states, *other._states) if len(state.classes)]
        total = Tally(head, covered, *known or self._states[:1])
        total._n = self._n + other._n
        n_keys = [len(state.keys) for state in total._states]
        if len(n_keys) > _MAX_STATES or sum(n_keys) > _MAX_KEYS + 2 * max(n_keys):
            total._state  # noqa: B018 - merges
        return total

    def __radd__(self, other: object) -> Tally:
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tally):
            return NotImplemented
        same = self._head == other._head and self._covered == other._covered
        pairs = zip_longest(self._state.arrays(), other._state.arrays(), fillvalue=np.empty(0))
        return same and all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """Return the number of examples."""
        return self._n

    def __repr__(self) -> str:
        return f"Tally({len(self)} examples, {len(self.classes)} classes, {len(self._state.keys)} keys)"

    def __reduce__(self) -> tuple[Any, ...]:
        return Tally.from_bytes, (self.to_bytes(),)

    @property
    def _state(self) -> engine.State:
        """What is known of all examples; states are merged when it is asked for, many at once."""
        if len(self._states) > 1:
            planned = self._head.planned is not None
            self._states = (engine.merged(self._states, self._head.request, planned=planned),)
        return self._states[0]

    @property
    def classes(self) -> NDArray[Any]:
        """The label values, ascending, shape (C,)."""
        return read_only(self._state.classes)

    @property
    def counts(self) -> NDArray[np.int64]:
        """The number of examples of each class, shape (C,)."""
        return read_only(self._state.counts)

    @property
    def nbytes(self) -> int:
        """The size of the arrays."""
        return sum(array.nbytes for array in self._state.arrays())

    @property
    def complete(self) -> bool:
        """Whether the keys of the tally give every cut, so that `plan` returns a plan."""
        return not self._found.missed.any()

    @property
    def missed(self) -> NDArray[Any]:
        """The classes of which more keys are needed: tally all parts again with ``after=`` this tally."""
        return np.asarray(self._state.classes[self._found.missed])

    @cached_property
    def _found(self) -> engine_cuts.Found:
        return engine_cuts.find(self._state, self._head.request, read_threads(None))

    def plan(self) -> Plan:
        """Return the plan of all examples.

        Returns
        -------
        Plan
            Equal to that of `fastsplit.plan` for all labels at once, bit for bit.

        Raises
        ------
        ValueError
            If parts are missing, or the labels changed since they were counted; as `fastsplit.plan` does for
            ``min_per_split``; or if the tally is not `complete`.
        """
        self._check_whole()
        found, head, state = self._found, self._head, self._state
        if not self.complete:
            n, shown = len(self.missed), ", ".join(map(repr, self.missed[:_SHOWN].tolist()))
            more = f" and {n - _SHOWN} more" if n > _SHOWN else ""
            raise ValueError(
                f"the tally misses keys of {n} of {len(self.classes)} classes: {shown}{more}; tally all parts again "
                "with after= this tally"
            )
        kind = (head.id_kind or "integers") if head.with_ids else None
        quotas = np.ascontiguousarray(found.quotas[:, : len(head.shares)])
        none = np.empty(0, dtype=np.uint8)
        result = pipeline.Result(state.classes, state.counts, quotas, found.cuts, none)
        return Plan.of(head.names, head.shares, head.seed, kind, result)

    def _check_whole(self) -> None:
        """Refuse a tally of only some of the parts."""
        n, planned = len(self), self._head.planned
        if not self._head.with_ids and (missing := gaps(self._covered)):
            raise ValueError(f"tallies must cover all rows, but there is none of {shown(missing)}")
        if planned is not None and n != planned.n:
            raise ValueError(
                f"tallies must be of the {planned.n} labels that were counted, got {n}: a part is missing or was "
                "tallied twice, or labels changed"
            )
        if planned is not None and digest(self.classes, self.counts, self._state.planned()) != planned.digest:
            raise ValueError("labels changed since they were counted: classes have other counts")

    def to_bytes(self) -> bytes:
        """Return the tally as bytes, which `from_bytes` reads on any machine."""
        return tally_files.to_bytes(self._head.__dict__, self._covered, self._state._asdict())

    @staticmethod
    def from_bytes(data: bytes) -> Tally:
        """Read a tally that `to_bytes` wrote.

        Parameters
        ----------
        data : bytes
            The bytes.

        Returns
        -------
        Tally
            Equal to the one that was written.

        Raises
        ------
        ValueError
            If the bytes are no tally, of an unknown version, changed or cut off.
        """
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"data must be bytes, got {described(data)}")
        head, covered, state = tally_files.from_bytes(bytes(data))
        planned = head.pop("planned")
        own = Head(**head, planned=None if planned is None else Planned(*planned))
        if own.planned is None:
            state["low"], state["high"] = bands_of(state["counts"], own.request)
        read = engine.State(**state)
        if not engine.is_in_bands(read):
            raise ValueError("the bytes are not a valid fastsplit tally: its keys are not in its bands")
        return Tally(own, covered, read)


def no_examples(head: Head) -> engine.State:
    """Return the state of no labels."""
    none = np.empty(0, dtype=np.int64)
    return engine.without_keys(none, none, len(head.shares.ideal_cuts))
