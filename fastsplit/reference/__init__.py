"""The functions and the stages of fastsplit in plain NumPy, with the same results to the bit.

The kernels are tested against it and compared with it. Nothing in fastsplit falls back to it. ``threads`` is accepted,
and checked, so that signatures are equal. There is a module per stage, as in ``fastsplit.engine``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastsplit.engine import strata as way_of_strata
from fastsplit.engine.pipeline import Request, Result
from fastsplit.engine.whole_groups import Way
from fastsplit.group_plans import GroupPlan, planned
from fastsplit.grouping import Grouping
from fastsplit.inputs.gates import (
    check_class_sizes,
    check_fits_plan,
    check_groups_for_folds,
    check_kind_of_ids,
    check_split_sizes,
    check_table,
    warn_of_empty_folds,
    warn_of_empty_splits,
)
from fastsplit.inputs.ids import Ids, check_groups_alone, read_groups, read_ids, read_indices
from fastsplit.inputs.labels import Labels, read_labels
from fastsplit.inputs.options import read_balance, read_dtype, read_min_per_split, read_order, read_threads
from fastsplit.inputs.seeds import read_seed
from fastsplit.inputs.sizes import read_folds, read_sizes
from fastsplit.inputs.targets import DEFAULT_SIZES, read_bins, read_sizes_or_k, read_targets, read_within
from fastsplit.plans import Plan
from fastsplit.reference.assign import assign as assign_stage
from fastsplit.reference.cuts import cuts
from fastsplit.reference.emit import emit
from fastsplit.reference.gather import gather
from fastsplit.reference.group import group as group_stage
from fastsplit.reference.hilbert import hilbert
from fastsplit.reference.keys import id_numbers, keys, rank_keys
from fastsplit.reference.multilabel import STAGES, kfold_multilabel, split_multilabel
from fastsplit.reference.order import order
from fastsplit.reference.quotas import quotas
from fastsplit.reference.rank import rank
from fastsplit.reference.scan import scan
from fastsplit.reference.seeds import expand_seed
from fastsplit.reference.table import tabulate
from fastsplit.splits import Splits
from fastsplit.typing import Balance, Order, SeedLike, SizesLike

__all__ = [
    "assign",
    "cuts",
    "emit",
    "gather",
    "group",
    "hilbert",
    "keys",
    "kfold",
    "kfold_multilabel",
    "order",
    "plan",
    "quotas",
    "rank",
    "scan",
    "shuffle",
    "split",
    "split_multilabel",
    "strata",
]


def split(
    labels: ArrayLike,
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike = None,
    ids: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    balance: Balance = "fair",
    order: Order = "shuffled",
    min_per_split: int = 0,
    dtype: DTypeLike | None = None,
    threads: int | None = None,
) -> Splits[Plan | GroupPlan]:
    """Do what `fastsplit.split` does."""
    n = len(read_labels(labels).values)
    shuffled, index_dtype, number = read_order(order), read_dtype(dtype, n), read_seed(seed)
    made = plan(
        labels,
        sizes,
        seed=number,
        ids=ids,
        groups=groups,
        balance=balance,
        min_per_split=min_per_split,
        threads=threads,
    )
    if isinstance(made, GroupPlan):
        assignment, numbers = _by_group(made, id_numbers(read_groups(groups, n))), None
    else:
        assignment, numbers = assign(made, labels, ids), id_numbers(read_ids(ids, n))
    seed_words = expand_seed(number).order if shuffled else None
    return Splits(made, assignment, _arrays(assignment, len(made.names), index_dtype, seed_words, numbers))


def plan(
    labels: ArrayLike,
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike = None,
    ids: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    balance: Balance = "fair",
    min_per_split: int = 0,
    threads: int | None = None,
) -> Plan | GroupPlan:
    """Do what `fastsplit.plan` does."""
    read = read_labels(labels)
    names, shares = read_sizes(sizes, len(read.values))
    minimum, balance = read_min_per_split(min_per_split), read_balance(balance)
    workers, number = read_threads(threads), read_seed(seed)
    given_ids = read_ids(ids, len(read.values))
    request = Request(read, shares, expand_seed(number), id_numbers(given_ids), minimum, workers)
    if groups is not None or balance != "fair":
        check_groups_alone(groups, ids, balance)
        made, _ = planned(names, number, request, read_groups(groups, len(read.values)), balance, _WAY)
        warn_of_empty_splits(names, shares, made.splits)
        return made
    return Plan.of(names, shares, number, given_ids.kind if given_ids else None, run(request))


def kfold(
    labels: ArrayLike,
    k: int = 5,
    *,
    seed: SeedLike = None,
    ids: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    order: Order = "shuffled",
    dtype: DTypeLike | None = None,
    threads: int | None = None,
) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Do what `fastsplit.kfold` does; all pairs are made at once."""
    read = read_labels(labels)
    n = len(read.values)
    names, shares = read_folds(k, n)
    shuffled, index_dtype, workers, number = (
        read_order(order),
        read_dtype(dtype, n),
        read_threads(threads),
        read_seed(seed),
    )
    seeds, given_ids = expand_seed(number), read_ids(ids, n)
    numbers = id_numbers(given_ids)
    request = Request(read, shares, seeds, numbers, 0, workers)
    if groups is not None:
        check_groups_alone(groups, ids, "fair")
        by_groups, assignment = planned(names, number, request, read_groups(groups, n), "fair", _WAY)
        check_groups_for_folds(k, len(by_groups.groups))
    else:
        made = Plan.of(names, shares, number, given_ids.kind if given_ids else None, run(request))
        warn_of_empty_folds(k, made.totals, made.counts.sum(axis=0))
        assignment = assign(made, labels, ids)
    pairs = []
    for fold in range(k):
        test, train = _arrays(assignment != fold, 2, index_dtype, seeds.order if shuffled else None, numbers)
        pairs.append((train, test))
    return pairs


