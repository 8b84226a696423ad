"""Files that are not read: what they seem to be, and what to do."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

_UNPACK = "unpack it and name the files in it"
_IN_PYTHON = "read the labels in Python and pass them to fastsplit.split"
_IMAGE = ("an image", "name the folder that holds a folder of images per class")

# What files begin with, from a position on -> what they are, and what to do with them.
_MAGIC = {
    (0, b"\x89HDF"): ("an HDF5 file", "name the data set in Python: fastsplit.split(h5py.File(...)['labels'][:], ...)"),
    (0, b"MATLAB"): ("a MATLAB file", f"{_IN_PYTHON}: scipy.io.loadmat(...)['labels'].ravel()"),
    (0, b"SQLite format 3\0"): (
        "an SQLite database",
        "export a table: sqlite3 -header -csv FILE 'SELECT ...' > t.csv",
    ),
    (0, b"ORC"): ("an ORC file", "convert it to Parquet with pyarrow.orc and pyarrow.parquet"),
    (0, b"Obj\x01"): ("an Avro file", "convert it to Parquet or JSON lines"),
    (0, b"FEA1"): ("a Feather file of version 1", "write it again with pyarrow.feather.write_feather"),
    (0, b"\xd0\xcf\x11\xe0"): ("an old Excel or Word file", "save the sheet as CSV"),
    (0, b"%PDF"): ("a PDF file", "name a file of labels"),
    (0, b"\0\0\x08\x01"): ("an IDX file, such as those of MNIST", f"{_IN_PYTHON}: np.fromfile(..., np.uint8)[8:]"),
    (257, b"ustar"): ("a tar archive", _UNPACK),
    (0, b"\x04\x22\x4d\x18"): ("a file packed by lz4", "unpack it with lz4 -d"),
    (0, b"GIF8"): _IMAGE,
    (0, b"\xff\xd8\xff"): _IMAGE,
    (0, b"\x89PNG"): _IMAGE,
    (0, b"RIFF"): _IMAGE,
    (0, b"7z\xbc\xaf\x27\x1c"): ("a 7z archive", _UNPACK),
    (0, b"Rar!"): ("a RAR archive", _UNPACK),
    **{
        (0, b"\x80" + bytes([protocol])): ("a Python pickle", f"{_IN_PYTHON}; pickles run code when they are loaded")
        for protocol in range(2, 6)
    },
}
_SHOWN = 4  # bytes of an unknown file


def refuse_known(path: Path, data: bytes) -> None:
    """Raise ValueError if a file that is not text begins like one of the kinds that are known but not read."""
    for (position, magic), (what, remedy) in _MAGIC.items():
        if data[position : position + len(magic)] == magic:
            raise _refusal(path, what, remedy)


def refuse_unknown(path: Path, data: bytes) -> None:
    """Raise ValueError: the file is not text, and nothing else that is known."""
    raise _refusal(path, f"a binary file of unknown kind (it begins with {data[:_SHOWN].hex(' ')})", _IN_PYTHON)


def refuse_zip(path: Path) -> None:
    """Raise ValueError if a zip file has no arrays in it: if it is not an .npz file."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path} begins like a zip file, but is damaged or cut short: {error}") from error
    if any(name.startswith(("xl/", "word/")) for name in names):
        raise _refusal(path, "an Excel or Word file", "save the sheet as CSV")
    if any(name.endswith("data.pkl") for name in names):
        raise _refusal(path, "a file of torch.save", f"{_IN_PYTHON}: torch.load(...)")
    if not any(name.endswith(".npy") for name in names):
        raise _refusal(path, "a zip archive", _UNPACK)


def refuse_markup(path: Path) -> None:
    """Raise ValueError: the file is XML or HTML."""
    raise _refusal(path, "XML or HTML", "write the labels to a CSV file, or one per line to a text file")


def refuse_json(path: Path, data: bytes) -> None:
    """Raise ValueError: the file is JSON, but not one value per line."""
    if data.lstrip()[:1] == b"[":
        raise _refusal(path, "one JSON array", f"make JSON lines of it: jq -c '.[]' {path} > lines.jsonl")
    if b'"annotations"' in data or (b'"images"' in data and b'"info"' in data) or b'"categories"' in data:
        remedy = (
            f"make JSON lines of the annotations: jq -c '.annotations[]' {path} > lines.jsonl, then pass --column "
            "category_id --groups-column image_id"
        )
        raise _refusal(path, "COCO annotations", remedy)
    raise _refusal(
        path, "one JSON value over many lines", "make JSON lines of it: one object per line, as jq -c prints"
    )


def is_json_object(line: bytes) -> bool:
    """Return whether a line is a whole JSON object."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _refusal(path: Path, what: str, remedy: str) -> ValueError:
    return ValueError(f"{path} seems to be {what}, which is not read: {remedy}")
