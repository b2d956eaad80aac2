"""What `make build` ends with, on one screen: what ran, rows per mart, rejected records, and where to look next."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from warehouse.dbt_messages import FAILED, test_line, with_status
from warehouse.dbt_runs import rows_of
from warehouse.screen import say

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunExecutionResult

MOST_WARNINGS = 3
MOST_REASONS = 3
WHERE_TO_LOOK_NEXT = """\
observability.rejected_records   each rejected record as it came, with source and position
observability.layer_row_counts   what became of the records of each source, layer by layer
make answers                     the four questions about web sessions
make docs-serve                  every layer, rule and variable, with lineage"""


def count_results(result: RunExecutionResult) -> str:
    """How a run went, in a line: dbt's own results and seconds."""
    # Hooks belong to the run and not to the project; what has nothing to do is neither good nor bad.
    statuses = Counter(str(node.status) for node in result.results if node.node.resource_type != "operation")
    built, tested = statuses["success"], statuses["pass"]
    failed = sum(statuses[status] for status in FAILED)
    return (
        f"{built + tested:,} passed ({built:,} built, {tested:,} tests), {statuses['warn']:,} warned, "
        f"{failed:,} failed, {statuses['skipped']:,} skipped in {result.elapsed_time:.1f} s"
    )


def summarise(result: RunExecutionResult, target: str) -> None:
    """Print the summary of a build that succeeded."""
    say(*warnings(result))
    rows = _count_rows(result, target)
    say("", *marts({row["subject"]: row["row_count"] for row in rows if row["section"] == "mart"}))
    say(*why_the_fact_is_empty(rows))
    say("", *rejections([row for row in rows if row["section"] != "mart"]))
    say("", *WHERE_TO_LOOK_NEXT.splitlines())
    say("", f"Build succeeded: {count_results(result)}.")


def warnings(result: RunExecutionResult) -> list[str]:
    """The first tests that warn, each with its rows and its query."""
    warned = with_status(result, "warn")
    lines = [f"Warning: {test_line(node)}" for node in warned[:MOST_WARNINGS]]
    if len(warned) > MOST_WARNINGS:
        lines.append(f"and {len(warned) - MOST_WARNINGS} more warnings, in logs/dbt.log")
    return lines


def marts(row_counts: dict[str, int]) -> list[str]:
    """The number of rows of each mart, in two columns."""
    names = sorted(row_counts)
    name_width = max(map(len, names))
    count_width = max(len(f"{count:,}") for count in row_counts.values())
    cells = [f"{name:{name_width}}  {row_counts[name]:>{count_width},}" for name in names]
    half = (len(cells) + 1) // 2
    pairs = zip(cells[:half], [*cells[half:], ""], strict=False)
    return ["Rows in marts", *(f"  {left}    {right}".rstrip() for left, right in pairs)]


def why_the_fact_is_empty(rows: list[dict]) -> list[str]:
    """A line that says it where there are events or orders and yet no daily metrics of users."""
    counts = Counter()
    for row in rows:
        counts[row["section"], row["subject"]] += row["row_count"]
    if counts["mart", "fct_daily_user_metrics"] or not counts["accepted", "app_logs"] + counts["accepted", "orders"]:
        return []
    missing = "users" if not counts["accepted", "users"] else "active users"
    source = missing.replace(" ", "_")
    arrived = f"{counts['arrived', source]:,} records of {source} arrived, {counts['accepted', source]:,} were accepted"
    return ["", f"No {missing}: fct_daily_user_metrics is empty ({arrived})."]


def rejections(rows: list[dict]) -> list[str]:
    """A line per source: records that arrived, those that were rejected with their share, the most frequent reasons."""
    lines = []
    for source in sorted({row["subject"] for row in rows}):
        arrived = sum(row["row_count"] for row in rows if row["subject"] == source and row["section"] == "arrived")
        reasons = Counter()
        for row in rows:
            if row["subject"] == source and row["section"] == "rejected":
                reasons[row["reason"]] += row["row_count"]
        named = [f"{reason} {count:,}" for reason, count in reasons.most_common(MOST_REASONS)]
        if more := len(reasons) - len(named):
            named.append(f"{more} more")
        share = f"{reasons.total() / arrived:.1%}" if arrived else ""
        lines.append((source, f"{arrived:,}", f"{reasons.total():,}", share, ", ".join(named)))
    names, *numbers = (max(len(line[column]) for line in lines) for column in range(4))
    table = ["Records of each source: arrived, rejected, and the most frequent reasons"]
    for source, *counts, reasons in lines:
        columns = "  ".join(f"{count:>{width}}" for count, width in zip(counts, numbers, strict=True))
        table.append(f"  {source:{names}}  {columns}  {reasons}".rstrip())
    return table


def _count_rows(result: RunExecutionResult, target: str) -> list[dict]:
    """Rows per mart, and records per source, outcome and reason: one query on the connection that dbt has opened."""
    from dbt.adapters.factory import get_adapter_by_type

    models = {node.node.name: node.node for node in result.results if node.node.resource_type == "model"}
    queries = [
        f"select 'mart' as section, '{name}' as subject, '' as reason, count(*) as row_count from {model.relation_name}"
        for name, model in models.items()
        if model.fqn[1] == "marts"
    ]
    queries.append(
        "select outcome as section, source_table as subject, coalesce(reason, '') as reason, row_count "
        f"from {models['layer_row_counts'].relation_name} where layer in ('raw', 'staging')"
    )
    adapter = get_adapter_by_type("duckdb" if target == "duckdb" else "bigquery")
    with adapter.connection_named("summary"):
        _, table = adapter.execute(" union all ".join(queries), fetch=True)
    adapter.cleanup_connections()
    return [{**row, "row_count": int(row["row_count"])} for row in rows_of(table)]
