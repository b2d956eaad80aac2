"""Which rows of each input some rows of a model were made from: conditions on a model become conditions on its inputs.

The conditions say the values of columns: those of the rows that are explained, or of rows that they were joined with.
They go down the SQL of a full build as far as these values are carried: through names, expressions, keys of groups and
of windows. Where a window is partitioned by something else, the partitions count that have a row which fits. What
conditions cannot be carried to is said, and not followed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

from sqlglot import exp

from warehouse.column_lineage import ROWS, over_window, table_name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# A longer expression is what parses raw text, and carries no condition.
LONGEST_EXPRESSION = 1000
# More different conditions on one table than these become one: to be one of the rows that they are true for.
MOST_DEMANDS = 3
# The name, in conditions, of the table or the query whose rows are needed.
NEEDED = "needed"
_TEMPORARY = "explained_"


@dataclass(frozen=True, eq=False)
class Condition:
    """There is a row in a temporary table so that all of `parts` are true. Columns stand in them with the name of that
    table, or of the one whose rows are needed."""

    table: str
    parts: tuple[exp.Expression, ...]

    @cached_property
    def sql(self) -> str:
        parts = " and ".join(part.sql("duckdb") for part in self.parts)
        return f"exists (select 1 from {self.table} where {parts})"


@dataclass(frozen=True, eq=False)
class Demand:
    """Rows that are needed of a table or a query.

    Attributes:
        conditions: all of them are true for the rows.
        columns: which of its columns anything depends on.
        values: which of them values are computed from; none where only their being there counts.
    """

    conditions: tuple[Condition, ...]
    columns: frozenset[str]
    values: frozenset[str]

    @cached_property
    def where(self) -> str:
        return " and ".join(condition.sql for condition in self.conditions) or "true"


@dataclass
class _Source:
    """What stands after `from` or `join` in a query: its name there, and what is known of the rows that are needed."""

    name: str
    item: exp.Expression
    join: exp.Join | None
    conditions: list[Condition] = field(default_factory=list)


# Common table expressions in reach, outermost first, with the demands on each.
_Scopes = list[tuple[exp.With, dict[str, list[Demand]]]]


class Tracer:
    """Carries demands from a model to what it reads."""

    def __init__(self, connection: DuckDBPyConnection, names: dict[str, str]) -> None:
        self.connection = connection
        self.names = names
        # By the id of a table the demands on it.
        self.demands: dict[str, list[Demand]] = defaultdict(list)
        # What was not followed, with why.
        self.notes: dict[str, None] = {}
        self._numbers = count(1)
        self._tables: dict[str, str] = {}
        # The SQL of common table expressions, which takes time to write. They are kept, so that no other gets their id.
        self._texts: dict[int, tuple[exp.Expression, str]] = {}

    def table(self, query: str) -> str:
        """The name of a temporary table that has what a query gives."""
        if query not in self._tables:
            self._tables[query] = f"{_TEMPORARY}{next(self._numbers)}"
            self.connection.execute(f"create temporary table {self._tables[query]} as {query}")
        return self._tables[query]

    def trace(self, model: str, relation: str, query: exp.Query, demand: Demand) -> None:
        """Add what a demand on a model says of the tables that its query reads.

        What cannot be carried is tried again with all the values of the rows that are there.
        """
        self.model = model
        before, self.demands = self.demands, defaultdict(list)
        self._query(query, [], demand)
        if any(not one.conditions for demands in self.demands.values() for one in demands):
            rows = self.table(f"select * from {relation} as {NEEDED} where {demand.where}")
            columns = [row[0] for row in self.connection.execute(f"describe {rows}").fetchall()]
            self.demands = defaultdict(list)
            self._query(query, [], replace(demand, conditions=(*demand.conditions, exactly(rows, columns))))
        for name, demands in self.demands.items():
            before[name] += demands
        self.demands = before

    def few(self, demands: Iterable[Demand], query: str) -> list[Demand]:
        """The demands on the rows of a query, which ends with a table called NEEDED, as not more than a few."""
        demands = distinct(demands)
        found = []
        for with_values in (True, False):
            some = [one for one in demands if bool(one.values) is with_values]
            if len(some) > MOST_DEMANDS and all(one.conditions for one in some):
                table = self.table(f"{query} where {any_of(some)}")
                names = [row[0].lower() for row in self.connection.execute(f"describe {table}").fetchall()]
                columns, values = (
                    frozenset().union(*(getattr(one, kind) for one in some)) for kind in ("columns", "values")
                )
                some = [Demand((exactly(table, names),), columns, values)]
            found += some
        return found

    def _in_scope(self, query: exp.Select, scopes: _Scopes) -> str:
        """The SQL of a query with the common table expressions that it may name."""
        parts = {part.alias.lower(): part for with_, _ in scopes for part in with_.expressions}
        for part in parts.values():
            if id(part) not in self._texts:
                self._texts[id(part)] = (part, part.sql("duckdb"))
        texts = [self._texts[id(part)][1] for part in parts.values()]
        return f"with {', '.join(texts)} {query.sql('duckdb')}" if texts else query.sql("duckdb")

    def _query(self, query: exp.Expression, scopes: _Scopes, demand: Demand) -> None:
        if isinstance(query, exp.Subquery):
            query = query.unnest()
        if with_ := query.args.get("with_"):
            scopes = [*scopes, (with_, defaultdict(list))]
        if isinstance(query, exp.SetOperation):
            names = [one.lower() for one in query.named_selects]
            for side in (query.left, query.right):
                self._query(side, scopes, _renamed(demand, dict(zip(names, _names(side), strict=True))))
        else:
            self._select(query, scopes, demand)
        if with_:
            for part in reversed(with_.expressions):
                query = exp.select("*").from_(exp.to_table(part.alias, alias=NEEDED))
                for one in self.few(scopes[-1][1][part.alias.lower()], self._in_scope(query, scopes)):
                    self._query(part.this, scopes, one)

    def _select(self, query: exp.Select, scopes: _Scopes, demand: Demand) -> None:
        outputs = {one.alias_or_name.lower(): one.unalias() for one in query.expressions}
        direct, partitions = self._beneath(query, scopes, demand, outputs)
        if partitions is None:
            self._sources_of(query, scopes, demand, outputs, direct)
            return
        # The other rows of a partition give values only to what is computed over windows.
        over_windows = frozenset(name for name in demand.values if list(_find(outputs[name], exp.Window)))
        self._sources_of(query, scopes, replace(demand, values=over_windows), outputs, partitions)
        if over_windows != demand.values:
            self._sources_of(query, scopes, demand, outputs, direct)

    def _sources_of(self, query: exp.Select, scopes: _Scopes, demand: Demand, outputs: dict, conditions: list) -> None:
        """Give the sources of a query the conditions that are true for the rows that it reads."""
        sources = _sources(query)
        equal = _Equal(query, sources)
        for source in sources:
            for condition in conditions:
                found = (equal.within(part, source.name) for part in condition.parts)
                if parts := tuple(part for part in found if part is not None):
                    source.conditions.append(Condition(condition.table, parts))
        self._carry_over_joins(sources, scopes)
        everywhere = [query.args.get(name) for name in ("where", "group", "having", "qualify")]
        everywhere += [source.join.args.get("on") for source in sources if source.join]
        columns = [*(outputs[name] for name in demand.columns if name in outputs), *everywhere]
        values = [outputs[name] for name in demand.values if name in outputs]
        counted = any(one.find(exp.AggFunc) and not one.find(exp.Column) for one in values)
        for source in sources:
            used = frozenset(_columns_of(columns, source.name))
            of_values = frozenset(_columns_of(values, source.name, in_order=False))
            if counted:
                of_values |= used or {ROWS}
            if not of_values and _is_idle(source, [*columns, *values]):
                continue
            self._need(source.item, scopes, Demand(_bare(source.conditions), used | of_values, of_values))
        for part in [*columns, *values]:
            self._subqueries(part, sources, scopes, is_value=any(part is one for one in values))

    def _beneath(
        self, query: exp.Select, scopes: _Scopes, demand: Demand, outputs: dict
    ) -> tuple[list[Condition], list[Condition] | None]:
        """The conditions that are true for the rows from which the query computes the rows in demand, and those for the
        other rows that windows look at, if there are any."""
        group = query.args.get("group")
        keys = {one.sql() for one in group.expressions} if group else None
        if keys is None and any(list(_find(one, exp.AggFunc)) for one in query.expressions):
            keys = set()

        def carries(name: str) -> bool:
            output = outputs.get(name)
            if output is None or output.find(exp.Query) or len(output.sql()) > LONGEST_EXPRESSION:
                return False
            return not (output.find(exp.AggFunc, exp.Window) or (keys is not None and output.sql() not in keys))

        conditions = []
        for condition in demand.conditions:
            kept = [part for part in condition.parts if all(map(carries, _own_columns(part)))]
            parts = tuple(_replaced(part, outputs) for part in kept)
            if parts:
                conditions.append(Condition(condition.table, parts))
        used = [outputs[name] for name in demand.columns if name in outputs]
        windows = [window for one in [*used, query.args.get("qualify")] if one for window in _find(one, exp.Window)]
        if not windows or not conditions:
            return conditions, None
        partitions = [{one.sql(): one for one in _partition(window, query)} for window in windows]
        shared = {text: one for text, one in partitions[0].items() if all(text in other for other in partitions)}
        if not shared:
            self.notes[f"{_short(self.model)}: {self._over_all(demand, outputs)}"] = None
            return conditions, None
        safe = [
            Condition(condition.table, parts)
            for condition in conditions
            if (parts := tuple(part for part in condition.parts if _is_of(part, condition.table, shared.values())))
        ]
        if [one.sql for one in safe] == [one.sql for one in conditions]:
            return conditions, None
        return conditions, [*safe, self._rows_like(query, scopes, list(shared.values()), conditions)]

    def _over_all(self, demand: Demand, outputs: dict) -> str:
        names = [name for name in sorted(demand.columns) if name in outputs and list(_find(outputs[name], exp.Window))]
        what = ", ".join(names) or "which rows count"
        return f"{what} depends on all rows; only those with matching values are followed"

    def _rows_like(self, query: exp.Select, scopes: _Scopes, keys: list, conditions: Iterable[Condition]) -> Condition:
        """The condition that a row has the same keys as a row, before any window, that the conditions are true for."""
        plain = exp.select(*(exp.alias_(one.copy(), f"c{place}") for place, one in enumerate(keys))).distinct()
        for name in ("from_", "joins", "where"):
            if query.args.get(name):
                part = query.args[name]
                plain.set(name, [one.copy() for one in part] if isinstance(part, list) else part.copy())
        where = " and ".join(condition.sql for condition in conditions)
        plain.where(where, copy=False, dialect="duckdb")
        table = self.table(self._in_scope(plain, scopes))
        return Condition(table, tuple(_same(one, table, place) for place, one in enumerate(keys)))

    def _carry_over_joins(self, sources: list[_Source], scopes: _Scopes) -> None:
        """Give the conditions of one side of a join to the other: its rows that a row fits which is needed."""
        by_name = {source.name: source for source in sources}
        for _ in sources:
            for source in sources:
                on = source.join and source.join.args.get("on")
                if not on:
                    continue
                others = {column.table.lower() for column in on.find_all(exp.Column)} - {source.name}
                kind = source.join.side.upper()
                for name in sorted(others & set(by_name)):
                    other = by_name[name]
                    if kind in ("", "LEFT") and other.conditions:
                        self._give(other, source, on, scopes)
                    if kind in ("", "RIGHT") and source.conditions and not other.conditions:
                        self._give(source, other, on, scopes)

    def _give(self, giver: _Source, taker: _Source, on: exp.Expression, scopes: _Scopes) -> None:
        both = {giver.name, taker.name}
        parts = [
            one
            for one in (on.flatten() if isinstance(on, exp.And) else [on])
            if {column.table.lower() for column in one.find_all(exp.Column)} == both and not one.find(exp.Query)
        ]
        if not parts:
            return
        names = sorted({name for part in parts for name in _columns_of([part], giver.name)})
        plain = exp.select(
            *(exp.alias_(exp.column(one, giver.name, quoted=True), f"c{place}") for place, one in enumerate(names))
        )
        plain = plain.distinct().from_(giver.item.copy())
        plain.where(" and ".join(one.sql for one in giver.conditions), copy=False, dialect="duckdb")
        table = self.table(self._in_scope(plain, scopes))

        def of_table(node: exp.Expression) -> exp.Expression:
            if isinstance(node, exp.Column) and node.table.lower() == giver.name:
                return exp.column(f"c{names.index(node.name.lower())}", table)
            return node

        condition = Condition(table, tuple(part.copy().transform(of_table) for part in parts))
        if condition.sql not in [one.sql for one in taker.conditions]:
            taker.conditions.append(condition)

    def _need(self, item: exp.Expression, scopes: _Scopes, demand: Demand) -> None:
        if isinstance(item, exp.Subquery):
            self._query(item, scopes, demand)
        elif isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
            if not item.args.get("db"):
                for with_, demands in reversed(scopes):
                    if item.name.lower() in (part.alias.lower() for part in with_.expressions):
                        demands[item.name.lower()].append(demand)
                        return
            self.demands[self.names[table_name(item)]].append(demand)

    def _subqueries(
        self, part: exp.Expression | None, sources: list[_Source], scopes: _Scopes, *, is_value: bool
    ) -> None:
        """Queries within expressions: those after `x in` are needed for the values of x, others with all their rows."""
        by_name = {source.name: source for source in sources}
        for query in _find(part, exp.Query) if part else ():
            names = frozenset(_names(query))
            conditions: tuple[Condition, ...] = ()
            parent = query.parent if not isinstance(query.parent, exp.Subquery) else query.parent.parent
            if isinstance(parent, exp.In) and isinstance(parent.this, exp.Column):
                giver = by_name.get(parent.this.table.lower())
                if giver and giver.conditions:
                    column = exp.column(parent.this.name, giver.name, quoted=True)
                    plain = exp.select(exp.alias_(column, "c0")).distinct().from_(giver.item.copy())
                    plain.where(" and ".join(one.sql for one in giver.conditions), copy=False, dialect="duckdb")
                    table = self.table(self._in_scope(plain, scopes))
                    (name,) = names
                    conditions = (Condition(table, (_same(exp.column(name, NEEDED, quoted=True), table, 0),)),)
            self._query(query, scopes, Demand(conditions, names, names if is_value else frozenset()))


class _Equal:
    """Which columns of a query's sources are equal in the rows that count."""

    def __init__(self, query: exp.Select, sources: list[_Source]) -> None:
        # From a column to columns that have its value where it has one that is asked for.
        self.known: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        self.full: list[set[tuple[str, str]]] = []
        where = query.args.get("where")
        for one, name, side in [
            *((source.join.args.get("on"), source.name, source.join.side.upper()) for source in sources if source.join),
            (where and where.this, "", ""),
        ]:
            for part in (one.flatten() if isinstance(one, exp.And) else [one]) if one else ():
                if not (isinstance(part, exp.EQ) and all(isinstance(x, exp.Column) for x in (part.left, part.right))):
                    continue
                left, right = ((x.table.lower(), x.name.lower()) for x in (part.left, part.right))
                if side == "FULL":
                    self.full.append({left, right})
                    continue
                if side in ("", "LEFT") or left[0] == name:
                    self._add(left, right, side, name)
                if side in ("", "LEFT") or right[0] == name:
                    self._add(right, left, side, name)

    def _add(self, one: tuple, other: tuple, side: str, joined: str) -> None:
        # What is joined from the left stays without a partner, and says nothing of the left side.
        if side != "LEFT" or other[0] == joined:
            self.known[one].add(other)

    def within(self, part: exp.Expression, source: str) -> exp.Expression | None:
        """The same condition on columns of one source; None where it is none of that source's."""
        failed = []

        def place(node: exp.Expression) -> exp.Expression:
            if isinstance(node, exp.Coalesce):
                columns = [node.this, *node.expressions]
                if all(isinstance(one, exp.Column) for one in columns):
                    names = {(one.table.lower(), one.name.lower()) for one in columns}
                    if names in self.full:
                        for table, name in names:
                            if table == source:
                                return exp.column(name, table, quoted=True)
            if isinstance(node, exp.Column) and node.table and not node.table.startswith(_TEMPORARY):
                found = self._reached((node.table.lower(), node.name.lower()), source)
                if found:
                    return exp.column(found, source, quoted=True)
                failed.append(node)
            return node

        placed = part.copy().transform(place)
        return None if failed or not any(_columns_of([placed], source)) else placed

    def _reached(self, column: tuple[str, str], source: str) -> str | None:
        seen, waiting = {column}, [column]
        while waiting:
            one = waiting.pop()
            if one[0] == source:
                return one[1]
            new = self.known[one] - seen
            seen |= new
            waiting += sorted(new)
        return None


