"""Gates: the checks that need the classes, and the checks against a plan."""

import re

import numpy as np
import pytest
from common import both_implementations

import fastsplit
from fastsplit.inputs import gates


@both_implementations
def test_classes_too_small_for_the_minimum_are_named(module):
    message = (
        "min_per_split=2 with 2 splits needs at least 4 examples per class; 2 of 2 classes have fewer: 0 (2), 1 (2)"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        module.split([0, 1, 0, 1], seed=0, min_per_split=2)


def test_an_error_names_ten_small_classes_at_most():
    with pytest.raises(
        ValueError, match=r"100 of 100 classes have fewer: 0 \(1\), .*, 9 \(1\) and 90 more; make one class .*$"
    ):
        fastsplit.split(np.arange(100), min_per_split=1)


def test_a_class_of_more_than_2_to_the_40_examples_is_refused():
    classes, counts = np.array([1, 5]), np.array([3, 2**40 + 1])
    with pytest.raises(
        ValueError, match=re.escape("labels must have at most 2**40 examples per class, got 1099511627777")
    ):
        gates.check_class_sizes(classes, counts, 2, 0)


@pytest.mark.parametrize("as_pair", [list, np.array])
@both_implementations
def test_more_folds_than_examples_of_the_largest_class_warn(module, as_pair):
    labels = as_pair([0, 1, 1, 2, 2, 2])
    with pytest.warns(UserWarning, match="k=4 is above the number of examples of the largest class, 3: ") as caught:
        folds = module.kfold(labels, 4, seed=0)
    assert caught[0].filename == __file__
    assert sorted(len(test) for _, test in folds) == [1, 1, 2, 2]
    module.kfold(labels, 3, seed=0)


def test_a_table_that_is_too_large_is_refused_before_it_is_made():
    with pytest.raises(ValueError, match=r"at most 2\*\*30 cells, got 40000 classes and 32768 splits"):
        fastsplit.kfold(np.arange(40_000), 2**15)
