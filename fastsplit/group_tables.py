"""GroupTable: labels and groups in parts -> how many examples of each class every group has -> the plan of all."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from fastsplit.counting import check_kinds
from fastsplit.engine import whole_groups
from fastsplit.engine.seeds import expand_seed
from fastsplit.engine.units import UnitRequest
from fastsplit.group_plans import GroupPlan
from fastsplit.inputs.gates import check_whole_groups
from fastsplit.inputs.ids import read_groups
from fastsplit.inputs.labels import read_labels
from fastsplit.inputs.options import read_threads
from fastsplit.inputs.sizes import read_sizes
from fastsplit.typing import Balance, SizesLike

_MAX_TABLES = 1024  # of a sum: more are merged at once, and before if they have more entries than the largest


class GroupTable:
    """How many examples of each class every group of one part has. Tables of parts are added by ``+``.

    Parameters
    ----------
    kind : {"integers", "strings"}
        The kind of the groups; None if there were none.
    *tables : engine.whole_groups.Table
        One or more, which are merged when more than one is asked for: 12 bytes per group and class, 16 per group.
    """

    def __init__(self, kind: str | None, *tables: whole_groups.Table) -> None:
        self.kind, self._tables = kind, tables

    @classmethod
    def of(cls, labels: ArrayLike, groups: ArrayLike | None, threads: int | None = None) -> GroupTable:
        """Return the table of one part; labels, groups and threads are as for `fastsplit.plan`."""
        read, workers = read_labels(labels), read_threads(threads)
        given = read_groups(groups, len(read.values))
        return cls(given.kind if len(read.values) else None, whole_groups.table_of(read, given, workers))

    def __add__(self, other: object) -> GroupTable:
        if not isinstance(other, GroupTable):
            return NotImplemented
        if self.kind is None or other.kind is None:
            return other if self.kind is None else self
        check_kinds(self._tables[0].classes, other._tables[0].classes)
        if self.kind != other.kind:
            raise TypeError(f"groups must be of one kind in all parts, got {self.kind} and {other.kind}")
        total = GroupTable(self.kind, *self._tables, *other._tables)
        n_entries = [len(table.units.counts) for table in total._tables]
        if sum(n_entries) > 2 * max(n_entries) or len(n_entries) > _MAX_TABLES:
            total.table  # noqa: B018 - merges
        return total

    def __len__(self) -> int:
        """Return the number of examples."""
        return sum(int(table.totals.sum()) for table in self._tables)

    def __reduce__(self) -> tuple[Any, ...]:
        return GroupTable, (self.kind, self.table)

    @property
    def table(self) -> whole_groups.Table:
        """The table of all parts."""
        if len(self._tables) > 1:
            self._tables = (whole_groups.merged(self._tables),)
        return self._tables[0]

    def plan(self, sizes: SizesLike, seed: int, balance: Balance, min_per_split: int) -> GroupPlan:
        """Return the plan of `fastsplit.plan` for all labels and groups, bit for bit."""
        names, shares = read_sizes(sizes, len(self))
        units, classes, totals = self.table
        wish = UnitRequest(shares, expand_seed(seed), even=False, closest=balance == "closest")
        result = whole_groups.of_units(units, (classes, totals), wish, min_per_split)
        check_whole_groups((names, shares), result.classes, result.counts, min_per_split)
        return GroupPlan.of(names, wish, seed, self.kind, result)
