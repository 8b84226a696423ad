"""Exact stratified splits of large label arrays.

``split`` gives the index arrays of train, validation and test sets in which every class keeps its share; ``plan`` gives
the small table behind them, which can be saved and applied to data that grows; ``kfold``, ``group`` and ``shuffle`` are
the same machinery put to other use. ``fastsplit.reference`` has the same functions in plain NumPy.
"""

from __future__ import annotations

from types import ModuleType

try:
    from fastsplit._kfold import KFold, kfold
    from fastsplit._plan import Plan, plan
    from fastsplit._split import Groups, Splits, group, shuffle, split
except ModuleNotFoundError as error:
    if error.name != "fastsplit._kernels":
        raise
    raise ImportError(
        f"the compiled kernels of fastsplit are not in {__path__[0]}; if these are its sources, install them with "
        "'pip install -e .', or leave their folder to use an installed fastsplit"
    ) from error

__all__ = ["Groups", "KFold", "Plan", "Splits", "group", "kfold", "plan", "shuffle", "split"]
__version__ = "0.1.0"


def __getattr__(name: str) -> ModuleType:
    if name in ("reference", "tfdata"):  # imported when they are asked for: nothing else needs them
        from importlib import import_module

        return import_module(f"fastsplit.{name}")
    raise AttributeError(f"module 'fastsplit' has no attribute {name!r}")
