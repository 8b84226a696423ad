"""The same labels and ids in files of every kind."""

import gzip
import json

import numpy as np


def quoted(value):
    return f'"{value}"' if "," in str(value) else str(value)


def write_csv(path, labels, ids):
    rows = [f"{quoted(label)},{i}\n" for label, i in zip(labels, ids, strict=True)]
    path.write_text("label,id\n" + "".join(rows), encoding="utf-8")


def write_gzip(path, labels, ids):
    write_csv(path, labels, ids)
    path.write_bytes(gzip.compress(path.read_bytes()))


def write_jsonl(path, labels, ids):
    rows = [json.dumps({"label": label, "id": i}) + "\n" for label, i in zip(labels, ids, strict=True)]
    path.write_text("".join(rows))


def write_parquet(path, labels, ids):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"label": labels, "id": ids}), path, row_group_size=150)


def write_feather(path, labels, ids):
    import pyarrow as pa
    from pyarrow import feather

    feather.write_feather(pa.table({"label": labels, "id": ids}), path)


def write_npz(path, labels, ids):
    np.savez(path, label=np.array(labels), id=np.array(ids))


def write_npy(path, labels, ids):
    table = np.empty(len(labels), dtype=[("label", np.array(labels).dtype), ("id", np.array(ids).dtype)])
    table["label"], table["id"] = labels, ids
    np.save(path, table)


def varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def message(field, body):
    return varint(field << 3 | 2) + varint(len(body)) + body


def feature(value):
    if isinstance(value, int):
        return message(3, message(1, varint(value)))
    return message(1, message(1, value.encode()))


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x82F63B78 * (crc & 1)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8 & 0xFFFFFFFF).to_bytes(4, "little")


def write_tfrecord(path, labels, ids):
    out = b""
    for row in zip(labels, ids, strict=True):
        entries = [
            message(1, message(1, name.encode()) + message(2, feature(value)))
            for name, value in zip(("label", "id"), row, strict=True)
        ]
        example = message(1, b"".join(entries))
        length = len(example).to_bytes(8, "little")
        out += length + masked_crc(length) + example + masked_crc(example)
    path.write_bytes(out)


KINDS = {
    "csv": write_csv,
    "csv.gz": write_gzip,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
    "feather": write_feather,
    "npy": write_npy,
    "npz": write_npz,
    "tfrecord": write_tfrecord,
}
