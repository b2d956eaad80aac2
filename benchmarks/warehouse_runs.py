"""Running dbt on DuckDB as a user does, with the time of its statements told apart from dbt's own."""

import json
import shutil
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.processes import PROJECT, measure
from warehouse.packages import ensure_packages
from warehouse.raw_files import inspect

# Whole, for dbt begins another file after 10 MiB unless told otherwise.
JSON_LOG = ("--log-level-file", "debug", "--log-format-file", "json", "--log-file-max-bytes", "0")
VARIABLES = json.dumps({"raw_from": "source", "raw_schema": "raw_files"})


@dataclass(frozen=True)
class WarehouseRun:
    """One run of dbt: wall seconds of the whole process, the seconds of them in which a statement was running, the
    greatest memory (MiB), and the size of the warehouse's file afterwards (MiB)."""

    seconds: float
    sql_seconds: float
    peak_mib: float
    disk_mib: float

    @property
    def dbt_seconds(self) -> float:
        """What is not SQL: starting Python, reading the project, rendering, logging."""
        return self.seconds - self.sql_seconds


class Warehouse:
    """A warehouse in a file of its own, in a folder that is emptied first.

    Args:
        folder: for the file, dbt's artifacts and its log.
        marts: the models to build, with all that they need.
    """

    def __init__(self, folder: Path, *marts: str) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder = folder
        self.file = folder / "warehouse.duckdb"
        self.marts = marts
        ensure_packages(PROJECT)

    def run(self, landing: Path) -> WarehouseRun:
        """Take in what is new in a folder of raw files. Raises UsageError when dbt does not succeed."""
        inspect(landing, self.file).register()
        # Read anew only when a file of the project has changed, as on the second day of any user.
        self._dbt("parse")
        log = self.folder / "logs" / "dbt.log"
        log.unlink(missing_ok=True)
        run = self._dbt("run", "--select", *(f"+{mart}" for mart in self.marts))
        return WarehouseRun(run.seconds, statement_seconds(log), run.peak_mib, self.file.stat().st_size / 2**20)

    def _dbt(self, command: str, *arguments: str):
        options = ["--vars", VARIABLES, "--profiles-dir", "profiles", "--target-path", str(self.folder / "target")]
        log = ["--log-path", str(self.folder / "logs"), *JSON_LOG]
        dbt = [str(Path(sys.executable).with_name("dbt")), "--quiet", *log]
        return measure([*dbt, command, *arguments, *options], WAREHOUSE_DUCKDB=str(self.file))


def statement_seconds(log: Path) -> float:
    """The seconds in which at least one statement was running, from dbt's log in JSON lines.

    Statements of several threads run at the same time, so their times are united and not added up.
    """
    spans = []
    for line in log.read_text().splitlines():
        event = json.loads(line)
        if event["info"]["name"] == "SQLQueryStatus":
            end = datetime.fromisoformat(event["info"]["ts"]).timestamp()
            spans.append((end - float(event["data"]["elapsed"]), end))
    total, reached = 0.0, 0.0
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return total
