"""What the tests of model_selection share: what a call does, to compare fastsplit with scikit-learn, and labels."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import sklearn.model_selection as theirs
from common import DTYPES
from hypothesis import strategies as st

import fastsplit.model_selection as ours

K_FOLDS = ["StratifiedKFold", "RepeatedStratifiedKFold", "StratifiedGroupKFold"]
SPLITTERS = [*K_FOLDS, "StratifiedShuffleSplit"]


def outcome(call, random_state=None):
    """What a call does: its result, or its error; its warnings; and the states in which it leaves random generators."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = call()
        except Exception as error:
            result = (type(error), str(error))
    states = [np.random.get_state()[1:3]]  # noqa: NPY002 - scikit-learn's default generator
    if isinstance(random_state, np.random.RandomState):
        states.append(random_state.get_state()[1:3])
    return result, [(w.category, str(w.message)) for w in caught], states


def comparable(value):
    """Arrays as their dtype, shape and values; lists and tuples of them likewise."""
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tolist()
    if isinstance(value, list | tuple):
        return type(value), [comparable(item) for item in value]
    return value


def assert_same(call, random_state=None):
    """Assert that ``call(module, random_state)`` does the same with both modules; return the result of fastsplit's."""
    seen = []
    for module in (theirs, ours):
        state = copy.deepcopy(random_state)
        np.random.seed(0)  # noqa: NPY002 - what random_state=None draws from
        seen.append(outcome(lambda module=module, state=state: call(module, state), state))
    expected, got = seen
    assert comparable(got) == comparable(expected)
    return got[0]


def pairs(module, name, options, data):
    return list(getattr(module, name)(**options).split(**data))


KINDS = {  # of labels, made of small integers
    "integers": lambda codes: codes.astype(DTYPES[int(codes[0]) + len(codes) % len(DTYPES) - 9]),  # each width at times
    "int64": lambda codes: codes.astype(np.int64),
    "bool": lambda codes: codes > 0,
    "far apart": lambda codes: codes.astype(np.int64) * 2**59 - 2**62,
    "uint64, large": lambda codes: np.uint64(2**64 - 1) - codes.astype(np.uint64),
    "float16": lambda codes: codes.astype(np.float16),
    "float32": lambda codes: codes.astype(np.float32) - 2,
    "float64": lambda codes: codes * 1e15,
    "float64, with a negative zero": lambda codes: np.where(codes % 2 == 0, -0.0, 0.0) + codes // 2,
    "float64, not whole": lambda codes: codes / 2,
    "float64, too large for integers": lambda codes: codes * 1e19,
    "str": lambda codes: np.array([f"class {code}" for code in codes]),
    "object str": lambda codes: np.array([f"class {code}" for code in codes], dtype=object),
    "object int": lambda codes: codes.astype(object),
    "object of both": lambda codes: np.array([int(code) if code else "none" for code in codes], dtype=object),
    "StringDType": lambda codes: codes.astype(np.dtypes.StringDType()),
    "rows of StringDType": lambda codes: np.stack([codes, codes % 2], axis=1).astype(np.dtypes.StringDType()),
    "bytes": lambda codes: codes.astype("S"),
    "datetime": lambda codes: codes.astype("datetime64[D]"),
    "timedelta": lambda codes: codes.astype("timedelta64[s]"),
    "complex": lambda codes: codes * 1j,
    "list": lambda codes: codes.tolist(),
    "list of str": lambda codes: [f"{code}" for code in codes],
    "tuple": lambda codes: tuple(codes.tolist()),
    "column": lambda codes: codes[:, None],
    "column of str": lambda codes: codes.astype(str)[:, None],
    "column of two": lambda codes: np.stack([codes, codes % 2], axis=1),
    "one-hot": lambda codes: np.eye(9, dtype=int)[codes],
    "rows of floats": lambda codes: np.stack([codes / 3, -codes / 7], axis=1),
    "rows of str": lambda codes: np.stack([codes, codes % 2], axis=1).astype(str),
    "rows of objects": lambda codes: np.stack([codes, codes % 2], axis=1).astype(object),
    "Series": lambda codes: pd.Series(codes, index=np.arange(len(codes))[::-1] * 3),
    "Series of str": lambda codes: pd.Series([f"class {code}" for code in codes]),
    "Categorical": lambda codes: pd.Categorical.from_codes(codes, [f"class {8 - c}" for c in range(9)]),
    "Series of Categorical": lambda codes: pd.Series(pd.Categorical(codes)),
    "Int64": lambda codes: pd.Series(codes, dtype="Int64"),
    "DataFrame": lambda codes: pd.DataFrame({"y": codes}),
    "strided": lambda codes: np.repeat(codes, 3)[::3],
    "read-only": lambda codes: np.frombuffer(codes.astype(np.int64).tobytes(), dtype=np.int64),
    "NaN": lambda codes: np.where(codes == 0, np.nan, codes),
    "none": lambda codes: None,
}


@st.composite
def codes(draw, max_size=60):
    """Small integers: few or many classes, alike or not in size, in any order."""
    n_classes = draw(st.integers(1, 9))
    return np.array(draw(st.lists(st.integers(0, n_classes - 1), min_size=1, max_size=max_size)))


@st.composite
def random_states(draw):
    """An integer, a generator, or None for that of NumPy."""
    seed = draw(st.none() | st.integers(0, 2**32 - 1))
    return np.random.RandomState(seed) if seed is not None and draw(st.booleans()) else seed


def pickled(cv):
    return pickle.loads(pickle.dumps(cv))
