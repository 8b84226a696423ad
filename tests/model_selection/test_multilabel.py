"""The splitters of iterative-stratification: its signatures and its own test, exact sizes, and scikit-learn's ways."""

import inspect
import pickle

import numpy as np
import pytest
from common_multilabel import containers, topics
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import BaseCrossValidator, ShuffleSplit, check_cv

import fastsplit.model_selection as ours
from fastsplit import multilabel
from fastsplit.engine.table import table_of_matrix

NAMES = ["MultilabelStratifiedKFold", "RepeatedMultilabelStratifiedKFold", "MultilabelStratifiedShuffleSplit"]
SIGNATURES = {  # those of iterative-stratification 0.1.9
    "MultilabelStratifiedKFold": "(n_splits=3, *, shuffle=False, random_state=None)",
    "RepeatedMultilabelStratifiedKFold": "(n_splits=5, *, n_repeats=10, random_state=None)",
    "MultilabelStratifiedShuffleSplit": "(n_splits=10, *, test_size='default', train_size=None, random_state=None)",
}


def splitter(name, **options):
    made = {"n_splits": 3, "random_state": 0, **options}
    if name == "MultilabelStratifiedKFold":
        made["shuffle"] = made["random_state"] is not None
    return getattr(ours, name)(**made)


def pairs(cv, y):
    return [(train.tolist(), test.tolist()) for train, test in cv.split(np.zeros((len(y), 1)), y)]


@pytest.mark.parametrize(("name", "expected"), SIGNATURES.items())
def test_signatures_are_those_of_iterative_stratification(name, expected):
    parameters = inspect.signature(getattr(ours, name)).parameters.values()
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters]
    assert str(inspect.Signature(plain)) == expected


@pytest.mark.parametrize("n_labels", [3, 5, 10])
def test_its_own_test_passes(n_labels):
    """tests/test_ml_stratifiers.py of iterative-stratification 0.1.9, with its numbers."""
    y = np.random.RandomState(12345).randint(0, 2, size=(500, n_labels))
    for train, test in ours.MultilabelStratifiedKFold(n_splits=7).split(np.zeros((500, 2)), y):
        assert not set(train) & set(test)
        in_train, in_test = y[train].sum(axis=0), y[test].sum(axis=0)
        assert np.abs(in_train / in_train.sum() - in_test / in_test.sum()).max() < 0.07


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_its_docstrings_are_balanced(name):
    y = np.array([[0, 0], [0, 0], [0, 1], [0, 1], [1, 1], [1, 1], [1, 0], [1, 0]])
    options = {"test_size": 0.5} if "Shuffle" in name else {}
    for train, test in splitter(name, n_splits=2, **options).split(np.zeros((8, 2)), y):
        assert y[train].sum(axis=0).tolist() == y[test].sum(axis=0).tolist() == [2, 2]


