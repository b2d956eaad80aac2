"""The DuckDB file of the warehouse: where it is, how it is opened, and in one sentence why it cannot be."""

from __future__ import annotations

import os
import re
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakSet

from warehouse.errors import PassingError, UsageError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# How files are made, whoever opens one first; profiles.yml says the same to dbt. The newest format that every DuckDB
# since 1.5.0 reads. DuckDB 2.0 knows a newer one, which is neither smaller nor faster here, and shuts other programs
# out until they have DuckDB 2 too.
NEWEST_FORMAT = {"storage_compatibility_version": "v1.5.0"}

ELSEWHERE = "set WAREHOUSE_DUCKDB to another file"
# A DuckDB file has these bytes after a checksum of eight.
_MAGIC = b"DUCK"
# What this process has opened to write, by file.
_opened: defaultdict[Path, WeakSet[DuckDBPyConnection]] = defaultdict(WeakSet)


def warehouse_file(project: Path) -> Path:
    """The file that profiles.yml names: a relative WAREHOUSE_DUCKDB begins at the project's folder."""
    return Path(os.path.abspath(project / os.path.expanduser(os.environ.get("WAREHOUSE_DUCKDB") or "warehouse.duckdb")))


def open_to_write(path: Path) -> DuckDBPyConnection:
    """Open the file, or make it. Nobody else can open it until the connection is closed; dbt in this process can.

    Raises UsageError with what is in the way.
    """
    import duckdb

    _check_memory_limit()
    _check_file(path)
    check_folder(path.parent, f"The folder {path.parent}", ELSEWHERE)
    try:
        connection = duckdb.connect(path, config=NEWEST_FORMAT)
    except (duckdb.Error, OSError) as error:
        raise problem(path, str(error)) from error
    _opened[path].add(connection)
    return connection


def open_to_read(path: Path) -> DuckDBPyConnection:
    """Open a file that is there, beside others who read it. Raises UsageError with what is in the way."""
    import duckdb

    if not path.exists():
        raise UsageError("There is no warehouse yet; run `make build` first.")
    _check_file(path)
    try:
        return duckdb.connect(path, read_only=True, config={"memory_limit": _check_memory_limit()})
    except (duckdb.Error, OSError) as error:
        raise problem(path, str(error)) from error


def said_of_query(error: Exception) -> str:
    """What DuckDB says of a query that cannot be run, in one line and without the query that follows it."""
    return " ".join(str(error).partition("LINE ")[0].split()).rstrip(".!? ")


def check_folder(folder: Path, name: str, otherwise: str) -> None:
    """Raise UsageError unless files can be written in the folder, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UsageError(
            f"{name} cannot be written to ({error.strerror}): make it writable, or {otherwise}."
        ) from error


def problem(path: Path, message: str) -> UsageError:
    """What DuckDB says when it cannot open the file, as an error of one sentence; a PassingError if it is in use."""
    if "Conflicting lock" in message or "being used by another process" in message:
        return PassingError(
            f"{path} is in use by {_holder(message)}: wait until that has ended or end it, or {ELSEWHERE}."
        )
    return UsageError(_sentence(path, message))


def _sentence(path: Path, message: str) -> str:
    if version := re.search(r"database file with version number (\d+)", message):
        import duckdb

        return (
            f"{path} was made by another version of DuckDB (its storage version is {version[1]}), which DuckDB "
            f"{duckdb.__version__} cannot read: use the version that made it, or {ELSEWHERE}."
        )
    reason = message.splitlines()[0].removeprefix("IO Error: ")
    if refused := re.search(r"(Permission denied|Read-only file system)", message):
        return f"{path} cannot be written to ({refused[1]}): make it writable, or {ELSEWHERE}."
    if re.search(r"No space left on device|File too large|Disk quota exceeded", message):
        return f"The disk of {path} is full ({reason}): make room and run this again, or {ELSEWHERE}."
    return f"{path} cannot be opened ({reason}): {ELSEWHERE}."


def _check_file(path: Path) -> None:
    """Raise UsageError when what is there is no DuckDB file, or nothing can be there."""
    # Where a process closes a file that it has read, it loses its lock on it, and others could write to the warehouse.
    if _opened[path]:
        return
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder and no DuckDB file: {ELSEWHERE}.")
        if not path.parent.is_dir():
            raise UsageError(f"There is no folder {path.parent} for {path.name}: create it, or {ELSEWHERE}.")
        if not path.exists():
            return
        if not path.is_file():
            raise UsageError(f"{path} is a device and no DuckDB file: {ELSEWHERE}.")
        with path.open("rb") as file:
            start = file.read(12)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({getattr(error, 'strerror', error)}): {ELSEWHERE}.") from error
    if not start:
        raise UsageError(f"{path} is empty and no DuckDB file: remove it, so that a build makes it, or {ELSEWHERE}.")
    if not start.endswith(_MAGIC):
        raise UsageError(f"{path} is no DuckDB file: {ELSEWHERE}.")


def _check_memory_limit() -> str:
    """WAREHOUSE_MEMORY_LIMIT, as profiles.yml gives it to DuckDB. Raises UsageError when DuckDB knows no such size."""
    import duckdb

    limit = os.environ.get("WAREHOUSE_MEMORY_LIMIT", "3GB")
    try:
        duckdb.connect(config={"memory_limit": limit}).close()
    except duckdb.Error as error:
        raise UsageError(f"WAREHOUSE_MEMORY_LIMIT={limit} is no size; write it like 3GB.") from error
    return limit


def _holder(message: str) -> str:
    """The process that has the file open, with its command where the system tells it."""
    found = re.search(r"held in (.+?) \(PID (\d+)\)", message)
    if not found:
        return "another program"
    program, process = found.groups()
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        program = b" ".join(words).decode(errors="replace") or program
    except OSError:
        pass
    return f"process {process} ({program if len(program) <= 100 else program[:99] + '…'})"
