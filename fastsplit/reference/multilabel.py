"""split_multilabel and kfold_multilabel in plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastsplit.engine.assign import narrowed
from fastsplit.engine.units import Stages
from fastsplit.inputs.multilabel import LabelSets, not_binary, read_multilabel
from fastsplit.inputs.options import read_balance, read_dtype, read_order, read_threads
from fastsplit.inputs.seeds import read_seed
from fastsplit.inputs.sizes import read_folds, read_sizes
from fastsplit.multilabel import dealt, plan_later
from fastsplit.multilabel_plans import MultilabelPlan
from fastsplit.reference.deal import deal, weigh
from fastsplit.reference.emit import emit
from fastsplit.reference.keys import keys
from fastsplit.reference.order import order as order_stage
from fastsplit.reference.polish import polish
from fastsplit.reference.quotas import quotas
from fastsplit.reference.rank import rank
from fastsplit.reference.seeds import expand_seed
from fastsplit.reference.table import table_of_matrix
from fastsplit.splits import Splits
from fastsplit.typing import Balance, Order, SeedLike, SizesLike

STAGES = Stages(weigh, rank, deal, polish, quotas, keys)


def split_multilabel(
    Y: Any,  # noqa: N803 - scikit-learn's name of a matrix of labels
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike = None,
    balance: Balance = "fair",
    order: Order = "shuffled",
    dtype: DTypeLike | None = None,
    threads: int | None = None,
) -> Splits[MultilabelPlan]:
    """Do what `fastsplit.split_multilabel` does."""
    read = _label_sets(Y)
    n = len(read.starts) - 1
    names, shares = read_sizes(sizes, n, "examples")
    closest, shuffled, index_dtype = read_balance(balance) == "closest", read_order(order), read_dtype(dtype, n)
    read_threads(threads)
    number = read_seed(seed)
    seeds = expand_seed(number)
    made = dealt(read, shares, seeds, closest, STAGES)
    assignment = narrowed(made.columns, shares)
    arrays = emit(assignment, len(shares), index_dtype)
    if shuffled:
        arrays = [order_stage(positions, seeds.order, None) for positions in arrays]
    return Splits(plan_later(names, shares, number, read.labels, made), assignment, arrays)


def kfold_multilabel(
    Y: Any,  # noqa: N803 - scikit-learn's name
    k: int = 5,
    *,
    seed: SeedLike = None,
    order: Order = "shuffled",
    dtype: DTypeLike | None = None,
    threads: int | None = None,
) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Do what `fastsplit.kfold_multilabel` does; all pairs are made at once."""
    read = _label_sets(Y)
    n = len(read.starts) - 1
    _, shares = read_folds(k, n, "examples")
    shuffled, index_dtype = read_order(order), read_dtype(dtype, n)
    read_threads(threads)
    seeds = expand_seed(read_seed(seed))
    columns = dealt(read, shares, seeds, False, STAGES).columns
    pairs = []
    for fold in range(len(shares)):
        arrays = emit((columns != fold).astype(np.uint8), 2, index_dtype)
        test, train = (order_stage(array, seeds.order, None) for array in arrays) if shuffled else arrays
        pairs.append((train, test))
    return pairs


def _label_sets(given: Any) -> LabelSets:
    read = read_multilabel(given)
    if isinstance(read, LabelSets):
        return read
    starts, classes, other = table_of_matrix(read)
    if other >= 0:
        raise not_binary(read, other)
    return LabelSets(starts, classes, np.arange(read.shape[1]))
