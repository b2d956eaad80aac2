"""Which columns each column of the warehouse is computed from, read from the SQL of a full build."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

# Stands for the rows of a table, beside its columns: what `count(*)` is computed from.
ROWS = "*"


class Source(NamedTuple):
    """A column of a table, or its ROWS. Tables are named as dbt does: model.<project>.<name>."""

    table: str
    column: str


@dataclass
class Lineage:
    """Where the rows of a query come from.

    Attributes:
        columns: by the name of each column what its value is computed from.
        decided_by: what decides which rows there are: conditions, join keys, grouping, the rows of the inputs.
    """

    columns: dict[str, set[Source]] = field(default_factory=dict)
    decided_by: set[Source] = field(default_factory=set)


class LineageError(Exception):
    """A query has something that lineage does not know."""


def lineage_of(sql: str, tables: dict[str, dict[str, dict[str, dict[str, str]]]], names: dict[str, str]) -> Lineage:
    """The lineage of a query of DuckDB, one step up: to the tables that it reads.

    `tables` has the types of all columns by database, schema, table and column; `names` the name of each table by
    database.schema.table in small letters. Raises LineageError for what cannot be read.
    """
    try:
        query = qualified(sql, tables)
    except SqlglotError as error:
        raise LineageError(str(error).partition("\n")[0]) from error
    return _Reader(names).query(query, {}, {})


def qualified(sql: str, tables: dict[str, dict[str, dict[str, dict[str, str]]]]) -> exp.Query:
    """The query with every `*` written out and every column under the name of its table."""
    return qualify(parse_one(sql, dialect="duckdb"), schema=tables, dialect="duckdb", quote_identifiers=False)


def table_name(table: exp.Table) -> str:
    """The full name of a table in small letters."""
    return ".".join(part.name for part in table.parts).lower()


class _Reader:
    """Reads qualified queries. `with_names` are the common table expressions in reach, by name; `outer` are the tables
    that an outer query gives to a correlated one."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def query(self, query: exp.Expression, with_names: dict[str, Lineage], outer: dict[str, Lineage]) -> Lineage:
        if isinstance(query, exp.Subquery):
            query = query.unnest()
        if with_ := query.args.get("with_"):
            if with_.recursive:
                raise LineageError("recursive queries are not read")
            with_names = dict(with_names)
            for part in with_.expressions:
                with_names[part.alias.lower()] = self.query(part.this, with_names, outer)
        if isinstance(query, exp.SetOperation):
            return self._set_operation(query, with_names, outer)
        if isinstance(query, exp.Select):
            return self._select(query, with_names, outer)
        raise LineageError(f"{type(query).__name__} is not read")

    def _set_operation(self, query: exp.SetOperation, with_names: dict, outer: dict) -> Lineage:
        left, right = (self.query(side, with_names, outer) for side in (query.left, query.right))
        if isinstance(query, exp.Union) and query.args.get("by_name"):
            pairs = {name: right.columns[name] for name in left.columns}.values()
        else:
            pairs = right.columns.values()
        columns = dict(zip(left.columns, map(set.union, left.columns.values(), pairs), strict=True))
        decided_by = left.decided_by | right.decided_by
        if query.args.get("distinct") or not isinstance(query, exp.Union):
            decided_by |= _all(columns.values())
        return Lineage(columns, decided_by)

    def _select(self, query: exp.Select, with_names: dict, outer: dict) -> Lineage:
        joins = query.args.get("joins") or []
        sources = dict(outer)
        decided_by: set[Source] = set()
        from_ = query.args.get("from_")
        for item in [*([from_.this] if from_ else []), *(join.this for join in joins)]:
            read = self._source(item, with_names, sources)
            sources[item.alias_or_name.lower()] = read
            decided_by |= read.decided_by

        def computed_from(*parts: exp.Expression | None) -> set[Source]:
            return _all(self._expression(part, sources, with_names, decided_by) for part in parts if part)

        for join in joins:
            if join.args.get("using") or join.args.get("method"):
                raise LineageError("joins are read with `on` only")
            decided_by |= computed_from(join.args.get("on"))
        decided_by |= computed_from(query.args.get("where"))
        columns = {one.alias_or_name.lower(): computed_from(one.unalias()) for one in query.expressions}
        group, having = query.args.get("group"), query.args.get("having")
        if group or not any(_aggregates(one) for one in query.expressions):
            decided_by |= computed_from(group, having)
        else:
            # There is always one row: what decides the rows beneath decides its values.
            for one in query.expressions:
                if _aggregates(one):
                    columns[one.alias_or_name.lower()] |= decided_by
            decided_by = computed_from(having)
        decided_by |= computed_from(query.args.get("qualify"))
        if distinct := query.args.get("distinct"):
            on = distinct.args.get("on")
            decided_by |= computed_from(on, query.args.get("order")) if on else _all(columns.values())
        if query.args.get("limit") or query.args.get("offset"):
            decided_by |= computed_from(query.args.get("order"))
        return Lineage(columns, decided_by)

    def _source(self, item: exp.Expression, with_names: dict, sources: dict) -> Lineage:
        """What stands after `from` or `join`."""
        if isinstance(item, exp.Subquery):
            return self.query(item, with_names, {})
        if isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
            if not item.args.get("db") and item.name.lower() in with_names:
                return with_names[item.name.lower()]
            if name := self.names.get(table_name(item)):
                return _of_table(name)
            raise LineageError(f"{table_name(item)} is no table of the project")
        # A function that gives rows, such as unnest: all its columns are computed from its arguments.
        return _of_function(self._expression(item, sources, with_names, set()))

    def _expression(self, part: exp.Expression, sources: dict, with_names: dict, rows: set[Source]) -> set[Source]:
        """What an expression is computed from. A query in it counts with all it reads."""
        found: set[Source] = set()
        queries = []
        for node in part.walk(prune=lambda node: isinstance(node, exp.Query)):
            if isinstance(node, exp.Query):
                queries.append(node)
            elif isinstance(node, exp.Column):
                if node.table.lower() not in sources:
                    raise LineageError(f"{node.sql()} is of no table")
                found |= sources[node.table.lower()].columns[node.name.lower()]
            elif isinstance(node, exp.Window):
                named = _named_window(node)
                if named:
                    found |= self._expression(named, sources, with_names, rows)
                if not any(one and one.find(exp.Column) for one in (node, named)):
                    found |= _rows(rows)
            elif isinstance(node, exp.AggFunc) and not over_window(node) and not node.find(exp.Column):
                found |= _rows(rows)
        for query in queries:
            read = self.query(query, with_names, sources)
            found |= read.decided_by.union(*read.columns.values())
        return found