def _is_idle(source: _Source, parts: Iterable[exp.Expression | None]) -> bool:
    """Whether a left join has no use but in its own condition. It is on a key, as all of them here, and adds no row."""
    if not source.join or source.join.side.upper() != "LEFT":
        return False
    return not any(_columns_of((part for part in parts if part is not source.join.args.get("on")), source.name))


def exactly(table: str, columns: Iterable[str]) -> Condition:
    """The condition that a row is one of a table, as far as these columns say."""
    parts = (
        exp.NullSafeEQ(this=exp.column(name, NEEDED, quoted=True), expression=exp.column(name, table, quoted=True))
        for name in columns
    )
    return Condition(table, tuple(parts))


def _same(one: exp.Expression, table: str, place: int) -> exp.Expression:
    return exp.NullSafeEQ(this=one.copy(), expression=exp.column(f"c{place}", table))


def _sources(query: exp.Select) -> list[_Source]:
    from_ = query.args.get("from_")
    joins = query.args.get("joins") or []
    items = [*([(from_.this, None)] if from_ else []), *((join.this, join) for join in joins)]
    return [_Source(item.alias_or_name.lower(), item, join) for item, join in items]


def _names(query: exp.Expression) -> list[str]:
    return [name.lower() for name in query.named_selects]


def _find(part: exp.Expression, *kinds: type[exp.Expression]) -> Iterator[exp.Expression]:
    """Nodes of an expression, but not those of queries in it."""
    for node in part.walk(prune=lambda node: isinstance(node, exp.Query)):
        if isinstance(node, kinds) and not (isinstance(node, exp.AggFunc) and over_window(node)):
            yield node


