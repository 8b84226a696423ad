"""The splitters do what scikit-learn's do: index arrays, errors, warnings, and what is left of a RandomState."""

import copy
import inspect

import numpy as np
import pandas as pd
import pytest
import sklearn.model_selection as theirs
from common_model_selection import (
    K_FOLDS,
    KINDS,
    SPLITTERS,
    assert_same,
    codes,
    pairs,
    pickled,
    random_states,
)
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.dummy import DummyClassifier

import fastsplit.model_selection as ours
from fastsplit.model_selection import group_kfold, shuffle_split, strata


@pytest.fixture(params=[0, 1000], ids=["kernels", "NumPy"])
def sorted_by(request, monkeypatch):
    """Group integers that are far apart by the kernels, or by NumPy as if they were few."""
    monkeypatch.setattr(strata, "_FEW", request.param)


def labels_and(name, y, groups):
    data = {"X": np.zeros((len(y) if y is not None else 5, 1)), "y": y}
    return {**data, "groups": groups} if name == "StratifiedGroupKFold" else data


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("sorted_by")
@given(data=st.data())
def test_the_folds_are_those_of_scikit_learn(kind, data):
    name = data.draw(st.sampled_from(K_FOLDS))
    classes = data.draw(codes())
    options = {"n_splits": data.draw(st.integers(2, 6))}
    if name == "RepeatedStratifiedKFold":
        options["n_repeats"] = data.draw(st.integers(1, 3))
        shuffle = True
    else:
        options["shuffle"] = shuffle = data.draw(st.booleans())
    random_state = data.draw(random_states()) if shuffle else None
    groups = np.array(data.draw(st.lists(st.integers(-2, 5), min_size=len(classes), max_size=len(classes))))
    given_data = labels_and(name, KINDS[kind](classes), groups)
    assert_same(lambda module, state: pairs(module, name, {**options, "random_state": state}, given_data), random_state)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("sorted_by")
@given(data=st.data())
def test_the_shuffle_splits_are_those_of_scikit_learn(kind, data):
    classes = np.repeat(data.draw(codes()), 2)  # two of each class at least, or scikit-learn refuses
    sizes = st.none() | st.floats(0.05, 0.95) | st.integers(1, len(classes))
    options = {
        "n_splits": data.draw(st.integers(1, 4)),
        "test_size": data.draw(sizes),
        "train_size": data.draw(sizes),
    }
    given_data = labels_and("StratifiedShuffleSplit", KINDS[kind](classes), None)
    assert_same(
        lambda module, state: pairs(module, "StratifiedShuffleSplit", {**options, "random_state": state}, given_data),
        data.draw(random_states()),
    )


@pytest.mark.parametrize(
    "groups",
    [
        np.repeat(list("zbyaxc"), 5),
        np.repeat(np.array(["", "b", "a", "c", "x", "y"], dtype=object), 5),
        np.arange(30) % 7 / 2,
        np.arange(30) // 4 == 2,
        (np.arange(30) % 7).tolist(),
        np.arange(30) % 5 * 2**60,
        np.ma.array(np.arange(30) % 9, mask=np.arange(30) % 7 == 0),
        np.ma.array(np.arange(30) % 9, mask=False),
        np.array(["a", "b", None] * 10, dtype=object),
        [[0], [1, 2]] * 15,
        pd.Series(["a", pd.NA, "b"] * 10, dtype="string"),
        np.arange(30)[:, None],
        np.arange(29),
        None,
        3,
    ],
    ids=lambda groups: f"{type(groups).__name__} {getattr(groups, 'dtype', '')}{getattr(groups, 'shape', '')}",
)
@pytest.mark.parametrize("n_of_a_class", [3, 10])
@pytest.mark.parametrize("name", SPLITTERS)
def test_groups_of_any_kind_are_used_or_refused_or_ignored_alike(name, n_of_a_class, groups):
    """Of a class of 3 scikit-learn warns, before it refuses groups that cannot be sorted."""
    y = np.repeat([0, 1, 2], [n_of_a_class, 13, 17 - n_of_a_class])
    assert_same(lambda module, _: pairs(module, name, {}, {"X": y, "y": y, "groups": groups}))


@pytest.mark.parametrize("n_groups", [2, 9, 40])
@pytest.mark.parametrize("n_classes", [1, 2, 8, 9, 130])
@pytest.mark.parametrize("k", [2, 8, 9, 17])
def test_many_folds_and_classes_are_summed_in_the_same_order(k, n_classes, n_groups):
    """NumPy sums eight and more numbers pairwise: another order of summing would decide ties otherwise."""
    rng = np.random.default_rng([k, n_classes, n_groups])
    y = rng.integers(0, n_classes, 400) % rng.integers(1, n_classes + 1, 400)
    groups = rng.integers(0, n_groups, 400)
    for shuffle in (False, True):
        options = {"n_splits": k, "shuffle": shuffle}
        assert_same(
            lambda module, _, o=options: pairs(module, "StratifiedGroupKFold", o, {"X": y, "y": y, "groups": groups})
        )


