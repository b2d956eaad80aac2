"""What a warehouse has read of which raw file: `raw_files.known_files`, written in the transaction of the views.

A file is known by its name below the root. Its records keep the time of arrival under which they were read first,
whatever happens to the file's own time; only lines after those that are known are new.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from warehouse.duckdb_files import NEWEST_FORMAT, problem
from warehouse.errors import UsageError

if TYPE_CHECKING:
    from warehouse.raw_files.find import RawFile

# As macros/incremental/progress.sql records it.
_NOT_BUILT = """
    insert into staging.model_state
    select relation_name, max(run_number) + 1, '{"build": null}', cast(now() as timestamp)
    from staging.model_state
    where relation_name like 'base_%' and json_exists(state, '$.inputs."' || ? || '"')
    group by relation_name
"""
TABLE = "known_files"
COLUMNS = ("source_file", "state")


@dataclass(frozen=True)
class KnownPart:
    """What was read of a file at one time.

    Attributes:
        end: bytes of text (of Parquet, of the file) up to where it was read.
        checksum: of these.
        ends_in_line: whether they end within a line.
        last_record: how many records the file had up to there.
        loaded_at: of those of the part that do not say theirs: ISO 8601, UTC.
        found: columns or keys.
        newest: the last time of arrival, ISO 8601; none without records.
        stored_in: the converted file that holds them; none for Parquet.
    """

    end: int
    checksum: str
    ends_in_line: bool
    last_record: int
    loaded_at: str
    found: Sequence[str]
    newest: str | None
    stored_in: str | None


@dataclass(frozen=True)
class KnownFile:
    """A raw file that was read.

    Attributes:
        name: relative to the root.
        identity: of the file when it was read last; see RawFile.identity.
        parts: what was read, in this order.
        header: the columns of CSV.
        types: of the columns of Parquet, by name.
        says_its_arrival: see ParquetSource.
    """

    name: str
    identity: Sequence[object]
    parts: Sequence[KnownPart]
    header: Sequence[str] = ()
    types: Sequence[Sequence[str]] = ()
    says_its_arrival: bool = False

    @property
    def table(self) -> str:
        return self.name.split("/")[0]

    @property
    def source(self) -> dict[str, object]:
        """What a ParquetSource has beside its names."""
        (part,) = self.parts
        return {
            "modified_at": datetime.fromisoformat(part.loaded_at),
            "rows": part.last_record,
            "types": tuple((column, type_) for column, type_ in self.types),
            "says_its_arrival": self.says_its_arrival,
            "newest": part.newest,
        }

    @property
    def newest(self) -> str:
        """The last time of arrival of any record, ISO 8601; empty without records."""
        return max((part.newest or "" for part in self.parts), default="")

    def is_unchanged(self, file: RawFile) -> bool:
        """Whether nobody has touched it since."""
        return list(self.identity) == file.identity

    def is_read_otherwise(self, file: RawFile) -> bool:
        """Whether it was read by another `_format.yml`."""
        return bool(self.parts and self.identity) and list(self.identity[5:10]) != file.identity[5:10]


@dataclass
class KnownFiles:
    """All of them, by name, and a checksum of the views that show them."""

    files: dict[str, KnownFile] = field(default_factory=dict)
    views: str = ""

    def check_that_none_is_gone(self, found: Iterable[str], kept_from: str | None) -> None:
        """Raises UsageError naming files that were read and are not there any more; before `kept_from` they may be."""
        gone = sorted(
            name
            for name in set(self.files) - set(found)
            if self.files[name].parts and not self._may_go(name, kept_from)
        )
        if gone:
            more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
            raise UsageError(
                f"{gone[0]}{more} was read before and is not there any more: bring it back; if that is meant, say "
                f"so with `make forget-file FILE={gone[0]}`, or with raw_kept_from for all that arrived before a day."
            )

    def _may_go(self, name: str, kept_from: str | None) -> bool:
        return kept_from is not None and self.files[name].newest < kept_from


def changed(name: str) -> UsageError:
    """The sentence about a file of which what was read before is not there any more."""
    return UsageError(
        f"{name} does not begin with what was read of it before (it was cut, emptied or written anew): bring the "
        f"former file back, and new records in another; if it is meant, say so with `make forget-file FILE={name}`."
    )


def read_known(warehouse: Path, schema: str = "raw_files") -> KnownFiles:
    """What the warehouse knows; nothing where it is not there yet. Raises UsageError when it cannot be read."""
    if not warehouse.exists():
        return KnownFiles()
    try:
        with _reading(warehouse) as connection:
            if not _is_there(connection, schema):
                return KnownFiles()
            rows = connection.execute(f'select {", ".join(COLUMNS)} from "{schema}".{TABLE}').fetchall()
            (views,) = connection.execute(
                "select comment from duckdb_tables() where database_name = current_database() and schema_name ilike $1 "
                "and table_name ilike $2",
                [schema, TABLE],
            ).fetchone()
    except (duckdb.Error, OSError) as error:
        raise problem(warehouse, str(error)) from error
    known = {}
    for name, state in rows:
        values = json.loads(state)
        values["parts"] = tuple(KnownPart(**part) for part in values["parts"])
        known[name] = KnownFile(name, **values)
    return KnownFiles(known, views or "")


def _reading(warehouse: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(warehouse, read_only=True)
    except duckdb.ConnectionException:
        # This process holds it to write.
        return duckdb.connect(warehouse, config=NEWEST_FORMAT)


def write_known(connection: duckdb.DuckDBPyConnection, files: Iterable[KnownFile], views: str, schema: str) -> None:
    """Replace what the warehouse knows, in the transaction of the caller; `views` is a checksum of them."""
    if not _is_there(connection, schema):
        connection.execute(f'create table "{schema}".{TABLE} (source_file varchar, state varchar)')
    connection.execute(f'delete from "{schema}".{TABLE}')
    rows = [[file.name, _state(file)] for file in files]
    for first in range(0, len(rows), 1000):
        some = rows[first : first + 1000]
        places = ", ".join(["(?, ?)"] * len(some))
        connection.execute(f'insert into "{schema}".{TABLE} values {places}', [value for row in some for value in row])
    connection.execute(f"comment on table \"{schema}\".{TABLE} is '{views}'")


def mark_not_built(connection: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> None:
    """Record of what is made of raw tables that it is not built: the next run builds it in full, and its readers."""
    is_there = connection.execute(
        "select count(*) from duckdb_tables() where database_name = current_database() and schema_name = 'staging' "
        "and table_name = 'model_state'"
    ).fetchone()[0]
    for table in tables if is_there else ():
        connection.execute(_NOT_BUILT, [table])


def _state(file: KnownFile) -> str:
    state = {name: value for name, value in vars(file).items() if name != "name"}
    return json.dumps(state | {"parts": [vars(part) for part in file.parts]}, default=str)


def _is_there(connection: duckdb.DuckDBPyConnection, schema: str) -> bool:
    """Raises UsageError where something else has the name."""
    rows = connection.execute(
        "select column_name from duckdb_columns() where database_name = current_database() and schema_name ilike $1 "
        "and table_name ilike $2 order by column_index",
        [schema, TABLE],
    ).fetchall()
    if rows and tuple(name for (name,) in rows) != COLUMNS:
        raise UsageError(
            f"{schema}.{TABLE} was not made from raw files, and RAW needs the name: move it to a schema of its own."
        )
    return bool(rows)
