"""Plans of data that is scanned: by classes, or by groups and classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit import GroupPlan, Plan
from fastsplit.chunked import Add, plan_scans
from fastsplit.cli.data import Data, Part, SplitCounts, changed
from fastsplit.cli.manifest import GROUP_PLAN, PLAN
from fastsplit.cli.outcome import Assigned, Outcome
from fastsplit.cli.sizes import Sizes
from fastsplit.engine.hashing import hashed
from fastsplit.group_tables import GroupTable
from fastsplit.inputs.gates import warn_of_empty_splits
from fastsplit.report import Report


class Wanted(NamedTuple):
    """The checked arguments of a split."""

    sizes: Sizes
    seed: int
    min_per_split: int
    threads: int


def by_classes(data: Data, wanted: Wanted) -> Outcome:
    """Plan a stratified split of a source, and return it."""
    sizes = wanted.sizes.exact(data.n_kept)

    def tallied(add: Add) -> None:
        for part in data.parts("tally"):
            add(part.labels, part.ids, wanted.threads)

    made = plan_scans(tallied, sizes, wanted.seed, wanted.min_per_split, data.counts, wanted.threads)
    plan = made if data.with_ids else without_ids(made)
    return outcome_of(data, plan, wanted.threads)


def by_groups(data: Data, wanted: Wanted) -> Outcome:
    """Plan a split of whole groups of a source, and return it."""
    sizes, tables = wanted.sizes.exact(data.n_kept), GroupTable.of([], [])
    for part in data.parts("tabulate"):
        tables += GroupTable.of(part.labels, part.groups, wanted.threads)
    plan = tables.plan(sizes, wanted.seed, "fair", wanted.min_per_split)
    warn_of_empty_splits(plan.names, plan.sizes, plan.splits)
    return outcome_of(data, plan, wanted.threads)


def outcome_of(data: Data, plan: Plan | GroupPlan, threads: int) -> Outcome:
    """Return the split of the data that a plan was made from."""
    report = Report(plan)

    def assign(*, examples: bool) -> Iterator[Assigned]:
        counts = SplitCounts(len(data.labels.classes), len(plan.names))
        for part in data.parts("write", examples=examples):
            splits = split_of(plan, part, threads)
            counts.add(part.rows, splits)
            yield assigned(part, splits, data.with_ids, threads)
        if not np.array_equal(counts.table, plan.counts):
            raise changed(data.source, "the splits are not as large as planned")

    def table() -> str:
        return f"{report}{data.note}"

    return Outcome(plan.names, plan.seed, data.n, assign, table, report.to_dict, saver(plan))


def split_of(plan: Plan | GroupPlan, part: Part, threads: int) -> NDArray[Any]:
    """Return the split of each example of a part that has a label."""
    if isinstance(plan, GroupPlan):
        return plan.assign(part.labels, part.groups, threads=threads)
    return plan.assign(part.labels, part.ids, threads=threads)


def assigned(part: Part, splits: NDArray[Any], with_ids: bool, threads: int) -> Assigned:
    """Return the split of every example of a part; examples without a label are in none."""
    if not with_ids:
        return Assigned(part.chunk, part.spread(splits), None)
    ids = hashed(part.ids, threads)
    if part.kept is not None:
        ids, own = np.zeros(part.chunk.n, dtype=np.uint64), ids
        ids[part.kept] = own
    return Assigned(part.chunk, part.spread(splits), ids)


def saver(plan: Plan | GroupPlan) -> Callable[[Path], None]:
    """Return what writes a plan into a folder."""
    name = GROUP_PLAN if isinstance(plan, GroupPlan) else PLAN
    return lambda folder: plan.save(folder / name)


def without_ids(plan: Plan) -> Plan:
    """Return a plan that was made with positions as ids as one without ids, which splits in the same way."""
    return replace(plan, with_ids=False, id_kind=None)
