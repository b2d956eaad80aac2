"""Reads plain text, CSV and JSON lines exactly and in bounded memory, as batches of text columns.

A batch maps column names to equally long lists or Arrow arrays of text and nulls, one entry a record, in file order.
Columns that the table does not have come after its own, as far as they are carried along.
Only a line feed ends a line. Bytes that are not UTF-8 become escapes such as `\\xff`, so no record is lost.
"""

import csv
import json
from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyarrow import csv as arrow_csv

from warehouse.errors import UsageError
from warehouse.raw_files.contract import ARRIVAL_COLUMNS, TABLES, check_columns, check_distinct, extra_columns

Batch = dict[str, Sequence[str | None] | pa.Array | pa.ChunkedArray]

# One batch, and one row group of the converted file, is about this much text.
BLOCK_BYTES = 8 * 2**20
# Longer lines or fields mean a file of another kind, or a quote that is never closed.
LONGEST_LINE_BYTES = 256 * 2**20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# So many names of JSON keys that are left out are remembered, since data can leak into keys.
MOST_LEFT_OUT = 10


def blocks(stream: pa.NativeFile, where: str) -> Iterator[bytes]:
    """Cuts a stream of bytes into blocks of whole lines, each without its last line feed.

    A final line feed ends the last line and starts none. Raises UsageError for UTF-16 and for absurdly long lines.
    """
    pending, size, start = [], 0, True
    while chunk := stream.read(BLOCK_BYTES):
        if start:
            if chunk[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise UsageError(f"{where} is UTF-16 text: convert it to UTF-8.")
            chunk, start = chunk.removeprefix(BYTE_ORDER_MARK), False
        end = chunk.rfind(b"\n")
        if end < 0:
            pending.append(chunk)
            size += len(chunk)
        else:
            yield b"".join([*pending, chunk[:end]])
            pending, size = [chunk[end + 1 :]], len(chunk) - end - 1
        if size > LONGEST_LINE_BYTES:
            raise UsageError(f"{where} has a line longer than {LONGEST_LINE_BYTES} bytes: it is not a file of lines.")
    if size:
        yield b"".join(pending)


def text_batches(parts: Iterator[bytes], table: str, found: set[str]) -> Iterator[Batch]:
    """One record a line, as it is: empty lines and carriage returns are kept."""
    (column,) = TABLES[table]
    found.add(column)
    for block in parts:
        yield {column: _lines(block)}


def json_batches(parts: Iterator[bytes], where: str, table: str, found: set[str]) -> Iterator[Batch]:
    """One JSON object a line; blank lines are no records. Numbers keep their digits, nested values are JSON text.

    Adds the keys that occur to `found`. Raises UsageError with the line number for anything but an object.
    """
    decoder = json.JSONDecoder(strict=False, parse_int=str, parse_float=str, parse_constant=str)
    line_number = 0
    for block in parts:
        lines, records, keys = [], [], set()
        # Escapes such as \xff would break the JSON around them: surrogates stand in for them until it is parsed.
        for line in _lines(block, "surrogateescape"):
            line_number += 1
            if line.isspace() or not line:
                continue
            try:
                record = decoder.decode(line)
            except (ValueError, RecursionError) as error:
                raise UsageError(f"{where}, line {line_number}: not valid JSON ({error}).") from error
            if not isinstance(record, dict):
                raise UsageError(f"{where}, line {line_number}: not a JSON object; write one object a line.")
            keys.update(record)
            lines.append(line)
            records.append(record)
        found |= keys
        extra, left_out = extra_columns(table, found)
        found.difference_update(left_out[MOST_LEFT_OUT:])
        present = (*TABLES[table], *(column for column in (*ARRIVAL_COLUMNS, *extra) if column in keys))
        try:
            yield {column: _json_texts(column, records, lines) for column in present}
        except RecursionError as error:
            raise UsageError(f"{where}, at or before line {line_number}: values are nested too deeply.") from error


def csv_batches(parts: Iterator[bytes], where: str, table: str, found: set[str]) -> Iterator[Batch]:
    """CSV with a header, commas, double quotes (doubled inside) and LF or CRLF; an empty field is null.

    A blank line is a record only if there is one column. Adds the header to `found`. Raises UsageError with the line
    on which the record starts for a record that has too few or too many fields or broken quotes.
    """
    csv.field_size_limit(LONGEST_LINE_BYTES)
    lines = _CsvLines(parts)
    reader = csv.reader(lines, strict=True)
    header = _csv_record(reader, 1, where) or []
    check_columns(table, where, header)
    check_distinct(where, filter(str.strip, header))
    found.update(header)
    present = (*TABLES[table], *ARRIVAL_COLUMNS, *extra_columns(table, header)[0])
    positions = {name: header.index(name) for name in present if name in header}
    while True:
        records, loaded = [], lines.loaded
        while lines.left and lines.loaded == loaded:
            start = lines.number + 1
            record = _csv_record(reader, start, where)
            if len(record) == len(header):
                records.append(record)
            elif not record:
                records.extend([[""]] if len(header) == 1 else [])
            else:
                raise UsageError(f"{where}, line {start}: {len(record)} fields where the header has {len(header)}.")
        if records:
            fields = list(zip(*records, strict=True))
            yield {name: [field or None for field in fields[position]] for name, position in positions.items()}
        if lines.left:
            continue
        block = next(parts, None)
        if block is None:
            return
        batch = _plain_csv(block, positions, len(header))
        if batch:
            lines.number += block.count(b"\n") + 1
            yield batch
        else:
            lines.load(block)


class _CsvLines:
    """The lines of a CSV file for csv.reader: one block is loaded at a time, the next when a quoted field runs on."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._lines: Iterator[str] = iter(())
        # Lines of the loaded block that were not handed out yet; the number of the last that was; blocks so far.
        self.left = 0
        self.number = 0
        self.loaded = 0

    def load(self, block: bytes) -> None:
        lines = _lines(block)
        self._lines, self.left = iter(lines), len(lines)
        self.loaded += 1

    def __iter__(self) -> "_CsvLines":
        return self

    def __next__(self) -> str:
        if not self.left:
            self.load(next(self._parts))
        self.left -= 1
        self.number += 1
        return next(self._lines) + "\n"


def _csv_record(reader: Iterator[list[str]], line_number: int, where: str) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        reason = {"new": "a carriage return outside quotes", "une": "a quote that is never closed"}.get(str(error)[:3])
        raise UsageError(
            f"{where}, line {line_number}: the record that starts here is broken ({reason or error})."
        ) from error


def _plain_csv(block: bytes, positions: dict[str, int], width: int) -> Batch | None:
    """A block without quotes or carriage returns needs no state machine: several times as fast. None if it has some,
    or if anything is wrong with it, which is then for the exact reader to name."""
    if b'"' in block or b"\r" in block or block.startswith(BYTE_ORDER_MARK):
        return None
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(block),
            read_options=arrow_csv.ReadOptions(column_names=[str(position) for position in range(width)]),
            parse_options=arrow_csv.ParseOptions(quote_char=False, ignore_empty_lines=width > 1),
            convert_options=arrow_csv.ConvertOptions(
                column_types={str(position): pa.string() for position in range(width)},
                include_columns=[str(position) for position in positions.values()],
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return {name: table.column(str(position)) for name, position in positions.items()}


class _Number(str):
    """A number inside nested JSON, as it was written: as a float, 12345678901234567.89 would lose its cents."""


_NESTED_DECODER = json.JSONDecoder(strict=False, parse_int=_Number, parse_float=_Number, parse_constant=_Number)


def _json_texts(column: str, records: list[dict[str, object]], lines: list[str]) -> list[str | None]:
    """The values of one key as text: strings and numbers as they are written, the rest as JSON."""
    values = [record.get(column) for record in records]
    types = set(map(type, values))
    if types <= {str, type(None)}:
        return values
    if types & {dict, list}:
        for record, line, value in zip(records, lines, values, strict=True):
            if _is_nested(value):
                # Decoded once more, since strings and numbers look the same in the record; once for all its columns.
                decoded = _NESTED_DECODER.decode(line)
                record.update((key, _json(item)) for key, item in decoded.items() if _is_nested(item))
        values = [record.get(column) for record in records]
    return [_json(value) if isinstance(value, bool) else value for value in values]


def _is_nested(value: object) -> bool:
    return isinstance(value, dict | list)


def _json(value: object) -> str:
    if isinstance(value, _Number):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{_json(key)}:{_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _lines(block: bytes, invalid: str = "backslashreplace") -> list[str]:
    return block.decode("utf-8", invalid).split("\n")
