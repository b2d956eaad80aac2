"""A raw folder and a warehouse to try things on, for the tests of warehouse.raw_files."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.raw_files import inspect

MODIFIED = datetime(2025, 3, 4, 5, 6, 7, 890123)


class Project:
    """A raw folder and a warehouse that already holds something."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root, self.warehouse = folder, folder / "raw", folder / "warehouse.duckdb"
        self.cache = folder / "target" / "raw_files" / "warehouse.duckdb"
        self.root.mkdir()
        with duckdb.connect(self.warehouse) as connection:
            connection.execute("create table kept as select 1 as answer")

    def write(self, name: str, content: bytes | str | pa.Table) -> Path:
        """A file below the root, as if it had been written at MODIFIED."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, pa.Table):
            pq.write_table(content, path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        moment = MODIFIED.replace(tzinfo=UTC)
        nanoseconds = int(moment.timestamp()) * 10**9 + moment.microsecond * 1000
        os.utime(path, ns=(nanoseconds, nanoseconds))
        return path

    def load(self) -> None:
        inspect(self.root, self.warehouse).register()

    def rows(self, table: str, columns: str = "* exclude (malformed_line)", time_zone: str = "UTC") -> list[tuple]:
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            connection.execute(f"set TimeZone = '{time_zone}'; set preserve_insertion_order = false")
            query = f"select {columns} from raw_files.{table} order by source_file, source_position"
            return connection.execute(query).fetchall()


def typed_users(**columns: object) -> pa.Table:
    """Parquet with active users of which some columns are replaced or added."""
    return pa.table({"user_id": [1], "is_active": [True], "updated_at": ["x"]} | columns)


def stored(folder: Path, table: str, columns: str) -> Iterator[tuple]:
    """The rows of a table, read as dbt reads them: several threads, no promise about order."""
    inspect(folder / "raw", folder / "w.duckdb").register()
    with duckdb.connect(folder / "w.duckdb") as connection:
        connection.execute("set threads = 4; set preserve_insertion_order = false; set TimeZone = 'UTC'")
        result = connection.execute(f"select {columns} from raw_files.{table} order by source_position")
        while rows := result.fetchmany(100_000):
            yield from rows
