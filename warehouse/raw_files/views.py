"""The SQL that shows Parquet files as a raw table."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.errors import UsageError
from warehouse.raw_contract import ARRIVAL_COLUMNS, MALFORMED_LINE, NAMES_OF_SCANS, TABLES, check_columns
from warehouse.raw_files.arrival import position_in_sql, time_in_sql
from warehouse.raw_files.convert import EXTRA_COLUMNS, PARTS, ConvertedPart
from warehouse.raw_files.find import RawFile

_PATH, _ROW = NAMES_OF_SCANS
_INTEGERS_IN_BIGINT = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_INTEGERS = (*_INTEGERS_IN_BIGINT, "UBIGINT", "HUGEINT")


@dataclass(frozen=True)
class ParquetSource:
    """One Parquet file that is read where it lies."""

    # Absolute.
    path: str
    # What `source_file` and `loaded_at` (naive UTC) are where the file does not say it.
    name: str
    # What its folders say.
    path_columns: tuple[tuple[str, str | None], ...]
    modified_at: datetime
    rows: int
    # Column name and DuckDB type, in the file's order.
    types: tuple[tuple[str, str], ...]
    # Whether each record says itself where it came from and when, so that nothing has to be filled in.
    says_its_arrival: bool
    # The last time of arrival, ISO 8601; none without records.
    newest: str | None

    @property
    def columns(self) -> list[str]:
        """Those of the file and of its folders."""
        return [column for column, _ in (*self.types, *self.path_columns)]

    @property
    def columns_of_path(self) -> tuple[str, ...]:
        """Columns that only its folders have."""
        in_file = [column for column, _ in self.types]
        return tuple(dict.fromkeys(column for column, _ in self.path_columns if column not in in_file))


def parquet_source(connection: duckdb.DuckDBPyConnection, file: RawFile) -> ParquetSource:
    """Checks footer, columns and arrival columns of a Parquet file. Raises UsageError naming file and column."""
    path = str(file.path)
    try:
        (rows,) = connection.execute(
            f"select coalesce(sum(num_rows), 0)::bigint from parquet_file_metadata({text_literal(_escaped(path))})"
        ).fetchone()
        described = connection.execute(f"describe select * from {_scan([path])}").fetchall()
        types = tuple((column, type_) for column, type_, *_ in described if column not in (_PATH, _ROW))
        check_columns(file.table, path, [column for column, _ in (*types, *file.path_columns)])
        _check_decimals(connection, path)
        _check_arrival(connection, path, dict(types))
        says_its_arrival = _says_its_arrival(connection, path, dict(types))
        loaded_at = _as_timestamp("loaded_at", dict(types)["loaded_at"]) if "loaded_at" in dict(types) else "null"
        (newest,) = connection.execute(
            f"select max(coalesce({loaded_at}, {_timestamp_literal(file.modified_at)})) from {_scan([path])} as data"
        ).fetchone()
    except duckdb.Error as error:
        raise UsageError(f"{path} cannot be read as Parquet ({str(error).splitlines()[0]}).") from error
    if isinstance(newest, str):
        raise UsageError(f"{path}: loaded_at holds {newest}, and only the years 1 to 9999 can be read.")
    newest = newest and newest.isoformat()
    return ParquetSource(path, file.name, file.path_columns, file.modified_at, rows, types, says_its_arrival, newest)


def view_query(
    table: str, converted: Sequence[str], sources: Sequence[ParquetSource], extra_columns: Sequence[str]
) -> str:
    """A select over converted files, by their paths, and Parquet sources.

    It has the table's columns (text), the arrival columns, MALFORMED_LINE, and `extra_columns` (text, null where a file
    does not have them), in this order.
    """
    queries = [_converted_query(table, converted, extra_columns)] if converted else []
    groups: dict[tuple, list[ParquetSource]] = {}
    for source in sources:
        known = (*TABLES[table], *ARRIVAL_COLUMNS, MALFORMED_LINE, *extra_columns)
        used = sorted(item for item in source.types if item[0] in known)
        groups.setdefault((source.says_its_arrival, source.columns_of_path, tuple(used)), []).append(source)
    queries += [_group_query(table, dict(types), group, extra_columns) for (*_, types), group in groups.items()]
    if not queries:
        return (
            f"select {', '.join(f'cast(null as varchar) as {column}' for column in TABLES[table])}, "
            "cast(null as timestamp) as loaded_at, cast(null as varchar) as source_file, "
            f"cast(null as bigint) as source_position, cast(null as varchar) as {MALFORMED_LINE} where false"
        )
    return "\nunion all\n".join(queries)


def copy_parquet(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    sources: Sequence[ParquetSource],
    parts: Sequence[ConvertedPart],
    cache: Path,
) -> Path:
    """Parquet sources as one file in the cache folder, with the columns of converted ones; whole or not at all."""
    extra = sorted(
        {column for source in sources for column in source.columns} - {*TABLES[table], *ARRIVAL_COLUMNS, MALFORMED_LINE}
    )
    entries = ", ".join(f"{{'key': {text_literal(column)}, 'value': {_quoted(column)}}}" for column in extra)
    maps = (
        f"map_from_entries(list_filter([{entries}], lambda raw_field: raw_field.value is not null))"
        if extra
        else "null"
    )
    columns = ", ".join((*TABLES[table], *ARRIVAL_COLUMNS, MALFORMED_LINE))
    held = json.dumps([asdict(part) for part in parts])
    path = cache / f"{table}-{hashlib.sha256(held.encode()).hexdigest()[:32]}.parquet"
    unfinished = path.with_suffix(f".{os.getpid()}.unfinished")
    try:
        connection.execute(
            f"copy (select {columns}, cast({maps} as map(varchar, varchar)) as {EXTRA_COLUMNS.name} "
            f"from ({view_query(table, [], sources, extra)})) to {text_literal(str(unfinished))} "
            f"(format parquet, compression zstd, kv_metadata {{{PARTS.decode()}: {text_literal(held)}}})"
        )
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def check_only_views_over_files(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Raises UsageError when a name of a raw table is taken in the schema by what view_query() has not given."""
    relations = connection.execute(
        "select view_name, sql from duckdb_views() where database_name = current_database() and schema_name ilike $1 "
        "union all select table_name, null from duckdb_tables() "
        "where database_name = current_database() and schema_name ilike $1 order by all",
        [schema],
    ).fetchall()
    for name, sql in relations:
        # Without files a view reads nothing at all.
        if name.lower() in TABLES and (sql is None or (_PATH not in sql and " from " in sql.lower())):
            raise UsageError(
                f"{schema}.{name} was not made from raw files, and RAW would replace it: move it to a schema of its "
                "own, and read it with RAW_SCHEMA."
            )


