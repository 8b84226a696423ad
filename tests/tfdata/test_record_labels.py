"""The labels of TFRecord files, against those that protobuf finds in the same bytes."""

import tensorflow as tf
from common_records import entry, field, floats, frame, integers, labels_of, strings
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

FEATURE_LISTS = {"int64_list": tf.train.Int64List, "bytes_list": tf.train.BytesList, "float_list": tf.train.FloatList}
VALUES = {
    "int64_list": st.integers(-(2**63), 2**63 - 1),
    "bytes_list": st.binary(max_size=8),
    "float_list": st.floats(width=32, allow_nan=False),
}
FEATURE = st.sampled_from(sorted(VALUES)).flatmap(
    lambda kind: st.lists(VALUES[kind], max_size=3).map(
        lambda values: tf.train.Feature(**{kind: FEATURE_LISTS[kind](value=values)})
    )
)


def expected(data):
    """Return the one integer or string that TensorFlow finds in the feature `label`, or None."""
    example = tf.train.Example.FromString(data)
    feature = example.features.feature.get("label", tf.train.Feature())
    kind = feature.WhichOneof("kind")
    values = list(getattr(feature, kind).value) if kind in ("int64_list", "bytes_list") else []
    return values[0] if len(values) == 1 else None


def found(path, data):
    """Return the label that is read, or None if there is an error."""
    path.write_bytes(frame(data))
    try:
        return labels_of([path])[0]
    except ValueError as error:
        assert f"{path}, byte 0: " in str(error)
        return None


@given(features=st.dictionaries(st.sampled_from(["label", "labels", "", "x", "ß"]), FEATURE, max_size=5))
def test_an_example_has_the_label_that_protobuf_finds(tmp_path, features):
    data = tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()
    assert found(tmp_path / "a", data) == expected(data)


FEATURE_BYTES = st.one_of(
    st.builds(integers, st.integers(-3, 300), packed=st.booleans()),
    st.builds(strings, st.binary(max_size=4)),
    st.builds(floats, st.floats(width=32), packed=st.booleans()),
)
PIECES = st.one_of(
    st.binary(max_size=3),
    st.builds(entry, st.sampled_from(["label", "x"]), FEATURE_BYTES, value_first=st.booleans()).map(
        lambda data: field(1, data)
    ),
    st.builds(field, st.integers(1, 5), st.binary(max_size=4)),
)


@given(data=st.data())
def test_a_changed_example_never_has_another_label_than_protobuf_finds(tmp_path, data):
    """Bytes are changed under sound checksums: what protobuf accepts has the same label, or is refused if odd."""
    whole = bytearray(b"".join(data.draw(st.lists(PIECES, min_size=1, max_size=4))))
    for _ in range(data.draw(st.integers(0, 3))):
        if whole:
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        label = expected(bytes(whole))
    except DecodeError:
        return
    assert found(tmp_path / "a", bytes(whole)) in (None, label)
