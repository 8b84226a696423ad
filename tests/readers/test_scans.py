"""The scanners of text, in blocks of any size, against their twins."""

import csv

import numpy as np
import pytest
from common_text import FaultError, lines_of, raising, records_of, scanned, table_shape
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fastsplit.readers._texts import scan_list
from fastsplit.readers.lists import IMAGES, LABELS, LINES, line_shape

# Pieces of text that make quoting, line ends and block edges meet in every way.
pieces = st.sampled_from(
    [b'"', b'""', b",", b"\n", b"\r\n", b"\r", b"a", b"bc", "é".encode(), b" ", b"\t", b"," * 70, b"x" * 63]
)
usual = st.sampled_from(
    [b"a,b\n", b'"a ""b""\n,",c\r\n', b',"x"\n', b"\n", b'5" pipe,y\n', b"\xc3\xa9,\n", b'"' + b"z" * 130 + b'",1\n']
)
texts = st.lists(usual | pieces, max_size=40).map(b"".join)
sizes = st.integers(1, 200)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("scans") / "text"


def expected(path, records, fault, text):
    """Return what `scanned` should return: a line is named by its number, and a record by its own if that differs."""
    found, at = [], 0
    for number, (record, fields) in enumerate(records, 1):
        line = text.count(10, 0, at) + 1
        found.append((record, fields, f"{path}: line {line}{f' (record {number})' if line != number else ''}"))
        at += len(record)
    error = None if fault is None else f"{path}: {raising(fault.kind, text.count(10, 0, fault.at) + 1, fault.fields)}"
    return found, error


@given(texts, st.booleans(), st.integers(1, 4), sizes, st.data())
@settings(max_examples=300)
@example(b'"a"\n' * 16 + b'"b', True, 1, 7, None)
@example(b'x"' + b"a" * 62 + b'"\n', True, 1, 200, None)
@example(b'"' + b"a" * 62 + b'",\n', True, 2, 200, None)
def test_tables_are_scanned_as_by_the_twin(path, text, quoted, width, size, data):
    columns = [0] if data is None else data.draw(st.lists(st.integers(0, width - 1), unique=True, max_size=width))
    path.write_bytes(text)
    records, fault = records_of(text, b",", quoted, width)
    chosen = [(record.text, [record.fields[column] for column in columns]) for record in records]
    assert scanned(path, table_shape(",", quoted, width, columns), size) == expected(path, chosen, fault, text)
    if fault is None:
        rest = text[sum(len(record.text) for record in records) :]
        assert rest.strip(b"\r\n") == b""  # the records are the file, but for blank lines at its end


cells = st.lists(st.text(st.sampled_from('a,"\n\r é'), max_size=5), min_size=2, max_size=2)


@given(st.lists(cells, min_size=1, max_size=20), sizes, st.sampled_from(["\n", "\r\n"]))
def test_what_the_csv_module_writes_is_read_as_it_reads_it(path, rows, size, end):
    with path.open("w", newline="", encoding="utf-8") as file:
        # Only fields with a byte of the line end are quoted by default; others may hold a carriage return.
        quoting = csv.QUOTE_ALL if end == "\n" else csv.QUOTE_MINIMAL
        csv.writer(file, lineterminator=end, quoting=quoting).writerows(rows)
    records, error = scanned(path, table_shape(",", True, 2, [0, 1]), size)
    assert error is None
    assert [[field.decode() for field in fields] for _, fields, _ in records] == rows
    assert b"".join(record for record, _, _ in records) == path.read_bytes()


def test_quotes_at_all_places_of_a_word_are_read_as_the_csv_module_reads_them(path):
    rng = np.random.default_rng(0)
    parts = np.array(["a", ",", "\n", '"', "\r\n", ",", "aaaaaaa"], dtype=object)

    def field(text):
        is_quoted = rng.random() < 0.5 or any(special in text for special in ',"\r\n')
        return '"' + text.replace('"', '""') + '"' if is_quoted else text

    for number in range(300):
        rows = [["".join(rng.choice(parts, rng.integers(0, 12))) for _ in range(2)] for _ in range(30)]
        rows[0][0] = "a" * int(rng.integers(64))  # shifts all that follows
        lines = [",".join(map(field, row)) + ("\n", "\r\n")[number % 2] for row in rows]
        path.write_bytes("".join(lines).encode())
        with path.open(newline="") as file:
            assert list(csv.reader(file)) == rows
        records, error = scanned(path, table_shape(",", True, 2, [0, 1]), int(rng.integers(64, 4000)))
        assert error is None
        assert [[field.decode() for field in fields] for _, fields, _ in records] == rows
        assert [record.decode() for record, _, _ in records] == lines


@given(texts, sizes, st.sampled_from([("labels", LABELS), ("images", IMAGES), ("lines", LINES)]))
def test_lists_are_scanned_as_by_the_twin(path, text, size, kind):
    path.write_bytes(text)
    lines, fault = lines_of(text, kind[0])
    chosen = [(line, [value, label_path] if kind[0] == "images" else [value]) for line, value, label_path in lines]
    assert scanned(path, line_shape(kind[1], raising), size) == expected(path, chosen, fault, text)


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\r\n", b"a,b\n\n\r\n\n", b"a,b\n" + b"\n" * 200])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_blank_lines_at_the_end_are_dropped(path, text, size):
    path.write_bytes(text)
    records, error = scanned(path, table_shape(",", True, 2, [1]), size)
    assert error is None
    assert [record for record, _, _ in records] == ([b"a,b\n"] if text.startswith(b"a") else [])


