"""Column types in the three forms that meet here: GoogleSQL's, the BigQuery API's, and Python sample values."""

import datetime
from decimal import Decimal
from typing import Any

from google.cloud.bigquery import SchemaField
from zetasql.wasi._pb2.zetasql.public import type_pb2

from tools.googlesql_check.analyzer import RejectedError

_MOMENT = datetime.datetime(2025, 1, 1, 12)

# GoogleSQL kind -> (name in the API's schemas, a value of the type)
_SIMPLE: dict[int, tuple[str, Any]] = {
    type_pb2.TYPE_INT64: ("INTEGER", 1),
    type_pb2.TYPE_DOUBLE: ("FLOAT", 1.0),
    type_pb2.TYPE_NUMERIC: ("NUMERIC", Decimal(1)),
    type_pb2.TYPE_BIGNUMERIC: ("BIGNUMERIC", Decimal(1)),
    type_pb2.TYPE_BOOL: ("BOOLEAN", False),
    type_pb2.TYPE_STRING: ("STRING", "sample"),
    type_pb2.TYPE_BYTES: ("BYTES", b"sample"),
    type_pb2.TYPE_DATE: ("DATE", _MOMENT.date()),
    type_pb2.TYPE_TIME: ("TIME", _MOMENT.time()),
    type_pb2.TYPE_DATETIME: ("DATETIME", _MOMENT),
    type_pb2.TYPE_TIMESTAMP: ("TIMESTAMP", _MOMENT.replace(tzinfo=datetime.UTC)),
    type_pb2.TYPE_GEOGRAPHY: ("GEOGRAPHY", "POINT(0 0)"),
    type_pb2.TYPE_JSON: ("JSON", "{}"),
    type_pb2.TYPE_INTERVAL: ("INTERVAL", "0-0 0 0:0:0"),
}
_KIND_OF_NAME = {name: kind for kind, (name, _) in _SIMPLE.items()} | {
    "INT64": type_pb2.TYPE_INT64,
    "FLOAT64": type_pb2.TYPE_DOUBLE,
    "BOOL": type_pb2.TYPE_BOOL,
}


def simple_type(kind: int) -> type_pb2.TypeProto:
    """The GoogleSQL type of a kind without parts, such as `type_pb2.TYPE_DATE`."""
    return type_pb2.TypeProto(type_kind=kind)


def to_schema_field(name: str, column_type: type_pb2.TypeProto) -> SchemaField:
    """A column as the BigQuery API shows it. Raises `RejectedError` for a type that no BigQuery column can have."""
    mode = "NULLABLE"
    if column_type.type_kind == type_pb2.TYPE_ARRAY:
        mode, column_type = "REPEATED", column_type.array_type.element_type
    if column_type.type_kind == type_pb2.TYPE_STRUCT:
        parts = column_type.struct_type.field
        fields = [to_schema_field(part.field_name, part.field_type) for part in parts]
        return SchemaField(name, "RECORD", mode=mode, fields=fields)
    if column_type.type_kind == type_pb2.TYPE_RANGE:
        element = _SIMPLE[column_type.range_type.element_type.type_kind][0]
        return SchemaField(name, "RANGE", mode=mode, range_element_type=element)
    if column_type.type_kind not in _SIMPLE:
        kind = type_pb2.TypeKind.Name(column_type.type_kind).removeprefix("TYPE_")
        raise RejectedError(f"Column {name} has type {kind}, which no BigQuery table can hold")
    return SchemaField(name, _SIMPLE[column_type.type_kind][0], mode=mode)


def from_schema_field(field: SchemaField) -> type_pb2.TypeProto:
    """The GoogleSQL type of a column of the API. Raises `RejectedError` for a type name that the API does not know."""
    result = type_pb2.TypeProto()
    target = result
    if field.mode == "REPEATED":
        result.type_kind = type_pb2.TYPE_ARRAY
        target = result.array_type.element_type
    name = field.field_type.upper()
    if name in ("RECORD", "STRUCT"):
        target.type_kind = type_pb2.TYPE_STRUCT
        for part in field.fields:
            target.struct_type.field.add(field_name=part.name, field_type=from_schema_field(part))
    elif name == "RANGE":
        target.type_kind = type_pb2.TYPE_RANGE
        element = field.range_element_type.element_type.upper()
        target.range_type.element_type.type_kind = _KIND_OF_NAME[element]
    elif name in _KIND_OF_NAME:
        target.type_kind = _KIND_OF_NAME[name]
    else:
        raise RejectedError(f"Invalid value for type: {field.field_type} is not a valid value (column {field.name})")
    return result


def sample_value(column_type: type_pb2.TypeProto) -> Any:
    """A plausible, always equal, non-null Python value of the type, as the BigQuery client would return it."""
    if column_type.type_kind == type_pb2.TYPE_ARRAY:
        return [sample_value(column_type.array_type.element_type)]
    if column_type.type_kind == type_pb2.TYPE_STRUCT:
        return {part.field_name: sample_value(part.field_type) for part in column_type.struct_type.field}
    return _SIMPLE[column_type.type_kind][1] if column_type.type_kind in _SIMPLE else None
