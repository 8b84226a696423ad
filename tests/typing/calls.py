"""Calls as type checkers see them: lines that end in "error" are errors, all others are correct.

This file is checked, never run.
"""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import fastsplit
from fastsplit.typing import Order, SeedLike, SizesLike

labels = np.arange(10) % 2

# Labels, ids and sizes in every form.
fastsplit.split(labels)
fastsplit.split(labels.astype(np.uint8).tolist(), [0.5, 0.25])
fastsplit.split(["cat", "dog"], {"train": Fraction(1, 2), "test": Decimal("0.5")}, ids=["a", "b"])
fastsplit.split(pd.Series([1, 2]), (5, 5), ids=np.arange(10), dtype=np.uint32)
fastsplit.split(labels, np.array([0.5, 0.5]), dtype="i4", threads=2, min_per_split=1)
fastsplit.split(labels, (np.float32(0.5), np.int64(0)))
fastsplit.split(labels, (0.5, None))
fastsplit.split(labels, {"train": None, "test": 1000})
fastsplit.split()  # error
fastsplit.split(labels, 0.8)  # error
fastsplit.split(labels, "0.8")  # error
fastsplit.split(labels, {1: 0.5})  # error
fastsplit.split(labels, (0.5, "rest"))  # error
fastsplit.split(labels, (0.5, 0.5), 0)  # error
fastsplit.split(labels, threads=1.0)  # error
fastsplit.split(labels, shuffle=True)  # error

# Seeds and orders.
fastsplit.split(labels, seed=0)
fastsplit.split(labels, seed=np.int64(0), order="ascending")
fastsplit.split(labels, seed=np.random.SeedSequence(0))
fastsplit.split(labels, seed=np.random.default_rng(0))
fastsplit.split(labels, seed="0")  # error
fastsplit.split(labels, order="random")  # error
fastsplit.split(labels, order=True)  # error
order: Order = "shuffled"
seed: SeedLike = None
sizes: SizesLike = {"train": 0.5, "test": 0.5}
other_order: Order = "descending"  # error
other_seed: SeedLike = 0.5  # error

# What is returned.
parts = fastsplit.split(labels, sizes, seed=seed, order=order)
train, test = parts
array: NDArray[Any] = parts["train"]
array = parts[0]
arrays: tuple[NDArray[Any], ...] = parts[:2]
counts: NDArray[np.int64] = parts.counts
names: tuple[str, ...] = parts.plan.names
parts[0.5]  # error
number: int = parts["train"]  # error
parts.assign(labels)  # error

plan: fastsplit.Plan = fastsplit.plan(labels, (0.8, 0.2), seed=0)
plan = fastsplit.Plan.load("plan.json")
array = plan.assign(labels, ids=["a", "b"])
plan.seed = 1  # error
plan.save(1.5)  # error
fastsplit.plan(labels, order="ascending")  # error

# Groups.
by_groups = fastsplit.split(labels, (0.5, 0.5), groups=["a", "b"], balance="closest", seed=0)
either: fastsplit.Plan | fastsplit.GroupPlan = by_groups.plan
group_plan: fastsplit.GroupPlan = fastsplit.plan(labels, groups=np.arange(10), balance="fair", seed=0)
group_plan = fastsplit.GroupPlan.load("plan.npz")
array = group_plan.assign(labels, np.arange(10))
train, test = group_plan.split(labels, ["a", "b"], order="ascending")
is_fair: bool = group_plan.fair
fastsplit.kfold(labels, 5, groups=pd.Series(["a", "b"]), seed=0)
fastsplit.split(labels, groups=labels, balance="best")  # error
fastsplit.plan(labels, groups=labels, ids=labels)  # error
fastsplit.plan(labels, balance="closest")  # error
fastsplit.kfold(labels, 5, groups=labels, balance="fair")  # error
group_plan.assign(labels)  # error
not_a_plan: fastsplit.Plan = fastsplit.plan(labels, groups=labels)  # error

folds: fastsplit.Folds = fastsplit.kfold(labels, 5, seed=0)
pairs: Iterator[tuple[NDArray[Any], NDArray[Any]]] = folds.split(labels)
for fold_train, fold_test in folds:
    array = labels[fold_train]
    array = labels[fold_test]
fastsplit.kfold(labels, "5")  # error
folds["train"]  # error

