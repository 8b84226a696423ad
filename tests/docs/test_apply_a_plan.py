"""The page on plans in other languages: its program gives the splits of fastsplit, its JSON is that of a plan file."""

import json

import numpy as np
import pytest
from common_pages import run, text_of

import fastsplit

PAGE = text_of("apply-a-plan")


@pytest.fixture
def program():
    return run("apply-a-plan").names


IDS = {
    "none": None,
    "integers": [3 * i - 500 for i in range(1000)],
    "strings": [f"images/{i}.jpg" for i in range(1000)],
}


@pytest.mark.parametrize("ids", IDS)
@pytest.mark.parametrize(("seed", "sizes"), [(0, (0.7, 0.2, 0.1)), (12345, (0.5, 0.25))])
def test_its_program_gives_the_split_of_every_example(ids, seed, sizes, program, tmp_path):
    labels = [["cat", "dog", "ü"][i * i % 3] for i in range(1000)]
    plan = fastsplit.plan(labels, sizes, seed=seed, ids=IDS[ids])
    plan.save(tmp_path / "plan.json")
    cuts = program["cuts_of"](tmp_path / "plan.json")
    first, second = map(int, np.random.SeedSequence(seed).generate_state(6, np.uint64)[:2])
    found = [
        program["split_of"](label, example, cuts, first, second)
        for label, example in zip(labels, IDS[ids] or range(1000), strict=True)
    ]
    expected = plan.assign(labels, IDS[ids])
    assert [255 if split == len(sizes) else split for split in found] == expected.tolist()


def test_classes_that_are_not_in_the_plan_have_cuts_at_the_fractions(program):
    sizes = (0.7, 0.2, 0.1)
    plan = fastsplit.plan(["cat"] * 10, sizes, seed=1, ids=np.arange(10))
    first, second = map(int, np.random.SeedSequence(1).generate_state(6, np.uint64)[:2])
    cuts = {"dog": [7 * 2**64 // 10, 9 * 2**64 // 10]}
    found = [program["split_of"]("dog", example, cuts, first, second) for example in range(100)]
    assert found == plan.assign(["dog"] * 100, np.arange(100)).tolist()


def test_its_example_has_the_fields_of_a_plan_file(tmp_path):
    shown = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
    plan = fastsplit.plan(["cat", "dog"] * 9, {"train": 0.7, "test": 0.2}, seed=3, ids=[f"i{i}" for i in range(18)])
    plan.save(tmp_path / "plan.json")
    saved = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert list(shown) == list(saved)
    for name in ("format", "version", "seed", "with_ids", "id_kind", "sizes", "dtype"):
        assert shown[name] == saved[name]
    assert [[type(value) for value in row] for row in shown["classes"]] == [
        [type(value) for value in row] for row in saved["classes"]
    ]
