"""NumPy files and archives of them."""

import zipfile

import numpy as np
import pytest
from common_sources import grown_by_scans, labels_of, opened, refused, scanned

from fastsplit.readers import arrays

ROWS = np.array([(7, "cat", 0.5), (8, "größe", 1.5)], dtype=[("id", "i8"), ("label", "U5"), ("weight", "f4")])


def saved(path, array):
    np.save(path, array)
    return path


@pytest.mark.parametrize("dtype", ["int64", ">u2", "bool", "U3", "S2", "float32"])
def test_an_array_is_read_as_it_is(tmp_path, dtype, monkeypatch):
    monkeypatch.setattr(arrays, "CHUNK_BYTES", 64)
    labels = (np.arange(100) % 2).astype(dtype)
    path = saved(tmp_path / "l.npy", labels)
    source = opened(path)
    found = [chunk.labels[0] for chunk in source.chunks()]
    assert len(found) > 1
    assert all(part.dtype == labels.dtype for part in found)
    np.testing.assert_array_equal(np.concatenate(found), labels)
    assert scanned(source)[3] == [f"{path}: index {i}" for i in range(100)]
    assert source.kind == f"an array of {labels.dtype}"
    assert source.ways == ()


def test_several_arrays_are_one(tmp_path):
    a, b = saved(tmp_path / "a.npy", np.arange(3)), saved(tmp_path / "b.npy", np.arange(2, dtype="u1"))
    empty = saved(tmp_path / "e.npy", np.arange(0))
    labels, _, _, places = scanned(opened(a, empty, b))
    assert labels == [0, 1, 2, 0, 1]
    assert places[3] == f"{b}: index 0"
    c = saved(tmp_path / "c.npy", np.array(["1"]))
    assert refused(c, a) == f"{a} does not hold arrays of the same names and types as {c}"


def test_fields_of_a_structured_array_are_labels_and_ids(tmp_path):
    path = saved(tmp_path / "s.npy", ROWS)
    for options in ({"field": "label"}, {"columns": ("label",)}):
        assert scanned(opened(path, **options, ids_column="id"))[:2] == (["cat", "größe"], [7, 8])
    assert scanned(opened(path, field="id", groups_column="label"))[2] == ["cat", "größe"]
    assert refused(path).endswith("--field is required; the fields are id, label, weight")
    assert refused(path, field="x").endswith("no field is named 'x'; the fields are id, label, weight")
    assert "'x' not found beside the labels; there are id, label, weight" in refused(path, field="id", ids_column="x")


@pytest.mark.filterwarnings("ignore:Stored array in format 3.0")
def test_names_of_fields_may_have_any_letters(tmp_path):
    path = saved(tmp_path / "s.npy", ROWS.astype([("id", "i8"), ("標籤", "U5"), ("weight", "f4")]))
    assert labels_of(path, field="標籤") == ["cat", "größe"]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_archive_has_named_arrays(tmp_path, save, monkeypatch):
    monkeypatch.setattr(arrays, "CHUNK_BYTES", 64)
    path, y = tmp_path / "a.npz", np.arange(100) % 3
    save(path, x_train=np.zeros((100, 28, 28), dtype="u1"), y_train=y, ids=y.astype("U3"), rows=ROWS)
    source = opened(path, field="y_train", ids_column="ids")
    assert scanned(source)[:2] == (y.tolist(), y.astype("U3").tolist())
    assert labels_of(path, field="rows", columns=("label",)) == ["cat", "größe"]
    assert refused(path).endswith("--field is required; the arrays are x_train, y_train, ids, rows")
    assert refused(path, field="y").endswith("no array is named 'y'; the arrays are x_train, y_train, ids, rows")
    assert "--field is required; the fields are id, label, weight" in refused(path, field="rows")
    assert "an array of labels has one dimension, got shape (100, 28, 28)" in refused(path, field="x_train")
    lengths = "arrays differ in length: rows has 2, ids has 100"
    assert lengths in refused(path, field="rows", columns=("id",), ids_column="ids")


