"""Finds the raw files under a root folder, and refuses what could not be read completely."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from warehouse.errors import UsageError
from warehouse.raw_files.contract import TABLES, TEXT_TABLE

FORMATS = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".log": "text",
    ".txt": "text",
}
COMPRESSIONS = (".gz", ".zst")


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

    @property
    def modified_at(self) -> datetime:
        """When the file was last written: UTC without a zone, in microseconds."""
        return datetime(1970, 1, 1) + timedelta(microseconds=self.status.st_mtime_ns // 1000)


def find_files(root: Path) -> dict[str, list[RawFile]]:
    """The files of every known table, ordered by name; a table without files has an empty list.

    Names that start with `.` or `_` are skipped. Raises UsageError if the root is missing, is no folder or holds no
    table, and for whatever would otherwise be left out in silence: an unknown folder, data beside the table folders,
    a file of an unknown type.
    """
    if not os.path.exists(root):
        raise UsageError(f"The raw folder {root} does not exist: give the path of a folder with {_layout()}.")
    if not os.path.isdir(root):
        raise UsageError(f"The raw path {root} is a file: give the path of a folder with {_layout()}.")
    files: dict[str, list[RawFile]] = {table: [] for table in TABLES}
    for entry in _entries(root):
        if entry.is_dir():
            if entry.name not in TABLES:
                raise UsageError(
                    f"The folder {root / entry.name} is no raw table: rename it to one of {_names(TABLES)}."
                )
            files[entry.name] = _table_files(entry.name, root)
        elif _format(entry.name):
            raise UsageError(
                f"The file {root / entry.name} belongs in a folder named after its table: {_names(TABLES)}."
            )
    if not any(files.values()):
        raise UsageError(f"The raw folder {root} holds no table: it needs {_layout()}.")
    return files


def _table_files(table: str, root: Path) -> list[RawFile]:
    """Every file below the table's folder, links followed, each folder visited once."""
    files, folders, visited = [], [root / table], set()
    while folders:
        folder = folders.pop()
        if os.path.realpath(folder) in visited:
            continue
        visited.add(os.path.realpath(folder))
        for entry in _entries(folder):
            if entry.is_dir():
                folders.append(Path(entry.path))
            else:
                files.append(_raw_file(table, root, Path(entry.path)))
    return sorted(files, key=lambda file: file.name)


def _raw_file(table: str, root: Path, path: Path) -> RawFile:
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
            + " (all but Parquet also with .gz or .zst), or hide it with a name that starts with _."
        )
    return RawFile(table, Path(absolute), path.relative_to(root).as_posix(), format_, path.stat())


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
