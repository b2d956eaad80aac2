"""A broker that speaks Kafka's protocol, on this machine, as long as a test needs one."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Its address, `127.0.0.1:<port>`; it has its data in `folder` and ends with the block.

    Raises RuntimeError with what it said where it does not start within 20 seconds.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    said = folder / "broker.log"
    command = [str(files("noida_db") / "noida-db"), "start", "--only", "kafka", "--kafka-port", str(port)]
    with said.open("wb") as log:
        process = subprocess.Popen([*command, "--data-dir", str(folder / "data")], stdout=log, stderr=log)
    try:
        _wait_for(port, process, said)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen, said: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"The broker did not start: {said.read_text(errors='replace')[-500:]}")
