"""Reads plain text, CSV and JSON lines exactly and in bounded memory, as batches of text columns.

A batch maps column names to equally long lists or Arrow arrays of text and nulls, one entry a record, in file order.
Columns that the table does not have come after its own, as far as they are carried along. A line that is no record of
its format is one record, of which only MALFORMED_LINE has a text. Only a line feed ends a line.
"""

import codecs
import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
from pyarrow import csv as arrow_csv

from warehouse.errors import UsageError
from warehouse.raw_contract import (
    ARRIVAL_COLUMNS,
    MALFORMED_LINE,
    PAYLOAD,
    TABLES,
    check_columns,
    check_distinct,
    extra_columns,
    is_whole_message,
)
from warehouse.raw_files.dialect import NAME as FORMAT_FILE
from warehouse.raw_files.dialect import Dialect

Batch = dict[str, Sequence[str | None] | pa.Array | pa.ChunkedArray]

# One batch is about this much text.
BLOCK_BYTES = 8 * 2**20
# Longer lines or fields mean a file of another kind, or a quote that is never closed.
LONGEST_LINE_BYTES = 256 * 2**20
# So much of a malformed line is kept.
LONGEST_MALFORMED_TEXT = 10_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# So many names of JSON keys that are left out are remembered, since data can leak into keys.
MOST_LEFT_OUT = 10
# Fewer lines are read as fast by Python as by Arrow.
FEW_LINES = 1000
# Deeper values are no data, and more than Python reads.
DEEPEST_VALUE = 200


class ChangedError(Exception):
    """What was read of a file before is not what it begins with now."""


class WentOnError(ChangedError):
    """The last line that was read had no line end, and it goes on now."""


