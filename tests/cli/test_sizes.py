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
        (["0.2"], {"sample": "1/5"}),
        (["30"], {"sample": "3/10"}),
    ],
)
def test_sizes_are_exact(here, sizes, expected):
    np.save("labels.npy", np.zeros(100, dtype=int))
    assert split("labels.npy", sizes=sizes) == 0
    plan = fastsplit.Plan.load("out/plan.json")
    assert {name: str(size) for name, size in zip(plan.names, plan.sizes, strict=True)} == expected


SUM = "--sizes must sum to at most 1, got "
WAYS = "one of them may be rest, and counts are whole numbers, such as test=1000"
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
        (
            ["a=rest", "b=0.5", "c=rest"],
            "--sizes must have rest at most once, got a=rest b=0.5 c=rest; give the others numbers, such as test=0.1",
        ),
        (["a=90%", "b=20%", "c=rest"], f"{SUM}a=90% b=20% c=rest, which is 1.1; {WAYS}"),
        (["a=0.\u0665"], SIZES + "'a=0.\u0665'"),
        (["a=0.5", "0.5"], "--sizes must have names for all splits or for none, got '0.5' without a name"),
        (["a=0.7", "b=0.7"], f"{SUM}a=0.7 b=0.7, which is 1.4; {WAYS}"),
        (["a=70", "b=0.5"], "--sizes must be all counts or all shares, got a=70 b=0.5"),
        *(
            (
                sizes,
                f"--sizes {' '.join(sizes)} are counts that sum to {total}, more than the 100 examples; give less, or "
                "shares, such as 20%",
            )
            for sizes, total in ((["a=70", "b=70"], "140"), (["train=rest", "test=10000"], "10,000"))
        ),
        (["0"] * 255, "--sizes must describe 1 to 254 splits, got 255"),
        (["0.0"] * 255, "--sizes must describe 1 to 254 splits, got 255"),
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


@pytest.mark.parametrize(
    ("sizes", "percentages", "counts"),
    [
        (["80", "10", "10"], "80% 10% 10%", "train=80 val=10 test=10"),
        (["99", "1"], "99% 1%", "train=99 test=1"),
        (["a=40", "b c=60"], "a=40% b c=60%", "a=40 b c=60"),
        (["25"] * 4, "25% 25% 25% 25%", "0=25 1=25 2=25 3=25"),
    ],
)
def test_percentages_without_a_sign_are_refused(here, capsys, sizes, percentages, counts):
    np.save("l.npy", np.zeros(1001, dtype=int))
    message = f"--sizes {' '.join(sizes)} are counts, which take 100 of 1,001 examples; did you mean {percentages}? If "
    message += f"not, name a split of the others too: {counts} others=rest"
    assert_refused(capsys, split("l.npy", sizes=sizes), message)


@pytest.mark.parametrize(
    ("n", "sizes"),
    [
        (1001, ["a=80", "b=20", "others=rest"]),
        (1001, ["80%", "20%"]),
        (1001, ["81", "20"]),
        (1001, ["100"]),
        (1000, ["80", "20"]),
    ],
)
def test_other_counts_are_not_refused(here, n, sizes):
    np.save("l.npy", np.zeros(n, dtype=int))
    assert split("l.npy", sizes=sizes) == 0


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (["train=rest"], "--sizes train=rest is one split with all examples: name others, such as test=20%"),
        (["train=1.0", "test=rest"], "--sizes train=1.0 test=rest leave no example for the rest"),
        (["train=40", "test=60", "val=rest"], "--sizes train=40 test=60 val=rest leave no example for the rest"),
    ],
)
def test_sizes_that_leave_nothing_to_split_are_warned_of(here, capsys, sizes, message):
    np.save("l.npy", np.zeros(100, dtype=int))
    assert split("l.npy", sizes=sizes) == 0
    assert capsys.readouterr().err == f"fastsplit: warning: {message}\n"
    assert split("l.npy", "--strict", sizes=sizes, out="strict") == 2
    assert not os.path.exists("strict")
