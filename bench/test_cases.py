"""Every case with every contender."""

from functools import partial

import pytest

from cases import CASES

PAIRS = [
    pytest.param(case, contender, id=f"{case.title}-{contender}") for case in CASES for contender in case.contenders
]


@pytest.mark.parametrize(("case", "contender"), PAIRS)
def test_case(benchmark, scale, case, contender):
    data = case.make(case.size(scale))
    benchmark.group = case.title
    result = benchmark(partial(case.contenders[contender], data))
    case.check(contender, data, result)
