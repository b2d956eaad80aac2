"""`make airflow`: an Airflow of this machine, for this machine only, with the project's DAGs."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
HOME = PROJECT / ".airflow"
# `airflow standalone` would add a triggerer, which has no work, and servers of logs, which listen on every address.
PARTS = (("api-server",), ("dag-processor",), ("scheduler", "--skip-serve-logs"))


def settings(port: str) -> dict[str, str]:
    """The environment of Airflow, and of the commands that its tasks run."""
    given = {
        name: os.environ.get(f"WAREHOUSE_OPTION_{name}") or os.environ.get(f"WAREHOUSE_{name}", "")
        for name in ("SOURCES", "LANDING", "TARGET")
    }
    if not given["SOURCES"]:
        # The sample, in a warehouse of its own.
        given["SOURCES"] = str(PROJECT / "orchestration" / "sample_sources.yml")
        given["LANDING"] = given["LANDING"] or str(HOME / "landing")
        given["DUCKDB"] = os.environ.get("WAREHOUSE_DUCKDB") or str(HOME / "warehouse.duckdb")
        given["ALERT_FILE"] = os.environ.get("WAREHOUSE_ALERT_FILE") or str(HOME / "alerts.txt")
    # Commands run in the project's folder.
    for name in ("SOURCES", "LANDING"):
        if given[name] and "://" not in given[name]:
            given[name] = os.path.abspath(given[name])
    return {
        **{f"WAREHOUSE_{name}": value for name, value in given.items() if value},
        "SAMPLE_FOLDER": str(PROJECT / "seeds" / "raw"),
        "AIRFLOW_HOME": str(HOME),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "orchestration" / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "utc",
        # Who can reach 127.0.0.1 can run commands as this user anyway.
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        # Airflow starts its own parts by name.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }


def main() -> None:
    """Make Airflow's database and the pool of DuckDB, say where to look, and run until Ctrl-C."""
    port = os.environ.get("WAREHOUSE_OPTION_PORT") or "8080"
    if not port.isdigit() or not 0 < int(port) < 65536:
        sys.exit(f"PORT={port} is no port; give a free one, such as PORT=8081.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            sys.exit(f"Port {port} cannot be used ({error.strerror}); give a free one, such as PORT=8081.")
    HOME.mkdir(exist_ok=True)
    # Held until this process ends.
    lock = (HOME / "lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"An Airflow of {HOME} is running already; end it first.")
    os.environ.update(settings(port))
    airflow = str(Path(sys.executable).parent / "airflow")
    for command in (["db", "migrate"], ["pools", "set", "warehouse_file", "1", "DuckDB lets one process write."]):
        done = subprocess.run([airflow, *command], capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["it does not say why"])[-1]
            sys.exit(f"Airflow cannot be set up in {HOME} ({last}); remove that folder and try again.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parts: dict[str, subprocess.Popen] = {}
    try:
        for name, *options in PARTS:
            with (HOME / f"{name}.log").open("w") as log:
                parts[name] = subprocess.Popen([airflow, name, *options], stdout=log, stderr=log)
        print(f"Airflow is on http://127.0.0.1:{port}/ in half a minute, until Ctrl-C; its first run begins by itself.")
        print(f"It extracts the sources of {os.environ['WAREHOUSE_SOURCES']}.", flush=True)
        while not (ended := [name for name, part in parts.items() if part.poll() is not None]):
            time.sleep(1)
        sys.exit(f"The {ended[0]} of Airflow has ended: {HOME / ended[0]}.log says why.")
    except KeyboardInterrupt:
        print("Stopping.", flush=True)
    finally:
        for part in parts.values():
            part.terminate()
        for part in parts.values():
            part.wait()


if __name__ == "__main__":
    main()
