"""Reads the changes of a PostgreSQL database through Debezium, as JSON envelopes in the column `payload`.

First all rows of the tables (a snapshot), then every change, from a replication slot of the server. The commit that
lands changes holds the offsets of the batch before: they are never ahead of what has landed, and what comes twice after
a kill are equal envelopes. The slot is never ahead of the offsets: where it is, changes may be lost.

A run marks its place in the server's log with a message, and ends when that comes back to it.
"""

import base64
import binascii
import contextlib
import json
import re
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pyarrow as pa

from ingestion.debezium import Changes, Engine
from ingestion.errors import ExtractionError, UnansweredError
from ingestion.landing import ParquetFiles, StagedFile, Stream
from ingestion.records import with_arrival
from ingestion.replication import PREFIX, Server, Slot, Table, connected, connector_address
from ingestion.report import Extracted, Progress
from ingestion.settings import ChangeDataSource, without_secrets
from ingestion.stopping import until_stopped
from ingestion.storage import Storage
from warehouse.raw_contract import CHANGE_DATA_TABLES, MALFORMED_LINE, PAYLOAD, TABLES

LOG = Path(__file__).resolve().parent.parent / "logs" / "extraction.log"
# A process that was killed leaves its slot active until the server notices.
SECONDS_FOR_SLOT = 20
# While a run waits for its end, the server is asked so often whether it is still there.
SECONDS_BETWEEN_LOOKS = 10
# So long a batch is waited for, in milliseconds: by a run that is to end, and by one that follows, for larger files.
WAIT, WAIT_FOLLOWING = 200, 5000
# Debezium tries again by itself; a run that is to end gives up when it has read nothing for so long.
SECONDS_OF_SILENCE = 120
# Where nothing changes, a message lets a run that follows go on in the log.
SECONDS_BETWEEN_MARKS = 60
# The server is told up to where its log has landed while the engine does not run: one that follows ends, which takes a
# second, and begins again.
SECONDS_BETWEEN_RESTARTS = 300
# As Java writes the offsets: a stream of objects, and the end of the map in it.
_OFFSETS_BEGIN, _OFFSETS_END = b"\xac\xed\x00\x05", b"x"
# What Debezium says of a table all of whose rows it has sent.
_READ = ("SUCCEEDED", "EMPTY")
_NOT_IN_TOPICS = re.compile(r"[^A-Za-z0-9._-]")

SHIPPED_SETTINGS = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "plugin.name": "pgoutput",
    "publication.autocreate.mode": "disabled",
    "converter.schemas.enable": "false",
    "skipped.operations": "none",
    "offset.storage": "org.apache.kafka.connect.storage.FileOffsetBackingStore",
    # After every batch.
    "offset.flush.interval.ms": "0",
    # The server is told by us, once the offsets are committed: it refuses to go back behind its slot.
    "lsn.flush.mode": "manual",
    "message.prefix.include.list": PREFIX,
    # All rows are sent again without a table for signals, into which the user would have to write.
    "read.only": "true",
    "signal.enabled.channels": "file",
    "signal.poll.interval.ms": "500",
    "notification.enabled.channels": "sink",
}
DEFAULT_SETTINGS = {
    "decimal.handling.mode": "string",
    "time.precision.mode": "isostring",
    "tombstones.on.delete": "false",
    # Large batches make few files. The limit in bytes is one of the queue: a batch is filled from it until it is due.
    "max.batch.size": "20000",
    "max.queue.size": "40000",
    "max.queue.size.in.bytes": str(16 * 2**20),
    "incremental.snapshot.chunk.size": "2000",
    "snapshot.fetch.size": "500",
}
_SET_EACH_RUN = (
    "name",
    "table.include.list",
    "offset.storage.file.filename",
    "signal.file",
    "notification.sink.topic.name",
    "poll.interval.ms",
)


