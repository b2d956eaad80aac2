"""Text, CSV and JSON lines arrive record by record as Python reads them, whatever is in them."""

import bz2
import csv
import gzip
import io
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_files_project import stored

from warehouse.errors import UsageError
from warehouse.raw_files import MALFORMED_LINE, TABLES, read
from warehouse.raw_files.convert import Part, convert
from warehouse.raw_files.dialect import Dialect
from warehouse.raw_files.find import RawFile

ORDERS = TABLES["orders"]
Rows = list[tuple[str | None, ...]]


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., list[tuple]]:
    """Writes one file of bytes and returns its rows as the warehouse shows them, ordered by position."""

    def load_(
        table: str, name: str, content: bytes, columns: str = "* exclude (loaded_at, source_file, malformed_line)"
    ) -> list[tuple]:
        path = tmp_path / "raw" / table / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        # Nobody is writing to it any more.
        os.utime(path, (1_700_000_000, 1_700_000_000))
        return list(stored(tmp_path, table, columns))

    return load_


def python_lines(content: bytes) -> list[str]:
    """What a text file says, by splitting its bytes; a final line feed starts no line."""
    lines = content.split(b"\n")
    return [line.decode() for line in (lines[:-1] if lines[-1] == b"" else lines)]


def batches(content: bytes, kind: str, table: str, block_bytes: int) -> Rows:
    """The rows of a file that is read in blocks of so many bytes; of a malformed line its text alone."""
    found: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "BLOCK_BYTES", block_bytes)
        parts = read.Content(pa.input_stream(io.BytesIO(content)), "file", "utf-8").blocks()
        if kind == "text":
            parsed = read.text_batches(parts, table, found)
        elif kind == "json":
            parsed = read.json_batches(parts, table, found)
        else:
            parsed = read.CsvReader(parts, Dialect()).batches("file", table, found)
        rows: Rows = []
        for batch in parsed:
            columns = [
                column.to_pylist() if isinstance(column := batch[name], pa.ChunkedArray) else column
                for name in TABLES[table]
            ]
            malformed = batch.get(MALFORMED_LINE, [None] * len(columns[0]))
            rows.extend(row if text is None else (text,) for *row, text in zip(*columns, malformed, strict=True))
        return [tuple(row) for row in rows]


TEXTS = {
    "empty file": b"",
    "one empty line": b"\n",
    "empty lines": b"a\n\n\nb\n\n",
    "no final line feed": b"a\nb",
    "carriage returns": b"a\r\nb\nc\r\n\rd\r",
    "a line of 1 MB": b"a\n" + b"x" * 1_000_000 + b"\nb\n",
    "a line longer than a block": b"a\n" + b"y" * 20_000_000 + b"\nb",
    "null bytes": b"a\x00b\n\x00\nc\n",
    "quotes, backslashes, separators": b'"a\n,b"\t;"\n\\\nc\\"\n\\N\nNULL\n\'\n',
    "other line separators": "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\n".encode(),
    "unicode": "ä€😀\n\ufeffinside\n".encode(),
    "spaces": b"  \n a \n\t\n",
}


@pytest.mark.parametrize("content", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gz"])
def test_text_is_what_splitting_the_bytes_gives(load, content: bytes, compress: Callable[[bytes], bytes]) -> None:
    rows = load("app_logs", "app.log" if compress is bytes else "app.log.gz", compress(content))
    assert rows == [(line, position) for position, line in enumerate(python_lines(content), 1)]


def test_byte_order_mark_is_not_part_of_the_first_line(load) -> None:
    assert load("app_logs", "app.txt", b"\xef\xbb\xbfa\nb\n", "log_line") == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("content", "where"),
    [(b"a\nb\xfc\n", 3), (b"\xef\xbb\xbfa\xe2\x82", 4), (b"a\n" * 5_000_000 + b"\xed\xa0\x80\n", 10_000_000)],
)
def test_bytes_that_are_no_text_are_refused_with_their_place(load, content: bytes, where: int) -> None:
    with pytest.raises(UsageError, match=rf"app\.txt is no utf-8 text \(byte [0-9A-F]+ at position {where}\)"):
        load("app_logs", "app.txt", content)


def test_another_encoding_is_read_where_it_is_named(load, tmp_path) -> None:
    (tmp_path / "raw" / "users").mkdir(parents=True)
    (tmp_path / "raw" / "users" / "_format.yml").write_text("encoding: latin-1\ndelimiter: ';'\n")
    header = ";".join(TABLES["users"]).encode()
    rows = load("users", "a.csv", header + b"\n1;M\xfcller;a@b;DE;;\n", "user_id, user_name, country")
    assert rows == [("1", "Müller", "DE")]