@pytest.mark.parametrize("n", [100, 103])
def test_folds_are_disjoint_complete_and_of_equal_sizes(n):
    y = topics(n, 6, 2)
    for cv, repeats in [
        (splitter("MultilabelStratifiedKFold", n_splits=4), 1),
        (splitter("RepeatedMultilabelStratifiedKFold", n_splits=4, n_repeats=3), 3),
    ]:
        found = pairs(cv, y)
        assert cv.get_n_splits() == len(found) == 4 * repeats
        for repeat in range(repeats):
            folds = found[4 * repeat : 4 * repeat + 4]
            assert sorted(position for _, test in folds for position in test) == list(range(n))
            assert all(sorted(train + test) == list(range(n)) for train, test in folds)
            assert {len(test) for _, test in folds} <= {n // 4, -(-n // 4)}
    assert found[:4] != found[4:8]


@pytest.mark.parametrize(
    "sizes",
    [{}, {"test_size": 0.3}, {"test_size": 7}, {"train_size": 0.45}, {"test_size": 0.1, "train_size": 0.61}],
)
def test_both_sides_have_the_sizes_of_shuffle_split(sizes):
    y = topics(103, 6, 2)
    expected = [(len(train), len(test)) for train, test in ShuffleSplit(3, **sizes).split(y)]
    found = pairs(splitter("MultilabelStratifiedShuffleSplit", **sizes), y)
    assert [(len(train), len(test)) for train, test in found] == expected
    assert not any(set(train) & set(test) for train, test in found)
    assert found[0] != found[1] != found[2]
    assert all(train == sorted(train) and test == sorted(test) for train, test in found)


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_gives_the_folds_again_and_a_random_state_goes_on(name):
    y = topics(100, 6, 2)
    assert pairs(splitter(name), y) == pairs(splitter(name), y)
    state = np.random.RandomState(0)
    cv = splitter(name, random_state=state)
    assert pairs(cv, y) != pairs(cv, y)
    np.random.seed(0)  # noqa: NPY002 - what None draws from
    first = pairs(splitter(name, random_state=None), y)
    assert first != pairs(splitter(name, random_state=None), y)
    np.random.seed(0)  # noqa: NPY002 - the same again
    assert first == pairs(splitter(name, random_state=None), y)


def test_folds_are_those_of_kfold_multilabel():
    y = topics(100, 6, 2)
    state = np.random.RandomState(5)
    seed = int.from_bytes(state.bytes(16), "little")
    assignment = multilabel.kfold_multilabel(y, 3, seed=seed).assignment
    found = pairs(splitter("MultilabelStratifiedKFold", random_state=5), y)
    assert [test for _, test in found] == [np.flatnonzero(assignment == fold).tolist() for fold in range(3)]


@pytest.mark.parametrize("name", NAMES)
def test_any_container_of_labels_gives_the_same_folds(name):
    y = topics(60, 5, 2)
    expected = pairs(splitter(name), y)
    for _, form in containers(y.astype(np.uint8)):
        found = splitter(name).split(np.zeros((60, 1)), form)
        assert [(train.tolist(), test.tolist()) for train, test in found] == expected


@pytest.mark.parametrize("name", NAMES)
def test_they_are_splitters_of_scikit_learn(name):
    cv = splitter(name)
    y = topics(90, 3, 1).astype(int)
    assert isinstance(cv, BaseCrossValidator) or hasattr(cv, "get_n_splits")
    assert check_cv(cv) is cv
    assert repr(cv).startswith(f"{name}(")
    assert "random_state=0" in repr(cv)
    assert pairs(clone(cv, safe=False), y) == pairs(pickle.loads(pickle.dumps(cv)), y) == pairs(cv, y)
    scores = ours.cross_val_score(DummyClassifier(), np.zeros((90, 1)), y, cv=cv)
    assert len(scores) == cv.get_n_splits()


def test_errors_of_scikit_learn_stay():
    y = topics(10, 3, 1)
    with pytest.raises(ValueError, match="Setting a random_state has no effect since shuffle is False"):
        ours.MultilabelStratifiedKFold(random_state=0)
    with pytest.raises(ValueError, match="Cannot have number of splits n_splits=11 greater than the number of samples"):
        pairs(ours.MultilabelStratifiedKFold(11), y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        next(ours.MultilabelStratifiedKFold().split(np.zeros((9, 1)), y))
    with pytest.raises(ValueError, match=r"test_size=1\.5"):
        pairs(ours.MultilabelStratifiedShuffleSplit(test_size=1.5), y)


@pytest.mark.parametrize("name", NAMES)
def test_labels_of_one_dimension_are_refused(name):
    with pytest.raises(ValueError, match="for one label per example use"):
        pairs(splitter(name), np.array([0, 1] * 5))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("y", "message"), [(np.full((10, 2), 2), "y must have only 0 and 1, got 2 in row 0"), (None, "y must be a matrix")]
)
def test_errors_name_the_argument_of_scikit_learn(name, y, message):
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        next(splitter(name).split(np.zeros((10, 1)), y))


def test_labels_are_read_once_for_all_splits(monkeypatch):
    read = []
    monkeypatch.setattr(multilabel, "table_of_matrix", lambda *given: read.append(0) or table_of_matrix(*given))
    pairs(ours.MultilabelStratifiedShuffleSplit(5, random_state=0), np.tile([[0, 1], [1, 1]], (20, 1)))
    assert len(read) == 1
