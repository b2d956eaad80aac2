"""What `make build` ends with, on one screen: what ran, rows per mart, rejected records, and where to look next."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from warehouse.dbt_messages import FAILED, test_line, with_status
from warehouse.dbt_runs import rows_of
from warehouse.screen import say

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.contracts.graph.nodes import ModelNode

# The tag of models that list what is accepted and yet nobody should overlook.
WORTH_A_LOOK = "worth_a_look"
MOST_WARNINGS = 3
MOST_REASONS = 3
# A reason that so many records of a file share, and at least half of them, has one cause.
FEWEST_SHARING = 5
MOST_CAUSES = 3
LONGEST_EXAMPLE = 160
WIDTH = 120
OLDEST_FILE = "1990"
_TABLES_TO_LOOK_AT = (
    "observability.rejected_records   each rejected record as it came, with source and position",
    "observability.layer_row_counts   what became of the records of each source, layer by layer",
)
# The emulator is gone after the build.
WHERE_TO_LOOK_NEXT = {
    "duckdb": (
        *_TABLES_TO_LOOK_AT,
        "make answers                     the four questions about web sessions",
        "make docs-serve                  every layer, rule and variable, with lineage",
    ),
    "bigquery": (*_TABLES_TO_LOOK_AT, "make answers TARGET=bigquery     the four questions about web sessions"),
    "bigquery_emulator": (),
}


def count_results(result: RunExecutionResult, seconds: float) -> str:
    """How a run went, in a line: dbt's own results, and the seconds that the build took."""
    # Hooks belong to the run and not to the project; what has nothing to do is neither good nor bad.
    statuses = Counter(str(node.status) for node in result.results if node.node.resource_type != "operation")
    built, tested = statuses["success"], statuses["pass"]
    failed = sum(statuses[status] for status in FAILED)
    return (
        f"{built + tested:,} passed ({built:,} built, {tested:,} tests), {statuses['warn']:,} warned, "
        f"{failed:,} failed, {statuses['skipped']:,} skipped in {seconds:.1f} s"
    )


def summarise(result: RunExecutionResult, seconds: float, target: str, reasons: dict[str, dict[str, str]]) -> None:
    """Print the summary of a build that succeeded.

    A part of it that counts no records has its results only, and its seconds.
    """
    say(*warnings(result))
    models = {node.node.name: node.node for node in result.results if node.node.resource_type == "model"}
    if "layer_row_counts" in models:
        rows = _rows(_counting(models), target)
        if row_counts := {row["subject"]: row["row_count"] for row in rows if row["section"] == "mart"}:
            say("", *marts(row_counts))
            say(*why_the_fact_is_empty(rows))
        say("", *rejections([row for row in rows if row["section"] not in ("mart", WORTH_A_LOOK)]))
        say(*worth_a_look(rows))
        if sharing := _sharing(models, rows):
            say(*shared_causes(_rows(sharing, target), reasons))
        if lines := WHERE_TO_LOOK_NEXT[target]:
            say("", *lines)
    say("", f"Build succeeded: {count_results(result, seconds)}.")


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
        most = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:MOST_REASONS]
        named = [f"{reason} {count:,}" for reason, count in most]
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