def test_utf_16_is_read_where_it_is_named(load, tmp_path) -> None:
    content = "\ufeffa\u0a0db\nc€\n".encode("utf-16-le")
    with pytest.raises(UsageError, match=r"UTF-16 text: write `encoding: utf-16` in _format\.yml"):
        load("app_logs", "app.log", content)
    (tmp_path / "raw" / "app_logs" / "_format.yml").write_text("encoding: utf-16\n")
    assert load("app_logs", "app.log", content, "log_line") == [("a\u0a0db",), ("c€",)]


def test_a_dialect_of_spark_and_a_time_zone(load, tmp_path) -> None:
    (tmp_path / "raw" / "users").mkdir(parents=True)
    (tmp_path / "raw" / "users" / "_format.yml").write_text(
        'delimiter: "\\t"\nescape: "\\\\"\ntime_zone: Europe/Berlin\n'
    )
    lines = ["\t".join(TABLES["users"])]
    lines.append('1\t"say \\"hi\\"\n\tthere"\ta@b\tDE\t2025-07-01 12:00:00\t2025-01-01 12:00:00+00')
    columns = "user_name, created_at, updated_at"
    rows = load("users", "a.csv", "\n".join(lines).encode(), columns)
    assert rows == [('say "hi"\n\tthere', "2025-07-01 10:00:00+00:00", "2025-01-01 12:00:00+00")]


def test_compressed_files_of_several_parts(load) -> None:
    parts = gzip.compress(b"a\nb") + gzip.compress(b"c\n")
    assert load("app_logs", "app.log.gz", parts, "log_line") == [("a",), ("bc",)]
    assert ("f",) in load("app_logs", "c.log.bz2", bz2.compress(b"f\n"), "log_line")
    zstd = pa.compress(b"d\ne\n", codec="zstd", asbytes=True)
    assert ("d",) in load("app_logs", "b.txt.zst", zstd + zstd, "log_line")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([b"\n", b"\r", b"\x00", b'"', b",", b"a", "€".encode()])),
    st.integers(1, 9),
)
def test_any_bytes_in_any_blocks(pieces: list[bytes], block_bytes: int) -> None:
    content = b"".join(pieces)
    assert [line for (line,) in batches(content, "text", "app_logs", block_bytes)] == python_lines(content)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_csv_rows_come_back_as_they_were_written(data: st.DataObject) -> None:
    # Without quotes around every field, Python writes some carriage returns bare, which no reader can take back.
    quoting, alphabet = data.draw(
        st.sampled_from(
            [
                (csv.QUOTE_ALL, 'a1 ,"\n\r\x00€\u2028;'),
                (csv.QUOTE_MINIMAL, 'a1 ,"\n\x00€\u2028;'),
                (csv.QUOTE_MINIMAL, "a1 \x00€\u2028;"),
            ]
        )
    )
    table = data.draw(st.sampled_from(["orders", "active_users", "app_logs"]))
    row = st.tuples(*[st.text(st.sampled_from(alphabet), max_size=5)] * len(TABLES[table]))
    rows = data.draw(st.lists(row, max_size=12))
    file = io.StringIO()
    line_end = data.draw(st.sampled_from(["\n", "\r\n"]))
    csv.writer(file, lineterminator=line_end, quoting=quoting).writerows([TABLES[table], *rows])
    content = file.getvalue()
    if data.draw(st.booleans()):
        content = content.removesuffix(line_end)
    expected = [tuple(field or None for field in row) for row in rows]
    assert batches(content.encode(), "csv", table, data.draw(st.integers(1, 60))) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from('a,"\n\r'), max_size=40), st.integers(1, 20))
def test_csv_is_read_as_python_reads_it_and_goes_on_after_what_is_malformed(body: str, block_bytes: int) -> None:
    lines = body.removesuffix("\n").split("\n") if body else []
    expected: Rows = []
    while lines:
        read_lines = iter(lines)
        try:
            record = next(csv.reader((line + "\n" for line in read_lines), strict=True))
        except csv.Error:
            record = ["malformed"]
        if len(record) in (0, 3):
            expected += [tuple(field or None for field in record)] if record else []
            lines = list(read_lines)
        else:
            expected.append((lines.pop(0),))
    content = "user_id,is_active,updated_at\n" + body
    assert batches(content.encode(), "csv", "active_users", block_bytes) == expected


