"""`make query`: the rows of a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.duckdb_files import open_to_read, warehouse_file
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
            f"There are more than these {MOST_ROWS} rows: end the query with `order by … limit {MOST_ROWS} "
            f"offset {MOST_ROWS}` for the next ones."
        )


def _of_the_file(dbt: Dbt, sql: str) -> tuple[list[str], list[tuple]]:
    """Names and rows, without dbt, which takes seconds to start."""
    import duckdb

    with open_to_read(warehouse_file(dbt.project)) as connection:
        try:
            connection.execute(sql)
            return [name for name, *_ in connection.description or ()], connection.fetchmany(MOST_ROWS + 1)
        except duckdb.Error as error:
            # What follows is the query again, with a mark at the place.
            said = " ".join(str(error).partition("LINE ")[0].split())
            raise UsageError(f"The query cannot be run: {said}.") from error


def _through_dbt(dbt: Dbt, sql: str) -> tuple[list[str], list[tuple]]:
    rows = dbt.query(sql, "The query cannot be run; what the warehouse says of it is in logs/dbt.log.")
    return list(rows[0]) if rows else [], [tuple(row.values()) for row in rows[: MOST_ROWS + 1]]
