"""regions: keys collected in two steps are those of the reference, class by class; and what is left to one step."""

import numpy as np
import pytest
from common import THREADS
from common_stages import (
    SEED,
    keys_of,
    labels_in_any_layout,
    numbers_of,
    on_every_cpu,
    reference_cuts,
    refused,
    rule_of,
)
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels
from fastsplit.engine import regions
from fastsplit.engine.cuts import cuts
from fastsplit.engine.regions import collected_by_region, regions_of
from fastsplit.engine.scan import scan
from fastsplit.inputs.labels import Labels

KEYS = _kernels.Keys(SEED)


@pytest.fixture
def small_regions(monkeypatch):
    """Let a few dozen classes be collected as a hundred thousand are."""
    monkeypatch.setattr(regions, "MIN_CLASSES", 1)
    monkeypatch.setattr(regions, "_WORDS", 8)
    monkeypatch.setattr(regions, "_STEPS", 3)


def collected(strata, keys=KEYS):
    return collected_by_region(strata, keys)


def assert_collected(values, strata):
    """Keys are in the order of classes; within a class, in any."""
    starts, keys = collected(strata)
    assert starts.tolist() == [0, *strata.counts.cumsum().tolist()]
    numbers, expected = np.repeat(np.arange(len(strata.counts)), strata.counts), keys_of(len(values))
    assert np.array_equal(keys[np.lexsort((keys, numbers))], expected[np.lexsort((expected, numbers_of(values)))])


@pytest.mark.usefixtures("small_ranges", "small_regions")
@pytest.mark.parametrize("most_copied", [0, 20, 1000])
@given(values=labels_in_any_layout().filter(len), threads=st.sampled_from(THREADS))
def test_keys_collected_by_region_are_those_of_each_class(values, threads, most_copied, monkeypatch):
    """In place, by a copy, and each for some regions."""
    monkeypatch.setattr(regions, "_MOST_COPIED", most_copied)
    assert_collected(values, scan(Labels(values), threads))


@on_every_cpu
def test_regions_of_large_classes_are_arranged_in_place(cpu, use_cpu):
    """Half of all examples are in a few of many classes: their region has more words than are copied."""
    use_cpu(cpu)
    rng = np.random.default_rng(5)
    values = np.where(rng.random(400_000) < 0.5, rng.integers(700, 702, 400_000), rng.integers(0, 20_000, 400_000))
    strata = scan(Labels(values), 1)
    found = regions_of(strata, starts := np.append(0, strata.counts.cumsum()))
    sizes = np.diff(starts[found.classes])
    assert sizes.max() > regions._MOST_COPIED > np.median(sizes)
    assert_collected(values, strata)


@on_every_cpu
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("step", [1, 3])
def test_more_label_offsets_than_a_word_tells_apart_are_collected(cpu, threads, step, use_cpu, monkeypatch):
    """Words hold an offset modulo 2**16; with a step of 3, two thirds of the offsets have no label."""
    use_cpu(cpu)
    monkeypatch.setattr("fastsplit.engine.parallel.GRAIN", 1 << 16)
    monkeypatch.setattr(regions, "_WORDS", 1000)
    values = np.random.default_rng(3).integers(0, 150_000, 600_000) * step - 70
    strata = scan(Labels(values), threads)
    found = regions_of(strata, np.append(0, strata.counts.cumsum()))
    assert found.n > 2 * 150_000 * step >> 16
    assert len(strata.parts) == (threads if step == 1 else 1)
    assert_collected(values, strata)


@on_every_cpu
@pytest.mark.parametrize("seed", range(3))
def test_cuts_of_keys_collected_by_region_equal_the_reference(cpu, seed, use_cpu, monkeypatch):
    """Classes of 1 to 60 examples, in more than one region."""
    use_cpu(cpu)
    monkeypatch.setattr(regions, "MIN_CLASSES", 1000)
    monkeypatch.setattr(regions, "_WORDS", 1000)
    rng = np.random.default_rng(seed)
    values = rng.permutation(np.repeat(np.arange(2000), rng.integers(1, 60, 2000)))
    ideals = np.array([2**63, 2**63 + 2**62], dtype=np.uint64)
    strata = scan(Labels(values), 2, KEYS, ideals)
    assert collected(strata) is not None
    quotas = np.diff(np.sort(rng.integers(0, strata.counts[:, None] + 1, (2000, 2))), prepend=0)
    quotas = np.column_stack([quotas, strata.counts - quotas.sum(axis=1)])
    table = cuts(strata, given := quotas.copy(), KEYS, rule_of(ideals))
    expected = reference_cuts(numbers_of(values), keys_of(len(values)), quotas, ideals)
    assert np.array_equal(table[:-1], expected[0])
    assert np.array_equal(given, expected[1])


