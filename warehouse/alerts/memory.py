"""What has been told: a file of events beside the warehouse, `warehouse.alerts.jsonl`, to which lines are only added.

It is a file and no table, because the trouble may be that nobody can open the warehouse: a build that hangs holds it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.alerts.candidates import Candidate, Found
from warehouse.duckdb_files import warehouse_file
from warehouse.errors import UsageError
from warehouse.whole_lines import append_line

if TYPE_CHECKING:
    from warehouse.dbt_runs import Dbt


_OF_SOURCES = ("source_stale", "source_rejected", "rejections_high", "volume_low", "volume_high")


@dataclass
class Told:
    """An alert that was sent.

    Attributes:
        root: key of its root cause.
        tier: the highest tier it was sent with.
        text: its first line.
        opened_at: when it was sent.
        resolved_at: when it was found to be over; None while it is open.
        members: by key what was told with it: its tier, and the limit that was in force then.
    """

    root: str
    tier: str
    text: str
    opened_at: str
    resolved_at: str | None = None
    members: dict[str, list] = field(default_factory=dict)

    @property
    def cause(self) -> Candidate:
        """Its root cause, as far as a key says it."""
        rule, _, rest = self.root.partition(" ")
        return Candidate(rule, self.tier, source=rest.partition(" ")[0] if rule in _OF_SOURCES else "")


@dataclass
class Memory:
    """All that was told, oldest first, and what a channel did not take."""

    path: Path
    alerts: list[Told] = field(default_factory=list)
    undelivered: list[tuple[str, str]] = field(default_factory=list)
    # What a scheduler has said and not taken back, by its name.
    faults: dict[str, Candidate] = field(default_factory=dict)

    @property
    def open(self) -> list[Told]:
        """The alerts that are not over."""
        return [told for told in self.alerts if not told.resolved_at]

    @property
    def known(self) -> dict[str, list]:
        """By key what was told and has not ended since: its tier, and the limit that was in force."""
        return {key: told_as for told in self.alerts for key, told_as in told.members.items()}

    def still_broken(self, found: Found) -> list[Candidate]:
        """What is within its limit of today only because what lasts has become usual: the limit then still counts."""
        broken = []
        now = {candidate.key for candidate in found.candidates}
        for key, (tier, limit) in self.known.items():
            value, direction = found.measured.get(key, (None, 1))
            if key not in now and limit is not None and value is not None and direction * (value - limit) > 0:
                rule, _, rest = key.partition(" ")
                source, _, subject = rest.partition(" ")
                broken.append(Candidate(rule, tier, source, subject, value=value, limit=limit))
        return broken

    def write(self, event: dict[str, object]) -> None:
        """Add an event, and take note of it here."""
        try:
            append_line(self.path, json.dumps(event))
        except OSError as error:
            raise UsageError(f"{self.path} cannot be written to ({error.strerror}): make it writable.") from error
        self.note(event)

    def note(self, event: dict) -> None:
        """Take note of an event."""
        kind = event["event"]
        if kind == "opened":
            self.alerts.append(
                Told(event["root"], event["tier"], event["text"], event["at"], members=dict(event["members"]))
            )
        elif kind == "said":
            self._note_faults(event["faults"], datetime.strptime(event["at"], "%Y-%m-%d %H:%M").replace(tzinfo=UTC))
        elif kind == "undelivered":
            self.undelivered.append((event["channel"], event["text"]))
        elif kind == "delivered":
            self.undelivered.remove((event["channel"], event["text"]))
        elif kind == "ended":
            for told in self.alerts:
                told.members.pop(event["member"], None)
        else:
            told = next(told for told in reversed(self.alerts) if told.root == event["root"])
            if kind == "grown":
                told.tier = event["tier"]
                told.members.update(event["members"])
            else:
                told.resolved_at = event["at"]

    def _note_faults(self, faults: dict[str, str | list[str] | None], now: datetime) -> None:
        for name, said in faults.items():
            if said is None:
                self.faults.pop(name, None)
            elif isinstance(said, list):
                # All that this scheduler has: what it had before, and has no more, has no fault.
                gone = [fault for fault in self.faults if fault.startswith(f"{name} ")]
                for fault in set(gone) - {f"{name} {task}" for task in said}:
                    del self.faults[fault]
            else:
                since = self.faults[name].since if name in self.faults else now
                self.faults[name] = Candidate("task_failed", "page", subject=name, since=since, message=said)


def memory_file(dbt: Dbt) -> Path:
    """Beside the DuckDB file; of another target, in the project's folder."""
    if path := os.environ.get("WAREHOUSE_ALERT_MEMORY"):
        return Path(path)
    if dbt.target == "duckdb":
        file = warehouse_file(dbt.project)
        return file.with_name(f"{file.stem}.alerts.jsonl")
    return dbt.project / f"{dbt.target}.alerts.jsonl"


def remembered(dbt: Dbt) -> Memory:
    """What has been told. A last line that was cut off, as when a process was killed, is none."""
    memory = Memory(memory_file(dbt))
    try:
        lines = memory.path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return memory
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{memory.path} cannot be read ({error}): make it readable, or move it away.") from error
    for line in lines:
        try:
            memory.note(json.loads(line))
        except (ValueError, KeyError, TypeError, StopIteration):
            continue
    return memory


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """One process at a time sends; another waits, and then finds what this one has told."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.with_suffix(".lock").open("w")
    except OSError as error:
        raise UsageError(f"{path} cannot be written to ({error.strerror}): make it writable.") from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def at(moment: datetime) -> str:
    """A moment as events have it."""
    return f"{moment:%Y-%m-%d %H:%M}"