@pytest.mark.parametrize("name", SPLITTERS)
@pytest.mark.parametrize("n_classes", [2, 300])
def test_thousands_of_labels_are_split_alike(name, n_classes):
    y = np.random.default_rng(0).integers(0, n_classes, 3000)
    assert_same(
        lambda module, state: pairs(
            module, name, {"random_state": state, **SHUFFLED[name]}, labels_and(name, y, y % 10)
        ),
        np.random.RandomState(1),
    )


SHUFFLED = {
    "StratifiedKFold": {"shuffle": True, "n_splits": 7},
    "RepeatedStratifiedKFold": {"n_splits": 3, "n_repeats": 2},
    "StratifiedGroupKFold": {"shuffle": True, "n_splits": 3},
    "StratifiedShuffleSplit": {"n_splits": 2, "test_size": 0.3},
}


@pytest.mark.parametrize("name", SPLITTERS)
@pytest.mark.parametrize(
    "options",
    [
        {"n_splits": 0},
        {"n_splits": 1},
        {"n_splits": 2.0},
        {"n_splits": "2"},
        {"n_splits": np.int8(3)},
        {"n_splits": 300},
        {"n_repeats": 0},
        {"n_repeats": 1.5},
        {"shuffle": 1},
        {"shuffle": True, "random_state": "seed"},
        {"random_state": 0},
        {"random_state": -1, "shuffle": True},
        {"random_state": "seed"},
        {"random_state": np.random.default_rng(0)},
        {"test_size": 0},
        {"test_size": 1.5},
        {"test_size": "a"},
        {"test_size": 0.9, "train_size": 0.9},
        {"test_size": 2},
        {"train_size": 2},
        {"test_size": 99, "train_size": 99},
        {"colour": "red"},
    ],
    ids=repr,
)
def test_options_are_taken_or_refused_alike(name, options):
    y = np.arange(24) % 3
    assert_same(lambda module, _: pairs(module, name, options, {"X": y, "y": y, "groups": y // 2}))


@pytest.mark.parametrize("name", SPLITTERS)
@pytest.mark.parametrize(
    "data",
    [
        {"X": None, "y": [0, 1] * 5},
        {"X": range(9), "y": [0, 1] * 5},
        {"X": [], "y": []},
        {"X": [[0]] * 10, "y": [0, 1] * 5},
        {"X": range(10), "y": [[0, 1], [2]] * 5},
        {"X": range(10), "y": np.zeros((10, 2, 2))},
        {"X": range(10), "y": np.zeros((10, 0))},
        {"X": range(10), "y": range(10)},
        {"X": range(10), "y": [0] * 9 + [1]},
        {"X": range(40), "y": [0] * 20 + [1] * 19 + [2]},
        {"X": None, "y": [0, 1] * 20},
        {"X": range(10), "y": [float("inf")] * 10},
        {"X": range(3), "y": [0, 1, 2]},
        {"X": range(10), "y": ["a", None] * 5},
        {"X": range(10), "y": "abcdefghij"},
        {"X": range(10)},
    ],
    ids=repr,
)
def test_data_is_taken_or_refused_alike(name, data):
    groups = {"groups": np.arange(len(data.get("y", []))) // 2} if name == "StratifiedGroupKFold" else {}
    assert_same(lambda module, _: pairs(module, name, {}, {**data, **groups}))


@pytest.mark.parametrize("n_splits", [5, 6, 7], ids=["a class has so many", "as many", "none has"])
@pytest.mark.parametrize("name", K_FOLDS)
def test_a_target_that_may_be_continuous_is_warned_of_alike(name, n_splits):
    """Some versions warn of more classes than half the examples, if there are more than 20 of them."""
    y = np.array([*[0] * 6, *range(1, 20)])
    options = {"n_splits": n_splits}
    assert_same(lambda module, _: pairs(module, name, options, labels_and(name, y, np.arange(25) // 2)))


@pytest.mark.parametrize("name", K_FOLDS)
def test_filters_by_module_see_scikit_learn_warn_of_small_classes(name):
    y = np.arange(25) // 12  # a single example of the last class
    with pytest.warns(UserWarning, match="The least populated class in y has only 1 members") as caught:
        list(getattr(ours, name)(n_splits=5).split(y, y, y.cumsum() if "Group" in name else None))
    assert {warning.filename for warning in caught} == {inspect.getfile(theirs.StratifiedKFold)}


@pytest.mark.parametrize("name", SPLITTERS)
def test_a_splitter_is_one_of_scikit_learn_and_says_so_itself(name):
    mine, original = getattr(ours, name), getattr(theirs, name)
    assert issubclass(mine, original)
    assert repr(mine()) == repr(original())
    assert list(inspect.signature(mine).parameters) == list(inspect.signature(original).parameters)
    assert mine().get_n_splits() == original().get_n_splits()


@pytest.mark.parametrize("name", SPLITTERS)
@pytest.mark.parametrize("copied", [copy.deepcopy, pickled, lambda cv: clone(cv, safe=False)])
def test_a_copy_of_a_splitter_makes_the_same_pairs(name, copied):
    y = np.arange(40) % 3
    cv = getattr(ours, name)(**{**SHUFFLED[name], "random_state": 0})
    groups = y // 1 if "Group" in name else None
    for (a, b), (c, d) in zip(cv.split(y, y, groups), copied(cv).split(y, y, groups), strict=True):
        assert np.array_equal(a, c)
        assert np.array_equal(b, d)


@pytest.mark.parametrize("name", SPLITTERS)
@pytest.mark.parametrize("kind", ["int64", "str", "float64"])
def test_labels_are_grouped_once_for_all_splits_and_repeats(name, kind, monkeypatch):
    y = KINDS[kind](np.arange(60) % 3)
    read = []
    counted = strata.strata_of
    for module in (strata, shuffle_split, group_kfold):
        monkeypatch.setattr(module, "strata_of", lambda values: read.append(1) or counted(values))
    groups = np.arange(60) // 3
    assert len(list(getattr(ours, name)(**SHUFFLED[name]).split(y, y, groups if "Group" in name else None))) > 1
    assert len(read) == 1 + ("Group" in name)


@pytest.mark.parametrize("kind", ["int64", "bool", "str", "object str", "float64", "column"])
@pytest.mark.parametrize("name", SPLITTERS)
def test_usual_labels_are_not_left_to_scikit_learn(name, kind, monkeypatch):
    """The results would be equal all the same: what scikit-learn makes them by is not there."""
    for owner, method in [
        (theirs.StratifiedKFold, "_iter_test_masks"),
        (theirs.StratifiedGroupKFold, "_iter_test_indices"),
        (theirs.StratifiedShuffleSplit, "_iter_indices"),
    ]:
        monkeypatch.delattr(owner, method)
    y = KINDS[kind](np.arange(60) % 2)
    groups = np.arange(60) // 3 if "Group" in name else None
    assert len(list(getattr(ours, name)().split(np.zeros(60), y, groups))) > 1


def _dealt(cv, X, y=None, groups=None):  # noqa: N803 - scikit-learn's
    return np.arange(len(y)) % cv.n_splits


@pytest.mark.parametrize("inherited", [False, True], ids=["in the class", "from a mixin"])
@pytest.mark.parametrize(
    ("name", "step", "function"),
    [
        ("StratifiedKFold", "_make_test_folds", _dealt),
        ("StratifiedKFold", "_iter_test_masks", lambda cv, *data: (_dealt(cv, *data) == fold for fold in range(3))),
        ("StratifiedKFold", "_iter_test_indices", lambda cv, *data: iter([[0], [1], [2]])),
        ("StratifiedGroupKFold", "_iter_test_indices", lambda cv, *data: iter([[0], [1], [2]])),
        (
            "StratifiedGroupKFold",
            "_find_best_fold",
            lambda cv, y_counts_per_fold, **_: y_counts_per_fold.sum(1).argmax(),
        ),
    ],
)
def test_a_subclass_may_replace_a_step_of_scikit_learn(name, step, function, inherited):
    y, replaced = np.arange(24) // 8, {step: function}

    def call(module, _):
        bases = (type("Mixin", (), replaced), getattr(module, name)) if inherited else (getattr(module, name),)
        cls = type("Derived", bases, {} if inherited else replaced)
        return [list(c(3).split(y, y, np.arange(24) // 2)) for c in (cls, type("MoreDerived", (cls,), {}))]

    assert_same(call)


def test_a_search_inside_a_cross_validation_takes_the_splitters():
    x, y = np.zeros((60, 1)), np.arange(60) % 3
    search = ours.GridSearchCV(DummyClassifier(), {"strategy": ["prior"]}, cv=ours.StratifiedKFold(2))
    assert ours.cross_val_score(search, x, y, cv=ours.StratifiedKFold(3)).tolist() == [0.3] * 3  # 6, 7, 7 of 20


def test_the_order_in_which_pairs_are_asked_for_does_not_change_a_shared_generator():
    """Two splitters over one RandomState, by turns: each draws when its first pair of a repeat is asked for."""

    def interleaved(module, state):
        y = np.arange(20) % 2
        both = [module.RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=state).split(y, y) for _ in "ab"]
        return [next(iterator) for _ in range(4) for iterator in both]

    assert_same(interleaved, np.random.RandomState(0))
