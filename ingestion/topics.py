"""Reads topics of Kafka into Parquet files, every record exactly once.

What has been read of a partition is committed under the offset from which it was read, which only one of several
consumers can do. The offsets that Kafka keeps for the group are set for those who look at its lag, and never read.

Where records are lost, because a topic was recreated or cut, that is named and nothing of the partition is read, until
somebody says that reading may go on.
"""

import contextlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import pyarrow as pa
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import TopicDescription

from ingestion.errors import CommittedElsewhereError, ExtractionError, UnansweredError
from ingestion.kafka import Cluster, LostError, Partition, about, capital, digest, said
from ingestion.landing import ParquetFiles
from ingestion.records import text_table, with_arrival
from ingestion.report import Extracted, Progress, Trouble, failure
from ingestion.settings import TopicSource
from ingestion.stopping import until_stopped
from ingestion.storage import Storage
from warehouse.raw_contract import MALFORMED_LINE, PAYLOAD, TABLES, TEXT_TABLE

# So much waits in memory for its file, of all partitions together. 100,000 records make a file of some megabytes, and
# writing it takes less than a second.
MOST_ROWS, MOST_BYTES = 100_000, 64 * 2**20
# Messages handed over at once, and how long is waited for as many.
MESSAGES, SECONDS_TO_WAIT = 5_000, 0.2
# A run that is to end gives up when no message has come for so long.
SECONDS_OF_SILENCE = 30
DEAD_LETTERS = "_dead_letters"
DEAD_LETTER = pa.schema(
    [
        ("topic", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("loaded_at", pa.timestamp("us")),
        ("error", pa.string()),
        ("key", pa.binary()),
        ("value", pa.binary()),
    ]
)
# Errors that do not pass.
_REFUSALS = (
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError._AUTHENTICATION,
)


def extract(source: TopicSource, storage: Storage, progress: Progress, *, follow: bool, skip_lost: bool) -> Extracted:
    """Read the topics of a source, each up to the end that it had at the beginning; with `follow` until Ctrl-C.

    With `follow` the processes of one group share the partitions; without, one reads all of them, and several at a time
    get in each other's way but land nothing twice. With `skip_lost` reading goes on where records are lost.
    Raises ExtractionError where no broker answers or refuses the login; what concerns one topic is in `failures`.
    """
    reader = _Reader(source, storage, progress, follow=follow, skip_lost=skip_lost)
    if follow:
        with until_stopped() as stopped:
            reader.follow(stopped.is_set)
    else:
        reader.read_to_the_end()
    return reader.done


def planned(source: TopicSource, storage: Storage) -> list[str]:
    """One line a partition: which records would be read. Raises ExtractionError like extract()."""
    lines = []
    for table, found in _survey(source, storage):
        if isinstance(found, Partition):
            is_new = found.high > found.position
            news = f"offsets {found.position:,} up to {found.high:,}" if is_new else "nothing new"
            lines.append(f"{table}: {found.called}: {news}")
        else:
            lines.append(Trouble(f"{table}: {found}"))
    return lines


def status(source: TopicSource, storage: Storage) -> list[str]:
    """One line a partition: position, how many records wait at most, when it was read last. Raises like extract()."""
    lines = []
    for table, found in _survey(source, storage):
        if isinstance(found, Partition):
            newest = found.stream.newest
            last = f"{newest.loaded_at:%Y-%m-%d %H:%M:%S} UTC" if newest else "never"
            waiting = max(0, found.high - found.position)
            how_far = f"read up to offset {found.position:,}, {waiting:,} records behind, last read {last}"
            lines.append(f"{table}: {found.called}: {how_far}")
        else:
            lines.append(Trouble(f"{table}: {found}"))
    return lines


class _Reader:
    """Reads partitions and commits what it has read.

    Attributes:
        done: what it came to.
    """

    def __init__(
        self, source: TopicSource, storage: Storage, progress: Progress, *, follow: bool, skip_lost: bool
    ) -> None:
        self.source, self.storage, self.progress = source, storage, progress
        self.follows, self.skip_lost = follow, skip_lost
        self.done = Extracted()
        self.tables = _tables(source)
        self.cluster = Cluster(source)
        self.consumer = self.cluster.consumer
        self.partitions: dict[tuple[str, int], Partition] = {}
        # How many records of a table there are to read, where there is an end.
        self._totals: Counter = Counter()
        # Partitions that were opened anew while messages that had come before were looked at.
        self._reopened: set[tuple[str, int]] = set()
        # Whether the group has ever given any partition to this process.
        self._has_been_given = False
        # Sentences by topic: all of its partitions often say the same.
        self._failures: dict[str, list[str]] = {}
        self._tombstones: Counter = Counter()
        self._dead_letters: Counter = Counter()
        self._topics = self.cluster.topics()
        for topic, found in self._topics.items():
            if isinstance(found, str):
                self._fail(topic, found)

    def read_to_the_end(self) -> None:
        """Read all partitions up to where they end now."""
        try:
            for topic, found in self._topics.items():
                for number in _numbers(found):
                    self._open(topic, number)
            for partition in self.partitions.values():
                self._totals[partition.table] += max(0, partition.high - partition.position)
                partition.is_done = partition.position >= partition.high and partition.anchor is None
            self._assign(partition for partition in self.partitions.values() if not partition.is_done)
            while not self._are_done():
                self._read_until_done()
                # Where another process has committed less than this one has read, there is more to read.
                self._commit_all()
            self._show_offsets(self.partitions.values())
        finally:
            self._end()

    def _are_done(self) -> bool:
        return all(partition.is_done for partition in self.partitions.values())

    def _read_until_done(self) -> None:
        heard = time.monotonic()
        while not self._are_done():
            if self._read():
                heard = time.monotonic()
            elif time.monotonic() - heard > SECONDS_OF_SILENCE:
                raise self.cluster.silence()

    def follow(self, is_stopped: Callable[[], bool]) -> None:
        """Read what the group gives to this process, until told to stop."""
        try:
            topics = [topic for topic, found in self._topics.items() if not isinstance(found, str)]
            if topics:
                self.consumer.subscribe(
                    topics, on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost
                )
            committed = time.monotonic()
            while not is_stopped() and not self._is_hopeless():
                self._read()
                if time.monotonic() - committed >= self.source.commit_every.total_seconds():
                    self._check_topics()
                    self._commit_all()
                    committed = time.monotonic()
            self._commit_last()
        finally:
            self._end()

    def _is_hopeless(self) -> bool:
        """Whether nothing can be read, and waiting does not help."""
        return not self.partitions and (self._has_been_given or len(self._failures) == len(self._topics))

    def _end(self) -> None:
        for sentences in self._failures.values():
            more = f" So it is with {len(sentences) - 1} more of its partitions." if len(sentences) > 1 else ""
            self.done.failures.append(type(sentences[0])(sentences[0] + more))
        for topic, count in self._tombstones.items():
            self.done.notices.append(f"{count:,} tombstones of topic {topic} were passed over.")
        for table, count in self._dead_letters.items():
            self.done.notices.append(
                f"{count:,} messages cannot be read as {table}: see {self.storage.root}/{DEAD_LETTERS}/{table}."
            )
        # What is not committed by now is not to be, whoever asks while the consumer leaves its group.
        self.partitions = {}
        self.consumer.close()

    def _assign(self, partitions: Iterable[Partition]) -> None:
        self.consumer.assign([TopicPartition(one.topic, one.number, one.start) for one in partitions])

    def _open(self, topic: str, number: int) -> None:
        """Begin with a partition, or say why not."""
        try:
            self.partitions[topic, number] = self._opened(topic, number)
        except ExtractionError as error:
            self._fail(topic, failure(str(error), error))

    def _opened(self, topic: str, number: int) -> Partition:
        topic_id = str(self._topics[topic].topic_id)
        while True:
            partition = self.cluster.partition(self.storage, self.tables[topic], topic, number, topic_id)
            try:
                partition.check_marks()
                return partition
            except LostError as error:
                self._go_on(partition, error)

    def _go_on(self, partition: Partition, lost: LostError) -> None:
        """Commit that reading goes on after what is lost. Raises ExtractionError where nobody has said that it may."""
        if not self.skip_lost:
            raise ExtractionError(f"{lost} Nothing of it is read; with SKIP_LOST=yes reading goes on.") from lost
        stream = partition.stream
        if lost.begins_anew:
            state, place, where = {"continued_in": partition.epoch + 1}, stream.next_place + 1, "from its beginning"
        else:
            state, place, where = {"topic_id": partition.topic_id}, partition.low, f"at offset {partition.low:,}"
        # Where another process has committed, what it did is looked at next.
        with contextlib.suppress(CommittedElsewhereError):
            stream.commit([], state, stream.loaded_at(), next_place=place)
            self.done.notices.append(f"{lost} Reading goes on {where}.")

    def _fail(self, topic: str, sentence: str) -> None:
        self._failures.setdefault(topic, []).append(sentence)

    def _stop(self, partition: Partition, sentence: str) -> None:
        """Read nothing more of a partition."""
        self._fail(partition.topic, sentence)
        self._finish(partition)
        del self.partitions[partition.topic, partition.number]

    def _finish(self, partition: Partition) -> None:
        partition.is_done = True
        self.consumer.pause([TopicPartition(partition.topic, partition.number)])

    def _read(self) -> bool:
        """Take the next messages, and commit when there are many; whether any came."""
        try:
            messages = self.consumer.consume(MESSAGES, SECONDS_TO_WAIT)
        except KafkaException as error:
            raise UnansweredError(f"Kafka cannot be read: {said(error)}.") from error
        self._reopened.clear()
        counts: Counter = Counter()
        for message in messages:
            place = (message.topic(), message.partition())
            partition = self.partitions.get(place)
            error = message.error()
            if partition is None:
                if error is not None:
                    self._take_error(place[0], error)
            elif partition.is_done or place in self._reopened:
                continue
            elif error is not None:
                self._take_end(partition, message, error)
            elif self._take(partition, message):
                counts[partition.table] += 1
        for table, count in counts.items():
            self.progress.read(table, count, self._totals.get(table))
        self._commit_largest()
        return bool(messages)

    def _take(self, partition: Partition, message: Message) -> bool:
        """Keep one record for the next file; false where it is not wanted."""
        if partition.anchor is not None:
            try:
                partition.check_anchor(message)
            except LostError as error:
                self._reopen(partition, error)
                return False
        offset = message.offset()
        if not self.follows and offset + 1 >= partition.high:
            self._finish(partition)
            if offset >= partition.high:
                partition.position = max(partition.position, partition.high)
        if offset < partition.position or (partition.is_done and offset >= partition.high):
            return False
        partition.add(message, is_tombstone_kept=TABLES[partition.table] == (PAYLOAD,))
        return True

    def _take_error(self, topic: str | None, error: KafkaError) -> None:
        """An error of no partition that is read. Those that pass are not told: the client tries again."""
        if error.fatal() or error.code() in _REFUSALS:
            raise ExtractionError(f"Kafka refuses group {self.source.group}: {error.str()}.")
        if topic in self._topics and topic not in self._failures and (sentence := about(topic, error)):
            self._fail(topic, sentence)

    def _take_end(self, partition: Partition, message: Message, error: KafkaError) -> None:
        """The end of a partition, or an error about it."""
        if error.code() == KafkaError._PARTITION_EOF:
            # Markers of transactions, and what compaction took, have offsets too.
            partition.position = max(partition.position, message.offset())
            if not self.follows:
                self._finish(partition)
        elif error.code() == KafkaError._AUTO_OFFSET_RESET:
            self._reopen(partition)
        else:
            # What came before the error is complete.
            self._commit(partition)
            sentence = about(partition.topic, error) or f"{capital(partition.called)} cannot be read: {error.str()}."
            self._stop(partition, sentence)

    def _reopen(self, partition: Partition, lost: LostError | None = None) -> None:
        """Drop what waits of a partition, and go on from its newest commit, or after what is lost of it."""
        place = (partition.topic, partition.number)
        self._reopened.add(place)
        try:
            if lost:
                self._go_on(partition, lost)
            anew = self._opened(*place)
        except ExtractionError as error:
            self._stop(partition, str(error))
            return
        if anew.epoch == partition.epoch:
            # A run ends where the partition ended when it began.
            anew.high = partition.high
        self.partitions[place] = anew
        if not self.follows and anew.position >= anew.high:
            self._finish(anew)
            return
        self.consumer.seek(TopicPartition(*place, anew.start))
        self.consumer.resume([TopicPartition(*place)])

    def _check_topics(self) -> None:
        """Stop with partitions of topics that were recreated meanwhile: what came last may be of the new one."""
        try:
            topics = self.cluster.topics()
        except ExtractionError:
            # The brokers are away; the client goes on when they are back.
            return
        for partition in list(self.partitions.values()):
            found = topics[partition.topic]
            if isinstance(found, str):
                self._stop(partition, found)
            elif str(found.topic_id) != partition.topic_id:
                self._topics[partition.topic] = found
                self._reopen(partition)

    def _commit_largest(self) -> None:
        """Write files of the partitions of which most waits, until half as much waits."""
        waiting = sorted(self.partitions.values(), key=lambda partition: (partition.size, len(partition.values)))
        rows = sum(len(partition.values) for partition in waiting)
        size = sum(partition.size for partition in waiting)
        if rows < MOST_ROWS and size < MOST_BYTES:
            return
        while waiting and (rows > MOST_ROWS // 2 or size > MOST_BYTES // 2):
            partition = waiting.pop()
            rows, size = rows - len(partition.values), size - partition.size
            self._commit_or_reopen(partition)

    def _commit_all(self) -> None:
        for partition in list(self.partitions.values()):
            self._commit_or_reopen(partition)

    def _commit_last(self) -> None:
        """Commit what waits of partitions of which this process reads no more."""
        for partition in self.partitions.values():
            self._commit(partition)
        self.partitions = {}

    def _commit_or_reopen(self, partition: Partition) -> None:
        if not self._commit(partition):
            self._reopen(partition)

    def _commit(self, partition: Partition) -> bool:
        """Let what waits of a partition count; false where another process has committed from there."""
        stream = partition.stream
        if partition.position <= stream.next_place:
            return True
        loaded_at = stream.loaded_at()
        files = ParquetFiles(stream, partition.table, loaded_at)
        letters = ParquetFiles(stream, f"{DEAD_LETTERS}/{partition.table}", loaded_at)
        bad = _write(partition, files, letters) if partition.values else 0
        anchor = [partition.last.offset(), digest(partition.last)] if partition.last else stream.state.get("anchor")
        state = {"topic_id": partition.topic_id, "anchor": anchor}
        try:
            stream.commit([*files.files, *letters.files], state, loaded_at, next_place=partition.position)
        except CommittedElsewhereError:
            return False
        self.done.rows[partition.table] += len(partition.values)
        if partition.tombstones:
            self._tombstones[partition.topic] += partition.tombstones
        if bad:
            self._dead_letters[partition.table] += bad
        partition.clear()
        if self.follows:
            self._show_offsets([partition])
        return True

    def _show_offsets(self, partitions: Iterable[Partition]) -> None:
        """Tell Kafka how far the group is; nothing depends on it."""
        offsets = [
            TopicPartition(one.topic, one.number, one.stream.next_place) for one in partitions if one.stream.newest
        ]
        if offsets:
            with contextlib.suppress(KafkaException):
                self.consumer.commit(offsets=offsets, asynchronous=self.follows)

    def _on_assign(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        for given in partitions:
            self._has_been_given = True
            self._open(given.topic, given.partition)
        self._assign(self.partitions.values())

    def _on_revoke(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        self._commit_last()
        self._has_been_given = False

    def _on_lost(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        # Whoever has them now has read from the last commit on.
        self.partitions = {}
        self._has_been_given = False


def _write(partition: Partition, files: ParquetFiles, letters: ParquetFiles) -> int:
    """Write what waits of a partition, and what of it cannot be read once more as it came; how many these are."""
    records = _records(partition.table, partition.values)
    records = with_arrival(records, files.loaded_at, partition.source_file, partition.offsets)
    with files.writing(records.schema) as writer:
        writer.write(records)
    bad = [at for at, is_bad in enumerate(records[MALFORMED_LINE].is_valid().to_pylist()) if is_bad]
    if bad:
        columns = [
            [partition.topic] * len(bad),
            [partition.number] * len(bad),
            [partition.offsets[at] for at in bad],
            [letters.loaded_at] * len(bad),
            [_problem(partition.values[at]) for at in bad],
            [partition.keys[at] for at in bad],
            [partition.values[at] for at in bad],
        ]
        with letters.writing(DEAD_LETTER) as writer:
            writer.write(pa.table(columns, schema=DEAD_LETTER))
    return len(bad)


def _records(table: str, values: Sequence[bytes]) -> pa.Table:
    """Messages as rows of a raw table. One of TEXT_TABLE is a line of text, or an object that has one."""
    records = text_table(table, values)
    if table != TEXT_TABLE:
        return records
    (column,) = TABLES[table]
    lines, malformed = records[column].to_pylist(), records[MALFORMED_LINE].to_pylist()
    for at, value in enumerate(values):
        if lines[at] is None:
            with contextlib.suppress(UnicodeDecodeError):
                lines[at], malformed[at] = value.decode(), None
    return pa.table({column: pa.array(lines, pa.string()), MALFORMED_LINE: pa.array(malformed, pa.string())})


def _problem(value: bytes) -> str:
    """Why a message is no record."""
    try:
        text = value.decode()
        record = json.loads(text)
    except UnicodeDecodeError as error:
        return f"byte {value[error.start]:02x} at position {error.start} is not UTF-8"
    except RecursionError:
        return "nested too deeply"
    except ValueError as error:
        return f"not JSON: {error}" if text.strip() else "empty"
    return "nested too deeply" if isinstance(record, dict) else "not a JSON object"


def _tables(source: TopicSource) -> dict[str, str]:
    """The raw table of each topic. Raises ExtractionError where two are to be read from one."""
    tables: dict[str, str] = {}
    for table, given in source.tables.items():
        if given.topic in tables:
            raise ExtractionError(
                f"Both {tables[given.topic]} and {table} are to be read from topic {given.topic}: a topic holds the "
                "records of one table."
            )
        tables[given.topic] = table
    return tables


def _numbers(found: TopicDescription | str) -> list[int]:
    """Those of the partitions of a topic."""
    return [] if isinstance(found, str) else [partition.id for partition in found.partitions]


def _survey(source: TopicSource, storage: Storage) -> Iterator[tuple[str, Partition | str]]:
    """Every partition with its table; a sentence instead where it cannot be read."""
    tables = _tables(source)
    cluster = Cluster(source)
    try:
        for topic, found in cluster.topics().items():
            if isinstance(found, str):
                yield tables[topic], found
            for number in _numbers(found):
                try:
                    partition = cluster.partition(storage, tables[topic], topic, number, str(found.topic_id))
                    partition.check_marks()
                    yield tables[topic], partition
                except ExtractionError as error:
                    yield tables[topic], str(error)
    finally:
        cluster.consumer.close()
