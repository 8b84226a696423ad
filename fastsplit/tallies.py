"""tally: labels that are in parts, on one machine or many -> the plan of all of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastsplit import tally_files
from fastsplit.counting import Counts, check_kinds, read_only
from fastsplit.engine import pipeline
from fastsplit.engine import tally as engine
from fastsplit.engine.classes import find_classes
from fastsplit.engine.hashing import hashed
from fastsplit.engine.parallel import changed, ranges
from fastsplit.engine.scan import scan
from fastsplit.inputs.gates import check_table
from fastsplit.inputs.ids import read_ids
from fastsplit.inputs.labels import Labels, read_labels
from fastsplit.inputs.options import described, integer_argument, read_min_per_split, read_threads
from fastsplit.inputs.seeds import read_seed
from fastsplit.inputs.sizes import Sizes, are_counts, read_sizes
from fastsplit.plans import Plan
from fastsplit.tally_heads import Head, Planned, Ranges, digest, gaps, shown, united_ranges
from fastsplit.typing import SeedLike, SizesLike

_SHOWN = 10  # classes that an error message lists
_MAX_STATES = 64  # of a sum: more are merged at once
_MAX_KEYS = 1 << 20  # of all states of a sum, beyond twice the largest state: more are merged
_MAX_ROWS = 2**63 - 1


class _Bands(NamedTuple):
    """The bands of all classes, known before their labels are tallied."""

    planned: Planned
    classes: NDArray[Any]
    bands: engine.LaidBands | None

    @classmethod
    def of(cls, after: Counts | Tally, head: Head) -> _Bands:
        known = after._planned.get(head)
        if known is None:
            state = after._state if isinstance(after, Tally) else None
            engine.check(after.classes, after.counts, head.request)
            bands = engine.planned_bands(state, after.counts, head.request)
            planned = Planned(len(after), digest(after.classes, after.counts, bands))
            table = engine.band_table(bands) if bands[0].size else None
            known = after._planned[head] = cls(planned, after.classes, table)
        return known

    def unknown(self, classes: NDArray[Any]) -> ValueError:
        """Return the error for labels of which some are of no class that was counted."""
        united, (known, _) = engine.united_rows((self.classes, classes))
        new = united[known < 0]
        shown = ", ".join(map(repr, new[:_SHOWN].tolist())) + (" and more" if len(new) > _SHOWN else "")
        return ValueError(f"labels changed since they were counted: after has no class {shown}")


class Tally:
    """What one part of all labels contributes to their plan. Tallies of parts are added by ``+`` and `sum`.

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
        self._n = sum(int(state.counts.sum()) for state in states)
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
        head = _head(sizes, seed, min_per_split, n)
        return cls(head, (), _no_examples(head))

    def __add__(self, other: object) -> Tally:
        if not isinstance(other, Tally):
            return NotImplemented
        head = self._head.united(other._head)
        if self._head.with_ids is None or other._head.with_ids is None:  # nothing was tallied: not even of some dtype
            return other if self._head.with_ids is None else self
        check_kinds(self._states[0].classes, other._states[0].classes)
        covered = united_ranges(self._covered, other._covered)
        total = Tally(head, covered, *self._states, *other._states)
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
        pairs = zip(self._state, other._state, strict=True)
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
        return sum(array.nbytes for array in self._state)

    @property
    def complete(self) -> bool:
        """Whether the keys of the tally give every cut, so that `plan` returns a plan."""
        return not self._found.missed.any()

    @property
    def missed(self) -> NDArray[Any]:
        """The classes of which more keys are needed: tally all parts again with ``after=`` this tally."""
        return np.asarray(self._state.classes[self._found.missed])

    @cached_property
    def _found(self) -> engine.Found:
        return engine.find(self._state, self._head.request, read_threads(None))

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
        if (
            planned is not None
            and digest(self.classes, self.counts, (self._state.low, self._state.high)) != planned.digest
        ):
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
            state["low"], state["high"] = engine.bands_of(state["counts"], own.request)
        read = engine.State(**state)
        if not engine.is_in_bands(read):
            raise ValueError("the bytes are not a valid fastsplit tally: its keys are not in its bands")
        return Tally(own, covered, read)