@pytest.mark.parametrize("shape", [table_shape(",", False, 1, [0]), line_shape(LABELS, raising)])
def test_many_blank_lines_at_the_end_are_dropped(path, shape):
    path.write_bytes(b"a\n" + b"\n" * 200)
    assert scanned(path, shape, 4096) == ([(b"a\n", [b"a"], f"{path}: line 1")], None)


@pytest.mark.parametrize(("text", "kind"), [(b"a\nb\n", LABELS), (b"p a\nq b\n", IMAGES), (b"a\nb c\n", LINES)])
@pytest.mark.parametrize("careful", [False, True])
def test_no_more_lines_are_written_than_there_is_room_for(text, kind, careful):
    room = np.empty((5 if kind == IMAGES else 3, 1), dtype=np.int64)
    found = scan_list(np.frombuffer(text, dtype=np.uint8), 0, len(text), room, kind, True, careful)
    first = text.index(b"\n") + 1
    assert found == (1, first, "full", first, 0)


def test_a_zero_byte_is_refused_with_its_line(path):
    path.write_bytes(b"a\nb\0\nc\n")
    assert scanned(path, table_shape(",", True, 1, [0]), 100)[1] == f"{path}: zero, 2, 0"


def test_a_field_may_be_longer_than_blocks_and_than_what_the_csv_module_reads(path):
    long = b"x" * 300_000 + b'""\n' + b"y" * 100
    path.write_bytes(b'a,"' + long + b'"\nb,c\n')
    records, error = scanned(path, table_shape(",", True, 2, [1]), 1000)
    assert error is None
    assert [fields for _, fields, _ in records] == [[long.replace(b'""', b'"')], [b"c"]]


def test_the_twin_can_tell_faults_apart():
    assert records_of(b'a\n"b\n', b",", True, 1)[1].args == FaultError("open quote", 2).args
    assert records_of(b"a\n\nb,c\n", b",", True, 2)[1].args == ("too few", 0, 1)


def scans_of(text):
    """Yield every way to scan a text as one block: kind of shape, what is found, what the twin finds."""
    for quoted, width, columns in ((True, 1, [0]), (True, 2, [1]), (True, 2, [0, 1]), (False, 2, [0])):
        records, fault = records_of(text, b",", quoted, width)
        chosen = [(record.text, [record.fields[column] for column in columns]) for record in records]
        yield table_shape(",", quoted, width, columns), chosen, fault
    for name, kind in (("labels", LABELS), ("images", IMAGES), ("lines", LINES)):
        lines, fault = lines_of(text, name)
        chosen = [(line, [value, label_path] if name == "images" else [value]) for line, value, label_path in lines]
        yield line_shape(kind, raising), chosen, fault


@pytest.mark.parametrize(
    "text",
    [
        b'"a\n,""b",c\n"d"\n,"""",\n"e",f\ng,h\n',
        b'"a""b",c\r\n"d,\n",e\r\n"""f""",g\r\n',
        b'"a","b"\n"c""",d\n5" x,"y\nz"\n"",""\n,"q"\n',
        b'a,"b" \nc,d\n',
        b'a,"b"c\nd,e\n',
        b'"a,b\nc,d\n',
        b'"a,b\nc,d\re\n',
        b'"a\nb","c\nd',
        b'a,b"\nc",d\n"e\n",f\n"g',
        b'a,b\n"",x"y"\n"",""z\n',
        b"a,b,\nc,d,\r\ne,f\n,\ng,h\n\n\r\n\n",
        b"a,b\n\nc,d\n",
        b"a,b\r\n\r\nc,d\r\n",
        b"a,b\rc,d\n",
        b"a,b\n\rc,d\n",
        b"a,b\nc,d\r",
        b"a b\nc\td\r\n\x0be  f \n\x0cg\x0c \n",
        b"a\nb\n\n\nc\n\n\n",
        b"a\n \nb\n\r\n\r\n",
        b"x\x01y\n\x1fz\x02\nq\x08 r\n",
        b"a b\ncc dd\ne  f\n g h\ni j \nk l m\nn\to\np q\r\nr\t s\nt \tu\nv\x01 w\nx y\x01\nz zz",
        b"a b\n\tc d\n\x01e f\n\tg\n",
        b"a b\nc \nd e\n",
        b"a b\n c\nd e\n",
    ],
)
def test_what_is_special_is_found_at_every_position_of_a_word(path, text):
    """64 bytes are looked at together: every text is moved across their edges, behind a field or behind lines."""
    for n in range(66):
        for before in (b"x" * n, b"x\n" * (n // 2) + b"," * (n % 2), b'"' + b"z" * n + b'",y\n', b"v" * n + b" w\n"):
            whole = before + text
            path.write_bytes(whole)
            for shape, chosen, fault in scans_of(whole):
                assert scanned(path, shape, 4096) == expected(path, chosen, fault, whole)
