"""Files of lines that are only added: what a killed process has left of a line does not spoil the next."""

import os
from pathlib import Path


def append_line(path: Path, line: str) -> None:
    """Add a line that is on the disk once this returns. Raises OSError where it cannot be written."""
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
