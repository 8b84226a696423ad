"""Seeds: NumPy's seeds are read as NumPy reads them; all others are refused."""

import re

import numpy as np
import pytest
from common import both_implementations

from fastsplit.engine.seeds import expand_seed
from fastsplit.inputs.seeds import read_seed
from fastsplit.reference import seeds as reference_seeds

ACCEPTED = "seed must be an integer, a numpy SeedSequence, a numpy Generator or None"


def test_a_seed_sequence_of_a_numpy_integer_is_that_of_the_integer():
    assert read_seed(np.random.SeedSequence(np.int64(5))) == 5


SEEDS = [0, 1, 2**32 - 1, 2**32, 2**64 - 1, 2**64, 2**127 + 5, 2**128 - 1, 2**128, 3**200, 2**4096 - 1, 7**5000]


@pytest.mark.parametrize("seed", SEEDS, ids=[f"{seed.bit_length()} bits" for seed in SEEDS])
def test_an_integer_seed_is_expanded_as_by_numpy(seed):
    words = np.random.SeedSequence(seed).generate_state(6, np.uint64)
    for expand in (expand_seed, reference_seeds.expand_seed):
        assert np.array_equal(expand(seed).words, words)
        parts = expand(seed)
        assert np.array_equal(np.concatenate([parts.split, parts.rounding, parts.order]), words)


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