def extract(
    source: ChangeDataSource, storage: Storage, progress: Progress, *, follow: bool, skip_lost: bool
) -> Extracted:
    """Land what has changed up to now; with `follow` go on until Ctrl-C. The first run lands all rows.

    With `skip_lost` a run whose log is gone takes a new snapshot. Raises ExtractionError, in one sentence, where the
    server or Java cannot be used, the log is gone, or Debezium stops; what concerns one table is in `failures`.
    """
    with connected(source) as server:
        return _Run(source, storage, progress, server, skip_lost=skip_lost).read(follow=follow)


def planned(source: ChangeDataSource, storage: Storage) -> list[str]:
    """One line a table: what would be read. Raises ExtractionError like extract()."""
    with connected(source) as server:
        server.check()
        stream = _stream(source, storage)
        slot = server.slot()
        lost = _what_is_lost(stream, server, slot)
        lines = []
        for name, given in source.tables.items():
            try:
                table = server.table(given.table)
            except ExtractionError as error:
                lines.append(f"{name}: {error}")
                continue
            if lost:
                news = lost
            elif slot and table.called in stream.state.get("tables", []):
                news = f"changes in {slot.bytes_behind or 0:,} bytes of log"
            else:
                rows = "all rows" if table.rows < 0 else f"all rows, about {table.rows:,}"
                news = f"{rows}, then changes"
            lines.append(f"{name}: {table.called}: {news}")
        return lines


def status(source: ChangeDataSource, storage: Storage) -> list[str]:
    """One line a table, then one about the slot. Raises ExtractionError where the server cannot be reached."""
    with connected(source) as server:
        slot, stream = server.slot(), _stream(source, storage)
    newest = stream.newest
    last = "never read"
    if newest:
        seconds = (datetime.now(UTC).replace(tzinfo=None) - newest.loaded_at).total_seconds()
        last = f"last read {newest.loaded_at:%Y-%m-%d %H:%M:%S} UTC, {max(0, seconds):,.0f} seconds ago"
    lines = [f"{name}: {given.table}: {last}" for name, given in source.tables.items()]
    if slot is None:
        return [*lines, f"slot {server.slot_name}: not there"]
    if slot.is_lost:
        return [*lines, f"slot {server.slot_name}: the server has removed log that was not read"]
    use = "being read" if slot.is_active else "not being read"
    return [
        *lines,
        f"slot {server.slot_name}: {use}, read up to {slot.lsn}, {slot.bytes_behind or 0:,} bytes of log behind, "
        f"{slot.bytes_held or 0:,} bytes of log kept for it",
    ]


def snapshot(source: ChangeDataSource, storage: Storage, tables: Sequence[str]) -> str:
    """Have all rows of some tables of the database (`schema.table`) sent again; a sentence about it.

    It is done by the run that goes on now, or by the next. Raises ExtractionError for a table that is not read.
    """
    known = {given.table for given in source.tables.values()}
    for table in tables:
        if table not in known:
            raise ExtractionError(f"{table} is not read by {source.name}: it reads {', '.join(sorted(known))}.")
    folder = _requests(_stream(source, storage))
    for table in tables:
        storage.create(f"{folder}/{table}", b"")
    return f"All rows of {', '.join(tables)} are sent again, by the extraction that follows now or by the next."


def drop_slot(source: ChangeDataSource) -> str:
    """Drop the replication slot, so that the server need not keep its log; a sentence about it.

    What changes from now on is lost to the next extraction, which says so. Raises ExtractionError where it is read.
    """
    with connected(source) as server:
        if not server.drop_slot():
            return f"There is no slot {server.slot_name}."
        return f"Slot {server.slot_name} is dropped; the next extraction needs SKIP_LOST=yes, and reads all rows again."


