"""Files from a drop folder: new, grown and late ones land piece by piece, byte for byte.

A piece holds whole lines of one file, with the header of CSV before them, so that the warehouse reads it as it reads
any file: what is no record is set aside there, with file and line. The name of a piece says from which byte of which
file it is.
"""

import csv
import hashlib
import io
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from ingestion.errors import ExtractionError
from ingestion.landing import StagedFile, Stream
from ingestion.report import Extracted, Progress
from ingestion.settings import FilesSource, FileTable
from ingestion.storage import Storage
from warehouse.errors import UsageError
from warehouse.raw_contract import TEXT_TABLE, check_columns
from warehouse.raw_files.dialect import NAME as FORMAT_FILE
from warehouse.raw_files.dialect import Dialect, read_dialect
from warehouse.raw_files.find import COMPRESSIONS, FORMATS

# A piece has at most about so many bytes.
PIECE_BYTES = 64 * 2**20
# A record of CSV that is longer is one of which a quote was never closed: lines are lines again.
LONGEST_RECORD_BYTES = 2**20
# Of what has been read the first and the last bytes are remembered, so that a file that was written anew is noticed.
REMEMBERED_BYTES = 4096
# A last line without a line end, or a file that can only be read as a whole, is taken when it has rested so long.
SECONDS_OF_REST = 60
# So many pieces are committed together.
PIECES_OF_COMMIT = 1000


@dataclass(frozen=True)
class DropFile:
    """A file of the drop folder as it is now."""

    # Below the address, with forward slashes.
    name: str
    path: str
    size: int
    # Seconds since 1970.
    modified_at: float

    @property
    def has_rested(self) -> bool:
        """Whether nobody has written to it for a while."""
        return datetime.now(UTC).timestamp() - self.modified_at >= SECONDS_OF_REST


@dataclass(frozen=True)
class Taken:
    """What has been read of a file.

    Attributes:
        end: bytes up to where it has been read.
        modified_at: when it had last been written to, in seconds since 1970.
        head, tail: checksums of the first and of the last bytes that were read.
        open_at: where its last line begins, if that was read without a line end.
    """

    end: int
    modified_at: float
    head: str
    tail: str
    open_at: int | None = None


def extract(source: FilesSource, storage: Storage, progress: Progress, *, follow: bool, skip_lost: bool) -> Extracted:
    """Land what is new in each file. Files that were written anew or cut are named, and the others land."""
    if follow or skip_lost:
        raise ExtractionError("FOLLOW=yes and SKIP_LOST=yes are for topics and change data: leave them out.")
    done = Extracted()
    for table, asked in source.tables.items():
        try:
            _Table(source, table, asked, storage, done, progress).extract()
        except (ExtractionError, UsageError) as error:
            done.failures.append(str(error))
    return done


def planned(source: FilesSource, storage: Storage) -> list[str]:
    """A line a table: how many files have something new, and how many bytes."""
    lines = []
    for table, asked in source.tables.items():
        taken = _taken(Stream(storage, source.name, table).state)
        news = [
            (file, file.size - taken[file.name].end if file.name in taken else file.size)
            for file in _find(source, asked)
        ]
        news = [(file, size) for file, size in news if size]
        lines.append(f"{table}: {sum(size for _, size in news):,} bytes of {len(news):,} files would be read")
    return lines


def status(source: FilesSource, storage: Storage) -> list[str]:
    """A line a table: what has been read and when, and what is waiting."""
    lines = []
    for (table, asked), plan in zip(source.tables.items(), planned(source, storage), strict=True):
        newest = Stream(storage, source.name, table).newest
        files = len(_taken(newest.state)) if newest else 0
        last = f"last at {newest.loaded_at:%Y-%m-%d %H:%M} UTC" if newest else "never"
        lines.append(f"{table}: {files:,} files of {asked.files} read, {last}; {plan.partition(': ')[2]}")
    return lines


