"""Topics land exactly once: whatever is killed, paused, recreated or cut, and whatever the messages hold.

Clients of Kafka do not survive a fork: all that speaks to the broker does so in a child of its own.
KILLS=all in the environment kills at every operation on files, and at random ones of a large load.
"""

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from children import child, ended, started
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from kills import in_child

from ingestion import kafka, topics
from ingestion.demo.broker import broker
from ingestion.errors import ExtractionError
from ingestion.report import Extracted, Trouble
from ingestion.settings import TopicSource, TopicTable
from ingestion.storage import storage

ALL = os.environ.get("KILLS") == "all"
QUIET = {"log_level": 0}
# A group notices that a process is gone after so long.
SESSION = {"session.timeout.ms": "2000", "heartbeat.interval.ms": "300"}


class Silent:
    def read(self, table: str, rows: int, total: int | None = None) -> None:
        """Nobody looks."""


class Cluster:
    """A broker, and what a test does with its topics."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address, self.folder = address, folder
        self._last = 0

    def create(self, partitions: int = 1, name: str = "", **settings: str) -> str:
        """A new topic; its name."""
        self._last += 1
        name = name or f"topic_{self._last}"
        new = NewTopic(name, partitions, 1, config={key.replace("_", "."): value for key, value in settings.items()})
        self._ask(lambda admin: admin.create_topics([new]))
        return name

    def _ask(self, question: Callable[[AdminClient], dict]) -> None:
        def run() -> None:
            admin = AdminClient(self.client)
            for answer in question(admin).values():
                answer.result()

        child(run, self.folder)

    def recreate(self, name: str) -> None:
        self._ask(lambda admin: admin.delete_topics([name]))
        self.create(name=name)

    def delete_before(self, name: str, offset: int) -> None:
        self._ask(lambda admin: admin.delete_records([TopicPartition(name, 0, offset)]))

    def send(
        self, topic: str, values: Sequence[bytes | None], partition: int = 0, key: bytes = b"k", **how: Any
    ) -> None:
        def run() -> None:
            producer = Producer({**self.client, **how.get("settings", {})})
            for value in values:
                producer.produce(topic, value, key=key, partition=partition, headers=how.get("headers"))
                producer.poll(0)
            producer.flush()

        child(run, self.folder)

    def send_transaction(self, topic: str, values: Sequence[bytes], *, end: str = "commit") -> None:
        def run() -> None:
            producer = Producer({**self.client, "transactional.id": f"{topic}-{random.random()}"})
            producer.init_transactions(10)
            producer.begin_transaction()
            for value in values:
                producer.produce(topic, value)
            producer.flush()
            {"commit": producer.commit_transaction, "abort": producer.abort_transaction, "": lambda _: None}[end](10)

        child(run, self.folder)

    @property
    def client(self) -> dict[str, Any]:
        return {"bootstrap.servers": self.address, **QUIET}


class Landing:
    """A source with one topic, and the folder where it lands."""

    def __init__(self, address: str, folder: Path, topic: str, table: str = "user_events", **more: Any) -> None:
        self.folder, self.landing = folder, folder / f"landing-{random.randrange(10**9)}"
        self.source = TopicSource(
            kind="topic", name="events", address=address, tables={table: TopicTable(topic=topic)}, **more
        )
        self.table = table

    def _extract(self, *, follow: bool = False, skip_lost: bool = False) -> Extracted:
        return topics.extract(self.source, storage(str(self.landing)), Silent(), follow=follow, skip_lost=skip_lost)

    def extract(self, *, skip_lost: bool = False, kill_at: int = 0) -> Extracted | ExtractionError | None:
        return child(lambda: self._extract(skip_lost=skip_lost), self.folder, kill_at)

    def ask(self, what: Callable) -> list[str]:
        return child(lambda: what(self.source, storage(str(self.landing))), self.folder)

    def start(self, *, follow: bool) -> int:
        """A process that extracts; its id."""
        return started(lambda: self._extract(follow=follow).failures)

    def rows(self, below: str = "") -> list[dict[str, Any]]:
        files = sorted((self.landing / (below or self.table)).rglob("*.parquet"))
        rows = [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
        return sorted(rows, key=lambda row: (row.get("source_file"), row.get("source_position", row.get("offset"))))

    def ids(self) -> list[tuple[str, int, str]]:
        return [(row["source_file"], row["source_position"], row["event_id"]) for row in self.rows()]


def event(number: int, more: str = "") -> bytes:
    return b'{"event_id":"%d%s","user_id":"u","event_type":"view","event_time":"2025-01-01"}' % (number, more.encode())


def events(count: int, start: int = 0, more: str = "") -> list[bytes]:
    return [event(number, more) for number in range(start, start + count)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("kafka")
    with broker(folder / "broker") as address:
        yield Cluster(address, folder)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "SECONDS_TO_WAIT", 0.02)
    monkeypatch.setattr(kafka, "SECONDS_TO_CONNECT", 2)


def landing(cluster: Cluster, folder: Path, topic: str, table: str = "user_events", **more: Any) -> Landing:
    return Landing(cluster.address, folder, topic, table, **more)


def test_each_run_lands_what_is_new(cluster, tmp_path):
    topic = cluster.create(2)
    lands = landing(cluster, tmp_path, topic)
    cluster.send(topic, events(3))
    cluster.send(topic, events(2, 3), partition=1)
    assert lands.ask(topics.planned) == [
        f"user_events: topic {topic}, partition 0: offsets 0 up to 3",
        f"user_events: topic {topic}, partition 1: offsets 0 up to 2",
    ]
    assert lands.extract().rows == {"user_events": 5}
    assert lands.extract() == Extracted()
    cluster.send(topic, events(1, 5))
    assert lands.extract().rows == {"user_events": 1}
    expected = [(f"{topic}/0", 0, "0"), (f"{topic}/0", 1, "1"), (f"{topic}/0", 2, "2"), (f"{topic}/0", 3, "5")]
    assert lands.ids() == [*expected, (f"{topic}/1", 0, "3"), (f"{topic}/1", 1, "4")]
    cluster.send(topic, events(2, 6))
    first, second = lands.ask(topics.status)
    assert first.startswith(
        f"user_events: topic {topic}, partition 0: read up to offset 4, 2 records behind, last read 2"
    )
    assert " read up to offset 2, 0 records behind" in second


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_codecs_and_headers(cluster, tmp_path, codec):
    topic = cluster.create()
    lands = landing(cluster, tmp_path, topic)
    cluster.send(
        topic, events(500), settings={"compression.type": codec}, headers=[("trace", b"\xff"), ("trace", None)]
    )
    assert lands.extract().rows == {"user_events": 500}
    assert [number for _, _, number in lands.ids()] == [str(number) for number in range(500)]


def test_an_empty_topic_is_read_as_nothing(cluster, tmp_path):
    topic = cluster.create(3)
    lands = landing(cluster, tmp_path, topic)
    assert lands.extract() == Extracted()
    assert not lands.rows()
    cluster.send(topic, events(1), partition=2)
    assert lands.extract().rows == {"user_events": 1}


ODD = {
    b"": "empty",
    b" \n": "empty",
    b"\xff{}": "byte ff at position 0 is not UTF-8",
    b"[1]": "not a JSON object",
    b'"text"': "not a JSON object",
    b"{": "not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
    b'{"a":' * 300 + b"1" + b"}" * 300: "nested too deeply",
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000: "nested too deeply",
    b"\x00\x00\x00\x00\x07avro": "not JSON: Expecting value: line 1 column 1 (char 0)",
}
FINE = {
    b'{"event_id":1.50,"event_type":"a\\u0000b","new":{"x":[1,2.50]}}': ("1.50", "a\0b", '{"x":[1,2.50]}'),
    b'{"event_id":"\\ud800"}': ("\\ud800", None, None),
    b'{\n "event_id":\n"1"}': ("1", None, None),
    '{"event_id":"é\u2028"}'.encode(): ("é\u2028", None, None),
    b"{}": (None, None, None),
    b'{"event_id":"' + b"x" * 900_000 + b'"}': ("x" * 900_000, None, None),
}


def test_odd_messages_land_and_are_kept_as_they_came(cluster, tmp_path):
    topic = cluster.create()
    lands = landing(cluster, tmp_path, topic)
    cluster.send(topic, [*ODD, *FINE], key=b"\xfe", settings={"message.max.bytes": 2_000_000})
    done = lands.extract()
    assert done.rows == {"user_events": len(ODD) + len(FINE)}
    assert done.notices == [
        f"{len(ODD)} messages cannot be read as user_events: see {lands.landing}/_dead_letters/user_events."
    ]
    rows = lands.rows()
    assert all(row["malformed_line"] is not None for row in rows[: len(ODD)])
    fine = [(row["event_id"], row["event_type"], row["new"]) for row in rows[len(ODD) :]]
    assert fine == list(FINE.values())
    letters = lands.rows("_dead_letters/user_events")
    assert [(row["value"], row["error"]) for row in letters] == list(ODD.items())
    assert [(row["topic"], row["partition"], row["offset"], row["key"]) for row in letters] == [
        (topic, 0, number, b"\xfe") for number in range(len(ODD))
    ]


def test_tombstones_are_messages_of_some_tables_and_counted_of_others(cluster, tmp_path):
    topic = cluster.create()
    cluster.send(topic, [b'{"op":"d"}', None, b"null"])
    messages = landing(cluster, tmp_path, topic, "shipment_changes")
    assert messages.extract() == Extracted(rows={"shipment_changes": 3})
    assert [row["payload"] for row in messages.rows()] == ['{"op":"d"}', "null", "null"]
    records = landing(cluster, tmp_path, topic)
    done = records.extract()
    assert (done.rows, done.notices) == ({"user_events": 1}, [f"2 tombstones of topic {topic} were passed over."])
    only = cluster.create()
    cluster.send(only, [None])
    records = landing(cluster, tmp_path, only)
    assert records.extract().notices and records.extract() == Extracted()


def test_lines_of_a_log_are_text(cluster, tmp_path):
    topic = cluster.create()
    lands = landing(cluster, tmp_path, topic, "app_logs")
    cluster.send(topic, [b"10:00 started", b'{"log_line":"10:01 x"}', b'{"level":"INFO"}', b"a\nb", b"\xff"])
    lands.extract()
    lines = [(row["log_line"], row["malformed_line"]) for row in lands.rows()]
    assert lines[:4] == [("10:00 started", None), ("10:01 x", None), ('{"level":"INFO"}', None), ("a\nb", None)]
    assert lines[4] == (None, "not UTF-8: \\xff")


def test_of_transactions_only_what_was_committed_is_read(cluster, tmp_path):
    topic = cluster.create()
    lands = landing(cluster, tmp_path, topic)
    cluster.send_transaction(topic, events(2))
    cluster.send_transaction(topic, events(2, 10), end="abort")
    assert lands.extract().rows == {"user_events": 2}
    cluster.send_transaction(topic, events(2, 20))
    cluster.send_transaction(topic, events(2, 30), end="")
    assert lands.extract().rows == {"user_events": 2}
    assert [number for _, _, number in lands.ids()] == ["0", "1", "20", "21"]
    # Markers at the end are read too: retention that takes them takes nothing.
    cluster.delete_before(topic, 9)
    assert lands.extract() == Extracted()


@pytest.mark.parametrize(("before", "after"), [(10, 3), (3, 3), (3, 10), (3, 0)])
def test_a_recreated_topic_is_named_and_read_anew_when_one_says_so(cluster, tmp_path, before, after):
    topic = cluster.create()
    lands = landing(cluster, tmp_path, topic)
    cluster.send(topic, events(before))
    lands.extract()
    for epoch in (1, 2):
        cluster.recreate(topic)
        cluster.send(topic, events(after, more=f"-{epoch}"))
        count = len(lands.rows())
        for _ in range(2):
            (failure,) = lands.extract().failures
            assert "recreated" in failure and failure.endswith("; with SKIP_LOST=yes reading goes on.")
            assert len(lands.rows()) == count
        done = lands.extract(skip_lost=True)
        assert not done.failures and done.rows["user_events"] == after
        assert len(done.notices) == 1 and done.notices[0].endswith(" Reading goes on from its beginning.")
        assert lands.extract(skip_lost=True) == Extracted()
        new = [(f"{topic}/0/{epoch}", number, f"{number}-{epoch}") for number in range(after)]
        assert [row for row in lands.ids() if row[0] == f"{topic}/0/{epoch}"] == new
        if not after:
            break
    assert lands.ids()[:before] == [(f"{topic}/0", number, str(number)) for number in range(before)]


def test_retention_is_silent_unless_it_takes_what_was_not_read(cluster, tmp_path):
    topic = cluster.create()
    lands = landing(cluster, tmp_path, topic)
    cluster.send(topic, events(10))
    cluster.delete_before(topic, 4)
    assert lands.extract().rows == {"user_events": 6}
    cluster.delete_before(topic, 10)
    assert lands.extract() == Extracted()
    cluster.send(topic, events(5, 10))
    cluster.delete_before(topic, 12)
    (failure,) = lands.extract().failures
    assert failure == (
        f"Topic {topic}, partition 0 begins at offset 12, but was read up to 10: the records between were "
        "deleted before they were read. Nothing of it is read; with SKIP_LOST=yes reading goes on."
    )
    done = lands.extract(skip_lost=True)
    assert done.rows == {"user_events": 3} and done.notices[0].endswith(" Reading goes on at offset 12.")
    assert [position for _, position, _ in lands.ids()] == [*range(4, 10), 12, 13, 14]


def test_gaps_of_compaction_are_right(cluster, tmp_path):
    topic = cluster.create(cleanup_policy="compact", segment_ms="100", segment_bytes="1000")
    lands = landing(cluster, tmp_path, topic)
    cluster.send(topic, events(50))
    first = lands.extract()
    sent, left = 50, 0
    while left == sent - 50:
        # The broker compacts when it likes.
        time.sleep(0.3)
        cluster.send(topic, events(50, sent))
        sent += 50
        another = landing(cluster, tmp_path, topic)
        another.extract()
        left = sum(position >= 50 for _, position, _ in another.ids())
    second = lands.extract()
    assert not first.failures and not second.failures
    assert lands.extract() == Extracted()
    ids = lands.ids()
    assert ids[-1][1:] == (sent - 1, str(sent - 1)) and len(ids) == len(set(ids)) < sent
    assert all(number == str(position) for _, position, number in ids)


def test_what_is_wrong_is_one_sentence(cluster, tmp_path):
    lands = landing(cluster, tmp_path, "no_such_topic")
    sentence = "There is no topic no_such_topic, or it may not be seen: create it, or grant DESCRIBE on it."
    assert lands.extract().failures == [sentence]
    for ask in (topics.status, topics.planned):
        (line,) = lands.ask(ask)
        assert line == f"user_events: {sentence}" and isinstance(line, Trouble)
    # Asking has not created it.
    assert lands.extract().failures == [sentence]
    nobody = Landing("127.0.0.1:1", tmp_path, "t")
    assert str(nobody.extract()).startswith("Kafka at 127.0.0.1:1 does not answer: ")
    for settings, sentence in (
        ({"no.such": "x"}, 'The settings of events are refused: No such configuration property: "no.such".'),
        ({"group.id": "x"}, "The setting group.id is not yours to choose: take it out of events."),
    ):
        assert str(landing(cluster, tmp_path, "t", settings=settings).extract()) == sentence
    twice = landing(cluster, tmp_path, "t")
    twice.source.tables["web_events"] = TopicTable(topic="t")
    assert str(twice.extract()) == (
        "Both user_events and web_events are to be read from topic t: a topic holds the records of one table."
    )


def test_one_topic_that_fails_does_not_stop_another(cluster, tmp_path):
    topic = cluster.create()
    cluster.send(topic, events(2))
    lands = landing(cluster, tmp_path, topic)
    lands.source.tables["web_events"] = TopicTable(topic="missing")
    done = lands.extract()
    assert done.rows == {"user_events": 2} and len(done.failures) == 1


def kill_points(count: int, fewer: int) -> list[int]:
    """Every operation, or a few that differ from run to run."""
    return list(range(1, count + 1)) if ALL else sorted(random.sample(range(1, count + 1), min(fewer, count)))


def test_killed_at_any_operation_on_files_nothing_is_lost_or_doubled(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(topics, "MOST_ROWS", 20)
    monkeypatch.setattr(topics, "MESSAGES", 10)
    topic = cluster.create(2)
    for partition in (0, 1):
        cluster.send(topic, [*events(25), b"bad"], partition=partition)
    whole = landing(cluster, tmp_path, topic)
    _, operations = in_child(whole._extract, within="landing")
    expected, letters = whole.ids(), whole.rows("_dead_letters/user_events")
    assert len(expected) == 52 and len(letters) == 2
    for number in kill_points(operations, 12):
        lands = landing(cluster, tmp_path, topic)
        lands.extract(kill_at=number)
        assert not set(lands.ids()) - set(expected)
        assert not lands.extract().failures
        assert lands.ids() == expected, f"killed at operation {number}"
        assert [(row["partition"], row["offset"]) for row in lands.rows("_dead_letters/user_events")] == [
            (row["partition"], row["offset"]) for row in letters
        ]


@pytest.mark.skipif(not ALL, reason="KILLS=all")
def test_killed_at_random_operations_of_a_large_load(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(topics, "MOST_ROWS", 2_000)
    topic = cluster.create(3)
    for partition in range(3):
        cluster.send(topic, events(20_000), partition=partition)
    whole = landing(cluster, tmp_path, topic)
    _, operations = in_child(whole._extract, within="landing")
    lands = landing(cluster, tmp_path, topic)
    for number in sorted(random.sample(range(1, operations), 50), reverse=True):
        lands.extract(kill_at=number // 10 + 1)
    lands.extract()
    assert lands.ids() == whole.ids()


def test_killed_after_any_message_nothing_is_lost_or_doubled(cluster, tmp_path, monkeypatch):
    """The broker names its own address, and no proxy can stand before it: messages are counted instead of chunks."""
    monkeypatch.setattr(topics, "MOST_ROWS", 20)
    monkeypatch.setattr(topics, "MESSAGES", 1)
    topic = cluster.create()
    cluster.send(topic, events(50))
    take = topics._Reader._take
    for number in kill_points(50, 6):
        counts = iter(range(number))

        def take_or_die(*arguments: Any, counts: Iterator[int] = counts) -> bool:
            if next(counts, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return take(*arguments)

        lands = landing(cluster, tmp_path, topic)
        with monkeypatch.context() as patch:
            patch.setattr(topics._Reader, "_take", take_or_die)
            assert in_child(lands._extract)[0] in (0, -signal.SIGKILL)
        lands.extract()
        assert lands.ids() == [(f"{topic}/0", position, str(position)) for position in range(50)]


def test_two_runs_at_a_time_land_nothing_twice(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(topics, "MOST_ROWS", 50)
    monkeypatch.setattr(topics, "MESSAGES", 10)
    topic = cluster.create(2)
    for partition in (0, 1):
        cluster.send(topic, events(1_000), partition=partition)
    lands = landing(cluster, tmp_path, topic)
    first = lands.start(follow=False)
    monkeypatch.setattr(topics, "MOST_ROWS", 70)
    assert [ended(process) for process in (lands.start(follow=False), first)] == [0, 0]
    assert lands.ids() == [(f"{topic}/{part}", place, str(place)) for part in (0, 1) for place in range(1_000)]


def test_who_comes_second_with_a_commit_reads_on_after_it(cluster, tmp_path, monkeypatch):
    topic = cluster.create()
    cluster.send(topic, events(30))
    lands = landing(cluster, tmp_path, topic)
    commit = topics._Reader._commit

    def after_another(reader: topics._Reader, partition: kafka.Partition) -> bool:
        monkeypatch.setattr(topics._Reader, "_commit", commit)
        with monkeypatch.context() as patch:
            patch.setattr(kafka.Cluster, "marks", lambda *_: (0, 10))
            lands._extract()
        return commit(reader, partition)

    monkeypatch.setattr(topics._Reader, "_commit", after_another)
    assert lands.extract().rows == {"user_events": 20}
    assert lands.ids() == [(f"{topic}/0", position, str(position)) for position in range(30)]


@contextmanager
def producing(cluster: Cluster, topic: str, partitions: int, seconds: float) -> Iterator[None]:
    """A process that sends events to all partitions of a topic meanwhile."""

    def produce() -> None:
        producer = Producer(cluster.client)
        numbers = [0] * partitions
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for partition in range(partitions):
                for _ in range(20):
                    producer.produce(topic, event(numbers[partition]), partition=partition)
                    numbers[partition] += 1
            producer.flush()
            time.sleep(0.02)

    process = started(produce)
    yield
    assert ended(process) == 0


def test_a_group_that_is_killed_again_and_again_lands_everything_once(cluster, tmp_path):
    topic = cluster.create(4)
    more = {"settings": SESSION, "commit_every": timedelta(seconds=0.2), "group": topic}
    lands = landing(cluster, tmp_path, topic, **more)
    seconds = 60 if ALL else 6
    with producing(cluster, topic, 4, seconds):
        group = [lands.start(follow=True) for _ in range(2)]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(random.uniform(0.5, 2.5))
            victim = random.randrange(2)
            os.kill(group[victim], signal.SIGKILL)
            assert ended(group[victim]) == -signal.SIGKILL
            group[victim] = lands.start(follow=True)
    time.sleep(1)
    for process in group:
        os.kill(process, signal.SIGTERM)
    assert [ended(process) for process in group] == [0, 0]
    lands.extract()
    ids = lands.ids()
    assert len(ids) > 1_000
    assert ids == [(source, position, str(position)) for source, position, _ in ids]
    assert ids == sorted(set(ids)) and [position for source, position, _ in ids] == [
        position for part in range(4) for position in range(sum(source == f"{topic}/{part}" for source, _, _ in ids))
    ]
    behind = [line for line in lands.ask(topics.status) if " 0 records behind" in line]
    assert len(behind) == 4


def test_a_paused_process_commits_nothing_that_another_has_read(cluster, tmp_path):
    topic = cluster.create()
    cluster.send(topic, events(10))
    more = {"settings": SESSION, "commit_every": timedelta(seconds=3), "group": topic}
    lands = landing(cluster, tmp_path, topic, **more)
    paused = lands.start(follow=True)
    time.sleep(2)
    os.kill(paused, signal.SIGSTOP)
    assert not lands.rows()
    cluster.send(topic, events(5, 10))
    assert lands.extract().rows == {"user_events": 15}
    os.kill(paused, signal.SIGCONT)
    time.sleep(3)
    os.kill(paused, signal.SIGINT)
    assert ended(paused) == 0
    assert lands.ids() == [(f"{topic}/0", position, str(position)) for position in range(15)]


def test_what_is_followed_lands_before_the_end(cluster, tmp_path):
    topic = cluster.create()
    lands = landing(cluster, tmp_path, topic, commit_every=timedelta(seconds=0.2), group=topic)
    process = lands.start(follow=True)
    for number in range(3):
        cluster.send(topic, events(1, number))
        end = time.monotonic() + 10
        while len(lands.rows()) <= number and time.monotonic() < end:
            time.sleep(0.05)
    assert len(lands.rows()) == 3
    os.kill(process, signal.SIGTERM)
    assert ended(process) == 0
    missing = landing(cluster, tmp_path, "missing")
    assert ended(missing.start(follow=True)) == 1


def test_no_secret_stands_in_what_is_written(cluster, tmp_path):
    topic = cluster.create()
    cluster.send(topic, events(2))
    lands = landing(cluster, tmp_path, topic, settings={"sasl.password": "hunter2"})
    lands.extract()
    commits = list(lands.landing.rglob("*.json"))
    assert commits and all("hunter2" not in file.read_text() for file in commits)
    (state,) = [json.loads(file.read_text())["state"] for file in commits]
    assert state["anchor"][0] == 1
