"""What GoogleSQL does not know: BigQuery refuses to read some tables without a filter on their partitions.

A statement that reads a table with `require_partition_filter` must filter on the partitioning column, directly or
through a common table expression, a subquery, a set operation or a view. This finds reads with no such filter at all;
that a filter which is there really prunes, only BigQuery can tell.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from google.protobuf.message import Message

from tools.googlesql_check.analyzer import RejectedError
from tools.googlesql_check.resolved import base_nodes, concrete, node_name

_OPTION = "require_partition_filter"
_FILTERS = {"ResolvedFilterScan": "filter_expr", "ResolvedMergeStmt": "merge_expr", "ResolvedMergeWhen": "match_expr"}
_FILTERS |= dict.fromkeys(("ResolvedUpdateStmt", "ResolvedDeleteStmt"), "where_expr")
_NOT_PUSHED_DOWN = ("ResolvedAnalyticFunctionCall", "ResolvedAggregateFunctionCall")


def required_column(create: Message) -> str | None:
    """The column that every read of the table made by `create` has to filter on, if it says so."""
    options = next((node.option_list for node in base_nodes(create) if hasattr(node, "option_list")), ())
    if not any(option.name == _OPTION and _is_true(option.value) for option in options):
        return None
    partitions = next((node.partition_by_list for node in base_nodes(create) if hasattr(node, "partition_by_list")), ())
    references = [_columns_in(expression) for expression in partitions]
    names = {column.name for columns in references for column in columns}
    return names.pop() if names else None


def check(statement: Message, required: Mapping[str, str]) -> set[str]:
    """Raise `RejectedError` if a read lacks its filter. `required` maps the name of a table as written to its column.

    A view passes the duty on: returned are the names of those output columns that its readers have to filter on.
    """
    flow = _Flow()
    target = statement.table_scan if node_name(statement) == "ResolvedInsertStmt" else None
    flow.read(statement, ignored=target)
    passed_on: set[str] = set()
    for table, columns in flow.scans:
        if table not in required:
            continue
        reached = flow.reached_from(columns.get(required[table].lower()))
        outputs = _outputs(statement) if node_name(statement) == "ResolvedCreateViewStmt" else {}
        if reached & flow.filtered:
            continue
        if not (names := {name for column, name in outputs.items() if column in reached}):
            raise RejectedError(
                f"Cannot query over table '{table}' without a filter over column(s) '{required[table]}' "
                "that can be used for partition elimination"
            )
        passed_on |= names
    return passed_on


@dataclass
class _Flow:
    """Which column, by id, gets its value from which, and which are filtered on."""

    scans: list[tuple[str, dict[str, int]]] = field(default_factory=list)
    filtered: set[int] = field(default_factory=set)
    targets: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def read(self, statement: Message, ignored: Message | None) -> None:
        entries: dict[str, Message] = {}
        references: list[Message] = []
        for node in _walk(statement):
            name = node_name(node)
            if name == "ResolvedTableScan" and node != ignored:
                self.scans.append((node.table.full_name, {c.name.lower(): c.column_id for c in _scan_columns(node)}))
            elif name in _FILTERS:
                self.filtered |= {column.column_id for column in _columns_in(getattr(node, _FILTERS[name]))}
            elif name == "ResolvedJoinScan":
                for condition in _conjuncts(node.join_expr):
                    columns = {column.column_id for column in _columns_in(condition)}
                    # One that compares two tables is no filter of either.
                    self.filtered |= columns if len(columns) == 1 else set()
            elif name == "ResolvedComputedColumn":
                self.computed(node)
            elif name == "ResolvedSetOperationScan":
                for item in node.input_item_list:
                    self.link(item.output_column_list, _scan_columns(node))
            elif name == "ResolvedWithEntry":
                entries[node.with_query_name] = concrete(node.with_subquery)
            elif name == "ResolvedWithRefScan":
                references.append(node)
        for reference in references:
            if reference.with_query_name in entries:
                self.link(_scan_columns(entries[reference.with_query_name]), _scan_columns(reference))

    def computed(self, node: Message) -> None:
        if node_name(concrete(node.expr)) not in _NOT_PUSHED_DOWN:
            for column in _columns_in(node.expr):
                self.targets[column.column_id].add(node.column.column_id)

    def link(self, sources: list[Message], targets: list[Message]) -> None:
        for source, target in zip(sources, targets, strict=False):
            self.targets[source.column_id].add(target.column_id)

    def reached_from(self, column_id: int | None) -> set[int]:
        reached: set[int] = set()
        pending = [] if column_id is None else [column_id]
        while pending:
            if (current := pending.pop()) not in reached:
                reached.add(current)
                pending.extend(self.targets[current])
        return reached


def _walk(node: Message) -> Iterator[Message]:
    yield node
    for descriptor, value in node.ListFields():
        if descriptor.message_type is not None:
            for inner in value if descriptor.is_repeated else [value]:
                yield from _walk(inner)


def _columns_in(expression: Message) -> list[Message]:
    return [node.column for node in _walk(expression) if node_name(node) == "ResolvedColumnRef"]


def _conjuncts(expression: Message) -> list[Message]:
    node = concrete(expression)
    base = next((base for base in base_nodes(node) if node_name(base) == "ResolvedFunctionCallBase"), None)
    if base is None or not base.function.name.endswith("$and"):
        return [expression]
    return [condition for argument in base.argument_list for condition in _conjuncts(argument)]


def _scan_columns(scan: Message) -> list[Message]:
    return next((node.column_list for node in base_nodes(scan) if node_name(node) == "ResolvedScan"), [])


def _outputs(statement: Message) -> dict[int, str]:
    found = next(node.output_column_list for node in base_nodes(statement) if hasattr(node, "output_column_list"))
    return {output.column.column_id: output.name for output in found}


def _is_true(value: Message) -> bool:
    literal = concrete(value)
    return node_name(literal) == "ResolvedLiteral" and literal.value.value.bool_value
