"""Changes: what grown data makes of a plan, and what moves between two plans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.group_plans import GroupPlan
from fastsplit.plans import Plan
from fastsplit.report.table import aligned, shown

_NONE = "(none)"  # the examples in no split


class Drift:
    """How far the shares of data that has grown are from the sizes of its plan, and how many examples are new.

    Parameters
    ----------
    before : Plan or GroupPlan
        The plan, with the counts of the data that it was made from.
    now : Plan or GroupPlan
        The same plan with the counts of the data at hand, and with all classes of ``before``.

    Attributes
    ----------
    plan : Plan or GroupPlan
        The plan with the counts of the data at hand.
    new : ndarray of int64, shape (C,)
        How many more examples each class has than the plan was made from; negative if it has fewer.
    shares : ndarray of float64, shape (C, K)
        The share of each class that each split has; NaN if the data has no example of the class.
    planned : int
        The number of examples that the plan was made from.
    n_new_classes : int
        How many classes the plan had not seen.
    drift : ndarray of float64, shape (C, K)
        These shares minus the sizes of the splits.

    Examples
    --------
    >>> import fastsplit
    >>> plan = fastsplit.plan([0, 1] * 50, (0.8, 0.2), seed=0)
    >>> plan.report([0, 1] * 50 + [2] * 10)
    110 examples, 10 new; 3 classes, 1 new; seed 0
    <BLANKLINE>
    split  examples    size   share  largest drift  in class
    train        90  80.00%  81.82%        +20.00%         2
    test         20  20.00%  18.18%        -20.00%         2
    """

    def __init__(self, before: Plan | GroupPlan, now: Plan | GroupPlan) -> None:
        self.plan = now
        self.new = now.totals.copy()
        self.new[np.searchsorted(now.classes, before.classes.astype(now.classes.dtype))] -= before.totals
        self.planned = int(before.totals.sum())
        self.n_new_classes = len(now.classes) - len(before.classes)
        with np.errstate(invalid="ignore"):  # 0 of 0 examples
            self.shares = now.counts / now.totals[:, None]
        self.drift = self.shares - np.array([float(size) for size in now.sizes])

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        plan, examples = self.plan, int(self.plan.totals.sum())
        new, gone = int(self.new[self.new > 0].sum()), -int(self.new[self.new < 0].sum())
        came = f"{new:,} new{f', {gone:,} fewer in some classes' if gone else ''}"
        if examples < self.planned:  # which of them are new is not known, as if they came without the old ones
            came = f"fewer than the {self.planned:,} of the plan"
        title = f"{examples:,} examples, {came}; {len(plan.classes):,} classes, {self.n_new_classes:,} new"
        rows = [("split", "examples", "size", "share", "largest drift", "in class")]
        for k, (name, size) in enumerate(zip(plan.names, plan.sizes, strict=True)):
            in_split = int(plan.counts[:, k].sum())
            share = f"{in_split / examples:.2%}" if examples else "-"
            rows.append((shown(name), f"{in_split:,}", f"{float(size):.2%}", share, *self._largest(k)))
        return "\n".join([f"{title}; seed {plan.seed}", "", *aligned(rows)])

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers of the table in types that JSON has.

        Returns
        -------
        dict
            ``new`` and ``new_classes``, the numbers of examples and of classes that the plan was not made from, and
            ``largest``, of each split the largest drift.
        """
        largest = np.nan_to_num(self.drift)
        worst = np.abs(largest).argmax(axis=0) if len(largest) else None
        drifts = [0.0] * len(self.plan.names) if worst is None else largest[worst, np.arange(len(worst))].tolist()
        return {
            "new": int(self.new[self.new > 0].sum()),
            "new_classes": self.n_new_classes,
            "largest": dict(zip(self.plan.names, drifts, strict=True)),
        }

    def _largest(self, split: int) -> tuple[str, str]:
        """Return the largest drift of a split and its class, as text."""
        drift = np.nan_to_num(self.drift[:, split])
        if not drift.any():
            return "0", "-"
        worst = int(np.abs(drift).argmax())
        (label,) = self.plan.classes[worst : worst + 1].tolist()
        return f"{drift[worst]:+.2%}", shown(label)


@dataclass(frozen=True, eq=False, repr=False)
class Moved:
    """The examples whose split differs between two plans.

    Attributes
    ----------
    n : int
        The number of all examples.
    positions : ndarray of intp
        The positions of the examples that move, ascending.
    counts : dict
        The number of examples by the names of their two splits, such as ``{("train", "test"): 3}``; None instead of a
        name stands for no split.

    Examples
    --------
    >>> import fastsplit
    >>> labels = [0, 1] * 50
    >>> two = fastsplit.plan(labels, {"train": 0.8, "test": 0.2}, seed=0)
    >>> three = fastsplit.plan(labels, {"train": 0.8, "val": 0.1, "test": 0.1}, seed=0)
    >>> two.moved(three, labels)
    10 of 100 examples move: test -> val 10
    """

    n: int
    positions: NDArray[np.intp]
    counts: dict[tuple[str | None, str | None], int]

    @classmethod
    def between(cls, names: tuple[tuple[str, ...], tuple[str, ...]], assignments: tuple[Any, Any]) -> Moved:
        """Compare two assignments of the same examples to splits of these names."""
        every: list[str | None] = [*dict.fromkeys([*names[0], *names[1]]), None]
        before, after = (
            _renumbered(assignment, [every.index(name) for name in (*own, None)])
            for assignment, own in zip(assignments, names, strict=True)
        )
        positions = np.flatnonzero(before != after)
        pairs, counts = np.unique(before[positions] * len(every) + after[positions], return_counts=True)
        steps = (divmod(pair, len(every)) for pair in pairs.tolist())
        named = [(every[a], every[b]) for a, b in steps]
        return cls(len(before), positions, dict(zip(named, counts.tolist(), strict=True)))

    def __repr__(self) -> str:
        steps = (f"{_named(a)} -> {_named(b)} {count:,}" for (a, b), count in self.counts.items())
        end = ": " + ", ".join(steps) if self.counts else ""
        return f"{len(self.positions):,} of {self.n:,} examples move{end}"


def _named(name: str | None) -> str:
    return _NONE if name is None else shown(name)


def _renumbered(assignment: NDArray[Any], numbers: list[int]) -> NDArray[np.int64]:
    """Return the number of each example's split; the last one stands for no split."""
    table = np.full(np.iinfo(assignment.dtype).max + 1, numbers[-1], dtype=np.int64)
    table[: len(numbers) - 1] = numbers[:-1]
    return np.asarray(table[assignment])