def tally(
    labels: ArrayLike,
    sizes: SizesLike,
    *,
    seed: SeedLike,
    ids: ArrayLike | None = None,
    start: int = 0,
    after: Counts | Tally | None = None,
    min_per_split: int = 0,
    n: int | None = None,
    threads: int | None = None,
) -> Tally:
    """Tally one part of all labels; the sum of all tallies gives the plan of all labels.

    Parameters
    ----------
    labels, sizes, ids, min_per_split, threads
        As for `fastsplit.split`. The sizes are of all labels together.
    seed : int or SeedSequence
        The same for all parts; None would draw another for each.
    start : int, optional
        The number of rows before this part. It is needed if there are no ids, because then the position of an example
        among all is its id.
    after : Counts or Tally, optional
        The counts of all labels: with them a tally of one of P parts is about ``sqrt(P)`` times smaller. Or a tally of
        all labels that is not `Tally.complete`: then more keys of the classes that it missed are kept.
    n : int, optional
        The number of all labels. It is needed if sizes are counts and there is no ``after``.

    Returns
    -------
    Tally
        Those of several parts are added by ``+``.

    Raises
    ------
    ValueError, TypeError
        As for `fastsplit.split`; if seed is None; or if labels have a class that ``after`` lacks.

    Examples
    --------
    >>> import fastsplit
    >>> parts = [["cat", "dog", "cat"], ["dog", "dog", "cat"]]
    >>> counts = sum(fastsplit.count(part) for part in parts)
    >>> first = fastsplit.tally(parts[0], (0.5, 0.5), seed=0, after=counts)
    >>> second = fastsplit.tally(parts[1], (0.5, 0.5), seed=0, after=counts, start=3)
    >>> (first + second).plan()
    Plan(train=1/2, test=1/2; 2 classes, seed=0)
    """
    read = read_labels(labels)
    given_ids, workers = read_ids(ids, len(read.values)), read_threads(threads)
    first = integer_argument("start", start, minimum=0, maximum=_MAX_ROWS - len(read.values))
    if given_ids is not None and first != 0:
        raise ValueError(f"start must be left out if there are ids, got {first}: ids say which rows these are")
    if after is not None and not isinstance(after, Counts | Tally):
        raise TypeError(f"after must be Counts or a Tally, got {described(after)}")
    if after is not None and n is not None and n != len(after):
        raise ValueError(f"n must be the number of labels that were counted, {len(after)}, got {n}")
    kind = given_ids.kind if given_ids is not None and len(read.values) else None
    head = replace(
        _head(sizes, seed, min_per_split, n if after is None else len(after)),
        with_ids=given_ids is not None,
        id_kind=kind,
    )
    covered = () if given_ids is not None or not len(read.values) else ((first, first + len(read.values)),)
    laid = None
    if after is not None:
        if isinstance(after, Tally):
            after._check_whole()
            replace(head, planned=after._head.planned).united(after._head)
        laid = _Bands.of(after, replace(head, with_ids=None, id_kind=None))
        head = replace(head, planned=laid.planned)
    return Tally(head, covered, _tallied(read, hashed(given_ids, workers), first, head, laid, workers))


def _tallied(
    labels: Labels, ids: NDArray[np.uint64] | None, start: int, head: Head, laid: _Bands | None, threads: int
) -> engine.State:
    """Tally checked labels by the bands that were laid, or else by those of their own counts."""
    n, width, keys = len(labels.values), len(head.shares.ideal_cuts), engine.keys_of(head.request, ids)
    if laid is not None:
        check_kinds(laid.classes, labels.values if labels.names is None else labels.names)
    if laid is not None and laid.bands is not None and n > 0:
        lookup = find_classes(labels, laid.classes, ranges(n, threads))
        state = engine.tally(lookup, laid.classes, keys, start, laid.bands, threads)
        if state is None:
            raise laid.unknown(scan(labels, threads).classes)
        return state
    strata = scan(labels, threads)
    check_table(len(strata.classes), width + 1)
    if laid is not None and len(engine.united_rows((laid.classes, strata.classes))[0]) > len(laid.classes):
        raise laid.unknown(strata.classes)
    if width == 0 or n == 0:
        return engine.without_keys(strata.classes, strata.counts, width)
    bands = engine.band_table(engine.bands_of(strata.counts, head.request))
    state = engine.tally(strata.lookup, strata.classes, keys, start, bands, threads)
    if state is None or not np.array_equal(state.counts, strata.counts):
        raise changed()
    return state


def _no_examples(head: Head) -> engine.State:
    none = np.empty(0, dtype=np.int64)
    return engine.without_keys(none, none, len(head.shares.ideal_cuts))


def expected_nbytes(counts: Counts, sizes: SizesLike, *, seed: SeedLike, min_per_split: int = 0) -> int:
    """Return about how many bytes the tally of all labels will take, before it is made after their counts."""
    laid = _Bands.of(counts, _head(sizes, seed, min_per_split, len(counts)))
    return counts.nbytes if laid.bands is None else engine.expected_nbytes(counts.counts, laid.bands)


def _head(sizes: SizesLike, seed: SeedLike, min_per_split: int, n: int | None) -> Head:
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
