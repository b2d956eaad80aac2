"""Finds the raw files under a root folder, and refuses what could not be read completely."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from warehouse.errors import UsageError
from warehouse.raw_contract import ARRIVAL_COLUMNS, MALFORMED_LINE, NAMES_OF_SCANS, TABLES, TEXT_TABLE
from warehouse.raw_files.dialect import Dialect, read_dialect

FORMATS = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".log": "text",
    ".txt": "text",
}
COMPRESSIONS = (".gz", ".zst", ".bz2")
# Of a folder that is a table of one of these, some files hold records that were removed from it.
TABLE_FORMATS = {"_delta_log": "Delta", ".hoodie": "Hudi", "metadata": "Iceberg"}
# What a folder cannot say: an arrival is one of a record.
NO_PATH_COLUMNS = ("", *ARRIVAL_COLUMNS, MALFORMED_LINE, *NAMES_OF_SCANS)
# How Hive and Spark write a null in the name of a folder.
NULL_IN_PATH = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class RawFile:
    """One file of one table."""

    table: str
    # Absolute.
    path: Path
    # Relative to the root, with forward slashes: what `source_file` says when the file does not say it.
    name: str
    # A value of FORMATS.
    format: str
    status: os.stat_result
    dialect: Dialect
    # What the folders of the table above it say, such as `day=2025-01-01`: column and value.
    path_columns: tuple[tuple[str, str | None], ...] = ()

    @property
    def modified_at(self) -> datetime:
        """When the file was last written: UTC without a zone, in microseconds."""
        return datetime(1970, 1, 1) + timedelta(microseconds=self.status.st_mtime_ns // 1000)

    @property
    def is_compressed(self) -> bool:
        """Whether it is only written as a whole."""
        return self.path.suffix.lower() in COMPRESSIONS

    @property
    def identity(self) -> list[object]:
        """What is another when somebody has touched the file, or said that it is to be read otherwise."""
        status = self.status
        numbers = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev, status.st_ino)
        return [*numbers, *vars(self.dialect).values(), *(f"{name}={value}" for name, value in self.path_columns)]


def find_files(root: Path, known: frozenset[str] = frozenset()) -> tuple[dict[str, list[RawFile]], list[str]]:
    """The files of every known table, ordered by name, and sentences about files that are left out.

    A table without files has an empty list. Names that start with `.` or `_` are skipped. A file that is there under
    several names counts once, by a name in `known` or the first. Raises UsageError if the root is missing, is no folder
    or holds no table, and for whatever would otherwise be left out in silence: an unknown folder, data beside the table
    folders, a file of an unknown type.
    """
    if not os.path.exists(root):
        raise UsageError(f"The raw folder {root} does not exist: give the path of a folder with {_layout()}.")
    if not os.path.isdir(root):
        raise UsageError(f"The raw path {root} is a file: give the path of a folder with {_layout()}.")
    files: dict[str, list[RawFile]] = {table: [] for table in TABLES}
    notices: list[str] = []
    for entry in _entries(root):
        if entry.is_dir():
            if entry.name not in TABLES:
                raise UsageError(
                    f"The folder {root / entry.name} is no raw table: rename it to one of {_names(TABLES)}."
                )
            files[entry.name] = _counted_once(_table_files(entry.name, root), known, notices)
        elif _format(entry.name):
            raise UsageError(
                f"The file {root / entry.name} belongs in a folder named after its table: {_names(TABLES)}."
            )
    if not any(files.values()):
        raise UsageError(f"The raw folder {root} holds no table: it needs {_layout()}.")
    return files, notices


def _table_files(table: str, root: Path) -> list[RawFile]:
    """Every file below the table's folder, links followed, each folder visited once."""
    files, folders, visited = [], [root / table], set()
    dialect = read_dialect(root / table)
    while folders:
        folder = folders.pop()
        if os.path.realpath(folder) in visited:
            continue
        visited.add(os.path.realpath(folder))
        _refuse_table_format(folder)
        for entry in _entries(folder):
            if entry.is_dir():
                folders.append(Path(entry.path))
            else:
                files.append(_raw_file(table, root, Path(entry.path), dialect))
    return sorted(files, key=lambda file: file.name)


def _refuse_table_format(folder: Path) -> None:
    for name, table_format in TABLE_FORMATS.items():
        inside = folder / name
        if inside.is_dir() and (table_format != "Iceberg" or any(inside.glob("*.metadata.json"))):
            raise UsageError(
                f"{folder} is a table of {table_format}, and some of its files hold records that were removed from it: "
                "write what the table holds now into Parquet files of their own, or load it and name its schema: "
                "RAW_SCHEMA=…."
            )


def _counted_once(files: list[RawFile], known: frozenset[str], notices: list[str]) -> list[RawFile]:
    by_file: dict[tuple[int, int], RawFile] = {}
    for file in files:
        key = (file.status.st_dev, file.status.st_ino)
        first = by_file.setdefault(key, file)
        if first is not file:
            counted, left_out = (file, first) if file.name in known and first.name not in known else (first, file)
            by_file[key] = counted
            notices.append(f"{left_out.name} is the same file as {counted.name}, which is counted once.")
    return sorted(by_file.values(), key=lambda file: file.name)


def _raw_file(table: str, root: Path, path: Path, dialect: Dialect) -> RawFile:
    if not os.path.isfile(path):
        raise UsageError(
            f"{path} is not a file that can be read (a broken link, a pipe or a lack of rights): remove it."
        )
    absolute = os.path.abspath(path)
    if not _is_unicode(absolute):
        raise UsageError(f"The path {absolute!r} is not UTF-8 text, which the warehouse cannot store: rename the file.")
    format_ = _format(path.name)
    if format_ is None or (format_ == "text" and table != TEXT_TABLE):
        raise UsageError(
            f"{path} is of a type that {table} cannot be read from: use .parquet, .csv or .jsonl"
            + (", .log or .txt" if table == TEXT_TABLE else "")
            + f" (all but Parquet also with {' or '.join(COMPRESSIONS)}), or hide it with a name that starts with _."
        )
    relative = path.relative_to(root)
    in_path = [
        name.split("=", 1) for name in relative.parts[1:-1] if name.split("=")[0] not in (name, *NO_PATH_COLUMNS)
    ]
    columns = tuple((name, None if value == NULL_IN_PATH else unquote(value)) for name, value in in_path)
    return RawFile(table, Path(absolute), relative.as_posix(), format_, path.stat(), dialect, columns)


def _format(name: str) -> str | None:
    stem, extension = os.path.splitext(name.lower())
    if extension in COMPRESSIONS:
        format_ = FORMATS.get(os.path.splitext(stem)[1])
        return None if format_ == "parquet" else format_
    return FORMATS.get(extension)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return sorted((e for e in os.scandir(folder) if e.name[0] not in "._"), key=lambda entry: entry.name)
    except OSError as error:
        raise UsageError(f"The folder {folder} cannot be listed ({error.strerror}).") from error


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _names(names: object) -> str:
    return ", ".join(names)


def _layout() -> str:
    return f"one sub-folder of files per table ({_names(TABLES)})"
