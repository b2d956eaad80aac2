"""Running dbt inside this process: one place for its arguments, its progress and its errors."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.dbt_messages import errors, without_colors
from warehouse.duckdb_files import check_folder, problem, warehouse_file
from warehouse.errors import UsageError
from warehouse.screen import console, say

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

TARGETS = ("duckdb", "bigquery", "bigquery_emulator")
# Warnings that are about a test, which is among the results of a run.
_OF_RESULTS = ("LogTestResult", "RunResultWarning", "RunResultWarningMessage")
# dbt-core 1.12 warns of cumulative metrics in each command: it also writes a file (OSI) that has no way to say them.
_OF_NO_USE = ("MFConverterIssue",)


@dataclass
class Dbt:
    """dbt for one target and one origin of raw data, with a manifest that is parsed once.

    Attributes:
        project: folder of dbt_project.yml.
        target: one of TARGETS.
        variables: dbt variables for every command, for example {"raw_from": "source"}.
        folder: where under target/ this dbt keeps its artifacts apart from those of builds, for example "rebuild".
    """

    project: Path
    target: str = "duckdb"
    variables: dict[str, object] = field(default_factory=dict)
    folder: str = ""
    manifest: Manifest | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.target not in TARGETS:
            raise UsageError(f"TARGET={self.target} is not known; use one of: {', '.join(TARGETS)}.")

    @property
    def target_path(self) -> Path:
        """Where dbt writes artifacts: `target/` as a plain `dbt build` does, else a folder of its own.

        dbt throws its parsed project away whenever target or variables change.
        """
        if self.variables or self.folder:
            return self.project / "target" / self.folder / (self.target + ("_source" if self.variables else ""))
        return self.project / "target" / ("" if self.target == "duckdb" else self.target)

    @property
    def place(self) -> str:
        """Which warehouse it is: the DuckDB file, or where on BigQuery."""
        if self.target == "duckdb":
            return str(warehouse_file(self.project))
        names = ("BIGQUERY_PROJECT", "BIGQUERY_DATASET", "BIGQUERY_EMULATOR_ENDPOINT")
        return " ".join([self.target, *(os.environ.get(name, "") for name in names)])

    def parse(self) -> Manifest:
        """The project as dbt reads it. Later commands of this object use it and do not read the project again."""
        result = self.run("parse")
        if not result.success:
            raise UsageError("The project cannot be read: the errors stand above, and in full in logs/dbt.log.")
        self.manifest = result.result
        return self.manifest

    def run(
        self, *arguments: str, callbacks: tuple[Callable, ...] = (), say_errors: bool = True, **settings: object
    ) -> dbtRunnerResult:
        """One dbt command, for example run("build", "--select", "marts"), with what macros print and what went wrong.
        `settings` are flags that the command has no option for, for example full_refresh=True.

        Raises UsageError for what dbt does not expect, such as a warehouse that is in use or a full disk.
        """
        for folder in (self.project / "target", Path(os.environ.get("DBT_LOG_PATH") or self.project / "logs")):
            check_folder(folder, str(folder), "work in a copy of the project")
        # dbt takes more than a second to import.
        from dbt.cli.main import dbtRunner
        from dbt_common.exceptions import DbtBaseException

        # The results of a macro that is called on its own do not say what went wrong.
        of_macro: list[str] = []

        def note_error_of_macro(event) -> None:
            if event.info.name in ("RunningOperationCaughtError", "RunningOperationUncaughtError"):
                of_macro.append(event.data.exc)

        command = [*arguments, "--project-dir", str(self.project), "--profiles-dir", str(self.project)]
        command += ["--target-path", str(self.target_path)]
        if self.variables:
            import yaml

            command += ["--vars", yaml.safe_dump(self.variables, default_flow_style=True)]
        # dbt would parse the project again where the target is named that a plain `dbt build` takes unnamed.
        if self.target != "duckdb":
            command += ["--target", self.target]
        # What dbt reads of a project lives as long as the run. Looking through it for garbage as often as Python does
        # unasked takes a twelfth of a build.
        gc.set_threshold(100_000, 20, 100)
        with _environment(DBT_TARGET=None, WAREHOUSE_DUCKDB=str(warehouse_file(self.project))):
            runner = dbtRunner(manifest=self.manifest, callbacks=[_repeat, note_error_of_macro, *callbacks])
            outcome = runner.invoke(["--log-level", "none", "--no-use-colors", *command], **settings)
        if isinstance(outcome.exception, KeyboardInterrupt):
            raise outcome.exception
        if outcome.exception and not isinstance(outcome.exception, DbtBaseException):
            raise self._unexpected(outcome.exception) from outcome.exception
        if not outcome.success:
            said = errors(outcome, of_macro)
            if locked := next((line for line in said if "Could not set lock on file" in line), ""):
                raise problem(warehouse_file(self.project), locked)
            say(*said if say_errors else ())
        return outcome

    def _unexpected(self, error: BaseException) -> UsageError:
        """What happened when dbt ends with an error that is none of its own."""
        first_line = str(error).partition("\n")[0]
        if type(error).__module__.endswith("duckdb") and self.target == "duckdb":
            return problem(warehouse_file(self.project), str(error))
        if isinstance(error, OSError):
            sentence = (
                f"dbt cannot write its files ({first_line}): make room and run this again; logs/dbt.log has more."
            )
        else:
            sentence = f"dbt stopped with {type(error).__name__} ({first_line}): what led to it is in logs/dbt.log."
        return UsageError(sentence)

    def build(
        self,
        *arguments: str,
        full_refresh: bool = False,
        say_errors: bool = True,
        callbacks: tuple[Callable, ...] = (),
    ) -> dbtRunnerResult:
        """`dbt build` with a progress bar where there is a terminal.

        With full_refresh, incremental models are built anew from all there is, not only from what has arrived.
        """
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        screen = console()
        with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
            bar = progress.add_task("dbt build", total=None)

            def advance(event) -> None:
                name = event.info.name
                if name.startswith("Log") and name.endswith("Result"):
                    total = getattr(event.data, "total", 0) or getattr(event.data, "num_models", 0)
                    progress.update(bar, total=total or None, advance=1)

            refresh = ["--full-refresh"] if full_refresh else []
            return self.run("build", *arguments, *refresh, callbacks=(advance, *callbacks), say_errors=say_errors)

    def query(self, sql: str, problem: str = "The warehouse cannot be read; run `make build` first.") -> list[dict]:
        """The rows of a query, with refs, as dictionaries by column name (lower case). For small results.

        Raises UsageError with the sentence `problem` when the query fails.
        """
        # What dbt wrote of the last build stays.
        options = ("--limit", "-1", "--output", "json", "--no-write-json")
        outcome = self.run("show", "--inline", sql, *options, say_errors=False)
        if not outcome.success:
            raise UsageError(problem)
        return rows_of(outcome.result.results[0].agate_table)


def rows_of(table) -> list[dict]:
    """The rows of dbt's table as dictionaries by column name (lower case)."""
    return [{name.lower(): value for name, value in zip(table.column_names, row, strict=True)} for row in table.rows]


def _repeat(event) -> None:
    """Print what macros print, and warnings that no result of a run repeats."""
    info = event.info
    if info.name == "PrintEvent":
        say(*event.data.msg.splitlines())
    elif info.level == "warn" and info.name not in (*_OF_RESULTS, *_OF_NO_USE):
        say(" ".join(without_colors(info.msg).split()))


@contextmanager
def _environment(**variables: str | None) -> Iterator[None]:
    """Environment variables for a while; None takes one away."""
    before = {name: os.environ.get(name) for name in variables}
    _set(variables)
    try:
        yield
    finally:
        _set(before)


def _set(variables: dict[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