def _converted_query(table: str, paths: Sequence[str], extra_columns: Sequence[str]) -> str:
    """Plain columns, so that DuckDB skips the parts of a file in which nothing arrived at the time asked for."""
    columns = ", ".join(f"data.{column}" for column in (*TABLES[table], *ARRIVAL_COLUMNS, MALFORMED_LINE))
    extra = [
        f", map_extract_value(data.{EXTRA_COLUMNS.name}, {text_literal(column)}) as {_quoted(column)}"
        for column in extra_columns
    ]
    return f"select {columns}{''.join(extra)}\nfrom {_scan(paths)} as data"


def _group_query(table: str, types: dict[str, str], sources: list[ParquetSource], extra_columns: Sequence[str]) -> str:
    """One scan for all files with the same columns and types."""
    in_path = sources[0].columns_of_path
    fields = [_text_of(column, types, in_path) for column in TABLES[table]]
    rest = [_text_of(MALFORMED_LINE, types, ()), *(_text_of(column, types, in_path) for column in extra_columns)]
    loaded_at, source_file, source_position = "data.loaded_at", "data.source_file", "data.source_position"
    if not sources[0].says_its_arrival:
        loaded_at, source_file, source_position = "file.modified_at", "file.name", f"{_ROW} + 1"
        if "loaded_at" in types:
            loaded_at = f"coalesce({_as_timestamp('loaded_at', types['loaded_at'])}, {loaded_at})"
        if "source_file" in types and "source_position" in types:
            # A position means nothing in another file than its own: both come from the record or neither.
            given_file = f"nullif({_as_text('source_file', types['source_file'])}, '')"
            given_position = _as_integer("source_position", types["source_position"])
            source_file = f"if({given_position} is null, {source_file}, coalesce({given_file}, {source_file}))"
            source_position = (
                f"if({given_file} is null, {source_position}, coalesce({given_position}, {source_position}))"
            )
    query = (
        f"select {', '.join(fields)}, {loaded_at} as loaded_at, {source_file} as source_file, "
        f"cast({source_position} as bigint) as source_position, {', '.join(rest)}\n"
        f"from {_scan([source.path for source in sources])} as data"
    )
    if sources[0].says_its_arrival and not in_path:
        return query
    columns = "".join(f", {_quoted(column)}" for column in in_path)
    files = ",\n".join(
        f"({text_literal(source.path)}, {text_literal(source.name)}, {_timestamp_literal(source.modified_at)}"
        + "".join(f", {_text_or_null(dict(source.path_columns)[column])}" for column in in_path)
        + ")"
        for source in sources
    )
    named = f"(values\n{files}\n) as file (path, name, modified_at{columns})"
    return f"{query}\ninner join {named} on data.{_PATH} = file.path"


