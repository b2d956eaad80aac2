"""Work in a child of this process: clients of Kafka and Java do not survive a fork, and are started in no parent."""

import os
import pickle
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kills import in_child

from ingestion.errors import ExtractionError


def child(work: Callable[[], Any], folder: Path, kill_at: int = 0) -> Any:
    """What `work` gives, or the ExtractionError that it raises; None where it was killed.

    With `kill_at` it is killed before this operation on files of the landing folder; `folder` is for the answer.
    """
    result = folder / "result"
    result.unlink(missing_ok=True)

    def run() -> None:
        try:
            outcome = work()
        except ExtractionError as error:
            outcome = error
        result.write_bytes(pickle.dumps(outcome))

    code, _ = in_child(run, kill_at, "landing")
    assert code == (-signal.SIGKILL if kill_at and not result.exists() else 0)
    return pickle.loads(result.read_bytes()) if result.exists() else None


def started(work: Callable[[], Any]) -> int:
    """A child that goes on beside this process; its id. It exits with 0 where `work` gives what is false."""
    process = os.fork()
    if process:
        return process
    try:
        os._exit(bool(work()))
    finally:
        os._exit(2)


def ended(process: int) -> int:
    """The exit code of a child, once it has ended."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