def shared_causes(rows: list[dict], reasons: dict[str, dict[str, str]]) -> list[str]:
    """Per source and reason that most records of a file share: how many, which file, what they hold, and what to do."""
    causes: dict[tuple[str, str], list[dict]] = {}
    for row in sorted(rows, key=lambda row: (-row["row_count"], str(row["source_file"]))):
        causes.setdefault((row["source_table"], row["rejection_reason"]), []).append(row)
    lines = []
    for (source, reason), files in list(causes.items())[:MOST_CAUSES]:
        rejected, all_of_them = (sum(row[column] for row in files) for column in ("row_count", "file_count"))
        count = f"all {rejected:,}" if rejected == all_of_them else f"{rejected:,} of {all_of_them:,}"
        name = str(files[0]["source_file"])
        where = name if name.startswith(f"{source}/") else f"{source} from {name}"
        if len(files) > 1:
            where = f"{len(files)} files such as {where}"
        arrived_at, example = str(files[0]["first_loaded_at"])[:16], str(files[0]["example"] or "")
        says = f": the time of the file, or its loaded_at, is {arrived_at}" if reason == "future" else ""
        # A file is not as old as that; what else is in the future is told by a record.
        if example and not (says and arrived_at < OLDEST_FILE):
            says += f", such as {example[:LONGEST_EXAMPLE]}{'…' if len(example) > LONGEST_EXAMPLE else ''}"
        lines += [f"  {count} records of {where} are `{reason}`{says}", f"    {reasons[reason]['what_to_do']}"]
    if (more := len(causes) - MOST_CAUSES) > 0:
        lines.append(f"  and {more} more")
    return ["", "Rejected for one cause", *lines] if lines else []


def worth_a_look(rows: list[dict]) -> list[str]:
    """The lists of what is accepted and yet odd, where they have rows."""
    counts = {row["subject"]: row["row_count"] for row in rows if row["section"] == WORTH_A_LOOK and row["row_count"]}
    # No line ends between a name and its number.
    named = ", ".join(f"{name}~{counts[name]:,}" for name in sorted(counts))
    says = f"Accepted, and worth a look, tables of observability: {named}"
    return [line.replace("~", " ") for line in textwrap.wrap(says, WIDTH, subsequent_indent="  ")] if counts else []


def _counting(models: dict[str, ModelNode]) -> list[str]:
    """Queries of the rows per mart and list, and of the records per source, outcome and reason."""
    sections = {
        name: "mart" if model.fqn[1] == "marts" else WORTH_A_LOOK
        for name, model in models.items()
        if model.fqn[1] == "marts" or WORTH_A_LOOK in model.tags
    }
    of_models = [
        f"select '{section}' as section, '{name}' as subject, '' as reason, count(*) as row_count "
        f"from {models[name].relation_name}"
        for name, section in sections.items()
    ]
    of_sources = (
        "select outcome as section, source_table as subject, coalesce(reason, '') as reason, row_count "
        f"from {models['layer_row_counts'].relation_name} where layer in ('raw', 'staging')"
    )
    return [*of_models, of_sources]


def _sharing(models: dict[str, ModelNode], rows: list[dict]) -> list[str]:
    """Queries of the files of which at least half are rejected for one reason, where a source has enough of one."""
    sources = {row["subject"] for row in rows if row["section"] == "rejected" and row["row_count"] >= FEWEST_SHARING}
    queries = []
    for name, model in models.items():
        # A base table reads one raw table.
        read = {unique_id.split(".")[-1] for unique_id in model.depends_on.nodes} & sources
        if name.startswith("base_") and read:
            raw_column = "log_line" if read == {"app_logs"} else "raw_record"
            queries.append(
                f"select '{read.pop()}' as source_table, source_file, rejection_reason, row_count, file_count, "
                "first_loaded_at, example from (select *, sum(row_count) over (partition by source_file) as file_count "
                "from (select source_file, rejection_reason, count(*) as row_count, "
                f"cast(min(loaded_at) as string) as first_loaded_at, min({raw_column}) as example "
                f"from {model.relation_name} group by source_file, rejection_reason) as by_reason) as by_file "
                f"where rejection_reason is not null and row_count >= {FEWEST_SHARING} and 2 * row_count >= file_count"
            )
    return queries


def _rows(queries: list[str], target: str) -> list[dict]:
    """The rows of all queries in one, on the connection that dbt has opened."""
    from dbt.adapters.factory import get_adapter_by_type

    adapter = get_adapter_by_type("duckdb" if target == "duckdb" else "bigquery")
    with adapter.connection_named("summary"):
        _, table = adapter.execute(" union all ".join(queries), fetch=True)
    adapter.cleanup_connections()
    counts = ("row_count", "file_count")
    return [{name: int(value) if name in counts else value for name, value in row.items()} for row in rows_of(table)]