def _partition(window: exp.Window, query: exp.Select) -> list[exp.Expression]:
    if alias := window.args.get("alias"):
        for named in query.args.get("windows") or []:
            if named.name.lower() == alias.name.lower():
                return named.args.get("partition_by") or []
    return window.args.get("partition_by") or []


def _columns_of(parts: Iterable[exp.Expression | None], source: str, *, in_order: bool = True) -> Iterator[str]:
    """The columns of a source in expressions; those that only divide or order windows if wanted."""
    for part in parts:
        for column in part.find_all(exp.Column) if part else ():
            if column.table.lower() == source and (in_order or not _orders_window(column)):
                yield column.name.lower()


def _orders_window(column: exp.Column) -> bool:
    node: exp.Expression = column
    while node.parent:
        if isinstance(node.parent, exp.Window) and node.arg_key in ("partition_by", "order"):
            return True
        node = node.parent
    return False


def _own_columns(part: exp.Expression) -> Iterator[str]:
    """The columns in a part of a condition that are those of the rows which are asked for."""
    return (column.name.lower() for column in part.find_all(exp.Column) if column.table == NEEDED)


def _is_of(part: exp.Expression, table: str, allowed: Iterable[exp.Expression]) -> bool:
    """Whether a part of a condition says something of the allowed columns only."""
    texts = {one.sql() for one in allowed}
    return all(column.table == table or column.sql() in texts for column in part.find_all(exp.Column))


