"""Reading models of a built warehouse: of DuckDB's file at once and beside other readers, of BigQuery through dbt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from warehouse.duckdb_files import open_to_read, warehouse_file
from warehouse.errors import UsageError

if TYPE_CHECKING:
    from warehouse.dbt_runs import Dbt

Query = Callable[[str], list[dict]]
_REF = re.compile(r"{{ ref\('(\w+)'\) }}")
_SEEDS = ("alert_rules", "objective_definitions")


@contextmanager
def reading(dbt: Dbt, problem: str) -> Iterator[Query]:
    """A function that gives the rows of a query with refs of marts, observability and reference seeds as mappings.

    Raises UsageError where the warehouse cannot be opened, or with the sentence `problem` where it lacks a model.
    """
    if dbt.target != "duckdb":
        yield lambda sql: dbt.query(sql, problem)
        return
    # Of a file nobody has to ask dbt where its tables are.
    import duckdb

    with open_to_read(warehouse_file(dbt.project)) as connection:

        def rows(sql: str) -> list[dict]:
            try:
                answer = connection.execute(_REF.sub(lambda ref: _table(ref[1]), sql))
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                raise UsageError(problem) from error
            names = [column[0] for column in answer.description]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

        yield rows


def _table(model: str) -> str:
    """A model with the schema it is in."""
    if model.startswith(("fct_", "dim_")):
        return f"marts.{model}"
    return f"{'reference' if model in _SEEDS else 'observability'}.{model}"
