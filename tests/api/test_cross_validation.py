"""Folds as a splitter of scikit-learn: they split data of their own length only, and make one pair at a time."""

import copy
import pickle
import re
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from common import assert_same_arrays
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

import fastsplit

pytestmark = pytest.mark.no_sanitizer  # scikit-learn's own kernels are not ours to check

N = 60
LABELS = np.arange(N) % 3
FEATURES = np.random.default_rng(0).normal(LABELS, 0.1, (2, N)).T


@pytest.fixture
def folds():
    return fastsplit.kfold(LABELS, 4, seed=0)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"X": FEATURES},
        {"X": FEATURES.tolist(), "y": LABELS.tolist()},
        {"X": pd.DataFrame(FEATURES), "y": pd.Series(LABELS)},
        {"X": scipy.sparse.csr_matrix(FEATURES), "y": LABELS},
        {"X": scipy.sparse.csr_array(FEATURES), "groups": range(N)},
        {"X": np.zeros((N, 8, 8, 3)), "y": [f"class {c}" for c in LABELS], "groups": LABELS},
    ],
    ids=lambda data: ", ".join(f"{name}: {type(value).__name__}" for name, value in data.items()) or "none",
)
def test_data_of_their_length_is_split_into_the_same_pairs(folds, data):
    pairs = list(folds.split(**data))
    assert len(pairs) == folds.get_n_splits(**data) == 4
    for got, expected in zip(pairs, folds, strict=True):
        assert_same_arrays(got, expected)


@pytest.mark.parametrize("name", ["X", "y", "groups"])
@pytest.mark.parametrize("n", [0, 1, N - 1, N + 1])
@pytest.mark.parametrize(
    "kind", [list, np.array, pd.DataFrame, scipy.sparse.csr_matrix], ids=lambda kind: kind.__name__
)
def test_data_of_another_length_is_refused(folds, name, n, kind):
    data = {"X": FEATURES, "y": LABELS, "groups": LABELS, name: kind(np.zeros((n, 2)))}
    with pytest.raises(ValueError, match=re.escape(f"{name} must have {N} rows") + rf".* got {n}\b"):
        folds.split(**data)


SHUFFLED = np.random.default_rng(0).permutation(N)


