"""`make purge-raw`: deletes raw records that staging keeps, and nothing that it does not."""

import json
from datetime import UTC, date, datetime

from rich.console import Console

from warehouse.dates import read_day
from warehouse.dbt_runs import Dbt
from warehouse.errors import UsageError


def purge(dbt: Dbt, console: Console, keep_from: str) -> None:
    """Delete from all raw tables what arrived before the day `keep_from` (UTC), in one transaction, and record it.

    Raises UsageError, with nothing deleted, when the day or the tables cannot work, or staging lacks a record.
    """
    if dbt.variables.get("raw_from") != "source" or dbt.variables.get("raw_schema") in (None, "raw_files"):
        raise UsageError(
            "Only raw tables can be purged: name their schema, RAW_SCHEMA=…; of files, remove those that are too old "
            "and set the variable raw_kept_from."
        )
    if not keep_from:
        raise UsageError("Give the first day of arrival to keep, such as: make purge-raw KEEP_FROM=2025-02-01.")
    day = read_day("KEEP_FROM", keep_from)
    if day > datetime.now(UTC).date():
        raise UsageError(f"KEEP_FROM={day} is in the future: nothing that arrives until then would be kept.")
    dbt.parse()
    counts = _counts(dbt, day)
    if not dbt.run("run-operation", "purge_raw", "--args", json.dumps({"keep_from": str(day)})).success:
        raise UsageError(
            "The purge failed, and nothing was deleted: the errors stand above, and in full in logs/dbt.log."
        )
    for table, count in counts.items():
        console.print(f"{table}: {count:,} records deleted", highlight=False)
    console.print(
        f"Staging keeps them. Builds know that raw begins on {day}, and full builds keep base_ tables, too.",
        highlight=False,
        soft_wrap=True,
    )
    # The view says how many records are purged, as of when it was made.
    if not dbt.run("run", "--select", "source_row_counts").success:
        raise UsageError("Raw is purged, but observability.source_row_counts does not know yet: run `make build`.")


def _counts(dbt: Dbt, day: date) -> dict[str, int]:
    """How many records of each raw table go. Raises UsageError when one of them must not."""
    schema = dbt.variables["raw_schema"]
    plan = dbt.query(
        f"{{{{ raw_purge_plan('{day}') }}}}",
        f"The raw tables in {schema} cannot be compared with staging: run `RAW_SCHEMA={schema} make build` first.",
    )
    # Engines give the parts of a union in any order.
    plan = sorted(plan, key=lambda row: row["table_name"])
    if problems := [row["problem"] for row in plan if row["problem"]]:
        raise UsageError(f"Nothing was deleted, because {problems[0]}.")
    if lacking := [f"{row['unknown_count']:,} of {row['table_name']}" for row in plan if row["unknown_count"]]:
        raise UsageError(
            f"Nothing was deleted, because staging does not have all of these records yet ({', '.join(lacking)}): run "
            f"`RAW_SCHEMA={schema} make build` first."
        )
    return {row["table_name"]: int(row["record_count"]) for row in plan}