class _Columns(dict):
    """The columns of a table, each computed from itself."""

    def __init__(self, table: str) -> None:
        super().__init__()
        self.table = table

    def __missing__(self, column: str) -> set[Source]:
        return {Source(self.table, column)}


def _of_table(name: str) -> Lineage:
    return Lineage(_Columns(name), {Source(name, ROWS)})


class _Same(dict):
    """Columns that are all computed from the same."""

    def __init__(self, sources: set[Source]) -> None:
        super().__init__()
        self.sources = sources

    def __missing__(self, column: str) -> set[Source]:
        return self.sources


def _of_function(sources: set[Source]) -> Lineage:
    return Lineage(_Same(sources), set(sources))


def _aggregates(part: exp.Expression) -> bool:
    """Whether an expression has an aggregate that is not over a window."""
    nodes = part.walk(prune=lambda node: isinstance(node, exp.Query))
    return any(isinstance(node, exp.AggFunc) and not over_window(node) for node in nodes)


def over_window(node: exp.Expression) -> bool:
    """Whether an aggregate is over a window."""
    parent = node.parent
    while isinstance(parent, exp.IgnoreNulls | exp.RespectNulls | exp.Filter):
        parent = parent.parent
    return isinstance(parent, exp.Window)


def _named_window(window: exp.Window) -> exp.Window | None:
    """What `window … as (…)` says of a window that is named."""
    select = window.find_ancestor(exp.Select)
    name = window.args.get("alias")
    found = [one for one in select.args.get("windows") or [] if name and one.name.lower() == name.name.lower()]
    return found[0] if found else None


def _rows(sources: set[Source]) -> set[Source]:
    return {source for source in sources if source.column == ROWS}


def _all(sets: Iterable[set[Source]]) -> set[Source]:
    return set().union(*sets)
