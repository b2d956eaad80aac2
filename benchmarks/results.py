"""Results as files: one a suite, with the machine and the versions it was measured on."""

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.processes import PROJECT

FOLDER = PROJECT / "benchmarks" / "results"


def write(suite: str, measured: dict, folder: Path = FOLDER) -> Path:
    """Write what a suite measured as `<suite>.json` and return the file. It replaces the last result of the suite."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{suite}.json"
    head = {"suite": suite, "measured_at": datetime.now(UTC).isoformat(timespec="minutes"), "machine": machine()}
    path.write_text(json.dumps(head | measured, indent=1) + "\n")
    return path


def read(suite: str, folder: Path = FOLDER) -> dict | None:
    """The last result of a suite, or None when it has never been run."""
    path = folder / f"{suite}.json"
    return json.loads(path.read_text()) if path.exists() else None


def is_same_kind_of_machine(one: dict | None, other: dict) -> bool:
    """Whether two results come from machines of the same cores, memory and processor, so that their seconds compare."""
    return one is not None and all(
        one["machine"][of] == other["machine"][of] for of in ("cores", "memory_gib", "processor")
    )


def machine() -> dict[str, str | int]:
    """What the times depend on: cores, memory, processor, and the versions of project, Python, dbt and DuckDB."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "processor": _processor(),
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "dbt": version("dbt-core"),
        "duckdb": version("duckdb"),
    }


def _processor() -> str:
    names = [line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []
