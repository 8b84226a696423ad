"""train_test_split does what scikit-learn's does: which rows, as what kinds of slices, in which order, and errors."""

import inspect
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse
import sklearn.model_selection as theirs
from common import run_python
from common_model_selection import KINDS, assert_same, codes, random_states
from hypothesis import given
from hypothesis import strategies as st

import fastsplit.model_selection as ours
from fastsplit.model_selection import shuffle_split

N = 24
Y = np.arange(N) % 3


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_the_rows_are_those_of_scikit_learn(kind, data):
    classes = np.repeat(data.draw(codes(max_size=30)), 2)
    sizes = st.none() | st.floats(0.05, 0.95) | st.integers(1, len(classes))
    options = {
        "stratify": KINDS[kind](classes),
        "test_size": data.draw(sizes),
        "train_size": data.draw(sizes),
        "shuffle": data.draw(st.sampled_from([True, True, True, False])),
    }
    assert_same(
        lambda module, state: module.train_test_split(np.arange(len(classes)), random_state=state, **options),
        data.draw(random_states()),
    )


ODD_INDEX = np.array(list("zyxwvutsrqponmlkjihgfedc"))
SLICED = {
    "list": list("abcdefghijklmnopqrstuvwx"),
    "tuple": tuple(range(N)),
    "range": range(N),
    "array of four dimensions": np.zeros((N, 2, 1, 3)),
    "DataFrame": pd.DataFrame({"a": np.arange(N), "b": np.arange(N) / 7}, index=ODD_INDEX),
    "Series": pd.Series(np.arange(N), index=ODD_INDEX),
    "Series, index of floats": pd.Series(np.arange(N), index=np.arange(N) / 2),
    **{form: getattr(scipy.sparse, f"{form}_matrix")(np.eye(N)) for form in ("csr", "csc", "lil", "dok")},
    "csr_array": scipy.sparse.csr_array(np.eye(N)),
    "Arrow": pa.table({"a": np.arange(N)}),
    "scalar": 3,
    "array without dimensions": np.array(3),
    "shorter": [0] * (N - 1),
    "None": None,
}


def described(part):
    """The type, the values and the index of a part."""
    if scipy.sparse.issparse(part):
        return type(part), part.dtype, part.toarray().tolist()
    if isinstance(part, pd.DataFrame | pd.Series):
        return type(part), part.index.tolist(), part.index.dtype, part.to_dict()
    if isinstance(part, pa.Table):
        return type(part), part.schema, part.to_pydict()
    return type(part), np.asarray(part).dtype, np.asarray(part).tolist()


@pytest.mark.parametrize("kind", SLICED)
@pytest.mark.parametrize("stratify", [Y, None], ids=["stratified", "not stratified"])
def test_slices_are_of_the_same_type_with_the_same_index(kind, stratify):
    def split(module, _):
        parts = module.train_test_split(SLICED[kind], np.arange(N), random_state=0, stratify=stratify)
        return [described(part) for part in parts]

    assert_same(split)


@pytest.mark.parametrize("data", [[], ["a"], [None], [Y, Y[:-1]]], ids=repr)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stratify": Y},
        {"stratify": Y[:-1]},
        {"stratify": np.arange(N)},
        {"stratify": 3},
        {"stratify": "a" * N},
        {"stratify": Y, "shuffle": False},
        {"stratify": Y, "shuffle": "no"},
        {"stratify": Y, "test_size": 2},
        {"stratify": Y, "test_size": N},
        {"stratify": Y, "test_size": 1.0},
        {"stratify": Y, "test_size": "a"},
        {"stratify": Y, "test_size": 0.9, "train_size": 0.2},
        {"stratify": Y, "random_state": "seed"},
        {"stratify": Y, "random_state": np.random.default_rng(0)},
        {"stratify": Y, "n_splits": 2},
    ],
    ids=repr,
)
def test_arguments_are_taken_or_refused_alike(data, options):
    for arrays in (data, [Y, *data]):
        assert_same(lambda module, _, arrays=arrays: module.train_test_split(*arrays, **options))


def test_it_has_the_parameters_of_scikit_learn():
    mine, original = (inspect.signature(module.train_test_split).parameters for module in (ours, theirs))
    assert [(p.name, p.kind, p.default) for p in mine.values()] == [
        (p.name, p.kind, p.default) for p in original.values()
    ]


def test_strata_are_not_left_to_scikit_learn(monkeypatch):
    monkeypatch.delattr(theirs.StratifiedShuffleSplit, "_iter_indices")
    drawn = []
    draw = shuffle_split._drawn
    monkeypatch.setattr(shuffle_split, "_drawn", lambda *args: drawn.append(1) or draw(*args))
    ours.train_test_split(Y, stratify=Y)
    assert drawn == [1]


@pytest.mark.parametrize("cv", [None, 3, np.int64(4), 1, theirs.KFold(3), [([0], [1])], "five", 2.5], ids=repr)
@pytest.mark.parametrize("classifier", [True, False])
@pytest.mark.parametrize("y", [Y, Y / 2, None], ids=["classes", "not whole", "none"])
def test_check_cv_makes_what_that_of_scikit_learn_makes(cv, classifier, y):
    def checked(module, _):
        made = module.check_cv(cv, y, classifier=classifier)
        return repr(made).split(" object at")[0], list(made.split(Y, Y))

    if cv is None or isinstance(cv, int | np.integer | theirs.KFold):
        assert_same(checked)
    else:
        assert_same(lambda module, _: type(module.check_cv(cv, y, classifier=classifier)).__name__)


def test_check_cv_makes_splitters_of_fastsplit_and_returns_others_as_they_are():
    assert type(ours.check_cv(3, Y, classifier=True)) is ours.StratifiedKFold
    for cv in (theirs.StratifiedKFold(3), ours.StratifiedKFold(3), theirs.KFold(3)):
        assert ours.check_cv(cv, Y, classifier=True) is cv


@pytest.mark.skipif(
    "shuffle" not in inspect.signature(theirs.check_cv).parameters, reason="this scikit-learn's check_cv cannot shuffle"
)
def test_check_cv_passes_on_how_to_shuffle():
    cv = ours.check_cv(3, Y, classifier=True, shuffle=True, random_state=7)
    assert repr(cv) == repr(ours.StratifiedKFold(3, shuffle=True, random_state=7))


@pytest.mark.skipif(
    not any(map(find_spec, ("sklearn.externals.array_api_compat", "array_api_compat"))),
    reason="this scikit-learn cannot dispatch without array_api_compat",
)
def test_the_array_api_is_dispatched_alike(tmp_path):
    """In a child: SciPy reads its variable when it is imported."""
    code = """
import numpy as np, sklearn
from fastsplit.model_selection import train_test_split as ours
from sklearn.model_selection import train_test_split as theirs
x, y = np.arange(60.0).reshape(-1, 3), np.arange(20) % 3
with sklearn.config_context(array_api_dispatch=True):
    parts = [split(x, y, stratify=y, random_state=0) for split in (ours, theirs)]
print(all(type(a) is type(b) and a.dtype == b.dtype and (a == b).all() for a, b in zip(*parts)))
"""
    printed, _ = run_python("-c", code, env={"SCIPY_ARRAY_API": "1"}, cwd=tmp_path)
    assert printed == "True\n"
