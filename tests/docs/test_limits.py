"""The page on limits: its figures are those of the code, and its examples behave as it says."""

from pathlib import Path

import numpy as np
import pytest

import fastsplit
from fastsplit.inputs.sizes import MAX_FOLDS, MAX_SPLITS

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
SIZES = (0.7, 0.2, 0.1)


def test_its_numbers_of_splits_and_folds_are_those_of_the_code():
    assert f"At most {MAX_SPLITS} splits, {MAX_FOLDS:,} folds" in PAGE
    labels = np.zeros(MAX_FOLDS, dtype=np.int8)
    assert len(fastsplit.split(labels[:MAX_SPLITS], [1] * MAX_SPLITS, seed=0)) == MAX_SPLITS
    with pytest.raises(ValueError, match=f"1 to {MAX_SPLITS} splits"):
        fastsplit.split(labels[: MAX_SPLITS + 1], [1] * (MAX_SPLITS + 1), seed=0)
    assert len(fastsplit.kfold(labels, MAX_FOLDS, seed=0)) == MAX_FOLDS
    with pytest.raises(ValueError, match=f"2 to {MAX_FOLDS}"):
        fastsplit.kfold(labels, MAX_FOLDS + 1, seed=0)


def test_a_missing_label_is_an_error():
    with pytest.raises(ValueError, match="labels must not be missing"):
        fastsplit.split(["a", None], (0.5, 0.5), seed=0)


def test_integers_in_sizes_are_counts_leave_the_rest_out_and_warn():
    with pytest.warns(UserWarning, match="integer sizes are counts"):
        parts = fastsplit.split(np.arange(1000) % 2, (80, 20), seed=0)
    assert [len(part) for part in parts] == [80, 20]


def test_later_examples_of_a_class_of_one_are_split_otherwise_by_seed_and_as_requested_on_average():
    later = np.zeros(1000, dtype=int)
    shares = []
    for seed in range(400):
        plan = fastsplit.plan(later[:1], SIZES, seed=seed, ids=[0])
        shares.append(np.bincount(plan.assign(later, np.arange(1000)), minlength=3) / 1000)
    assert (np.array(shares)[:, 0] > 0.9).any()
    # The standard error of the mean of a share is at most 0.5 / sqrt(400) = 0.025.
    assert np.abs(np.mean(shares, axis=0) - SIZES).max() < 0.1
