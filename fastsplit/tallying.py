"""tally: labels that are in parts, on one machine or many -> what each part contributes to the plan of all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastsplit.counting import Counts, check_kinds
from fastsplit.engine import tallied_cuts as engine_cuts
from fastsplit.engine import tally as engine
from fastsplit.engine.bands import LaidBands, band_table, bands_of, expected_bytes, planned_table
from fastsplit.engine.classes import find_classes
from fastsplit.engine.hashing import hashed
from fastsplit.engine.parallel import changed, ranges
from fastsplit.engine.scan import scan
from fastsplit.engine.tabulate import united_rows
from fastsplit.inputs.gates import check_table
from fastsplit.inputs.ids import read_ids
from fastsplit.inputs.labels import Labels, read_labels
from fastsplit.inputs.options import described, integer_argument, read_threads
from fastsplit.tallies import Tally, no_examples
from fastsplit.tally_heads import Head, Planned, Ranges, digest, read_head
from fastsplit.typing import SeedLike, SizesLike

_SHOWN = 10  # classes that an error message lists
_MAX_ROWS = 2**63 - 1


class _Bands(NamedTuple):
    """The bands of all classes, known before their labels are tallied."""

    planned: Planned
    classes: NDArray[Any]
    bands: LaidBands | None

    @classmethod
    def of(cls, after: Counts | Tally, head: Head) -> _Bands:
        known = after._planned.get(head)
        if known is None:
            engine_cuts.check(after.classes, after.counts, head.request)
            narrowed = None
            if isinstance(after, Tally):
                bands, narrowed = engine_cuts.next_bands(after._state, after._found, head.shares.ideal_cuts)
            else:
                bands = engine_cuts.planned_bands(after.counts, head.request)
            arrays = engine.planned_arrays(bands, narrowed)
            planned = Planned(len(after), digest(after.classes, after.counts, arrays))
            table = planned_table(bands, narrowed, head.request) if bands[0].size else None
            known = after._planned[head] = cls(planned, after.classes, table)
        return known

    def unknown(self, classes: NDArray[Any]) -> ValueError:
        """Return the error for labels of which some are of no class that was counted."""
        united, (known, _) = united_rows((self.classes, classes))
        new = united[known < 0]
        shown = ", ".join(map(repr, new[:_SHOWN].tolist())) + (" and more" if len(new) > _SHOWN else "")
        return ValueError(f"labels changed since they were counted: after has no class {shown}")


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
        all labels that is not `Tally.complete`: then the cuts that it missed are looked for. At most 6 such tallies are
        needed, whatever the ids, or 7 if ``min_per_split`` has to move rows that share an id.
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

    Notes
    -----
    Whether a part is missing or was tallied twice is known without ids, from ``start``, and after counts, from the
    number of all labels. One pass with ids, without ``after``, cannot notice it: compare ``len`` of the sum with what
    you know.

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
    if after is not None and not isinstance(after, Counts | Tally):
        raise TypeError(f"after must be Counts or a Tally, got {described(after)}")
    if after is not None and n is not None and n != len(after):
        raise ValueError(f"n must be the number of labels that were counted, {len(after)}, got {n}")
    head = read_head(sizes, seed, min_per_split, n if after is None else len(after))
    part = _Part.of(labels, ids, start, head, after, threads)
    return Tally(part.head, part.covered, part.tallied())


class Tallying:
    """Tallies parts that come one after another, as the sum of their tallies, but after counts sorts the keys once."""

    def __init__(self, head: Head, after: Counts | Tally | None) -> None:
        self._head, self._after, self._n = head, after, 0
        self._sum = Tally(head, (), no_examples(head))  # but for what is collected
        self._collected: engine.Collected | None = None

    def add(self, labels: ArrayLike, ids: ArrayLike | None, threads: int | None) -> None:
        """Add a part; without ids, positions go on."""
        part = _Part.of(labels, ids, self._n if ids is None else 0, self._head, self._after, threads)
        self._n += len(part.labels.values)
        if part.laid is None or part.laid.bands is None or len(part.labels.values) == 0:
            state = part.tallied()
        else:
            self._collected = self._collected or engine.Collected(part.laid.classes, part.laid.bands)
            part.collect(part.laid, self._collected)
            state = no_examples(part.head)
        self._sum = self._sum + Tally(part.head, part.covered, state)

    def total(self, threads: int | None) -> Tally:
        """Return the tally of all parts."""
        if self._collected is None:
            return self._sum
        return Tally(self._sum._head, self._sum._covered, self._collected.state(read_threads(threads)))


class _Part(NamedTuple):
    """One part of all labels, checked, and the bands by which it is tallied, unless they are its own."""

    head: Head
    covered: Ranges
    labels: Labels
    ids: NDArray[np.uint64] | None
    start: int
    laid: _Bands | None
    threads: int

    @classmethod
    def of(
        cls,
        labels: ArrayLike,
        ids: ArrayLike | None,
        start: int,
        head: Head,
        after: Counts | Tally | None,
        threads: int | None,
    ) -> _Part:
        read = read_labels(labels)
        n = len(read.values)
        given_ids, workers = read_ids(ids, n), read_threads(threads)
        first = integer_argument("start", start, minimum=0, maximum=_MAX_ROWS - n)
        if given_ids is not None and first != 0:
            raise ValueError(f"start must be left out if there are ids, got {first}: ids say which rows these are")
        own = replace(head, with_ids=given_ids is not None, id_kind=given_ids.kind if given_ids and n else None)
        laid = None
        if after is not None:
            if isinstance(after, Tally):
                after._check_whole()
                replace(own, planned=after._head.planned).united(after._head)
            laid = _Bands.of(after, head)
            own = replace(own, planned=laid.planned)
        covered = () if given_ids is not None or n == 0 else ((first, first + n),)
        return cls(own, covered, read, hashed(given_ids, workers), first, laid, workers)

    def tallied(self) -> engine.State:
        """Tally the labels by the bands that were laid, or else by those of their own counts."""
        laid, labels, width = self.laid, self.labels, len(self.head.shares.ideal_cuts)
        n = len(labels.values)
        if laid is not None and laid.bands is not None and n > 0:
            collected = engine.Collected(laid.classes, laid.bands)
            self.collect(laid, collected)
            return collected.state(self.threads)
        strata = scan(labels, self.threads)
        check_table(len(strata.classes), width + 1)
        if laid is not None:
            check_kinds(laid.classes, strata.classes)
            if len(united_rows((laid.classes, strata.classes))[0]) > len(laid.classes):
                raise laid.unknown(strata.classes)
        if width == 0 or n == 0:
            return engine.without_keys(strata.classes, strata.counts, width)
        bands = band_table(bands_of(strata.counts, self.head.request))
        keys = engine.keys_of(self.head.request, self.ids)
        state = engine.tally(strata.lookup, strata.classes, keys, self.start, bands, self.threads)
        if state is None or not np.array_equal(state.counts, strata.counts):
            raise changed()
        return state

    def collect(self, laid: _Bands, collected: engine.Collected) -> None:
        """Collect at least one label by the bands that were laid."""
        labels, threads = self.labels, self.threads
        check_kinds(laid.classes, labels.values if labels.names is None else labels.names)
        lookup = find_classes(labels, laid.classes, ranges(len(labels.values), threads))
        if not collected.add(lookup, engine.keys_of(self.head.request, self.ids), self.start, threads):
            raise laid.unknown(scan(labels, threads).classes)


def expected_nbytes(after: Counts | Tally, sizes: SizesLike, *, seed: SeedLike, min_per_split: int = 0) -> int:
    """Return about how many bytes the tally of all labels will take, before it is made."""
    laid = _Bands.of(after, read_head(sizes, seed, min_per_split, len(after)))
    return after.nbytes if laid.bands is None else expected_bytes(after.counts, laid.bands)
