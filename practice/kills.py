"""Runs a learner's Python that writes files: as it is, and killed before each thing that it does to the outside.

Each run is a forked process, which ends at its place without a chance to tidy up, as a machine that loses its power.
"""

import io
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from practice.guard import Fence, RefusedError
from practice.models import WrongModelError, load_python, python_says, too_long
from practice.tables import differ, marked, shown

# A run takes some milliseconds; this is for one that does not end, seconds of CPU, and for one that waits, seconds.
CPU_SECONDS = 1.5
WAITING_SECONDS = 10
# More places than these are not tried; the finished consumer has half as many.
MOST_PLACES = 150
KILLED, FAILED = 9, 3
MONEY = pa.decimal128(38, 9)
DOING = {
    "open": "opening",
    "os.rename": "renaming",
    "os.mkdir": "making the folder",
    "os.remove": "removing",
}


class KillPoints:
    """Counts what a run does to the outside, and ends the process before the one it is to be killed at."""

    def __init__(self, kill_at: int | None, pipe: int) -> None:
        self.kill_at, self.pipe, self.passed = kill_at, pipe, 0

    def reach(self, what: str, leave: Callable[[], None] | None = None) -> None:
        """Come to a place. `leave` does the half of it that a kill in its middle would leave."""
        self.passed += 1
        if self.passed == self.kill_at:
            if leave:
                leave()
            os.write(self.pipe, json.dumps({"killed_before": what}).encode())
            os._exit(KILLED)

    def on_write(self, event: str, arguments: tuple) -> None:
        """Before a write: a file that is opened to be written is there, and empty, when its writer is killed then."""
        path = Path(os.fsdecode(arguments[0]))
        if event == "os.mkdir" and path.exists():
            return
        is_new = event == "open" and isinstance(arguments[1], str) and "w" in arguments[1]
        doing = DOING.get(event, event.removeprefix("os."))
        self.reach(f"{doing} {path.name}", (lambda: path.write_bytes(b"")) if is_new else None)


@dataclass
class Run:
    """How a run ended: what it said if it failed, how many places it passed, or what it was killed before."""

    failed: str | None = None
    error: str | None = None
    places: int = 0
    killed_before: str = ""


