"""The shop of the demo: its generated life, and the systems in which it happens.

What happens is made by `datagen` in the order of arrival, as for the benchmarks, without faults. Each part of it is
given to the system that would have it: rows of a database, messages of topics, lines of files, answers of an API.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import psycopg
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from datagen.dials import Dials
from datagen.write import Output, write_tables

DAYS = 10
DIALS = {
    "web_events": 4_000,
    "log_lines": 4_000,
    "orders": 1_500,
    "user_events": 4_000,
    "heartbeats": 4_000,
    "shipment_changes": 2_000,
    "shipment_scans": 3_000,
    "users": 300,
    "days": DAYS,
    "malformed_share": 0.0,
}
SCHEMA = """
create table users (user_id bigint primary key, user_name text, email text, country text, created_at timestamp,
    updated_at timestamptz not null default now());
create table orders (order_id text primary key, customer_id bigint not null, product_id text, quantity integer,
    unit_price numeric(12, 2), amount numeric(12, 2), currency char(3), status text not null, ordered_at timestamp,
    updated_at timestamptz not null default now());
create table exchange_rates (rate_date date, currency char(3), rate numeric(18, 9), primary key (rate_date, currency));
create table shipments (shipment_id text primary key, region text, carrier text, status text, weight numeric(10, 3),
    shipped_at timestamp, promised_at timestamp, delivered_at timestamp, updated_at timestamp);
