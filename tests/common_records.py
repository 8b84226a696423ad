"""TFRecord files, written without TensorFlow: frames, checksums by a slow table, and tf.train.Example byte for byte."""

import gzip
import struct

from fastsplit.readers.records import RecordSource
from fastsplit.readers.source import Options, Texts


def _table():
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return table


TABLE = _table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def frame(data):
    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def varint(number):
    """Return a number as protobuf has it: a negative one as its 64 bits, in ten bytes."""
    number &= 2**64 - 1
    result = bytearray()
    while number > 0x7F:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    result.append(number)
    return bytes(result)


def field(number, content):
    """Return a field of bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def integers(*numbers, packed=True):
    """Return a Feature of integers."""
    if packed:
        return field(3, field(1, b"".join(map(varint, numbers))) if numbers else b"")
    return field(3, b"".join(b"\x08" + varint(number) for number in numbers))


def strings(*values):
    """Return a Feature of bytes."""
    return field(1, b"".join(field(1, value) for value in values))


def floats(*values, packed=True):
    """Return a Feature of floats."""
    data = [struct.pack("<f", value) for value in values]
    return field(2, field(1, b"".join(data)) if packed else b"".join(b"\x0d" + value for value in data))


def entry(name, feature, *, value_first=False):
    """Return an entry of the map of features."""
    key, value = field(1, name.encode()), field(2, feature)
    return field(1, value + key if value_first else key + value)


def example(**features):
    """Return an Example of Features, in the given order."""
    return field(1, b"".join(entry(name, feature) for name, feature in features.items()))


def written(path, records, *, compressed=False):
    """Write records, and return the path."""
    data = b"".join(map(frame, records))
    path.write_bytes(gzip.compress(data) if compressed else data)
    return path


def labels_of(paths, name="label"):
    """Return the labels that are read from files of records."""
    found = []
    for chunk in RecordSource(paths, Options(columns=(name,))).chunks():
        values = chunk.labels[0]
        if isinstance(values, Texts):
            found += [values.data[b:e].tobytes() for b, e in zip(values.begins, values.ends, strict=True)]
        else:
            found += values.tolist()
    return found