def forked(action: Callable[[KillPoints], None], name: str, kill_at: int | None = None) -> Run:
    """Do something in a process of its own. Raises WrongModelError if it does not end or may not do what it does."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        points = KillPoints(kill_at, writing)
        said: dict = {}
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        signal.setitimer(signal.ITIMER_REAL, WAITING_SECONDS)
        try:
            action(points)
        except RefusedError as error:
            said = {"refused": f"{name} was stopped: {error}."}
        except WrongModelError as error:
            said = {"refused": str(error)}
        except Exception as error:
            said = {"failed": python_says(name, error), "error": type(error).__name__}
        os.write(writing, json.dumps({**said, "places": points.passed}).encode())
        os._exit(FAILED if said else 0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        raise WrongModelError(too_long(name))
    said = json.loads(text)
    if os.WEXITSTATUS(status) == KILLED:
        return Run(killed_before=said["killed_before"])
    if "refused" in said:
        raise WrongModelError(said["refused"])
    return Run(said.get("failed"), said.get("error"), said["places"])


def parquet_writer(fence: Fence, folder: Path, points: KillPoints) -> Callable[[os.PathLike, Sequence[dict]], None]:
    """The function `write_parquet(path, rows)` that a learner is given. A kill may come in its middle."""

    def write_parquet(path: os.PathLike, rows: Sequence[dict]) -> None:
        target = Path(path)
        with fence.down():
            if not target.resolve().is_relative_to(folder.resolve()):
                raise RefusedError(f"it writes {target}; files may be written in its own folder only")
            content = _parquet(list(rows))
            points.reach(f"writing {target.name}")
            target.parent.mkdir(parents=True, exist_ok=True)
            half = len(content) // 2
            target.write_bytes(content[:half])
            points.reach(f"writing the second half of {target.name}")
            target.write_bytes(content)

    return write_parquet


def _parquet(rows: list[dict]) -> bytes:
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise ValueError("write_parquet needs at least one row, each a dictionary")
    columns = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        is_money = any(isinstance(value, Decimal) for value in values)
        columns[name] = pa.array(values, MONEY if is_money else None)
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def read_parquet(folder: Path) -> list[dict]:
    """The rows of all Parquet files below a folder, hidden ones left out. Raises ValueError for half a file."""
    rows = []
    for path in sorted(folder.rglob("*.parquet")):
        if any(part.startswith((".", "_")) for part in path.relative_to(folder).parts):
            continue
        try:
            # Without threads, for each run is a fork, and those of this process would be started anew in it.
            table = pq.ParquetFile(path, pre_buffer=False).read(use_threads=False)
        except (pa.ArrowInvalid, OSError) as error:
            raise ValueError(str(path.relative_to(folder))) from error
        rows += [row | {"file": str(path.relative_to(folder))} for row in table.to_pylist()]
    return rows


# The topic of the exercise


@dataclass(frozen=True)
class Record:
    """A record of a topic."""

    partition: int
    offset: int
    value: str
    arrived_at: datetime


@dataclass
class Broker:
    """What a broker keeps: records by partition, which begin at the offset of the first, and what was committed."""

    records: list[Record]
    topic_id: str
    committed_in: Path

    def committed(self) -> dict[int, int]:
        if not self.committed_in.exists():
            return {}
        return {int(partition): offset for partition, offset in json.loads(self.committed_in.read_text()).items()}


class Topic:
    """The topic as a consumer has it. Polling begins at the committed offsets, else at the first record.

    `topic_id` is another one when the topic was made anew. `begin(partition)` is the first offset that is still there,
    `end(partition)` the one that the next record will get.
    """

    def __init__(self, broker: Broker, points: KillPoints, fence: Fence) -> None:
        self._broker, self._points, self._fence = broker, points, fence
        self.topic_id = broker.topic_id
        self.partitions = sorted({record.partition for record in broker.records})
        committed = broker.committed()
        self._position = {partition: committed.get(partition, self.begin(partition)) for partition in self.partitions}

    def begin(self, partition: int) -> int:
        """The first offset of a partition that is still there."""
        return min(record.offset for record in self._broker.records if record.partition == partition)

    def end(self, partition: int) -> int:
        """The offset that the next record of a partition will get."""
        return max(record.offset for record in self._broker.records if record.partition == partition) + 1

    def seek(self, partition: int, offset: int) -> None:
        """Have the next poll go on from this offset."""
        self._position[partition] = offset

    def poll(self, most: int = 3) -> list[Record]:
        """The next records, of all partitions, at most so many; none when all have been read."""
        with self._fence.down():
            self._points.reach("a poll")
        waiting = [r for r in self._broker.records if r.offset >= self._position.get(r.partition, 0)]
        some = sorted(waiting, key=lambda record: (record.arrived_at, record.partition, record.offset))[:most]
        for record in some:
            self._position[record.partition] = record.offset + 1
        return some

    def commit(self) -> None:
        """Have the broker remember how far this consumer has polled: the next one begins there."""
        with self._fence.down():
            self._points.reach("a commit")
            self._broker.committed_in.write_text(json.dumps(self._position))


@dataclass
class Play:
    """A folder, a broker and a learner's function."""

    step: dict
    name: str
    text: str
    fence: Fence
    root: Path

    def broker(self, records: Sequence[dict], topic_id: str) -> Broker:
        made = [
            Record(r["partition"], r["offset"], r["value"], datetime.fromisoformat(r["arrived_at"])) for r in records
        ]
        return Broker(made, topic_id, self.root / "committed.json")

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    def begin(self) -> None:
        """An empty lake, nothing committed."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.lake.mkdir(parents=True)

    def consume(self, broker: Broker, kill_at: int | None = None) -> Run:
        """Run the learner's `consume(topic, lake, write_parquet)` in a process of its own."""

        return self._run(
            "consume", lambda points, writer: (Topic(broker, points, self.fence), self.lake, writer), kill_at
        )

    def export(self, rows: list[dict], kill_at: int | None = None) -> Run:
        """Run the learner's `export(rows, path, write_parquet)` in a process of its own."""
        path = self.lake / "customer_summary.parquet"
        return self._run("export", lambda points, writer: (rows, path, writer), kill_at)

    def _run(self, wanted: str, given: Callable[[KillPoints, Callable], tuple], kill_at: int | None) -> Run:
        def action(points: KillPoints) -> None:
            function = _function(self.name, self.text, wanted, self.fence, self.lake)
            arguments = given(points, parquet_writer(self.fence, self.lake, points))
            with self.fence.up(self.lake, points.on_write):
                function(*arguments)
            points.reach("its end")

        return forked(action, self.name, kill_at)


