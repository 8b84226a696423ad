"""What tests of labels and ids share: two kinds of labels, containers of strings, Arrow's C interface, case names."""

import numpy as np
import pandas as pd
import pyarrow as pa

WORDS = ["dog", "cat", "dog", "eel", "cat", "dog", "ant", "é"] * 40
INTS = [3, -1, 3, 7, -1, 3, 0, 9] * 40


class Exporter:
    """A column of another library, as those of polars: Arrow's C interface, and no other."""

    def __init__(self, array):
        self.array = array

    def __arrow_c_stream__(self, requested_schema=None):
        return self.array.__arrow_c_stream__(requested_schema)


class ArrayExporter:
    def __init__(self, array):
        self.array = array

    def __arrow_c_array__(self, requested_schema=None):
        return self.array.__arrow_c_array__(requested_schema)


def categorical(strings, dtype=object):
    """Return a Series of categories; before pandas 3, pandas itself compares strings up to their first NUL."""
    categories = sorted(set(strings))
    codes = [categories.index(string) for string in strings]
    return pd.Series(pd.Categorical.from_codes(codes, pd.Index(categories, dtype=dtype)))


STRING_FORMS = {
    "list": list,
    "tuple": tuple,
    "objects": lambda names: np.array(names, dtype=object),
    "strided objects": lambda names: np.repeat(np.array(names, dtype=object), 2)[::2],
    "U": np.array,
    "swapped U": lambda names: np.array(names).astype(np.array(names).dtype.newbyteorder(">")),
    "strided U": lambda names: np.repeat(np.array(names), 2)[::2],
    "StringDType": lambda names: np.array(names, dtype=np.dtypes.StringDType()),
    "pandas": pd.Series,
    "pandas objects": lambda names: pd.Series(names, dtype=object),
    "pandas Python strings": lambda names: pd.Series(names, dtype=pd.StringDtype("python")),
    "pandas Arrow strings": lambda names: pd.Series(names, dtype=pd.StringDtype("pyarrow")),
    "pandas Arrow": lambda names: pd.Series(names, dtype=pd.ArrowDtype(pa.string())),
    "pandas index": pd.Index,
    "pandas categories": categorical,
    "pandas categories of Python strings": lambda names: categorical(names, pd.StringDtype("python")),
    "Arrow": pa.array,
    "Arrow large": lambda names: pa.array(names, pa.large_string()),
    "Arrow view": lambda names: pa.array(names, pa.string_view()),
    "Arrow slice": lambda names: pa.array(["before", *names, "after"])[1:-1],
    "Arrow chunks": lambda names: pa.chunked_array([names[:7], [], names[7:]]),
    "Arrow dictionary": lambda names: pa.array(names).dictionary_encode(),
}


def kind_of(labels):
    """Name a parameter by its type and dtype."""
    return f"{type(labels).__name__}-{getattr(labels, 'dtype', getattr(labels, 'type', ''))}"