def test_a_blank_line_is_a_record_only_of_a_single_column(load) -> None:
    rows = load("app_logs", "a.csv", b'log_line\na\n\n""\nb\n')
    assert rows == [("a", 1), (None, 2), (None, 3), ("b", 4)]
    rows = load("active_users", "a.csv", b"user_id,is_active,updated_at\n1,,x\n\n2,t,y\n\n")
    assert rows == [("1", None, "x", 1), ("2", "t", "y", 2)]


def test_csv_keeps_null_bytes_and_long_fields(load) -> None:
    rows = load("active_users", "a.csv", b"updated_at,x,user_id,is_active\r\ny,0,a\x00b," + b"z" * 1_000_000 + b"\r\n")
    assert rows == [("a\x00b", "z" * 1_000_000, "y", 1, "0")]


def test_json_values_as_text(load) -> None:
    values = {
        "12345678901234567.89": "12345678901234567.89",
        "1.10": "1.10",
        "-0": "-0",
        "1E2": "1E2",
        "9" * 5000: "9" * 5000,
        "true": "true",
        "null": None,
        '""': "",
        '" a "': " a ",
        "NaN": "NaN",
        '{"a": 1.10, "b": ["x", 2, null, "ü"]}': '{"a":1.10,"b":["x",2,null,"ü"]}',
        "[]": "[]",
        r'"\ud800"': r"\ud800",
        r'"\u0000\n"': "\x00\n",
        '"tab\there"': "tab\there",
    }
    lines = [f'{{"log_line": {value}, "other": 1}}' for value in values] + ["", "{}", "  "]
    rows = load("app_logs", "a.jsonl", "\r\n".join(lines).encode())
    expected = [*((value, "1") for value in values.values()), (None, None)]
    assert rows == [(value, position, other) for position, (value, other) in enumerate(expected, 1)]


@settings(max_examples=100, deadline=None)
@given(st.data(), st.integers(1, 90))
def test_extra_columns_come_back_as_they_were_written(data: st.DataObject, block_bytes: int) -> None:
    """In JSON in any record, in CSV in all; nested values as JSON whose numbers keep their digits."""
    value = st.none() | st.text(max_size=5) | st.booleans() | st.lists(st.just(1.5) | st.text(max_size=2), max_size=2)
    columns = ("log_line", "a", 'b"', "extra_columns")
    if data.draw(st.booleans()):
        records = data.draw(st.lists(st.dictionaries(st.sampled_from(columns), value)))
        content = "".join(json.dumps(record) + "\n" for record in records)
        expected = [{key: _text(item) for key, item in record.items() if item is not None} for record in records]
        assert maps(content.encode(), "json", block_bytes) == expected
    else:
        row = st.tuples(*[st.text(st.sampled_from('ab"\n, '), max_size=3)] * 4)
        rows = data.draw(st.lists(row, max_size=12))
        file = io.StringIO()
        csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_MINIMAL).writerows([columns, *rows])
        expected = [{key: field for key, field in zip(columns, row, strict=True) if field} for row in rows]
        assert maps(file.getvalue().encode(), "csv", block_bytes) == expected


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace").decode()


def maps(content: bytes, kind: str, block_bytes: int) -> list[dict[str, str]]:
    """The records of a file of log lines as it is converted, nulls left out."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "BLOCK_BYTES", block_bytes)
        path = Path(folder) / "file"
        path.write_bytes(content)
        os.utime(path, (1_700_000_000, 1_700_000_000))
        file = RawFile("app_logs", path, "file", kind, path.stat(), Dialect())
        stored_in, (converted,) = convert("app_logs", [Part(file, file.modified_at)], Path(folder))
        records = pq.read_table(stored_in, columns=["log_line", "extra_columns"]).to_pylist()
        assert converted.records == len(records)
    rows = [{"log_line": record["log_line"], **dict(record["extra_columns"] or [])} for record in records]
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(ORDERS), st.none() | st.text(max_size=5))), st.integers(1, 90))
def test_json_rows_come_back_as_they_were_written(records: list[dict], block_bytes: int) -> None:
    content = "".join(json.dumps(record, ensure_ascii=len(record) % 2 == 0) + "\n" for record in records)
    expected = [tuple(record.get(column) for column in ORDERS) for record in records]
    assert batches(content.encode(), "json", "orders", block_bytes) == expected
