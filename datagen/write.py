"""Writing tables of any size as files: a chunk at a time, never more than a chunk per table in memory."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from errno import EACCES
from pathlib import Path
from threading import Event
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from datagen.arrow import lines
from datagen.chunks import Maker, plan, schema
from datagen.dials import Dials
from datagen.tables import MAKERS
from datagen.text import TextFile
from warehouse.errors import UsageError

# A file is closed after this many rows; every table gets at least two.
ROWS_PER_FILE = 1_048_576
# Two tables at a time, so that one can be compressed while the other is made.
TABLES_AT_ONCE = 2
# Columns with few values: Parquet keeps these as dictionaries and does not try for the rest.
DICTIONARY_COLUMNS = (
    *("event_name", "event_type", "app_version", "client", "country", "is_active", "product_id"),
    *("quantity", "unit_price", "currency", "status", "rate_date", "loaded_at", "source_file"),
)

Progress = Callable[[str, int], None]


class File(Protocol):
    """An open output file."""

    def write(self, rows: pa.Table) -> None:
        """Append rows of the file's table."""

    def close(self) -> None:
        """Finish the file."""


class ParquetFile:
    """Parquet with zstd, a row group a chunk."""

    def __init__(self, path: Path, table: str) -> None:
        columns = schema(table)
        dictionary = [name for name in DICTIONARY_COLUMNS if name in columns.names]
        self._writer = pq.ParquetWriter(
            path, columns, compression="zstd", compression_level=1, use_dictionary=dictionary
        )

    def write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows)

    def close(self) -> None:
        self._writer.close()


class CsvFile:
    """CSV with a header: text in quotes, null as nothing between two commas."""

    def __init__(self, path: Path, table: str) -> None:
        self._writer = pa_csv.CSVWriter(path, schema(table))

    def write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows)

    def close(self) -> None:
        self._writer.close()


class JsonLinesFile:
    """One JSON object a line, every column present, null as null."""

    # Rows turned into text at once.
    SLICE = 16_384
    # What JSON must escape and the tables may hold.
    ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\r", "\\r"), ("\n", "\\n"), ("\t", "\\t"))

    def __init__(self, path: Path, table: str) -> None:
        self._file = path.open("wb")

    def write(self, rows: pa.Table) -> None:
        for begin in range(0, rows.num_rows, self.SLICE):
            self._write_slice(rows.slice(begin, self.SLICE))

    def _write_slice(self, rows: pa.Table) -> None:
        parts: list[pa.ChunkedArray | str] = []
        for name, values in zip(rows.column_names, rows.columns, strict=True):
            parts += [f'{", " if parts else "{"}"{name}": ', self._value(values)]
        self._file.write(lines(pc.binary_join_element_wise(*parts, "}", "").combine_chunks(), "\n"))
        self._file.write(b"\n")

    def close(self) -> None:
        self._file.close()

    def _value(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        if pa.types.is_integer(values.type):
            return values.cast(pa.string())
        if pa.types.is_timestamp(values.type):
            values = values.cast(pa.timestamp("s")).cast(pa.string())
        for mark, escaped in self.ESCAPES:
            values = pc.replace_substring(values, mark, escaped)
        return pc.fill_null(pc.binary_join_element_wise('"', values, '"', ""), "null")


FORMATS: dict[str, type[ParquetFile] | type[CsvFile] | type[JsonLinesFile]] = {
    "parquet": ParquetFile,
    "csv": CsvFile,
    "jsonl": JsonLinesFile,
}


@dataclass(frozen=True)
class Output:
    """Where and how to write: a folder, `parquet`, `csv` or `jsonl`, and whether app_logs becomes plain text."""

    folder: Path
    format: str = "parquet"
    text_logs: bool = False


def write_tables(
    dials: Dials, output: Output, overwrite: bool = False, progress: Progress = lambda table, units: None
) -> dict[str, int]:
    """Write every table that has rows into its own sub-folder; the rows written per table.

    `progress` is told each table's name and the units (records, or users) just done. Raises UsageError when the folder
    is in use or cannot be written.
    """
    stop = Event()
    try:
        _prepare(output.folder, overwrite)
        makers = [maker(dials) for maker in MAKERS.values()]
        with ThreadPoolExecutor(TABLES_AT_ONCE) as pool:
            writing = [pool.submit(_write_table, maker, output, progress, stop) for maker in makers]
            try:
                counts = [future.result() for future in writing]
            except BaseException:
                stop.set()
                raise
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(
            f"Cannot write to {output.folder} ({reason}): give a folder that can be written to."
        ) from error
    return {maker.table: count for maker, count in zip(makers, counts, strict=True) if count}


def _prepare(folder: Path, overwrite: bool) -> None:
    """Make the folder, empty of what this module wrote before; anything else in it is left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise PermissionError(EACCES, os.strerror(EACCES))
    if any(folder.iterdir()) and not overwrite:
        raise UsageError(f"{folder} is not empty: give another folder, or --overwrite to replace the tables in it.")
    for table in MAKERS:
        for file in (folder / table).glob("part-*"):
            file.unlink()
        if (folder / table).exists():
            (folder / table).rmdir()


def _write_table(maker: Maker, output: Output, progress: Progress, stop: Event) -> int:
    """Write one table, until it is complete or `stop` is set; the rows written."""
    chunks = list(plan(maker.total))
    if not chunks:
        return 0
    (output.folder / maker.table).mkdir()
    chunks_per_file = max(1, min(ROWS_PER_FILE // chunks[0].count, -(-len(chunks) // 2)))
    rows = 0
    for begin in range(0, len(chunks), chunks_per_file):
        file = _open(maker, output, begin // chunks_per_file, last=begin + chunks_per_file >= len(chunks))
        try:
            for chunk in chunks[begin : begin + chunks_per_file]:
                if stop.is_set():
                    return rows
                made = maker.make(chunk)
                file.write(made)
                rows += made.num_rows
                progress(maker.table, chunk.count)
        finally:
            file.close()
    return rows


def _open(maker: Maker, output: Output, number: int, last: bool) -> File:
    name = output.folder / maker.table / f"part-{number:05d}"
    if output.text_logs and maker.table == "app_logs":
        return TextFile(name.with_suffix(".log"), number == 0, last, maker.dials.malformed_share > 0)
    return FORMATS[output.format](name.with_suffix(f".{output.format}"), maker.table)