@dataclass
class _Snapshots:
    """Snapshots of some tables, which are taken while changes are read.

    Debezium says that one is completed also where it has failed: only tables that it says it has read count.

    Attributes:
        file: where Debezium looks for signals.
        waiting: tables whose snapshot has not come to its end, by the id of the signal.
        read: tables that have been read.
        failed: tables that Debezium has passed over.
    """

    file: Path
    waiting: dict[str, Sequence[str]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def ask(self, tables: Iterable[str]) -> None:
        """Ask for a snapshot of those tables of which none is under way, or has failed."""
        under_way = {table for asked in self.waiting.values() for table in asked} | self.read | self.failed
        new = sorted(set(tables) - under_way)
        if not new:
            return
        signal = secrets.token_hex(8)
        self.waiting[signal] = new
        data = {"data-collections": [_pattern(table) for table in new], "type": "INCREMENTAL"}
        with self.file.open("a") as file:
            file.write(json.dumps({"id": signal, "type": "execute-snapshot", "data": data}) + "\n")

    def hear(self, text: str) -> None:
        """Take a notification."""
        said = json.loads(text)
        if said.get("aggregate_type") != "Incremental Snapshot" or said.get("id") not in self.waiting:
            return
        more = said.get("additional_data", {})
        if said["type"] == "TABLE_SCAN_COMPLETED" and more.get("status") in _READ:
            self.read.add(more["scanned_collection"])
        elif said["type"] in ("COMPLETED", "ABORTED"):
            self.failed |= set(self.waiting.pop(said["id"])) - self.read


class _Run:
    """One run of the engine, from the checks before it to the commit after it."""

    def __init__(
        self, source: ChangeDataSource, storage: Storage, progress: Progress, server: Server, *, skip_lost: bool
    ) -> None:
        self.source, self.storage, self.progress, self.server = source, storage, progress, server
        self.skip_lost = skip_lost
        self.done = Extracted()
        self.stream = _stream(source, storage)
        self.prefix = source.settings.get("topic.prefix", source.name)
        # Raw tables by topic.
        self._tables: dict[str, str] = {}
        # Tables of the database all of whose rows have landed, or will without being asked for.
        self._complete: list[str] = []
        # The last mark, whether it has come back, and the tables that had been read again when it was made.
        self._marker = ""
        self._is_marker_read = False
        self._read_before: set[str] = set()
        self._heard = time.monotonic()

    def read(self, *, follow: bool) -> Extracted:
        """Read and land until the marker has come back; with `follow` until Ctrl-C."""
        address = connector_address(self.source)
        _check_settings(self.source)
        self.server.check()
        tables = self._find_tables()
        if not tables:
            return self.done
        self._wait_for_slot()
        self._check_that_nothing_is_lost()
        begins = not self.stream.state.get("offsets")
        self._has_begun = not begins
        added = self.server.publish(tables)
        known = [table.called for table in tables if table not in added]
        if begins:
            self._complete = sorted(table.called for table in tables)
        else:
            self._complete = sorted(set(known) & set(self.stream.state["tables"]))
        self._wanted = {table.called for table in tables} - set(self._complete)
        if begins:
            # All rows are sent anyway.
            self._forget_requests(self._requested())
        with tempfile.TemporaryDirectory(prefix="changes-") as folder, until_stopped() as stopped:
            self._offsets, signals = Path(folder, "offsets.dat"), Path(folder, "signals.jsonl")
            while True:
                signals.write_bytes(b"")
                self._snapshots = _Snapshots(signals)
                engine = self._engine(address, tables, follow=follow)
                engine.start()
                try:
                    self._wait(engine, stopped.is_set, follow=follow)
                except BaseException:
                    engine.abandon()
                    raise
                self._close(engine)
                if not follow or stopped.is_set():
                    return self.done

    def _engine(self, address: Mapping[str, str], tables: Sequence[Table], *, follow: bool) -> Engine:
        """An engine that goes on where the last commit was."""
        self._marker, self._is_marker_read = "", False
        self._offsets.unlink(missing_ok=True)
        if offsets := _offsets_in(self.stream.state):
            self._offsets.write_bytes(offsets)
            self.server.confirm(_confirmed(offsets))
        return Engine({**self._settings(tables, follow=follow), **address}, self._land)

    def _find_tables(self) -> list[Table]:
        """The tables that can be read; about each other one there is a failure."""
        tables = []
        for name, given in self.source.tables.items():
            try:
                table = self.server.table(given.table)
            except ExtractionError as error:
                self.done.failures.append(str(error))
                continue
            self._tables[_topic(self.prefix, table)] = name
            tables.append(table)
        return tables

    def _wait_for_slot(self) -> None:
        """Raises ExtractionError where the slot is not this source's to read."""
        until = time.monotonic() + SECONDS_FOR_SLOT
        while (slot := self.server.slot()) and slot.is_active and time.monotonic() < until:
            time.sleep(0.2)
        name = self.server.slot_name
        if slot is None:
            self.server.check_slots()
        elif slot.is_active:
            raise UnansweredError(
                f"Slot {name} is being read by process {slot.active_pid} of the server: end the other extraction first."
            )
        elif slot.plugin != "pgoutput" or slot.database != self.server.database:
            raise ExtractionError(
                f"Slot {name} is one of {slot.plugin} in database {slot.database}: name another in slot.name."
            )

    def _check_that_nothing_is_lost(self) -> None:
        """Raises ExtractionError where changes may be lost and nobody has said that reading may go on."""
        slot = self.server.slot()
        lost = _what_is_lost(self.stream, self.server, slot)
        if lost and not self.skip_lost:
            raise ExtractionError(f"{lost} With SKIP_LOST=yes all rows are read again.")
        if slot and slot.is_lost:
            self.server.drop_slot()
        if lost:
            # Committed first: a run that is killed from here on must not go on from the old offsets.
            self._complete = []
            self._commit([], None)
            self.done.notices.append(f"{lost} All rows are read again.")

    def _settings(self, tables: Sequence[Table], *, follow: bool) -> dict[str, str]:
        return {
            **DEFAULT_SETTINGS,
            **self.source.settings,
            **SHIPPED_SETTINGS,
            "name": self.source.name,
            "topic.prefix": self.prefix,
            "slot.name": self.server.slot_name,
            "publication.name": self.server.publication,
            "table.include.list": ",".join(_pattern(table.called) for table in tables),
            "offset.storage.file.filename": str(self._offsets),
            "signal.file": str(self._snapshots.file),
            "notification.sink.topic.name": f"{self.prefix}.notification",
            "poll.interval.ms": str(WAIT_FOLLOWING if follow else WAIT),
        }

    def _wait(self, engine: Engine, is_stopped: Callable[[], bool], *, follow: bool) -> None:
        """Mark the place in the log up to which is read, and wait for it; then take snapshots of some tables."""
        started = marked = looked = time.monotonic()
        while not engine.ended.wait(0.1) and not is_stopped():
            now = time.monotonic()
            try:
                if not self._marker:
                    slot = self.server.slot()
                    if slot and slot.is_active:
                        self._mark()
                elif self._is_marker_read:
                    # Debezium fails with a snapshot that is asked for while it begins to read the log.
                    self._snapshots.ask({*self._wanted, *self._requested()})
                    if self._snapshots.read and not self._snapshots.waiting:
                        # Their last rows come before the next mark.
                        self._mark()
                    elif not self._snapshots.waiting and (not follow or now - started > SECONDS_BETWEEN_RESTARTS):
                        return
                if self._marker and now - marked > (1 if self._snapshots.waiting else SECONDS_BETWEEN_MARKS):
                    # Changes in the log let a snapshot of some tables go on, and the slot.
                    self.server.mark("")
                    marked = now
                if now - looked > SECONDS_BETWEEN_LOOKS:
                    self._look(engine)
                    looked = now
            except psycopg.OperationalError:
                if not follow:
                    raise
                # Debezium tries again until the server is back.
                if now - looked > SECONDS_BETWEEN_LOOKS:
                    looked = now
                    with contextlib.suppress(psycopg.OperationalError):
                        self.server.reconnect()

    def _mark(self) -> None:
        self._read_before = set(self._snapshots.read)
        self._is_marker_read = False
        self._marker = secrets.token_hex(16)
        self.server.mark(self._marker)

    def _look(self, engine: Engine) -> None:
        """Raises ExtractionError where Debezium has begun to read the log and does so no more."""
        slot = self.server.slot()
        is_active = slot is not None and slot.is_active
        if self._marker and not is_active and time.monotonic() - self._heard > SECONDS_OF_SILENCE:
            raise UnansweredError(f"Debezium reads no more: {engine.reason()}.")

    def _close(self, engine: Engine) -> None:
        """End the engine, and commit the offsets up to which all has landed."""
        try:
            engine.close()
        except ExtractionError:
            LOG.parent.mkdir(exist_ok=True)
            with LOG.open("a", encoding="utf-8") as file:
                file.write(without_secrets(engine.log(), self.source))
            raise
        for table in sorted(self._snapshots.failed):
            sentence = f"Debezium cannot read all rows of {table} again: {engine.reason()}."
            # Whoever follows tries again after each start.
            if sentence not in self.done.failures:
                self.done.failures.append(sentence)
        offsets = self._offsets_now()
        if offsets != self.stream.state.get("offsets"):
            self._commit([], offsets)
        if offsets:
            self.server.confirm(_confirmed(_offsets_in(self.stream.state)))

    def _land(self, changes: Changes) -> None:
        """Land a batch. It is called by the engine, which confirms the batch to the server afterwards."""
        loaded_at = self.stream.loaded_at()
        position = self.stream.state.get("position", 0)
        found: dict[str, tuple[list[int], list[str]]] = {}
        is_marker_read, finished = False, set()
        for topic, text in changes:
            if topic in self._tables:
                positions, texts = found.setdefault(topic, ([], []))
                positions.append(position)
                texts.append("null" if text is None else text)
                position += 1
            elif topic == f"{self.prefix}.message":
                is_marker_read |= _content(text) == self._marker
            elif topic == f"{self.prefix}.notification" and text:
                self._snapshots.hear(text)
        self._heard = time.monotonic()
        if is_marker_read:
            finished = self._read_before
        is_first = self._has_begun and not self.stream.state.get("offsets")
        if found or finished or is_first:
            staged = [
                file
                for topic, (positions, texts) in found.items()
                for file in self._written(topic, positions, texts, loaded_at)
            ]
            self._complete = sorted({*self._complete, *finished})
            self._commit(staged, self._offsets_now(), position)
            self._forget_requests(finished)
            self._wanted -= finished
            self._snapshots.read -= finished
        for topic, (_, texts) in found.items():
            self.done.rows[self._tables[topic]] += len(texts)
            self.progress.read(self._tables[topic], len(texts))
        # All rows came before the mark.
        self._has_begun |= is_marker_read
        self._is_marker_read |= is_marker_read

    def _written(
        self, topic: str, positions: Sequence[int], texts: Sequence[str], loaded_at: datetime
    ) -> Sequence[StagedFile]:
        table = self._tables[topic]
        missing = pa.nulls(len(texts), pa.string())
        columns = dict.fromkeys((*TABLES[table], MALFORMED_LINE), missing) | {PAYLOAD: pa.array(texts, pa.string())}
        records = with_arrival(pa.table(columns), loaded_at, topic, positions)
        files = ParquetFiles(self.stream, table, loaded_at)
        with files.writing(records.schema) as writer:
            writer.write(records)
        return files.files

    def _commit(self, staged: Sequence[StagedFile], offsets: str | None, position: int | None = None) -> None:
        if position is None:
            position = self.stream.state.get("position", 0)
        state = {"offsets": offsets, "position": position, "tables": self._complete}
        self.stream.commit(staged, state, self.stream.loaded_at())

    def _offsets_now(self) -> str | None:
        """What Debezium has stored after the last batch; what was known before, where it has stored nothing of use.

        None until all rows have landed once: what Debezium stores before may be empty, and an empty offset would be
        taken for one behind all rows.
        """
        if not self._has_begun:
            return None
        content = self._offsets.read_bytes() if self._offsets.exists() else b""
        return base64.b64encode(content).decode() if _is_whole(content) else self.stream.state.get("offsets")

    def _requested(self) -> list[str]:
        """Tables that are read, and of which somebody wants all rows again."""
        read = {given.table for given in self.source.tables.values()}
        return [table for table in self.storage.names(_requests(self.stream)) if table in read]

    def _forget_requests(self, tables: Iterable[str]) -> None:
        for table in tables:
            self.storage.remove(f"{_requests(self.stream)}/{table}")


def _stream(source: ChangeDataSource, storage: Storage) -> Stream:
    return Stream(storage, source.name, "changes")


def _requests(stream: Stream) -> str:
    """Where it stands of which tables somebody wants all rows again: a file a table."""
    return f"{stream.folder}/snapshots"


def _check_settings(source: ChangeDataSource) -> None:
    """Raises ExtractionError for settings with which changes could be lost, and for tables that hold no changes."""
    own = sorted({*SHIPPED_SETTINGS, *_SET_EACH_RUN} & source.settings.keys())
    if own:
        raise ExtractionError(f"The setting {own[0]} is not yours to choose: take it out of {source.name}.")
    tables: dict[str, str] = {}
    for name, given in source.tables.items():
        if name not in CHANGE_DATA_TABLES and PAYLOAD not in TABLES[name]:
            raise ExtractionError(f"{name} takes no change data.")
        if given.table in tables:
            raise ExtractionError(
                f"Both {tables[given.table]} and {name} are to be read from {given.table}: one takes its changes."
            )
        tables[given.table] = name


def _what_is_lost(stream: Stream, server: Server, slot: Slot | None) -> str:
    """A sentence where changes may be lost; empty where none are."""
    if not stream.state.get("offsets"):
        return ""
    since = f"what has changed since {stream.newest.loaded_at:%Y-%m-%d %H:%M:%S} UTC may be lost."
    if slot is None:
        return f"Slot {server.slot_name} is gone: {since}"
    if slot.is_lost:
        return f"The server has removed log that was not read (slot {server.slot_name}): {since}"
    offsets = _offsets_in(stream.state)
    if offsets and slot.position > _read_up_to(offsets):
        return f"Slot {server.slot_name} is ahead of what has landed, somebody has made it anew or moved it: {since}"
    if not offsets:
        return f"The offsets in {stream.folder} are broken: {since}"
    return ""


def _offsets_in(state: Mapping[str, object]) -> bytes:
    """What Debezium stores, from the state of a commit; empty where that is broken."""
    try:
        content = base64.b64decode(str(state.get("offsets") or ""), validate=True)
    except binascii.Error:
        return b""
    return content if _is_whole(content) else b""


def _is_whole(offsets: bytes) -> bool:
    """Whether this is a file of offsets with a place in the log: some notifications have none."""
    return offsets.startswith(_OFFSETS_BEGIN) and offsets.endswith(_OFFSETS_END) and b'"lsn"' in offsets


def _confirmed(offsets: bytes) -> int:
    """The position in the log, in bytes, up to which all transactions have landed; 0 where that is not known."""
    found = re.findall(rb'"lsn_commit":(\d+)', offsets)
    return int(found[-1]) if found else 0


def _read_up_to(offsets: bytes) -> int:
    """The position in the log, in bytes, up to which changes have landed, be it within a transaction."""
    return max(int(found) for found in re.findall(rb'"lsn(?:_commit|_proc)?":(\d+)', offsets))


def _content(text: str | None) -> str:
    """What a message in the log says."""
    said = json.loads(text or "{}").get("message", {}).get("content", "")
    return base64.b64decode(said).decode("utf-8", "replace")


def _topic(prefix: str, table: Table) -> str:
    """The topic to which Debezium sends the changes of a table."""
    return _NOT_IN_TOPICS.sub("_", f"{prefix}.{table.schema}.{table.name}")


def _pattern(table: str) -> str:
    """The regular expression of Debezium that is one table."""
    return re.escape(table)
