"""Executes statements as far as their meaning goes: Google's analysis, then what they change in the registry."""

from dataclasses import dataclass, field

from google.protobuf.message import Message
from zetasql.wasi._pb2.zetasql.proto import function_pb2, simple_catalog_pb2
from zetasql.wasi._pb2.zetasql.public import function_pb2 as public_function_pb2
from zetasql.wasi._pb2.zetasql.public import type_pb2

from tools.googlesql_check import partition_filters
from tools.googlesql_check.analyzer import Analyzer, RejectedError
from tools.googlesql_check.registry import Columns, Path, Registry, Relation, add_table, nested_catalog
from tools.googlesql_check.resolved import (
    base_nodes,
    concrete,
    create_statement,
    enum_name,
    is_limited_to_nothing,
    node_name,
    output_columns,
)
from tools.googlesql_check.script import Step, steps

_RELATION_KINDS = {
    "ResolvedCreateTableAsSelectStmt": "TABLE",
    "ResolvedCreateTableStmt": "TABLE",
    "ResolvedCreateViewStmt": "VIEW",
    "ResolvedCreateMaterializedViewStmt": "MATERIALIZED_VIEW",
}
_STATEMENT_TYPES = {
    "ResolvedQueryStmt": "SELECT",
    "ResolvedCreateTableAsSelectStmt": "CREATE_TABLE_AS_SELECT",
    "ResolvedCreateTableStmt": "CREATE_TABLE",
    "ResolvedCreateViewStmt": "CREATE_VIEW",
    "ResolvedInsertStmt": "INSERT",
    "ResolvedUpdateStmt": "UPDATE",
    "ResolvedDeleteStmt": "DELETE",
    "ResolvedMergeStmt": "MERGE",
}


@dataclass
class Outcome:
    """What executing a text did.

    `statement_type` is the API's word for it (SCRIPT for several statements), `kinds` the GoogleSQL node of each
    statement, `columns` those of the last query, `empty` whether that query can only return no row (LIMIT 0),
    `created` the last relation it created.
    """

    statement_type: str = "OTHER"
    kinds: list[str] = field(default_factory=list)
    columns: Columns = field(default_factory=dict)
    empty: bool = False
    created: Path | None = None


@dataclass
class _Scope:
    """What a script has declared so far."""

    variables: Columns = field(default_factory=dict)
    temporary: dict[str, Columns] = field(default_factory=dict)
    functions: list[function_pb2.FunctionProto] = field(default_factory=list)


