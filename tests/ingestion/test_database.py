"""Tables of a real PostgreSQL land row by row: each as it was, none lost, none twice, whenever the run is killed."""

import errno
import json
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kills import in_child, proxy

from ingestion import database
from ingestion.demo.postgres_server import PostgresServer, postgres_server
from ingestion.errors import ExtractionError
from ingestion.report import Extracted, Trouble
from ingestion.settings import DatabaseSource, DatabaseTable
from ingestion.storage import storage
from warehouse.raw_contract import TABLES

ALL_KILLS = os.environ.get("KILLS") == "all"
PASSWORD = "s3cret/of@reader"
PASSWORD_IN_URL = "s3cret%2Fof%40reader"
ORDERS = """
    create table orders (
        order_id text primary key, customer_id bigint, product_id text, quantity integer, unit_price numeric(12, 2),
        amount numeric(14, 2), currency text, status text, ordered_at timestamptz, updated_at timestamptz
    )
"""
BY_CURSOR = {"key": ["order_id"], "cursor": "updated_at"}


class Silent:
    def read(self, table: str, rows: int, total: int | None = None) -> None:
        """Nobody looks."""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        running.run(f"create role reader login password '{PASSWORD}'")
        yield running


class Shop:
    """A database of its own, a reader who may read all of its tables, and a landing folder."""

    def __init__(self, server: PostgresServer, name: str, folder: Path) -> None:
        self.server, self.name, self.landing = server, name, folder / "landing"
        self.address = server.address(name, "reader", PASSWORD_IN_URL)

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        rows = self.server.run(*statements, database=self.name)
        if any("create" in statement or "rename" in statement for statement in statements):
            self.server.run("grant select on all tables in schema public to reader", database=self.name)
        return rows

    def source(self, address: str = "", **tables: DatabaseTable) -> DatabaseSource:
        return DatabaseSource(kind="database", name="shop", address=address or self.address, tables=tables)

    def orders(self, address: str = "", **settings: Any) -> DatabaseSource:
        return self.source(address, orders=DatabaseTable(table="public.orders", **settings))

    def extract(self, source: DatabaseSource) -> Extracted:
        return database.extract(source, storage(str(self.landing)), Silent(), follow=False, skip_lost=False)

    def landed(self, table: str = "orders") -> list[dict[str, Any]]:
        """What has landed, in the order of arrival."""
        rows = []
        for path in sorted(self.landing.glob(f"{table}/**/*.parquet")):
            rows += pq.read_table(path, partitioning=None).to_pylist()
        places = [(row["loaded_at"], row["source_file"], row["source_position"]) for row in rows]
        assert len(set(places)) == len(places)
        return [row for _, row in sorted(zip(places, rows, strict=True), key=lambda item: item[0])]

    def ids(self) -> list[str]:
        return [row["order_id"] for row in self.landed()]

    def add(self, *ids: str, updated: str = "now()", amount: object = 10) -> None:
        values = ", ".join(f"('{id_}', 1, 'p', 2, 5, {amount}, 'EUR', 'paid', '2025-01-01', {updated})" for id_ in ids)
        self.run(f"insert into orders values {values}")


@pytest.fixture
def shop(server: PostgresServer, tmp_path: Path) -> Iterator[Shop]:
    name = f"shop_{random.randrange(10**12)}"
    server.run(f"create database {name}")
    yield Shop(server, name, tmp_path)
    server.run(f"drop database {name} with (force)")