def _text_of(column: str, types: dict[str, str], in_path: Sequence[str]) -> str:
    """A column of a file or of its folders as text; null where it has none."""
    if column in types:
        text = _as_text(column, types[column])
    else:
        text = f"file.{_quoted(column)}" if column in in_path else "cast(null as varchar)"
    return f"{text} as {_quoted(column)}"


def _text_or_null(text: str | None) -> str:
    return "cast(null as varchar)" if text is None else text_literal(text)


def _timestamp_literal(moment: datetime) -> str:
    return f"timestamp '{moment.isoformat(' ')}'"


def _check_decimals(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    """DuckDB has no decimals of more than 38 digits and reads them as doubles, or as other numbers."""
    wide = connection.execute(
        f"select name, precision, scale from parquet_schema({text_literal(_escaped(path))}) where precision > 38"
    ).fetchone()
    if wide:
        raise UsageError(
            f"{path}: {wide[0]} is decimal({wide[1]}, {wide[2]}), and no more than 38 digits can be read: write it as "
            "decimal(38, 9) or as text."
        )


def _check_arrival(connection: duckdb.DuckDBPyConnection, path: str, types: dict[str, str]) -> None:
    """The views must not fail later, so types that do not always convert are converted here once."""
    checks = {}
    if "loaded_at" in types:
        if types["loaded_at"] != "VARCHAR" and not types["loaded_at"].startswith(("TIMESTAMP", "DATE")):
            raise UsageError(f"{path}: loaded_at is {types['loaded_at']}: it must be a timestamp or ISO text.")
        checks["loaded_at"] = _as_timestamp("loaded_at", types["loaded_at"])
    if "source_position" in types:
        if types["source_position"] not in ("VARCHAR", *_INTEGERS):
            raise UsageError(f"{path}: source_position is {types['source_position']}: it must be an integer.")
        checks["source_position"] = _as_integer("source_position", types["source_position"])
    for column, expression in checks.items():
        if types[column] in ("VARCHAR", "UBIGINT", "HUGEINT"):
            bad = connection.execute(
                f"select data.{column}, {_ROW} + 1 from {_scan([path])} as data "
                f"where trim(cast(data.{column} as varchar), ' ') <> '' and {expression} is null limit 1"
            ).fetchone()
            if bad:
                raise UsageError(f"{path}, record {bad[1]}: {column} holds {str(bad[0])[:80]!r}, which cannot be read.")


def _says_its_arrival(connection: duckdb.DuckDBPyConnection, path: str, types: dict[str, str]) -> bool:
    """Whether the arrival columns have the types of the raw tables and, by the file's statistics, no gaps."""
    wanted = {"loaded_at": ("TIMESTAMP",), "source_file": ("VARCHAR",), "source_position": _INTEGERS_IN_BIGINT}
    if any(types.get(column) not in known for column, known in wanted.items()):
        return False
    (gaps,) = connection.execute(
        "select count(*) from parquet_metadata(?) where path_in_schema in ? and (coalesce(stats_null_count, 1) > 0 "
        "or path_in_schema = 'source_file' and coalesce(stats_min_value, stats_min, '') = '')",
        [_escaped(path), list(wanted)],
    ).fetchone()
    return gaps == 0


def _as_text(column: str, type_: str) -> str:
    reference = f"data.{_quoted(column)}"
    if type_ == "VARCHAR":
        return reference
    if type_ == "BLOB":
        return f"coalesce(try(decode({reference})), cast({reference} as varchar))"
    if type_.startswith("TIMESTAMP"):
        return f"cast({_as_timestamp(column, type_)} as varchar)"
    if type_.startswith(("STRUCT", "MAP")) or type_.endswith("]"):
        return f"cast(to_json({reference}) as varchar)"
    return f"cast({reference} as varchar)"


def _as_timestamp(column: str, type_: str) -> str:
    """UTC without a zone, whatever the session's time zone is."""
    reference = f"data.{_quoted(column)}"
    if type_ == "VARCHAR":
        return time_in_sql(reference)
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return f"make_timestamp(epoch_us({reference}))"
    return f"cast({reference} as timestamp)"


def _as_integer(column: str, type_: str) -> str:
    return position_in_sql(f"data.{column}") if type_ == "VARCHAR" else f"try_cast(data.{column} as bigint)"


def _scan(paths: Sequence[str]) -> str:
    listed = ", ".join(text_literal(_escaped(path)) for path in paths)
    return f"read_parquet([{listed}], filename = '{_PATH}', {_ROW} = true, hive_partitioning = false)"


def _escaped(path: str) -> str:
    """The path as a pattern that matches nothing else."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in path)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
