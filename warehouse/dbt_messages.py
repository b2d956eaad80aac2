"""What dbt reports of a run, as a person reads it: each error once, without dbt's own wrapping."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunExecutionResult, RunResult
    from dbt.cli.main import dbtRunnerResult

MOST_ERRORS = 10
MOST_LINES = 12
FAILED = ("error", "fail", "runtime error", "partial success")
# What DuckDB and BigQuery say of a null where none may be.
_WITHOUT_ARRIVAL = re.compile(
    r"(NOT NULL constraint failed: \S+\.|Required field )(loaded_at|source_file|source_position)\b"
)
# What servers and networks say of faults that pass: too many requests, a backend that is down, a connection that broke.
_PASSING = re.compile(
    r"\b(429|500|502|503|504) (GET|POST|PUT|PATCH|DELETE) |rateLimitExceeded|backendError|internalError"
    r"|Connection (refused|aborted|reset)|Max retries exceeded|Read timed out|Temporary failure in name resolution",
)


def errors(outcome: dbtRunnerResult, of_macro: Sequence[str] = ()) -> list[str]:
    """Lines that say what went wrong in a run: per error the model or test, then dbt's words.

    `of_macro` is what dbt says of a macro that was called on its own.
    """
    if outcome.exception or of_macro:
        message = str(outcome.exception or of_macro[0])
        # Of a check at the start of a run, or a macro, its message says enough.
        place = re.match(r"\w+ Error in (?!operation |macro )(.+)", message)
        return [f"{place[1]}:", *(f"  {line}" for line in readable(message))] if place else readable(message)
    failed = with_status(outcome.result, *FAILED)
    lines, said = [], set()
    for node in failed[:MOST_ERRORS]:
        if node.node.resource_type == "test" and node.status == "fail":
            lines.append(test_line(node))
            continue
        details = readable(node.message or "dbt does not say why.")
        if node.node.name.startswith("base_") and _WITHOUT_ARRIVAL.search(details[0]):
            details.append("Each record of a raw table needs loaded_at, source_file and source_position.")
        lines.append(f"{node.node.name} ({node.node.original_file_path}):")
        # When the engine gives up, every model that comes later says the same.
        lines += [f"  {line}" for line in details] if tuple(details) not in said else ["  the same error"]
        said.add(tuple(details))
    if len(failed) > MOST_ERRORS:
        lines.append(f"and {len(failed) - MOST_ERRORS} more, in logs/dbt.log")
    return lines


def may_pass(outcome: dbtRunnerResult) -> bool:
    """Whether all that went wrong in a run is of a kind that passes by itself; a failed check never does."""
    said = [str(outcome.exception)] if outcome.exception else []
    said += [node.message or "" for node in with_status(outcome.result, *FAILED)]
    return bool(said) and all(map(_PASSING.search, said))


def test_line(node: RunResult) -> str:
    """A data test that found rows, with the table that keeps them or the file of the query that shows them."""
    rows = f"{node.failures:,} row{'' if node.failures == 1 else 's'}"
    if getattr(node.node, "should_store_failures", False):
        return f"{node.node.name}: {rows}, kept in {node.node.schema}.{node.node.alias}"
    query = getattr(node.node, "compiled_path", None)
    return f"{node.node.name}: {rows}{f', shown by {os.path.relpath(query)}' if query else ''}"


def with_status(result: RunExecutionResult | None, *statuses: str) -> list[RunResult]:
    """The results with one of these statuses."""
    return [node for node in getattr(result, "results", ()) if str(node.status) in statuses]


def readable(message: str) -> list[str]:
    """The lines of dbt's message, without the first, which only says where, and without the stack of macros."""
    lines = [line for line in without_colors(message).splitlines() if line.strip()]
    if len(lines) > 1 and re.match(r"\w+ Error( in .*)?$", lines[0]):
        lines = [line.removeprefix("  ") for line in lines[1:]]
    lines = [line for line in lines if not re.match(r"\s*(> (in|called by) |compiled code at )", line)]
    return [*lines[:MOST_LINES], "…"] if len(lines) > MOST_LINES else lines


def without_colors(text: str) -> str:
    """The text as a terminal without colors shows it."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