def _function(name: str, text: str, wanted: str, fence: Fence, folder: Path) -> Callable:
    function = load_python(name, text, fence, folder).get(wanted)
    if not callable(function):
        raise WrongModelError(f"{name} has no function {wanted}; the brief says what it is given.")
    return function


def check_killed(step: dict, name: str, text: str, fence: Fence) -> dict:
    """What a consumer or an export is told, in the form of `check_model`."""
    # The names and the syntax are looked at here, where no process is needed to say what is wrong.
    wanted = {"consumer": "consume", "export": "export"}[step["kind"]]
    failures = []
    with tempfile.TemporaryDirectory(prefix="practice-") as folder:
        play = Play(step, name, text, fence, Path(folder) / "run")
        try:
            first = forked(lambda _: _function(name, text, wanted, fence, None), name)
            if first.failed:
                return {"problem": first.failed}
            for case in step["cases"]:
                check = _consumer_failure if step["kind"] == "consumer" else _export_failure
                if failure := check(play, case):
                    failures.append(failure)
                    if case["rule"] == "ordinary":
                        break
        except WrongModelError as error:
            return {"problem": str(error)}
    return {"failures": failures, "passed": len(step["cases"]) - len(failures)}


def _consumer_failure(play: Play, case: dict) -> dict | None:
    expected = _landed(case["expect"])
    columns = ["place", "partition", "offset", "order_id", "amount"]

    def told(rule: str, says: str, got: list[tuple]) -> dict:
        return _told(case, rule, says, columns, expected, got)

    def failed(run: Run) -> None:
        if run.failed:
            raise WrongModelError(run.failed)

    broker = play.broker(case["records"], "first")
    if case["does"] == "kill":
        for says, got in _killed_runs(play, broker):
            if isinstance(got, ValueError):
                return told("torn_file", f"{says} {got}", [])
            if differ(expected, got):
                is_lost = any(row not in got for row in expected)
                return told("lost_when_killed" if is_lost else "twice_when_killed", says, got)
        return None
    play.begin()
    failed(play.consume(broker))
    if case["does"] == "run":
        return _compared(play, case, expected, told)
    if case["does"] == "again":
        broker = play.broker([*case["records"], *case["later"]], "first")
        failed(play.consume(broker))
        return _compared(play, case, expected, told)
    before = _read(play.lake)
    broker = play.broker(case["later"], "second" if case["does"] == "recreate" else "first")
    run = play.consume(broker)
    if not run.failed:
        return told(case["rule"], case["says"] + " The consumer went on as if nothing had happened.", _read(play.lake))
    if run.error not in ("RuntimeError", "LookupError"):
        failed(run)
    return told(case["rule"], case["says"], _read(play.lake)) if differ(before, _read(play.lake)) else None


def _compared(play: Play, case: dict, expected: list[tuple], told: Callable) -> dict | None:
    got = _seen(play.lake)
    if isinstance(got, ValueError):
        return told("torn_file", str(got), [])
    return told(case["rule"], case["says"], got) if differ(expected, got) else None


def _killed_runs(play: Play, broker: Broker) -> Iterator[tuple[str, list[tuple] | ValueError]]:
    """For each place: what a kill there and the runs after it leave."""
    play.begin()
    whole = play.consume(broker)
    if whole.failed:
        raise WrongModelError(whole.failed)
    for kill_at in range(1, min(whole.places, MOST_PLACES) + 1):
        play.begin()
        killed = play.consume(broker, kill_at)
        says = f"The consumer was killed just before {killed.killed_before}, step {kill_at} of {whole.places}"
        found = _seen(play.lake)
        if isinstance(found, ValueError):
            yield f"{says}, and somebody reads the lake then.", found
            return
        again = play.consume(broker)
        # What a kill leaves, such as half of a checkpoint, must not stop the next run.
        yield f"{says}, and started again.", ValueError(again.failed) if again.failed else _seen(play.lake)