def strata(
    y: ArrayLike,
    sizes_or_k: SizesLike | int = DEFAULT_SIZES,
    *,
    within: ArrayLike | None = None,
    bins: int | None = None,
    threads: int | None = None,
) -> NDArray[np.int64]:
    """Do what `fastsplit.strata` does."""
    columns = read_targets(y)
    n = len(columns[0])
    classes, n_bins = read_within(within, n), read_bins(bins, n, sizes_or_k)
    given = read_sizes_or_k(sizes_or_k)
    sizes = read_folds(given, n, "examples") if isinstance(given, int) else read_sizes(given, n, "examples")
    blocks = way_of_strata.Blocks(given if isinstance(given, int) else way_of_strata.block_size(sizes.shares), n_bins)
    stages = way_of_strata.Stages(rank, hilbert, _grouped)
    return way_of_strata.strata(columns, classes, blocks, read_threads(threads), stages)


def group(labels: ArrayLike, *, threads: int | None = None) -> Grouping:
    """Do what `fastsplit.group` does."""
    read_threads(threads)
    return _grouped(read_labels(labels))


def _grouped(labels: Labels, threads: int = 1) -> Grouping:
    classes, codes, counts = scan(labels)
    return Grouping(classes, group_stage(codes, len(classes)), np.concatenate([[0], counts.cumsum()]))


def shuffle(indices: ArrayLike, *, seed: SeedLike, threads: int | None = None) -> NDArray[Any]:
    """Do what `fastsplit.shuffle` does."""
    array = read_indices(indices)
    read_threads(threads)
    return order(array, expand_seed(read_seed(seed)).order, None)


def assign(plan: Plan, labels: ArrayLike, ids: ArrayLike | None = None) -> NDArray[Any]:
    """Do what `fastsplit.Plan.assign` does."""
    read = read_labels(labels)
    given_ids = read_ids(ids, len(read.values))
    check_kind_of_ids(read, given_ids, plan.id_kind)
    numbers = id_numbers(given_ids)
    check_fits_plan(read, numbers, plan.classes, plan.with_ids)
    values = read.values if read.names is None else read.names[read.values]
    if len(values) == 0:  # no labels are of no type
        values = plan.classes[:0]
    classes, n_classes = plan.classes, len(plan.classes)
    if np.uint64 in (classes.dtype, values.dtype) and classes.dtype != values.dtype:
        classes, values = classes.astype(object), values.astype(object)  # which NumPy would compare as float64
    codes = np.searchsorted(classes, values)
    codes[codes == n_classes] = 0
    unseen = classes[codes] != values if n_classes else np.ones(len(values), dtype=bool)
    codes[unseen] = n_classes
    table = np.vstack([plan.cuts, plan.sizes.ideal_cuts])
    example_keys = rank_keys(expand_seed(plan.seed).split, _or_positions(numbers, len(values)))
    return assign_stage(codes, example_keys, table, plan.sizes.rest_column)


def run(request: Request) -> Result:
    """Do what `fastsplit.engine.pipeline.run` does, without the assignment."""
    labels, shares, seeds, ids, min_per_split, _ = request
    classes, codes, counts = scan(labels)
    check_class_sizes(classes, counts, shares.n_nonempty, min_per_split)
    check_split_sizes(len(labels.values), len(classes), shares, min_per_split)
    check_table(len(classes), len(shares.numerators))
    requested = quotas(counts, shares.numerators, shares.denominator, len(shares), min_per_split, seeds.rounding)
    example_keys, minimum = rank_keys(seeds.split, _or_positions(ids, len(codes))), shares.minimum(min_per_split)
    class_cuts, given = cuts(codes, example_keys, requested, shares.ideal_cuts, minimum, seeds.rounding, classes)
    return Result(classes, counts, given[:, : len(shares)], class_cuts, np.empty(0, dtype=np.uint8))


def _hashed(groups: Ids, threads: int) -> NDArray[np.uint64]:
    return id_numbers(groups)


_WAY = Way(_hashed, tabulate, STAGES)


def _by_group(plan: GroupPlan, groups: NDArray[np.uint64]) -> NDArray[Any]:
    """Return the split of each example of the groups that a plan was made from."""
    return np.asarray(plan.splits[np.searchsorted(plan.groups, groups)])


def _or_positions(ids: NDArray[np.uint64] | None, n: int) -> NDArray[np.uint64]:
    return np.arange(n, dtype=np.uint64) if ids is None else ids


def _arrays(
    assignment: NDArray[Any],
    n_splits: int,
    dtype: np.dtype[Any],
    seed: NDArray[np.uint64] | None,
    ids: NDArray[np.uint64] | None,
) -> list[NDArray[Any]]:
    """Return the positions of each split, ascending, or in random order if there is a seed."""
    arrays = emit(assignment, n_splits, dtype)
    return arrays if seed is None else [order(positions, seed, ids) for positions in arrays]
