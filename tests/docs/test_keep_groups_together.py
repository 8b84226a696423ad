"""The page on whole groups: its blocks run, their assertions hold, and its figures are what they count."""

import re
from pathlib import Path

import pytest
from sklearn.model_selection import StratifiedGroupKFold

from fastsplit.model_selection._sklearn import SHUFFLES_GROUPS_WITH_THEIR_ROWS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "keep-groups-together.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """What the blocks leave, run one after the other: a block may use earlier names."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert blocks
    names = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("page"))
        for block in blocks:
            exec(compile(block, "keep-groups-together.md", "exec"), names)
    return names


def test_its_blocks_of_python_run_one_after_the_other(names):
    assert [len(names["labels"]), int(names["n_of"].max())] == [364, 60]  # as the page says
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
