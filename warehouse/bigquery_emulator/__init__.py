"""A BigQuery-shaped server on this machine, for as long as a `with` block lasts."""

import json
import os
import select
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from warehouse.errors import UsageError

REPOSITORY = Path(__file__).resolve().parents[2]
# It works with another version of DuckDB than the warehouse, so it has an environment of its own.
ENVIRONMENT = REPOSITORY / ".venv-emulator"
LOG = REPOSITORY / "target" / "bigquery_emulator.log"
PROJECT = "test-project"


@contextmanager
def running(log: Path = LOG, start_timeout_seconds: float = 90) -> Iterator[str]:
    """Start an empty BigQuery emulator in a process of its own and yield its URL, `http://127.0.0.1:<port>`.

    The process ends, and its data with it, when the block ends or when this process does, whatever ends it.
    Its warnings and errors go to the file `log`, which is started afresh.
    Raises UsageError when the emulator is not installed or does not answer within `start_timeout_seconds`.
    """
    python = ENVIRONMENT / "bin" / "python"
    if not (python.exists() and (ENVIRONMENT / "emulator.txt").exists()):
        raise UsageError("The BigQuery emulator is not installed: run `make test-environment` first.")
    log.parent.mkdir(parents=True, exist_ok=True)
    ports, child_ports = os.pipe()
    command = [str(python), str(Path(__file__).with_name("server.py")), PROJECT, str(child_ports)]
    with os.fdopen(ports) as ports_file, log.open("wb") as log_file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # the server lives as long as this end stays open
            stdout=log_file,
            stderr=log_file,
            pass_fds=[child_ports],
            start_new_session=True,  # Ctrl-C is for this process, which then ends the server
        )
        os.close(child_ports)
        with process:
            try:
                yield _wait_until_ready(ports_file, log, time.monotonic() + start_timeout_seconds)
            finally:
                process.kill()


def _wait_until_ready(ports: TextIO, log: Path, deadline: float) -> str:
    """Return the URL once the server answers there; raise UsageError with the end of its log when it does not."""
    readable, _, _ = select.select([ports], [], [], max(0.0, deadline - time.monotonic()))
    announced = ports.read() if readable else ""
    if announced:
        endpoint = f"http://127.0.0.1:{json.loads(announced)['rest_port']}"
        while time.monotonic() < deadline:
            if _answers(endpoint):
                return endpoint
            time.sleep(0.1)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise UsageError(f"The BigQuery emulator did not start; see {log}, which ends with:\n{tail}")


def _answers(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/readyz", timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, TimeoutError):
        return False
