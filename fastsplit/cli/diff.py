"""What differs between two splits: by the ids of their examples, by their index arrays, or by their plans alone."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit import GroupPlan, Plan
from fastsplit.cli import manifest, recorded
from fastsplit.cli.parts import Parts, have_examples, read_ids
from fastsplit.cli.plans import has_plan, load_plan
from fastsplit.engine.tabulate import united_rows
from fastsplit.readers.source import listed
from fastsplit.report import Moved
from fastsplit.text import printable

_NONE = 255  # the split of an example that is in none
_KEYS = 2.0**64


class _Made(NamedTuple):
    """The split of each example, from index arrays."""

    names: tuple[str, ...]
    splits: NDArray[np.uint8]


def difference(a: Path, b: Path) -> str:
    """Say how many examples are in another split, and of which one."""
    kinds = [_kind_of_ids(path) for path in (a, b)]
    if None not in kinds and have_examples(a) and have_examples(b):
        kind = kinds[0] if kinds[0] == kinds[1] else "strings"  # text that is all numbers in one of them
        parts = read_ids(a, str(kind)), read_ids(b, str(kind))
        _check_names((a, parts[0].names), (b, parts[1].names))
        return _by_id(*parts)
    made = [_from_arrays(path) for path in (a, b)]
    before, after = made
    if before is None or after is None:
        plans = load_plan(a), load_plan(b)
        _check_names((a, plans[0].names), (b, plans[1].names))
        return _of_plans(*plans)
    n = min(len(before.splits), len(after.splits))
    _check_names((a, before.names), (b, after.names))
    _check_rows((a, before), (b, after))
    moved = Moved.between((before.names, after.names), (before.splits[:n], after.splits[:n]))
    more = [
        f"; {len(own.splits) - n:,} more in {printable(path)}"
        for own, path in ((before, a), (after, b))
        if len(own.splits) > n
    ]
    return f"{moved}{''.join(more)}"


def _kind_of_ids(path: Path) -> str | None:
    """Return of what kind the ids are by which a folder was split, or None if it was not split by ids."""
    plan = load_plan(path) if path.is_dir() and has_plan(path) else None
    return plan.id_kind if isinstance(plan, Plan) and plan.with_ids else None


def _by_id(before: Parts, after: Parts) -> str:
    """Say how many examples moved, came and went. Of examples that share an id, as many as can be have stayed."""
    is_left, is_right = (np.ones(len(parts.ids), dtype=bool) for parts in (before, after))  # not paired yet
    for k, name in enumerate(before.names):
        if name in after.names:
            rows = np.flatnonzero(before.splits == k)
            others = np.flatnonzero(after.splits == after.names.index(name))
            pairs = _paired(before.ids[rows], after.ids[others])
            is_left[rows[pairs[0]]] = is_right[others[pairs[1]]] = False
    n_stay = len(is_left) - int(is_left.sum())
    rows, others = np.flatnonzero(is_left), np.flatnonzero(is_right)
    pairs = _paired(before.ids[rows], after.ids[others])
    rows, others = rows[pairs[0]], others[pairs[1]]
    is_left[rows] = is_right[others] = False
    moved = Moved.between((before.names, after.names), (before.splits[rows], after.splits[others]))
    all_moved = Moved(n_stay + moved.n, moved.positions, moved.counts)
    came, went = _spread("came", after, is_right), _spread("went", before, is_left)
    unseen = "; of examples in no split, nothing is known" if before.n_others + after.n_others else ""
    return f"{all_moved}; {came}, {went}; compared by id{unseen}"


def _spread(what: str, parts: Parts, chosen: NDArray[np.bool_]) -> str:
    """Say of how many examples something is true, in all and in each split."""
    counts = np.bincount(parts.splits[chosen], minlength=len(parts.names)).tolist()
    each = [f"{printable(name)} {n:,}" for name, n in zip(parts.names, counts, strict=True) if n]
    return f"{sum(counts):,} {what}{f' ({listed(each)})' if each else ''}"


def _paired(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the positions of equal numbers in two arrays, each position at most once: the k-th with the k-th."""
    in_a, in_b = np.argsort(a, kind="stable"), np.argsort(b, kind="stable")
    a, b = a[in_a], b[in_b]
    at = np.searchsorted(b, a) + np.arange(len(a)) - np.searchsorted(a, a)
    has_one = at < np.searchsorted(b, a, side="right")
    return in_a[has_one], in_b[at[has_one]]


def _check_names(*of: tuple[Path, tuple[str, ...]]) -> None:
    """Refuse splits that have no name in common, because they are compared by name; warn if only some have."""
    (_, names), (_, others) = of
    if set(names) == set(others):
        return
    each = "; ".join(f"{path} has {listed(own)}" for path, own in of)
    if not set(names) & set(others):
        raise ValueError(f"--diff compares splits by name, but the two have none in common: {each}")
    warnings.warn(f"not all splits are in both, and they are compared by name: {each}", stacklevel=2)


def _check_rows(a: tuple[Path, _Made], b: tuple[Path, _Made]) -> None:
    """Refuse folders whose sources have other rows, if their classes tell; else warn, because nothing else would."""
    (fewer, few), (more, many) = sorted((a, b), key=lambda each: len(each[1].splits))
    if has_plan(fewer) and has_plan(more) and _labels_of(fewer) == _labels_of(more):
        _check_classes((fewer, more), same_size=len(few.splits) == len(many.splits))
    warnings.warn(
        "examples are compared by position: the figure means something only if both sources have the same rows in the "
        "same order, but for more at the end of one",
        stacklevel=2,
    )


