import pytest

from cases import LARGE


def pytest_addoption(parser):
    parser.addoption("--n", type=int, default=1_000_000, help="labels in the largest cases (default: %(default)s)")


@pytest.fixture
def n(request):
    return request.config.getoption("--n")


@pytest.fixture
def scale(n):
    """Return the size of all cases as a share of what the report measures."""
    return n / LARGE
