"""A stage has the same name wherever it has a file."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
STAGES = {"scan", "quotas", "cuts", "assign", "order", "emit", "group", "gather"}
OTHERS = {
    "csrc/*.hpp": set(),
    "fastsplit/engine/*.py": {"__init__", "pipeline", "classes", "parallel", "layout"},
    "fastsplit/bindings/*.pxi": {"parts"},
    "fastsplit/reference/*.py": {"__init__", "keys"},
    "tests/stages/test_*.py": {"listing"},
    "bench/stages/test_*.py": set(),
}


def test_every_folder_has_a_file_per_stage_and_no_other():
    found = {files: {path.stem.removeprefix("test_") for path in ROOT.glob(files)} for files in OTHERS}
    assert found == {files: STAGES | others for files, others in OTHERS.items()}
