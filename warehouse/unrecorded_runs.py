"""Builds that dbt could not write into the run history, kept in a file until the next build hands them to dbt.

A build stands in `target/unrecorded_runs.jsonl` from its first moment until the hooks of the run history have recorded
it. What is left there was killed, or failed before dbt could write: the project could not be parsed, the warehouse was
in use, raw could not be read. The file is beside the warehouse and not in it, so it can be written at any time.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

# The environment variable that a hook (macros/run_history/) reads: a JSON list of events by column of `run_events`.
VARIABLE = "WAREHOUSE_UNRECORDED_RUNS"
COMMIT = "WAREHOUSE_COMMIT"
# No statement of BigQuery grows too long, and the file stays small where a warehouse is never built again.
MOST_EVENTS = 200
LONGEST_MESSAGE = 500


@dataclass
class UnrecordedRun:
    """A build that is not in the run history yet.

    Attributes:
        path: the file of such builds.
        warehouse: which history it belongs to; the file may hold builds of several warehouses.
        event: what is known of the build, by column of `run_events`.
        error: what went wrong, where it is known better than by the exception that ends the build.
    """

    path: Path
    warehouse: str
    event: dict[str, object]
    error: str = ""
    handed_over: list[dict] = field(default_factory=list)
    is_recorded: bool = False

    def begin(self) -> None:
        """Note that the build has begun, and hand those before it to dbt that are not going on beside it."""
        lines = _change(self.path, lambda lines: [*lines, self._line("begun")])
        over = {line["run_id"] for line in lines if line["event"] == "ended" or not _is_going_on(line)}
        self.handed_over = [
            line for line in lines[:-1] if line["warehouse"] == self.warehouse and line["run_id"] in over
        ]
        events = [{name: value for name, value in line.items() if name != "process_id"} for line in self.handed_over]
        os.environ[VARIABLE] = json.dumps(events)

    def note_id(self, event) -> None:
        """Take on the id of dbt's run at its first message, so that the hooks and this file mean the same run."""
        if self.event["run_id"] != event.info.invocation_id:
            old, self.event["run_id"] = self.event["run_id"], event.info.invocation_id
            _change(self.path, lambda lines: [{**line, "run_id": _new_id(line, old, self.event)} for line in lines])

    def record(self) -> None:
        """Forget this build and those before it: the hooks have recorded them."""
        self.is_recorded = True
        own = self.event["run_id"]
        _change(
            self.path, lambda lines: [line for line in lines if line["run_id"] != own and line not in self.handed_over]
        )

    def end(self, error: BaseException) -> None:
        """Note why the build ended, unless the hooks have."""
        if not self.is_recorded:
            said = str(self.error or error) or type(error).__name__
            _change(self.path, lambda lines: [*lines, self._line("ended", outcome="stopped", message=said)])

    def _line(self, event: str, message: str | None = None, **values: str) -> dict[str, object]:
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
        message = " ".join(message.split())[:LONGEST_MESSAGE] if message else None
        return {
            "warehouse": self.warehouse,
            "process_id": os.getpid(),
            **self.event,
            "event": event,
            "event_at": now,
            "message": message,
            **values,
        }


@contextmanager
def unrecorded_run(
    project: Path, warehouse: str, target: str, *, full_refresh: bool, selector: str = ""
) -> Iterator[UnrecordedRun]:
    """A build stands in the file while this lasts, and after it unless it was recorded."""
    commit = os.environ.get(COMMIT) or _commit(project)
    event = {
        "run_id": str(uuid.uuid4()),
        "run_date": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": "build",
        "selection": f"--selector {selector}" if selector else None,
        "is_full_refresh": full_refresh,
        "target_name": target,
        "project_commit": commit or None,
    }
    run = UnrecordedRun(project / "target" / "unrecorded_runs.jsonl", warehouse, event)
    before = {name: os.environ.get(name) for name in (VARIABLE, COMMIT)}
    os.environ[COMMIT] = commit
    run.begin()
    try:
        yield run
    except BaseException as error:
        run.end(error)
        raise
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def _is_going_on(line: dict) -> bool:
    """Whether another process is building: BigQuery takes builds side by side."""
    process = line.get("process_id", os.getpid())
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _new_id(line: dict, old: object, event: dict) -> object:
    return event["run_id"] if line["run_id"] == old else line["run_id"]


def _change(path: Path, change: Callable[[list[dict]], list[dict]]) -> list[dict]:
    """Write what a function makes of the lines of the file, and return it; only one process at a time does.

    Where the file cannot be written, builds go on without it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            changed = change([line for line in map(_parsed, file) if line])[-MOST_EVENTS:]
            file.truncate(0)
            file.writelines(json.dumps(line) + "\n" for line in changed)
            return changed
    except OSError:
        return change([])


def _parsed(line: str) -> dict | None:
    """A line as a mapping; None where a process was killed while it wrote."""
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return None


def _commit(project: Path) -> str:
    """The commit that is checked out; empty where git is not there or the project is no clone."""
    try:
        command = ["git", "-C", str(project), "rev-parse", "--verify", "HEAD"]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
