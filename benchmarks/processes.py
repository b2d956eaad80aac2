"""Running a command as a process of its own, with its time and memory."""

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from warehouse.errors import UsageError

PROJECT = Path(__file__).resolve().parent.parent
_SECONDS_BETWEEN_LOOKS = 0.05


@dataclass(frozen=True)
class Run:
    """What a command took: wall seconds, the greatest memory (MiB, resident, with all child processes), its output."""

    seconds: float
    peak_mib: float
    output: str


def measure(command: list[str], **environment: str) -> Run:
    """Run a command in the project's folder with more environment variables, and wait for it.

    Raises UsageError with the end of its output when it does not succeed.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak = [0]
    watcher = threading.Thread(target=_watch_memory, args=(process, peak), daemon=True)
    watcher.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - began
    watcher.join()
    if process.returncode:
        raise UsageError(f"{' '.join(command)} did not succeed: {output[-3000:].strip()}")
    return Run(seconds, peak[0] / 2**20, output)


def _watch_memory(process: subprocess.Popen, peak: list[int]) -> None:
    while process.poll() is None:
        try:
            root = psutil.Process(process.pid)
            peak[0] = max(peak[0], sum(one.memory_info().rss for one in (root, *root.children(recursive=True))))
        except psutil.NoSuchProcess:
            pass
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def python(environment: str = ".venv") -> str:
    """The interpreter of an environment of the project; this one's where it is not there (as in CI)."""
    path = PROJECT / environment / "bin" / "python"
    return str(path) if path.exists() else sys.executable
