"""`python -m warehouse <command>`: what the Makefile calls."""

from __future__ import annotations

import difflib
import logging
import os
import shlex
import sys
import time
import traceback
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

# What takes long to import, dbt above all, is imported where it is used: a wrong option is answered at once.
from warehouse.errors import PassingError, UsageError
from warehouse.screen import console, printable, say

if TYPE_CHECKING:
    from warehouse.dbt_runs import Dbt
    from warehouse.remembered_raw import RememberedRaw

PROJECT = Path(__file__).resolve().parent.parent
# The part of selectors.yml that reads raw.
READS_RAW = "staging"
# Unit tests prove rules and not data: `make unit-test`, and `make test` on both engines.
NOT_BUILT = ("--exclude-resource-type", "unit_test")


def option(name: str, *names: str, text: str, default: str = ""):
    """An option that make gives as NAME=…: the Makefile passes its value on in an environment variable."""
    variable = name.removeprefix("--").replace("-", "_").upper()
    return click.option(name, *names, default=default, envvar=f"WAREHOUSE_OPTION_{variable}", help=text)


target_option = option("--target", default="duckdb", text="duckdb, bigquery or bigquery_emulator.")
raw_option = option("--raw", text="A folder of raw files to read instead of the sample.")
vars_option = option("--vars", "variables", text="dbt variables as a YAML mapping: {session_timeout_seconds: 1200}.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Builds, checks and shows the commerce warehouse."""
    check_settings()


def check_settings() -> None:
    """Raise UsageError where the environment has almost a setting: with WAREHOUSE_DUKDB another file would be built."""
    known = os.environ.get("WAREHOUSE_SETTINGS", "").split()
    for name in sorted(name for name in os.environ if name.startswith("WAREHOUSE_") and name not in known):
        if near := difflib.get_close_matches(name, known, n=1, cutoff=0.9):
            raise UsageError(f"There is no setting {name}; did you mean {near[0]}?")


@main.command()
@target_option
@raw_option
@vars_option
@option("--full-refresh", text="`yes` builds all of it anew, not only what has arrived.")
@option("--selector", text="A part of selectors.yml, such as staging, and then rest.")
def build(target: str, raw: str, variables: str, full_refresh: str, selector: str) -> None:
    """Build and test everything, or a part, then say what is there."""
    began = time.monotonic()
    if full_refresh not in ("", "no", "yes"):
        raise UsageError(f"FULL_REFRESH={full_refresh} is neither yes nor no.")
    check_selector(selector)
    looks_at_raw = selector in ("", READS_RAW)
    if target == "duckdb" and not looks_at_raw:
        check_staging_is_there()
    raw = raw or folder_built_from(target, variables)
    dbt = dbt_for(target, raw, variables)
    from warehouse.unrecorded_runs import unrecorded_run

    with ExitStack() as stack:
        run = stack.enter_context(
            unrecorded_run(PROJECT, dbt.place, target, full_refresh=full_refresh == "yes", selector=selector)
        )
        if target == "duckdb":
            # Files that come between two parts wait for the next build of staging: both parts see the same.
            take_warehouse(stack, raw if looks_at_raw else "", dbt, anew=full_refresh == "yes")
        provide_packages()
        if target == "bigquery_emulator" and "BIGQUERY_EMULATOR_ENDPOINT" not in os.environ:
            from warehouse.bigquery_emulator import running

            os.environ["BIGQUERY_EMULATOR_ENDPOINT"] = stack.enter_context(running())
        from warehouse.dbt_messages import errors, may_pass
        from warehouse.rejection_reasons import rejection_reasons
        from warehouse.summary import count_results, summarise, warnings

        options = (*NOT_BUILT, *(("--selector", selector) if selector else ()))
        outcome = dbt.build(*options, full_refresh=full_refresh == "yes", callbacks=(run.note_id,))
        seconds = time.monotonic() - began
        # Without results, dbt ended before the hooks that record a run.
        if outcome.result:
            run.record()
        if outcome.exception:
            run.error = "\n".join(errors(outcome))
        if outcome.success:
            summarise(outcome.result, seconds, target, rejection_reasons(PROJECT))
            return
        if outcome.result:
            say(*warnings(outcome.result), "", f"Build failed: {count_results(outcome.result, seconds)}.")
        if may_pass(outcome):
            raise PassingError(
                "The build did not succeed: run it again later; what stands above should pass by itself."
            )
        raise UsageError("The build did not succeed: correct what stands above and run it again; logs/dbt.log has all.")


@main.command()
@vars_option
def unit_test(variables: str) -> None:
    """Run the unit tests of models on the built sample, whose tables give them their types."""
    dbt = built_warehouse("duckdb", "", variables, "unit_test")
    results = dbt.run("test", "--select", "test_type:unit")
    if not results.success:
        raise UsageError("Unit tests failed: the errors stand above, and in full in logs/dbt.log.")
    passed = [result for result in results.result.results if result.node.resource_type == "unit_test"]
    if not passed:
        raise UsageError(
            "No unit test has run, for they read the sample: give VARS='{raw_from: seeds}', and WAREHOUSE_DUCKDB "
            "the file of a warehouse that was built from it."
        )
    say(f"{len(passed)} unit tests passed.")


@main.command()
@target_option
def answers(target: str) -> None:
    """Print the four answers about web sessions."""
    from warehouse.answers import print_answers

    check_emulator_is_there(target)
    print_answers(dbt_for(target, "", ""))


@main.command()
@target_option
@vars_option
@option("--sql", text="A query in the SQL of the target.")
def query(target: str, variables: str, sql: str) -> None:
    """Print the rows of a query."""
    from warehouse.query import print_rows

    check_emulator_is_there(target)
    print_rows(dbt_for(target, "", variables), sql)


@main.command()
@target_option
@raw_option
@vars_option
@option("--send", text="yes: send what is new, and say what is over.")
@option("--faults", text="What a scheduler knows: a JSON object of names with what is wrong, or null where it is over.")
def alerts(target: str, raw: str, variables: str, send: str, faults: str) -> None:
    """Say what is wrong, one alert a root cause, and send what nobody was told of yet."""
    from warehouse.alerts import alerts as tell

    check_emulator_is_there(target)
    tell(dbt_for(target, raw, variables), send, faults=faults)


@main.command()
@target_option
@raw_option
@vars_option
def report(target: str, raw: str, variables: str) -> None:
    """Write a page about runs, data and marts: target/report.html."""
    from warehouse.report import write_report

    check_emulator_is_there(target)
    say(f"Report: {os.path.relpath(write_report(dbt_for(target, raw, variables)))}")


@main.command()
@option("--query", text="A saved query or a metric, or options of `mf query`; without one, what there is to ask.")
def metrics(query: str) -> None:
    """Answer a question about metrics, or list what can be asked."""
    from warehouse.metrics import answer

    answer(dbt_for("duckdb", "", ""), query)


@main.command()
@target_option
@vars_option
@option("--model", text="The model whose rows are explained.")
@option("--where", text="Which of its rows, as a condition in SQL: user_id = 3 and metric_date = '2025-01-02'.")
@option("--all", "every", text="`yes` shows every record, not only the first.")
def explain(target: str, variables: str, model: str, where: str, every: str) -> None:
    """Print the raw records that rows of a model come from, with file and position."""
    if target != "duckdb":
        raise UsageError(f"make explain asks a DuckDB warehouse only, so leave TARGET={target} out.")
    from warehouse.explain import explain as explain_rows

    explain_rows(dbt_for(target, "", variables), model, where, every)


@main.command()
@target_option
@raw_option
@vars_option
@option("--model", text="The model to rebuild.")
@option("--swap", text="yes: swap in the rebuilt rows that were compared.")
@option("--back", text="yes: swap the previous rows back in.")
def rebuild(target: str, raw: str, variables: str, model: str, swap: str, back: str) -> None:
    """Build a model aside, compare it with the present one, and swap it in when told to."""
    from warehouse.rebuild import rebuild as rebuild_model

    dbt = built_warehouse(target, raw, variables, "rebuild")
    given = {"TARGET": target if target != "duckdb" else "", "RAW": raw, "VARS": variables}
    options = "".join(f" {name}={shlex.quote(value)}" for name, value in given.items() if value)
    rebuild_model(dbt, console(), model, swap=swap, back=back, options=options)


@main.command()
@target_option
@raw_option
@vars_option
@option("--from", "first_day", text="The first day, such as 2025-01-03.")
@option("--to", "last_day", text="The last day.")
@option("--again", text="yes: also the days that an unfinished backfill has built.")
def backfill(target: str, raw: str, variables: str, first_day: str, last_day: str, again: str) -> None:
    """Build the days of a range again, each on its own."""
    from warehouse.backfill import backfill as backfill_days

    dbt = built_warehouse(target, raw, variables, "backfill")
    backfill_days(dbt, console(), first_day, last_day, again=again)


@main.command()
@vars_option
@option("--file", text="The raw file, or the table all of whose files are meant.")
def forget_file(variables: str, file: str) -> None:
    """Say that a raw file was changed or removed on purpose."""
    from warehouse.forget_file import forget_file as forget

    say(forget(built_warehouse("duckdb", "", variables, "forget_file"), PROJECT, file))


@main.command()
@target_option
@raw_option
@vars_option
def rebuild_late(target: str, raw: str, variables: str) -> None:
    """Build the dates again for which scans of shipments came too late."""
    from warehouse.rebuild_late import rebuild_late as rebuild_late_dates

    rebuild_late_dates(built_warehouse(target, raw, variables, "rebuild_late"), console())


@main.command()
@target_option
@raw_option
@vars_option
@option("--keep-from", text="The first day of arrival (UTC) that raw keeps, such as 2025-02-01.")
def purge_raw(target: str, raw: str, variables: str, keep_from: str) -> None:
    """Delete the raw records that arrived before a day; staging keeps them."""
    from warehouse.purge import purge

    purge(built_warehouse(target, raw, variables, "purge"), console(), keep_from)


@main.command()
@raw_option
@vars_option
def docs(raw: str, variables: str) -> None:
    """Write the dbt docs of the DuckDB warehouse as one static file, with the charts of the benchmarks."""
    from warehouse.docs_pages import write_docs

    say(f"Docs with lineage: {os.path.relpath(write_docs(dbt_for('duckdb', raw, variables)))}")


@main.command()
@raw_option
@vars_option
@option("--port", default="8080", text="A free port on 127.0.0.1.")
def docs_serve(raw: str, variables: str, port: str) -> None:
    """Serve the dbt docs on 127.0.0.1 until Ctrl-C; they are written first where anything is newer."""
    from warehouse.docs_pages import docs_are_new, docs_server, write_docs

    dbt = dbt_for("duckdb", raw, variables)
    with docs_server(dbt, port) as server:
        if not docs_are_new(dbt):
            write_docs(dbt)
        say(f"Serving the docs on http://127.0.0.1:{server.server_port}/ until Ctrl-C.")
        server.serve_forever()


@main.command()
def deps() -> None:
    """Fetch dbt packages from the hub, or link their stand-ins."""
    provide_packages(ask_hub=True)


@main.command()
def check_bigquery_sql() -> None:
    """Have Google's analyzer check every statement that BigQuery would get; no server, no network."""
    from tools.googlesql_check import check

    provide_packages()
    try:
        sys.exit(check.main(PROJECT, passes=check.PASSES | check.ANALYSES | check.TEXT_IDS))
    except check.ProjectError as error:
        raise UsageError(str(error)) from error


@main.command()
@click.option("--prefix", required=True, help="pr_<number>_: what the names of the data sets begin with.")
def drop_bigquery_datasets(prefix: str) -> None:
    """Drop the data sets of a pull request."""
    from warehouse.bigquery_datasets import drop_datasets

    names = drop_datasets(os.environ.get("BIGQUERY_PROJECT", ""), prefix)
    say(f"Dropped {len(names)} data sets: {', '.join(names)}" if names else f"There are no data sets {prefix}*.")


def dbt_for(target: str, raw: str, variables: str) -> Dbt:
    """dbt for a target, reading the files under `raw`, the tables in the schema RAW_SCHEMA, or what was read before.

    `variables` is the text of VARS.
    """
    from warehouse.variables import read_variables

    given = read_variables(PROJECT, variables)
    schema = os.environ.get("RAW_SCHEMA", "")
    if not raw and not schema and (built_from := raw_built_from(target, given)):
        raw, schema = built_from.folder, built_from.schema
    if raw and target != "duckdb":
        raise UsageError(f"Files are read by DuckDB only; load them into {target} and name their schema: RAW_SCHEMA=….")
    if raw and schema:
        raise UsageError("RAW and RAW_SCHEMA exclude each other; give one.")
    if (raw or schema) and (twice := next((name for name in ("raw_from", "raw_schema") if name in given), "")):
        raise UsageError(f"{'RAW' if raw else 'RAW_SCHEMA'} says which raw is read, so leave {twice} out of VARS.")
    if target == "bigquery":
        check_bigquery_login()
    from warehouse.dbt_runs import Dbt

    schema = "raw_files" if raw else schema
    of_raw = {"raw_from": "source", "raw_schema": schema} if schema else {}
    return Dbt(PROJECT, target, {**given, **of_raw})


def check_selector(selector: str) -> None:
    """Raise UsageError where selectors.yml has no part of the name."""
    if not selector:
        return
    import yaml

    with (PROJECT / "selectors.yml").open(encoding="utf-8") as file:
        known = [part["name"] for part in yaml.safe_load(file)["selectors"]]
    if selector not in known:
        raise UsageError(f"SELECTOR={selector} is no part of selectors.yml; use one of: {', '.join(known)}.")


def check_staging_is_there() -> None:
    """Raise UsageError where there is no warehouse file that the other parts could be built from."""
    from warehouse.duckdb_files import warehouse_file

    if not warehouse_file(PROJECT).exists():
        raise UsageError(f"There is no warehouse yet; run `make build` with SELECTOR={READS_RAW} first.")


def raw_built_from(target: str, given: dict[str, object]) -> RememberedRaw | None:
    """Which raw the warehouse was built from; None where VARS say it, or it is not on this machine."""
    if target != "duckdb" or {"raw_from", "raw_schema"} & set(given):
        return None
    from warehouse.duckdb_files import warehouse_file
    from warehouse.remembered_raw import remembered_raw

    return remembered_raw(warehouse_file(PROJECT))


def folder_built_from(target: str, variables: str) -> str:
    """The folder of raw files that the warehouse was built from, if it was and no other raw is named."""
    from warehouse.variables import read_variables

    built_from = None
    if not os.environ.get("RAW_SCHEMA"):
        built_from = raw_built_from(target, read_variables(PROJECT, variables))
    if built_from and built_from.folder:
        say(f"Reading raw files from {built_from.folder}, as the build before did.")
    return built_from.folder if built_from else ""


def provide_packages(*, ask_hub: bool = False) -> None:
    """Make dbt_packages/ match packages.yml, and say where the packages are from if there is a choice."""
    from warehouse.packages import ensure_packages

    if line := ensure_packages(PROJECT, ask_hub=ask_hub):
        say(line)


def take_warehouse(stack: ExitStack, raw: str, dbt: Dbt, *, anew: bool) -> None:
    """Keep the DuckDB file for this process until the stack is left, with views on the files under `raw` if given.

    Raises UsageError, with the file as it was, when it cannot be written, or the raw files cannot be read.
    """
    from warehouse.duckdb_files import open_to_write, warehouse_file

    file = warehouse_file(PROJECT)
    if not raw:
        stack.enter_context(open_to_write(file))
        return
    # A file that is there is asked for first, since reading raw may take long; a new one is made once raw is read.
    if file.exists():
        stack.enter_context(open_to_write(file))
    from warehouse.raw_files import inspect
    from warehouse.variables import kept_from

    kept = kept_from(PROJECT, dbt.variables)
    # What staging keeps has the arrivals that are known; all else is read again by a full refresh.
    folder = inspect(Path(raw), file, kept, anew=anew and kept is None)
    stack.enter_context(open_to_write(file))
    say(*folder.notices, *(table.notice for table in folder.tables.values() if table.notice))
    folder.register()


def built_warehouse(target: str, raw: str, variables: str, folder: str) -> Dbt:
    """dbt for a warehouse that has been built, to change it; artifacts go to target/<folder>.

    On DuckDB the file is this process's until the command ends. Raises UsageError where there is no warehouse, or it is
    in use.
    """
    from warehouse.duckdb_files import open_to_write, warehouse_file
    from warehouse.packages import ensure_packages

    check_emulator_is_there(target)
    dbt = replace(dbt_for(target, raw, variables), folder=folder)
    if target == "duckdb":
        file = warehouse_file(PROJECT)
        if not file.exists():
            raise UsageError("There is no warehouse yet; run `make build` first.")
        click.get_current_context().with_resource(open_to_write(file))
    ensure_packages(PROJECT)
    return dbt


def check_emulator_is_there(target: str) -> None:
    """Raise UsageError when the target is an emulator that has ended with the build it was started for."""
    if target == "bigquery_emulator" and "BIGQUERY_EMULATOR_ENDPOINT" not in os.environ:
        raise UsageError("The emulator keeps its data for the length of a build only; ask another TARGET.")


def check_bigquery_login() -> None:
    """Raise UsageError when BigQuery has no project to bill, no number as a limit, or nobody is logged in."""
    if not os.environ.get("BIGQUERY_PROJECT"):
        raise UsageError("TARGET=bigquery needs the environment variable BIGQUERY_PROJECT, the project to bill.")
    limit = os.environ.get("BIGQUERY_MAXIMUM_BYTES_BILLED", "0")
    if not limit.isdecimal():
        raise UsageError(f"BIGQUERY_MAXIMUM_BYTES_BILLED={limit} is no number of bytes, such as 10737418240.")
    import google.auth
    import google.auth.exceptions

    try:
        google.auth.default()
    except google.auth.exceptions.GoogleAuthError as error:
        raise UsageError("Nobody is logged in to BigQuery; run `gcloud auth application-default login`.") from error


def run(arguments: list[str] | None = None) -> None:
    """The command line with every error as one sentence on standard error and exit code 1, or 75 if it may pass."""
    # Where a log cannot be written, such as on a full disk, Python would print a traceback for each line of it.
    logging.raiseExceptions = False
    try:
        main(arguments, prog_name="python -m warehouse", standalone_mode=False)
    except UsageError as error:
        fail(str(error), error.exit_code)
    except click.ClickException as error:
        fail(f"{error.format_message()} See `make` for the commands.")
    except (click.Abort, KeyboardInterrupt):
        fail("Stopped.", 130)
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        sys.stdout = None
        sys.exit(1)
    except Exception as error:
        fail(unexpected(error))
    finally:
        free_warehouse()


def free_warehouse() -> None:
    """Close the warehouse file, which dbt keeps open for a next command in this process."""
    if connections := sys.modules.get("dbt.adapters.duckdb.connections"):
        connections.DuckDBConnectionManager.close_all_connections()


def fail(sentence: str, exit_code: int = 1) -> None:
    """End the process with a sentence on standard error, after all that stands on standard output."""
    sys.stdout.flush()
    say(sentence, to_stderr=True)
    sys.exit(exit_code)


def unexpected(error: Exception) -> str:
    """One sentence for an error that nobody foresaw; its traceback goes to a log."""
    log = Path(os.environ.get("DBT_LOG_PATH") or PROJECT / "logs") / "warehouse.log"
    said = f"{type(error).__name__}: {error}".partition("\n")[0].rstrip(":. ")
    trace = "\n".join(map(printable, "".join(traceback.format_exception(error)).splitlines()))
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {' '.join(sys.argv)}\n{trace}\n")
    except OSError as unwritable:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"Unexpected error ({said}) at {place.filename}:{place.lineno}; there is no log, for {unwritable}."
    return f"Unexpected error ({said}); its traceback is at the end of {os.path.relpath(log)}."
