"""Files of group plans: a file holds a plan to the bit; a file that is damaged, or contradicts itself, is refused."""

import hashlib
import io
import json
import os
import struct
import zipfile
from dataclasses import fields
from fractions import Fraction

import numpy as np
import pytest
from common_groups import unequal_groups

import fastsplit

LABELS, GROUPS = unequal_groups()
PLANS = {
    "splits": lambda: fastsplit.plan(LABELS, (0.7, 0.2, 0.1), groups=GROUPS, seed=2**100),
    "rest": lambda: fastsplit.plan(LABELS, {"ü": Fraction(1, 3), "x\r\ny": Fraction(1, 7)}, groups=GROUPS, seed=1),
    "closest": lambda: fastsplit.plan(LABELS, (0.5, 0.5), groups=GROUPS, seed=1, balance="closest"),
    "strings": lambda: fastsplit.plan([f"é{c}" for c in LABELS], groups=[f"g{g}" for g in GROUPS], seed=1),
    "surrogates": lambda: fastsplit.plan(["\ud800", "a\0"] * 5, groups=[*"abcdefghij"], seed=1),
    "uint64": lambda: fastsplit.plan(
        np.array([2**64 - 1, 0] * 10, dtype=np.uint64), groups=np.array([2**64 - 1, 5] * 10, dtype=np.uint64), seed=1
    ),
    "bool": lambda: fastsplit.plan(LABELS > 1, groups=GROUPS, seed=1),
    "none": lambda: fastsplit.plan([], groups=[], seed=1),
    "grown": lambda: PLANS["splits"]().split(np.append(LABELS, 2**40), np.append(GROUPS, 2**60)).plan,
    "shrunk": lambda: PLANS["strings"]().split([], []).plan,
    "grown from none": lambda: PLANS["none"]().split(["a", "b"], ["x", "y"]).plan,
    "folds": lambda: fastsplit.kfold(LABELS, 5, groups=GROUPS, seed=1).plan,
    "many folds": lambda: fastsplit.kfold(np.zeros(900, dtype=int), 300, groups=np.arange(900) // 2, seed=1).plan,
}


@pytest.mark.parametrize("made", PLANS.values(), ids=PLANS)
def test_a_file_holds_a_plan_to_the_bit(tmp_path, made):
    plan = made()
    plan.save(tmp_path / "plan.npz")
    loaded = fastsplit.GroupPlan.load(tmp_path / "plan.npz")
    assert loaded == plan
    assert hash(loaded) == hash(plan)
    assert repr(loaded) == repr(plan)
    for field in fields(plan):
        a, b = getattr(loaded, field.name), getattr(plan, field.name)
        assert type(a) is type(b)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            assert np.array_equal(a, b)
            assert not a.flags.writeable
        else:
            assert a == b
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "plan.npz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "plan.npz"]


def test_a_file_has_nine_bytes_per_group(tmp_path):
    n = 100_000
    plan = fastsplit.plan(np.arange(n) % 3, groups=np.arange(n), seed=0)
    plan.save(tmp_path / "plan.npz")
    assert 9 * n < (tmp_path / "plan.npz").stat().st_size < 9 * n + 2000


def test_numpy_opens_a_file(tmp_path):
    plan = PLANS["rest"]()
    plan.save(tmp_path / "plan.npz")
    with np.load(tmp_path / "plan.npz", allow_pickle=False) as file:
        assert np.array_equal(file["groups"], plan.groups)
        assert np.array_equal(file["splits"], plan.splits)
        head = json.loads(file["plan.json"])
    assert head["sizes"] == {"ü": "1/3", "x\r\ny": "1/7"}
    assert [row[0] for row in head["classes"]] == [0, 1, 2, 3]


def test_a_loaded_plan_assigns_as_the_saved_one(tmp_path):
    plan = PLANS["strings"]()
    plan.save(tmp_path / "plan.npz")
    labels, groups = ["é0", "é1", "new"], ["g1", "other", "g2"]
    loaded = fastsplit.GroupPlan.load(tmp_path / "plan.npz")
    assert np.array_equal(loaded.assign(labels, groups), plan.assign(labels, groups))


def test_each_kind_of_plan_names_the_other(tmp_path):
    fastsplit.plan(LABELS, seed=0).save(tmp_path / "plan.json")
    PLANS["splits"]().save(tmp_path / "plan.npz")
    with pytest.raises(ValueError, match=r"it is a plan without groups, which fastsplit\.Plan\.load reads"):
        fastsplit.GroupPlan.load(tmp_path / "plan.json")
    with pytest.raises(ValueError, match=r"not a fastsplit plan, but maybe one for fastsplit\.GroupPlan\.load"):
        fastsplit.Plan.load(tmp_path / "plan.npz")


@pytest.mark.parametrize("content", [b"", b"{}", b"PK", b"PK\x03\x04", b"\x80\x04", b"\x93NUMPY", b"\x00" * 1000])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "plan.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"plan\.npz' is not a valid fastsplit plan of groups: "):
        fastsplit.GroupPlan.load(tmp_path / "plan.npz")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="the system has no such file")
