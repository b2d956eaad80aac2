"""`python -m ingestion <command>`: what the Makefile calls."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ingestion.errors import ExtractionError, UnansweredError, is_passing
from ingestion.report import Extracted, Passing, Trouble
from ingestion.settings import Source, read_settings, resolved, without_secrets
from ingestion.storage import storage
from warehouse.errors import PassingError, UsageError

PROJECT = Path(__file__).resolve().parent.parent
# What reads a source of each kind. Imported when a source of the kind is read: drivers take long to import.
EXTRACTORS = {
    "files": "ingestion.files",
    "database": "ingestion.database",
    "api": "ingestion.api",
    "change_data": "ingestion.change_data",
    "topic": "ingestion.topics",
}


def option(name: str, *names: str, text: str, default: str = ""):
    """An option that make gives as NAME=…: the Makefile passes its value on in an environment variable."""
    variable = name.removeprefix("--").replace("-", "_").upper()
    return click.option(name, *names, default=default, envvar=f"WAREHOUSE_OPTION_{variable}", help=text)


source_option = option("--source", "name", text="A source of sources.yml; without one, all of them.")
landing_option = option("--landing", default="landing", text="The landing folder, or an address such as s3://….")
sources_option = option(
    "--sources", default=str(PROJECT / "ingestion" / "sources.yml"), text="Another file than ingestion/sources.yml."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Brings what is new in the sources into the landing folder."""


@main.command()
@source_option
@landing_option
@sources_option
@option("--dry-run", text="yes: say what would be read, and read nothing.")
@option("--follow", text="yes: go on reading a topic or change data until Ctrl-C.")
@option("--skip-lost", text="yes: go on after records that a topic has lost.")
def extract(name: str, landing: str, sources: str, dry_run: str, follow: str, skip_lost: str) -> None:
    """Read what is new in one source, or in all, one after the other."""
    flags = {"DRY_RUN": dry_run, "FOLLOW": follow, "SKIP_LOST": skip_lost}
    for flag, value in flags.items():
        if value not in ("", "no", "yes"):
            raise UsageError(f"{flag}={value} is neither yes nor no.")
    if follow == "yes" and not name:
        raise UsageError("FOLLOW=yes follows one source: name it, such as SOURCE=events.")
    store = storage(landing)
    failed, passing = 0, 0
    for source in chosen(sources, name):
        try:
            with one_sentence(source):
                ready = resolved(source)
                extractor = extractor_of(source)
                if dry_run == "yes":
                    failed += tell(source, extractor.planned(ready, store))
                    continue
                with bars() as progress:
                    done = extractor.extract(
                        ready, store, progress, follow=follow == "yes", skip_lost=skip_lost == "yes"
                    )
                failed += bool(done.failures)
                passing += any(isinstance(said, Passing) for said in done.failures)
                say(source, done)
        except ExtractionError as error:
            failed += 1
            passing += is_passing(error)
            said = f"{source.name}: {without_secrets(str(error), source)}"
            if name:
                raise (PassingError if passing else UsageError)(said) from error
            print(said, file=sys.stderr)
    if failed:
        kind = PassingError if passing else UsageError
        raise kind("What could not be read is named above; all else has landed.")


@main.command()
@source_option
@landing_option
@sources_option
def status(name: str, landing: str, sources: str) -> None:
    """Say how far each source has been read, and what is waiting in it."""
    store = storage(landing)
    failed = 0
    for source in chosen(sources, name):
        try:
            with one_sentence(source):
                failed += tell(source, extractor_of(source).status(resolved(source), store))
        except ExtractionError as error:
            failed += 1
            print(f"{source.name}: {without_secrets(str(error), source)}", file=sys.stderr)
    if failed:
        raise UsageError("What could not be asked is named above.")


@main.command()
@source_option
@landing_option
@sources_option
@option("--tables", text="Tables of the database, such as public.shipments,public.orders.")
def snapshot(name: str, landing: str, sources: str, tables: str) -> None:
    """Have all rows of some tables sent again by the change data of a source."""
    names = [table.strip() for table in tables.split(",") if table.strip()]
    if not names:
        raise UsageError("Say which tables are meant, such as TABLES=public.shipments.")
    on_change_data(sources, name, lambda source: extractor_of(source).snapshot(source, storage(landing), names))


