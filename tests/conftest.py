import faulthandler
import os
import re
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from fastsplit import _kernels
from fastsplit.engine import classes, few, parallel, scan

pytest.register_assert_rewrite("common", "common_clusters", "uniformity")

common = {"deadline": None, "print_blob": True, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
settings.register_profile("fastsplit", **common)
settings.register_profile("quick", max_examples=25, **common)
settings.load_profile("fastsplit")

TOO_LONG = 600  # seconds of one test, many times what the slowest takes under the sanitizers
TESTS = Path(__file__).parent
EXCLUSION = re.compile(r"not \w+( and not \w+)*")
MARKS_OF_FOLDERS = {
    "cli": ["no_sanitizer"],
    "clusters": ["no_sanitizer", "slow"],
    "docs": ["no_sanitizer"],
    "model_selection": ["no_sanitizer"],
    "readers": ["no_sanitizer"],
    "report": ["no_sanitizer"],
    "statistics": ["statistical"],
    "tfdata": ["no_sanitizer", "slow"],
    "typing": ["no_sanitizer", "slow"],
    "writers": ["no_sanitizer"],
}


def pytest_addoption(parser):
    parser.addoption("--huge", action="store_true", help="run the tests that need minutes and tens of gigabytes")


def pytest_configure(config):
    # Where SIGINT is ignored, as for `pytest &` in a script, children would ignore it too and the tests wait for ever.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.real_stderr = os.dup(2)  # pytest does not capture it yet


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """End the run with the tracebacks of all threads if a test hangs, even in C code; pytest-timeout does no more."""
    if not item.get_closest_marker("huge"):
        faulthandler.dump_traceback_later(TOO_LONG, exit=True, file=item.config.real_stderr)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


def marks_by_folder(path):
    folder = path.relative_to(TESTS).parts[:1]
    return MARKS_OF_FOLDERS.get(*folder, []) if folder else []


def pytest_ignore_collect(collection_path, config):
    """Do not import folders that ``-m "not ..."`` excludes: TensorFlow takes seconds, and sanitizers may stop it."""
    expression = config.option.markexpr
    excluded = re.findall(r"not (\w+)", expression) if EXCLUSION.fullmatch(expression) else []
    return True if set(excluded) & set(marks_by_folder(collection_path)) else None


def pytest_itemcollected(item):
    """Mark tests by their folder, before pytest selects by marks."""
    for mark in marks_by_folder(item.path):
        item.add_marker(mark)


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--huge"):
        huge = [item for item in items if item.get_closest_marker("huge")]
        items[:] = [item for item in items if item not in huge]
        config.hook.pytest_deselected(items=huge)


@pytest.fixture
def small_ranges(monkeypatch):
    """Let arrays of a few dozen labels be cut into ranges and blocks as millions are."""
    monkeypatch.setattr(few, "LIMIT", 0)
    monkeypatch.setattr(parallel, "GRAIN", 8)
    monkeypatch.setattr(scan, "MIN_BANDED", 8)
    monkeypatch.setattr(classes, "SAMPLE", 8)
    monkeypatch.setattr(parallel, "BLOCK", 32)


@pytest.fixture(params=["few", "many"])
def either_way(request):
    """Run a test twice: few labels go their way in one call, and as if they were many."""
    if request.param == "many":
        request.getfixturevalue("small_ranges")


@pytest.fixture
def use_cpu():
    """Choose the instructions that the kernels use; afterwards, again those that the environment chose."""
    yield _kernels.use_cpu
    _kernels.use_cpu(os.environ.get("FASTSPLIT_CPU") or _kernels.CPUS[-1])
