"""The stream, version 1, is as in the golden file: keys, rounding, cuts, order."""

import json

import numpy as np
import pytest
from common import both_implementations
from golden import write

import fastsplit
from fastsplit import _kernels, plans, reference, splits
from fastsplit.inputs.seeds import Seeds


@pytest.fixture(scope="module")
def golden():
    return json.loads(write.PATH.read_text(encoding="utf-8"))


def kernel_keys(seed, ids):
    out = np.empty_like(ids)
    _kernels.Keys(seed).of_ids(ids, out)
    return out


@pytest.mark.parametrize("compute", [reference.keys, kernel_keys], ids=["reference", "kernel"])
def test_keys_are_those_of_the_golden_file(golden, compute):
    assert write.keys(compute) == golden["keys"]


@both_implementations
def test_splits_folds_and_orders_are_those_of_the_golden_file(golden, module):
    found = write.stream(module)
    assert json.loads(json.dumps(found)) == {name: value for name, value in golden.items() if name != "keys"}


def test_the_key_is_a_bijection():
    """Each of its steps can be undone."""
    mask, odd = 2**64 - 1, 0xBEA225F9EB34556D
    inverse = pow(odd, -1, 2**64)

    def unshift(x, bits):
        y = x
        for _ in range(64 // bits):
            y = x ^ y >> bits
        return y

    rng = np.random.default_rng(0)
    for _ in range(200):
        first, second, number = (int(x) for x in rng.integers(0, 2**64, 3, dtype=np.uint64))
        x = int(reference.keys(np.array([first, second], np.uint64), np.array([number], np.uint64))[0])
        x = unshift(x, 29)
        x = unshift(x * inverse & mask, 32)
        x = unshift(x * inverse & mask, 29)
        x = unshift((x - (first ^ second)) * inverse & mask, 32)
        assert (x - first) & mask == number


def test_an_example_with_the_key_0_is_split_like_any_other(monkeypatch):
    """The key is raised to 1, so that a cut of 0 lies below it."""
    words = np.array([5, 9, 0, 0, 0, 0], dtype=np.uint64)
    odd = 0xBEA225F9EB34556D
    x = -(5 ^ 9) * pow(odd, -1, 2**64) & 2**64 - 1
    number = np.array([((x ^ x >> 32) - 5) & 2**64 - 1], dtype=np.uint64)
    assert reference.keys(words[:2], number)[0] == kernel_keys(words[:2], number)[0] == 0

    expanded = Seeds(words)
    for module in (plans, splits, reference):
        monkeypatch.setattr(module, "expand_seed", lambda seed: expanded)
    for module in (fastsplit, reference):
        assert module.split([0], (0.0, 1.0), seed=0, ids=number).assignment.tolist() == [1]
