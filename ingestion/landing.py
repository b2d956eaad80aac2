"""Records land exactly once: data files appear whole, and a log of commits says which of them count.

A stream is what is read in order: a table of a database, a partition of a topic. Its log is a folder of small JSON
files, `landing/_extract/<source>/<stream>/<place>.json`, each named by the place from which its records were read:

    1. Data files are written as `…/staged/<place>-<random>`, which nobody reads.
    2. The commit is written under a name that only one process can take. From here on the records count.
    3. The files that it names are moved to where the warehouse reads them.

A process that ends before 2 leaves files that are removed once their place has been committed; one that ends before 3
leaves work that whoever opens the stream next does first. State, such as a cursor, stands in the commit: there is no
moment at which data and state differ. Names that begin with `_` are not read by the warehouse.
"""

import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.errors import CommittedElsewhereError
from ingestion.storage import Storage

LOGS = "_extract"
# Digits of a place in the names of commits, so that the order of names is that of places.
DIGITS = 20
_COMMIT = re.compile(rf"\d{{{DIGITS}}}\.json")
# Commits are kept this long. A process that has slept longer could commit again from a place that is forgotten.
DAYS_KEPT = 30
# Columns that hold few different values.
REPEATED = ["loaded_at", "source_file"]


@dataclass(frozen=True)
class StagedFile:
    """A data file that is written and not yet committed."""

    staged: str
    # Where it is to appear, below the root of the landing folder.
    name: str
    rows: int


@dataclass(frozen=True)
class Commit:
    """One step of a stream.

    Attributes:
        place: from where its records were read: an offset, or a number that counts commits.
        next_place: that of the commit that follows it.
        files: what it adds, by staged name the name under which it appears.
        state: what the next reading goes on from.
        loaded_at: arrival of its records, UTC without a zone.
        rows: how many records it adds.
    """

    place: int
    next_place: int
    files: Mapping[str, str]
    state: Mapping[str, object]
    loaded_at: datetime
    rows: int


@dataclass
class Stream:
    """What is read in order, and how far it has been read.

    Attributes:
        storage: of the landing folder.
        source, name: of the source, and of the stream within it: parts of paths.
        newest: the last commit; none at first.
    """

    storage: Storage
    source: str
    name: str
    newest: Commit | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.open()

    @property
    def folder(self) -> str:
        """Where its log is."""
        return f"{LOGS}/{self.source}/{self.name}"

    @property
    def state(self) -> Mapping[str, object]:
        """What the next reading goes on from; empty at first."""
        return self.newest.state if self.newest else {}

    @property
    def next_place(self) -> int:
        """The place of the next commit."""
        return self.newest.next_place if self.newest else 0

    def open(self) -> None:
        """Look at the log as it is now, finish its last step, and remove what can never count."""
        commits = [name for name in self.storage.names(self.folder) if _COMMIT.fullmatch(name)]
        if not commits:
            return
        self.newest = _read(self.storage.read(f"{self.folder}/{commits[-1]}"))
        self._publish(self.newest)
        for name in self.storage.names(f"{self.folder}/staged"):
            # A file from the next place may be one that another process is about to commit.
            place = name.split("-")[0]
            if place.isdecimal() and int(place) < self.newest.next_place:
                self.storage.remove(f"{self.folder}/staged/{name}")
        self._forget_old(commits)

    def loaded_at(self) -> datetime:
        """When a record that is read now arrives: UTC without a zone, in microseconds, later than all before it.

        A clock that was put back does not change the order of arrivals.
        """
        now = datetime.now(UTC).replace(tzinfo=None)
        return max(now, self.newest.loaded_at + timedelta(microseconds=1)) if self.newest else now

    def file_name(self, table: str, loaded_at: datetime, number: int = 0) -> str:
        """Where a Parquet file of the next commit appears: by table, source, and hour of arrival.

        The folders are plain numbers; named like `hour=10` they would be columns.
        """
        stream = self.name.replace("/", "-")
        return f"{table}/{self.source}/{loaded_at:%Y/%m/%d/%H}/{stream}-{self.next_place:0{DIGITS}}-{number:04}.parquet"

    def staged_name(self) -> str:
        """A name of its own for a file of the next commit."""
        return f"{self.folder}/staged/{self.next_place:0{DIGITS}}-{secrets.token_hex(8)}"

    def commit(
        self,
        files: Sequence[StagedFile],
        state: Mapping[str, object],
        loaded_at: datetime,
        next_place: int | None = None,
    ) -> Commit:
        """Let staged files count, with the state after them, and go on at `next_place`: the next number, or an offset.

        Raises CommittedElsewhereError where another process has committed from here; nothing of this one counts.
        """
        at = self.next_place
        commit = Commit(
            at,
            at + 1 if next_place is None else next_place,
            {file.staged: file.name for file in files},
            state,
            loaded_at,
            sum(file.rows for file in files),
        )
        if not self.storage.create(f"{self.folder}/{at:0{DIGITS}}.json", _written(commit)):
            raise CommittedElsewhereError(
                f"Another extraction has read the same of {self.source} ({self.name}): let one end before the next."
            )
        self.newest = commit
        self._publish(commit)
        return commit

    def discard(self, files: Sequence[StagedFile]) -> None:
        """Remove staged files that are not to count."""
        for file in files:
            self.storage.remove(file.staged)

    def _publish(self, commit: Commit) -> None:
        for staged, name in commit.files.items():
            self.storage.move(staged, name)

    def _forget_old(self, commits: Sequence[str]) -> None:
        """Remove commits that are a month old, oldest first, with a look at no more than a few at a time."""
        for name in commits[:-1][:10]:
            try:
                commit = _read(self.storage.read(f"{self.folder}/{name}"))
            except FileNotFoundError:
                # Another process has forgotten it.
                continue
            if self.newest.loaded_at - commit.loaded_at < timedelta(days=DAYS_KEPT):
                return
            self.storage.remove(f"{self.folder}/{name}")


