"""``fastsplit assign``: a plan, and files that may have grown -> a folder with the same split of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastsplit import GroupPlan, Plan
from fastsplit.cli import inputs, options, recorded
from fastsplit.cli.data import Data, SplitCounts, changed
from fastsplit.cli.folder import Target
from fastsplit.cli.outcome import Assigned, Outcome
from fastsplit.cli.output import way_of, write_outcome
from fastsplit.cli.planning import assigned, saver, split_of
from fastsplit.cli.plans import load_plan
from fastsplit.engine.tabulate import Census, united
from fastsplit.group_tables import GroupTable
from fastsplit.inputs.gates import warn_of_fewer_labels, warn_of_other_rows
from fastsplit.readers.columns import MISSING_CLASS
from fastsplit.readers.counted import integer
from fastsplit.readers.source import listed
from fastsplit.report import Drift, Report
from fastsplit.text import printable

ABOUT = "split grown data by an existing plan: nothing moves"
EPILOG = """\
SOURCE is read as by fastsplit split, and DIR receives the same files. An example that the plan was
made from stays in its split. A new example is put into each split with the requested probability,
by its id; without ids, new examples must come after the old ones, and these in their order: other
counts are warned of. The printed table says how far the shares have drifted from the sizes, and
which classes are new. plan.json has the cuts of PLAN and the counts of the data at hand; keep PLAN
to see the drift since it was made.

Options that say how SOURCE is read, such as --column, are taken from the report beside PLAN if they
are not given.

examples:
  fastsplit assign grown.csv --plan parts --out parts-2
  fastsplit assign day1/ day2/ --plan parts/plan.json --out parts-2 --write links
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    options.add_source(parser)
    plan = "plan.json or plan.npz of an earlier split, or its folder"
    parser.add_argument("--plan", metavar="PLAN", type=Path, required=True, help=plan)
    options.add_output(parser)


def run(args: argparse.Namespace) -> None:
    """Scan the files, assign them, write the results, and print the drift."""
    taken = recorded.complete(args, args.plan)
    as_split = f"options of {printable(args.plan)}: {printable(taken)}"
    hint = f"; {as_split}" if taken else ""
    writing, reading = options.read_writing(args), options.read_source_options(args)
    if len(args.column) > 1:
        raise ValueError(f"--column must be one for assign, got {listed(args.column)}")
    target = Target(args.out, args.force)
    inputs.check_apart([*args.sources, str(args.plan)], target)
    plan = load_plan(args.plan)
    with target.workspace() as workspace, inputs.opened(args, reading, workspace, hint) as (source, read):
        way_of(writing, source)
        data = Data(source, options.read_missing(args), plan)
        _check_fits(data, plan)
        outcome = _Grown(data, plan, writing.threads).outcome()
        write_outcome(workspace.new, outcome, source, writing, recorded.of_command(args, read))
        target.publish(workspace)
        first = [f"{inputs.shown(args.sources)}: {printable(source.says)}", *([as_split] if taken else [])]
        print("\n".join([*first, outcome.table(), "", f"written: {printable(args.out)}"]))


def _check_fits(data: Data, plan: Plan | GroupPlan) -> None:
    """Refuse data that lacks what the plan decides by."""
    found = data.labels.classes
    if found.dtype.kind == "O" and plan.classes.dtype.kind != "O" and len(plan.classes):
        others = [printable(repr(name)) for name in found.tolist() if integer(name) is None]
        hint = "; pass --missing drop" if MISSING_CLASS in found else ""
        raise ValueError(f"the labels must be whole numbers, as in the plan, got {listed(others)}{hint}")
    if isinstance(plan, GroupPlan):
        if not data.with_groups:
            raise ValueError("--groups-column is required, because the plan is one of groups")
        return
    if data.with_groups:
        raise ValueError("--groups-column does not apply, because the plan was made without groups")
    if plan.with_ids and not data.with_ids:
        raise ValueError("--ids-column is required, because the plan was made with ids")
    if data.with_ids and not plan.with_ids:
        raise ValueError("--ids-column does not apply, because the plan was made without ids: positions are the ids")
    if not plan.with_ids:
        warn_of_fewer_labels(data.n, plan.totals)


