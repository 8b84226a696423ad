"""What fastsplit imports from scikit-learn, private helpers included: the one place to change if scikit-learn does."""

from __future__ import annotations

try:
    import sklearn
    from sklearn import model_selection
    from sklearn.model_selection import BaseCrossValidator, BaseShuffleSplit
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import type_of_target
except ModuleNotFoundError as error:
    if error.name != "sklearn":
        raise
    raise ImportError(
        'fastsplit.model_selection needs scikit-learn 1.5 or newer: pip install "fastsplit[sklearn]"'
    ) from error

try:
    from sklearn.model_selection._split import (
        GroupsConsumerMixin,
        _BaseKFold,
        _RepeatedSplits,
        _validate_shuffle_split,
    )
    from sklearn.utils._param_validation import validate_params
    from sklearn.utils.extmath import _approximate_mode
except ImportError as error:
    raise ImportError(
        f"fastsplit.model_selection needs private helpers that scikit-learn {sklearn.__version__} lacks ({error}); "
        "scikit-learn 1.5 to 1.9 have them: install one of these, or a newer fastsplit"
    ) from error

__all__ = [
    "SHUFFLES_GROUPS_WITH_THEIR_ROWS",
    "BaseCrossValidator",
    "BaseShuffleSplit",
    "GroupsConsumerMixin",
    "_BaseKFold",
    "_RepeatedSplits",
    "_approximate_mode",
    "_validate_shuffle_split",
    "check_random_state",
    "model_selection",
    "type_of_target",
    "validate_params",
]

# Before 1.8, a StratifiedGroupKFold that shuffles gives each group the fold that was chosen for another one.
SHUFFLES_GROUPS_WITH_THEIR_ROWS = tuple(int(part) for part in sklearn.__version__.split(".")[:2]) >= (1, 8)