@pytest.mark.parametrize("named", [False, True], ids=["integers", "strings"])
@pytest.mark.parametrize("groups", [None, np.arange(N) // 3], ids=["classes", "groups"])
def test_labels_in_another_order_are_a_warning(named, groups):
    labels = np.array(["a", "b", "c"])[LABELS] if named else LABELS
    folds = fastsplit.kfold(labels, 4, seed=0, groups=groups)
    folds.split(FEATURES, labels, groups)
    folds.split(FEATURES, pd.Series(labels))
    with pytest.warns(UserWarning, match="make them again after rows are sorted or shuffled"):
        folds.split(FEATURES, labels[SHUFFLED])


@pytest.mark.parametrize(
    "y",
    [
        FEATURES[:, 0],
        LABELS % 2,
        LABELS[::-1] + 1,
        [f"class {c}" for c in LABELS],
        LABELS.astype(float),
        np.eye(3)[LABELS],
    ],
    ids=["continuous", "fewer classes", "other classes", "other kind", "floats", "one-hot"],
)
def test_another_target_than_the_labels_is_none(folds, y):
    folds.split(FEATURES, y)


def test_groups_in_another_order_are_refused():
    groups = np.array([f"user {n // 3}" for n in range(N)])
    folds = fastsplit.kfold(LABELS, 4, seed=0, groups=groups)
    moved = np.flatnonzero(folds.plan.assign(LABELS, groups[SHUFFLED]) != folds.assignment)
    with pytest.raises(
        ValueError, match=f"{len(moved)} rows have others, the first at position {moved[0]}; make folds"
    ):
        folds.split(FEATURES, LABELS, groups[SHUFFLED])
    with pytest.raises(TypeError, match="groups must be strings, as the plan was made with, got integers"):
        folds.split(FEATURES, LABELS, np.arange(N))


@pytest.mark.parametrize(
    ("folds", "function", "splitter"),
    [
        (fastsplit.kfold(LABELS, 4, seed=0), "kfold", "StratifiedKFold"),
        (fastsplit.kfold(LABELS, 4, seed=0, groups=np.arange(N) // 3), "kfold", "StratifiedGroupKFold"),
        (fastsplit.kfold_multilabel(np.eye(3)[LABELS], 4, seed=0), "kfold_multilabel", "MultilabelStratifiedKFold"),
    ],
    ids=["classes", "groups", "several labels"],
)
def test_the_error_names_what_makes_folds_of_the_same_kind(folds, function, splitter):
    message = f"with fastsplit.{function}, or pass fastsplit.model_selection.{splitter} as cv"
    with pytest.raises(ValueError, match=re.escape(message)):
        folds.split(FEATURES[1:])


def test_a_cross_validation_scores_the_folds(folds):
    scores = cross_val_score(KNeighborsClassifier(1), FEATURES, LABELS, cv=folds)
    expected = [
        KNeighborsClassifier(1).fit(FEATURES[train], LABELS[train]).score(FEATURES[test], LABELS[test])
        for train, test in folds
    ]
    assert scores.tolist() == expected
    with pytest.raises(ValueError, match=f"X must have {N} rows"):
        cross_val_score(KNeighborsClassifier(1), FEATURES[:-1], LABELS[:-1], cv=folds)


def test_inside_another_cross_validation_the_error_names_what_can_be_used_there(folds):
    search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1]}, cv=folds)
    with pytest.raises(ValueError, match=r"60 rows.* got 40; .*pass fastsplit\.model_selection\.StratifiedKFold"):
        cross_val_score(search, FEATURES, LABELS, cv=3, error_score="raise")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            lambda: fastsplit.kfold(LABELS, 4, groups=np.arange(N) // 2, seed=0),
            "folds of the labels and groups of this data with fastsplit.kfold, or pass "
            "fastsplit.model_selection.StratifiedGroupKFold as cv,",
        ),
        (
            lambda: fastsplit.kfold_multilabel(np.eye(3)[LABELS], 4, seed=0),
            "folds of the labels of this data with fastsplit.kfold_multilabel, or pass "
            "fastsplit.model_selection.MultilabelStratifiedKFold as cv,",
        ),
    ],
    ids=["groups", "several labels"],
)
def test_folds_of_groups_and_of_several_labels_name_their_own_splitters(made, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        made().split(FEATURES[:-1])


def test_a_grid_search_takes_folds_also_when_cloned(folds):
    search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 3]}, cv=folds)
    found = [clone(search).fit(FEATURES, LABELS) for _ in range(2)]
    assert found[0].n_splits_ == 4
    assert found[0].cv_results_["mean_test_score"].tolist() == found[1].cv_results_["mean_test_score"].tolist()


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda folds: clone(folds, safe=False), lambda folds: pickle.loads(pickle.dumps(folds))],
    ids=["copy", "deepcopy", "clone", "pickle"],
)
@pytest.mark.parametrize("ids", [None, range(100, 100 + N)], ids=["positions", "ids"])
def test_a_copy_makes_the_same_pairs(copied, ids):
    folds = fastsplit.kfold(LABELS, 4, seed=0, ids=ids)
    same = copied(folds)
    assert same.plan == folds.plan
    for got, expected in zip(same, folds, strict=True):
        assert_same_arrays(got, expected)


def test_a_cross_validation_makes_each_pair_when_it_comes_to_it(folds, monkeypatch):
    made, made_at_fit = [], []
    make_pairs = fastsplit.Folds.__iter__

    def counted(self):
        for pair in make_pairs(self):
            made.append(pair)
            yield pair

    class Recorder(DummyClassifier):
        def fit(self, X, y):  # noqa: N803 - scikit-learn's name
            made_at_fit.append(len(made))
            return super().fit(X, y)

    monkeypatch.setattr(fastsplit.Folds, "__iter__", counted)
    cross_val_score(Recorder(), FEATURES, LABELS, cv=folds)
    assert made_at_fit == [1, 2, 3, 4]


@pytest.mark.parametrize("order", ["shuffled", "ascending"])
def test_iterating_needs_the_memory_of_a_few_pairs(order):
    n, k = 200_000, 20
    folds = fastsplit.kfold(np.zeros(n, dtype=np.int8), k, seed=0, order=order)
    tracemalloc.start()
    try:
        for _ in folds.split():
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    pair = n * np.dtype(np.intp).itemsize
    assert pair < peak < 5 * pair  # the pair before, this pair, and what it is made from; all k pairs would be 20