def _check_classes(folders: tuple[Path, Path], same_size: bool) -> None:
    """Refuse folders of which the second, with more rows or as many, lacks examples of the first."""
    plans = [load_plan(folder) for folder in folders]
    if plans[0].classes.dtype.kind != plans[1].classes.dtype.kind:  # a number more, or less, may make strings of all
        return
    classes, rows = united_rows([plan.classes for plan in plans])
    few, many = (np.append(plan.totals, 0)[row] for plan, row in zip(plans, rows, strict=True))  # row -1 has none
    wrong = np.flatnonzero(few != many if same_size else few > many)
    if len(wrong):
        c = int(wrong[0])
        (label,) = classes[c : c + 1].tolist()
        raise ValueError(
            f"--diff compares these by position, but not the same rows: class {printable(repr(label))} has {few[c]:,} "
            f"examples in {printable(folders[0])} and {many[c]:,} in {printable(folders[1])}; folders that were split "
            "with --ids-column are compared by id"
        )


def _labels_of(folder: Path) -> dict[str, Any]:
    """Return the options by which the labels of a folder were read: by others, the same rows have other classes."""
    record = recorded.of_folder(folder)
    names = (*recorded.OF_LABELS, "missing", "label_from")
    return {} if record is None else {name: record.options.get(name) for name in names}


def _from_arrays(path: Path) -> _Made | None:
    """Read the index arrays of a folder, or return None if there are none."""
    found = manifest.splits(path) if path.is_dir() else None
    if found is None or not all((path / f"{name}.npy").exists() for name in found.names):
        return None
    splits = np.full(found.rows, _NONE, dtype=np.uint8)
    for number, name in enumerate(found.names):
        indices = np.load(path / f"{name}.npy", mmap_mode="r")
        if indices.ndim != 1 or indices.dtype.kind not in "iu" or (len(indices) and int(indices.max()) >= found.rows):
            raise ValueError(
                f"{path / name}.npy is not an index array of the {found.rows} examples in {manifest.REPORT}"
            )
        splits[indices] = number
    return _Made(found.names, splits)


def _of_plans(a: Plan | GroupPlan, b: Plan | GroupPlan) -> str:
    """Say about how many of the examples that plan a was made from are in another split by plan b."""
    if isinstance(a, GroupPlan) or isinstance(b, GroupPlan):
        raise ValueError("--diff of plans of groups needs folders with index arrays")
    if (a.with_ids, a.id_kind) != (b.with_ids, b.id_kind):
        raise ValueError("--diff needs plans that were made with ids of one kind, or folders with index arrays")
    if a.classes.dtype.kind != b.classes.dtype.kind and len(a.classes) and len(b.classes):
        raise ValueError("--diff needs plans of the same labels, but those of one are integers, of the other strings")
    counts: dict[tuple[str | None, str | None], float] = {}
    if a.seed == b.seed:
        for pair, share in _same_keys(a, b):
            counts[pair] = counts.get(pair, 0.0) + share
    else:  # other keys: the two splits of an example are independent
        for i, name in enumerate(a.names):
            for other, size in zip(b.names, b.sizes, strict=True):
                counts[name, other] = float(a.counts[:, i].sum()) * float(size)
    n = {pair: round(count) for pair, count in counts.items() if pair[0] != pair[1]}
    moved = Moved(a.n_examples, np.empty(sum(n.values()), dtype=np.intp), {pair: k for pair, k in n.items() if k})
    return f"about {moved} (by the cuts of the plans)"


def _same_keys(a: Plan, b: Plan) -> list[tuple[tuple[str | None, str | None], float]]:
    """Return how many examples the keys between two neighbouring cuts of either plan decide, and their two splits."""
    _, (rows, others) = united_rows((a.classes, b.classes))
    own, other = (_cuts(plan, row[rows >= 0]) for plan, row in ((a, rows), (b, others)))
    edges = np.sort(np.hstack([own, other]).astype(np.float64), axis=1)
    edges = np.hstack([np.zeros((len(edges), 1)), edges, np.full((len(edges), 1), _KEYS)])
    found = []
    for begin, end in zip(edges.T[:-1], edges.T[1:], strict=True):
        middle = ((begin + end) / 2)[:, None]
        splits = [(cuts.astype(np.float64) < middle).sum(axis=1) for cuts in (own, other)]
        examples = (end - begin) / _KEYS * a.totals
        for pair in np.unique(np.stack(splits, axis=1), axis=0).tolist():
            inside = (splits[0] == pair[0]) & (splits[1] == pair[1])
            names = tuple(plan.names[k] if k < len(plan.names) else None for plan, k in zip((a, b), pair, strict=True))
            found.append(((names[0], names[1]), float(examples[inside].sum())))
    return found


def _cuts(plan: Plan, rows: NDArray[np.int64]) -> NDArray[Any]:
    """Return the cuts of some classes; those that the plan has not seen, row -1, are cut at the fractions."""
    return np.vstack([plan.cuts, plan.sizes.ideal_cuts[None]])[rows]
