"""--sizes: exact, and names that can be file names."""

import os

import numpy as np
import pytest
from common_cli import assert_refused, split

import fastsplit


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        (["a=2/3", "b=1/3"], {"a": "2/3", "b": "1/3"}),
        (["a=0.1", "b=.2", "c=1/5"], {"a": "1/10", "b": "1/5", "c": "1/5"}),
        (["70", "30"], {"train": "7/10", "test": "3/10"}),
        (["x-y=60", "z z=40"], {"x-y": "3/5", "z z": "2/5"}),
        (["0.5", "0.3", "0.2"], {"train": "1/2", "val": "3/10", "test": "1/5"}),
        (["80%", "20%"], {"train": "4/5", "test": "1/5"}),
        (["a=12.5%", "b=.5%", "c=0.5"], {"a": "1/8", "b": "1/200", "c": "1/2"}),
        (["train=rest", "test=30"], {"train": "7/10", "test": "3/10"}),
        (["rest", "20%"], {"train": "4/5", "test": "1/5"}),
        (["2/3", "rest", "1/6"], {"train": "2/3", "val": "1/6", "test": "1/6"}),
        (["all=rest"], {"all": "1"}),
    ],
)
def test_sizes_are_exact(here, sizes, expected):
    np.save("labels.npy", np.zeros(100, dtype=int))
    assert split("labels.npy", sizes=sizes) == 0
    plan = fastsplit.Plan.load("out/plan.json")
    assert {name: str(size) for name, size in zip(plan.names, plan.sizes, strict=True)} == expected


SIZES = "--sizes must be NAME=SIZE, such as train=0.7, train=70%, train=2/3, train=7000 or train=rest, got "


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (["train"], SIZES + "'train'"),
        (["a=1e-3"], SIZES + "'a=1e-3'"),
        (["a=1/0"], SIZES + "'a=1/0'"),
        (["a=nan"], SIZES + "'a=nan'"),
        (["a=%"], SIZES + "'a=%'"),
        (["a=1/2%"], SIZES + "'a=1/2%'"),
        (["a=Rest"], SIZES + "'a=Rest'"),
        (["0.8,0.2"], SIZES + "'0.8,0.2'; separate sizes by spaces"),
        (["80/20"], "--sizes must be ratios of at most 1, such as 4/5, got 80/20; percentages are 80% 20%"),
        (["a=rest", "b=0.5", "c=rest"], "--sizes must have at most one rest, got 2"),
        (
            ["a=90%", "b=20%", "c=rest"],
            "sizes given as fractions must sum to at most 1, got 9/10 + 1/5 = 1.1; give counts as integers",
        ),
        (["a=0.\u0665"], SIZES + "'a=0.\u0665'"),
        (["a=0.5", "0.5"], "--sizes must have names for all splits or for none, got '0.5' without a name"),
        (
            ["a=0.7", "b=0.7"],
            "sizes given as fractions must sum to at most 1, got 0.7 + 0.7 = 1.4; give counts as integers",
        ),
        (
            ["a=70", "b=70"],
            "sizes given as counts must sum to at most the number of labels, 100, got 140; "
            "give fractions as floats, such as 1.0",
        ),
        *(
            ([f"{name}=0.5", "other=0.5"], f"--sizes must have names that can be file names, got {name!r}")
            for name in ("", ".", "..", "a/b", "a\\b", "a\0", "a\nb", "/etc/x", "a:b", "a=b", "a,b")
        ),
        *(
            (
                [f"{one}=0.5", f"{two}=0.5"],
                f"--sizes must have names that differ as file names, got {two!r} and {one!r}",
            )
            for one, two in (("a", "a"), ("Test", "test"), ("\u00e9", "e\u0301"), ("stra\u00dfe", "STRASSE"))
        ),
        (["plan=1.0"], "--sizes must have names that differ as file names, got 'plan' and 'plan.json'"),
        (["REPORT=1.0"], "--sizes must have names that differ as file names, got 'REPORT' and 'report.json'"),
    ],
)
def test_wrong_sizes_are_refused(here, capsys, sizes, message):
    np.save("l.npy", np.zeros(100, dtype=int))
    assert_refused(capsys, split("l.npy", sizes=sizes), message)
    assert os.listdir() == ["l.npy"]
