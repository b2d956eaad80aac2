"""Reads the resolved trees (protocol buffers) that GoogleSQL returns."""

from collections.abc import Iterator

from google.protobuf.message import Message

from tools.googlesql_check.registry import Columns


def concrete(node: Message) -> Message:
    """The node inside its `Any…` wrappers."""
    while node.DESCRIPTOR.name.startswith("Any") and (name := node.WhichOneof("node")):
        node = getattr(node, name)
    return node


def node_name(node: Message) -> str:
    """The name of a node's class in GoogleSQL, such as `ResolvedQueryStmt`."""
    return node.DESCRIPTOR.name.removesuffix("Proto")


def base_nodes(node: Message) -> Iterator[Message]:
    """The node and the parts of it that its base classes own, from the most derived on."""
    yield node
    while "parent" in node.DESCRIPTOR.fields_by_name:
        node = node.parent
        yield node


def create_statement(statement: Message) -> Message:
    """The part of any CREATE statement that holds name, scope and mode."""
    return next(node for node in base_nodes(statement) if node_name(node) == "ResolvedCreateStatement")


def enum_name(node: Message, field: str) -> str:
    """The name of the value of an enumeration field, such as `CREATE_OR_REPLACE`."""
    values = node.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number
    return values[getattr(node, field)].name


def output_columns(statement: Message) -> Columns:
    """Name -> type of the columns that a query or a CREATE … AS returns."""
    for node in base_nodes(statement):
        if "output_column_list" in node.DESCRIPTOR.fields_by_name:
            return {column.name: column.column.type for column in node.output_column_list}
    return {}


def is_limited_to_nothing(query: Message) -> bool:
    """Whether a query statement ends in `LIMIT 0`, as dbt writes where it only wants column names."""
    scan = concrete(query.query)
    if node_name(scan) != "ResolvedLimitOffsetScan":
        return False
    limit = concrete(scan.limit)
    return node_name(limit) == "ResolvedLiteral" and limit.value.value.int64_value == 0
