"""fastsplit demo: the same result twice, and a folder to go on with."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from common_cli import NAMES, assert_refused, run

import fastsplit
from fastsplit import reference


def test_demo_writes_labels_and_their_split_and_its_last_line_runs(here, capsys):
    assert run("demo", "--n", 20_000) == 0
    printed = capsys.readouterr().out
    assert "the same result to the bit" in printed
    last = printed.splitlines()[-1]
    assert last == "next: fastsplit split fastsplit-demo/labels.npy --sizes train=0.8 test=0.2 --out my-split"
    assert run(*last.split()[2:]) == 0
    shutil.rmtree("my-split")
    capsys.readouterr()
    labels = np.load("fastsplit-demo/labels.npy")
    counts = np.bincount(labels)
    assert counts[0] > 50 * counts[10] > 0
    assert printed.startswith(f"20,000 examples, {np.count_nonzero(counts)} classes, seed 0\n")
    for name, indices in zip(NAMES, fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0), strict=True):
        np.testing.assert_array_equal(np.load(f"fastsplit-demo/{name}.npy"), indices)
    assert run("report", "fastsplit-demo") == 0
    capsys.readouterr()
    assert_refused(capsys, run("demo"), "--out already exists: fastsplit-demo; pass --force to replace it")
    assert run("demo", "--n", 100, "--force") == 0
    assert len(np.load("fastsplit-demo/labels.npy")) == 100
    assert os.listdir() == ["fastsplit-demo"]


@pytest.mark.parametrize("differing", ["plan", "arrays"])
def test_demo_does_not_hide_a_difference(here, monkeypatch, differing):
    def split(labels, sizes, seed):
        same, other = (fastsplit.split(labels, sizes, seed=seed + step) for step in (0, 1))
        plan, arrays = (other.plan, same) if differing == "plan" else (same.plan, other)
        return fastsplit.Splits(plan, same.assignment, list(arrays))

    monkeypatch.setattr(reference, "split", split)
    with pytest.raises(AssertionError, match="differ"):
        run("demo", "--n", 1000)
    assert os.listdir() == []


def test_demo_replaces_no_labels_that_it_did_not_make(here, capsys):
    Path("out").mkdir()
    np.save("out/labels.npy", np.zeros(5, dtype=int))
    message = "--force replaces only files that fastsplit made, but out contains labels.npy"
    assert_refused(capsys, run("demo", "--out", "out", "--n", 10, "--force"), message)
