"""JSON lines."""

import builtins
import json

import pytest
from common_columns import read, written

from fastsplit.readers import json_lines
from fastsplit.readers.source import Options


@pytest.fixture(params=["with pyarrow", "without"], autouse=True)
def pyarrow(request, monkeypatch):
    if request.param == "without":
        find = builtins.__import__

        def without(name, *args, **kwargs):
            if name.startswith("pyarrow"):
                raise ImportError(name)
            return find(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", without)


@pytest.mark.parametrize(
    "labels",
    [["a", "b"], [3, 4], [-1, 2**63 - 1], [2**64 - 1, 1], [True, False], ["3", "4"], ["é", '\n"{}'], ["07", "7"]],
)
def test_a_field_of_the_objects_is_the_labels_of_its_type(tmp_path, labels):
    rows = [{"id": i, "label": label, "z": [{"label": "no"}]} for i, label in enumerate(labels)]
    text = "".join(json.dumps(row, ensure_ascii=i == 0) + "\n" for i, row in enumerate(rows)).encode()
    found = read(json_lines, written(tmp_path, text, "t.jsonl"), ids_column="id")
    assert found.labels == labels
    assert list(map(type, found.labels)) == list(map(type, labels))
    assert (found.ids, found.examples) == ([0, 1], text)


def test_whole_floats_are_integers(tmp_path):
    assert read(json_lines, written(tmp_path, b'{"label":3}\n {"label":4.0}\r\n')).labels == [3, 4]


@pytest.mark.parametrize("second", [b'{"label":null}', b"{}"])
def test_null_and_absent_fields_are_missing(tmp_path, second):
    path = written(tmp_path, b'{"label":"a"}\n' + second + b'\n{"label":"b"}')
    assert read(json_lines, path, missing="drop").labels == ["a", None, "b"]
    with pytest.raises(ValueError, match="line 2: the label is missing"):
        read(json_lines, path)


def test_of_a_field_that_is_given_twice_the_last_is_read(tmp_path):
    assert read(json_lines, written(tmp_path, b'{"label":"a","label":"b"}\n{"label":"c"}\n')).labels == ["b", "c"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"label":"a"}\n{"label":7}\n', "line 2: the label must be a string, as others are, got 7"),
        (b'{"x":"a"}\n{"x":7}\n', "line 1 has no field 'label', but x"),
        (b'{"label":"a"}\n\n{"label":"b"}\n', "line 2 is blank"),
        (b'{"label":"a"}{"label":"b"}\n{"label":\n"b"}\n', "line 1 is not JSON"),
        (b'{"label":"a"}\n[1]\n', "line 2 must be a JSON object, got [1]"),
        (b'{"label":"a"}\n{"label":["b"]}\n', "line 2: the field 'label' must be a string or a number"),
        (b'{"label":1.5}\n', "line 1: the label must be a whole number, got 1.5; if it is a number to be spread"),
        (b'{"label":"\xe9"}\n', "line 1 is not JSON"),
        (b'{"label":"a"\n', "line 1 is not JSON"),
    ],
)
def test_wrong_lines_are_refused(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        read(json_lines, path)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_a_field_must_be_named(tmp_path):
    with pytest.raises(ValueError, match="--column is required"):
        json_lines.read([written(tmp_path, b"{}\n")], Options())