def test_the_only_array_of_an_archive_need_not_be_named(tmp_path):
    np.savez(tmp_path / "a.npz", np.arange(3))
    assert labels_of(tmp_path / "a.npz") == [0, 1, 2]


def test_columns_of_a_matrix_are_labels(tmp_path):
    path = saved(tmp_path / "m.npy", np.arange(6).reshape(3, 2))
    first = next(opened(path, columns=("1", "0")).chunks())
    assert [values.tolist() for values in first.labels] == [[1, 3, 5], [0, 2, 4]]
    assert refused(path).endswith("an array of labels has one dimension, got (3, 2); --column names columns of it")
    assert refused(path, columns=("2",)).endswith("column '2' not found; the columns are 0 to 1")
    stored = saved(tmp_path / "f.npy", np.asfortranarray(np.arange(6).reshape(3, 2)))
    assert "stored column by column" in refused(stored, columns=("0",))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array(3), "an array of labels has one dimension, got shape ()"),
        (
            np.zeros(2, dtype=complex),
            "labels, ids and groups must be integers, booleans, floats or strings, got complex128",
        ),
        (np.array(["2020"], dtype="M8[D]"), "must be integers, booleans, floats or strings, got datetime64[D]"),
        (np.array([1, "a", None], dtype=object), "the array holds Python objects; save it as integers or strings"),
    ],
)
def test_arrays_of_other_things_are_refused(tmp_path, array, message):
    assert message in refused(saved(tmp_path / "a.npy", array))


def test_options_that_do_not_apply_are_refused(tmp_path):
    path = saved(tmp_path / "a.npy", np.arange(3))
    assert refused(path, field="x").endswith("do not apply to an array of int64; leave them out")
    assert refused(path, ids_column="x").endswith("'x' not found; the file has one array, of int64")


def test_damaged_files_are_refused(tmp_path):
    path, damaged = saved(tmp_path / "a.npy", np.arange(1000)), tmp_path / "d.npy"
    damaged.write_bytes(path.read_bytes()[:-1])
    assert refused(damaged) == f"{damaged} is cut short: it has 8,127 bytes, expected 8,128"
    for length in (7, 40):
        damaged.write_bytes(path.read_bytes()[:length])
        assert refused(damaged).startswith(f"{damaged}: the file is damaged or not one of NumPy: ")
    np.savez_compressed(tmp_path / "a.npz", y=np.random.default_rng(0).integers(0, 99, 10_000))
    data = bytearray((tmp_path / "a.npz").read_bytes())
    damaged = tmp_path / "d.npz"
    damaged.write_bytes(data[:-50])
    assert refused(damaged).startswith(f"{damaged} begins like a zip file, but is damaged or cut short")
    data[5000] ^= 255
    damaged.write_bytes(data)
    assert refused(damaged).startswith(f"{damaged}: the file is damaged or not one of NumPy: ")


def test_an_array_that_is_shorter_than_its_header_says_is_refused(tmp_path):
    path = saved(tmp_path / "a.npy", np.arange(10))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("y.npy", path.read_bytes()[:-20])
    assert refused(tmp_path / "a.npz") == f"{tmp_path / 'a.npz'} is cut short: 20 bytes are missing"


def test_a_file_that_changes_between_scans_is_refused(tmp_path):
    path = saved(tmp_path / "a.npy", np.arange(3))
    source = opened(path)
    scanned(source)
    saved(path, np.arange(4))
    with pytest.raises(ValueError, match=rf"{path} changed while it was read"):
        scanned(source)


def test_an_array_is_not_loaded_into_memory(tmp_path):
    n = 50_000_000
    file = np.lib.format.open_memmap(tmp_path / "l.npy", mode="w+", dtype=np.int64, shape=(n,))
    file[-1] = 1
    file.flush()
    del file
    grown, found = grown_by_scans(tmp_path, tmp_path / "l.npy", ())
    assert found == [n, n]
    assert grown < 100e6
