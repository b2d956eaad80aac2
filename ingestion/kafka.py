"""Topics of Kafka as they are now: their partitions, how far each has been read, and whether records are lost.

A partition of a topic is a stream of `ingestion.landing`: its place is the offset of the next record. Where it holds
other records than it did, it is read in another epoch, a stream of its own.
"""

import hashlib
import logging
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, TopicDescription

from ingestion.errors import ExtractionError, UnansweredError
from ingestion.landing import Stream
from ingestion.settings import TopicSource
from ingestion.storage import Storage

SECONDS_TO_CONNECT = 10
# Settings of the client that exactness depends on.
OWN_SETTINGS = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",
    "isolation.level": "read_committed",
    "enable.partition.eof": True,
    "partition.assignment.strategy": "range",
}
# Settings that sources.yml may change.
DEFAULT_SETTINGS = {
    "queued.max.messages.kbytes": 32 * 2**10,
    # How long the client does nothing once as much waits to be taken: its default of a second is most of a run.
    "fetch.queue.backoff.ms": 20,
    "socket.connection.setup.timeout.ms": 5_000,
}
# A topic has no id where the broker is older than Kafka 2.8.
NO_TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAA"


class LostError(ExtractionError):
    """Records are gone that were not read, or the partition holds others than it did.

    Attributes:
        begins_anew: whether what it holds now are other records than those that were read.
    """

    def __init__(self, sentence: str, *, begins_anew: bool) -> None:
        super().__init__(sentence)
        self.begins_anew = begins_anew


@dataclass
class Partition:
    """A partition that is read, and what of it waits for its file.

    Attributes:
        topic_id: as the broker gives it; NO_TOPIC_ID where it gives none.
        stream, epoch: its log of commits, and how often it has begun anew.
        position: offset of the next record that is wanted.
        low, high: offsets of the first record and after the last, when it was looked at.
        anchor: the last record that was read before, as offset and digest; it is to come first, and to be the same.
        last: the last record that was taken, for the next anchor.
        offsets, keys, values: of the records that wait.
        size: bytes of these keys and values.
        tombstones: how many were passed over among them.
        is_done: whether nothing more of it is wanted.
    """

    table: str
    topic: str
    number: int
    topic_id: str
    stream: Stream
    epoch: int
    position: int
    low: int
    high: int
    anchor: tuple[int, str] | None
    last: Message | None = None
    offsets: list[int] = field(default_factory=list)
    keys: list[bytes | None] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    size: int = 0
    tombstones: int = 0
    is_done: bool = False

    @property
    def called(self) -> str:
        """Its name within a sentence."""
        return f"topic {self.topic}, partition {self.number}"

    @property
    def source_file(self) -> str:
        """What its records say they come from; an offset occurs once in it."""
        return f"{self.topic}/{self.number}" + (f"/{self.epoch}" if self.epoch else "")

    @property
    def start(self) -> int:
        """From where it is to be fetched."""
        return self.position if self.anchor is None else self.anchor[0]

    def add(self, message: Message, *, is_tombstone_kept: bool) -> None:
        """Let a record wait. A tombstone is the text `null`, or only counted."""
        value, key = message.value(), message.key()
        self.position = message.offset() + 1
        self.last = message
        if value is None or value == b"null":
            if not is_tombstone_kept:
                self.tombstones += 1
                return
            value = b"null"
        self.offsets.append(message.offset())
        self.keys.append(key)
        self.values.append(value)
        self.size += len(value) + (len(key) if key else 0)

    def clear(self) -> None:
        """Forget what waits."""
        self.offsets, self.keys, self.values = [], [], []
        self.size = self.tombstones = 0
        self.last = None

    def check_anchor(self, message: Message) -> None:
        """Raises LostError where the first message is not the record that was read last before."""
        offset, digest_then = self.anchor
        self.anchor = None
        # A record that compaction took cannot be compared.
        if message.offset() == offset and digest(message) != digest_then:
            raise LostError(
                f"{capital(self.called)} holds another record at offset {offset:,} than was read there: it was "
                "recreated.",
                begins_anew=True,
            )

    def check_marks(self) -> None:
        """Raises LostError where the topic is another, or its ends show that records are lost."""
        known = self.stream.state.get("topic_id", NO_TOPIC_ID)
        if NO_TOPIC_ID not in (known, self.topic_id) and known != self.topic_id:
            raise LostError(f"Topic {self.topic} was recreated since it was read last.", begins_anew=True)
        if self.high < self.position:
            raise LostError(
                f"{capital(self.called)} ends at offset {self.high:,}, but was read up to {self.position:,}: it was "
                "recreated or cut.",
                begins_anew=True,
            )
        if self.low > self.position:
            raise LostError(
                f"{capital(self.called)} begins at offset {self.low:,}, but was read up to {self.position:,}: the "
                "records between were deleted before they were read.",
                begins_anew=False,
            )


