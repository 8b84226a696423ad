"""The twin of the scanners of text: slow and plain, byte by byte. And files, read through them."""

from typing import NamedTuple

import numpy as np

from fastsplit.readers import scans
from fastsplit.readers._texts import Table
from fastsplit.readers.blocks import Input

SPACES = b" \t\n\r\x0b\x0c"


class FaultError(Exception):
    """What is wrong, and where."""

    def __init__(self, kind, at, fields=0):
        super().__init__(kind, at, fields)
        self.kind, self.at, self.fields = kind, at, fields


class Record(NamedTuple):
    text: bytes
    fields: list


def records_of(text, delimiter, quoted, width):
    """Return the records of a table and the fault that ends it, or None: one state per byte."""
    records, fields, field = [], [], b""
    state, before_return, begin, field_begin = "start", "start", 0, 0

    def blank_from(at):
        return not text[at:].strip(b"\r\n")

    def ended(end):
        """End a record; return whether it is the last because only blank lines follow."""
        nonlocal fields, field, state, begin, field_begin
        fields.append(field)
        line = text[begin:end].removesuffix(b"\n").removesuffix(b"\r")
        if not line and fields == [b""]:
            if blank_from(end):
                return True
            if width > 1:
                raise FaultError("blank", begin)
        n = len(fields)
        if n == width + 1 and fields[-1] == b"" and state == "start" and line:
            fields.pop()
        if len(fields) != width:
            raise FaultError("too few" if n < width else "too many", begin, n)
        records.append(Record(text[begin:end], fields))
        fields, field, state, begin, field_begin = [], b"", "start", end, end
        return False

    try:
        at = 0
        while at < len(text):
            byte = text[at : at + 1]
            at += 1
            if state == "inside":
                state = "closed" if byte == b'"' else state
                field += byte if byte != b'"' else b""
            elif byte == b"\n":
                if state == "return":
                    state = before_return
                if ended(at):
                    return records, None
            elif state == "return":
                raise FaultError("carriage return", at - 2)
            elif byte == delimiter:
                fields.append(field)
                field, state, field_begin = b"", "start", at
            elif byte == b"\r":
                before_return, state = state, "return"
            elif byte == b'"' and quoted and state in ("start", "closed"):
                field += b'"' if state == "closed" else b""
                state = "inside"
            elif state == "closed":
                raise FaultError("after quote", at - 1)
            else:
                field, state = field + byte, "plain"
        if state == "inside":
            raise FaultError("open quote", field_begin)
        if state == "return":
            raise FaultError("carriage return", len(text) - 1)
        if begin < len(text):
            ended(len(text))
    except FaultError as fault:
        return records, fault
    return records, None


def lines_of(text, kind):
    """Return the lines of a list, (text, value, path), and the fault that ends it, or None."""
    lines, begin = [], 0
    while begin < len(text):
        feed = text.find(b"\n", begin)
        end = len(text) if feed < 0 else feed + 1
        line = text[begin:end]
        content = line[:-1].removesuffix(b"\r") if feed >= 0 else line
        if not content and not text[end:].strip(b"\r\n"):
            return lines, None
        if b"\r" in content:
            return lines, FaultError("carriage return", begin)
        fields = content.split() if kind != "lines" else [content.strip(SPACES)] if content.strip(SPACES) else []
        if not fields and kind != "labels":
            return lines, FaultError("blank", begin)
        if kind == "labels" and len(fields) > 1:
            return lines, FaultError("too many", begin)
        if kind == "images" and len(fields) < 2:
            return lines, FaultError("too few", begin)
        value = fields[-1] if fields else b""
        path = content.strip(SPACES)[: -len(value)].rstrip(SPACES) if kind == "images" else b""
        lines.append((line, value, path))
        begin = end
    return lines, None


def raising(fault, line, fields):
    """Explain a fault so that a test can compare it."""
    return f"{fault}, {line}, {fields}"


def table_shape(delimiter, quoted, width, columns):
    """Return the shape of scans that write some columns."""
    slots = np.full(width, -1, dtype=np.int32)
    slots[list(columns)] = np.arange(len(columns))
    return scans.Shape(Table(ord(delimiter), quoted, slots).scan, len(columns), quoted, raising)


def scanned(path, shape, size):
    """Return the records of a file, scanned in blocks: bytes, fields by slot, where; and the error, or None."""
    records, error = [], None
    try:
        for run in scans.runs(Input(path), shape, (0, 0), ended=False, size=size):
            pieces = run.pieces()
            begins = [0, *pieces.ends.tolist()]
            slots = [run.fields(slot) for slot in range(shape.slots)]
            for i in range(len(pieces.ends)):
                fields = [texts.data[texts.begins[i] : texts.ends[i]].tobytes() for texts in slots]
                records.append((pieces.data[begins[i] : begins[i + 1]].tobytes(), fields, run.where(i)))
    except ValueError as caught:
        error = str(caught)
    return records, error
