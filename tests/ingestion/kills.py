"""Ends an extraction, by a signal or an error, at a chosen file operation or network read, in a child of this process.

A child begins where this process is, with everything imported: a try takes no second to start.
"""

import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

# What changes or opens files, as Python's audit events name it; `fsync` is added here.
FILE_OPERATIONS = frozenset({"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"})


def in_child(
    work: Callable[[], None], kill_at: int = 0, within: str = "", how: int | OSError = signal.SIGKILL
) -> tuple[int, int]:
    """Run something in a child that is killed just before its `kill_at`-th operation on files named like `within`.

    `how` is the signal that it gets, or the error that this operation raises. Returns the child's exit code (-9 where
    SIGKILL has ended it) and how many such operations it has begun, which SIGKILL leaves at 0. With `kill_at=0` none is
    killed.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        with os.fdopen(reading) as pipe:
            said = pipe.read()
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status), int(said or 0)
    os.close(reading)
    count = 0
    lock = threading.Lock()

    def one_more() -> None:
        nonlocal count
        with lock:
            count += 1
            is_now = count == kill_at
        if is_now and isinstance(how, OSError):
            raise how
        if is_now:
            os.kill(os.getpid(), how)

    def hear(event: str, arguments: tuple) -> None:
        if event in FILE_OPERATIONS and not isinstance(arguments[0], int) and within in os.fsdecode(arguments[0]):
            one_more()

    sync = os.fsync

    def counted_sync(descriptor: int) -> None:
        one_more()
        sync(descriptor)

    code = 1
    try:
        # Where tests run in the background, Ctrl-C may be ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.fsync = counted_sync
        sys.addaudithook(hear)
        work()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        os.write(writing, str(count).encode())
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


@dataclass
class Proxy:
    """Stands between a client and a server on 127.0.0.1 and counts what the server sends, chunk by chunk.

    Attributes:
        port: where clients find it.
        chunks: how many have come since it was last reset.
        at: before which chunk `then` is called, once; 0 for none.
    """

    server: tuple[str, int]
    port: int = 0
    chunks: int = 0
    at: int = 0
    then: Callable[[], None] = field(default=lambda: None)

    def reset(self, at: int = 0, then: Callable[[], None] = lambda: None) -> None:
        """Count from the beginning."""
        self.chunks, self.at, self.then = 0, at, then

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self.server)
            except OSError:
                client.close()
                continue
            threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        try:
            while chunk := source.recv(8192):
                if counted:
                    self.chunks += 1
                    if self.chunks == self.at:
                        self.then()
                target.sendall(chunk)
        except OSError:
            pass
        finally:
            for end in (source, target):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()


@contextmanager
def proxy(server: tuple[str, int]) -> Iterator[Proxy]:
    """A proxy before a server, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        between = Proxy(server, port=listener.getsockname()[1])
        threading.Thread(target=between._serve, args=(listener,), daemon=True).start()
        yield between
