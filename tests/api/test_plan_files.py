"""Plan files: a file holds a plan to the bit; a file that is damaged, or contradicts itself, is refused."""

import hashlib
import json
import math
import os
import tracemalloc
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import fastsplit
from fastsplit import plan_files

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


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS.keys())
def test_a_file_with_other_line_ends_is_the_same_plan(tmp_path, labels):
    """Git writes CRLF on Windows."""
    path = tmp_path / "plan.json"
    plan = fastsplit.plan(labels, {"a\r\nb": 0.5, "c": 0.5}, seed=1)
    plan.save(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert fastsplit.Plan.load(path) == plan


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"null", b"[" * 100_000, b"\x00" * 1000, b'{"format": "fastsplit plan"}']
)
def test_another_file_is_refused_before_it_is_parsed(tmp_path, monkeypatch, content):
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    monkeypatch.setattr(json, "loads", lambda text: pytest.fail("parsed"))
    with pytest.raises(ValueError, match=r"plan\.json' is not a valid fastsplit plan: (not a fastsplit plan|changed)"):
        fastsplit.Plan.load(path)


def test_a_file_is_verified_before_it_is_parsed(tmp_path, monkeypatch):
    path = tmp_path / "plan.json"
    fastsplit.plan([1, 2] * 10, seed=1).save(path)
    path.write_bytes(path.read_bytes().replace(b'"int64"', b'"int32"'))
    monkeypatch.setattr(json, "loads", lambda text: pytest.fail("parsed"))
    with pytest.raises(ValueError, match=r"plan\.json' is not a valid fastsplit plan: changed after it was saved"):
        fastsplit.Plan.load(path)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_file_that_was_written_anew_by_another_program_is_said_to_be_changed(tmp_path, indent):
    path = tmp_path / "plan.json"
    fastsplit.plan([1, 2] * 10, seed=1).save(path)
    path.write_text(json.dumps(json.loads(path.read_text()), indent=indent))
    with pytest.raises(ValueError, match="changed after it was saved: its lines are not as"):
        fastsplit.Plan.load(path)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="the system has no such file")