class _Grown:
    """Data that is split by a plan, and counted while it is."""

    def __init__(self, data: Data, plan: Plan | GroupPlan, threads: int) -> None:
        self._data, self._plan, self._threads = data, plan, threads
        self._counts, self._first = (SplitCounts(len(data.labels.classes), len(plan.names)) for _ in range(2))
        self._groups = GroupTable.of([], [])
        self._drift: Drift | None = None

    def outcome(self) -> Outcome:
        """Return the split; its table is known once it was scanned."""
        plan = self._plan

        def fields() -> dict[str, object]:
            return {**Report(self.drift.plan).to_dict(), "drift": self.drift.to_dict()}

        def save(folder: Path) -> None:
            saver(self.drift.plan)(folder)

        return Outcome(plan.names, plan.seed, self._data.n, self._assign, self._table, fields, save)

    @property
    def drift(self) -> Drift:
        """How far the shares are from the sizes of the plan."""
        if self._drift is None:
            if not self._counts.totals.any():  # nothing was written
                for _ in self._assign(examples=False):
                    pass
            self._drift = Drift(self._plan, self._recounted())
        return self._drift

    def _assign(self, *, examples: bool) -> Iterator[Assigned]:
        for part in self._data.parts("write", examples=examples):
            splits = split_of(self._plan, part, self._threads)
            self._count(part.rows, splits)
            if part.groups is not None:
                self._groups += GroupTable.of(part.labels, part.groups, self._threads)
            yield assigned(part, splits, self._data.with_ids, self._threads)
        if not np.array_equal(self._counts.totals, self._data.labels.counts):
            raise changed(self._data.source, "classes have other counts")
        self._warn_of_other_rows()

    def _count(self, rows: NDArray[np.int32], splits: NDArray[np.uint8]) -> None:
        """Count examples of these classes in these splits; as many as the plan was made from are the first."""
        end = int(self._plan.totals.sum() - self._first.totals.sum())
        for counts, chosen in ((self._first, slice(end)), (self._counts, slice(None))):
            counts.add(rows[chosen], splits[chosen])

    def _warn_of_other_rows(self) -> None:
        """Warn if examples are known by their position, and the first are not those that the plan was made from."""
        plan = self._plan
        if isinstance(plan, Plan) and not plan.with_ids:
            warn_of_other_rows(plan.names, (plan.classes, plan.totals, plan.counts), self._census(self._first))

    def _recounted(self) -> Plan | GroupPlan:
        """Return the plan with the counts of the data, and with its new classes."""
        census = self._census(self._counts)
        if isinstance(self._plan, GroupPlan):
            units = self._groups.table.units
            largest = int(units.sizes.max(initial=0))
            return self._plan.recounted(census, units.ids, self._groups.kind, largest, self._threads)
        return self._plan.recounted(*census)

    def _census(self, counted: SplitCounts) -> Census:
        """Return what was counted, with the classes of the plan beside those of the data."""
        found = self._data.labels.classes
        classes = united(self._plan.classes, found)
        rows = np.searchsorted(classes, found.astype(classes.dtype))
        totals = np.zeros(len(classes), dtype=np.int64)
        counts = np.zeros((len(classes), len(self._plan.names)), dtype=np.int64)
        totals[rows], counts[rows] = counted.totals, counted.table
        return Census(classes, totals, counts)

    def _table(self) -> str:
        """Return the table of the drift, and the new classes."""
        classes = self.drift.plan.classes
        is_new = ~np.isin(classes, self._plan.classes.astype(classes.dtype))
        new = listed([printable(repr(name)) for name in classes[is_new].tolist()])
        classes_note = f"\n\nnew classes: {new}" if is_new.any() else ""
        return f"{self.drift}{classes_note}{self._data.note}"
