"""Converts plain text, CSV and JSON lines to Parquet once, so that every later read is exact, parallel and cheap.

DuckDB's own text readers fit raw data badly: one malformed line or one stray carriage return stops them, JSON numbers
become floats, and row numbers would force a single thread on every read.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse.errors import UsageError
from warehouse.raw_contract import ARRIVAL_COLUMNS, MALFORMED_LINE, TABLES, TIME_COLUMNS
from warehouse.raw_files import read
from warehouse.raw_files.arrival import position_of, time_of
from warehouse.raw_files.find import RawFile
from warehouse.raw_files.known import changed

# Part of every converted file's name: raise it when the conversion changes, and old files are not used again.
VERSION = 4
PARTS = b"parts"
# The column of a converted file that holds what the table does not have: column name to text, nulls left out.
EXTRA_COLUMNS = pa.field("extra_columns", pa.map_(pa.string(), pa.string()))
# Columns that hold few different values.
REPEATED = ["loaded_at", "source_file"]
# A file whose last line has no line end is looked at again this long after it was written to: it may be growing.
SECONDS_TO_FINISH_A_LINE = 2


@dataclass(frozen=True)
class Part:
    """What is to be read of a raw file at one time.

    Attributes:
        file: the file.
        loaded_at: of records that do not say theirs: UTC without a zone.
        start: bytes of text (as UTF-8) that have been read before.
        checksum: of these.
        ends_in_line: whether they end within a line.
        header: the columns of CSV, where the part does not begin with them.
        records: how many have been read before.
        end: bytes of text up to where it is read; none for all there is.
    """

    file: RawFile
    loaded_at: datetime
    start: int = 0
    checksum: str = ""
    ends_in_line: bool = False
    header: tuple[str, ...] = ()
    records: int = 0
    end: int | None = None

    @property
    def identity(self) -> str:
        """What the converted text depends on."""
        name, columns = f"{self.file.path} {self.file.name}", TABLES[self.file.table]
        place = (self.start, self.checksum, self.end, self.header, self.records)
        return repr((VERSION, name, self.file.identity, self.loaded_at, *place, columns))


@dataclass(frozen=True)
class ConvertedPart:
    """What became of a part.

    Attributes:
        name: of the file.
        end: bytes of text up to where the file has been read.
        checksum: of these.
        ends_in_line: whether they end within a line.
        header: the columns of CSV.
        records: how many the part has.
        found: the columns or keys that occur, of those that are left out only some.
        newest: the last time of arrival, ISO 8601; none without records.
        unfinished: bytes of a last line that was left to be finished.
    """

    name: str
    end: int
    checksum: str
    ends_in_line: bool
    header: tuple[str, ...]
    records: int
    found: tuple[str, ...]
    newest: str | None
    unfinished: int


def convert(table: str, parts: Sequence[Part], cache: Path) -> tuple[Path, list[ConvertedPart]]:
    """Parts of one table as one Parquet file in the cache folder, from an earlier conversion if there is one.

    Columns: the table's, the arrival columns, MALFORMED_LINE, EXTRA_COLUMNS. It appears whole or not at all. Raises
    UsageError naming the file that cannot be read to its end, or of which what was read before has changed.
    """
    identity = "\n".join(part.identity for part in parts)
    path = cache / f"{table}-{hashlib.sha256(identity.encode()).hexdigest()[:32]}.parquet"
    if not is_complete(path):
        unfinished = path.with_suffix(f".{os.getpid()}.unfinished")
        try:
            _write(table, parts, unfinished)
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    return path, parts_in(path)


def is_complete(path: Path) -> bool:
    """Whether a converted file is there; false also for what a crash of the machine may leave."""
    try:
        pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        return False
    return True


def goes_on(part: Part) -> bool:
    """Whether the line that was read last, and had no line end, goes on now."""
    with pa.input_stream(str(part.file.path), compression="detect") as stream:
        try:
            content = read.Content(stream, str(part.file.path), part.file.dialect.encoding)
            content.skip(part.start, part.checksum, part.ends_in_line)
        except read.ChangedError as error:
            return isinstance(error, read.WentOnError)
    return False


def parts_in(path: Path) -> list[ConvertedPart]:
    """The parts that a converted file holds."""
    written = json.loads(pq.read_metadata(path).metadata[PARTS])
    return [ConvertedPart(**one | {"header": tuple(one["header"]), "found": tuple(one["found"])}) for one in written]


def _write(table: str, parts: Sequence[Part], target: Path) -> None:
    fields = [pa.field(column, pa.string()) for column in TABLES[table]]
    fields += map(pa.field, ARRIVAL_COLUMNS, (pa.timestamp("us"), pa.string(), pa.int64()))
    schema = pa.schema([*fields, pa.field(MALFORMED_LINE, pa.string()), EXTRA_COLUMNS])
    converted = []
    with pq.ParquetWriter(target, schema, compression="zstd", compression_level=1, use_dictionary=REPEATED) as writer:
        # Records of many small files share row groups.
        small: list[pa.Table] = []
        size = 0
        for part in parts:
            reading = _Reading(part)
            for batch in reading.batches():
                small.append(reading.table(batch, schema))
                size += small[-1].nbytes
                if size >= read.BLOCK_BYTES:
                    writer.write_table(pa.concat_tables(small))
                    small, size = [], 0
            converted.append(asdict(reading.converted()))
        if small:
            writer.write_table(pa.concat_tables(small))
        writer.add_key_value_metadata({PARTS: json.dumps(converted)})


class _Reading:
    """Reads one part of a file."""

    def __init__(self, part: Part) -> None:
        self.part, self.file, self.where = part, part.file, str(part.file.path)
        self.found: set[str] = set()
        self.header, self.records = part.header, 0
        self.newest: datetime | None = None
        self.content: read.Content | None = None

    def batches(self) -> Iterator[read.Batch]:
        """Whatever goes wrong below the format becomes a UsageError that names the file."""
        file, part = self.file, self.part
        try:
            with pa.input_stream(self.where, compression="detect") as stream:
                self.content = read.Content(stream, self.where, file.dialect.encoding)
                if part.start:
                    self.content.skip(part.start, part.checksum, part.ends_in_line)
                blocks = self.content.blocks(self._is_being_written, part.end)
                if file.format == "text":
                    yield from read.text_batches(blocks, file.table, self.found)
                elif file.format == "json":
                    yield from read.json_batches(blocks, file.table, self.found)
                else:
                    reader = read.CsvReader(blocks, file.dialect, self.header)
                    in_path = [column for column, _ in file.path_columns]
                    yield from reader.batches(self.where, file.table, self.found, in_path)
                    self.header = tuple(reader.header)
        except read.ChangedError:
            raise changed(file.name) from None
        except (OSError, pa.ArrowException) as error:
            raise UsageError(f"{self.where} cannot be read ({str(error).splitlines()[0]}).") from error

    def _is_being_written(self) -> bool:
        """Whether the file changes while one waits; only one that was written to just now is waited for."""
        status = self.file.status
        if self.file.is_compressed or self.part.end is not None:
            return False
        time.sleep(max(0.0, min(SECONDS_TO_FINISH_A_LINE, status.st_mtime + SECONDS_TO_FINISH_A_LINE - time.time())))
        now = self.file.path.stat()
        return (now.st_size, now.st_mtime_ns) != (status.st_size, status.st_mtime_ns)

    def table(self, batch: read.Batch, schema: pa.Schema) -> pa.Table:
        """A batch as it is stored, with what the file does not say of its arrival."""
        rows = len(next(iter(batch.values())))
        first = self.part.records + self.records + 1
        own = set(schema.names) - {EXTRA_COLUMNS.name}
        for column, value in self.file.path_columns:
            batch.setdefault(column, [value] * rows)
            self.found.add(column)
        texts = {name: _text_array(values) for name, values in batch.items()}
        if self.file.dialect.time_zone != "UTC":
            zone = ZoneInfo(self.file.dialect.time_zone)
            for name in TIME_COLUMNS & set(texts):
                texts[name] = _each_distinct(texts[name], pa.string(), lambda text: _in_utc(text, zone))
        texts |= self._arrival(texts, rows, first)
        self.records += rows
        columns = [texts.get(field.name, pa.nulls(rows, field.type)) for field in list(schema)[:-1]]
        columns.append(_maps({name: values for name, values in texts.items() if name not in own}, rows))
        return pa.table(columns, schema=schema)

    def _arrival(self, texts: dict[str, pa.Array], rows: int, first: int) -> dict[str, pa.Array]:
        """The arrival columns, filled. What cannot be read in them makes a record malformed."""
        nothing = pa.nulls(rows, pa.string())
        given = {name: texts.get(name, nothing) for name in ARRIVAL_COLUMNS}
        parsers = {"loaded_at": (pa.timestamp("us"), time_of), "source_position": (pa.int64(), position_of)}
        malformed = texts.get(MALFORMED_LINE, nothing)
        parsed: dict[str, pa.Array] = {}
        for name, (type_, parse) in parsers.items():
            is_blank = pc.fill_null(pc.equal(pc.utf8_trim(given[name], " "), ""), True)
            parsed[name] = _each_distinct(given[name], type_, parse)
            is_bad = pc.and_(pc.invert(is_blank), pc.is_null(parsed[name]))
            if pc.any(is_bad).as_py():
                said = pc.binary_join_element_wise(name, pc.utf8_slice_codeunits(given[name], 0, 80), "=")
                malformed = pc.coalesce(malformed, pc.if_else(is_bad, said, None))
        loaded_at = pc.fill_null(parsed["loaded_at"], pa.scalar(self.part.loaded_at, pa.timestamp("us")))
        if rows:
            newest = pc.max(loaded_at).as_py()
            self.newest = max(newest, self.newest or newest)
        # A position means nothing in another file than its own: both come from the record or neither.
        is_given = pc.and_(
            pc.fill_null(pc.not_equal(given["source_file"], ""), False), pc.is_valid(parsed["source_position"])
        )
        positions = pa.array(np.arange(first, first + rows), pa.int64())
        return {
            "loaded_at": loaded_at,
            "source_file": pc.if_else(is_given, given["source_file"], self.file.name),
            "source_position": pc.if_else(is_given, parsed["source_position"], positions),
            MALFORMED_LINE: malformed,
        }

    def converted(self) -> ConvertedPart:
        """What it came to, at the end."""
        content, newest = self.content, self.newest.isoformat() if self.newest else None
        # The columns of a header count also where no record follows.
        found = tuple(sorted(self.found))
        place = (self.file.name, content.end, content.checksum, content.ends_in_line)
        return ConvertedPart(*place, self.header, self.records, found, newest, content.unfinished)


def _maps(columns: dict[str, pa.Array], rows: int) -> pa.Array:
    """One map a record, of the columns that are not null in it."""
    if not columns:
        return pa.nulls(rows, EXTRA_COLUMNS.type)
    # Column after column becomes record after record.
    by_record = np.arange(rows * len(columns)).reshape(len(columns), rows).T.ravel()
    values = pa.concat_arrays(list(columns.values())).take(by_record)
    names = pa.array(columns).take(np.tile(np.arange(len(columns)), rows))
    present = values.is_valid()
    counts = present.to_numpy(zero_copy_only=False).reshape(rows, len(columns)).sum(axis=1)
    offsets = np.concatenate([[0], counts.cumsum()]).astype("int32")
    return pa.MapArray.from_arrays(offsets, names.filter(present), values.filter(present))


def _text_array(values: Iterable[str | None] | pa.ChunkedArray) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        # Half a surrogate pair, which JSON can spell and no UTF-8 text can hold.
        escaped = [value and value.encode("utf-8", "backslashreplace").decode() for value in values]
        return pa.array(escaped, pa.string())


def _each_distinct(texts: pa.Array, type_: pa.DataType, parse: Callable[[str], object]) -> pa.Array:
    """Parses each distinct text once; times repeat a lot."""
    encoded = texts.dictionary_encode()
    return pa.array(map(parse, encoded.dictionary.to_pylist()), type_).take(encoded.indices)


def _in_utc(text: str, zone: ZoneInfo) -> str:
    """A time without an offset as the same instant with one; any other text as it is."""
    moment = time_of(text, zone)
    return text if moment is None or moment == time_of(text) else f"{moment}+00:00"
