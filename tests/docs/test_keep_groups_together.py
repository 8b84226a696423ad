"""The page on whole groups: its figures are what its blocks count."""

import pytest
from common_pages import run, text_of
from sklearn.model_selection import StratifiedGroupKFold

from fastsplit.model_selection._sklearn import SHUFFLES_GROUPS_WITH_THEIR_ROWS

PAGE = text_of("keep-groups-together")


@pytest.fixture(scope="module")
def names():
    return run("keep-groups-together").names


def test_it_says_how_many_examples_it_makes(names):
    assert [len(names["labels"]), int(names["n_of"].max())] == [364, 60]
    assert len(names["parts"].names) == 3


def test_its_figures_are_what_its_blocks_count(names):
    rows = [
        f"| {balance} | {deviation:.1f} | {' | '.join(f'{chance:.2f}' for chance in chances)} |"
        for balance, (deviation, *chances) in names["table"].items()
    ]
    shown = PAGE.partition("<!-- few -->\n")[2].partition("\n<!-- /few -->")[0]
    assert shown.splitlines()[2:] == rows


@pytest.mark.skipif(not SHUFFLES_GROUPS_WITH_THEIR_ROWS, reason="an older rule of scikit-learn")
def test_scikit_learn_tests_the_largest_patient_in_one_fold_whatever_the_seed(names):
    labels, patients, largest = names["labels"], names["patients"], names["largest"].argmax()
    folds = set()
    for seed in range(60):
        pairs = StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(labels, labels, patients)
        folds.update(fold for fold, (_, test) in enumerate(pairs) if largest in test)
    assert len(folds) == 1
