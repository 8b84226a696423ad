"""Seeds: NumPy's seeds are read as NumPy reads them; all others are refused."""

import re

import numpy as np
import pytest
from common import both_implementations

from fastsplit.inputs.seeds import expand_seed, read_seed

ACCEPTED = "seed must be an integer, a numpy SeedSequence, a numpy Generator or None"


def test_a_seed_sequence_of_a_numpy_integer_is_that_of_the_integer():
    assert read_seed(np.random.SeedSequence(np.int64(5))) == 5


def test_an_integer_seed_is_expanded_by_numpy():
    words = np.random.SeedSequence(12345).generate_state(6, np.uint64)
    assert np.array_equal(np.concatenate(expand_seed(12345)), words)


@pytest.mark.parametrize(
    ("seed", "kind", "message"),
    [
        (1.5, TypeError, f"{ACCEPTED}, got float 1.5"),
        (True, TypeError, f"{ACCEPTED}, got bool True"),
        (-1, ValueError, "seed must be at least 0, got -1"),
        (2**4096, ValueError, "seed must be below 2**4096, got an integer of 4097 bits"),
    ],
    ids=["float", "bool", "negative", "4097 bits"],
)
@both_implementations
def test_other_seeds_are_refused(module, seed, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        module.split([0, 1, 0, 1], seed=seed)
