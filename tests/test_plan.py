"""Plan: what is frozen stays, what comes later is treated fairly, and a file holds all of it."""

import hashlib
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from common import label_arrays, size_lists
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

import fastsplit
from fastsplit import reference

pytestmark = pytest.mark.usefixtures("small_ranges")


@given(label_arrays(), size_lists(), st.integers(0, 2**64))
def test_assign_gives_the_split_that_was_planned(labels, sizes, seed):
    plan = fastsplit.plan(labels, sizes, seed=seed, threads=2)
    parts = fastsplit.split(labels, sizes, seed=seed)
    assert plan == parts.plan
    assert plan == reference.plan(labels, sizes, seed=seed)
    assert np.array_equal(plan.assign(labels, threads=3), parts.assignment)


@given(label_arrays(), label_arrays(), size_lists(), st.integers(0, 100))
def test_assign_of_other_labels_equals_the_reference(labels, others, sizes, seed):
    plan = fastsplit.plan(labels, sizes, seed=seed)
    assert np.array_equal(plan.assign(others), reference.assign(plan, others))


@given(label_arrays(), label_arrays(), size_lists(), st.integers(0, 100))
def test_later_examples_move_none(labels, later, sizes, seed):
    plan = fastsplit.plan(labels, sizes, seed=seed)
    both = [*labels.tolist(), *later.tolist()]
    assume(not both or max(both) < 2**63 or min(both) >= 0)
    assert np.array_equal(plan.assign(both)[: len(labels)], plan.assign(labels))


def test_a_class_that_the_plan_has_not_seen_is_split_by_the_fractions():
    plan = fastsplit.plan(np.zeros(100, dtype=int), (0.5, 0.3, 0.1), seed=0)
    for unseen in (1, -(2**40), 2**62):
        found = np.bincount(plan.assign(np.full(10_000, unseen)), minlength=256)[[0, 1, 2, 255]]
        assert stats.chisquare(found, [5000, 3000, 1000, 1000]).pvalue > 1e-6


def _shares(plan):
    """The chance of each split that each class gives to an example that comes later."""
    ends = np.zeros(len(plan.classes)), np.ones(len(plan.classes))
    return np.diff(np.column_stack([ends[0], plan.cuts / 2.0**64, ends[1]]), axis=1)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 50])
@pytest.mark.parametrize("sizes", [(0.7, 0.2, 0.1), (0.5, 0.5), (0.01, 0.99)])
def test_a_class_however_small_stays_fair_to_what_comes_later(n, sizes):
    """Over classes and seeds a later example has the asked-for probability of each split."""
    classes = 60_000 // n
    shares = _shares(fastsplit.plan(np.repeat(np.arange(classes), n), sizes, seed=n))
    z = (shares.mean(axis=0) - sizes) / (shares.std(axis=0) / math.sqrt(classes))
    assert 2 * stats.norm.sf(np.abs(z)).min() > 1e-6


def test_a_cut_nearest_to_the_fraction_would_not_be_fair():
    """In a class of one it gives 66 % where 70 % was asked for, which the test above would see."""
    plan = fastsplit.plan(np.arange(60_000), (0.7, 0.3), seed=1)
    keys = reference.rank_keys(_words(1), np.arange(60_000, dtype=np.uint64)) / 2.0**64
    first = plan.counts[:, 0] == 1
    nearest = np.where(first, np.maximum(keys, 0.7), np.minimum(keys, 0.7))
    z = (nearest.mean() - 0.7) / (nearest.std() / math.sqrt(len(nearest)))
    assert 2 * stats.norm.sf(abs(z)) < 1e-6


def test_a_class_of_one_leaves_no_split_without_a_chance():
    shares = _shares(fastsplit.plan(np.arange(5000), (0.7, 0.2, 0.1), seed=0))
    assert (shares > 0).all()
    found = np.bincount(fastsplit.plan([5], (0.7, 0.2, 0.1), seed=3).assign(np.full(3000, 5)), minlength=3)
    assert (found > 0).all()


def test_splits_of_size_0_get_none_of_what_comes_later():
    for seed in range(50):
        plan = fastsplit.plan([0, 0, 1], (0.0, 0.5, 0.0, 0.5, 0.0), seed=seed)
        assert set(plan.assign([0, 1, 2] * 200)) == {1, 3}