def test_what_one_step_is_better_for_is_left_to_it(monkeypatch):
    """Keys of ids, few classes, and a very large one."""
    values = np.arange(40_000) % 10_000
    strata = scan(Labels(values), 1)
    assert collected(strata) is not None
    assert collected(strata, _kernels.Keys(SEED, np.arange(40_000, dtype=np.uint64))) is None
    monkeypatch.setattr(regions, "MIN_CLASSES", 10_001)
    assert collected(strata) is None
    monkeypatch.setattr(regions, "MIN_CLASSES", 10_000)
    for largest, is_one_step in [(20_000, True), (40_000, False)]:
        monkeypatch.setattr(regions, "_LARGEST", largest)
        assert (collected(strata) is None) == is_one_step


@pytest.mark.usefixtures("small_regions")
@pytest.mark.parametrize("most_copied", [0, 1000])
@pytest.mark.parametrize("change", ["another region", "the same region", "a new label", "outside the window"])
def test_labels_that_changed_since_the_scan_are_an_error(change, most_copied, monkeypatch):
    monkeypatch.setattr(regions, "_MOST_COPIED", most_copied)
    values = np.random.default_rng(0).permutation(np.repeat(np.arange(0, 100, 2), 2))
    strata = scan(Labels(values), 1)
    found = regions_of(strata, np.append(0, strata.counts.cumsum()))
    assert found.n > 1
    assert found.classes[1] > 1
    at = np.flatnonzero(values == 0)[0]
    values[at] = {"another region": 98, "the same region": 2, "a new label": 1, "outside the window": 10**6}[change]
    with pytest.raises(RuntimeError, match="labels changed while they were read"):
        collected(strata)


@pytest.mark.parametrize("most_copied", [15, 16])
def test_positions_beyond_32_bits_have_their_own_keys(most_copied):
    n = 2**32 + 8
    values = np.broadcast_to(np.uint8(0), n)  # of one byte in memory
    found = _kernels.Regions(0, 0, np.array([0, 2]), np.array([0, 1]), np.array([0]), np.array([0, 16]))
    words = np.zeros(16, dtype=np.uint64)
    slots = _kernels.Slots(np.array([0]), np.array([16]), 16)
    assert found.collect(_kernels.LabelView(values), n - 16, n, slots, words) == 0
    assert found.arrange(KEYS, 0, 1, words, most_copied) == 0
    assert np.array_equal(words, keys_of(16, np.arange(n - 16, n, dtype=np.uint64)))


def test_arguments_that_do_not_fit_are_refused():
    def made(shift=1, edges=(0, 4, 7), classes=(0, 2, 3), rows=(1, 3, 5), starts=(0, 1, 2, 3)):
        return _kernels.Regions(0, shift, *(np.array(array) for array in (edges, classes, rows, starts)))

    for what, arguments in [
        ("0 regions, shift 1", {"edges": (0,)}),
        ("2 regions, shift 17", {"shift": 17}),
        ("2 regions, shift 1", {"edges": (2, 4, 7)}),
        ("2 regions, shift 1", {"classes": (1, 2, 3)}),
        ("len(classes) is 2, expected 3", {"classes": (0, 3)}),
        ("len(rows) is 2, expected 3", {"rows": (1, 3)}),
        ("len(starts) is 3, expected 4", {"starts": (0, 1, 2)}),
        ("region 4:3", {"edges": (0, 4, 3)}),
        ("region 3:7", {"edges": (0, 3, 7), "rows": (1, 2, 5)}),
        ("region 0:65537", {"edges": (0, 2**16 + 1, 2**16 + 3)}),
        ("classes 0:4", {"classes": (0, 4, 3)}),
        ("classes 0:2 are not in region 0", {"rows": (1, 4, 5)}),
        ("classes 2:3 are not in region 1", {"rows": (1, 3, 7)}),
    ]:
        with refused(what):
            made(**arguments)
    labels, words, limit = _kernels.LabelView(np.zeros(5, np.uint8)), np.zeros(3, np.uint64), np.array([2, 3])
    slots = _kernels.Slots(np.array([0, 2]), limit, 3)
    with refused("range 2:6 outside 0:5"):
        made().collect(labels, 2, 6, slots, words)
    with refused("len(slots) is 1, expected 2"):
        made().collect(labels, 0, 5, _kernels.Slots(np.array([0]), np.array([3]), 3), words)
    with refused("len(words) is 2, expected 3"):
        made().collect(labels, 0, 5, slots, words[:2])
    with refused("range 0:3 outside 0:2"):
        made().arrange(KEYS, 0, 3, words, 9)
    with refused("len(words) is 2, expected 3"):
        made().arrange(KEYS, 0, 2, words[:2], 9)
    with refused("keys of ids"):
        made().arrange(_kernels.Keys(SEED, np.zeros(3, np.uint64)), 0, 2, words, 9)
    huge = _kernels.LabelView(np.broadcast_to(np.uint8(0), 2**48))
    with refused(f"{2**48} positions"):
        made().collect(huge, 0, 5, slots, words)
    assert not words.any()