# Several labels per example.
several: fastsplit.Splits = fastsplit.split_multilabel(np.eye(3), (0.5, 0.5), seed=0, balance="closest")
fastsplit.split_multilabel([["cat"], ["dog", "cat"]], {"train": 0.5, "test": 0.5}, order="ascending", dtype="i4")
fastsplit.split_multilabel(np.eye(3), balance="best")  # error
fastsplit.split_multilabel(np.eye(3), ids=[1, 2, 3])  # error
several_folds: fastsplit.Folds = fastsplit.kfold_multilabel(pd.DataFrame({"a": [0, 1]}), 2, seed=0, threads=1)
fastsplit.kfold_multilabel(np.eye(3), "2")  # error

classes, positions, offsets = fastsplit.group(labels)
grouping: fastsplit.Grouping = fastsplit.group(["a", "b"], threads=1)
fastsplit.group(labels, seed=0)  # error

codes: NDArray[np.int64] = fastsplit.strata([0.5, 1.5], (0.5, 0.5))
fastsplit.strata(pd.Series([0.5, 1.5]), 2, within=["a", "b"], threads=2)
fastsplit.strata(np.zeros((10, 2)), bins=3)
fastsplit.strata(codes, 0.8)  # error
fastsplit.strata(codes, "5")  # error
fastsplit.strata(codes, bins=0.5)  # error
fastsplit.strata(codes, seed=0)  # error

array = fastsplit.shuffle([1, 2, 3], seed=0)
fastsplit.shuffle([1, 2, 3])  # error

by_labels = fastsplit.split_multilabel([[1, 0], [1, 1]], (0.5, 0.5), seed=0)
unlabeled: NDArray[np.int64] = by_labels.plan.unlabeled
by_labels.plan.save("plan.json")  # error
fastsplit.split(labels).plan.save("plan.json")
annotated: fastsplit.Splits = fastsplit.split(labels)
folds_of_labels = fastsplit.kfold_multilabel([[1, 0], [1, 1]], 2).plan.unlabeled

# Parts and chunks.
counted: fastsplit.Counts = fastsplit.count(labels) + fastsplit.count(["a"], threads=1)
total: fastsplit.Tally = fastsplit.tally(labels, (0.5, 0.5), seed=0, start=10, after=counted, min_per_split=1)
total = fastsplit.tally(["a"], {"train": 1, "test": 1}, seed=np.random.SeedSequence(0), ids=["x"], n=2, threads=1)
total = total + fastsplit.tally(labels, (0.5, 0.5), seed=0, after=total)
total = sum([total, total], start=fastsplit.Tally.empty((0.5, 0.5), seed=0))
total = fastsplit.Tally.from_bytes(total.to_bytes())
is_complete: bool = total.complete
array = total.missed
plan = total.plan()
fastsplit.count()  # error
fastsplit.count(labels, seed=0)  # error
fastsplit.tally(labels, (0.5, 0.5))  # error
fastsplit.tally(labels, (0.5, 0.5), seed=0, start="0")  # error
fastsplit.tally(labels, (0.5, 0.5), seed=0, after=plan)  # error
total.plan(seed=0)  # error


def chunks() -> Iterator[tuple[NDArray[Any], list[str]]]:
    yield labels, ["a"] * 10


plan = fastsplit.plan_chunks(chunks, (0.8, 0.2), seed=0, passes=1, min_per_split=1, threads=2)
plan = fastsplit.plan_chunks(lambda: iter([labels]), {"train": 0.5}, seed=0, progress=lambda items, what: items)
group_plan = fastsplit.plan_chunks(chunks, (0.8, 0.2), seed=0, groups=True, balance="closest")
for chunk in fastsplit.assign_chunks(plan, chunks, threads=1):
    array = chunk
for chunk in fastsplit.assign_chunks(group_plan, chunks):
    array = chunk
fastsplit.plan_chunks([labels], (0.8, 0.2), seed=0)  # error
fastsplit.plan_chunks(chunks, (0.8, 0.2))  # error
plan = fastsplit.plan_chunks(chunks, (0.8, 0.2), seed=0, groups=True)  # error
fastsplit.plan_chunks(chunks, (0.8, 0.2), seed=0, balance="closest")  # error
fastsplit.assign_chunks(plan, [labels])  # error