class Content:
    """The text of a raw file as UTF-8, from a place on: blocks of whole lines, and what it takes to go on after them.

    Attributes:
        end: bytes of text up to where it has been read, those before the place included.
        ends_in_line: whether the last line that was read has no line end.
        unfinished: bytes of a last line without a line end that was left to be finished.
    """

    def __init__(self, stream: pa.NativeFile, where: str, encoding: str) -> None:
        self._where, self._encoding = where, encoding
        self._chunks = self._as_utf8(stream)
        self._checksum = hashlib.sha256()
        self.end, self.ends_in_line, self.unfinished = 0, False, 0

    @property
    def checksum(self) -> str:
        """Of all text up to the end."""
        return self._checksum.hexdigest()

    def skip(self, end: int, checksum: str, ends_in_line: bool) -> None:
        """Begin after what has been read before. Raises ChangedError where that is not there any more."""
        rest = b""
        while self.end < end:
            chunk = next(self._chunks, None)
            if chunk is None:
                raise ChangedError
            rest = chunk[end - self.end :]
            self._take(chunk[: len(chunk) - len(rest)])
        if self.checksum != checksum:
            raise ChangedError
        if ends_in_line:
            # The line that was the last had no line end yet, and has one now, or it goes on.
            while len(rest) < 2 and (chunk := next(self._chunks, None)):
                rest += chunk
            line_end = next((ending for ending in (b"\n", b"\r\n") if rest.startswith(ending)), b"")
            if rest and not line_end:
                raise WentOnError
            self._take(line_end)
            rest = rest[len(line_end) :]
            self.ends_in_line = not line_end
        self._chunks = _beginning_with(rest, self._chunks)

    def blocks(self, is_being_written: Callable[[], bool] = lambda: False, end: int | None = None) -> Iterator[bytes]:
        """The lines from here on, up to an end if one is given, in blocks without their last line feed.

        A final line feed ends the last line and starts none. A last line without one is left where the file is being
        written.
        Raises UsageError for bytes that are not of the encoding, and for absurdly long lines.
        """
        pending, size = [], 0
        for chunk in self._chunks:
            if end is not None:
                chunk = chunk[: end - self.end - size]
            if not self.end and not pending:
                self._refuse_utf_16(chunk)
                if chunk.startswith(BYTE_ORDER_MARK):
                    self._take(BYTE_ORDER_MARK)
                    chunk = chunk.removeprefix(BYTE_ORDER_MARK)
            line_end = chunk.rfind(b"\n")
            if line_end < 0:
                pending.append(chunk)
                size += len(chunk)
            else:
                yield self._block(b"".join([*pending, chunk[:line_end]]), b"\n")
                pending, size = [chunk[line_end + 1 :]], len(chunk) - line_end - 1
            if size > LONGEST_LINE_BYTES:
                raise UsageError(
                    f"{self._where} has a line longer than {LONGEST_LINE_BYTES} bytes: it is not a file of lines."
                )
            if self.end + size == end:
                break
        if size and is_being_written():
            self.unfinished = size
        elif size:
            yield self._block(b"".join(pending), b"")
            self.ends_in_line = True

    def _block(self, block: bytes, line_end: bytes) -> bytes:
        try:
            block.decode()
        except UnicodeDecodeError as error:
            raise self._not_in(self.end + error.start, block[error.start]) from None
        self._take(block)
        self._take(line_end)
        self.ends_in_line = False
        return block

    def _take(self, part: bytes) -> None:
        self._checksum.update(part)
        self.end += len(part)

    def _as_utf8(self, stream: pa.NativeFile) -> Iterator[bytes]:
        if self._encoding == "utf-8":
            while chunk := stream.read(BLOCK_BYTES):
                yield chunk
            return
        decoder, read = codecs.getincrementaldecoder(self._encoding)(), 0
        while True:
            chunk = stream.read(BLOCK_BYTES)
            before = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise self._not_in(read - before + error.start, error.object[error.start]) from None
            read += len(chunk)
            if text:
                yield text.encode()
            if not chunk:
                return

    def _not_in(self, position: int, byte: int) -> UsageError:
        return UsageError(
            f"{self._where} is no {self._encoding} text (byte {byte:02X} at position {position}): correct it, or name "
            f"the encoding that it has in {FORMAT_FILE} of its table, such as `encoding: latin-1`."
        )

    def _refuse_utf_16(self, chunk: bytes) -> None:
        if chunk[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise UsageError(f"{self._where} is UTF-16 text: write `encoding: utf-16` in {FORMAT_FILE} of its table.")


def _beginning_with(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def text_batches(parts: Iterator[bytes], table: str, found: set[str]) -> Iterator[Batch]:
    """One record a line, as it is: empty lines and carriage returns are kept."""
    (column,) = TABLES[table]
    found.add(column)
    for block in parts:
        yield {column: block.decode().split("\n")}


def json_batches(parts: Iterator[bytes], table: str, found: set[str]) -> Iterator[Batch]:
    """One JSON object a line; blank lines are no records. Numbers keep their digits, nested values are JSON text.

    A line that is a message by itself is a payload as it stands. Adds the keys that occur to `found`.
    """
    decoder = json.JSONDecoder(strict=False, parse_int=str, parse_float=str, parse_constant=str)
    for block in parts:
        lines, records, keys, malformed = [], [], set(), []
        for line in block.decode().split("\n"):
            if line.isspace() or not line:
                continue
            try:
                record = decoder.decode(line)
            except (ValueError, RecursionError):
                record = None
            if line.strip() == "null" and TABLES[table] == (PAYLOAD,):
                record = {PAYLOAD: line}
            # A short line cannot be deep.
            if isinstance(record, dict) and (len(line) < DEEPEST_VALUE or _depth(record) <= DEEPEST_VALUE):
                malformed.append(None)
                if is_whole_message(table, record):
                    record = {PAYLOAD: line}
            else:
                record = {}
                malformed.append(line[:LONGEST_MALFORMED_TEXT])
            records.append(record)
            lines.append(line)
            keys.update(record)
        found |= keys
        extra, left_out = extra_columns(table, found)
        found.difference_update(left_out[MOST_LEFT_OUT:])
        present = (*TABLES[table], *(column for column in (*ARRIVAL_COLUMNS, *extra) if column in keys))
        batch: Batch = {column: _json_texts(column, records, lines) for column in present}
        yield batch | {MALFORMED_LINE: malformed} if any(malformed) else batch


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [item for one in level for item in (one.values() if isinstance(one, dict) else one) if _is_nested(item)]
    return depth


class CsvReader:
    """Reads CSV with a header and LF or CRLF; an empty field is null, and a blank line a record only of one column.

    Of a record with too few or too many fields or with broken quotes, the first line is malformed, and reading goes on
    with the next.

    Attributes:
        header: the columns; given where the text does not begin with them.
    """

    def __init__(self, parts: Iterator[bytes], dialect: Dialect, header: Sequence[str] = ()) -> None:
        csv.field_size_limit(LONGEST_LINE_BYTES)
        self._parts, self._dialect, self.header = parts, dialect, list(header)
        self._lines = _CsvLines(parts)
        self._reader = csv.reader(
            self._lines,
            strict=True,
            delimiter=dialect.delimiter,
            quotechar=dialect.quote,
            quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
            escapechar=dialect.escape,
            doublequote=dialect.escape is None,
        )

    def batches(self, where: str, table: str, found: set[str], elsewhere: Sequence[str] = ()) -> Iterator[Batch]:
        """Adds the header to `found`. Raises UsageError for a header that lacks columns which are not elsewhere."""
        if not self.header:
            self.header = self._record() or []
            if not self.header and not self._lines.left:
                # A file without any text has no records.
                return
            check_columns(table, where, [*self.header, *elsewhere])
            check_distinct(where, filter(str.strip, self.header))
        found.update(self.header)
        present = (*TABLES[table], *ARRIVAL_COLUMNS, *extra_columns(table, self.header)[0])
        positions = {name: self.header.index(name) for name in present if name in self.header}
        block = self._lines.take_rest() if self._lines.left > FEW_LINES else None
        while True:
            yield from self._loaded(positions)
            block = block or next(self._parts, None)
            if block is None:
                return
            batch = self._plain(block, positions)
            if batch:
                yield batch
            else:
                self._lines.load(block)
            block = None

    def _record(self) -> list[str] | None:
        """The next record; None for a broken one and at the end."""
        try:
            return next(self._reader, None)
        except csv.Error:
            return None

    def _loaded(self, positions: dict[str, int]) -> Iterator[Batch]:
        """The records of the lines that are loaded; others are loaded when a field runs on."""
        width = len(self.header)
        nothing = [""] * width
        while self._lines.left:
            records, malformed, loaded = [], [], self._lines.loaded
            while self._lines.left and self._lines.loaded == loaded:
                self._lines.mark()
                record = self._record()
                if record is not None and len(record) == width:
                    records.append(record)
                    malformed.append(None)
                elif record == []:
                    records.extend([[""]] if width == 1 else [])
                    malformed.extend([None] if width == 1 else [])
                else:
                    records.append(nothing)
                    malformed.append(self._lines.back_to_second()[:LONGEST_MALFORMED_TEXT])
            if records:
                fields = list(zip(*records, strict=True))
                batch: Batch = {name: [text or None for text in fields[at]] for name, at in positions.items()}
                yield batch | {MALFORMED_LINE: malformed} if any(malformed) else batch

    def _plain(self, block: bytes, positions: dict[str, int]) -> Batch | None:
        """A block without quotes or carriage returns needs no state machine: several times as fast. None if it has
        some, or if a record is malformed."""
        special = ["\r", self._dialect.quote, self._dialect.escape]
        if any(character and character.encode() in block for character in special):
            return None
        width, delimiter = len(self.header), self._dialect.delimiter
        if len(delimiter.encode()) > 1:
            return None
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(block),
                read_options=arrow_csv.ReadOptions(column_names=[str(position) for position in range(width)]),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=delimiter, quote_char=False, ignore_empty_lines=width > 1
                ),
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


class _CsvLines:
    """The lines of a CSV file for csv.reader: one block is loaded at a time, the next when a quoted field runs on."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._lines: list[str] = []
        # Where in these lines the next is, and the first of the record that is being read; blocks so far.
        self._next = self._first = 0
        self.loaded = 0

    @property
    def left(self) -> int:
        """How many of the lines that are loaded have not been handed out."""
        return len(self._lines) - self._next

    def load(self, block: bytes) -> None:
        """Lines after those that are there; those of former records are forgotten."""
        self._lines = self._lines[self._first :] + block.decode().split("\n")
        self._next -= self._first
        self._first = 0
        self.loaded += 1

    def take_rest(self) -> bytes:
        """The lines that are left, as the block that they came in."""
        rest, self._lines = self._lines[self._next :], []
        self._next = self._first = 0
        return "\n".join(rest).encode()

    def mark(self) -> None:
        """A record begins with the next line."""
        self._first = self._next

    def back_to_second(self) -> str:
        """Hand out again what came after the first line of the record, which is returned."""
        self._next = self._first + 1
        return self._lines[self._first]

    def __iter__(self) -> "_CsvLines":
        return self

    def __next__(self) -> str:
        if not self.left:
            self.load(next(self._parts))
        self._next += 1
        return self._lines[self._next - 1] + "\n"


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
