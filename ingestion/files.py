"""Files from a drop folder: new, grown and late ones land piece by piece, byte for byte.

A piece holds whole records of one file, with the header of CSV before them, so that the warehouse reads it as it reads
any file: what is no record is set aside there, with file and line. The name of a piece says from which byte of which
file it is. A file that the warehouse could not read does not land.
"""

import codecs
import csv
import glob
import gzip
import hashlib
import io
import json
import os
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from ingestion.errors import CommittedElsewhereError, ExtractionError
from ingestion.landing import StagedFile, Stream
from ingestion.report import Extracted, Progress, Trouble, failure
from ingestion.settings import FilesSource, FileTable
from ingestion.storage import LocalFolder, Storage
from warehouse.errors import UsageError
from warehouse.raw_contract import TEXT_TABLE, check_columns, check_distinct
from warehouse.raw_files.dialect import NAME as FORMAT_FILE
from warehouse.raw_files.dialect import Dialect, dialect_of
from warehouse.raw_files.find import COMPRESSIONS, FORMATS
from warehouse.raw_files.read import LONGEST_LINE_BYTES

# A piece has at most about so many bytes.
PIECE_BYTES = 16 * 2**20
# A record of CSV that is longer is one of which a quote was never closed: lines are lines again.
LONGEST_RECORD_BYTES = 2**20
# Of what has been read the first and the last bytes are remembered, so that a file that was written anew is noticed.
REMEMBERED_BYTES = 4096
# A last line without a line end, or a file that can only be read as a whole, is taken when it has rested so long.
SECONDS_OF_REST = 60
# So many pieces are committed together.
PIECES_OF_COMMIT = 10_000


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
        return abs(datetime.now(UTC).timestamp() - self.modified_at) >= SECONDS_OF_REST


@dataclass(frozen=True)
class Taken:
    """What has been read of a file.

    Attributes:
        end: bytes up to where it has been read.
        modified_at: when it had last been written to, in seconds since 1970.
        head, tail: checksums of the first and of the last bytes that were read.
        open_at: where its last record begins, if that was read before it had an end.
    """

    end: int
    modified_at: float
    head: str
    tail: str
    open_at: int | None = None


class LandingError(ExtractionError):
    """The landing folder cannot be written, whatever is read."""


def extract(source: FilesSource, storage: Storage, progress: Progress, *, follow: bool, skip_lost: bool) -> Extracted:
    """Land what is new in each file. A file that cannot be read is a failure, and the others land.

    Raises ExtractionError where the drop folder is not there, or the landing folder cannot be written.
    """
    if follow or skip_lost:
        raise ExtractionError("FOLLOW=yes and SKIP_LOST=yes are for topics and change data: leave them out.")
    _check_folder(source, storage)
    done = Extracted()
    for table, asked in source.tables.items():
        try:
            _Table(source, table, asked, storage, done, progress).extract()
        except LandingError:
            raise
        except (ExtractionError, UsageError) as error:
            done.failures.append(failure(f"{table}: {error}", error))
    return done


def planned(source: FilesSource, storage: Storage) -> list[str]:
    """A line a table: how many files have something new, and how many bytes. Raises ExtractionError like extract()."""
    return _lines_of_tables(source, storage, lambda asked, stream: _news(source, asked, _taken(stream)))


def status(source: FilesSource, storage: Storage) -> list[str]:
    """A line a table: what has been read and when, and what is waiting. Raises ExtractionError like extract()."""

    def line(asked: FileTable, stream: Stream) -> str:
        taken = _taken(stream)
        last = f"last at {stream.newest.loaded_at:%Y-%m-%d %H:%M} UTC" if stream.newest else "never"
        return f"{len(taken):,} files of {asked.files} read, {last}; {_news(source, asked, taken)}"

    return _lines_of_tables(source, storage, line)


def _lines_of_tables(source: FilesSource, storage: Storage, line: Callable[[FileTable, Stream], str]) -> list[str]:
    _check_folder(source, storage)
    lines: list[str] = []
    for table, asked in source.tables.items():
        try:
            lines.append(f"{table}: {line(asked, Stream(storage, source.name, table))}")
        except ExtractionError as error:
            lines.append(Trouble(f"{table}: {error}"))
    return lines