class _Table:
    """Reads the files of one table."""

    def __init__(
        self, source: FilesSource, table: str, asked: FileTable, storage: Storage, done: Extracted, progress: Progress
    ) -> None:
        self.source, self.table, self.asked = source, table, asked
        self.storage, self.done, self.progress = storage, done, progress
        self.files = fsspec.core.url_to_fs(source.address)[0]
        self.stream = Stream(storage, source.name, table)
        self.taken = dict(_taken(self.stream.state))
        self.pieces: list[StagedFile] = []

    def extract(self) -> None:
        """Read the files one by one, those that were written first first."""
        self.dialect = _ensure_format(self.storage, self.table, self.asked.format)
        found = _find(self.source, self.asked)
        for file in found:
            try:
                for piece in self._pieces(file):
                    self.pieces.append(piece)
                    if len(self.pieces) >= PIECES_OF_COMMIT:
                        self._commit()
            except (ExtractionError, UsageError) as error:
                self.done.failures.append(str(error))
            self.progress.read(self.table, 1, len(found))
        if self.pieces:
            self._commit()

    def _commit(self) -> None:
        state = {"files": {name: asdict(taken) for name, taken in self.taken.items()}}
        self.stream.commit(self.pieces, state, self.stream.loaded_at())
        self.done.rows[self.table] += sum(piece.rows for piece in self.pieces)
        self.pieces = []

    def _pieces(self, file: DropFile) -> Iterator[StagedFile]:
        """The pieces of what is new in a file; what has been taken of it is noted with each."""
        taken = self.taken.get(file.name)
        if taken and (taken.end, taken.modified_at) == (file.size, file.modified_at):
            return
        with self.files.open(file.path, "rb") as content:
            if taken:
                _check_unchanged(content, file, taken)
            if _format(self.table, file) is None:
                raise ExtractionError(
                    f"{file.name} is of a type that {self.table} cannot be read from: use "
                    f"{', '.join(name for name in FORMATS if _is_read(self.table, name))}, or another pattern."
                )
            if self._is_whole(file):
                yield from self._whole(content, file, taken)
            else:
                yield from self._lines(content, file, taken)

    def _is_whole(self, file: DropFile) -> bool:
        """Whether a file cannot be read in parts."""
        is_lines = _format(self.table, file) != "parquet" and not file.name.lower().endswith(COMPRESSIONS)
        return not is_lines or "\n".encode(self.dialect.encoding) != b"\n"

    def _whole(self, content: io.BufferedIOBase, file: DropFile, taken: Taken | None) -> Iterator[StagedFile]:
        if taken and file.size != taken.end:
            raise _written_anew(file)
        if taken:
            self.taken[file.name] = replace(taken, modified_at=file.modified_at)
            return
        if not file.has_rested and not _ends_as_parquet(content, file):
            self.done.notices.append(f"{file.name} is left for later: it was written to just now.")
            return
        rows = 0
        if _format(self.table, file) == "parquet":
            try:
                content.seek(0)
                metadata = pq.read_metadata(content)
            except (pa.ArrowException, OSError) as error:
                raise ExtractionError(f"{file.name} is no Parquet file: {str(error).splitlines()[0]}.") from error
            rows = metadata.num_rows
            check_columns(self.table, file.name, metadata.schema.to_arrow_schema().names)
        staged = self.stream.staged_name()
        content.seek(0)
        with self.storage.writer(staged) as piece:
            while block := content.read(PIECE_BYTES):
                piece.write(block)
        self.taken[file.name] = _note(content, file, file.size, None)
        yield StagedFile(staged, self._piece_name(file, 0), rows)

    def _lines(self, content: io.BufferedIOBase, file: DropFile, taken: Taken | None) -> Iterator[StagedFile]:
        is_csv = _format(self.table, file) == "csv"
        quote = (self.dialect.quote or "").encode(self.dialect.encoding) if is_csv else b""
        escape = (self.dialect.escape or "").encode(self.dialect.encoding) if is_csv else b""
        header = self._header(content, file, quote, escape) if is_csv else b""
        if header is None:
            return
        start = max(taken.end if taken else 0, len(header))
        content.seek(start)
        if taken and taken.open_at is not None:
            follows = content.read(2)
            if follows[:1] == b"\n" or follows == b"\r\n":
                start += 1 if follows[:1] == b"\n" else 2
            elif follows:
                self.done.notices.append(
                    f"{file.name}: its last line was read before it was finished, and is read again."
                )
                start = taken.open_at
        while start < file.size:
            content.seek(start)
            block = content.read(min(PIECE_BYTES, file.size - start))
            end = _end_of_records(block, quote, escape)
            if not end and len(block) >= LONGEST_RECORD_BYTES:
                end = block.rfind(b"\n") + 1
            open_at = None
            if start + len(block) == file.size and end < len(block) and file.has_rested:
                # Nobody finishes it any more, so it is what it is.
                open_at = start + max(end, block.rfind(b"\n") + 1)
                end = len(block)
            if not end:
                self.done.notices.append(f"{file.name}: its last line is left for later, for it has no line end yet.")
                break
            staged = self.stream.staged_name()
            with self.storage.writer(staged) as piece:
                piece.write(header)
                piece.write(block[:end])
            name = self._piece_name(file, start)
            start += end
            self.taken[file.name] = _note(content, file, start, open_at)
            yield StagedFile(staged, name, block.count(b"\n", 0, end) + (open_at is not None))

    def _header(self, content: io.BufferedIOBase, file: DropFile, quote: bytes, escape: bytes) -> bytes | None:
        """The header of a CSV file with its line end; none where it is not finished yet."""
        content.seek(0)
        header = b""
        while line := content.readline(LONGEST_RECORD_BYTES):
            header += line
            if not line.endswith(b"\n"):
                break
            if not quote or _end_of_records(header, quote, escape) == len(header):
                text = header.decode(self.dialect.encoding).removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
                options = {"quotechar": self.dialect.quote} if quote else {"quoting": csv.QUOTE_NONE}
                escaped = {"escapechar": self.dialect.escape, "doublequote": False} if escape else {}
                (columns,) = csv.reader(io.StringIO(text), delimiter=self.dialect.delimiter, **options, **escaped)
                in_path = [part.split("=")[0] for part in file.name.split("/") if "=" in part]
                check_columns(self.table, file.name, [*columns, *in_path])
                return header
        if header:
            self.done.notices.append(f"{file.name} is left for later: its first line has no line end yet.")
        return None

    def _piece_name(self, file: DropFile, start: int) -> str:
        folder, name = posixpath.split(file.name)
        compression = next((ending for ending in COMPRESSIONS if name.lower().endswith(ending)), "")
        stem, extension = posixpath.splitext(name[: len(name) - len(compression)])
        numbered = f"{stem}.{self.stream.next_place:09}-{start:015}{extension}{compression}"
        return posixpath.join(self.table, self.source.name, folder, numbered)


