"""The views of INFORMATION_SCHEMA that dbt and dbt packages read, with the columns they read."""

from zetasql.wasi._pb2.zetasql.public import type_pb2

from tools.googlesql_check.column_types import simple_type

_STRING, _INT64 = type_pb2.TYPE_STRING, type_pb2.TYPE_INT64
_TIMESTAMP, _BOOL = type_pb2.TYPE_TIMESTAMP, type_pb2.TYPE_BOOL
_TABLE = {"table_catalog": _STRING, "table_schema": _STRING, "table_name": _STRING}
_VIEWS = {
    "SCHEMATA": {"catalog_name": _STRING, "schema_name": _STRING, "creation_time": _TIMESTAMP, "location": _STRING},
    "TABLES": _TABLE
    | {"table_type": _STRING, "is_insertable_into": _STRING, "creation_time": _TIMESTAMP, "ddl": _STRING},
    "COLUMNS": _TABLE
    | {"column_name": _STRING, "ordinal_position": _INT64, "is_nullable": _STRING, "data_type": _STRING}
    | {"is_partitioning_column": _STRING, "clustering_ordinal_position": _INT64},
    "COLUMN_FIELD_PATHS": _TABLE
    | {"column_name": _STRING, "field_path": _STRING, "data_type": _STRING, "description": _STRING},
    "TABLE_OPTIONS": _TABLE | {"option_name": _STRING, "option_type": _STRING, "option_value": _STRING},
    "PARTITIONS": _TABLE
    | {"partition_id": _STRING, "total_rows": _INT64, "total_logical_bytes": _INT64, "last_modified_time": _TIMESTAMP},
    "TABLE_STORAGE": {"project_id": _STRING, "table_schema": _STRING, "table_name": _STRING, "total_rows": _INT64}
    | {"total_partitions": _INT64, "total_logical_bytes": _INT64, "total_physical_bytes": _INT64}
    | {"creation_time": _TIMESTAMP, "storage_last_modified_time": _TIMESTAMP, "deleted": _BOOL},
}


def columns(path: tuple[str, ...]) -> dict[str, type_pb2.TypeProto] | None:
    """The columns of the view of INFORMATION_SCHEMA that `path` names, or None for any other table."""
    if len(path) < 2 or path[-2].upper() != "INFORMATION_SCHEMA":
        return None
    view = _VIEWS.get(path[-1].upper())
    return {name: simple_type(kind) for name, kind in view.items()} if view else None