class _Table:
    """Reads the files of one table."""

    def __init__(
        self, source: FilesSource, table: str, asked: FileTable, storage: Storage, done: Extracted, progress: Progress
    ) -> None:
        self.source, self.table, self.asked = source, table, asked
        self.storage, self.done, self.progress = storage, done, progress
        self.files = fsspec.core.url_to_fs(source.address)[0]
        self.dialect = _ensure_format(storage, table, asked.format)
        self.stream = Stream(storage, source.name, table)
        self.taken = _taken(self.stream)
        self.pieces: list[StagedFile] = []

    def extract(self) -> None:
        """Read the files one by one, those that were written first first."""
        found = _find(self.source, self.asked)
        self._follow_renamed(found)
        for file in found:
            try:
                for piece in self._pieces(file):
                    self.pieces.append(piece)
                    if len(self.pieces) >= PIECES_OF_COMMIT:
                        self._commit()
            except (LandingError, CommittedElsewhereError):
                raise
            except (ExtractionError, UsageError) as error:
                self.done.failures.append(str(error))
            except (OSError, EOFError, ValueError, csv.Error, pa.ArrowException) as error:
                said = " ".join(str(error).split())[:300].rstrip(".")
                self.done.failures.append(failure(f"{shown(file.name)} cannot be read: {said}.", error))
            self.progress.read(self.table, 1, len(found))
        if self.pieces:
            self._commit()

    def _commit(self) -> None:
        """Let the pieces count. What has been taken of which file stands in a file that the next commit replaces."""
        before = self.stream.state.get("files")
        content = json.dumps({name: asdict(taken) for name, taken in self.taken.items()}).encode()
        name = f"{self.stream.folder}/files/{self.stream.next_place}.json.gz"
        listing = StagedFile(self._staged([gzip.compress(content, 1)]), name, 0)
        self.stream.commit([*self.pieces, listing], {"files": name}, self.stream.loaded_at())
        if before:
            self.storage.remove(str(before))
        self.done.rows[self.table] += sum(piece.rows for piece in self.pieces)
        self.pieces = []

    def _staged(self, parts: Iterable[bytes]) -> str:
        """A staged file of these parts. Raises LandingError where it cannot be written."""
        name = self.stream.staged_name()
        try:
            with self.storage.writer(name) as file:
                for part in parts:
                    file.write(part)
        except OSError as error:
            raise LandingError(f"The landing folder {self.storage.root} cannot be written: {error}.") from error
        return name

    def _follow_renamed(self, found: Sequence[DropFile]) -> None:
        """A file that was given another name, as when logs are rotated, is the one that was read."""
        by_name = {file.name: file for file in found}
        new = [file for file in found if file.name not in self.taken]
        for name, taken in list(self.taken.items()) if new else ():
            file = by_name.get(name)
            if file and ((file.size, file.modified_at) == (taken.end, taken.modified_at) or self._begins(file, taken)):
                continue
            renamed = next((file for file in new if self._begins(file, taken)), None)
            if renamed:
                self.taken[renamed.name] = self.taken.pop(name)
                new.remove(renamed)

    def _begins(self, file: DropFile, taken: Taken) -> bool:
        """Whether a file begins with what was read of one."""
        if file.size < taken.end:
            return False
        try:
            with self.files.open(file.path, "rb") as content:
                return _checksums(content, taken.end) == (taken.head, taken.tail)
        except OSError:
            return False

    def _pieces(self, file: DropFile) -> Iterator[StagedFile]:
        """The pieces of what is new in a file; what has been taken of it is noted with each."""
        taken = self.taken.get(file.name)
        if taken and (taken.end, taken.modified_at) == (file.size, file.modified_at):
            return
        if file.name != shown(file.name):
            raise ExtractionError(f"The name of {shown(file.name)} is no UTF-8 text: rename the file.")
        if _format(self.table, file) is None:
            raise ExtractionError(
                f"{file.name} is of a type that {self.table} cannot be read from: use "
                f"{', '.join(name for name in FORMATS if _is_read(self.table, name))}, or another pattern."
            )
        with self.files.open(file.path, "rb") as content:
            if taken and not self._begins(file, taken):
                raise _written_anew(file)
            if self._is_whole(file):
                yield from self._whole(content, file, taken)
            else:
                yield from self._lines(content, file, taken)

    def _is_whole(self, file: DropFile) -> bool:
        """Whether a file cannot be read in parts."""
        if _format(self.table, file) == "parquet" or file.name.lower().endswith(COMPRESSIONS):
            return True
        marks = (self.dialect.delimiter, self.dialect.quote or "", self.dialect.escape or "", "\n")
        return any(len(mark.encode(self.dialect.encoding)) > 1 for mark in marks)

    def _whole(self, content: io.BufferedIOBase, file: DropFile, taken: Taken | None) -> Iterator[StagedFile]:
        if taken and file.size != taken.end:
            raise _written_anew(file)
        if taken:
            self.taken[file.name] = replace(taken, modified_at=file.modified_at)
            return
        if not file.has_rested and not _ends_as_parquet(content, file):
            self.done.notices.append(f"{file.name} is left for later: it was written to just now.")
            return
        rows = self._check_whole(content, file)
        content.seek(0)
        staged = self._staged(iter(lambda: content.read(PIECE_BYTES), b""))
        self.taken[file.name] = _note(content, file, file.size, None)
        yield StagedFile(staged, self._piece_name(file, 0), rows)

    def _check_whole(self, content: io.BufferedIOBase, file: DropFile) -> int:
        """How many records or lines a file has. Raises what says that the warehouse could not read it."""
        content.seek(0)
        if _format(self.table, file) == "parquet":
            metadata = pq.read_metadata(content)
            columns = metadata.schema.to_arrow_schema().names
            check_columns(self.table, file.name, columns)
            check_distinct(file.name, columns)
            return metadata.num_rows
        compression = next((ending for ending in COMPRESSIONS if file.name.lower().endswith(ending)), "")
        kind = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}.get(compression)
        stream = pa.CompressedInputStream(pa.PythonFile(content, "r"), kind) if kind else content
        decoder = codecs.getincrementaldecoder(self.dialect.encoding)()
        first, lines = "", 0
        while block := stream.read(PIECE_BYTES):
            text = self._text(file, block, decoder)
            lines += text.count("\n")
            first += text[: LONGEST_RECORD_BYTES - len(first)]
        self._text(file, b"", decoder)
        if _format(self.table, file) == "csv" and first:
            self._check_header(file, first)
        return lines

    def _lines(self, content: io.BufferedIOBase, file: DropFile, taken: Taken | None) -> Iterator[StagedFile]:
        is_csv = _format(self.table, file) == "csv"
        header = self._header(content, file) if is_csv else b""
        if header is None:
            return
        start = max(taken.end if taken else 0, len(header))
        if taken and taken.open_at is not None:
            start = self._after_open_record(content, file, taken)
        while start < file.size:
            block = self._block(content, file, start)
            end = self._end_of_records(block) if is_csv else block.rfind(b"\n") + 1
            open_at = None
            if len(block) - end >= LONGEST_RECORD_BYTES:
                end = max(end, block.rfind(b"\n") + 1)
            if start + len(block) == file.size and end < len(block) and file.has_rested:
                # Nobody finishes it any more, so it is what it is.
                open_at, end = start + end, len(block)
            if not end:
                self.done.notices.append(f"{file.name}: its last line is left for later, for it has no end yet.")
                break
            self._text(file, block[:end])
            staged = self._staged([header, block[:end]])
            name = self._piece_name(file, start)
            start += end
            self.taken[file.name] = _note(content, file, start, open_at)
            yield StagedFile(staged, name, block.count(b"\n", 0, end) + (open_at is not None))

    def _block(self, content: io.BufferedIOBase, file: DropFile, start: int) -> bytes:
        """What comes next of a file, with at least one line end unless the file ends before."""
        content.seek(start)
        block = content.read(min(PIECE_BYTES, file.size - start))
        while b"\n" not in block and start + len(block) < file.size:
            if len(block) > LONGEST_LINE_BYTES:
                raise ExtractionError(f"{file.name} has a line of over {LONGEST_LINE_BYTES:,} bytes: it is no text.")
            more = content.read(min(PIECE_BYTES, file.size - start - len(block)))
            if not more:
                break
            block += more
        return block

    def _after_open_record(self, content: io.BufferedIOBase, file: DropFile, taken: Taken) -> int:
        """Where reading goes on after a last record that had no end when it was read."""
        content.seek(taken.open_at)
        is_one_line = b"\n" not in content.read(taken.end - taken.open_at)
        follows = content.read(2)
        if not follows:
            return taken.end
        for line_end in (b"\n", b"\r\n"):
            if is_one_line and follows.startswith(line_end):
                return taken.end + len(line_end)
        self.done.notices.append(f"{file.name}: its last line was read before it was finished, and is read again.")
        return taken.open_at

    def _end_of_records(self, block: bytes) -> int:
        """How many bytes of a block of CSV, which begins with a record, are whole records, as the warehouse reads them.

        A record with broken quotes is its first line.
        """
        whole = block[: block.rfind(b"\n") + 1]
        if not self.dialect.quote or self.dialect.quote.encode(self.dialect.encoding) not in whole:
            return len(whole)
        # Each byte is a character, so that lengths are those of the file.
        lines = whole.decode("latin-1").split("\n")[:-1]
        following = _Lines(lines)
        end = 0
        while following.at < len(lines):
            first = following.at
            try:
                next(csv.reader(following, strict=True, **self._csv_options()))
            except csv.Error as error:
                if "unexpected end of data" in str(error):
                    break
                following.at = first + 1
            end += sum(len(line) + 1 for line in lines[first : following.at])
        return end

    def _csv_options(self) -> dict[str, object]:
        csv.field_size_limit(LONGEST_LINE_BYTES)
        dialect = self.dialect
        return {
            "delimiter": dialect.delimiter,
            "quotechar": dialect.quote,
            "quoting": csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
            "escapechar": dialect.escape,
            "doublequote": dialect.escape is None,
        }

    def _header(self, content: io.BufferedIOBase, file: DropFile) -> bytes | None:
        """The header of a CSV file with its line end; none where it is not finished yet."""
        content.seek(0)
        header = b""
        while line := content.readline(LONGEST_RECORD_BYTES):
            header += line
            if not line.endswith(b"\n"):
                break
            if self._end_of_records(header) == len(header):
                self._check_header(file, self._text(file, header))
                return header
        if header:
            self._text(file, header)
            self.done.notices.append(f"{file.name} is left for later: its first line has no end yet.")
        return None

    def _check_header(self, file: DropFile, text: str) -> None:
        """Raises UsageError where columns are missing, or there twice; csv.Error for a header that is none."""
        text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
        columns = next(csv.reader(io.StringIO(text, newline=""), strict=True, **self._csv_options()), [])
        in_path = [part.split("=")[0] for part in file.name.split("/") if "=" in part]
        check_columns(self.table, file.name, [*columns, *in_path])
        check_distinct(file.name, filter(str.strip, columns))

    def _text(self, file: DropFile, block: bytes, decoder: codecs.IncrementalDecoder | None = None) -> str:
        """Bytes as text; `decoder` is that of what came before. Raises ExtractionError for what is none."""
        decoder, is_end = (decoder, not block) if decoder else (self._decoder(), True)
        try:
            return decoder.decode(block, final=is_end)
        except UnicodeDecodeError as error:
            raise ExtractionError(
                f"{file.name} is no {self.dialect.encoding} text (byte {error.object[error.start]:02X}): correct it, "
                "or say its encoding in sources.yml, such as `format: {encoding: latin-1}`."
            ) from error

    def _decoder(self) -> codecs.IncrementalDecoder:
        return codecs.getincrementaldecoder(self.dialect.encoding)()

    def _piece_name(self, file: DropFile, start: int) -> str:
        folder, name = posixpath.split(file.name)
        compression = next((ending for ending in COMPRESSIONS if name.lower().endswith(ending)), "")
        stem, extension = posixpath.splitext(name[: len(name) - len(compression)])
        numbered = f"{stem}.{self.stream.next_place:09}-{start:015}{extension}{compression}"
        return posixpath.join(self.table, self.source.name, folder, numbered)


