import pytest


def pytest_addoption(parser):
    parser.addoption("--n", type=int, default=1_000_000, help="labels in a benchmark")


@pytest.fixture
def n(request):
    return request.config.getoption("--n")
