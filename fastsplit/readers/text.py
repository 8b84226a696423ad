"""Text files: one label per line, or image lists."""

from __future__ import annotations

from pathlib import Path

from fastsplit.readers.lines import Records, decoded, read_lines, read_values, warn_of_header


def read(path: Path) -> Records:
    """Read one label per line, or a path and a label per line: either way, the label is the last field."""
    head, lines = read_lines(path)
    for number, line in enumerate(lines, 1):
        if b"\r" in line.rstrip(b"\r\n"):
            raise ValueError(f"line {number} contains a carriage return that does not end the line")
    fields = [line.rsplit(None, 1) for line in lines]
    widths = [len(field) for field in fields]
    if 0 in widths:
        raise ValueError(f"line {widths.index(0) + 1} is blank")
    if 1 in widths and 2 in widths:
        raise ValueError(
            f"line {widths.index(1) + 1} has one field, but line {widths.index(2) + 1} has more; "
            "for labels of several words, name the file *.tsv and pass --column 0"
        )
    texts = [decoded(field[-1]) for field in fields]
    labels = read_values(texts, range(1, len(texts) + 1), "label")
    if texts:
        warn_of_header(texts, "if it is one, remove it, or name the file *.csv or *.tsv and pass --column NAME")
    kind = "an image list; the label is the last field of each line" if 2 in widths else "one label per line"
    return Records(labels, kind, suffix=path.suffix or ".txt", head=head, records=lines)
