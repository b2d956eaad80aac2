"""The command line: `python -m datagen seeds` and `python -m datagen files OUT`."""

import sys
import time
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from datagen.dials import Dials
from datagen.sample import write_sample
from datagen.tables import MAKERS
from datagen.write import FORMATS, Output, write_tables
from warehouse.errors import UsageError

HELP = {
    "seed": "Same seed and dials, same bytes.",
    "web_events": "Records of web_events, repeated ones included.",
    "log_lines": "Records of app_logs, repeated ones included.",
    "orders": "Records of orders, changes of status and repeated ones included.",
    "user_events": "Records of user_events, repeated ones included.",
    "heartbeats": "Records of playback_heartbeats, repeated ones included.",
    "shipment_changes": "Records of shipment_changes, repeated ones included: about eight a shipment.",
    "shipment_scans": "Records of shipment_scans, repeated ones included.",
    "users": "Users; ids are 1 to this number. users and active_users hold a record or more for most of them.",
    "days": "Days in which things happen, from the start date on.",
    "start_date": "The first day (UTC).",
    "late_share": "Share of records (0 to 1) that arrive later than the file of their hour.",
    "late_hours": "How late at most, in hours.",
    "duplicate_share": "Share of records (0 to 1) that come a second time, up to 24 hours later: web events, orders "
    "and exchange rates in another file, log lines with the same file and position; user events, heartbeats, shipment "
    "changes and scans in the same file or another.",
    "malformed_share": "Share of records (0 to 1) with a fault in them.",
    "unknown_user_share": "Share of events and orders (0 to 1) of users that the users table does not hold.",
    "inactive_share": "Share of users (0 to 1) who are not active: half are marked so, half have no identity record.",
    "hot_key_share": "Share of events and orders (0 to 1) of one single user.",
    "midnight_share": "Share of web sessions (0 to 1) that straddle midnight UTC, besides those that happen to.",
    "order_update_share": "Share of orders (0 to 1) that come as pending, then completed and some of them refunded, "
    "each a new record.",
}


def _dials(command: Callable[..., None]) -> Callable[..., None]:
    """Add one option per dial."""
    for field in reversed(fields(Dials)):
        if field.name == "start_date":
            kind, default = click.DateTime(["%Y-%m-%d"]), str(field.default)
        else:
            kind, default = field.type, field.default
        flag = "--" + field.name.replace("_", "-")
        command = click.option(flag, type=kind, default=default, show_default=True, help=HELP[field.name])(command)
    return command


@click.group(help=__doc__, context_settings={"show_default": True})
def datagen() -> None:
    """The group of commands."""


@datagen.command()
def seeds() -> None:
    """Rewrite the committed sample, seeds/raw/*.csv."""
    for table, size in write_sample().items():
        click.echo(f"{table}.csv  {size:,} bytes")


@datagen.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--format", "file_format", type=click.Choice(list(FORMATS)), default="parquet", help="What to write.")
@click.option(
    "--log-format",
    type=click.Choice(["same", "text"]),
    default="same",
    help="text: app_logs as plain text, one line a record, without arrival columns.",
)
@click.option("--overwrite", is_flag=True, help="Replace the tables that OUT holds.")
@_dials
def files(out: Path, file_format: str, log_format: str, overwrite: bool, start_date: datetime, **values: float) -> None:
    """Write raw tables of any size into the folder OUT, a sub-folder a table."""
    dials = Dials(start_date=start_date.date(), **values)  # type: ignore[arg-type]
    began = time.monotonic()
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        tasks = {table: bar.add_task(table, total=maker(dials).total) for table, maker in MAKERS.items()}
        counts = write_tables(
            dials,
            Output(out, file_format, log_format == "text"),
            overwrite,
            lambda table, units: bar.advance(tasks[table], units),
        )
    seconds = time.monotonic() - began
    for table, rows in counts.items():
        click.echo(f"{table:<12} {rows:>13,} rows")
    click.echo(f"{sum(counts.values()):,} rows in {seconds:.1f} s, in {out}")


def run(arguments: list[str] | None = None) -> int:
    """Run a command; the exit code. What cannot work is said in one sentence on stderr."""
    try:
        return datagen.main(arguments, prog_name="python -m datagen", standalone_mode=False) or 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        message = error.format_message()
    except UsageError as error:
        message = str(error)
    except click.Abort:
        message = "Stopped."
    print(message, file=sys.stderr)
    return 1
