"""Options: the order and the dtype of index arrays, the minimum per split, the number of threads."""

import re

import numpy as np
import pytest
from common import both_implementations


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"order": "no"}, ValueError, "order must be 'shuffled' or 'ascending', got 'no'"),
        ({"order": np.array(["no", "yes"])}, ValueError, "order must be 'shuffled' or 'ascending', got array(['no', "),
        ({"dtype": float}, TypeError, "dtype must be an integer type of native byte order, got float64"),
        ({"dtype": ">i4"}, TypeError, "dtype must be an integer type of native byte order, got >i4"),
        ({"dtype": "foo"}, TypeError, "dtype must be an integer type of native byte order, got 'foo'"),
        ({"dtype": "(2,"}, TypeError, "dtype must be an integer type of native byte order, got '(2,'"),
        ({"dtype": np.uint8}, ValueError, "dtype must hold the largest position, 299, got uint8"),
        ({"min_per_split": -1}, ValueError, "min_per_split must be from 0 to 1099511627776, got -1"),
        ({"min_per_split": 0.5}, TypeError, "min_per_split must be an integer, got float 0.5"),
        ({"threads": 0}, ValueError, "threads must be at least 1, got 0"),
        ({"threads": 1.0}, TypeError, "threads must be an integer, got float 1.0"),
    ],
    ids=repr,
)
@both_implementations
def test_other_options_are_refused(module, options, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        module.split(np.zeros(300, dtype=int), seed=0, **options)


@pytest.mark.parametrize("function", ["split", "plan", "kfold", "group", "shuffle"])
@both_implementations
def test_every_function_refuses_a_number_of_threads_below_1(module, function):
    seed = {} if function == "group" else {"seed": 0}
    with pytest.raises(ValueError, match="threads must be at least 1, got -1"):
        getattr(module, function)([0, 1] * 3, threads=-1, **seed)