def _find(source: FilesSource, asked: FileTable) -> list[DropFile]:
    """The files of a pattern, those that were written first first. Names that begin with `.` or `_` are passed over."""
    files, base = fsspec.core.url_to_fs(source.address)
    if not files.exists(base):
        raise ExtractionError(
            f"The drop folder {source.address} of {source.name} does not exist: make it, or correct the address."
        )
    files.invalidate_cache()
    found = []
    for path, said in files.glob(f"{base}/{asked.files}", detail=True).items():
        name = posixpath.relpath(path, base)
        if said["type"] == "file" and not any(part[0] in "._" for part in name.split("/")):
            changed = said.get("mtime") or said.get("LastModified") or files.modified(path)
            changed = changed.timestamp() if isinstance(changed, datetime) else float(changed)
            found.append(DropFile(name, path, said["size"], changed))
    return sorted(found, key=lambda file: (file.modified_at, file.name))


def _ensure_format(storage: Storage, table: str, given: Mapping[str, str | None]) -> Dialect:
    """How the text files of a table are written: what sources.yml says of it stands in the landing folder too."""
    name = f"{table}/{FORMAT_FILE}"
    if given and not storage.create(name, yaml.safe_dump(dict(given)).encode()):
        there = yaml.safe_load(storage.read(name))
        if there != dict(given):
            raise ExtractionError(
                f"{table}: {name} of the landing folder says {there}, and sources.yml says {dict(given)}."
            )
    if not storage.exists(name):
        return Dialect()
    folder = Path(storage.root, table)
    return read_dialect(folder) if folder.is_dir() else Dialect(**yaml.safe_load(storage.read(name)))


def _format(table: str, file: DropFile) -> str | None:
    """A value of FORMATS, if the table can be read from it."""
    found = _format_of(file.name)
    return None if found == "text" and table != TEXT_TABLE else found


def _format_of(name: str) -> str | None:
    lower = name.lower()
    for compression in COMPRESSIONS:
        lower = lower.removesuffix(compression)
    found = FORMATS.get(posixpath.splitext(lower)[1])
    return None if found == "parquet" and lower != name.lower() else found


def _is_read(table: str, extension: str) -> bool:
    return FORMATS[extension] != "text" or table == TEXT_TABLE


def _end_of_records(block: bytes, quote: bytes, escape: bytes) -> int:
    """How many bytes of a block, which begins with a record, are whole records: up to a line end outside of quotes."""
    if not quote:
        return block.rfind(b"\n") + 1
    if escape:
        # An escaped quote is none.
        block = block.replace(escape + quote, b"  ")
    quotes, end = block.count(quote), len(block)
    while True:
        last = block.rfind(quote, 0, end)
        if quotes % 2 == 0:
            line_end = block.rfind(b"\n", last + 1, end)
            if line_end >= 0:
                return line_end + 1
        if last < 0:
            return 0
        quotes, end = quotes - 1, last


def _ends_as_parquet(content: io.BufferedIOBase, file: DropFile) -> bool:
    """Whether a file is Parquet and finished."""
    if not file.name.lower().endswith(".parquet") or file.size < 12:
        return False
    content.seek(file.size - 4)
    return content.read(4) == b"PAR1"


def _note(content: io.BufferedIOBase, file: DropFile, end: int, open_at: int | None) -> Taken:
    head, tail = _checksums(content, end)
    return Taken(end, file.modified_at, head, tail, open_at)


def _checksums(content: io.BufferedIOBase, end: int) -> tuple[str, str]:
    ends = []
    for start in (0, max(0, end - REMEMBERED_BYTES)):
        content.seek(start)
        ends.append(hashlib.sha256(content.read(min(REMEMBERED_BYTES, end - start))).hexdigest())
    return ends[0], ends[1]


def _check_unchanged(content: io.BufferedIOBase, file: DropFile, taken: Taken) -> None:
    if file.size < taken.end or _checksums(content, taken.end) != (taken.head, taken.tail):
        raise _written_anew(file)


def _written_anew(file: DropFile) -> ExtractionError:
    return ExtractionError(f"{file.name} was cut or written anew after it was read: give its new content another name.")


def _taken(state: Mapping[str, object]) -> dict[str, Taken]:
    return {name: Taken(**said) for name, said in state.get("files", {}).items()}
