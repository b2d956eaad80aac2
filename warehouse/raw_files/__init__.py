"""Raw tables from a folder of files: checks the files, then shows them in a warehouse as views.

    folder = inspect(Path("landing"), Path("warehouse.duckdb"))
    folder.register()

The layout is `<root>/<table>/**/<file>`. Parquet is read where it lies; plain text, CSV and JSON lines are converted
to Parquet once, in a cache next to the warehouse.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.duckdb_files import NEWEST_FORMAT
from warehouse.errors import UsageError
from warehouse.raw_files.contract import (
    ARRIVAL_COLUMNS,
    MOST_EXTRA_COLUMNS,
    TABLES,
    check_columns,
    check_distinct,
    extra_columns,
)
from warehouse.raw_files.convert import Converted, convert_file
from warehouse.raw_files.find import RawFile, find_files
from warehouse.raw_files.views import (
    ParquetSource,
    check_only_views_over_files,
    parquet_source,
    text_literal,
    view_query,
)

__all__ = ["ARRIVAL_COLUMNS", "TABLES", "RawFolder", "RawTable", "inspect"]


@dataclass(frozen=True)
class RawTable:
    """One raw table: its files as Parquet."""

    name: str
    sources: tuple[ParquetSource, ...]
    # Columns of the files that the table does not have, by name: those that the view carries along, and those that it
    # leaves out (of JSON keys only some).
    extra_columns: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Records in all files."""
        return sum(source.rows for source in self.sources)

    @property
    def notice(self) -> str:
        """A sentence about what is left out, empty if nothing is."""
        if not self.left_out:
            return ""
        names = ", ".join(map(repr, self.left_out[:5])) + (" and more" if len(self.left_out) > 5 else "")
        return f"{self.name}: left out, for only {MOST_EXTRA_COLUMNS} new columns with plain names are taken: {names}"


@dataclass(frozen=True)
class RawFolder:
    """A folder of raw files that were all found readable, and the warehouse they are meant for."""

    root: Path
    warehouse: Path
    cache: Path
    # Every table of the contract, also those without files.
    tables: dict[str, RawTable]

    def register(self, schema: str = "raw_files") -> None:
        """Creates or replaces one view per table in the warehouse, in one transaction.

        Columns: the table's, all VARCHAR; then loaded_at TIMESTAMP (UTC), source_file VARCHAR, source_position BIGINT;
        then the extra columns, all VARCHAR, null where a file does not have them.
        The views name files by absolute path, because other processes read them later: they hold until the files are
        moved or the cache is removed. Raises UsageError if the warehouse cannot be written, or has something else of
        one of these names; it is then as before.
        """
        try:
            with duckdb.connect(self.warehouse, config=NEWEST_FORMAT) as connection:
                check_only_views_over_files(connection, schema)
                connection.begin()
                connection.execute(f'create schema if not exists "{schema}"')
                for table in self.tables.values():
                    view = f'"{schema}".{table.name}'
                    query = view_query(table.name, table.sources, table.extra_columns)
                    connection.execute(f"create or replace view {view} as\n{query}")
                    # Later commands read the same folder unless they are told otherwise.
                    connection.execute(f"comment on view {view} is {text_literal(os.path.abspath(self.root))}")
                    (rows,) = connection.execute(f"select count(*) from {view}").fetchone()
                    if rows != table.rows:
                        raise UsageError(f"The files of {table.name} changed while they were read: run this again.")
                connection.commit()
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise UsageError(f"The warehouse {self.warehouse} cannot take the raw files ({reason}).") from error
        self._forget_unused()

    def _forget_unused(self) -> None:
        """Removes converted files that no view of this warehouse names any more."""
        used = {source.path for table in self.tables.values() for source in table.sources}
        for path in self.cache.glob("*"):
            if str(path) not in used:
                path.unlink(missing_ok=True)


def inspect(root: Path, warehouse: Path) -> RawFolder:
    """Checks every file below `root` without touching the warehouse.

    Text, CSV and JSON are read to the end (and converted, into `target/raw_files/<warehouse>/` beside the warehouse
    file); of Parquet, footer and columns are checked. Raises UsageError, in one sentence, for a folder or file that
    cannot be read, an unknown folder or file type, a missing column, and columns that differ in letter case only.
    """
    warehouse = Path(os.path.abspath(warehouse))
    cache = warehouse.parent / "target" / "raw_files" / warehouse.name
    found = find_files(root)
    with duckdb.connect() as connection:
        # Parquet first: it takes no time to refuse.
        direct = {
            file.path: parquet_source(connection, file.table, str(file.path), file.name, file.modified_at)
            for files in found.values()
            for file in files
            if file.format == "parquet"
        }
        tables = {table: _inspect_table(connection, root, table, found[table], direct, cache) for table in found}
    return RawFolder(root, warehouse, cache, tables)


def _inspect_table(
    connection: duckdb.DuckDBPyConnection,
    root: Path,
    table: str,
    files: list[RawFile],
    direct: dict[Path, ParquetSource],
    cache: Path,
) -> RawTable:
    sources, columns, json_keys, json_rows = [], set(), set(), 0
    for file in files:
        source = direct.get(file.path)
        if source:
            columns.update(column for column, _ in source.types)
        else:
            converted = _convert(file, cache)
            columns.update(converted.found)
            if file.format == "json":
                json_keys.update(converted.found)
                json_rows += converted.rows
            source = parquet_source(connection, table, str(converted.path), file.name, file.modified_at, converted=True)
        sources.append(source)
    if json_rows:
        # A key may be missing in a record or a whole file, but not everywhere.
        check_columns(table, f"Every JSON record in {root / table}", sorted(json_keys))
    extra, left_out = extra_columns(table, columns)
    check_distinct(str(root / table), [*TABLES[table], *ARRIVAL_COLUMNS, *extra])
    return RawTable(table, tuple(sources), tuple(extra), tuple(left_out))


def _convert(file: RawFile, cache: Path) -> Converted:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        return convert_file(file, cache)
    except OSError as error:
        raise UsageError(f"{file.path} cannot be converted into {cache}: {error.strerror or error}.") from error
