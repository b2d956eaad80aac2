"""Converts plain text, CSV and JSON lines to Parquet once, so that every later read is exact, parallel and cheap.

DuckDB's own text readers fit raw data badly: one byte that is not UTF-8 or one stray carriage return stops them, JSON
numbers become floats, and row numbers would force a single thread on every read.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import UsageError
from warehouse.raw_files import read
from warehouse.raw_files.contract import ARRIVAL_COLUMNS, TABLES
from warehouse.raw_files.find import RawFile

# Part of every converted file's name: raise it when the conversion changes, and old files are not used again.
VERSION = 2
FOUND_COLUMNS = b"found_columns"
# The column of a converted file that holds what the table does not have: column name to text, nulls left out.
EXTRA_COLUMNS = pa.field("extra_columns", pa.map_(pa.string(), pa.string()))
# How read.json_batches marks a byte that is not UTF-8, and how it is stored.
_INVALID_BYTES = {0xDC00 + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)}


@dataclass(frozen=True)
class Converted:
    """A converted file: the table's columns as text, the arrival columns, null where the source has none, and the map
    of extra columns."""

    path: Path
    rows: int
    # The columns or keys that occur in the source, of those that are left out only some.
    found: tuple[str, ...]


def convert_file(file: RawFile, cache: Path) -> Converted:
    """The file as Parquet in the cache folder, from an earlier conversion if the file is unchanged since.

    Unchanged means: same path, size, modification and change time. A converted file appears whole or not at all.
    Raises UsageError naming the file, and the line where there is one, if the file cannot be read to its end.
    """
    status = file.status
    identity = (VERSION, str(file.path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, TABLES[file.table])
    path = cache / f"{file.table}-{hashlib.sha256(repr(identity).encode()).hexdigest()[:32]}.parquet"
    if not _is_complete(path):
        unfinished = path.with_suffix(f".{os.getpid()}.unfinished")
        try:
            _write(file, unfinished)
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    metadata = pq.read_metadata(path)
    return Converted(path, metadata.num_rows, tuple(json.loads(metadata.metadata[FOUND_COLUMNS])))


def _is_complete(path: Path) -> bool:
    """False also for what a crash of the machine may leave."""
    try:
        pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        return False
    return True


def _write(file: RawFile, target: Path) -> None:
    fields = [pa.field(column, pa.string()) for column in TABLES[file.table]]
    fields += map(pa.field, ARRIVAL_COLUMNS, (pa.timestamp("us"), pa.string(), pa.int64()))
    own = {field.name for field in fields}
    schema = pa.schema([*fields, EXTRA_COLUMNS])
    found: set[str] = set()
    with pq.ParquetWriter(target, schema, compression="zstd", compression_level=1, use_dictionary=False) as writer:
        position = 1
        for batch in _batches(file, found):
            rows = len(next(iter(batch.values())))
            where = f"{file.path}, records {position} to {position + rows - 1}"
            columns = [_column(field, batch, rows, where) for field in fields]
            columns.append(_maps({name: values for name, values in batch.items() if name not in own}, rows))
            writer.write_table(pa.table(columns, schema=schema))
            position += rows
        writer.add_key_value_metadata({FOUND_COLUMNS: json.dumps(sorted(found))})


def _batches(file: RawFile, found: set[str]) -> Iterator[read.Batch]:
    """The file's batches; whatever goes wrong below the format becomes a UsageError that names the file."""
    where = str(file.path)
    try:
        with pa.input_stream(where, compression="detect") as stream:
            blocks = read.blocks(stream, where)
            if file.format == "text":
                yield from read.text_batches(blocks, file.table, found)
            elif file.format == "json":
                yield from read.json_batches(blocks, where, file.table, found)
            else:
                yield from read.csv_batches(blocks, where, file.table, found)
    except (OSError, pa.ArrowException) as error:
        raise UsageError(f"{where} cannot be read ({str(error).splitlines()[0]}).") from error


def _column(field: pa.Field, batch: read.Batch, rows: int, where: str) -> pa.Array | pa.ChunkedArray:
    values = batch.get(field.name)
    if values is None:
        return pa.nulls(rows, field.type)
    texts = _text_array(values)
    if field.name == "loaded_at":
        return _parsed(texts, field, _parse_loaded_at, where)
    if field.name == "source_position":
        return _parsed(texts, field, _parse_position, where)
    return texts


def _maps(columns: read.Batch, rows: int) -> pa.Array:
    """One map a record, of the columns that are not null in it."""
    if not columns:
        return pa.nulls(rows, EXTRA_COLUMNS.type)
    texts = [chunk for values in columns.values() for chunk in _chunks(_text_array(values))]
    # Column after column becomes record after record.
    by_record = np.arange(rows * len(columns)).reshape(len(columns), rows).T.ravel()
    values = pa.concat_arrays(texts).take(by_record)
    names = pa.array(columns).take(np.tile(np.arange(len(columns)), rows))
    present = values.is_valid()
    counts = present.to_numpy(zero_copy_only=False).reshape(rows, len(columns)).sum(axis=1)
    offsets = np.concatenate([[0], counts.cumsum()]).astype("int32")
    return pa.MapArray.from_arrays(offsets, names.filter(present), values.filter(present))


def _chunks(texts: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    return texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]


def _text_array(values: Iterable[str | None] | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    if isinstance(values, pa.ChunkedArray):
        return values
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array([value if value is None else _without_surrogates(value) for value in values], pa.string())


def _without_surrogates(text: str) -> str:
    """Escapes what no UTF-8 text can hold: invalid bytes, and half a surrogate pair, which JSON can spell."""
    return text.translate(_INVALID_BYTES).encode("utf-8", "backslashreplace").decode()


def _parsed(
    texts: pa.Array | pa.ChunkedArray, field: pa.Field, parse: Callable[[str], object], where: str
) -> pa.ChunkedArray:
    """Parses each distinct text once; loading times repeat a lot."""
    chunks = []
    for chunk in _chunks(texts):
        encoded = chunk.dictionary_encode()
        parsed = []
        for text in encoded.dictionary.to_pylist():
            try:
                parsed.append(parse(text.strip()))
            except ValueError:
                raise UsageError(f"{where}: {field.name} holds {text[:80]!r}, which is no {field.type}.") from None
        chunks.append(pa.array(parsed, field.type).take(encoded.indices))
    return pa.chunked_array(chunks, field.type)


def _parse_loaded_at(text: str) -> datetime | None:
    """An ISO timestamp as naive UTC; without an offset it already is UTC; blank is None. Raises ValueError."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    try:
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise ValueError(text) from error


def _parse_position(text: str) -> int | None:
    if not text:
        return None
    if not text.removeprefix("-").isdecimal() or not -(2**63) <= int(text) < 2**63:
        raise ValueError(text)
    return int(text)