ODD = {
    "an_array": ("text[]", "array['a,b', null, '\"']", '["a,b",null,"\\""]'),
    "a_boolean": ("boolean", "true", "true"),
    "a_date": ("date", "'0044-03-15 BC'", "0044-03-15 BC"),
    "a_double": ("double precision", "0.1 + 0.2::float8", "0.30000000000000004"),
    "a_far_date": ("date", "'5874897-12-31'", "5874897-12-31"),
    "a_json": ("json", "'{\"a\":  1.10}'", '{"a":  1.10}'),
    "a_jsonb": ("jsonb", "'{\"a\": 12345678901234567.8910}'", '{"a": 12345678901234567.8910}'),
    "a_money": ("money", "12.5", "12.50"),
    "a_nan": ("numeric", "'NaN'", "NaN"),
    "a_numeric": ("numeric", "12345678901234567890.123456789012345", "12345678901234567890.123456789012345"),
    "a_range": ("int4range", "'[1,5)'", "[1,5)"),
    "a_row": ("orders_key", "row('a\"b')", '{"id":"a\\"b"}'),
    "a_time_of_day": ("time", "'10:11:12.5'", "10:11:12.5"),
    "a_timestamp": ("timestamp", "'2025-01-31 10:00:00.123456'", "2025-01-31 10:00:00.123456"),
    "a_timestamptz": ("timestamptz", "'2025-01-31 10:00:00+05:30'", "2025-01-31 04:30:00+00"),
    "a_uuid": ("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    "an_enum": ("mood", "'fine'", "fine"),
    "an_infinite_double": ("double precision", "'-Infinity'", "-Infinity"),
    "an_infinite_time": ("timestamptz", "'infinity'", "infinity"),
    "an_interval": ("interval", "'1 month 2 days 3 hours'", "P1M2DT3H"),
    "bytes": ("bytea", "'\\xDEADBEEF'", "\\xdeadbeef"),
    "ends_copy": ("text", "'\\.'", "\\."),
    "is_blank": ("text", "'  '", "  "),
    "is_empty": ("text", "''", ""),
    "is_null": ("text", "null", None),
    "is_padded": ("character(5)", "'ab'", "ab"),
    "lines": ("text", "E'a\\nb\\r\\nc\\rd'", "a\nb\r\nc\rd"),
    "quotes": ("text", "'\"a\",\"\",''b''; \\\\'", '"a","",\'b\'; \\\\'),
    "unicode": ("text", "'é漢😀\u2028'", "é漢😀\u2028"),
    "very_long": ("text", "repeat('x\"', 6000000)", 'x"' * 6_000_000),
    'Odd "name", %s': ("text", "'odd'", "odd"),
}


def test_values_land_as_the_text_that_postgres_writes(shop: Shop) -> None:
    columns = ", ".join(f"{database.quoted(name)} {type_}" for name, (type_, _, _) in ODD.items())
    values = ", ".join(value for _, value, _ in ODD.values())
    nulls = ", ".join(["null"] * (len(ODD) + 9))
    shop.run(
        "create type mood as enum ('fine')",
        "create type orders_key as (id text)",
        ORDERS.replace("updated_at timestamptz", columns),
        f"insert into orders values ('1', 2, '', null, 1.50, -0.10, E'\\n', '\"', '2025-01-01', {values})",
        f"insert into orders values ('2', {nulls.removesuffix(', null')})",
        "alter database postgres set timezone to 'Asia/Tokyo'",
        f"alter database {shop.name} set datestyle to 'German'",
        f"alter database {shop.name} set statement_timeout to '50ms'",
    )
    done = shop.extract(shop.orders())
    assert not done.failures and done.rows["orders"] == 2
    first, second = shop.landed()
    assert {name: first[name] for name in ODD} == {name: text for name, (_, _, text) in ODD.items()}
    assert [first[name] for name in TABLES["orders"]] == [
        *("1", "2", "", None, "1.50", "-0.10", "\n", '"', "2025-01-01 00:00:00+00")
    ]
    assert {second[name] for name in (*TABLES["orders"], *ODD) if name != "order_id"} == {None}
    assert first["source_file"] == "shop/public.orders/" + "0" * 20
    (path,) = shop.landing.glob("orders/shop/*/*/*/*/*.parquet")
    schema = pq.read_schema(path)
    assert schema.field("loaded_at").type == pa.timestamp("us")
    assert {schema.field(name).type for name in (*TABLES["orders"], *ODD)} == {pa.string()}


def test_a_table_of_one_column_keeps_empty_lines(shop: Shop) -> None:
    shop.run("create table logs (log_line text)", "insert into logs values ('a'), (null), (''), (E'b\\n\\nc')")
    assert not shop.extract(shop.source(app_logs=DatabaseTable(table="logs"))).failures
    assert [row["log_line"] for row in shop.landed("app_logs")] == ["a", None, "", "b\n\nc"]


def test_a_whole_table_lands_again_only_when_it_has_changed(shop: Shop) -> None:
    shop.run(ORDERS)
    source = shop.orders()
    assert shop.extract(source).rows["orders"] == 0
    shop.add("a", "b")
    assert database.planned(source, storage(str(shop.landing)))[0].startswith("orders: all 2 rows of public.orders")
    assert [shop.extract(source).rows["orders"] for _ in range(3)] == [2, 0, 0]
    assert database.planned(source, storage(str(shop.landing)))[0].startswith("orders: nothing, it has not changed")
    # Rows that change places are the same rows.
    shop.run("update orders set status = status", "vacuum full orders")
    assert shop.extract(source).rows["orders"] == 0
    shop.run("update orders set amount = 11 where order_id = 'a'")
    assert shop.extract(source).rows["orders"] == 2
    assert Counter(shop.ids()) == {"a": 2, "b": 2}
    (line,) = database.status(source, storage(str(shop.landing)))
    assert "read as a whole" in line and line.endswith("unchanged since")
    shop.run("delete from orders")
    assert shop.extract(source).rows["orders"] == 0


@pytest.mark.parametrize("type_", ["timestamptz", "timestamp", "date", "bigint", "smallint"])
def test_by_a_cursor_each_version_of_a_row_lands_once(shop: Shop, type_: str) -> None:
    shop.run(ORDERS.replace("updated_at timestamptz", f"updated_at {type_}"))
    now = {"bigint": "{0} + 1000000", "smallint": "{0}"}.get(type_, "now() + {0} * interval '1 second'")
    source = shop.orders(**BY_CURSOR, lag=timedelta(minutes=10))
    for number in range(8):
        shop.add(f"o{number}", updated=now.format(number))
        shop.add(f"null{number}", updated="null")
        assert shop.extract(source).rows["orders"] == 2
        assert shop.extract(source).rows["orders"] == 0
    assert Counter(shop.ids()) == Counter(f"{kind}{number}" for kind in ("o", "null") for number in range(8))
    shop.run(f"update orders set amount = 11, updated_at = {now.format(9)} where order_id in ('o1', 'null2')")
    assert shop.extract(source).rows["orders"] == 2
    # Back to what it was: that is a version of its own.
    shop.run("update orders set amount = 10 where order_id in ('o1', 'null2')")
    assert shop.extract(source).rows["orders"] == 2
    shop.run("update orders set amount = 11 where order_id = 'null3'")
    assert shop.extract(source).rows["orders"] == 1
    assert [shop.extract(source).rows["orders"] for _ in range(2)] == [0, 0]
    (line,) = database.status(source, storage(str(shop.landing)))
    assert "read up to updated_at" in line


def test_rows_that_are_committed_late_land_within_the_lag(shop: Shop) -> None:
    shop.run(ORDERS)
    shop.add("old", updated="now() - interval '5 days'")
    source = shop.orders(**BY_CURSOR)
    with psycopg.connect(shop.server.address(shop.name)) as slow:
        slow.execute("insert into orders (order_id, updated_at) values ('late', now() - interval '5 minutes')")
        shop.add("new")
        assert shop.extract(source).rows["orders"] == 2
    assert shop.extract(source).rows["orders"] == 1
    # Later than the lag: only the keys tell.
    shop.add("too late", updated="now() - interval '11 minutes'")
    assert shop.extract(source).rows["orders"] == 0
    assert shop.ids() == ["old", "new", "late"]


def test_numbers_that_are_committed_late_land(shop: Shop) -> None:
    shop.run(ORDERS.replace("updated_at timestamptz", "updated_at bigint"))
    source = shop.orders(**BY_CURSOR, lag=timedelta(seconds=0))
    shop.add("o9", updated="1000009")
    assert shop.extract(source).rows["orders"] == 1
    shop.add("o1", updated="1000001")
    shop.add("o10", updated="1000010")
    assert [shop.extract(source).rows["orders"] for _ in range(3)] == [1, 0, 0]
    assert shop.extract(shop.orders(**BY_CURSOR, lag=timedelta(days=1))).rows["orders"] == 0


def test_a_longer_lag_lands_nothing_twice(shop: Shop) -> None:
    shop.run(ORDERS)
    for minutes in (500, 90, 80, 5, 1):
        shop.add(f"o{minutes}", updated=f"now() - interval '{minutes} minutes'")
        shop.extract(shop.orders(**BY_CURSOR))
    before = len(shop.ids())
    for lag in (timedelta(days=3), timedelta(0), timedelta(hours=3)):
        shop.add(f"o{lag.total_seconds():.0f}")
        assert shop.extract(shop.orders(**BY_CURSOR, lag=lag)).rows["orders"] == 1
    assert before == 5 and max(Counter(shop.ids()).values()) == 1


@pytest.mark.parametrize("future", ["'infinity'", "now() + interval '100 years'"])
@pytest.mark.parametrize("type_", ["timestamptz", "timestamp", "date"])
def test_a_cursor_in_the_future_hides_nothing(shop: Shop, type_: str, future: str) -> None:
    shop.run(ORDERS.replace("updated_at timestamptz", f"updated_at {type_}"))
    shop.add("future", updated=future)
    source = shop.orders(**BY_CURSOR)
    for number in range(3):
        shop.add(f"o{number}")
        shop.extract(source)
    assert Counter(shop.ids()) == Counter(["future", "o0", "o1", "o2"])


def test_another_way_of_reading_reads_all_rows(shop: Shop) -> None:
    shop.run(ORDERS)
    shop.add("a", "b")
    sources = [shop.orders(), shop.orders(**BY_CURSOR), shop.orders(key=["order_id"], cursor="ordered_at")]
    assert [shop.extract(source).rows["orders"] for source in (*sources, sources[-1], sources[0])] == [2, 2, 2, 0, 2]


COMPARED = BY_CURSOR | {"compare_keys": timedelta(0)}


@pytest.mark.parametrize("settings", [{}, BY_CURSOR, COMPARED], ids=["whole", "by cursor", "compared"])
def test_another_table_is_read_from_the_beginning(shop: Shop, settings: dict) -> None:
    shop.run(ORDERS)
    shop.add("a", "b")
    assert shop.extract(shop.source(orders=DatabaseTable(table="orders", **settings))).rows["orders"] == 2
    shop.run("create table others (like orders)", "insert into others select * from orders where order_id = 'a'")
    shop.run("insert into others (order_id, updated_at) values ('old', '2020-01-01')")
    # The same table by another name is the same.
    assert not shop.extract(shop.orders(**settings)).notices
    source = shop.source(orders=DatabaseTable(table="others", **settings))
    said = "orders of public.others: it is read in the place of public.orders, from the beginning"
    assert said in database.planned(source, storage(str(shop.landing)))[0]
    assert "nothing has landed" in database.status(source, storage(str(shop.landing)))[0]
    done = shop.extract(source)
    (notice,) = done.notices
    assert notice == f"{said}; rows that only public.orders has stay."
    assert shop.ids() == ["a", "b", "a", "old"]
    again = shop.extract(source)
    assert again.rows["orders"] == 0 and not again.notices


def test_columns_that_are_carried_along_are_versions_too(shop: Shop) -> None:
    shop.run(ORDERS, "alter table orders add column extra text default 'x'")
    source = shop.orders(**BY_CURSOR)
    shop.add("null", updated="null")
    shop.add("now")
    assert shop.extract(source).rows["orders"] == 2
    for statement in ("update orders set extra = 'y'", "update orders set extra = 'z' where order_id = 'null'"):
        shop.run(statement)
        shop.extract(source)
    assert Counter((row["order_id"], row["extra"]) for row in shop.landed()) == Counter(
        [("null", "x"), ("now", "x"), ("null", "y"), ("now", "y"), ("null", "z")]
    )
    # An added column is no new version; a change of it is.
    for statement, rows in {
        "alter table orders add column other text default '1'": 0,
        "update orders set other = '2'": 2,
        "alter table orders drop column extra": 0,
        "update orders set other = '3' where order_id = 'null'": 1,
        "alter table orders alter column other drop default, alter column other type int using other::int": 0,
        "update orders set other = 4": 2,
    }.items():
        shop.run(statement)
        assert [shop.extract(source).rows["orders"] for _ in range(2)] == [rows, 0], statement


def test_keys_tell_what_is_gone_and_what_was_missed(shop: Shop) -> None:
    shop.run(ORDERS)
    shop.add("a", "b", "c", 'd"\\', "e", updated="now() - interval '5 days'")
    source = shop.orders(**COMPARED)
    first = shop.extract(source)
    assert first.rows["orders"] == 5 and not any("gone" in notice for notice in first.notices)
    assert shop.extract(source).rows["orders"] == 0
    shop.run("delete from orders where order_id in ('a', 'b', 'c', 'd\"\\')")
    shop.add("late", "a", updated="now() - interval '6 days'")
    shop.add("new")
    done = shop.extract(source)
    gone, missed = done.notices
    assert gone == 'orders: gone from public.orders: 3 rows (b, c, d"\\); deletions of them have landed.'
    assert missed.startswith("orders: committed in public.orders later than the lag of 0:10:00 allows: 1 row (late)")
    assert done.rows["orders"] == 5
    rows = shop.landed()
    deletions = [json.loads(row["payload"]) for row in rows if row.get("payload")]
    assert [(one["op"], one["before"]["order_id"], one["after"]) for one in deletions] == [
        *(("d", "b", None), ("d", "c", None), ("d", 'd"\\', None))
    ]
    assert {row["order_id"] for row in rows if row.get("payload")} == {None}
    assert Counter(shop.ids()) == Counter({"a": 1, "b": 1, "c": 1, 'd"\\': 1, "e": 1, "late": 1, "new": 1, None: 3})
    # It comes back as it was.
    shop.add("b", updated="now() - interval '5 days'")
    assert shop.extract(source).rows["orders"] == 1
    again = shop.extract(source)
    assert again.rows["orders"] == 0 and not again.notices


def test_keys_are_compared_when_it_is_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MOST_KEY_LISTINGS", 3)
    shop.run(ORDERS)
    source = shop.orders(**BY_CURSOR, compare_keys=timedelta(days=1))
    for number in range(9):
        shop.add(f"o{number}")
        assert shop.extract(source).rows["orders"] == 1
    listings = sorted(path.name[21:] for path in (shop.landing / "_extract/shop/orders/listings").iterdir())
    assert listings.count("keys.parquet") <= 3 and listings.count("all-keys.parquet") == 1
    shop.run("delete from orders where order_id = 'o3'")
    assert not shop.extract(source).notices
    (notice,) = shop.extract(shop.orders(**COMPARED)).notices
    assert "gone from public.orders: 1 row (o3)" in notice
    # After a time without comparisons nobody knows which keys have landed.
    shop.extract(shop.orders(**BY_CURSOR))
    shop.add("o10")
    shop.extract(shop.orders(**BY_CURSOR))
    said = (
        "orders of public.orders: keys are compared from now on; rows that were deleted or were committed later than "
    )
    for notices in ([f"{said}the lag allowed before are not found."], []):
        done = shop.extract(shop.orders(**COMPARED))
        assert done.notices == notices and done.rows["orders"] == 0


def test_keys_of_several_columns_of_a_whole_table(shop: Shop) -> None:
    shop.run("create table rates (rate_date date, currency char(5), rate numeric, primary key (rate_date, currency))")
    shop.run("insert into rates select '2025-01-01'::date + i, 'USD', 1 + i from generate_series(0, 30) i")
    settings = {"table": "rates", "key": ["rate_date", "currency"], "compare_keys": timedelta(0)}
    source = shop.source(exchange_rates=DatabaseTable(**settings))
    assert shop.extract(source).rows["exchange_rates"] == 31
    shop.run("delete from rates where rate_date < '2025-01-06'")
    done = shop.extract(source)
    expected = "gone from public.rates: 5 rows (2025-01-01-USD, 2025-01-02-USD, 2025-01-03-USD, …)."
    assert done.notices == [f"exchange_rates: {expected}"]
    assert done.rows["exchange_rates"] == 26
    assert not shop.extract(source).notices


def test_many_rows_that_were_missed(shop: Shop) -> None:
    shop.run(ORDERS)
    shop.add("first")
    source = shop.orders(**COMPARED)
    shop.extract(source)
    shop.run("insert into orders (order_id, updated_at) select i, '2020-01-01' from generate_series(1, 25000) i")
    assert shop.extract(source).rows["orders"] == 25_000
    assert len(set(shop.ids())) == len(shop.ids()) == 25_001


CHANGES = {
    "added": ("add column note text default 'x'", None, "new columns are carried along: note."),
    "dropped": ("drop column amount", "column amount is gone in public.orders", None),
    "renamed": ("rename column amount to total", "column amount is gone in public.orders; new is total", None),
    "retyped to a wider number": (
        "alter column quantity type bigint",
        None,
        "column quantity is now bigint, and was integer",
    ),
    "retyped to text": ("alter column amount type text", None, "column amount is now text, and was numeric(14,2)"),
    "a time that becomes a number": (
        "alter column ordered_at type bigint using extract(epoch from ordered_at)",
        "column ordered_at is now bigint, and was timestamp with time zone, so that its values mean something else",
        None,
    ),
    "a number that becomes json": (
        "alter column amount type jsonb using to_jsonb(amount)",
        "column amount is now jsonb, and was numeric(14,2)",
        None,
    ),
    "a column of nobody that is dropped": ("drop column extra", None, "column extra is gone"),
    "a column of nobody of another type": (
        "alter column extra type json using to_json(extra)",
        None,
        "column extra is now json, and was text",
    ),
}


@pytest.mark.parametrize("cursor", [{}, COMPARED], ids=["whole", "by cursor"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_columns_is_named_before_anything_lands(shop: Shop, change: str, cursor: dict) -> None:
    statement, failure, notice = CHANGES[change]
    shop.run(ORDERS, "create table users (like orders)", "alter table orders add column extra text")
    shop.run("create view active as select 1 as user_id, true as is_active, now() as updated_at")
    shop.add("a")
    source = shop.source(
        orders=DatabaseTable(table="public.orders", **cursor), active_users=DatabaseTable(table="active")
    )
    assert "new columns are carried along: extra, updated_at." in shop.extract(source).notices[0]
    shop.run(f"alter table orders {statement}")
    shop.run("insert into orders (order_id, updated_at) values ('b', now())")
    (planned, _) = database.planned(source, storage(str(shop.landing)))
    done = shop.extract(source)
    # The other table lands.
    assert done.rows["active_users"] == 1
    if failure:
        assert failure in done.failures[0] and failure in planned and len(done.failures) == 1
        assert shop.ids() == ["a"]
        assert not list(shop.landing.glob("_extract/shop/orders/staged/*"))
    else:
        assert not done.failures and notice in done.notices[0] and notice.rstrip(".") in planned
        assert Counter(shop.ids())["b"] == 1
        assert not cursor or Counter(shop.ids())["a"] == 1
        # It is said once.
        shop.run("insert into orders (order_id, updated_at) values ('c', now())")
        assert not shop.extract(source).notices


def test_columns_that_mean_something_else_are_left_out(shop: Shop) -> None:
    shop.run(ORDERS, "alter table orders add column loaded_at text, add column malformed_line text")
    shop.add("a")
    done = shop.extract(shop.orders())
    assert "columns are left out: loaded_at, malformed_line" in " ".join(done.notices)
    assert "malformed_line" not in shop.landed()[0]
    shop.run('alter table orders add column "Note" text, add column note text')
    (failure,) = shop.extract(shop.orders()).failures
    assert "more than one column named Note, note" in failure


FAILURES = {
    "no table": ("public.ordres", {}, "public.ordres is not there"),
    "no schema": ("shop.orders", {}, "shop.orders is not there"),
    "no name": ("a b.c.d.e", {}, "is not there"),
    "a sequence": ("public.numbers", {}, "has no rows"),
    "no right": ("public.secret", {}, 'grant select on "public"."secret" to "reader"'),
    "no right of the schema": ("hidden.orders", {}, 'grant usage on schema hidden to "reader"'),
    "rights of some columns": ("public.partly", {}, 'grant select ("status") on "public"."partly"'),
    "no such cursor": ("public.orders", {"cursor": "changed_at", "key": ["order_id"]}, "no column changed_at"),
    "a cursor without order": ("public.orders", {"cursor": "status", "key": ["order_id"]}, "is no cursor"),
    "no such key": ("public.orders", {"cursor": "updated_at", "key": ["id"]}, "no column id"),
    "no key": ("public.orders", {"cursor": "updated_at"}, "has a cursor and no key"),
    "nothing to compare": ("public.orders", {"compare_keys": timedelta(1)}, "has compare_keys and no key"),
    "other columns": ("public.other", {}, "columns order_id, customer_id"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_what_cannot_be_read_is_one_sentence_and_the_others_land(shop: Shop, case: str) -> None:
    table, settings, said = FAILURES[case]
    shop.run(ORDERS, "create sequence numbers", "create table other (a text, b text)")
    shop.run("create table logs (log_line text)", "insert into logs values ('a')")
    shop.run("create table secret (like orders)", "create schema hidden", "create table hidden.orders (like orders)")
    shop.run("revoke all on secret from reader", "create table partly (like orders)")
    readable = ", ".join(name for name in TABLES["orders"] if name != "status")
    shop.server.run("revoke all on secret, partly from reader", database=shop.name)
    shop.server.run(f"grant select ({readable}) on partly to reader", database=shop.name)
    source = shop.source(orders=DatabaseTable(table=table, **settings), app_logs=DatabaseTable(table="public.logs"))
    done = shop.extract(source)
    (failure,) = done.failures
    assert said in failure and failure.startswith("orders") and "\n" not in failure
    assert done.rows["app_logs"] == 1
    for ask in (database.planned, database.status):
        line, other = ask(source, storage(str(shop.landing)))
        assert said in line and [type(line), type(other)] == [Trouble, str]


def test_rights_of_all_columns_are_enough(shop: Shop) -> None:
    shop.run(ORDERS)
    shop.add("a")
    shop.server.run(
        "revoke all on orders from reader",
        f"grant select ({', '.join(TABLES['orders'])}) on orders to reader",
        database=shop.name,
    )
    assert shop.extract(shop.orders()).rows["orders"] == 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://reader:wrong-password@127.0.0.1:{port}/{name}", "refuses the login"),
        ("postgresql://nobody:wrong-password@127.0.0.1:{port}/{name}", "refuses the login"),
        ("postgresql://reader:" + PASSWORD_IN_URL + "@127.0.0.1:{port}/nowhere", "refuses the login"),
        ("postgresql://reader:wrong-password@127.0.0.1:1/{name}", "cannot be reached"),
        ("postgresql://reader:one@two@three@127.0.0.1:1/{name}", "cannot be reached"),
        ("postgresql://reader:wrong-password@127.0.0.1:{port}/{name}?sslmode=require", "cannot be reached"),
        ("postgresql+psycopg2://reader:wrong-password@127.0.0.1:{port}/{name}", "write postgresql://"),
        ("postgresql://reader:wrong-password@[::1/x", "cannot be understood"),
        ("postgresql://reader:wrong-password@127.0.0.1/{name}?sslmod=require", "cannot be understood"),
    ],
)
def test_an_address_that_is_wrong_is_one_sentence_without_password(shop: Shop, address: str, said: str) -> None:
    source = shop.orders(address.format(port=shop.server.port, name=shop.name))
    for ask in (shop.extract, lambda one: database.planned(one, storage(str(shop.landing)))):
        with pytest.raises(ExtractionError, match=said) as error:
            ask(source)
        text = str(error.value)
        assert not any(secret in text for secret in ("wrong-password", "one@", "two", "three", PASSWORD))
        assert "\n" not in text


def test_no_password_is_written(shop: Shop, capfd: pytest.CaptureFixture) -> None:
    shop.run(ORDERS)
    shop.add("a")
    source = shop.orders(**COMPARED)
    said = [shop.extract(source), database.planned(source, storage(str(shop.landing)))]
    shop.run("drop table orders")
    said += [shop.extract(source), capfd.readouterr()]
    written = b"".join(path.read_bytes() for path in shop.landing.rglob("*") if path.is_file())
    for secret in (PASSWORD, PASSWORD_IN_URL):
        assert secret not in str(said) and secret.encode() not in written


def test_flags_of_topics_are_refused(shop: Shop) -> None:
    for flags in ({"follow": True, "skip_lost": False}, {"follow": False, "skip_lost": True}):
        with pytest.raises(ExtractionError, match="yes is for topics"):
            database.extract(shop.orders(), storage(str(shop.landing)), Silent(), **flags)


def test_of_two_that_read_at_once_one_lands(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.run(ORDERS)
    shop.add("a")
    take = database._Landing.take
    others = iter([True])

    def with_another(landing: object, *arguments: object) -> None:
        if next(others, False):
            shop.extract(shop.orders(**COMPARED))
        take(landing, *arguments)

    monkeypatch.setattr(database._Landing, "take", with_another)
    (failure,) = shop.extract(shop.orders(**COMPARED)).failures
    assert "Another extraction" in failure and shop.ids() == ["a"]
    assert not shop.extract(shop.orders(**COMPARED)).failures
    assert not list(shop.landing.glob("_extract/shop/orders/staged/*"))


@pytest.mark.parametrize("where", ["_add", "_query", "_have_not_landed"])
def test_a_listing_that_another_run_removes_stops_no_other_table(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    shop.run(ORDERS, "create table logs (log_line text)")
    shop.add("a")
    source = shop.source(orders=DatabaseTable(table="orders", **COMPARED), app_logs=DatabaseTable(table="logs", key=[]))
    shop.extract(source)
    shop.add("b")
    shop.run("insert into logs values ('1')")
    step = getattr(database._Landing, where)

    def with_another(landing: object, *arguments: object) -> object:
        monkeypatch.setattr(database._Landing, where, step)
        shop.add("c")
        assert shop.extract(shop.orders(**COMPARED)).rows["orders"] == 2
        return step(landing, *arguments)

    monkeypatch.setattr(database._Landing, where, with_another)
    done = shop.extract(source)
    assert done.failures == ["orders: Another extraction of shop (orders) has ended meanwhile: run it again."]
    assert done.rows["app_logs"] == 1
    assert not shop.extract(source).failures and shop.ids() == ["a", "b", "c"]
    assert not list(shop.landing.glob("_extract/shop/orders/staged/*"))


@pytest.mark.parametrize(
    "error", [duckdb.OutOfMemoryException("full"), pa.ArrowCapacityError("full"), OSError(errno.ENOSPC, "full", "here")]
)
def test_any_error_of_a_table_is_one_sentence(shop: Shop, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    shop.run(ORDERS, "create table logs (log_line text)", "insert into logs values ('1')")
    shop.add("a")

    def broken(*_: object) -> None:
        monkeypatch.undo()
        raise error

    monkeypatch.setattr(database._Landing, "_add", broken)
    tables = {"orders": DatabaseTable(table="orders"), "app_logs": DatabaseTable(table="logs")}
    done = shop.extract(shop.source(**tables))
    what = "here cannot be used (full)" if isinstance(error, OSError) else "full"
    assert done.failures == [f"orders cannot be read: {what}."] and done.rows == {"app_logs": 1}
    assert not shop.extract(shop.source(**tables)).failures and shop.ids() == ["a"]


def change(shop: Shop, step: int) -> None:
    """Rows come, change, are committed late, lose their cursor, and go."""
    for kind, updated in {"new": "now()", "null": "null", "late": "now() - interval '3 days'"}.items():
        shop.add(*(f"{kind}{step}-{number}" for number in range(3)), updated=updated, amount=step)
    shop.run(f"update orders set updated_at = now(), amount = {step} + 0.5 where order_id = 'new{step - 1}-1'")
    shop.run(f"delete from orders where order_id like 'null{step - 1}-_'")


def versions(shop: Shop) -> Counter:
    """Rows and deletions that have landed."""
    return Counter(
        (row["order_id"], row["amount"]) if not row.get("payload") else json.loads(row["payload"])["before"]["order_id"]
        for row in shop.landed()
    )


def expected(steps: int) -> Counter:
    """What has to have landed after so many changes, each of which was followed by an extraction."""
    rows = Counter()
    for step in range(steps):
        rows.update((f"{kind}{step}-{number}", f"{step}.00") for kind in ("new", "null", "late") for number in range(3))
        if step:
            rows[f"new{step - 1}-1", f"{step}.50"] = 1
            rows.update(f"null{step - 1}-{number}" for number in range(3))
    return rows


# SIGKILL, Ctrl-C, and a disk that is full for a moment.
ENDS = [signal.SIGKILL, signal.SIGINT, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))]


@pytest.mark.parametrize("how", ENDS, ids=["kill", "Ctrl-C", "full disk"])
def test_ended_at_any_file_operation_nothing_is_lost_or_twice(shop: Shop, how: int | OSError) -> None:
    shop.run(ORDERS)
    source, step, kill_at, kills = shop.orders(**COMPARED), 0, 1, 0
    while True:
        change(shop, step)
        step += 1
        code, operations = in_child(lambda: shop.extract(source), kill_at, str(shop.landing), how)
        was_ended = code == -signal.SIGKILL or operations >= kill_at
        kills += was_ended
        done = shop.extract(source)
        assert not done.failures
        assert versions(shop) == expected(step), kill_at
        if not was_ended and kill_at > 40:
            break
        assert code == {signal.SIGKILL: -signal.SIGKILL, signal.SIGINT: 1}.get(how, 0) or not was_ended
        kill_at += 1 if ALL_KILLS else 3
    assert kills > (40 if ALL_KILLS else 13)
    staged = list(shop.landing.glob("_extract/shop/orders/staged/*"))
    listings = list(shop.landing.glob("_extract/shop/orders/listings/*"))
    assert not staged and len(listings) == 3


@pytest.mark.parametrize("settings", [{}, COMPARED], ids=["whole", "by cursor"])
def test_killed_at_any_chunk_of_the_network(shop: Shop, settings: dict, tmp_path: Path) -> None:
    rows = 400_000 if ALL_KILLS else 20_000
    shop.run(ORDERS, f"insert into orders select i, i, 'p', 1, 1, i from generate_series(1, {rows}) i")
    shop.run("update orders set updated_at = now() where customer_id % 2 = 0")
    pid = tmp_path / "pid"
    with proxy(("127.0.0.1", shop.server.port)) as between:
        source = shop.orders(shop.address.replace(str(shop.server.port), str(between.port)), **settings)

        def extract() -> None:
            pid.write_text(str(os.getpid()))
            assert not shop.extract(source).failures

        shop.landing = tmp_path / "counted"
        between.reset()
        assert in_child(extract)[0] == 0
        chunks = between.chunks
        first = range(1, 40) if ALL_KILLS else range(1, 40, 6)
        for number, at in enumerate((*first, *random.Random(1).sample(range(40, chunks), 50 if ALL_KILLS else 5))):
            shop.landing = tmp_path / f"landing-{number}"
            between.reset(at, lambda: os.kill(int(pid.read_text()), signal.SIGKILL))
            assert in_child(extract)[0] == -signal.SIGKILL, at
            between.reset()
            assert in_child(extract)[0] == 0
            assert Counter(shop.ids()) == Counter(map(str, range(1, rows + 1))), at


def test_a_connection_that_is_lost_is_one_sentence(shop: Shop) -> None:
    # More than the buffers between hold, so that the server is still sending.
    shop.run(ORDERS, "insert into orders (order_id) select i from generate_series(1, 1000000) i")
    shop.run("create table logs (log_line text)", "insert into logs values ('a')")
    end = f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{shop.name}' and usename = 'reader'"
    with proxy(("127.0.0.1", shop.server.port)) as between:
        address = shop.address.replace(str(shop.server.port), str(between.port))
        tables = {"orders": DatabaseTable(table="orders"), "app_logs": DatabaseTable(table="logs")}
        source = shop.source(address, **tables)
        between.reset(20, lambda: shop.server.run(end))
        done = shop.extract(source)
        assert len(done.failures) == 1 and done.failures[0].startswith("orders cannot be read: ")
        # It is connected again for the next table.
        assert done.rows == {"app_logs": 1}
        assert shop.extract(source).rows == {"orders": 1_000_000, "app_logs": 0}
    assert len(set(shop.ids())) == len(shop.ids()) == 1_000_000
