"""app_logs as plain text: one line a record, without arrival columns."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from datagen.arrow import lines

# A line of one million characters, and one with a NUL byte in it.
LONG_LINE = f"2025-01-01|user=1|event=view|note={'x' * 1_000_000}"
NUL_LINE = "2025-01-01|user=1|event=vi\0ew"


class TextFile:
    """Lines of text. Its time of change is when its last record arrived, because readers take that for `loaded_at`."""

    def __init__(self, path: Path, windows: bool, last: bool, with_odd_lines: bool) -> None:
        """`windows`: lines end in CR LF. `last`: the last line has no end. `with_odd_lines`: the first two lines are
        replaced by a very long one and one with a NUL byte.
        """
        self._path = path
        self._file = path.open("wb")
        self._end = "\r\n" if windows else "\n"
        self._last = last
        self._odd = [LONG_LINE, NUL_LINE] if with_odd_lines else []
        self._begun = False
        self._arrived = 0

    def write(self, rows: pa.Table) -> None:
        """Append the log lines of `rows`."""
        if not rows.num_rows:
            return
        texts = rows["log_line"].combine_chunks()
        odd, self._odd = self._odd[: len(texts)], self._odd[len(texts) :]
        texts = pa.concat_arrays([pa.array(odd, pa.string()), texts.slice(len(odd))])
        if self._begun:
            self._file.write(self._end.encode())
        self._file.write(lines(texts, self._end))
        self._begun = True
        self._arrived = max(self._arrived, pc.max(rows["loaded_at"]).value)

    def close(self) -> None:
        """End the last line where it has an end, and set the time of the file."""
        if not self._last and self._begun:
            self._file.write(self._end.encode())
        self._file.close()
        os.utime(self._path, ns=(self._arrived * 1000, self._arrived * 1000))
