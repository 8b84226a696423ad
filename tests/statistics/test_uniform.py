"""Uniformity is tested, not assumed; and each test is shown to fail on a variant that is biased for few seeds."""

import numpy as np
import pytest
import uniformity
from uniformity import FLOOR, assign

import fastsplit

RUNS = 20_000
PERIOD = 20  # the biased variants are at fault for one seed in so many


def shuffle(indices, seed):
    return fastsplit.shuffle(indices, seed=seed)


def split(labels, seed, sizes):
    return fastsplit.split(labels, sizes, seed=seed)


def sorts_at_some_seeds(function):
    """Return the variant whose results are ascending for one seed in twenty."""

    def biased(values, seed, *more):
        result = function(values, seed, *more)
        if seed % PERIOD:
            return result
        return np.sort(result) if isinstance(result, np.ndarray) else [np.sort(array) for array in result]

    return biased


def repeats_some_seeds(labels, seed, sizes):
    """Split as with the seed before, for one seed in twenty."""
    return assign(labels, seed - (seed % PERIOD == 1), sizes)


def test_two_classes_are_assigned_independently():
    assert uniformity.of_two_classes(assign, RUNS) > FLOOR


@pytest.mark.parametrize("step", [1, 2**64], ids=["consecutive", "far apart"])
def test_all_orders_are_equally_likely(step):
    assert uniformity.of_orders(shuffle, range(0, RUNS * step, step)) > FLOOR


def test_the_order_is_independent_of_the_split():
    assert uniformity.of_orders_and_assignments(split, RUNS) > FLOOR


def test_neighbouring_seeds_are_independent():
    assert uniformity.of_neighbouring_seeds(assign, 1000, 400) > FLOOR


def test_neighbouring_positions_are_independent():
    assert uniformity.of_neighbouring_positions(assign, 1000, 400) > FLOOR


@pytest.mark.parametrize("step", [1, 2, 64, 2**20, 2**40, 2**56 + 1])
def test_the_count_in_a_window_of_ids_is_hypergeometric(step):
    assert uniformity.of_windows(assign, step, 3000) > FLOOR


@pytest.mark.parametrize(
    ("statistic", "biased", "arguments"),
    [
        (uniformity.of_assignments, sorts_at_some_seeds(assign), (4, (0.5, 0.5), 6000)),
        (uniformity.of_two_classes, sorts_at_some_seeds(assign), (RUNS,)),
        (uniformity.of_each_example, sorts_at_some_seeds(assign), ([3, 2, 1], RUNS)),
        (uniformity.of_neighbouring_seeds, repeats_some_seeds, (1000, 400)),
        (uniformity.of_neighbouring_positions, sorts_at_some_seeds(assign), (1000, 400)),
        (uniformity.of_windows, sorts_at_some_seeds(assign), (1, 3000)),
        (uniformity.of_orders, sorts_at_some_seeds(shuffle), (range(RUNS),)),
        (uniformity.of_orders_and_assignments, sorts_at_some_seeds(split), (RUNS,)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_fault_of_one_seed_in_twenty_is_seen(statistic, biased, arguments):
    assert statistic(biased, *arguments) < FLOOR