@main.command()
@source_option
@sources_option
def drop_slot(name: str, sources: str) -> None:
    """Drop the replication slot of a source."""
    on_change_data(sources, name, lambda source: extractor_of(source).drop_slot(source))


def on_change_data(sources: str, name: str, ask: Callable[[Source], str]) -> None:
    """Do something with the one source of change data that is named, and say what has come of it."""
    if not name:
        raise UsageError("Say which source of change data is meant, such as SOURCE=shop_changes.")
    (source,) = chosen(sources, name)
    if source.kind != "change_data":
        raise UsageError(f"{name} is a source of the kind {source.kind}, and only change_data has a log of changes.")
    try:
        with one_sentence(source):
            print(f"{name}: {without_secrets(ask(resolved(source)), source)}")
    except ExtractionError as error:
        raise UsageError(f"{name}: {without_secrets(str(error), source)}") from error


def chosen(sources: str, name: str) -> list[Source]:
    """The source of a name, or all."""
    known = read_settings(Path(sources)).sources
    if name and name not in known:
        raise UsageError(f"There is no source {name}: sources.yml has {', '.join(known) or 'none'}.")
    return [known[name]] if name else list(known.values())


def extractor_of(source: Source) -> ModuleType:
    """The module that reads a kind of source: extract(), planned() and status()."""
    return importlib.import_module(EXTRACTORS[source.kind])


def tell(source: Source, lines: Sequence[str]) -> bool:
    """Print lines about a source; whether one is about what cannot be asked."""
    for line in lines:
        print(f"{source.name}: {without_secrets(line, source)}")
    return any(isinstance(line, Trouble) for line in lines)


def say(source: Source, done: Extracted) -> None:
    """What has landed, table by table, then what a person should know."""
    for table in source.tables:
        print(f"{source.name}: {done.rows[table]:,} records of {table}")
    for notice in done.notices:
        print(f"{source.name}: {without_secrets(notice, source)}")
    for failure in done.failures:
        print(f"{source.name}: {without_secrets(failure, source)}", file=sys.stderr)


@contextmanager
def one_sentence(source: Source) -> Iterator[None]:
    """Whatever a driver raises becomes one sentence; the whole of it goes to logs/extraction.log."""
    try:
        yield
    except (ExtractionError, KeyboardInterrupt):
        raise
    except UsageError as error:
        raise ExtractionError(str(error)) from error
    except Exception as error:
        log = PROJECT / "logs" / "extraction.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(without_secrets(traceback.format_exc(), source))
        said = " ".join(str(error).split())[:300] or type(error).__name__
        kind = UnansweredError if is_passing(error) else ExtractionError
        raise kind(f"{said.rstrip('.')}. All of it is in logs/extraction.log.") from error


@contextmanager
def bars() -> Iterator[Bars]:
    """A bar for each table, on a terminal only; they are gone when all has been read."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Bars(progress)


class Bars:
    """Draws how far an extraction is."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def read(self, table: str, rows: int, total: int | None = None) -> None:
        """So many more rows of a table have been read, of so many if that is known."""
        if table not in self._tasks:
            self._tasks[table] = self._progress.add_task(table, total=total)
        self._progress.update(self._tasks[table], advance=rows, total=total)


def run(arguments: list[str] | None = None) -> None:
    """The command line with every error as one sentence on standard error and exit code 1, or 75 if it may pass."""
    logging.raiseExceptions = False
    try:
        main(arguments, prog_name="python -m ingestion", standalone_mode=False)
    except (UsageError, ExtractionError) as error:
        _fail(str(error), getattr(error, "exit_code", 1))
    except click.ClickException as error:
        _fail(f"{error.format_message()} See `make` for the commands.")
    except (click.Abort, KeyboardInterrupt):
        _fail("Stopped.", 130)
    except OSError as error:
        _fail(f"{error.filename or 'A file'} cannot be used ({os.strerror(error.errno or 0)}).")


def _fail(sentence: str, code: int = 1) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(code)
