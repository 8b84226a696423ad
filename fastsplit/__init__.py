"""Exact stratified splits of large label arrays.

`split` returns the index arrays of train, validation and test sets in which every class keeps its share. `plan` returns
the small table behind a split, which can be saved and applied to data that grows. `kfold` makes the folds of a
cross-validation. With ``groups``, all three keep whole groups in one split, and the classes as close to their shares as
groups allow. `split_multilabel` and `kfold_multilabel` split examples of several labels, `strata` makes classes of a
continuous target. `count`, `tally` and `plan_chunks` plan labels that do not fit in memory, or on one machine. `group`
returns the positions of each class, `shuffle` a random order.

`fastsplit.reference` has the same functions in plain NumPy, `fastsplit.tfdata` makes ``tf.data`` pipelines of index
arrays, `fastsplit.model_selection` has the names of scikit-learn, with its results to the bit.
"""

from __future__ import annotations

try:
    from fastsplit.chunked import assign_chunks, plan_chunks
    from fastsplit.counting import Counts, count
    from fastsplit.folds import Folds, kfold
    from fastsplit.group_plans import GroupPlan
    from fastsplit.grouping import Grouping, group
    from fastsplit.multilabel import kfold_multilabel, split_multilabel
    from fastsplit.plans import Plan, plan
    from fastsplit.shuffling import shuffle
    from fastsplit.splits import Splits, split
    from fastsplit.stratifying import strata
    from fastsplit.tallies import Tally
    from fastsplit.tallying import tally
except ModuleNotFoundError as error:
    if error.name != "fastsplit._kernels":
        raise
    raise ImportError(
        f"the compiled kernels of fastsplit are not in {__path__[0]}; if this is a source checkout, build them with "
        "'pip install -e .', or leave the folder to use an installed fastsplit"
    ) from error
except KeyboardInterrupt:
    from fastsplit.starting import end_if_command_line

    end_if_command_line()
    raise

__all__ = [
    "Counts",
    "Folds",
    "GroupPlan",
    "Grouping",
    "Plan",
    "Splits",
    "Tally",
    "assign_chunks",
    "count",
    "group",
    "kfold",
    "kfold_multilabel",
    "plan",
    "plan_chunks",
    "shuffle",
    "split",
    "split_multilabel",
    "strata",
    "tally",
]
__version__ = "0.2.0"

# Imported on first use: nothing else needs them.
_MODULES = ("dask", "model_selection", "ray", "reference", "spark", "tfdata", "typing")


def __getattr__(name: str) -> object:
    if name in _MODULES:
        from importlib import import_module

        return import_module(f"fastsplit.{name}")
    raise AttributeError(f"module 'fastsplit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_MODULES, "__doc__", "__version__"])
