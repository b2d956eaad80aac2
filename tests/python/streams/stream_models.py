"""The models of a stream as dbt compiles them, in a warehouse where raw records become rows in a tenth of a second."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

import warehouses
from arrivals import microseconds
from records import Record
from rules import Rules
from warehouses import FullRefresh, IncrementalWarehouse, ParsedProject, Rows


@dataclass
class StreamModels:
    """The models for one set of rules.

    Attributes:
        folder: where warehouses are made.
        empty: a warehouse without records.
        queries: for each model its relation and its query, in an order in which they can be built.
        parents: for each model what it reads.
    """

    folder: Path
    empty: Path
    queries: dict[str, tuple[str, str]]
    parents: dict[str, list[str]]

    @classmethod
    def compiled(cls, folder: Path, rules: Rules, relations: Iterable[str]) -> "StreamModels":
        """dbt parses the project with the variables of these rules and compiles a full refresh of these relations."""
        with patch.dict(warehouses.VARIABLES, rules.variables):
            project = ParsedProject(folder)
            empty = IncrementalWarehouse(project, folder).close()
            scratch = IncrementalWarehouse(project, folder, empty)
            results = scratch.run("--full-refresh", "--select", *(f"+{one.split('.')[1]}" for one in relations))
            scratch.remove()
        nodes = [result.node for result in results if result.node.resource_type == "model"]
        queries = {node.unique_id: (f"{node.schema}.{node.alias}", node.compiled_code) for node in nodes}
        return cls(folder, empty, queries, {node.unique_id: node.depends_on.nodes for node in nodes})

    def warehouse(self, relations: Iterable[str]) -> FullRefresh:
        """An empty warehouse that builds these relations and what they read."""
        wanted = {unique_id for unique_id, (relation, _) in self.queries.items() if relation in relations}
        for unique_id in reversed(self.queries):
            if unique_id in wanted:
                wanted.update(self.parents[unique_id])
        statements = [query for unique_id, query in self.queries.items() if unique_id in wanted]
        return FullRefresh(statements, self.folder, self.empty)


@contextmanager
def built(warehouse: FullRefresh, records: Iterable[Record]) -> Iterator[None]:
    """Models of these records, until the end of the block."""
    warehouse.connection.begin()
    try:
        warehouse.deliver(records)
        warehouse.run()
        yield
    finally:
        # Never stored, so it takes half the time, and nothing has to be taken away.
        warehouse.undo()


def rows(warehouse: FullRefresh, relation: str, columns: Sequence[str]) -> Rows:
    """Columns of a relation, times as microseconds."""
    found = warehouse.connection.execute(f"select {', '.join(columns)} from {relation}").fetchall()
    return Rows(tuple(columns), Counter(tuple(map(_without_datetime, row)) for row in found))


def _without_datetime(value: object) -> object:
    return microseconds(value) if isinstance(value, datetime) else value
