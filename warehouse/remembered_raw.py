"""Which raw a warehouse was built from, so that later commands need not be told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from warehouse.duckdb_files import open_to_read

_VARIABLES = """
    select json_extract_string(state, '$.variables.raw_from'), json_extract_string(state, '$.variables.raw_schema')
    from staging.model_state
    where relation_name like 'base_%' and json_extract_string(state, '$.build') is not null
    order by recorded_at desc
    limit 1
"""
_FOLDER = """
    select comment from duckdb_views()
    where database_name = current_database() and schema_name = 'raw_files' and comment is not null
    limit 1
"""


@dataclass(frozen=True)
class RememberedRaw:
    """Where raw was when the warehouse was built last; both are empty for the sample, or before the first build.

    Attributes:
        folder: the folder of raw files.
        schema: the schema of tables that somebody else has loaded.
    """

    folder: str = ""
    schema: str = ""


def remembered_raw(warehouse: Path) -> RememberedRaw:
    """What the DuckDB file says of its raw. Raises UsageError when the file is there and cannot be read."""
    if not warehouse.exists():
        return RememberedRaw()
    import duckdb

    with open_to_read(warehouse) as connection:
        try:
            raw_from, schema = connection.execute(_VARIABLES).fetchone() or ("", "")
            if raw_from != "source":
                return RememberedRaw()
            if schema != "raw_files":
                return RememberedRaw(schema=schema)
            (folder,) = connection.execute(_FOLDER).fetchone() or ("",)
        except duckdb.CatalogException:
            return RememberedRaw()
    return RememberedRaw(folder=folder)
