"""Limits of the process that runs what a learner wrote.

They are there against accidents: Python code that means harm gets around them.

SQL cannot: DuckDB opens no file, and its settings are locked.
"""

import _thread
import builtins
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# What a learner's models may take together, seconds of CPU; a check of the finished models takes about one.
CPU_SECONDS = 2
# What one of them may take of memory, and write.
MEMORY_BYTES = 4 * 2**30
FILE_BYTES = 64 * 2**20
# Each of these would get around the limits, or is not needed.
REFUSED_MODULES = {
    "ctypes",
    "duckdb",
    "multiprocessing",
    "pyarrow",
    "socket",
    "subprocess",
    "urllib",
    "requests",
    "practice",
}
_WRITES = {
    "os.remove",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
    "os.chown",
    "os.utime",
    "shutil.rmtree",
}
# Of these both paths are looked at.
_TWO_PATHS = {"os.rename", "os.link", "os.symlink"}
_NEVER = (
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.kill",
    "socket.",
    "ctypes.",
    "sqlite3.connect",
)


class RefusedError(Exception):
    """Says in one sentence what a learner's code may not do."""


class Fence:
    """Refuses what reaches outside of a folder while it is up.

    Attributes:
        folder: where files may be written; None: nowhere.
        on_write: called with the audit event and its paths before a write inside of the folder.
    """

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.on_write: Callable[[str, tuple], None] | None = None
        self._is_up = False
        sys.addaudithook(self._look)

    @contextmanager
    def up(self, folder: Path | None, on_write: Callable[[str, tuple], None] | None = None) -> Iterator[None]:
        """Have the fence up for a learner's code."""
        self.folder, self.on_write = folder.resolve() if folder else None, on_write
        imported = builtins.__import__
        builtins.__import__ = _refusing(imported)
        self._is_up = True
        try:
            yield
        finally:
            self._is_up = False
            builtins.__import__ = imported

    @contextmanager
    def down(self) -> Iterator[None]:
        """Take the fence down for what practice itself does in the middle of it."""
        before, self._is_up = self._is_up, False
        try:
            yield
        finally:
            self._is_up = before

    def _look(self, event: str, arguments: tuple) -> None:
        if not self._is_up:
            return
        if event.startswith(_NEVER):
            raise RefusedError(f"it calls {event}; an exercise starts no process and opens no connection or database")
        is_write = event in _WRITES or (event == "open" and _opens_to_write(arguments))
        if not is_write:
            return
        paths = [Path(os.fsdecode(one)) for one in arguments[:2] if isinstance(one, (str, bytes, os.PathLike))]
        with self.down():
            for path in paths[: 2 if event in _TWO_PATHS else 1]:
                if self.folder is None or not _is_in(path, self.folder):
                    raise RefusedError(f"it writes {path}; files may be written in its own folder only")
            if self.on_write:
                self.on_write(event, arguments)


def _opens_to_write(arguments: tuple) -> bool:
    _, mode, flags = arguments
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _is_in(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder)


def _refusing(imported: Callable) -> Callable:
    def import_or_refuse(name: str, context: dict | None = None, *others: object, **more: object) -> object:
        # Only what the learner's own file imports is asked about; libraries import what they need.
        if (context or {}).get("__name__") == "learner" and name.split(".")[0] in REFUSED_MODULES:
            raise RefusedError(f"it imports {name}, which an exercise does without")
        return imported(name, context, *others, **more)

    return import_or_refuse


def limit_process() -> None:
    """Limit memory and file sizes of this process, so that a mistake does not take the machine with it."""
    limits = {resource.RLIMIT_AS: MEMORY_BYTES, resource.RLIMIT_FSIZE: FILE_BYTES, resource.RLIMIT_CORE: 0}
    for limit, most in limits.items():
        # Not every system has each of them, and none can be raised.
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))


@contextmanager
def limited_cpu(seconds: float = CPU_SECONDS) -> Iterator[Callable[[], bool]]:
    """Interrupt what runs, Python or a query, once it has used so many seconds of CPU.

    Gives a function that says whether it has: the interruption is an exception of one kind or another.
    """
    # Ignored, it would be for good: so shells begin what runs in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    end, over, done = time.process_time() + seconds, threading.Event(), threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            if time.process_time() >= end:
                over.set()
                _thread.interrupt_main()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield over.is_set
    finally:
        done.set()
        watcher.join()
