"""Changes of a real PostgreSQL through real Debezium: none is lost, and what comes twice is equal.

Java does not survive a fork: every extraction runs in a child of its own, several where they belong together in one.
KILLS=all in the environment kills at every operation on files and every chunk from the network.
"""

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from children import child, ended, started
from kills import in_child, proxy

from ingestion import change_data
from ingestion.demo.postgres_server import PostgresServer, postgres_server
from ingestion.errors import ExtractionError
from ingestion.report import Extracted
from ingestion.settings import ChangeDataSource, ChangeTable
from ingestion.storage import storage

ALL = os.environ.get("KILLS") == "all"
SMALL_BATCHES = {"max.batch.size": "20", "max.queue.size": "40"}


class Silent:
    def read(self, table: str, rows: int, total: int | None = None) -> None:
        """Nobody looks."""


class Shop:
    """A database with its tables, a source that reads them, and the folder where changes land."""

    def __init__(self, server: PostgresServer, folder: Path, name: str = "shop", **settings: str) -> None:
        self.server, self.folder, self.landing = server, folder, folder / f"landing-{name}"
        self.database = f"db_{random.randrange(10**9)}"
        server.run(f"create database {self.database}")
        self.run(
            "create table shipments (shipment_id int primary key, status text)",
            "create table users (user_id text primary key, user_name text)",
            "create table secret (id int primary key, pin text)",
            "insert into shipments select number, 'new' from generate_series(1, 50) as number",
            "insert into users values ('u1', 'Ann')",
            "insert into secret values (1, 'pin-4711')",
        )
        tables = {
            "shipment_changes": ChangeTable(table="public.shipments"),
            "users": ChangeTable(table="public.users"),
        }
        # Slots have names of their own in the whole server.
        settings = {"slot.name": f"slot_{self.database}", **settings}
        self.source = ChangeDataSource(
            kind="change_data", name=name, address=self.address(), tables=tables, settings=settings
        )

    def address(self, **who: Any) -> str:
        return self.server.address(self.database, **who)

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        return self.server.run(*statements, database=self.database)

    def with_(self, **changed: Any) -> "Shop":
        self.source = self.source.model_copy(update=changed)
        return self

    def extract(self, *, follow: bool = False, skip_lost: bool = False) -> Extracted:
        """In this process: only within a child."""
        return change_data.extract(
            self.source, storage(str(self.landing)), Silent(), follow=follow, skip_lost=skip_lost
        )

    def ask(self, what: Callable, *more: Any) -> Any:
        return what(self.source, storage(str(self.landing)), *more)

    def try_to(self, work: Callable[[], Any] | None = None) -> str:
        """The sentence about what hinders an extraction."""
        error = child(work or self.extract, self.folder)
        assert isinstance(error, ExtractionError), error
        return str(error)

    def check_run(self, done: Extracted | ExtractionError) -> None:
        """Whether a run has come to its end."""
        assert isinstance(done, Extracted) and not done.failures, done

    def rows(self, table: str = "shipment_changes") -> list[dict[str, Any]]:
        files = sorted((self.landing / table).rglob("*.parquet"))
        rows = [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
        return sorted(rows, key=lambda row: row["source_position"])

    def changes(self, table: str = "shipment_changes") -> list[tuple[str, Any, Any]]:
        """Operation, and the status before it and after it, in the order of arrival."""
        said = [json.loads(row["payload"]) for row in self.rows(table)]
        return [(one["op"], _last(one["before"]), _last(one["after"])) for one in said]

    def last_states(self) -> dict[int, str]:
        """The shipments that come of all changes, by their order in the log."""
        states = {}
        envelopes = [json.loads(row["payload"]) for row in self.rows()]
        for one in sorted(envelopes, key=lambda one: int(json.loads(one["source"]["sequence"])[1])):
            if one["op"] == "d":
                states.pop(one["before"]["shipment_id"], None)
            else:
                states[one["after"]["shipment_id"]] = one["after"]["status"]
        return states

    def check_that_all_has_landed(self) -> None:
        """The states are those of the database, every step between has come, and what came twice is equal."""
        assert self.last_states() == dict(self.run("select shipment_id, status from shipments"))
        positions = [row["source_position"] for row in self.rows()]
        assert len(positions) == len(set(positions))
        seen: dict[tuple, Any] = {}
        for row in self.rows():
            one = json.loads(row["payload"])
            if one["op"] != "r":
                change = {key: one[key] for key in ("op", "before", "after", "source")}
                # It begins with the end of the transaction before, which Debezium does not know after a restart.
                change["source"]["sequence"] = ""
                place = (one["source"]["lsn"], one["source"]["txId"], json.dumps(one["after"] or one["before"]))
                assert seen.setdefault(place, change) == change
        updates = {one["after"]["status"] for one in seen.values() if one["op"] == "u"}
        assert updates >= {f"step {number}" for number in range(self.steps)}

    steps = 0

    def change(self, steps: int) -> None:
        """Transactions of one update each, some deletions and insertions."""
        numbers = range(self.steps, self.steps + steps)
        self.steps += steps
        self.run(
            *(f"update shipments set status = 'step {one}' where shipment_id = {one % 50 + 1}" for one in numbers),
            f"insert into shipments select {100 * self.steps} + number, 'late' from generate_series(1, 20) as number",
            f"delete from shipments where shipment_id > {100 * self.steps + 15}",
        )


def _last(row: dict[str, Any] | None) -> Any:
    return row and list(row.values())[-1]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server(max_replication_slots="40", max_wal_senders="40") as running:
        yield running


def test_rows_then_changes_land_as_they_are(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shop = Shop(server, tmp_path)
    slot = f"slot slot_{shop.database}"
    assert shop.ask(change_data.status)[-1] == f"{slot}: not there"
    shop.run("analyze shipments")
    assert shop.ask(change_data.planned) == [
        "shipment_changes: public.shipments: all rows, about 50, then changes",
        "users: public.users: all rows, then changes",
    ]

    def runs() -> list[Any]:
        first = shop.extract()
        second = shop.extract()
        shop.run(
            "update shipments set status = 'sent' where shipment_id = 1",
            "update shipments set shipment_id = 99 where shipment_id = 2",
            "delete from shipments where shipment_id = 3",
            "truncate shipments",
            "insert into users values ('u2', 'Bo')",
            "update secret set pin = 'pin-0815'",
        )
        planned = shop.ask(change_data.planned)
        return [first, second, planned, shop.extract()]

    first, second, planned, third = child(runs, tmp_path)
    assert first == Extracted(rows={"shipment_changes": 50, "users": 1})
    assert second == Extracted()
    assert planned[0].startswith("shipment_changes: public.shipments: changes in ")
    assert third == Extracted(rows={"shipment_changes": 5, "users": 1})
    changes = shop.changes()
    assert changes[:50] == [("r", None, "new")] * 50
    assert [(operation, after) for operation, _, after in changes[50:]] == [
        ("u", "sent"),
        ("d", None),
        ("c", "new"),
        ("d", None),
        ("t", None),
    ]
    (ann, bo) = shop.rows("users")
    assert (ann["user_id"], ann["source_file"], bo["source_file"]) == (None, "shop.public.users", "shop.public.users")
    assert json.loads(bo["payload"])["after"] == {"user_id": "u2", "user_name": "Bo"}
    shown = shop.ask(change_data.status)
    assert " UTC, " in shown[0] and shown[-1].startswith(f"{slot}: not being read, read up to ")
    # What is of no table that is read, and what is secret, is nowhere; nor has the engine written beside it.
    written = b"".join(file.read_bytes() for file in shop.landing.rglob("*") if file.is_file())
    assert server.password.encode() not in written
    assert not any("pin" in row["payload"] for table in shop.source.tables for row in shop.rows(table))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["landing-shop", "result"]


def kill_points(count: int, fewer: int) -> list[int]:
    """Every one, or a few that differ from run to run."""
    return list(range(1, count + 1)) if ALL else sorted(random.sample(range(1, count + 1), min(fewer, count)))


def test_killed_at_any_operation_on_files_nothing_is_lost(server, tmp_path):
    shop = Shop(server, tmp_path, **SMALL_BATCHES)
    # Of the first run, which reads all rows.
    for number in range(1, 80, 4) if ALL else [random.randrange(1, 80)]:
        child(shop.extract, tmp_path, number)
    child(shop.extract, tmp_path)
    shop.check_that_all_has_landed()
    shop.change(30)
    _, operations = in_child(shop.extract, within="landing")
    shop.check_that_all_has_landed()
    for number in kill_points(operations, 1):
        shop.change(30)
        child(shop.extract, tmp_path, number)
        shop.check_run(child(shop.extract, tmp_path))
        shop.check_that_all_has_landed()


def test_killed_at_any_chunk_from_the_network_nothing_is_lost(server, tmp_path):
    with proxy(("127.0.0.1", server.port)) as between:
        shop = Shop(server, tmp_path, **SMALL_BATCHES)
        shop.with_(address=shop.address(port=between.port))
        between.reset()
        assert ended(started(lambda: shop.extract().failures)) == 0
        chunks = between.chunks
        for number in kill_points(2 * chunks, 1):
            shop.change(30)
            victims: list[int] = []
            between.reset(number, lambda victims=victims: os.kill(victims[0], signal.SIGKILL))
            victims.append(started(lambda: shop.extract().failures))
            assert ended(victims[0]) in (0, -signal.SIGKILL)
            between.reset()
            shop.check_run(child(shop.extract, tmp_path))
            shop.check_that_all_has_landed()


def test_killed_at_random_chunks_of_a_large_load_nothing_is_lost(server, tmp_path):
    with proxy(("127.0.0.1", server.port)) as between:
        shop = Shop(server, tmp_path, **{"max.batch.size": "500", "max.queue.size": "1000"})
        shop.with_(address=shop.address(port=between.port))
        assert ended(started(lambda: shop.extract().failures)) == 0
        chunks = between.chunks
        rows, kills = (100_000, 50) if ALL else (5_000, 1)
        killed, loads, has_landed = 0, 0, True
        while killed < kills:
            if has_landed:
                loads += 1
                first = 1000 + loads * rows
                shop.run(
                    f"insert into shipments select {first} + number, 'large' from generate_series(1, {rows}) as number"
                )
            victims: list[int] = []
            between.reset(random.randrange(20, 2 * chunks), lambda victims=victims: os.kill(victims[0], signal.SIGKILL))
            victims.append(started(lambda: shop.extract().failures))
            code = ended(victims[0])
            assert code in (0, -signal.SIGKILL)
            has_landed = code == 0
            killed += not has_landed
        between.reset()
        shop.check_run(child(shop.extract, tmp_path))
        shop.check_that_all_has_landed()


def test_rows_are_sent_again_when_asked_and_those_of_a_new_table_too(server, tmp_path):
    shop = Shop(server, tmp_path)
    everything = shop.source.tables
    shop.with_(tables={"shipment_changes": everything["shipment_changes"]})

    def runs() -> list[Any]:
        first = shop.extract()
        shop.with_(tables=everything)
        second = shop.extract()
        sentence = shop.ask(change_data.snapshot, ["public.shipments"])
        return [first, second, sentence, shop.extract(), shop.extract()]

    first, second, sentence, third, last = child(runs, tmp_path)
    assert first.rows == {"shipment_changes": 50}
    assert second.rows == {"users": 1}
    assert sentence.startswith("All rows of public.shipments are sent again, ")
    assert third.rows == {"shipment_changes": 50} and last == Extracted()
    assert {operation for operation, _, _ in shop.changes()} == {"r"}
    with pytest.raises(ExtractionError, match=r"^public.secret is not read by shop: it reads public.shipments.$"):
        shop.ask(change_data.snapshot, ["public.secret"])


def test_a_slot_that_is_gone_is_named_and_all_rows_are_read_when_one_says_so(server, tmp_path):
    shop = Shop(server, tmp_path)

    def runs() -> list[Any]:
        shop.extract()
        dropped = [change_data.drop_slot(shop.source), change_data.drop_slot(shop.source)]
        shop.run("delete from shipments where shipment_id > 10", "update shipments set status = 'missed'")
        try:
            lost = shop.extract()
        except ExtractionError as error:
            lost = str(error)
        return [dropped, lost, shop.extract(skip_lost=True), shop.extract(skip_lost=True)]

    (dropped, nothing), lost, third, last = child(runs, tmp_path)
    assert dropped.startswith(f"Slot slot_{shop.database} is dropped; ") and nothing.startswith("There is no slot ")
    assert lost.startswith(f"Slot slot_{shop.database} is gone: what has changed since 2")
    assert lost.endswith(" UTC may be lost. With SKIP_LOST=yes all rows are read again.")
    assert third.rows == {"shipment_changes": 10, "users": 1} and third.notices[0].endswith("All rows are read again.")
    assert last == Extracted()
    # What else can be wrong with what is kept is found before Java starts.
    (newest, *_) = sorted((shop.landing / "_extract/shop/changes").glob("*.json"), reverse=True)
    whole = newest.read_text()
    for offsets in ("", "rO0ABX", "!"):
        newest.write_text(json.dumps(json.loads(whole) | {"state": {"offsets": offsets or "AAAA", "tables": []}}))
        assert "are broken: what has changed since " in shop.try_to()
    newest.write_text(whole)
    slot = f"slot_{shop.database}"
    shop.run(
        f"select pg_drop_replication_slot('{slot}')", f"select pg_create_logical_replication_slot('{slot}', 'pgoutput')"
    )
    assert shop.try_to().startswith(f"Slot {slot} is ahead of what has landed, somebody has made it anew or moved it: ")
    shop.run("alter system set max_slot_wal_keep_size = '1MB'", "select pg_reload_conf()")
    try:
        for _ in range(4):
            shop.run("select pg_logical_emit_message(false, 'x', repeat('y', 1000000))", "select pg_switch_wal()")
        shop.run("checkpoint")
        assert shop.try_to().startswith("The server has removed log that was not read (slot ")
        assert shop.ask(change_data.status)[-1].endswith(": the server has removed log that was not read")
    finally:
        shop.run("alter system reset max_slot_wal_keep_size", "select pg_reload_conf()")


def test_what_is_followed_lands_before_the_end_and_nobody_else_reads_meanwhile(server, tmp_path, monkeypatch):
    monkeypatch.setattr(change_data, "WAIT_FOLLOWING", 500)
    monkeypatch.setattr(change_data, "SECONDS_BETWEEN_MARKS", 1)
    shop = Shop(server, tmp_path)
    process = started(lambda: shop.extract(follow=True).failures)

    def knows_where_it_is() -> bool:
        """Whether a commit says up to where the log was read, which is known once a mark has come back."""
        newest = max((shop.landing / "_extract/shop/changes").glob("*.json"))
        return bool(json.loads(newest.read_text())["state"]["offsets"])

    try:
        for count in (50, 51):
            until = time.monotonic() + 30
            while len(shop.rows()) < count and time.monotonic() < until:
                time.sleep(0.2)
            assert len(shop.rows()) == count
            if count == 50:
                shop.run("update shipments set status = 'sent' where shipment_id = 1")
        until = time.monotonic() + 30
        while not knows_where_it_is() and time.monotonic() < until:
            time.sleep(0.2)
        assert knows_where_it_is()
        monkeypatch.setattr(change_data, "SECONDS_FOR_SLOT", 0)
        assert " is being read by process " in shop.try_to()
        with pytest.raises(ExtractionError, match="is being read: end that extraction first"):
            change_data.drop_slot(shop.source)
    finally:
        os.kill(process, signal.SIGTERM)
        assert ended(process) == 0
    assert child(shop.extract, tmp_path) == Extracted()


def test_a_kill_while_the_server_moves_its_log_on_does_not_stop_the_next_run(server, tmp_path):
    """A slot that goes on faster than our commits cannot be read from them any more."""
    shop = Shop(server, tmp_path, **SMALL_BATCHES)
    child(shop.extract, tmp_path)
    for _ in range(5 if ALL else 2):
        shop.change(60)
        shop.run("checkpoint", "select pg_log_standby_snapshot()")
        child(shop.extract, tmp_path, random.randrange(30, 60))
        shop.run("select pg_log_standby_snapshot()", "checkpoint")
    shop.check_run(child(shop.extract, tmp_path))
    shop.check_that_all_has_landed()


def test_who_follows_tells_the_server_now_and_then_what_has_landed(server, tmp_path, monkeypatch):
    monkeypatch.setattr(change_data, "WAIT_FOLLOWING", 200)
    monkeypatch.setattr(change_data, "SECONDS_BETWEEN_RESTARTS", 1)
    shop = Shop(server, tmp_path)
    process = started(lambda: shop.extract(follow=True).failures)
    query = f"select confirmed_flush_lsn::text from pg_replication_slots where slot_name = 'slot_{shop.database}'"
    positions = set()
    try:
        until = time.monotonic() + 60
        while len(positions) < 4 and time.monotonic() < until:
            shop.change(3)
            positions.update(shop.run(query))
            time.sleep(0.5)
        assert len(positions) == 4
    finally:
        os.kill(process, signal.SIGTERM)
        assert ended(process) == 0
    shop.check_run(child(shop.extract, tmp_path))
    # Of steps that were made before all rows were read, only the last states have come.
    assert shop.last_states() == dict(shop.run("select shipment_id, status from shipments"))
    envelopes = [json.loads(row["payload"]) for row in shop.rows()]
    positions_in_log = [one["source"]["lsn"] for one in envelopes if one["op"] != "r"]
    assert positions_in_log and len(positions_in_log) == len(set(positions_in_log))


def test_what_is_wrong_with_the_server_is_one_sentence(server, tmp_path):
    shop = Shop(server, tmp_path)
    role = f"reader_{shop.database}"
    address = shop.address(user=role, password="pw-of-reader")
    addresses = {
        "postgresql://nobody@127.0.0.1:1/x": "The database of shop cannot be used: connection failed: ",
        shop.address(password="wrong"): "The database of shop cannot be used: ",
        "mysql://root@127.0.0.1/x": "The address of shop is not one of PostgreSQL, such as ",
    }
    for wrong, sentence in addresses.items():
        assert shop.with_(address=wrong).try_to().startswith(sentence)
    shop.run(f"create role {role} login password 'pw-of-reader'")
    shop.with_(address=address)
    assert shop.try_to() == f'User {role} may not read changes: `alter role "{role}" replication`.'
    shop.run(f"alter role {role} replication")
    assert child(shop.extract, tmp_path).failures == [
        f'User {role} may not read public.{table}: `grant select on public.{table} to "{role}"`.'
        for table in ("shipments", "users")
    ]
    shop.run(f"grant select on all tables in schema public to {role}")
    assert shop.try_to().endswith(
        'their owner runs `create publication "warehouse_shop" for table "public"."shipments", "public"."users"`.'
    )
    function = "pg_logical_emit_message(boolean,text,text,boolean)"
    shop.run(f"revoke execute on function {function} from public")
    assert shop.try_to() == (
        f'User {role} may not mark a place in the log: `grant execute on function {function} to "{role}"`.'
    )
    # With the rights that are named, and no others, it works.
    shop.run(f'grant execute on function {function} to "{role}"')
    shop.run("create publication warehouse_shop for table shipments, users")
    assert child(shop.extract, tmp_path).rows == {"shipment_changes": 50, "users": 1}


def test_a_table_that_cannot_be_read_does_not_stop_another(server, tmp_path):
    shop = Shop(server, tmp_path)
    shop.run("alter table shipments drop constraint shipments_pkey", "drop table users")
    assert child(shop.extract, tmp_path).failures == [
        "public.shipments has no primary key, and PostgreSQL would refuse updates of it once its changes are "
        "published: add one, or `alter table public.shipments replica identity full`.",
        "There is no table public.users in the database: correct sources.yml.",
    ]
    assert shop.ask(change_data.planned)[1].startswith("users: There is no table public.users ")


def test_a_server_without_a_log_of_changes_is_named(tmp_path):
    with postgres_server(wal_level="replica") as other:
        shop = Shop(other, tmp_path)
        assert shop.try_to().startswith("The server keeps no log of changes: `alter system set wal_level = logical`")


def test_an_engine_that_cannot_connect_is_a_failure(server, tmp_path, monkeypatch):
    monkeypatch.setattr(change_data, "LOG", tmp_path / "extraction.log")
    shop = Shop(server, tmp_path, **{"database.sslmode": "require"})
    sentence = shop.try_to()
    assert sentence.startswith("Debezium has stopped: ") and sentence.endswith(": The server does not support SSL.")
    said = (tmp_path / "extraction.log").read_text()
    assert "does not support SSL" in said and server.password not in said
    monkeypatch.setenv("JAVA_HOME", "/nonexistent")
    assert shop.try_to().startswith("Java cannot be started from JAVA_HOME=/nonexistent (")


def test_settings_that_would_lose_changes_are_refused(server, tmp_path):
    shop = Shop(server, tmp_path, **{"skipped.operations": "t"})
    assert shop.try_to() == "The setting skipped.operations is not yours to choose: take it out of shop."
    twice = {name: ChangeTable(table="public.users") for name in ("users", "orders")}
    shop.with_(settings={"slot.name": "x"}, tables=twice)
    assert shop.try_to().startswith("Both users and orders are to be read from public.users: ")
    shop.with_(tables={"user_events": ChangeTable(table="public.users")})
    assert shop.try_to() == "user_events takes no change data."