def test_a_file_without_end_is_refused_by_its_first_bytes():
    with pytest.raises(ValueError, match="'/dev/zero' is not a valid fastsplit plan of groups: not a"):
        fastsplit.GroupPlan.load("/dev/zero")


def test_a_damaged_file_is_refused_or_the_same_plan(tmp_path):
    """Some bytes of an archive say nothing about the plan, such as its dates."""
    path = tmp_path / "plan.npz"
    plan = fastsplit.plan([1, 2, 2, 3] * 5, (0.5, 0.5), groups=np.arange(20) // 2, seed=1)
    plan.save(path)
    whole = path.read_bytes()
    refused = 0
    for at in range(len(whole)):
        flipped = (whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :] for bit in (1, 128))
        for damaged in (whole[:at], *flipped):
            path.write_bytes(damaged)
            try:
                assert fastsplit.GroupPlan.load(path) == plan
            except ValueError as error:
                assert "is not a valid fastsplit plan of groups" in str(error)
                assert len(str(error)) < len(str(path)) + 200  # nothing of the file is printed
                refused += 1
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        content = sum(member.file_size for member in archive.infolist())
    assert refused >= 3 * content > len(whole)


@pytest.fixture
def plan_file(tmp_path):
    """Return a file of a plan that can be changed on purpose: its checksum is mended."""
    plan = fastsplit.plan([1, 2, 2, 3] * 5, (0.5, 0.3), groups=np.arange(20) // 2, seed=1)
    return PlanFile(tmp_path / "plan.npz", plan)


class PlanFile:
    def __init__(self, path, plan):
        self.path, self.plan = path, plan
        plan.save(path)
        with zipfile.ZipFile(path) as file:
            self.members = {name: file.read(name) for name in file.namelist()}

    def change(self, old, new):
        text = self.members["plan.json"].decode()
        assert text.count(old) == 1
        self.members["plan.json"] = text.replace(old, new).encode()

    def write(self, compression=zipfile.ZIP_STORED, more=()):
        body = self.members["plan.json"].partition(b',\n "sha256"')[0]
        digest = hashlib.sha256(body + self.members["groups.npy"] + self.members["splits.npy"]).hexdigest()
        self.members["plan.json"] = body + b',\n "sha256": "' + digest.encode() + b'"\n}\n'
        with zipfile.ZipFile(self.path, "w", compression) as file:
            for name, content in [*self.members.items(), *more]:
                file.writestr(name, content)

    def is_refused(self, message):
        with pytest.raises(ValueError, match=message):
            fastsplit.GroupPlan.load(self.path)


def test_the_fixture_mends_a_file(plan_file):
    plan_file.write()
    assert fastsplit.GroupPlan.load(plan_file.path) == plan_file.plan


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"version": 1', '"version": 2', "of another version, but this fastsplit reads version 1"),
        ('"format": "fastsplit plan of groups"', '"format": "other"', "not a fastsplit plan of groups"),
        ('"seed": "1"', '"seed": 1', "its seed is not a number"),
        ('"seed": "1"', f'"seed": "{2**4096}"', "seed must be below"),
        ('"seed": "1"', '"seed": "01"', "changed after it was saved"),
        ('"seed": "1"', '"more": 2,\n "seed": "1"', "its fields are not those of a plan of groups"),
        ('"balance": "fair"', '"balance": "unfair"', "balance must be 'fair' or 'closest'"),
        ('"balance": "fair"', '"balance": ["fair"]', "balance must be 'fair' or 'closest'"),
        ('"1/2"', '"1/0"', "its sizes are not ratios"),
        ('"1/2"', '"4/5"', "its sizes do not sum to at most 1"),
        ('"group_kind": "integers"', '"group_kind": null', "its groups are not of the kind integers or strings"),
        ('"group_kind": "integers"', '"group_kind": "floats"', "its groups are not of the kind integers or strings"),
        ('"groups": 10', '"groups": 11', "its arrays are not those of its groups"),
        ('"groups": 10', '"groups": 1e1', "its numbers of groups and examples are not numbers"),
        ('"groups": 10', '"groups": true', "its numbers of groups and examples are not numbers"),
        ('"groups": 10', '"groups": -10', "its arrays are not those of its groups"),
        ('"groups": 10', f'"groups": {10**15}', "its arrays are not those of its groups"),
        ('"splits_dtype": "uint8"', '"splits_dtype": "uint16"', "the dtype of its splits does not fit their number"),
        ('"largest_group": 2', '"largest_group": -1', "its numbers of groups and examples are not numbers"),
        ('"largest_group": 2', f'"largest_group": {2**99}', "its numbers of groups and examples are not numbers"),
        ('"dtype": "int64"', '"dtype": "object"', "its dtype is not one of"),
        ('"dtype": "int64"', '"dtype": "str"', "its classes are not labels of dtype str"),
        ("[1, 5, ", "[2, 5, ", "its classes are not ascending labels"),
        ("[1, 5, ", "[1, 0, ", "its counts do not fit its classes"),
        ("[1, 5, ", "[1, -1, ", "its counts are not from 0 to"),
        ("[1, 5, ", "[1, 5, 5, ", "its classes are not rows of label, total and counts"),
        ("[1, 5, [", "[1, 5, [0, ", "its counts do not fit its classes"),
        ("[1, 5, [", "[1, 5.0, [", "its counts are not from 0 to"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(plan_file, old, new, message):
    plan_file.change(old, new)
    plan_file.write()
    plan_file.is_refused(message)


def test_groups_that_do_not_ascend_are_refused(plan_file):
    content = plan_file.members["groups.npy"]
    plan_file.members["groups.npy"] = content[:-8] + content[-16:-8]
    plan_file.write()
    plan_file.is_refused("its groups are not ascending")


@pytest.mark.parametrize("split", [2, 254])
def test_splits_that_there_are_not_are_refused(plan_file, split):
    plan_file.members["splits.npy"] = plan_file.members["splits.npy"][:-1] + bytes([split])
    plan_file.write()
    plan_file.is_refused("its groups are in splits that there are not")


def test_no_split_is_refused_if_sizes_sum_to_1(tmp_path):
    file = PlanFile(tmp_path / "plan.npz", fastsplit.plan([1, 2] * 10, groups=np.arange(20) // 2, seed=1))
    file.members["splits.npy"] = file.members["splits.npy"][:-1] + b"\xff"
    file.write()
    file.is_refused("its groups are in splits that there are not")


def test_examples_in_a_split_without_groups_are_refused(plan_file):
    head = plan_file.members["splits.npy"][:-10]
    plan_file.members["splits.npy"] = head + bytes([0] * 10)
    plan_file.write()
    plan_file.is_refused("its counts do not fit its groups")


def test_other_dtypes_and_shapes_of_the_arrays_are_refused(plan_file, tmp_path):
    original = dict(plan_file.members)
    for array in (
        plan_file.plan.groups.astype(">u8"),
        plan_file.plan.groups.astype(np.int64),
        plan_file.plan.groups[None],
        plan_file.plan.groups[:-1],
        np.array([{}], dtype=object),
    ):
        np.save(tmp_path / "array.npy", array, allow_pickle=True)
        plan_file.members = {**original, "groups.npy": (tmp_path / "array.npy").read_bytes()}
        plan_file.write()
        plan_file.is_refused("its arrays are not those of its groups")


def test_an_archive_with_other_members_is_refused(plan_file):
    plan_file.write(more=[("more.npy", b"")])
    plan_file.is_refused("not a fastsplit plan of groups")
    del plan_file.members["splits.npy"]
    plan_file.members["../splits.npy"] = b""
    with zipfile.ZipFile(plan_file.path, "w") as file:
        for name, content in plan_file.members.items():
            file.writestr(name, content)
    plan_file.is_refused("not a fastsplit plan of groups")


def test_a_compressed_archive_is_refused_before_it_is_read(plan_file, monkeypatch):
    """A few bytes could become any number of them."""
    plan_file.members["groups.npy"] = bytes(10**8)
    plan_file.write(zipfile.ZIP_DEFLATED)
    assert plan_file.path.stat().st_size < 10**6
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("read"))
    plan_file.is_refused("its members are compressed")


@pytest.mark.parametrize("size", [10**9, 2**32 - 2])
def test_an_archive_that_claims_to_be_larger_than_its_file_is_refused_before_it_is_read(plan_file, monkeypatch, size):
    data = bytearray(plan_file.path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")  # of the last member, in the directory
    data[entry + 20 : entry + 28] = struct.pack("<II", size, size)
    plan_file.path.write_bytes(data)
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("read"))
    plan_file.is_refused("incomplete")


def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "plan.npz"
    old, new = (fastsplit.plan(LABELS, groups=GROUPS, seed=seed) for seed in (1, 2))
    old.save(path)

    def no_space(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        new.save(path)
    assert fastsplit.GroupPlan.load(path) == old
    assert list(tmp_path.iterdir()) == [path]
