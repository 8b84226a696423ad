"""A stage has one name: its file has it in every folder."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGES = {"scan", "quotas", "cuts", "assign", "order", "emit", "group", "gather"} | {
    "groups",
    "table",
    "rank",
    "deal",
    "polish",
    "hilbert",
    "tally",
}
FOLDERS = {  # and the files that are no stage
    "csrc/*.hpp": {"few"},
    "fastsplit/engine/*.py": {"__init__", "pipeline", "few"}
    | {"buckets", "classes", "hashing", "layout", "parallel", "seeds", "strata", "tabulate", "units", "whole_groups"}
    | {"bands", "narrowing", "regions", "tallied_cuts"},
    "fastsplit/bindings/*.pxi": {"few", "parts", "strings"},
    "fastsplit/reference/*.py": {"__init__", "keys", "multilabel", "seeds"},
    "tests/stages/test_*.py": {"buckets", "few", "listing", "regions"},
    "bench/stages/test_*.py": set(),
}


@pytest.mark.parametrize(("pattern", "others"), FOLDERS.items(), ids=FOLDERS)
def test_every_folder_has_one_file_per_stage(pattern, others):
    assert {path.stem.removeprefix("test_") for path in ROOT.glob(pattern)} - others == STAGES
