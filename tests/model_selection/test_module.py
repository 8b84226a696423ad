"""The module stands for sklearn.model_selection: every other name is scikit-learn's, and it says what is missing."""

import pytest
import sklearn.model_selection as theirs
from common import run_python

import fastsplit.model_selection as ours

OURS = {
    "RepeatedStratifiedKFold",
    "StratifiedGroupKFold",
    "StratifiedKFold",
    "StratifiedShuffleSplit",
    "check_cv",
    "train_test_split",
}
ADDED = {  # which scikit-learn lacks
    "MultilabelStratifiedKFold",
    "MultilabelStratifiedShuffleSplit",
    "RepeatedMultilabelStratifiedKFold",
    "StratifiedGroupShuffleSplit",
}


def test_every_name_of_scikit_learn_is_there_and_all_but_six_are_its_own():
    assert set(ours.__all__) == {*theirs.__all__, *ADDED}
    assert {*ours.__all__, *dir(theirs)} == set(dir(ours))
    assert not ADDED & set(dir(theirs))
    imported = set(theirs.__all__) - {
        "HalvingGridSearchCV",
        "HalvingRandomSearchCV",
    }  # which need an import of their own
    assert {name for name in imported if getattr(ours, name) is not getattr(theirs, name)} == OURS


def test_names_that_scikit_learn_lacks_are_lacking():
    with pytest.raises(AttributeError, match=r"module 'fastsplit\.model_selection' has no attribute 'StratifiedKfold'"):
        ours.StratifiedKfold  # noqa: B018 - the access is the test
    with pytest.raises(ImportError, match="enable_halving_search_cv"):
        ours.HalvingGridSearchCV  # noqa: B018 - the access is the test


def failing_import(tmp_path, code):
    _, err = run_python("-c", code + "\nimport fastsplit.model_selection", code=1, cwd=tmp_path)
    return err.splitlines()[-1]


def test_without_scikit_learn_the_error_says_what_to_install(tmp_path):
    code = "import sys; sys.modules['sklearn'] = None"
    assert failing_import(tmp_path, code) == (
        'ImportError: fastsplit.model_selection needs scikit-learn 1.5 or newer: pip install "fastsplit[sklearn]"'
    )


def test_an_error_inside_scikit_learn_is_its_own(tmp_path):
    code = "import sys; sys.modules['scipy'] = None"
    assert "scipy" in failing_import(tmp_path, code)


def test_if_scikit_learn_lacks_a_private_helper_the_error_names_it_and_the_version(tmp_path):
    code = "import sklearn.utils.extmath as e, sklearn.model_selection; del e._approximate_mode"
    message = failing_import(tmp_path, code)
    assert "cannot import name '_approximate_mode'" in message
    assert f"that scikit-learn {__import__('sklearn').__version__} lacks" in message
    assert "install one of these, or a newer fastsplit" in message
