"""`make answers`: the product owner's four questions, answered from marts.web_activity_insights."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from warehouse.duckdb_files import open_to_read, warehouse_file
from warehouse.errors import UsageError
from warehouse.screen import say

if TYPE_CHECKING:
    from warehouse.dbt_runs import Dbt

WIDTH = 80


def print_answers(dbt: Dbt) -> None:
    """Print each question with its answer."""
    for number, question, answer in _answers(dbt):
        say(f"{number}. {question}", *textwrap.wrap(answer, WIDTH, initial_indent="   ", subsequent_indent="   "))


def _answers(dbt: Dbt) -> list[tuple]:
    """Number, question and answer, in order."""
    query = "select question_number, question, answer from {} order by question_number"
    if dbt.target != "duckdb":
        return [tuple(row.values()) for row in dbt.query(query.format("{{ ref('web_activity_insights') }}"))]
    # Of a file nobody has to ask dbt where its tables are.
    import duckdb

    with open_to_read(warehouse_file(dbt.project)) as connection:
        try:
            return connection.execute(query.format("marts.web_activity_insights")).fetchall()
        except duckdb.CatalogException as error:
            raise UsageError("The warehouse has no answers yet; run `make build` first.") from error