def _seen(lake: Path) -> list[tuple] | ValueError:
    """What a reader of the lake finds, or which file is only half there."""
    try:
        return _read(lake)
    except ValueError as error:
        return ValueError(f"{error} is half a file.")


def _landed(rows: Sequence[dict]) -> list[tuple]:
    return [
        (r["place"], r["partition"], r["offset"], r["order_id"], None if r["amount"] is None else Decimal(r["amount"]))
        for r in rows
    ]


def _read(lake: Path) -> list[tuple]:
    """Every row that a reader of the lake finds: the folder of its file, and what is in it."""
    return [
        (
            str(Path(row["file"]).parent),
            row.get("partition"),
            row.get("offset"),
            row.get("order_id"),
            _money(row.get("amount")),
        )
        for row in read_parquet(lake)
    ]


def _money(value: object) -> object:
    try:
        return value if value is None or isinstance(value, float) else Decimal(str(value))
    except InvalidOperation:
        return value


def _export_failure(play: Play, case: dict) -> dict | None:
    columns = ["customer_id", "total_sales"]
    before, after = (_customers(case[rows]) for rows in ("before", "rows"))
    wanted = [(row["customer_id"], row["total_sales"]) for row in after]

    def seen() -> list[tuple]:
        return [(row.get("customer_id"), row.get("total_sales")) for row in read_parquet(play.lake)]

    def told(rule: str, says: str, got: list[tuple]) -> dict:
        return _told(case, rule, says, columns, wanted, got)

    def exported(rows: list[dict], kill_at: int | None = None) -> Run:
        run = play.export(rows, kill_at)
        if run.failed:
            raise WrongModelError(run.failed)
        return run

    play.begin()
    if before:
        exported(before)
    whole = exported(after)
    try:
        got = seen()
    except ValueError:
        return told("torn_file", case["says"], [])
    if any(isinstance(sales, float) for _, sales in got):
        return told("float_money", case["says"], got)
    if differ(wanted, got):
        return told(case["rule"], case["says"], got)
    if case["does"] != "kill":
        return None
    old = [(row["customer_id"], row["total_sales"]) for row in before]
    for kill_at in range(1, min(whole.places, MOST_PLACES) + 1):
        play.begin()
        exported(before)
        killed = exported(after, kill_at)
        says = f"The export was killed just before {killed.killed_before}, step {kill_at} of {whole.places}"
        try:
            got = seen()
        except ValueError as error:
            return told("torn_file", f"{says}. {error} is half a file.", [])
        if differ(got, old) and differ(got, wanted):
            return told("torn_file", f"{says}. This is what a reader finds then.", got)
        exported(after)
        if differ(wanted, seen()):
            return told("not_idempotent", f"{says}, and run again.", seen())
    return None


def _customers(rows: Sequence[dict]) -> list[dict]:
    return [
        {"customer_id": row["customer_id"], "total_sales": Decimal(row["total_sales"]).quantize(Decimal("1E-9"))}
        for row in rows
    ]


def _told(case: dict, rule: str, says: str, columns: list[str], expected: list[tuple], got: list[tuple]) -> dict:
    names = {
        "records": "topic",
        "later": "topic, later",
        "before": "rows of the first run",
        "rows": "rows of the second run",
    }
    given = {names[part]: case[part] for part in names if case.get(part)}
    shown_columns = {
        part: list(dict.fromkeys(column for row in rows for column in row)) for part, rows in given.items()
    }
    return {
        "case": case["name"],
        "rule": rule,
        "says": says,
        "given": {
            part: {
                "columns": shown_columns[part],
                "rows": [[shown(row.get(c)) for c in shown_columns[part]] for row in rows],
            }
            for part, rows in given.items()
        },
        "is_smallest": False,
        "columns": columns,
        "expected": marked(expected, got),
        "got": marked(got, expected),
    }
