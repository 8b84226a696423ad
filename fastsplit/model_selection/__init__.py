"""The names of ``sklearn.model_selection``: the stratified splitters faster, with the same results to the bit.

``StratifiedKFold``, ``RepeatedStratifiedKFold``, ``StratifiedShuffleSplit``, ``StratifiedGroupKFold``,
``train_test_split`` and ``check_cv`` give the index arrays, errors and warnings of the installed scikit-learn.
``StratifiedGroupShuffleSplit``, which scikit-learn lacks, splits by fastsplit's own rule.
``MultilabelStratifiedKFold``, ``RepeatedMultilabelStratifiedKFold`` and ``MultilabelStratifiedShuffleSplit`` have the
signatures of iterative-stratification, with folds of fastsplit's own. Every other name is scikit-learn's own, so that
an import line needs one word changed.

Examples
--------
>>> from fastsplit.model_selection import StratifiedKFold, cross_val_score
>>> from sklearn.dummy import DummyClassifier
>>> cross_val_score(DummyClassifier(), [[0]] * 6, [0, 0, 0, 0, 1, 1], cv=StratifiedKFold(2))
array([0.66666667, 0.66666667])
"""

from __future__ import annotations

from typing import Any

from fastsplit.model_selection import _sklearn
from fastsplit.model_selection.group_kfold import StratifiedGroupKFold
from fastsplit.model_selection.group_shuffle_split import StratifiedGroupShuffleSplit
from fastsplit.model_selection.kfold import RepeatedStratifiedKFold, StratifiedKFold
from fastsplit.model_selection.multilabel import (
    MultilabelStratifiedKFold,
    MultilabelStratifiedShuffleSplit,
    RepeatedMultilabelStratifiedKFold,
)
from fastsplit.model_selection.shuffle_split import StratifiedShuffleSplit, train_test_split

__all__ = [  # with the next line, all names of scikit-learn
    "MultilabelStratifiedKFold",
    "MultilabelStratifiedShuffleSplit",
    "RepeatedMultilabelStratifiedKFold",
    "RepeatedStratifiedKFold",
    "StratifiedGroupKFold",
    "StratifiedKFold",
    "StratifiedShuffleSplit",
    "check_cv",
    "train_test_split",
]
__all__ += [name for name in _sklearn.model_selection.__all__ if name not in __all__]
__all__ += ["StratifiedGroupShuffleSplit"]  # which scikit-learn lacks

_check_cv = _sklearn.model_selection.check_cv


def check_cv(cv: Any = 5, y: Any = None, **options: Any) -> Any:
    """Return a splitter for what scikit-learn's users pass as ``cv``.

    Parameters
    ----------
    cv : int, splitter, iterable or None, default 5
        A number of folds, or the folds.
    y : array_like, shape (N,), optional
        The labels.
    **options
        ``classifier`` and whatever else scikit-learn's `check_cv` takes.

    Returns
    -------
    object
        What scikit-learn's `check_cv` returns; if it makes a `StratifiedKFold`, one of fastsplit.

    Examples
    --------
    >>> from fastsplit.model_selection import StratifiedKFold, check_cv
    >>> isinstance(check_cv(3, [0, 1, 0, 1, 0, 1], classifier=True), StratifiedKFold)
    True
    """
    made = _check_cv(cv, y, **options)
    if made is cv or type(made) is not StratifiedKFold.__base__:
        return made
    return StratifiedKFold(made.n_splits, shuffle=made.shuffle, random_state=made.random_state)


def __getattr__(name: str) -> Any:
    try:
        return getattr(_sklearn.model_selection, name)
    except AttributeError:
        raise AttributeError(f"module 'fastsplit.model_selection' has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return sorted({*__all__, *dir(_sklearn.model_selection)})
