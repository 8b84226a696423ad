"""StratifiedGroupShuffleSplit: whole groups and close shares, as a splitter that scikit-learn takes everywhere."""

import inspect
import re

import numpy as np
import pandas as pd
import pytest
import sklearn
from common_groups import unequal_groups
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import BaseShuffleSplit, GridSearchCV, StratifiedShuffleSplit, cross_val_score

import fastsplit
from fastsplit.model_selection import StratifiedGroupShuffleSplit

LABELS, GROUPS = unequal_groups()
FEATURES = np.zeros((len(LABELS), 1))


def pairs(**options):
    return list(StratifiedGroupShuffleSplit(**options).split(FEATURES, LABELS, GROUPS))


def test_groups_are_whole_and_every_row_is_on_one_side():
    for train, test in pairs(random_state=0):
        assert train.dtype == test.dtype == np.intp
        assert not set(GROUPS[train]) & set(GROUPS[test])
        assert sorted([*train, *test]) == list(range(len(LABELS)))


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ({}, (0.9, 0.1)),
        ({"test_size": 0.3}, (0.7, 0.3)),
        ({"train_size": 0.3}, (0.3, 0.7)),
        ({"test_size": 0.2, "train_size": 0.5}, (0.5, 0.2)),
        ({"test_size": 200}, (800, 200)),
        ({"train_size": np.int64(300), "test_size": 200}, (300, 200)),
        ({"train_size": 0.3, "test_size": 200}, (300, 200)),
    ],
    ids=str,
)
def test_every_split_is_one_of_fastsplit_with_the_sizes_of_scikit_learn(options, sizes):
    """Fractions stay fractions: as counts they would make other micro-folds."""
    seed = int.from_bytes(np.random.RandomState(3).bytes(16), "little")
    expected = fastsplit.split(LABELS, sizes, groups=GROUPS, seed=seed)
    (got,) = pairs(n_splits=1, random_state=3, **options)
    for a, b in zip(got, expected, strict=True):
        assert np.array_equal(a, b)


def test_an_integer_gives_the_same_splits_again_and_a_generator_others():
    def same(a, b):
        return all(np.array_equal(x, y) for pair in zip(a, b, strict=True) for x, y in zip(*pair, strict=True))

    cv = StratifiedGroupShuffleSplit(3, random_state=0)
    first = list(cv.split(FEATURES, LABELS, GROUPS))
    assert same(cv.split(FEATURES, LABELS, GROUPS), first)
    assert not np.array_equal(first[0][1], first[1][1])
    cv = StratifiedGroupShuffleSplit(3, random_state=np.random.RandomState(0))
    assert same(cv.split(FEATURES, LABELS, GROUPS), first)
    assert not same(cv.split(FEATURES, LABELS, GROUPS), first)


def test_it_is_a_splitter_of_scikit_learn():
    cv = StratifiedGroupShuffleSplit(4, test_size=0.25, random_state=0)
    assert isinstance(cv, BaseShuffleSplit)
    assert (
        " ".join(repr(cv).split())
        == "StratifiedGroupShuffleSplit(n_splits=4, random_state=0, test_size=0.25, train_size=None)"
    )
    assert cv.get_n_splits() == cv.get_n_splits(FEATURES, LABELS, GROUPS) == 4
    assert repr(clone(cv, safe=False)) == repr(cv)
    ours, theirs = (inspect.signature(cls).parameters for cls in (StratifiedGroupShuffleSplit, StratifiedShuffleSplit))
    assert {name: p.default for name, p in ours.items()} == {name: p.default for name, p in theirs.items()}
    assert len(cross_val_score(DummyClassifier(), FEATURES, LABELS, cv=cv, groups=GROUPS)) == 4
    frame = pd.DataFrame({"x": 0, "y": LABELS, "patient": [f"p{g}" for g in GROUPS]})
    train, test = next(iter(cv.split(frame[["x"]], frame["y"], frame["patient"])))
    assert not set(frame["patient"].iloc[train]) & set(frame["patient"].iloc[test])


def test_groups_are_routed_without_being_asked_for():
    with sklearn.config_context(enable_metadata_routing=True):
        cv = StratifiedGroupShuffleSplit(2, random_state=0)
        assert cv.get_metadata_routing().split.requests == {"groups": True}
        search = GridSearchCV(DummyClassifier(), {"strategy": ["prior", "stratified"]}, cv=cv)
        search.fit(FEATURES, LABELS, groups=GROUPS)
        assert len(search.cv_results_["params"]) == 2


@pytest.mark.parametrize(
    ("options", "data", "message"),
    [
        ({}, (FEATURES, LABELS, None), "The 'groups' parameter should not be None."),
        ({}, (FEATURES, None, GROUPS), "The 'y' parameter should not be None."),
        ({}, (FEATURES, LABELS, GROUPS[1:]), "inconsistent numbers of samples"),
        ({"test_size": 1.5}, (FEATURES, LABELS, GROUPS), "test_size=1.5 should be either positive"),
        ({"test_size": 0.6, "train_size": 0.6}, (FEATURES, LABELS, GROUPS), "should be in the (0, 1) range"),
        ({"test_size": 2000}, (FEATURES, LABELS, GROUPS), "test_size=2000 should be either positive"),
        ({}, (FEATURES, LABELS + 0.5, GROUPS), "labels given as floats must be whole numbers"),
    ],
)
def test_errors_are_those_of_scikit_learn_and_of_fastsplit(options, data, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        list(StratifiedGroupShuffleSplit(**options).split(*data))