def _words(seed):
    return np.random.SeedSequence(seed).generate_state(6, np.uint64)[:2]


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


def _resign(text):
    """Make the checksum fit a text that was changed on purpose."""
    body = text[: text.index(',\n "sha256"')]
    return f'{body},\n "sha256": "{hashlib.sha256(body.encode()).hexdigest()}"\n}}\n'


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"version": 1', '"version": 2'), "version 2, but this fastsplit reads version 1"),
        (("fastsplit plan", "another plan"), "not a fastsplit plan"),
        (('"test": "1/2"', '"test": "1e-1000000000"'), "its sizes are not ratios"),
        (('"dtype": "int64"', '"dtype": "(2,"'), "is not a valid fastsplit plan"),
        (('"test": "1/2"', '"test": "2/3"'), "its sizes do not sum to at most 1"),
        (("[1, 10, [", "[3, 10, ["), "its classes are not ascending labels"),
        (("[1, 10, [5, 5]", "[1, 10, [5, -5]"), "its cuts do not fit its classes"),
        (("[1, 10, [5, 5], [", '[1, 10, [5, 5], ["0", '), "its cuts do not fit its classes"),
        (("[1, 10, [5, 5]", "[1, 11, [5, 5]"), "its cuts do not fit its classes"),
        (('"with_ids": false', '"with_ids": 0'), "with_ids is not a boolean"),
        (('"seed": "1"', '"seed": "-1"'), "its seed is negative"),
        (('"seed": "1"', '"seed": "one"'), "invalid literal"),
        (('"dtype": "int64"', '"dtype": "float64"'), "its classes are not ascending labels"),
        (('"dtype": "int64"', '"dtype": "nothing"'), "nothing"),
    ],
)
def test_a_file_that_was_changed_is_refused(tmp_path, change, message):
    path = tmp_path / "plan.json"
    fastsplit.plan([1, 2] * 10, (0.5, 0.5), seed=1).save(path)
    text = path.read_text()
    assert change[0] in text
    path.write_text(_resign(text.replace(*change)))
    with pytest.raises(ValueError, match=message):
        fastsplit.Plan.load(path)


def test_cuts_that_descend_are_refused(tmp_path):
    path = tmp_path / "plan.json"
    plan = fastsplit.plan([1, 2] * 10, (0.5, 0.3, 0.2), seed=1)
    plan.save(path)
    low, high = (f"{cut:016x}" for cut in plan.cuts[0].tolist())
    path.write_text(_resign(path.read_text().replace(f'"{low}", "{high}"', f'"{high}", "{low}"')))
    with pytest.raises(ValueError, match="its cuts do not fit its classes"):
        fastsplit.Plan.load(path)


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


def test_strings_do_not_go_with_integers():
    plan = fastsplit.plan([1, 2], seed=0)
    with pytest.raises(TypeError, match="labels must be integers, as in the plan, got strings"):
        plan.assign(["1", "2"])
    with pytest.raises(TypeError, match="labels must be strings, as in the plan, got integers"):
        fastsplit.plan(["1", "2"], seed=0).assign([1, 2])


def test_a_plan_made_with_ids_wants_ids():
    labels, ids = [0, 1] * 10, list(range(100, 120))
    plan = fastsplit.plan(labels, seed=0, ids=ids)
    for assign in (plan.assign, lambda labels: reference.assign(plan, labels)):
        with pytest.raises(ValueError, match="ids must be given, because the plan was made with ids"):
            assign(labels)


def test_positions_may_be_given_as_ids():
    labels = np.arange(100) % 3
    plan = fastsplit.plan(labels, seed=0)
    assert np.array_equal(plan.assign(labels[60:], ids=range(60, 100)), plan.assign(labels)[60:])


def test_repr_and_equality():
    plan = fastsplit.plan([0, 1] * 5, (0.7, 0.2), seed=3)
    assert repr(plan) == "Plan(train=7/10, test=1/5; 2 classes, seed=3)"
    assert plan != fastsplit.plan([0, 1] * 5, (0.7, 0.2), seed=4)
    assert plan != "plan"
