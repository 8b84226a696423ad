import pytest
from hypothesis import HealthCheck, settings

from fastsplit.engine import classes, parallel, scan

common = {"deadline": None, "print_blob": True, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
settings.register_profile("fastsplit", **common)
settings.register_profile("quick", max_examples=25, **common)
settings.load_profile("fastsplit")


def pytest_addoption(parser):
    parser.addoption("--huge", action="store_true", help="run the tests that need minutes and tens of gigabytes")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--huge"):
        huge = [item for item in items if item.get_closest_marker("huge")]
        items[:] = [item for item in items if item not in huge]
        config.hook.pytest_deselected(items=huge)


@pytest.fixture
def small_ranges(monkeypatch):
    """Let arrays of a few dozen labels be cut into ranges and blocks as millions are."""
    monkeypatch.setattr(parallel, "GRAIN", 8)
    monkeypatch.setattr(scan, "MIN_BANDED", 8)
    monkeypatch.setattr(classes, "SAMPLE", 8)
    monkeypatch.setattr(parallel, "BLOCK", 32)
