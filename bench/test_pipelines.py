"""tf.data pipelines, beside the recipes and Keras's: an epoch each."""

import pytest

from pipelines import BATCHES, PIPELINES
from pipelines.data import Data
from pipelines.measure import check, rate


@pytest.fixture(scope="module")
def data(tmp_path_factory, request):
    return Data(tmp_path_factory.mktemp("data"), request.config.getoption("--n"))


@pytest.mark.parametrize("size", BATCHES)
@pytest.mark.parametrize("name", PIPELINES)
def test_epoch(benchmark, data, name, size):
    dataset = PIPELINES[name](data, size)
    check(data, dataset, name)
    benchmark.group = f"an epoch, batch {size}"
    assert benchmark(rate, dataset) > 0