class Cluster:
    """A connection to the brokers of a source."""

    def __init__(self, source: TopicSource) -> None:
        own = sorted({*OWN_SETTINGS, "bootstrap.servers", "group.id"} & source.settings.keys())
        if own:
            raise ExtractionError(f"The setting {own[0]} is not yours to choose: take it out of {source.name}.")
        self.source = source
        self._said = ""
        self._refused = ""
        log = logging.getLogger(__name__)
        log.addHandler(logging.NullHandler())
        log.propagate = False
        connection = {**DEFAULT_SETTINGS, **source.settings, "bootstrap.servers": source.address}
        connection |= {"error_cb": self._hear}
        try:
            self.admin = AdminClient(connection, logger=log)
            self.consumer = Consumer({**connection, **OWN_SETTINGS, "group.id": source.group}, logger=log)
        except (KafkaException, ValueError, TypeError) as error:
            raise ExtractionError(f"The settings of {source.name} are refused: {said(error)}.") from error

    def _hear(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:
            self._said = error.str().split(" (after ")[0]
        if error.code() in (KafkaError._AUTHENTICATION, KafkaError._SSL):
            self._refused = self._said

    def silence(self) -> ExtractionError:
        """What to say where no broker has answered."""
        if self._refused:
            return ExtractionError(f"Kafka at {self.source.address} refuses the connection: {self._refused}.")
        reason = f": {self._said}" if self._said else ""
        return UnansweredError(f"Kafka at {self.source.address} does not answer{reason}.")

    def topics(self) -> dict[str, TopicDescription | str]:
        """Each topic of the source as it is, or a sentence about it. Raises ExtractionError where nobody answers."""
        names = list(dict.fromkeys(table.topic for table in self.source.tables.values()))
        asked = self.admin.describe_topics(TopicCollection(names), request_timeout=SECONDS_TO_CONNECT)
        while not all(answer.done() for answer in asked.values()) and not self._refused:
            self.admin.poll(0.05)
        if self._refused:
            raise self.silence()
        return {name: self._answer(name, answer) for name, answer in asked.items()}

    def _answer(self, topic: str, answer: object) -> TopicDescription | str:
        try:
            return answer.result()
        except KafkaException as error:
            sentence = about(topic, error.args[0])
            if sentence:
                return sentence
            raise self.silence() from error

    def marks(self, topic: str, number: int) -> tuple[int, int]:
        """Offsets of the first record of a partition, and after its last."""
        try:
            return self.consumer.get_watermark_offsets(TopicPartition(topic, number), SECONDS_TO_CONNECT)
        except KafkaException as error:
            sentence = about(topic, error.args[0])
            raise (ExtractionError(sentence) if sentence else self.silence()) from error

    def partition(self, storage: Storage, table: str, topic: str, number: int, topic_id: str) -> Partition:
        """A partition as it is now, whatever has been lost of it."""
        epoch = 0
        stream = Stream(storage, self.source.name, f"{topic}/{number}")
        while stream.state.get("continued_in"):
            epoch = stream.state["continued_in"]
            stream = Stream(storage, self.source.name, f"{topic}/{number}/{epoch}")
        low, high = self.marks(topic, number)
        position = stream.next_place if stream.newest else low
        anchor = stream.state.get("anchor")
        # Retention may have taken the record; then there is nothing to compare.
        is_there = anchor is not None and low <= anchor[0] < high
        return Partition(
            table, topic, number, topic_id, stream, epoch, position, low, high, tuple(anchor) if is_there else None
        )


def digest(message: Message) -> str:
    """What tells a record from every other at its offset."""
    parts = (message.offset(), *message.timestamp(), message.key(), message.value())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def said(error: Exception) -> str:
    """The text of a client's error, without its number."""
    first = error.args[0] if error.args else error
    text = first.str() if isinstance(first, KafkaError) else str(first)
    return text.rstrip(".")


def about(topic: str, error: KafkaError) -> str:
    """A sentence about what hinders the reading of one topic; empty where the error is of no topic."""
    code = error.code()
    if code in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION):
        return f"There is no topic {topic}, or it may not be seen: create it, or grant DESCRIBE on it."
    if code == KafkaError.TOPIC_AUTHORIZATION_FAILED:
        return f"Topic {topic} may not be read: grant DESCRIBE and READ on it."
    if code == KafkaError.TOPIC_EXCEPTION:
        return f"{topic!r} cannot be the name of a topic."
    return ""


def capital(text: str) -> str:
    """A text as the beginning of a sentence."""
    return text[0].upper() + text[1:]
