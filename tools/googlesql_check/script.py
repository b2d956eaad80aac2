"""Takes a script apart: the statements and expressions in it that GoogleSQL can analyze one by one, in order."""

from collections.abc import Iterator
from dataclasses import dataclass

from google.protobuf.message import Message

from tools.googlesql_check.analyzer import RejectedError


@dataclass(frozen=True)
class Step:
    """One piece of a script.

    `kind` is `statement`, `expression`, `variables` (a DECLARE: `names` get the type of `sql`, an expression) or
    `loop` (FOR: `names[0]` gets the row type of the query `sql`). `sql` is padded with blanks in front, so that
    positions in it are positions in the script.
    """

    kind: str
    sql: str
    names: tuple[str, ...] = ()


def steps(sql: str, tree: Message) -> list[Step]:
    """The steps of the script `sql` with its parse tree `tree`; every branch of an IF or a loop counts.

    Raises `RejectedError` for EXECUTE IMMEDIATE, whose statement is only known when it runs.
    """
    return list(_Splitter(sql.encode()).statements(tree.statement_list_node.statement_list))


class _Splitter:
    def __init__(self, source: bytes):
        self.source = source

    def statements(self, nodes: list[Message]) -> Iterator[Step]:
        for wrapped in nodes:
            if wrapped.WhichOneof("node") == "ast_script_statement_node":
                yield from self.procedural(_concrete(wrapped))
            elif wrapped.WhichOneof("node") == "ast_execute_immediate_statement_node":
                raise RejectedError("EXECUTE IMMEDIATE cannot be checked: write the statement out")
            elif wrapped.WhichOneof("node") == "ast_system_variable_assignment_node":
                yield Step("expression", self.text(_concrete(wrapped).expression))
            else:
                yield Step("statement", self.text(wrapped))

    def procedural(self, node: Message) -> Iterator[Step]:
        name = type(node).__name__
        if name == "ASTVariableDeclarationProto":
            yield from self.declaration(node)
            return
        if name == "ASTForInStatementProto":
            yield Step("loop", self.text(node.query), (node.variable.id_string,))
        for field, value in node.ListFields():
            for item in value if field.is_repeated else [value]:
                kind = type(item).__name__
                if kind == "ASTStatementListProto":
                    yield from self.statements(item.statement_list)
                elif kind in ("AnyASTExpressionProto", "ASTExpressionSubqueryProto"):
                    yield Step("expression", self.text(item))
                elif isinstance(item, Message) and field.name not in ("query", "variable", "variables"):
                    yield from self.procedural(_concrete(item))

    def declaration(self, node: Message) -> Iterator[Step]:
        names = tuple(identifier.id_string for identifier in node.variable_list.identifier_list)
        if node.HasField("type"):
            written = self.text(node.type)
            yield Step("variables", written[: -len(written.lstrip())] + f"cast(null as {written.lstrip()})", names)
            if node.HasField("default_value"):
                yield Step("expression", self.text(node.default_value))
        else:
            yield Step("variables", self.text(node.default_value), names)

    def text(self, node: Message) -> str:
        start, end = _location(node)
        blanks = bytes(byte if byte in b"\r\n\t" else 0x20 for byte in self.source[:start])
        # A multi-byte character is one column: blank its continuation bytes away.
        blanks = bytes(blank for blank, byte in zip(blanks, self.source, strict=False) if byte & 0xC0 != 0x80)
        return (blanks + self.source[start:end]).decode()


def _concrete(node: Message) -> Message:
    """The node inside its `Any…` wrappers."""
    while node.DESCRIPTOR.oneofs and (name := node.WhichOneof(node.DESCRIPTOR.oneofs[0].name)):
        node = getattr(node, name)
    return node


def _location(node: Message) -> tuple[int, int]:
    """First and last byte of a node: they sit in the innermost of its parents."""
    node = _concrete(node)
    while "parse_location_range" not in node.DESCRIPTOR.fields_by_name:
        node = node.parent
    return node.parse_location_range.start, node.parse_location_range.end
