"""How far a backfill has come, on disk, so that one that failed or was killed goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.dbt_runs import Dbt

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

# What says, besides the target, which warehouse it is.
SETTINGS = ("WAREHOUSE_DUCKDB", "BIGQUERY_PROJECT", "BIGQUERY_DATASET", "BIGQUERY_EMULATOR_ENDPOINT", "RAW_SCHEMA")


@dataclass
class Progress:
    """The days that an unfinished backfill has built again, in a file that is gone when there is no unfinished one.

    Attributes:
        file: where it is kept; each warehouse has its own.
        code: a hash of the code that built the days. What other code has built does not count.
        done: the days that succeeded.
        failed: the days that did not.
    """

    file: Path
    code: str
    done: set[date] = field(default_factory=set)
    failed: set[date] = field(default_factory=set)

    def record(self, day: date, succeeded: bool) -> None:
        """Write down, at once and as a whole, what became of a day."""
        (self.done if succeeded else self.failed).add(day)
        (self.failed if succeeded else self.done).discard(day)
        self._write()

    def forget(self, first: date, last: date) -> None:
        """Forget the days from `first` to `last`, and all days when none is left that failed."""
        self.failed = {day for day in self.failed if not first <= day <= last}
        self.done = {day for day in self.done if not first <= day <= last} if self.failed else set()
        self._write()

    def _write(self) -> None:
        if not self.failed and not self.done:
            self.file.unlink(missing_ok=True)
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self.file.with_suffix(".part")
        days = {"done": sorted(map(str, self.done)), "failed": sorted(map(str, self.failed))}
        part.write_text(json.dumps({"code": self.code, **days}, indent=2))
        part.replace(self.file)


def progress_of(dbt: Dbt, manifest: Manifest) -> Progress:
    """What is known of an unfinished backfill of this warehouse with this code."""
    project = manifest.metadata.project_name
    code = [node.raw_code for node in manifest.nodes.values() if node.resource_type == "model"]
    code += [macro.macro_sql for macro in manifest.macros.values() if macro.package_name == project]
    warehouse = _hash([dbt.variables, [os.environ.get(name, "") for name in SETTINGS]])
    progress = Progress(dbt.target_path / f"days_{warehouse}.json", _hash([sorted(code), dbt.variables]))
    if progress.file.exists():
        days = json.loads(progress.file.read_text())
        if days["code"] == progress.code:
            progress.done, progress.failed = (
                {date.fromisoformat(day) for day in days[kind]} for kind in ("done", "failed")
            )
    return progress


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
