"""Plan files: a file holds a plan to the bit; a file that is damaged, or contradicts itself, is refused."""

import hashlib
import json
from fractions import Fraction

import numpy as np
import pytest

import fastsplit

LABELS = {
    "integers": np.array([5, -3, 5, 5, -3, 9] * 20),
    "uint64": np.array([2**64 - 1, 0, 2**63] * 20, dtype=np.uint64),
    "bool": np.array([True, False, True] * 20),
    "strings": ["é", "b", 'a"\n', "é", "\U0001f600", "b"] * 20,
    "surrogates": ["\ud800", "a\0", "a"] * 20,
    "none": [],
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS.keys())
@pytest.mark.parametrize(
    "sizes", [(0.7, 0.2, 0.1), (0.3,), (1.0,), {"ü": Fraction(1, 3), "x y": Fraction(1, 7)}, (3, 2)]
)
def test_a_file_holds_a_plan_to_the_bit(tmp_path, labels, sizes):
    if sizes == (3, 2) and not len(labels):
        sizes = (0, 0)
    plan = fastsplit.plan(labels, sizes)
    plan.save(tmp_path / "plan.json")
    loaded = fastsplit.Plan.load(tmp_path / "plan.json")
    assert loaded == plan
    assert hash(loaded) == hash(plan)
    assert (loaded.names, loaded.sizes, loaded.seed) == (plan.names, plan.sizes, plan.seed)
    for name in ("classes", "totals", "counts", "cuts"):
        a, b = getattr(loaded, name), getattr(plan, name)
        assert a.dtype == b.dtype
        assert np.array_equal(a, b)
    assert np.array_equal(loaded.assign(labels), plan.assign(labels))
    loaded.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "plan.json").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.json", "plan.json"]


def test_every_damaged_byte_is_noticed(tmp_path):
    path = tmp_path / "plan.json"
    fastsplit.plan([1, 2, 2, 3] * 5, (0.5, 0.3, 0.2), seed=1).save(path)
    whole = path.read_bytes()
    for at in range(len(whole)):
        for damaged in (
            whole[:at],
            whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
            whole[:at] + whole[at + 1 :],
        ):
            path.write_bytes(damaged)
            with pytest.raises(ValueError, match="is not a valid fastsplit plan"):
                fastsplit.Plan.load(path)


@pytest.fixture
def plan_file(tmp_path):
    """Return a file that can be changed: its checksum is mended."""
    return PlanFile(tmp_path / "plan.json")


class PlanFile:
    """A plan file whose text can be changed on purpose, with a checksum that fits."""

    def __init__(self, path):
        self.path = path

    def change(self, old, new):
        text = self.path.read_text()
        assert text.count(old) == 1
        body = text.replace(old, new).partition(',\n "sha256"')[0]
        self.path.write_text(f'{body},\n "sha256": "{hashlib.sha256(body.encode()).hexdigest()}"\n}}\n')

    def is_refused(self, message):
        with pytest.raises(ValueError, match=message):
            fastsplit.Plan.load(self.path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"version": 1', '"version": 2', "version 2, but this fastsplit reads version 1"),
        ("fastsplit plan", "another plan", "not a fastsplit plan"),
        ('"test": "1/2"', '"test": "1e-1000000000"', "its sizes are not ratios"),
        ('"dtype": "int64"', '"dtype": "(2,"', "is not a valid fastsplit plan"),
        ('"test": "1/2"', '"test": "2/3"', "its sizes do not sum to at most 1"),
        ("[1, 10, [", "[3, 10, [", "its classes are not ascending labels"),
        ("[1, 10, [5, 5]", "[1, 10, [5, -5]", "its cuts do not fit its classes"),
        ("[1, 10, [5, 5], [", '[1, 10, [5, 5], ["0", ', "its cuts do not fit its classes"),
        ("[1, 10, [5, 5]", "[1, 11, [5, 5]", "its cuts do not fit its classes"),
        ('"with_ids": false', '"with_ids": 0', "with_ids is not a boolean"),
        ('"seed": "1"', '"seed": "-1"', "its seed is negative"),
        ('"seed": "1"', '"seed": "one"', "invalid literal"),
        ('"dtype": "int64"', '"dtype": "float64"', "its classes are not ascending labels"),
        ('"dtype": "int64"', '"dtype": "nothing"', "nothing"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(plan_file, old, new, message):
    fastsplit.plan([1, 2] * 10, (0.5, 0.5), seed=1).save(plan_file.path)
    plan_file.change(old, new)
    plan_file.is_refused(message)


def test_cuts_that_descend_are_refused(plan_file):
    plan = fastsplit.plan([1, 2] * 10, (0.5, 0.3, 0.2), seed=1)
    plan.save(plan_file.path)
    low, high = (f"{cut:016x}" for cut in plan.cuts[0].tolist())
    plan_file.change(f'"{low}", "{high}"', f'"{high}", "{low}"')
    plan_file.is_refused("its cuts do not fit its classes")


@pytest.mark.parametrize("total", [3, 6])
def test_counts_that_exceed_their_total_are_refused(plan_file, total):
    """Sizes that sum to less than 1 leave some of the total in no split, but never less than none."""
    fastsplit.plan([1] * 10, (0.5, 0.25), seed=1).save(plan_file.path)
    text = plan_file.path.read_text()
    in_splits = sum(json.loads(text)["classes"][0][2])
    assert total < in_splits < 10
    plan_file.change("[1, 10, [", f"[1, {total}, [")
    plan_file.is_refused("its cuts do not fit its classes")


def test_a_file_is_json_that_others_can_read(tmp_path):
    plan = fastsplit.plan(["b", "a", "b"] * 10, {"train": 0.5, "test": 0.25}, seed=2**100)
    plan.save(tmp_path / "plan.json")
    fields = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert fields["sizes"] == {"train": "1/2", "test": "1/4"}
    assert fields["seed"] == str(2**100)
    assert [row[0] for row in fields["classes"]] == ["a", "b"]


def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "plan.json"
    old, new = (fastsplit.plan([1, 2] * 10, seed=seed) for seed in (1, 2))
    old.save(path)

    def no_space(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        new.save(path)
    assert fastsplit.Plan.load(path) == old
    assert list(tmp_path.iterdir()) == [path]
