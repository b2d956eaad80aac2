"""The steps of `make backfill`."""

from dataclasses import dataclass
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from warehouse.backfill.days import days_with_data, models_of_days, next_day, read_range
from warehouse.backfill.progress import progress_of
from warehouse.dbt_runs import Dbt
from warehouse.errors import UsageError


@dataclass(frozen=True)
class Outcome:
    """What became of a day: the number of models that were built, and the first that failed, with the reason."""

    built: str
    failed_model: str = ""
    reason: str = ""


# So many days that have failed are named at the end.
MOST_DAYS = 10
SKIPPED = Outcome("by the backfill before")


def backfill(dbt: Dbt, console: Console, first_day: str, last_day: str, *, again: str = "") -> None:
    """`make backfill FROM=… TO=…`: build each day again on its own, oldest first, then what sums the days up.

    A day that fails does not stop the others. Days that succeeded in a backfill which is not finished are not built
    again, unless `again` is yes. Raises UsageError when the range cannot work, and at the end when a day has failed.
    """
    first, last = read_range(first_day, last_day)
    if again not in ("", "yes"):
        raise UsageError(f"AGAIN={again} is not known: give AGAIN=yes, or leave it out.")
    manifest = dbt.parse()
    models = models_of_days(manifest)
    days = days_with_data(dbt, models, first, last)
    progress = progress_of(dbt, manifest)
    if again:
        progress.forget(first, last)
    outcomes: dict[date, Outcome] = {day: SKIPPED for day in days if day in progress.done}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task("backfill", total=len(days) + 1, completed=len(outcomes))
        for day in days:
            if day in outcomes:
                continue
            bars.update(bar, description=f"backfill {day}")
            outcomes[day] = _build(dbt, models.of_a_day, day, day)
            progress.record(day, succeeded=not outcomes[day].reason)
            bars.advance(bar)
        bars.update(bar, description="backfill of totals")
        totals = _build(dbt, models.of_all_days, first, last)
        bars.advance(bar)
    console.print(_summary({day: outcomes[day] for day in days}, totals))
    failed = [day for day in days if outcomes[day].reason]
    if failed or totals.reason:
        named = ", ".join(map(str, failed[:MOST_DAYS])) + (" and more" if len(failed) > MOST_DAYS else "")
        what = f"{len(failed)} of {len(days)} days failed ({named})" if failed else "What sums the days up failed"
        raise UsageError(f"{what}; run the same command again to build only what failed.")
    progress.forget(first, last)
    if SKIPPED in outcomes.values():
        console.print("Days that had been built before were left alone; the same command now builds all of them.")


def _build(dbt: Dbt, models: tuple[str, ...], first: date, last: date) -> Outcome:
    """Run the models for the days from `first` to `last`."""
    result = dbt.run(
        *("run", "--select", *models, "--event-time-start", str(first), "--event-time-end", str(next_day(last))),
        say_errors=False,
    )
    results = list(result.result or [])
    built = f"{sum(node.status == 'success' and node.node.resource_type == 'model' for node in results)} models"
    if result.success:
        return Outcome(built)
    failed = next((node for node in results if node.status == "error"), None)
    message = (failed.message if failed else str(result.exception or "")) or "see the end of logs/dbt.log"
    return Outcome(built, failed.node.name if failed else "", _reason(message))


def _reason(message: str) -> str:
    """The line of dbt's message that says why, without the one that only names the model."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return lines[1] if len(lines) > 1 and " Error in model " in lines[0] else lines[0]


def _summary(outcomes: dict[date, Outcome], totals: Outcome) -> Table:
    """One row for days that follow each other and fared alike."""
    rows: list[tuple[date, date, Outcome]] = []
    for day, outcome in outcomes.items():
        if rows and rows[-1][2] == outcome:
            rows[-1] = (rows[-1][0], day, outcome)
        else:
            rows.append((day, day, outcome))
    table = Table(title="Backfill", title_justify="left", title_style="bold")
    for heading in ("day", "built", "failed model", "reason"):
        table.add_column(heading)
    for first, last, outcome in rows:
        table.add_row(
            f"{first}" if first == last else f"{first} to {last}", outcome.built, outcome.failed_model, outcome.reason
        )
    table.add_row("all days", totals.built, totals.failed_model, totals.reason)
    return table
