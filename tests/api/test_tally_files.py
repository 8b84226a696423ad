"""Tallies as bytes: read back equal, and refused if they are cut off, changed or contradict themselves."""

import hashlib
import json
import re

import numpy as np
import pytest
from common import SEEDS, label_arrays, size_lists
from common_adversarial import ids_of_keys
from hypothesis import given
from hypothesis import strategies as st

import fastsplit


def example(**options):
    arguments = {"labels": np.arange(300) % 3, "sizes": (0.7, 0.2), "seed": 0, **options}
    return fastsplit.tally(**arguments)


def rewritten(data, change):
    """Return the bytes of a tally whose head was changed, with the right checksum and length."""
    _, _, length, body = data.split(b"\n", 3)
    head = json.loads(body[: int(length)])
    arrays = bytearray(body[int(length) :])
    head, arrays = change(head, arrays) or (head, arrays)
    text = json.dumps(head, separators=(",", ":")).encode()
    checksum = hashlib.sha256(text + arrays).hexdigest().encode()
    return b"fastsplit tally 1\n%s\n%d\n" % (checksum, len(text)) + text + bytes(arrays)


@given(
    label_arrays(), size_lists(), SEEDS, st.booleans(), st.sampled_from([None, "integers", "strings"]), st.booleans()
)
def test_a_tally_is_read_back_equal(labels, sizes, seed, counted, kind, as_strings):
    given_labels = [f"label {x}\udc80" for x in labels] if as_strings else labels
    ids = {None: None, "integers": np.arange(len(labels)), "strings": list(map(str, range(len(labels))))}[kind]
    after = fastsplit.count(given_labels) if counted else None
    made = fastsplit.tally(given_labels, sizes, seed=seed, ids=ids, after=after)
    read = fastsplit.Tally.from_bytes(made.to_bytes())
    assert read == made
    assert read.to_bytes() == made.to_bytes()
    assert read.plan() == made.plan()


@pytest.mark.parametrize("name", ["a", "é", "\n", '"'])
def test_names_are_kept(name):
    made = fastsplit.Tally.empty({name: 0.5, "other": 0.5}, seed=2**100, min_per_split=3)
    assert fastsplit.Tally.from_bytes(made.to_bytes()) == made


def test_every_change_of_a_byte_is_noticed():
    data = example().to_bytes()
    for at in [*range(0, 200, 3), *range(200, len(data), 97)]:
        changed = bytearray(data)
        changed[at] ^= 1
        with pytest.raises(ValueError, match="the bytes are not a valid fastsplit tally: "):
            fastsplit.Tally.from_bytes(bytes(changed))


@pytest.mark.parametrize("n", [0, 1, 18, 90, 200, -1])
def test_bytes_that_are_cut_off_are_refused(n):
    with pytest.raises(ValueError, match=r"not a fastsplit tally|changed after it was written, or incomplete"):
        fastsplit.Tally.from_bytes(example().to_bytes()[:n])


def test_other_versions_are_refused():
    data = example().to_bytes().replace(b"tally 1\n", b"tally 2\n", 1)
    with pytest.raises(ValueError, match="version 2, but this fastsplit reads version 1"):
        fastsplit.Tally.from_bytes(data)


def put(**fields):
    return lambda head, arrays: (head | fields, arrays)


def without_the_last_bytes(head, arrays):
    return head, arrays[:-8]


def with_the_last_keys_exchanged(head, arrays):
    return head, arrays[:-16] + arrays[-8:] + arrays[-16:-8]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put(more=1), "its fields are not those of a tally"),
        (put(shares=["7/10"]), "argument 2 is shorter"),
        (put(shares=["7/10", "4/10"]), "its sizes do not sum to at most 1"),
        (put(names=["a", "a"]), "its sizes are not those of a tally"),
        (put(seed="-1"), "its seed is not a number"),
        (put(min_per_split=-1), "its min_per_split is not from 0"),
        (put(min_per_split=True), "its min_per_split is not from 0"),
        (put(reach=0.0), "its reach is not a number above 0"),
        (put(reach=float("nan")), "its reach is not a number above 0"),
        (put(with_ids=2), "its ids are of no kind"),
        (put(id_kind="integers"), "its ids are of no kind"),
        (put(planned=[1, "00"]), "its counts are not numbers"),
        (put(planned=[300, "0" * 64]), "its arrays are incomplete"),
        (put(covered=[[0, 200]]), "its counts do not fit its rows"),
        (put(covered=[[0, 200], [100, 300]]), "its rows are not ascending ranges"),
        (put(covered=[[0, 2**70]]), "its rows are not ranges"),
        (put(dtype="float64"), "its dtype is not one of str, bool"),
        (put(dtype="int8"), "its classes are not ascending labels|its arrays are"),
        (put(n_classes=2**60), "its arrays are incomplete"),
        (put(n_classes=-1), "its numbers of classes and keys are not numbers"),
        (put(n_keys=1), "its arrays are longer than its classes"),
        (without_the_last_bytes, "its arrays are incomplete"),
        (with_the_last_keys_exchanged, "its keys are not ascending"),
    ],
)
def test_heads_and_arrays_that_contradict_each_other_are_refused(change, message):
    with pytest.raises(ValueError, match=f"the bytes are not a valid fastsplit tally: .*({message})"):
        fastsplit.Tally.from_bytes(rewritten(example().to_bytes(), change))


