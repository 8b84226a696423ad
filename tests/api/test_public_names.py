"""The public names: exactly those listed, with one version and with the signatures of the reference."""

import importlib.metadata
import inspect
import types

import pytest
from common import run_python

import fastsplit
from fastsplit import reference

FUNCTIONS = ["group", "kfold", "kfold_multilabel", "plan", "shuffle", "split", "split_multilabel", "strata"]
OF_PARTS = ["assign_chunks", "count", "plan_chunks", "tally"]  # the reference has all labels at once
CLASSES = ["Counts", "Folds", "GroupPlan", "Grouping", "Plan", "Splits", "Tally"]
MODULES = ["dask", "model_selection", "ray", "reference", "spark", "tfdata", "typing"]


def test_dir_lists_the_public_names_and_no_others():
    assert sorted(fastsplit.__all__) == sorted([*FUNCTIONS, *OF_PARTS, *CLASSES])
    assert dir(fastsplit) == sorted([*FUNCTIONS, *OF_PARTS, *CLASSES, *MODULES, "__doc__", "__version__"])
    with pytest.raises(AttributeError, match="module 'fastsplit' has no attribute 'stratify'"):
        fastsplit.stratify  # noqa: B018 - the access is the test


@pytest.mark.parametrize("name", ["model_selection", "reference", "typing"])
def test_public_modules_are_imported_on_first_use(name):
    assert isinstance(getattr(fastsplit, name), types.ModuleType)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_reference_has_the_same_signature(name):
    assert (
        inspect.signature(getattr(reference, name)).parameters == inspect.signature(getattr(fastsplit, name)).parameters
    )


def test_the_version_is_that_of_the_installed_package():
    assert fastsplit.__version__ == importlib.metadata.version("fastsplit")


@pytest.mark.no_sanitizer  # in an interpreter of its own
def test_the_command_line_is_found_by_the_name_of_the_package(tmp_path):
    printed, _ = run_python("-m", "fastsplit", "--version", cwd=tmp_path)
    assert printed == f"fastsplit {fastsplit.__version__}\n"