class Session:
    """Runs SQL against a registry. A statement has its effect only if Google accepts it."""

    def __init__(self, analyzer: Analyzer, registry: Registry):
        self.analyzer, self.registry = analyzer, registry

    def execute(self, sql: str) -> Outcome:
        """Analyze one statement or a script and apply its effects. Raises `RejectedError` at the first error."""
        outcome, scope = Outcome(), _Scope()
        script = steps(sql, self.analyzer.parse_script(sql))
        for step in script:
            if step.kind in ("statement", "loop"):
                self._statement(step, scope, outcome)
            else:
                kind = self._expression_type(step.sql, scope)
                scope.variables |= dict.fromkeys(step.names, kind)
        is_single = len(script) == 1 and script[0].kind == "statement"
        outcome.statement_type = _STATEMENT_TYPES.get(outcome.kinds[0], "OTHER") if is_single else "SCRIPT"
        return outcome

    def _expression_type(self, sql: str, scope: _Scope) -> type_pb2.TypeProto:
        catalog = self._catalog(self.analyzer.table_names(f"select {sql}"), scope)
        expression = concrete(self.analyzer.analyze_expression(sql, catalog))
        return next(node.type for node in base_nodes(expression) if node_name(node) == "ResolvedExpr")

    def _statement(self, step: Step, scope: _Scope, outcome: Outcome) -> None:
        names = self.analyzer.table_names(step.sql)
        if step.sql.lstrip().lower().startswith("alter"):
            names += self.registry.spellings()  # GoogleSQL does not count the altered table among the names.
        catalog = self._catalog(names, scope)
        resolved = concrete(self.analyzer.analyze_statement(step.sql, catalog))
        name = node_name(resolved)
        required = self.registry.required_filters(names)
        passed_on = partition_filters.check(resolved, required) if required else set()
        outcome.kinds.append(name)
        if name == "ResolvedQueryStmt":
            outcome.columns, outcome.empty = output_columns(resolved), is_limited_to_nothing(resolved)
            if step.kind == "loop":
                row = type_pb2.TypeProto(type_kind=type_pb2.TYPE_STRUCT)
                for column, column_type in outcome.columns.items():
                    row.struct_type.field.add(field_name=column, field_type=column_type)
                scope.variables[step.names[0]] = row
        elif name in _RELATION_KINDS:
            outcome.created = self._create(name, resolved, scope, passed_on)
        elif name == "ResolvedCreateFunctionStmt":
            self._create_function(resolved, scope)
        elif name == "ResolvedCreateSchemaStmt":
            self._create_schema(resolved)
        elif name in ("ResolvedDropStmt", "ResolvedDropMaterializedViewStmt"):
            self._drop(resolved, scope)
        elif name.startswith("ResolvedAlter"):
            self._alter(resolved)

    def _catalog(self, names: list[tuple[str, ...]], scope: _Scope) -> simple_catalog_pb2.SimpleCatalogProto:
        catalog = self.analyzer.new_catalog()
        for name, column_type in scope.variables.items():
            catalog.constant.add(name_path=[name], type=column_type)
        for name, columns in scope.temporary.items():
            add_table(catalog, (name,), columns)
        for function in self.registry.functions + scope.functions:
            nested_catalog(catalog, function.name_path[:-1]).custom_function.append(function)
        self.registry.fill_catalog(catalog, [name for name in names if ".".join(name).lower() not in scope.temporary])
        return catalog

    def _create(self, name: str, resolved: Message, scope: _Scope, passed_on: set[str]) -> Path | None:
        base = create_statement(resolved)
        mode, columns = enum_name(base, "create_mode"), self._created_columns(resolved)
        if enum_name(base, "create_scope") == "CREATE_TEMP":
            scope.temporary[base.name_path[-1].lower()] = columns
            return None
        relation = Relation(self.registry.full_path(tuple(base.name_path)), _RELATION_KINDS[name], columns)
        relation.required_filter = partition_filters.required_column(resolved) or next(iter(sorted(passed_on)), None)
        self.registry.create(relation, replace=mode == "CREATE_OR_REPLACE", keep=mode == "CREATE_IF_NOT_EXISTS")
        return relation.path

    def _created_columns(self, resolved: Message) -> Columns:
        """The columns of a created relation: as defined, else those of its query, else of the table it copies."""
        for node in base_nodes(resolved):
            if node_name(node) == "ResolvedCreateTableStmtBase":
                if node.like_table.full_name:
                    return self._copied_columns(node.like_table.full_name)
                if definitions := node.column_definition_list:
                    return {definition.name: definition.type for definition in definitions if not definition.is_hidden}
            elif node_name(node) == "ResolvedCreateTableStmt":
                for scan in (concrete(node.clone_from), concrete(node.copy_from)):
                    if node_name(scan) == "ResolvedTableScan":
                        return self._copied_columns(scan.table.full_name)
        return output_columns(resolved)

    def _copied_columns(self, name: str) -> Columns:
        return dict(self.registry.get(self.registry.full_path((name,))).columns)

    def _create_schema(self, resolved: Message) -> None:
        project, dataset, _ = self.registry.full_path((*create_statement(resolved).name_path, ""))
        self.registry.datasets.add((project, dataset))

    def _create_function(self, resolved: Message, scope: _Scope) -> None:
        base, modes = create_statement(resolved), public_function_pb2.FunctionEnums
        function = function_pb2.FunctionProto(
            name_path=base.name_path,
            group="BigQuery",
            mode=modes.AGGREGATE if resolved.is_aggregate else modes.SCALAR,
            signature=[resolved.signature],
        )
        is_temporary = enum_name(base, "create_scope") == "CREATE_TEMP"
        known = scope.functions if is_temporary else self.registry.functions
        known[:] = [other for other in known if other.name_path != function.name_path] + [function]

    def _drop(self, resolved: Message, scope: _Scope) -> None:
        if getattr(resolved, "object_type", "").upper() in ("SCHEMA", "FUNCTION"):
            return
        if ".".join(resolved.name_path).lower() in scope.temporary:
            scope.temporary.pop(".".join(resolved.name_path).lower())
            return
        path = self.registry.full_path(tuple(resolved.name_path))
        if not resolved.is_if_exists:
            self.registry.get(path)
        self.registry.relations.pop(path, None)

    def _alter(self, resolved: Message) -> None:
        base = next(node for node in base_nodes(resolved) if "name_path" in node.DESCRIPTOR.fields_by_name)
        if "Table" not in node_name(resolved) and "View" not in node_name(resolved):
            return
        path = self.registry.full_path(tuple(base.name_path))
        if base.is_if_exists and path not in self.registry.relations:
            return
        columns = self.registry.get(path).columns
        for action in map(concrete, getattr(base, "alter_action_list", ())):
            self._alter_column(columns, action)

    @staticmethod
    def _alter_column(columns: Columns, action: Message) -> None:
        if node_name(action) == "ResolvedAddColumnAction":
            definition = action.column_definition
            if definition.name in columns and not action.is_if_not_exists:
                raise RejectedError(f"Column already exists: {definition.name}")
            columns.setdefault(definition.name, definition.type)
        elif node_name(action) == "ResolvedDropColumnAction":
            if action.name not in columns and not action.is_if_exists:
                raise RejectedError(f"Column not found: {action.name}")
            columns.pop(action.name, None)
        elif node_name(action) == "ResolvedAlterColumnSetDataTypeAction":
            target = next(node for node in base_nodes(action) if "column" in node.DESCRIPTOR.fields_by_name).column
            columns[target] = action.updated_type