def test_keys_outside_their_bands_are_refused():
    labels = np.zeros(5000, np.int8)
    made = fastsplit.tally(labels, (0.5, 0.5), seed=0)

    def change(head, arrays):
        return head, arrays[:-8] + b"\xff" * 8

    with pytest.raises(ValueError, match=re.escape("its keys are not in its bands")):
        fastsplit.Tally.from_bytes(rewritten(made.to_bytes(), change))


def narrowed_example():
    """Return a tally of one class with one open interval of 2 cuts, in three bins, and no keys."""
    keys = np.array([2, 2**63, *range(2**62 + 2, 2**62 + 5000)], dtype=np.uint64)
    labels, ids = np.zeros(len(keys), np.int8), ids_of_keys(keys, 0)
    after = fastsplit.count(labels)
    for _ in range(2):
        after = fastsplit.tally(labels, (0.7, 0.2, 0.1), seed=0, ids=ids, after=after)
    assert not after.complete
    return after


def with_number(place, value):
    """Change the 8 bytes of a number, which is counted from the last."""

    def change(head, arrays):
        end = len(arrays) + 8 * (place + 1)
        return head, arrays[: end - 8] + value.to_bytes(8, "little", signed=value < 0) + arrays[end:]

    return change


# From the last: sizes, largest and smallest keys of 3 bins; starts 0 and 3; after, before, inside, below, high and low
# of 2 cuts; the number of the class.
SIZES, LARGEST, SMALLEST, STARTS, INSIDE, BELOW, HIGH, LOW, NUMBER = -3, -6, -9, -11, -17, -19, -21, -23, -24


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put(n_narrowed=-1), "its numbers of bins are not numbers"),
        (put(n_narrowed=True), "its numbers of bins are not numbers"),
        (put(n_bins=-1), "its numbers of bins are not numbers"),
        (put(n_narrowed=0), "its numbers of bins are not numbers"),
        (put(n_bins=2), "its bins do not fit its classes"),
        (put(n_bins=4), "its arrays are incomplete"),
        (put(n_narrowed=2**60), "its arrays are incomplete"),
        (with_number(NUMBER, 1), "its classes with bins are not ascending classes"),
        (with_number(NUMBER, -1), "its classes with bins are not ascending classes"),
        (with_number(LOW, 0), "its intervals are not ascending"),
        (with_number(LOW, 2), "its intervals overlap"),
        (with_number(HIGH, 5), "its intervals overlap"),
        (with_number(LOW, 2**62), "its intervals overlap"),
        (with_number(HIGH + 1, 2**60), "its intervals overlap"),
        (with_number(BELOW, -1), "its bins are not ascending"),
        (with_number(INSIDE, -1), "its bins are not ascending"),
        (with_number(STARTS, 1), "its bins do not fit its classes"),
        (with_number(STARTS + 1, 4), "its bins do not fit its classes"),
        (with_number(SIZES, 0), "its bins are not ascending"),
        (with_number(SMALLEST, 3), "its bins are not ascending"),
        (with_number(SMALLEST + 1, 3), "its bins are not ascending"),
        (with_number(LARGEST + 1, 2**63 + 1), "its bins are not in its intervals"),
        (with_number(LARGEST + 1, 2**63 - 1), "its bins are not in its intervals"),
        (put(planned=None), "its arrays are longer than its classes|its classes with bins|its bins"),
    ],
)
def test_bins_that_contradict_each_other_are_refused(change, message):
    made = narrowed_example()
    assert fastsplit.Tally.from_bytes(rewritten(made.to_bytes(), lambda *_: None)) == made
    with pytest.raises(ValueError, match=f"the bytes are not a valid fastsplit tally: .*({message})"):
        fastsplit.Tally.from_bytes(rewritten(made.to_bytes(), change))


def test_only_bytes_are_read():
    with pytest.raises(TypeError, match="data must be bytes, got str 'no'"):
        fastsplit.Tally.from_bytes("no")
