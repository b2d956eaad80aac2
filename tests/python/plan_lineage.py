"""The lineage of a query as DuckDB's own plan has it: what the engine reads, told by another program than ours.

The plan is the one that the binder makes, before any optimizer has changed it: names, `*` and subqueries are resolved,
and each operator refers to the columns of the operators beneath by their places.
"""

import json

from duckdb import DuckDBPyConnection

from warehouse.column_lineage import ROWS, Lineage, Source

# What the binder adds to a table that it reads no column of.
NO_COLUMN = 2**63


def planned_lineage(connection: DuckDBPyConnection, sql: str, names: dict[str, str]) -> Lineage:
    """What `lineage_of` should say. `names` has the name of each table by database.schema.table in small letters."""
    described = connection.execute(f"describe {sql}").fetchall()
    (text,) = connection.execute("select json_serialize_plan(?, optimize := false)", [sql]).fetchone()
    plan = json.loads(text)
    assert not plan["error"], plan
    columns, decided_by = PlanReader(names).read(plan["plans"][0])
    assert len(columns) == len(described)
    return Lineage(dict(zip((row[0].lower() for row in described), columns, strict=True)), decided_by)


class PlanReader:
    """Each operator is read as what its columns are computed from, by place, and what decides its rows."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self.with_tables: dict[int, tuple[list[set], set]] = {}

    def read(self, operator: dict) -> tuple[list[set], set]:
        return getattr(self, "_" + operator["type"].removeprefix("LOGICAL_").lower())(operator)

    def _get(self, operator):
        if operator["children"]:
            # A function that makes rows from each row: its column, then those of the row that it was not given.
            (given, *others), decided_by = self.read(operator["children"][0])
            return [given, *others], decided_by | given
        if "function_data" not in operator:
            # A function that makes rows from constants.
            return [set() for _ in operator["column_indexes"]], set()
        path = operator["function_data"]["qualified_name"]["path"]
        table = self.names[".".join(path).lower()]
        places = [column["index"] for column in operator["column_indexes"]]
        assert not operator["projection_ids"]
        columns = [
            {Source(table, operator["names"][place].lower())} if place < NO_COLUMN else set() for place in places
        ]
        return columns, {Source(table, ROWS)}

    def _dummy_scan(self, operator):
        return [set()], set()

    def _expression_get(self, operator):
        columns, decided_by = self.read(operator["children"][0])
        rows = [[self._computed_from(part, columns, set()) for part in row] for row in operator["expressions"]]
        return [set().union(*column) for column in zip(*rows, strict=True)], decided_by

    def _projection(self, operator):
        columns, decided_by = self.read(operator["children"][0])
        return [self._computed_from(part, columns, set()) for part in operator["expressions"]], decided_by

    def _filter(self, operator):
        columns, decided_by = self.read(operator["children"][0])
        for part in operator["expressions"]:
            decided_by = decided_by | self._computed_from(part, columns, set())
        assert not operator.get("projection_map")
        return columns, decided_by

    def _order_by(self, operator):
        return self.read(operator["children"][0])

    def _limit(self, operator):
        columns, decided_by = self.read(operator["children"][0])
        return columns, decided_by

    def _unnest(self, operator):
        columns, decided_by = self.read(operator["children"][0])
        more = [self._computed_from(part, columns, set()) for part in operator["expressions"]]
        return [*columns, *more], decided_by.union(*more)

    def _aggregate_and_group_by(self, operator):
        columns, decided_by = self.read(operator["children"][0])
        groups = [self._computed_from(part, columns, set()) for part in operator["groups"]]
        values = [self._computed_from(part, columns, decided_by) for part in operator["expressions"]]
        if not groups:
            return [value | decided_by for value in values], set()
        return [*groups, *values], decided_by.union(*groups)

    def _window(self, operator):
        columns, decided_by = self.read(operator["children"][0])
        return [
            *columns,
            *(self._computed_from(part, columns, decided_by) for part in operator["expressions"]),
        ], decided_by

    def _distinct(self, operator):
        columns, decided_by = self.read(operator["children"][0])
        targets = [self._computed_from(part, columns, set()) for part in operator["distinct_targets"]]
        return columns, decided_by.union(*targets)

    def _union(self, operator):
        (columns, decided_by), *others = (self.read(child) for child in operator["children"])
        for more_columns, more in others:
            columns = [one | other for one, other in zip(columns, more_columns, strict=True)]
            decided_by = decided_by | more
        return columns, decided_by if operator.get("setop_all", True) else decided_by.union(*columns)

    def _cross_product(self, operator):
        (left, of_left), (right, of_right) = (self.read(child) for child in operator["children"])
        return left + right, of_left | of_right

    def _comparison_join(self, operator):
        (left, of_left), (right, of_right) = (self.read(child) for child in operator["children"])
        keys = set()
        for condition in operator["conditions"]:
            if condition["right"] is None:
                # Any expression over both sides.
                keys |= self._computed_from(condition["left"], left + right, set())
            else:
                keys |= self._computed_from(condition["left"], left, set())
                keys |= self._computed_from(condition["right"], right, set())
        kind = operator["join_type"]
        assert not operator["left_projection_map"]
        if places := operator["right_projection_map"]:
            right = [right[place] for place in places]
        if kind == "MARK":
            # A column that says whether there is such a row.
            return [*left, keys | of_right], of_left
        if kind == "SINGLE":
            return [*left, *(column | keys | of_right for column in right)], of_left
        assert kind in ("INNER", "LEFT", "RIGHT", "FULL"), kind
        return left + right, of_left | of_right | keys

    def _any_join(self, operator):
        """A join by one expression over both sides."""
        (left, of_left), (right, of_right) = (self.read(child) for child in operator["children"])
        assert operator["join_type"] in ("INNER", "LEFT"), operator["join_type"]
        assert not operator["left_projection_map"] and not operator["right_projection_map"]
        keys = self._computed_from(operator["condition"], left + right, set())
        return left + right, of_left | of_right | keys

    def _materialized_cte(self, operator):
        before, after = operator["children"]
        self.with_tables[operator["table_index"]] = self.read(before)
        return self.read(after)

    def _cte_ref(self, operator):
        return self.with_tables[operator["cte_index"]]

    def _computed_from(self, part, columns: list[set], rows: set) -> set:
        """What an expression is computed from, as `warehouse.column_lineage` defines it."""
        places = list(self._references(part))
        found = set().union(*(columns[place] for place in places))
        if not places and self._has(part, ("BOUND_AGGREGATE", "BOUND_WINDOW")):
            found |= {source for source in rows if source.column == ROWS}
        return found

    def _references(self, part):
        if isinstance(part, list):
            for item in part:
                yield from self._references(item)
        elif isinstance(part, dict):
            if part.get("expression_class") == "BOUND_REF":
                yield part["index"]
            if part.get("expression_class") == "BOUND_COLUMN_REF":
                # Beneath a function that makes rows, where there is one table.
                yield part["binding"]["column_index"]
            # A lambda refers to what its function is given, by places of its own.
            for name, value in part.items():
                if name not in ("function_data", "lambda_expr"):
                    yield from self._references(value)

    def _has(self, part, classes) -> bool:
        return part.get("expression_class") in classes