@dataclass
class ParquetFiles:
    """Writes tables of one schema into staged Parquet files, a new one when one is large.

    Attributes:
        stream: of which they are.
        table: the raw table.
        loaded_at: of all records.
        rows_of_file: a file that has as many is closed.
    """

    stream: Stream
    table: str
    loaded_at: datetime
    rows_of_file: int = 1_000_000
    files: list[StagedFile] = field(default_factory=list)

    @contextmanager
    def writing(self, schema: pa.Schema) -> Iterator["_Writer"]:
        """What takes record batches; when the block has ended they are in `files`. If it fails, they are removed."""
        writer = _Writer(self, schema)
        try:
            yield writer
            writer.close()
        except BaseException:
            writer.close(keep=False)
            raise


class _Writer:
    def __init__(self, files: ParquetFiles, schema: pa.Schema) -> None:
        self.files, self.schema = files, schema
        self._stack: ExitStack | None = None
        self._rows = 0

    def write(self, batch: pa.RecordBatch | pa.Table) -> None:
        if self._stack is None:
            self._open()
        self._parquet.write(batch) if isinstance(batch, pa.RecordBatch) else self._parquet.write_table(batch)
        self._rows += batch.num_rows
        if self._rows >= self.files.rows_of_file:
            self.close()

    def _open(self) -> None:
        self._stack = ExitStack()
        self._staged = self.files.stream.staged_name()
        file = self._stack.enter_context(self.files.stream.storage.writer(self._staged))
        self._parquet = self._stack.enter_context(
            # Other columns are half as large, and written twice as fast, without dictionaries.
            pq.ParquetWriter(file, self.schema, compression="zstd", compression_level=1, use_dictionary=REPEATED)
        )

    def close(self, *, keep: bool = True) -> None:
        if self._stack is None:
            return
        self._stack.close()
        self._stack = None
        files = self.files
        name = files.stream.file_name(files.table, files.loaded_at, len(files.files))
        files.files.append(StagedFile(self._staged, name, self._rows))
        self._rows = 0
        if not keep:
            files.stream.discard(files.files)
            files.files.clear()


def _written(commit: Commit) -> bytes:
    content = {
        "place": commit.place,
        "next_place": commit.next_place,
        "loaded_at": commit.loaded_at.isoformat(),
        "rows": commit.rows,
        "files": dict(commit.files),
        "state": dict(commit.state),
    }
    return json.dumps(content, indent=1).encode()


def _read(content: bytes) -> Commit:
    said = json.loads(content)
    loaded_at = datetime.fromisoformat(said["loaded_at"])
    return Commit(said["place"], said["next_place"], said["files"], said["state"], loaded_at, said["rows"])
