"""Plans in files, or in the folder of a split."""

from __future__ import annotations

from pathlib import Path

from fastsplit import GroupPlan, Plan
from fastsplit.cli.manifest import GROUP_PLAN, PLAN, REPORT

_ZIP = b"PK"  # how a plan of groups begins


def has_plan(path: Path) -> bool:
    """Return whether a folder has a plan; a path that is no folder is one."""
    return not path.is_dir() or _in_folder(path).exists()


def load_plan(path: Path) -> Plan | GroupPlan:
    """Read the plan that is in a file, or in a folder that a command made."""
    if path.is_dir():
        if not has_plan(path) and (path / REPORT).exists():
            raise ValueError(
                f"{path} has no plan: a split of several labels per example, or of --continuous, splits no other data"
            )
        if not has_plan(path):
            raise ValueError(f"{path} has no plan: it is no folder that fastsplit split or assign made")
        path = _in_folder(path)
    elif not path.exists():
        path = path / PLAN if path.suffix == "" else path
    with open(path, "rb") as file:
        is_of_groups = file.read(len(_ZIP)) == _ZIP
    return GroupPlan.load(path) if is_of_groups else Plan.load(path)


def _in_folder(folder: Path) -> Path:
    return folder / (GROUP_PLAN if (folder / GROUP_PLAN).exists() else PLAN)