"""
TOPICS = {
    "user_events": "user-events",
    "playback_heartbeats": "playback-heartbeats",
    "shipment_scans": "shipment-scans",
}
KEYS = {"users": ("user_id",), "orders": ("order_id",), "exchange_rates": ("rate_date", "currency")}

Record = Mapping[str, object]


@dataclass
class Shop:
    """The systems of the shop while they run.

    Attributes:
        database: address of its PostgreSQL, as superuser.
        brokers: address of its Kafka broker.
        drop: the folder in which files are dropped.
        identities: the records of the API as JSON, by the number of the change.
        records: how many records each table of topics, files and the API has been given.
    """

    database: str
    brokers: str
    drop: Path
    identities: dict[int, str] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)

    def open(self) -> None:
        """Make tables and topics."""
        with psycopg.connect(self.database) as connection:
            connection.execute(SCHEMA)
        topics = [NewTopic(topic, num_partitions=2, replication_factor=1) for topic in TOPICS.values()]
        admin = AdminClient({"bootstrap.servers": self.brokers})
        for made in admin.create_topics(topics).values():
            made.result(timeout=20)

    def live(self, life: Mapping[str, list[Record]]) -> None:
        """Let a part of its life happen in its systems."""
        for table, records in life.items():
            self._take(table)(table, records)

    def _take(self, table: str) -> Callable[[str, list[Record]], None]:
        if table in KEYS:
            return self._write_rows
        if table in TOPICS:
            return self._send
        others = {
            "shipment_changes": self._move_shipments,
            "active_users": self._identify,
            "app_logs": self._log,
            "web_events": self._drop_web_events,
        }
        return others[table]

    def _count(self, table: str, records: int) -> None:
        self.records[table] = self.records.get(table, 0) + records

    def _write_rows(self, table: str, records: list[Record]) -> None:
        """A row is inserted or updated. Whoever reads later sees its last state only."""
        columns = [
            name for name in records[0] if name not in ("loaded_at", "source_file", "source_position", "updated_at")
        ]
        key = KEYS[table]
        others = [f"{name} = excluded.{name}" for name in columns if name not in key]
        if table != "exchange_rates":
            others.append("updated_at = now()")
        statement = (
            f"insert into {table} ({', '.join(columns)}) values ({', '.join(['%s'] * len(columns))}) "
            f"on conflict ({', '.join(key)}) do update set {', '.join(others)}"
        )
        with psycopg.connect(self.database) as connection, connection.cursor() as cursor:
            # The database of the shop takes no order without a status.
            rows = [[record[name] for name in columns] for record in records if record.get("status", "") is not None]
            cursor.executemany(statement, rows)

    def _move_shipments(self, table: str, records: list[Record]) -> None:
        """Changes happen one after the other, so that Debezium has each of them."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            for record in records:
                envelope = json.loads(record["payload"])
                after = envelope["after"]
                if after:
                    row = {name: _time(value) if name.endswith("_at") else value for name, value in after.items()}
                    others = ", ".join(f"{name} = excluded.{name}" for name in row if name != "shipment_id")
                    connection.execute(
                        f"insert into shipments ({', '.join(row)}) values ({', '.join(['%s'] * len(row))}) "
                        f"on conflict (shipment_id) do update set {others}",
                        list(row.values()),
                    )
                elif envelope["before"]:
                    connection.execute(
                        "delete from shipments where shipment_id = %s", [envelope["before"]["shipment_id"]]
                    )

    def _identify(self, table: str, records: list[Record]) -> None:
        for record in records:
            number = len(self.identities) + 1
            own = {name: record[name] for name in ("user_id", "is_active", "updated_at")}
            self.identities[number] = json.dumps({"change_id": number, **own})
        self._count(table, len(records))

    def _send(self, table: str, records: list[Record]) -> None:
        producer = Producer({"bootstrap.servers": self.brokers, "enable.idempotence": True})
        for record in records:
            payload = record.get("payload")
            if payload is None:
                own = {name: record[name] for name in ("event_id", "user_id", "event_type", "event_time")}
                payload = json.dumps(own)
            fields = json.loads(payload)
            producer.produce(TOPICS[table], payload, key=str(fields.get("user_id") or fields.get("shipment_id")))
            producer.poll(0)
        producer.flush(20)
        self._count(table, len(records))

    def _log(self, table: str, records: list[Record]) -> None:
        for record in records:
            with self._file("logs", record, ".log").open("a", encoding="utf-8") as file:
                file.write(f"{record['log_line']}\n")
        self._count(table, len(records))

    def _drop_web_events(self, table: str, records: list[Record]) -> None:
        columns = ["event_name", "user_id", "app_version", "event_time", "device_id", "client"]
        for record in records:
            path = self._file("web", record, ".csv")
            is_new = not path.exists()
            with path.open("a", encoding="utf-8") as file:
                if is_new:
                    file.write(",".join(columns) + "\n")
                file.write(",".join(str(record[name] or "") for name in columns) + "\n")
        self._count(table, len(records))

    def _file(self, folder: str, record: Record, suffix: str) -> Path:
        """One a day of arrival: it grows."""
        path = self.drop / folder / f"{record['loaded_at']:%Y-%m-%d}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def lives(shares: tuple[float, ...]) -> Iterator[dict[str, list[Record]]]:
    """The records of each raw table in order of arrival, in parts of these shares of their time.

    The last day is yesterday: what happens today is still to come.
    """
    first = datetime.now(UTC).date() - timedelta(days=DAYS)
    with tempfile.TemporaryDirectory() as folder:
        write_tables(
            Dials(start_date=first, **DIALS), Output(Path(folder) / "raw", "parquet", False), False, lambda *_: None
        )
        tables = sorted(os.listdir(Path(folder) / "raw"))
        with duckdb.connect() as connection:
            contents = {
                table: connection.sql(
                    f"from '{folder}/raw/{table}/**/*.parquet' order by loaded_at, source_file, source_position"
                )
                .to_arrow_table()
                .to_pylist()
                for table in tables
            }
    ends = [sum(shares[: number + 1]) for number in range(len(shares))]
    for begin, end in zip([0.0, *ends], ends, strict=False):
        yield {
            table: part
            for table, records in contents.items()
            if (part := records[round(begin * len(records)) : round(end * len(records))])
        }


def _time(value: object) -> object:
    """A time of a change record, which may be seconds since 1970 or thousandths or millionths of them, as text."""
    if not isinstance(value, int):
        return value
    while value > 10**11:
        value /= 1000
    return datetime.fromtimestamp(value, UTC).replace(tzinfo=None)