def test_a_file_without_end_is_refused_by_its_first_bytes():
    with pytest.raises(ValueError, match="'/dev/zero' is not a valid fastsplit plan: not a fastsplit plan"):
        fastsplit.Plan.load("/dev/zero")


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
        ('"test": "1/2"', '"test": "1/0"', "its sizes are not ratios"),
        ('"test": "1/2"', '"test": 0.5', "its sizes are not ratios"),
        ('"test": "1/2"', f'"test": "1/{2**62}"', "its sizes have no common denominator below"),
        ('"test": "1/2"', f'"test": "1/{2**64}"', "its sizes are not ratios"),
        ('"dtype": "int64"', '"dtype": "(2,"', "its dtype is not one of str, bool, int8"),
        ('"dtype": "int64"', '"dtype": "S2000000000"', "its dtype is not one of str, bool, int8"),
        ('"dtype": "int64"', '"dtype": ["int64"]', "its dtype is not one of str, bool, int8"),
        ('"dtype": "int64"', '"dtype": "str"', "its classes are not labels of dtype str"),
        ('"dtype": "int64"', '"dtype": "bool"', "its classes are not labels of dtype bool"),
        ("[2, 10, [", f"[{2**63}, 10, [", "its classes are not labels of dtype int64"),
        ("[2, 10, [", "[2.0, 10, [", "its classes are not labels of dtype int64"),
        ("[2, 10, [", "[[[2]], 10, [", "its classes are not labels of dtype int64"),
        ("[2, 10, [5, 5]", f"[2, {2**63 - 1}, [5, 5]", "its counts are not from 0 to 2"),
        ("[2, 10, [5, 5]", f"[2, {2**41}, [{2**41 - 5}, 5]", "its counts are not from 0 to 2"),
        ("[2, 10, [5, 5]", "[2, 10, [[5], [5]]", "its counts are not from 0 to 2"),
        ("[2, 10, [5, 5]", "[2, 10, [true, 9]", "its counts are not from 0 to 2"),
        ("[2, 10, [5, 5]", "[2, 10, {}", "its classes are not rows of label, total, counts and cuts"),
        ("[2, 10, [5, 5]", '"2, 1", [2, 10, [5, 5]', "its classes are not rows of label, total, counts and cuts"),
        ('"test": "1/2"', '"test": "2/3"', "its sizes do not sum to at most 1"),
        ("[1, 10, [", "[3, 10, [", "its classes are not ascending labels"),
        ("[1, 10, [5, 5]", "[1, 10, [5, -5]", "its counts are not from 0 to 2"),
        ("[1, 10, [5, 5], [", '[1, 10, [5, 5], ["0", ', "its cuts do not fit its classes"),
        ("[1, 10, [5, 5]", "[1, 11, [5, 5]", "its cuts do not fit its classes"),
        ('"with_ids": false', '"with_ids": 0', "with_ids is not a boolean"),
        ('"seed": "1"', '"seed": "-1"', "its seed is not a number"),
        ('"seed": "1"', '"seed": "one"', "its seed is not a number"),
        ('"seed": "1"', '"seed": 1', "its seed is not a number"),
        ('"seed": "1"', f'"seed": "{2**4096}"', "seed must be below"),
        ('"seed": "1"', f'"seed": "{"9" * 10**6}"', "its seed is not a number"),
        ('"seed": "1"', '"seed": "01"', "changed after it was saved"),
        ('"seed": "1"', '"more": 2,\n "seed": "1"', "its fields are not those of a plan"),
        ('"dtype": "int64"', '"dtype": "float64"', "its dtype is not one of str, bool, int8"),
        ('"dtype": "int64"', '"dtype": "nothing"', "its dtype is not one of str, bool, int8"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(plan_file, old, new, message):
    fastsplit.plan([1, 2] * 10, (0.5, 0.5), seed=1).save(plan_file.path)
    plan_file.change(old, new)
    plan_file.is_refused(message)


@pytest.mark.parametrize("ids", [[*range(20)], [*map(str, range(20))]])
def test_a_file_that_does_not_say_the_kind_of_ids_is_read_and_takes_both(plan_file, ids):
    plan = fastsplit.plan([1, 2] * 10, (0.5, 0.5), seed=1, ids=ids)
    plan.save(plan_file.path)
    plan_file.change(f',\n "id_kind": "{plan.id_kind}"', "")
    loaded = fastsplit.Plan.load(plan_file.path)
    assert loaded == replace(plan, id_kind=None)
    assert np.array_equal(loaded.assign([1, 2] * 10, ids), plan.assign([1, 2] * 10, ids))
    assert len(loaded.assign([1, 2], ["a", "b"])) == len(loaded.assign([1, 2], [3, 4])) == 2


@pytest.mark.parametrize("ids", [None, range(20)])
@pytest.mark.parametrize("kind", ["strings", "floats", ["integers"], None, True])
def test_a_kind_of_ids_that_there_is_not_is_refused(plan_file, ids, kind):
    fastsplit.plan([1, 2] * 10, (0.5, 0.5), seed=1, ids=ids).save(plan_file.path)
    plan_file.change("true" if ids else "false", f'{"true" if ids else "false"},\n "id_kind": {json.dumps(kind)}')
    if ids:
        plan_file.change(',\n "id_kind": "integers"', "")
    if ids and kind == "strings":
        assert fastsplit.Plan.load(plan_file.path).id_kind == "strings"
    else:
        plan_file.is_refused("its ids are not of the kind integers or strings")


def test_thousands_of_sizes_without_a_common_denominator_are_refused_at_the_first(plan_file, monkeypatch):
    """Their sum has a denominator of 100,000 digits, which took a minute to compute."""
    fastsplit.plan([1, 2] * 10, (0.5, 0.5), seed=1).save(plan_file.path)
    sizes = ", ".join(f'"{i}": "1/{100_003 + 2 * i}"' for i in range(16_000))
    plan_file.change('"test": "1/2"', sizes)
    used = []
    lcm = math.lcm
    monkeypatch.setattr(math, "lcm", lambda *numbers: used.append(numbers) or lcm(*numbers))
    plan_file.is_refused("its sizes have no common denominator below")
    assert len(used) < 10


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


@pytest.mark.parametrize("n_rows", [1, 3, 4])
def test_a_file_does_not_depend_on_how_many_classes_are_written_at_once(tmp_path, monkeypatch, n_rows):
    plan = fastsplit.plan(["d", "a", "c", "b"] * 10, seed=0)
    plan.save(tmp_path / "whole.json")
    monkeypatch.setattr(plan_files, "_ROWS", n_rows)
    plan.save(tmp_path / "parts.json")
    assert (tmp_path / "parts.json").read_bytes() == (tmp_path / "whole.json").read_bytes()
    assert fastsplit.Plan.load(tmp_path / "parts.json") == plan


def test_a_plan_is_saved_without_its_text_in_memory(tmp_path):
    plan = fastsplit.plan(np.arange(100_000), seed=0)
    tracemalloc.start()
    try:
        plan.save(tmp_path / "plan.json")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < (tmp_path / "plan.json").stat().st_size // 2


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
