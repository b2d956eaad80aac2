"""`python -m warehouse <command>`: what the Makefile calls."""

import os
import socket
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click
import duckdb
import google.auth
import google.auth.exceptions
from rich.console import Console

from warehouse.answers import print_answers
from warehouse.dbt_runs import Dbt
from warehouse.docs_pages import add_charts
from warehouse.duckdb_files import NEWEST_FORMAT
from warehouse.errors import UsageError
from warehouse.packages import ensure_packages
from warehouse.raw_files import inspect
from warehouse.summary import summarise

PROJECT = Path(__file__).resolve().parent.parent
target_option = click.option("--target", default="duckdb", help="duckdb, bigquery or bigquery_emulator.")
raw_option = click.option("--raw", default="", help="A folder of raw files to read instead of the sample.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Builds, checks and shows the commerce warehouse."""


@main.command()
@target_option
@raw_option
@click.option("--full-refresh", default="", help="`yes` builds all of it anew, not only what has arrived.")
def build(target: str, raw: str, full_refresh: str) -> None:
    """Build and test everything, then say what is there."""
    if full_refresh not in ("", "no", "yes"):
        raise UsageError(f"FULL_REFRESH={full_refresh} is neither yes nor no.")
    console = Console()
    dbt = dbt_for(target, raw)
    say(console, ensure_packages(PROJECT))
    folder = inspect(Path(raw), warehouse_file()) if raw else None
    if target == "duckdb":
        check_warehouse_file(warehouse_file())
    with ExitStack() as stack:
        if folder:
            for table in folder.tables.values():
                say(console, table.notice)
            folder.register()
        if target == "bigquery_emulator" and "BIGQUERY_EMULATOR_ENDPOINT" not in os.environ:
            from warehouse.bigquery_emulator import running

            os.environ["BIGQUERY_EMULATOR_ENDPOINT"] = stack.enter_context(running())
        if not dbt.build(full_refresh=full_refresh == "yes"):
            raise UsageError("The build did not succeed: the errors stand above, and in full in logs/dbt.log.")
        summarise(dbt, console)


@main.command()
@target_option
@raw_option
def answers(target: str, raw: str) -> None:
    """Print the four answers about web sessions."""
    check_emulator_is_there(target)
    print_answers(dbt_for(target, raw), Console())


@main.command()
@target_option
@raw_option
@click.option("--model", default="", help="The model to rebuild.")
@click.option("--swap", default="", help="yes: swap in the rebuilt rows that were compared.")
@click.option("--back", default="", help="yes: swap the previous rows back in.")
def rebuild(target: str, raw: str, model: str, swap: str, back: str) -> None:
    """Build a model aside, compare it with the present one, and swap it in when told to."""
    from warehouse.rebuild import rebuild as rebuild_model

    dbt = built_warehouse(target, raw, "rebuild")
    options = (f" TARGET={target}" if target != "duckdb" else "") + (f" RAW={raw}" if raw else "")
    rebuild_model(dbt, Console(), model, swap=swap, back=back, options=options)


@main.command()
@target_option
@raw_option
@click.option("--from", "first_day", default="", help="The first day, such as 2025-01-03.")
@click.option("--to", "last_day", default="", help="The last day.")
@click.option("--again", default="", help="yes: also the days that an unfinished backfill has built.")
def backfill(target: str, raw: str, first_day: str, last_day: str, again: str) -> None:
    """Build the days of a range again, each on its own."""
    from warehouse.backfill import backfill as backfill_days

    dbt = built_warehouse(target, raw, "backfill")
    backfill_days(dbt, Console(), first_day, last_day, again=again)


@main.command()
@target_option
@raw_option
def rebuild_late(target: str, raw: str) -> None:
    """Build the dates again for which scans of shipments came too late."""
    from warehouse.rebuild_late import rebuild_late as rebuild_late_dates

    rebuild_late_dates(built_warehouse(target, raw, "rebuild_late"), Console())


@main.command()
@target_option
@raw_option
@click.option("--keep-from", default="", help="The first day of arrival (UTC) that raw keeps, such as 2025-02-01.")
def purge_raw(target: str, raw: str, keep_from: str) -> None:
    """Delete the raw records that arrived before a day; staging keeps them."""
    from warehouse.purge import purge

    purge(built_warehouse(target, raw, "purge"), Console(), keep_from)


@main.command()
@raw_option
def docs(raw: str) -> None:
    """Write the dbt docs of the DuckDB warehouse as one static file, with the charts of the benchmarks."""
    dbt = dbt_for("duckdb", raw)
    if not warehouse_file().exists():
        raise UsageError("There is no warehouse to document; run `make build` first.")
    ensure_packages(PROJECT)
    if not dbt.run("docs", "generate", "--static").success:
        raise UsageError("The docs could not be written: the errors stand above, and in full in logs/dbt.log.")
    add_charts(dbt.target_path)
    click.echo(f"Docs with lineage: {os.path.relpath(dbt.target_path / 'static_index.html')}")


@main.command()
@raw_option
@click.option("--port", default=8080, help="A free port on 127.0.0.1.")
def docs_serve(raw: str, port: int) -> None:
    """Serve the dbt docs on 127.0.0.1 until Ctrl-C."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except (OSError, OverflowError) as error:
        raise UsageError(f"Port {port} cannot be used; choose another, such as: make docs-serve PORT=8081.") from error
    dbt = dbt_for("duckdb", raw)
    if not (dbt.target_path / "static_index.html").exists():
        raise UsageError("There are no docs yet; run `make docs` first.")
    click.echo(f"Serving the docs on http://127.0.0.1:{port}/ until Ctrl-C.")
    dbt.run("docs", "serve", "--host", "127.0.0.1", "--port", str(port), "--no-browser")


@main.command()
def deps() -> None:
    """Fetch dbt packages from the hub, or link their stand-ins."""
    say(Console(), ensure_packages(PROJECT, ask_hub=True))


@main.command()
def check_bigquery_sql() -> None:
    """Have Google's analyzer check every statement that BigQuery would get; no server, no network."""
    from warehouse.bigquery_analyzer.check import main as check

    say(Console(), ensure_packages(PROJECT))
    sys.exit(check(PROJECT))


@main.command()
@click.option("--prefix", required=True, help="pr_<number>_: what the names of the data sets begin with.")
def drop_bigquery_datasets(prefix: str) -> None:
    """Drop the data sets of a pull request."""
    from warehouse.bigquery_datasets import drop_datasets

    names = drop_datasets(os.environ.get("BIGQUERY_PROJECT", ""), prefix)
    click.echo(f"Dropped {len(names)} data sets: {', '.join(names)}" if names else f"There are no data sets {prefix}*.")


def dbt_for(target: str, raw: str) -> Dbt:
    """dbt for a target, reading the sample, the files under `raw`, or the tables in the schema RAW_SCHEMA names."""
    schema = os.environ.get("RAW_SCHEMA", "")
    if raw and target != "duckdb":
        raise UsageError(f"Files are read by DuckDB only; load them into {target} and name their schema: RAW_SCHEMA=….")
    if raw and schema:
        raise UsageError("RAW and RAW_SCHEMA exclude each other; give one.")
    if target == "bigquery":
        check_bigquery_login()
    schema = "raw_files" if raw else schema
    return Dbt(PROJECT, target, {"raw_from": "source", "raw_schema": schema} if schema else {})


def built_warehouse(target: str, raw: str, folder: str) -> Dbt:
    """dbt for a warehouse that has been built, to change it; artifacts go to target/<folder>.

    Raises UsageError where there is no warehouse, or it is in use.
    """
    check_emulator_is_there(target)
    dbt = replace(dbt_for(target, raw), folder=folder)
    if target == "duckdb":
        if not warehouse_file().exists():
            raise UsageError("There is no warehouse yet; run `make build` first.")
        check_warehouse_file(warehouse_file())
    ensure_packages(PROJECT)
    return dbt


def check_emulator_is_there(target: str) -> None:
    """Raise UsageError when the target is an emulator that has ended with the build it was started for."""
    if target == "bigquery_emulator" and "BIGQUERY_EMULATOR_ENDPOINT" not in os.environ:
        raise UsageError("The emulator keeps its data for the length of a build only; ask another TARGET.")


def check_bigquery_login() -> None:
    """Raise UsageError when BigQuery has no project to bill or nobody is logged in."""
    if not os.environ.get("BIGQUERY_PROJECT"):
        raise UsageError("TARGET=bigquery needs the environment variable BIGQUERY_PROJECT, the project to bill.")
    try:
        google.auth.default()
    except google.auth.exceptions.GoogleAuthError as error:
        raise UsageError("Nobody is logged in to BigQuery; run `gcloud auth application-default login`.") from error


def warehouse_file() -> Path:
    """The DuckDB file that profiles.yml names."""
    return PROJECT / os.environ.get("WAREHOUSE_DUCKDB", "warehouse.duckdb")


def check_warehouse_file(path: Path) -> None:
    """Raise UsageError when the file cannot be written: another program has it open, or it is no DuckDB file."""
    memory_limit = os.environ.get("WAREHOUSE_MEMORY_LIMIT", "3GB")
    try:
        duckdb.connect(config={"memory_limit": memory_limit}).close()
    except duckdb.Error as error:
        raise UsageError(f"WAREHOUSE_MEMORY_LIMIT={memory_limit} is no size; write it like 3GB.") from error
    try:
        duckdb.connect(path, config=NEWEST_FORMAT).close()
    except (duckdb.Error, OSError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(
            f"{path.name} cannot be opened for writing; close the program that uses it, or set WAREHOUSE_DUCKDB to "
            f"another file ({reason})."
        ) from error


def say(console: Console, line: str) -> None:
    """Print a line, if there is one."""
    if line:
        console.print(line, highlight=False, soft_wrap=True)


def run(arguments: list[str] | None = None) -> None:
    """The command line with UsageErrors as one sentence on standard error and exit code 1."""
    try:
        main(arguments, prog_name="python -m warehouse", standalone_mode=False)
    except UsageError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except click.ClickException as error:
        click.echo(f"{error.format_message()} See `make` for the commands.", err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
