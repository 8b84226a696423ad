"""The page for those who come from scikit-learn: its figures are what the script counts, and its scores are five."""

import pytest
from common_pages import run, text_of

PAGE = text_of("coming-from-scikit-learn")


@pytest.fixture(scope="module")
def counted():
    import rounding  # here: it imports scikit-learn

    return rounding.tables()


def cells_of(table):
    """Return the figures of a table by the name of their row."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {name: [float(cell) for cell in cells] for name, *cells in rows}


@pytest.mark.slow
@pytest.mark.parametrize("marker", ["sixteen", "hundred", "folds", "many"])
def test_its_figures_are_what_the_script_counts(counted, marker):
    assert f"<!-- {marker} -->\n{counted[marker]}\n<!-- /{marker} -->" in PAGE


@pytest.mark.slow
def test_the_class_of_two_is_never_tested_by_scikit_learn_and_as_often_as_others_by_fastsplit(counted):
    chances = cells_of(counted["sixteen"])
    assert chances["scikit-learn"] == [0, 0.333, 0.333, 0.25]
    # The standard error of the smallest class is at most 0.5 / sqrt(2000) = 0.011.
    assert all(abs(chance - 0.25) < 0.05 for chance in chances["fastsplit"])


def test_cross_validation_by_folds_of_fastsplit_has_a_score_per_fold():
    assert len(run("coming-from-scikit-learn").names["scores"]) == 5
