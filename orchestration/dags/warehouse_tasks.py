"""The project's own commands as tasks: each is a child process in the environment that the command has of its own.

Settings are environment variables; docs/airflow.md has them all.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import time, timedelta
from pathlib import Path

import yaml
from airflow.providers.standard.hooks.subprocess import SubprocessHook
from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

PROJECT = Path(os.environ.get("WAREHOUSE_PROJECT") or Path(__file__).resolve().parents[2])
TARGET = os.environ.get("WAREHOUSE_TARGET") or "duckdb"
if TARGET not in ("duckdb", "bigquery"):
    raise ValueError(f"WAREHOUSE_TARGET={TARGET} is not known; use duckdb or bigquery.")
SOURCES = Path(os.environ.get("WAREHOUSE_SOURCES") or PROJECT / "ingestion" / "sources.yml")
LANDING = os.environ.get("WAREHOUSE_LANDING") or str(PROJECT / "landing")
# DuckDB lets one process write: a pool of one slot. BigQuery needs no turns.
POOL = "warehouse_file" if TARGET == "duckdb" else "default_pool"
# What the commands end with when the same may work later.
MAY_PASS = os.EX_TEMPFAIL


def number(variable: str, default: int, of_what: str, example: int) -> int:
    """A whole number that an environment variable holds. Raises ValueError for anything else."""
    value = os.environ.get(variable) or str(default)
    if not value.isdecimal():
        raise ValueError(f"{variable}={value} is no number of {of_what}; write it like {example}.")
    return int(value)


# Such a fault is tried again three times, after this, twice this and four times this.
RETRY_SECONDS = number("WAREHOUSE_RETRY_SECONDS", 60, "seconds", 60)
RETRIES = {
    "retries": 3,
    "retry_delay": timedelta(seconds=RETRY_SECONDS),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(seconds=4 * RETRY_SECONDS),
}


def of_day(variable: str, default: str) -> time:
    """A time of day (UTC) that an environment variable names, such as 06:00. Raises ValueError for anything else."""
    value = os.environ.get(variable) or default
    try:
        return time.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{variable}={value} is no time of day; write it like {default}.") from error


def sources() -> list[str]:
    """The names of the sources that are extracted. Raises ValueError where they cannot be read."""
    try:
        return list(yaml.safe_load(SOURCES.read_text(encoding="utf-8"))["sources"])
    except (OSError, yaml.YAMLError, TypeError, KeyError) as error:
        said = " ".join(str(error).split())
        raise ValueError(f"WAREHOUSE_SOURCES={SOURCES} has no sources that can be read ({said}).") from error


def marts(*areas: str) -> list[Asset]:
    """The marts of some areas, or of all, as assets by the names of their models."""
    folder = PROJECT / "models" / "marts"
    files = [file for area in areas or ("*",) for file in folder.glob(f"{area}/*.sql")]
    return [Asset(file.stem, group="marts") for file in sorted(files)]


def extraction(*arguments: str) -> list[str]:
    """The command line of a command of `ingestion`."""
    return [str(PROJECT / ".venv-ingestion" / "bin" / "python"), "-m", "ingestion", *arguments]


def warehouse(*arguments: str) -> list[str]:
    """The command line of a command of `warehouse` on the target."""
    return [str(PROJECT / ".venv" / "bin" / "python"), "-m", "warehouse", *arguments, "--target", TARGET]


def build(part: str) -> list[str]:
    """The command line that builds a part of selectors.yml from what has landed."""
    landed = ["--raw", LANDING] if TARGET == "duckdb" else []
    return warehouse("build", "--selector", part, *landed)


class Command(BaseOperator):
    """A command of the project. Its output is the log of the task, and its last line the reason where it fails.

    A fault that passes, a process that was killed and one that took too long are tried again; others fail at once.

    Attributes:
        command: program and arguments; no shell reads them.
    """

    template_fields = ("command",)

    def __init__(self, *, command: list[str], **settings) -> None:
        super().__init__(**settings)
        self.command = command
        self._hook = SubprocessHook()

    def execute(self, context) -> None:
        """Run the command. Raises AirflowFailException for a fault that lasts, AirflowException for one that passes."""
        result = self._hook.run_command(self.command, cwd=str(PROJECT))
        if result.exit_code == 0:
            return
        was_killed = result.exit_code < 0
        reason = f"killed by signal {-result.exit_code}" if was_killed else result.output
        context["ti"].xcom_push("fault", reason)
        raise (AirflowException if was_killed or result.exit_code == MAY_PASS else AirflowFailException)(reason)

    def on_kill(self) -> None:
        """End the command, and what it has started, when the task is ended or takes too long."""
        if self._hook.sub_process and self._hook.sub_process.poll() is None:
            self._hook.send_sigterm()


class BuildStaging(Command):
    """Builds staging, and says first which sources are late, because their extraction has failed."""

    def execute(self, context) -> None:
        """Run the command whatever has been extracted."""
        for source, fault in faults_upstream(context).items():
            self.log.warning("Late: %s, %s", source, fault)
        super().execute(context)


class Tell(Command):
    """Sends alerts, with what has failed in this run that the run history cannot know."""

    def execute(self, context) -> None:
        """Run the command; what went well, and the deadline, are no fault any more."""
        name, failed, states = context["dag"].dag_id, faults_upstream(context), states_upstream(context)
        # Of a task that did not run nothing new is known.
        ran = [task for task, state in states.items() if state == "success" or task in failed]
        faults: dict[str, str | list[str] | None] = {f"{name} {task}": failed.get(task) for task in ran}
        faults[f"{name} {DEADLINE}"] = None
        # A task that is gone, as of a source that was removed, has no fault any more.
        faults[name] = sorted(states)
        self.command = alerts(faults)
        super().execute(context)


DEADLINE = "deadline"


def alerts(faults: dict[str, str | list[str] | None]) -> list[str]:
    """The command line that sends alerts; a fault of None is over, and a list has all tasks that there are."""
    return warehouse("alerts", "--send", "yes", "--faults", json.dumps(faults))


def faults_upstream(context) -> dict[str, str]:
    """The tasks before this one that have failed in this run, with the reason of each."""
    ti = context["ti"]
    failed = [name for name, state in states_upstream(context).items() if state == "failed"]
    return {name: ti.xcom_pull(task_ids=name, key="fault") or "it took too long or lost its worker" for name in failed}


def states_upstream(context) -> dict[str, str | None]:
    """The tasks before this one with their states in this run."""
    ti, run = context["ti"], context["run_id"]
    names = sorted(context["task"].upstream_task_ids)
    states = ti.get_task_states(dag_id=ti.dag_id, task_ids=names, run_ids=[run]).get(run, {})
    return {name: states.get(name) for name in names}


def tell_of_deadline(name: str, ready_by: str) -> None:
    """Sends the alert that a run is late: a callback, which runs while the run is still going on."""
    fault = {f"{name} {DEADLINE}": f"not ready by {ready_by} UTC"}
    subprocess.run(alerts(fault), cwd=PROJECT, check=True)
