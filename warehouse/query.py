"""`make query`: the rows of a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.duckdb_files import open_to_read, said_of_query, warehouse_file
from warehouse.errors import UsageError
from warehouse.metrics import table
from warehouse.screen import say

if TYPE_CHECKING:
    from warehouse.dbt_runs import Dbt

MOST_ROWS = 100
EXAMPLE = 'make query SQL="select * from marts.fct_orders"'


def print_rows(dbt: Dbt, sql: str) -> None:
    """Print the first MOST_ROWS rows of a query in the SQL of the target. Where it has dbt's braces, such as
    {{ ref('fct_orders') }}, dbt puts in the names. Raises UsageError when there is no query, or it cannot be run."""
    if not sql.strip():
        raise UsageError(f"Give the query, such as: {EXAMPLE}.")
    names, rows = _through_dbt(dbt, sql) if dbt.target != "duckdb" or "{{" in sql else _of_the_file(dbt, sql)
    say(*table(names, rows[:MOST_ROWS]))
    if len(rows) > MOST_ROWS:
        say(
            f"There are more than these {MOST_ROWS} rows: `order by … limit {MOST_ROWS} offset {MOST_ROWS}` at the end "
            "has the next ones; on DuckDB, `copy (…) to 'rows.csv'` writes all of them."
        )


def _of_the_file(dbt: Dbt, sql: str) -> tuple[list[str], list[tuple]]:
    """Names and rows, without dbt, which takes seconds to start."""
    import duckdb

    with open_to_read(warehouse_file(dbt.project)) as connection:
        try:
            connection.execute(sql)
            return [name for name, *_ in connection.description or ()], connection.fetchmany(MOST_ROWS + 1)
        except duckdb.Error as error:
            raise UsageError(f"The query cannot be run: {said_of_query(error)}.") from error


def _through_dbt(dbt: Dbt, sql: str) -> tuple[list[str], list[tuple]]:
    rows = dbt.query(sql, "The query cannot be run; what the warehouse says of it is in logs/dbt.log.")
    return list(rows[0]) if rows else [], [tuple(row.values()) for row in rows[: MOST_ROWS + 1]]
