"""The page on regression targets: its last split has the sizes that it asks for."""

from common_pages import run


def test_sizes_of_several_covariates_are_exact():
    names = run("regression-targets").names
    assert [len(names[part]) for part in ("train", "val", "test")] == [70_000, 20_000, 10_000]