class _Lines:
    """Lines for csv.reader, which can be told where to go on.

    Attributes:
        at: the number of the next line.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines, self.at = lines, 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.at == len(self._lines):
            raise StopIteration
        self.at += 1
        return self._lines[self.at - 1] + "\n"


def shown(name: str) -> str:
    """A name as it can be printed and stored."""
    return name.encode("utf-8", "replace").decode()


def _check_folder(source: FilesSource, storage: Storage) -> None:
    """Raises ExtractionError where the drop folder is not there, or holds the landing folder."""
    files, base = fsspec.core.url_to_fs(source.address)
    if not files.exists(base):
        raise ExtractionError(
            f"The drop folder {source.address} of {source.name} does not exist: make it, or correct the address."
        )
    if isinstance(storage, LocalFolder) and "://" not in source.address:
        drop = os.path.realpath(base)
        if os.path.commonpath([os.path.realpath(storage.root), drop]) == drop:
            raise ExtractionError(
                f"The drop folder {source.address} of {source.name} holds the landing folder: what has landed would be "
                "read again."
            )


def _find(source: FilesSource, asked: FileTable) -> list[DropFile]:
    """The files of a pattern, those that were written first first. Names that begin with `.` or `_` are passed over."""
    files, base = fsspec.core.url_to_fs(source.address)
    files.invalidate_cache()
    found = []
    for path, said in files.glob(f"{glob.escape(base)}/{asked.files}", detail=True).items():
        name = posixpath.relpath(path, base)
        if said.get("islink"):
            # A link counts as what it leads to; one that leads nowhere cannot be read, which is said then.
            said = {**said, "type": "directory" if files.isdir(path) else "file"}
        if said["type"] == "file" and not any(part[0] in "._" for part in name.split("/")):
            changed = said.get("mtime") or said.get("LastModified") or files.modified(path)
            changed = changed.timestamp() if isinstance(changed, datetime) else float(changed)
            found.append(DropFile(name, path, said["size"], changed))
    return sorted(found, key=lambda file: (file.modified_at, file.name))


def _news(source: FilesSource, asked: FileTable, taken: Mapping[str, Taken]) -> str:
    """What is waiting in the files of a table."""
    sizes = [file.size - (taken[file.name].end if file.name in taken else 0) for file in _find(source, asked)]
    return f"{sum(sizes):,} bytes of {sum(map(bool, sizes)):,} files would be read"


def _ensure_format(storage: Storage, table: str, given: Mapping[str, str | None]) -> Dialect:
    """How the text files of a table are written: what sources.yml says of it stands in the landing folder too."""
    dialect = dialect_of(dict(given), f"The format of {table} in sources.yml")
    name = f"{table}/{FORMAT_FILE}"
    if given and not storage.exists(name):
        storage.create(name, yaml.safe_dump(dict(given)).encode())
    if not storage.exists(name):
        return dialect
    there = yaml.safe_load(storage.read(name))
    if given and there != dict(given):
        raise ExtractionError(f"{name} of the landing folder says {there}, and sources.yml says {dict(given)}.")
    return dialect_of(there, name)


def _format(table: str, file: DropFile) -> str | None:
    """A value of FORMATS, if the table can be read from it."""
    lower = file.name.lower()
    for compression in COMPRESSIONS:
        lower = lower.removesuffix(compression)
    found = FORMATS.get(posixpath.splitext(lower)[1])
    is_compressed = lower != file.name.lower()
    return None if (found == "parquet" and is_compressed) or (found == "text" and table != TEXT_TABLE) else found


def _is_read(table: str, extension: str) -> bool:
    return FORMATS[extension] != "text" or table == TEXT_TABLE


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
    """Of the first and the last bytes up to an end."""
    ends = []
    for start in (0, max(0, end - REMEMBERED_BYTES)):
        content.seek(start)
        ends.append(hashlib.sha256(content.read(min(REMEMBERED_BYTES, end - start))).hexdigest())
    return ends[0], ends[1]


def _written_anew(file: DropFile) -> ExtractionError:
    return ExtractionError(f"{file.name} was cut or written anew after it was read: give its new content another name.")


def _taken(stream: Stream) -> dict[str, Taken]:
    """What has been taken of each file. Raises CommittedElsewhereError where another process has gone on meanwhile."""
    name = stream.state.get("files")
    if not name:
        return {}
    try:
        content = stream.storage.read(str(name))
    except FileNotFoundError as error:
        raise CommittedElsewhereError(
            f"Another extraction of {stream.source} has gone on meanwhile, or {name} is gone: run it again."
        ) from error
    return {file: Taken(**said) for file, said in json.loads(gzip.decompress(content)).items()}
