"""A copy of the project with an Airflow of its own, whose commands fail where a test says so."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 120
SECONDS_OF_A_RUN = 400

# Stands in for the Python of an environment: fails as a file of the task's name says, else runs the command.
STAND_IN = """#!{python}
import os, signal, subprocess, sys, time
python, words = {real!r}, sys.argv[2:]
name = "_".join([words[1], *(words[i + 1] for i, word in enumerate(words) if word in ("--source", "--selector"))])
file = {faults!r} + "/" + name
lines = open(file).read().split() if os.path.exists(file) else []
if not lines:
    os.execv(python, [python, *sys.argv[1:]])
open(file, "w").write(" ".join(lines[1:]))
if lines[0] == "kill":
    child = subprocess.Popen([python, *sys.argv[1:]])
    time.sleep(6)
    child.kill()
    child.wait()
    os.kill(os.getpid(), signal.SIGKILL)
print("made to fail with " + lines[0])
sys.exit(int(lines[0]))
"""


class Airflow:
    """What a test asks of an Airflow that is running.

    Attributes:
        project: the copy of the project; its warehouse and Airflow's home are in `.airflow`.
    """

    def __init__(self, project: Path, port: int) -> None:
        self.project = project
        self.home = project / ".airflow"
        self.warehouse = self.home / "warehouse.duckdb"
        self._url = f"http://127.0.0.1:{port}"
        self._token = ""

    def ask(self, path: str, body: dict | None = None, method: str | None = None) -> dict:
        """The answer of the API to a question, or to a request with a body."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def log_in(self) -> None:
        """Take a token, once somebody answers."""
        self._token = self.ask("/auth/token")["access_token"]

    def run(self, dag: str, **conf: str) -> dict[str, tuple[str, int]]:
        """State and tries of each task of a run that is begun now, once it has ended; of the run itself by ''."""
        begun = self.ask(f"/api/v2/dags/{dag}/dagRuns", {"logical_date": None, "conf": conf})
        return self.ended(dag, begun["dag_run_id"])

    def first_run(self, dag: str) -> str:
        """The id of the run that the schedule has begun."""
        until = time.monotonic() + SECONDS_TO_START
        while not (runs := self.ask(f"/api/v2/dags/{dag}/dagRuns")["dag_runs"]):
            assert time.monotonic() < until, "no run has begun"
            time.sleep(1)
        return runs[0]["dag_run_id"]

    def ended(self, dag: str, run: str) -> dict[str, tuple[str, int]]:
        """Like `run`, of a run that is there."""
        until = time.monotonic() + SECONDS_OF_A_RUN
        while (state := self.ask(f"/api/v2/dags/{dag}/dagRuns/{run}")["state"]) not in ("success", "failed"):
            assert time.monotonic() < until, state
            time.sleep(1)
        tasks = self.ask(f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]
        return {"": (state, 0), **{task["task_id"]: (task["state"], task["try_number"]) for task in tasks}}

    def log(self, dag: str, task: str) -> str:
        """The logs of all tries of a task, newest run last."""
        files = sorted((self.home / "logs").glob(f"dag_id={dag}/*/task_id={task}/*.log"), key=os.path.getmtime)
        return "".join(file.read_text() for file in files)

    def alerts(self) -> str:
        """What has been sent."""
        file = self.home / "alerts.txt"
        return file.read_text() if file.exists() else ""

    def sql(self, *statements: str) -> list:
        """Rows of the last statement, as lists, on the warehouse; the others change it."""
        code = (
            "import duckdb, json, sys\nwith duckdb.connect(sys.argv[1]) as c:\n"
            "    for s in json.load(sys.stdin): rows = c.execute(s).fetchall()\nprint(json.dumps(rows, default=str))"
        )
        command = [str(PROJECT / ".venv" / "bin" / "python"), "-c", code, str(self.warehouse)]
        done = subprocess.run(command, input=json.dumps(statements), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def copied(folder: Path) -> Path:
    """A copy of the project's files, with environments whose commands can be made to fail."""
    listed = ["git", "-C", str(PROJECT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split("\0")
    project = folder / "project"
    for name in filter(None, names):
        if (PROJECT / name).exists():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT / name, project / name, follow_symlinks=False)
    (project / "faults").mkdir()
    for environment in (".venv", ".venv-ingestion"):
        python = project / environment / "bin" / "python"
        python.parent.mkdir(parents=True)
        real = str(PROJECT / environment / "bin" / "python")
        python.write_text(STAND_IN.format(python=sys.executable, real=real, faults=str(project / "faults")))
        python.chmod(0o755)
    return project


@contextmanager
def running(project: Path, **settings: str) -> Iterator[Airflow]:
    """An Airflow as `make airflow` starts it, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "WAREHOUSE"))}
    environment |= {"WAREHOUSE_OPTION_PORT": str(port), **settings}
    with (project / "airflow.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.local"], cwd=project, env=environment, stdout=log, stderr=log
        )
        try:
            airflow = Airflow(project, port)
            until = time.monotonic() + SECONDS_TO_START
            while True:
                assert process.poll() is None and time.monotonic() < until, (project / "airflow.log").read_text()
                try:
                    airflow.log_in()
                    break
                except (urllib.error.URLError, ConnectionError):
                    time.sleep(0.5)
            yield airflow
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def a_day_that_is_late() -> dict[str, str]:
    """Settings by which the newest run should have begun ten minutes ago and been ready five minutes ago."""
    now = datetime.now(UTC)
    return {
        "WAREHOUSE_STARTS_AT": f"{now - timedelta(minutes=10):%H:%M}",
        "WAREHOUSE_READY_BY": f"{now - timedelta(minutes=5):%H:%M}",
        "WAREHOUSE_RETRY_SECONDS": "1",
    }
