"""The report of a split by groups: as without, and the number of groups and the RMS deviation of each split."""

import json

import numpy as np
from common_groups import unequal_groups
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

import fastsplit

LABELS = np.repeat([0, 1], [60, 40])
GROUPS = np.append(np.repeat(np.arange(20), 3), np.repeat(np.arange(20), 2))


def test_the_table_has_groups_and_the_rms_deviation():
    parts = fastsplit.split(LABELS, {"train": 0.65, "test": 0.2}, groups=GROUPS, seed=1)
    assert str(parts.report()).splitlines() == [
        "100 examples in 20 groups, the largest of 5, 2 classes, seed 1",
        "",
        "split   examples   share  largest deviation  in class  absent classes  groups  RMS deviation",
        "train         65  65.00%                  0         -               0      13         0.0000",
        "test          15  15.00%             3.0000         0               0       3         2.5495",
        "(none)        20  20.00%             3.0000         0               0       4         2.5495",
    ]


def test_the_numbers_are_those_of_the_counts():
    labels, groups = unequal_groups()
    parts = fastsplit.split(labels, (0.7, 0.2), groups=groups, seed=4)
    fields = json.loads(json.dumps(parts.report().to_dict()))
    assert fields["groups"] == 95
    assert fields["largest_group"] == np.bincount(groups).max()
    assert fields["balance"] == "fair"
    for k, (split, size) in enumerate(zip([*fields["splits"], fields["none"]], (0.7, 0.2, 0.1), strict=True)):
        inside = parts.assignment == (k if k < 2 else 255)
        assert split["groups"] == len(np.unique(groups[inside]))
        deviations = np.bincount(labels[inside], minlength=4) - np.bincount(labels) * size
        assert np.isclose(split["rms_deviation"], np.sqrt(np.mean(deviations**2)))
        assert np.isclose(split["largest_deviation"]["deviation"], np.abs(deviations).max())


def test_a_group_larger_than_a_split_is_told():
    groups = np.append(np.zeros(30, dtype=int), np.arange(70))
    report = fastsplit.split(np.zeros(100, dtype=int), (0.7, 0.2, 0.1), groups=groups, seed=1).report()
    assert str(report).endswith("warning: the largest group has 31 examples, more than the size of val 20.0, test 10.0")
    report = fastsplit.split(np.zeros(100, dtype=int), (0.7, 0.3), groups=np.arange(100) // 30, seed=1).report()
    assert "warning" not in str(report)


def test_no_examples_have_a_report():
    assert str(fastsplit.split([], groups=[], seed=0).report()).startswith(
        "0 examples in 0 groups, the largest of 0, 0"
    )


def test_folds_of_groups_have_a_report():
    folds = fastsplit.kfold(LABELS, 5, groups=GROUPS, seed=0)
    report = fastsplit.report.Report(folds.plan).to_dict()
    assert [split["groups"] for split in report["splits"]] == [4] * 5


def test_the_picture_has_no_band():
    _, groups = unequal_groups()
    labels = np.arange(1000) % 50
    ax = fastsplit.split(labels, (0.7, 0.3), groups=groups, seed=0).report().plot(Figure().subplots())
    assert not [drawn for drawn in ax.collections if isinstance(drawn, PolyCollection)]
    assert ax.get_title() == "1,000 examples in 95 groups, 50 classes\nline: the size of the split"
    ax = fastsplit.split(labels, (0.7, 0.3), seed=0).report().plot(Figure().subplots())
    assert len([drawn for drawn in ax.collections if isinstance(drawn, PolyCollection)]) == 2


def test_a_picture_is_written(tmp_path):
    labels, groups = unequal_groups()
    fastsplit.split(labels, groups=groups, seed=0).report().save_plot(tmp_path / "groups.png")
    assert (tmp_path / "groups.png").stat().st_size > 1000