def _replaced(part: exp.Expression, outputs: dict[str, exp.Expression]) -> exp.Expression:
    def by_output(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and node.table == NEEDED:
            output = outputs[node.name.lower()]
            return output.copy() if isinstance(output, exp.Column) else exp.paren(output.copy())
        return node

    return part.copy().transform(by_output)


def _renamed(demand: Demand, names: dict[str, str]) -> Demand:
    columns = {old: exp.column(new, NEEDED, quoted=True) for old, new in names.items()}
    conditions = tuple(
        replace(condition, parts=tuple(_replaced(part, columns) for part in condition.parts))
        for condition in demand.conditions
    )
    chosen = (frozenset(names[name] for name in some if name in names) for some in (demand.columns, demand.values))
    return Demand(conditions, *chosen)


def _bare(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Conditions on a source as conditions on what is needed: without the name that it has in the query."""

    def bare(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and not node.table.startswith(_TEMPORARY):
            return exp.column(node.name, NEEDED, quoted=True)
        return node

    return tuple(replace(one, parts=tuple(part.copy().transform(bare) for part in one.parts)) for one in conditions)


def any_of(demands: Iterable[Demand]) -> str:
    """The SQL of: what one of the demands asks for."""
    return " or ".join(sorted({f"({one.where})" for one in demands}))


def distinct(demands: Iterable[Demand]) -> list[Demand]:
    """The demands without those that ask for no more than another."""
    found: list[tuple[set[str], Demand]] = []
    for one in sorted(demands, key=lambda one: (len(one.conditions), -len(one.values))):
        conditions = {condition.sql for condition in one.conditions}
        for place, (others, other) in enumerate(found):
            if others <= conditions and one.values <= other.values:
                found[place] = (others, replace(other, columns=other.columns | one.columns))
                break
        else:
            found.append((conditions, one))
    return [one for _, one in found]


def _short(model: str) -> str:
    return model.rpartition(".")[2]
