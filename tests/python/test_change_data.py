"""Change data as Debezium writes it: real envelopes on both engines, users and orders as changes, what is said once.

`debezium_envelopes.json` holds envelopes that Debezium 3.6.3 wrote for made-up tables in PostgreSQL 15 and MySQL, each
with the table that is asked for and the columns that its record must have; columns that are not named are null.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, Warehouse, build_without_tests, dbt, warehouse_command
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from warehouse import bigquery_emulator
from warehouse.raw_contract import is_whole_message

ENVELOPES = json.loads((Path(__file__).parent / "debezium_envelopes.json").read_text())
TABLES = sorted({envelope["table"] for envelope in ENVELOPES})
COLUMNS = (
    *("rejection_reason", "shipment_id", "operation", "region", "carrier", "shipment_status", "weight"),
    *("shipped_at", "promised_at", "delivered_at", "updated_at", "absent_columns", "placeholders"),
    *("changed_at", "log_name", "log_number", "log_offset", "log_row", "snapshot_edge"),
)
RAW = ("payload", "loaded_at", "source_file", "source_position")


def compiled(table: str, dataset: str, target: str, folder: Path, **environment: str) -> str:
    """The full refresh of the base table for change data of a table, as dbt compiles it for a target."""
    variables = json.dumps({"raw_from": "source", "raw_schema": dataset, "shipment_table": table})
    options = ("--vars", variables, "--target", target, "--target-path", str(folder))
    result = dbt("--quiet", "compile", "--select", "base_shipping__shipment_changes", *options, **environment)
    assert result.returncode == 0, result.stdout
    return next((folder / "compiled").rglob("base_shipping__shipment_changes.sql")).read_text()


def records(table: str) -> list[tuple]:
    """Raw records of the envelopes for a table, as (payload, loaded_at, source_file, source_position)."""
    payloads = [envelope["payload"] for envelope in ENVELOPES if envelope["table"] == table]
    return [(payload, "2026-11-30 00:00:00", "k", number) for number, payload in enumerate(payloads, 1)]


def differences(table: str, rows: list[tuple]) -> dict[str, dict]:
    """By envelope, the columns that are not as they must be: what they are and what they should be."""
    found = {}
    asked = [envelope for envelope in ENVELOPES if envelope["table"] == table]
    for envelope, row in zip(asked, sorted(rows), strict=True):
        read = {name: as_text(value) for name, value in zip(COLUMNS, row[1:], strict=True)}
        expected = envelope["expected"]
        # Of a record that is set aside, the reason is all that counts.
        names = ["rejection_reason"] if "rejection_reason" in expected else COLUMNS
        wrong = {name: (read[name], expected.get(name)) for name in names if read[name] != expected.get(name)}
        if wrong:
            found[envelope["name"]] = wrong
    return found


def as_text(value: object) -> str | None:
    """A value as the expectations write it: times without zone and without zeros at the end, as decimals."""
    if isinstance(value, datetime):
        text = str(value.replace(tzinfo=None))
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return None if value is None else str(value)


@pytest.mark.parametrize("table", TABLES)
def test_real_envelopes_have_their_outcome(table: str, packages: None, tmp_path: Path) -> None:
    path = tmp_path / "envelopes.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema cases; set TimeZone = 'UTC'")
        types = "payload varchar, loaded_at timestamp, source_file varchar, source_position bigint"
        connection.execute(f"create table cases.shipment_changes ({types})")
        connection.executemany("insert into cases.shipment_changes values (?, ?, ?, ?)", records(table))
    query = compiled(table, "cases", "duckdb", tmp_path, WAREHOUSE_DUCKDB=str(path))
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows = connection.execute(f"select source_position, {', '.join(COLUMNS)} from ({query})").fetchall()
    assert not differences(table, rows)


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with bigquery_emulator.running(log=tmp_path_factory.mktemp("emulator") / "emulator.log") as endpoint:
        yield endpoint


@pytest.mark.parametrize("table", TABLES)
def test_real_envelopes_have_their_outcome_on_bigquery(
    table: str, packages: None, endpoint: str, tmp_path: Path
) -> None:
    project = bigquery_emulator.PROJECT
    options = {"api_endpoint": endpoint}
    client = bigquery.Client(project=project, credentials=AnonymousCredentials(), client_options=options)
    # The same for all tables, or dbt would read the project for each.
    dataset = "cases"
    client.create_dataset(dataset, exists_ok=True)
    types = ("STRING", "TIMESTAMP", "STRING", "INT64")
    fields = [bigquery.SchemaField(name, type_) for name, type_ in zip(RAW, types, strict=True)]
    raw = f"{project}.{dataset}.shipment_changes"
    client.delete_table(raw, not_found_ok=True)
    client.create_table(bigquery.Table(raw, fields))
    assert not client.insert_rows_json(raw, [dict(zip(RAW, record, strict=True)) for record in records(table)])
    query = compiled(table, dataset, "bigquery_emulator", tmp_path, BIGQUERY_EMULATOR_ENDPOINT=endpoint)
    result = client.query(f"select source_position, {', '.join(COLUMNS)} from ({query})").result()
    assert not differences(table, [tuple(row.values()) for row in result])


# Users and orders of the sample as rows, and the same as change data.
def envelope(table: str, row: dict[str, str | None], op: str, lsn: int) -> str:
    at = 1_743_400_000_000 + lsn
    source = {"name": "shop", "table": table, "ts_ms": at, "lsn": lsn}
    return json.dumps({"op": op, "ts_ms": at, "source": source, "before": None, "after": row})


def accepted(sample: Warehouse, table: str) -> list[dict[str, str | None]]:
    """Raw rows of the sample that are accepted, in their order of arrival."""
    arrival = "loaded_at, source_file, source_position"
    query = f"select * from raw_sample.{table} semi join staging.stg_shop__{table} using ({arrival}) order by {arrival}"
    columns = [name for name, *_ in sample.rows(f"describe raw_sample.{table}")]
    return [dict(zip(columns, row, strict=True)) for row in sample.rows(query)]


def land(folder: Path, sample: Warehouse) -> None:
    """All other tables of the sample, and users and orders as change data.

    They come a second time, with old states last, and among messages that are no changes.
    """
    for source in (PROJECT / "seeds" / "raw").glob("*.csv"):
        if source.stem not in ("users", "orders"):
            (folder / source.stem).mkdir(parents=True)
            (folder / source.stem / source.name).write_bytes(source.read_bytes())
    for table in ("users", "orders"):
        (folder / table).mkdir(parents=True)
        rows = accepted(sample, table)
        names = [name for name in rows[0] if name not in ("loaded_at", "source_file", "source_position")]
        plain = [{name: row[name] for name in names} for row in rows]
        changes = [envelope(table, row, "u", lsn) for lsn, row in enumerate(plain, 1)]
        other = [envelope("carts", plain[0], "c", 9999), '{"ts_ms": 17434000}', '{"schema": null, "payload": null}']
        gone = [envelope(table, plain[-1], "d", 10_000)]
        lines = [*changes, *other, *gone, *reversed(changes)]
        (folder / table / "changes.jsonl").write_text("\n".join(lines) + "\n")


FACTS = {
    "marts.fct_daily_user_metrics": "*",
    "marts.fct_user_metrics": "*",
    "marts.dim_users": "user_id, user_name, email, country, created_at, is_active",
    "marts.customer_summary": "* exclude (processed_at)",
    "intermediate.int_orders__orders_latest": "order_id, user_id, quantity, order_amount, currency, order_status",
}


def test_users_and_orders_may_come_as_change_data(sample: Warehouse, tmp_path: Path) -> None:
    land(tmp_path / "raw", sample)
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", tmp_path / "target")
    result = warehouse_command("build", "--raw", str(tmp_path / "raw"), WAREHOUSE_DUCKDB=str(warehouse.path))
    assert result.returncode == 0, result.stdout + result.stderr
    for name, columns in FACTS.items():
        from_changes, from_rows = (Counter(one.rows(f"select {columns} from {name}")) for one in (warehouse, sample))
        assert from_changes == from_rows and len(from_rows) > 10, name
    reasons = "select source_table, rejection_reason, count(*) from observability.rejected_records group by all"
    set_aside = {
        (table, reason): count for table, reason, count in warehouse.rows(reasons) if table in ("users", "orders")
    }
    for table in ("users", "orders"):
        assert [
            set_aside[table, reason]
            for reason in ("tombstone", "not_a_row_change", "other_table", "deletion_not_applied")
        ] == [1, 1, 1, 1]


def change(shipment: str, lsn: int, minute: int, **after: object) -> str:
    at = int(datetime(2025, 3, 10, 12, minute).timestamp() * 1000)
    row = {"shipment_id": shipment, "region": "EU", "carrier": "DHL", "status": "created", "weight": "1"}
    row |= dict.fromkeys(("shipped_at", "promised_at", "delivered_at", "updated_at"))
    source = {"name": "shop", "ts_ms": at, "lsn": lsn}
    return json.dumps({"op": "u", "ts_ms": at, "source": source, "after": {**row, **after}})


def test_what_is_new_about_a_log_is_said_once(tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "shipment_changes"
    folder.mkdir(parents=True)
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", tmp_path / "target")

    def said(name: str, *lines: str) -> str:
        (folder / name).write_text("\n".join(lines) + "\n")
        result = build_without_tests("--raw", str(tmp_path / "raw"), WAREHOUSE_DUCKDB=str(warehouse.path))
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    restart, gone = "The log 'shop' of shipment_changes began anew after 2025-03-10 12:01", "have no field carrier (1)"
    new = "shipment_changes: new fields are carried along in extra_columns: carrier_name\\u001b[1m\n"
    renamed = json.loads(change("s2", 7, 7))
    renamed["after"]["carrier_name\x1b[1m"] = renamed["after"].pop("carrier")
    first = said("1.jsonl", change("s1", 100, 0), change("s2", 101, 1))
    second = said("2.jsonl", change("s1", 5, 5, status="lost"), json.dumps(renamed))
    third = said("3.jsonl", change("s1", 8, 8, status="delivered"), json.dumps(renamed | {"ts_ms": 1}))
    assert [restart in text for text in (first, second, third)] == [False, True, False]
    assert [gone in text for text in (first, second, third)] == [False, True, False]
    assert [text.count(new) for text in (first, second, third)] == [0, 1, 0]
    assert "new fields" not in third
    now = warehouse.rows("select shipment_id, carrier, shipment_status from marts.dim_shipments order by 1")
    assert now == [("s1", "DHL", "delivered"), ("s2", "DHL", "created")]
    epochs = warehouse.rows(
        "select epoch, cast(restarted_after_at as date) from observability.change_log_epochs order by 1"
    )
    assert epochs == [(1, None), (2, date(2025, 3, 10))]


@pytest.mark.parametrize(
    ("table", "record", "is_message"),
    [
        ("shipment_changes", {"op": "u", "after": {}}, True),
        ("shipment_changes", {"schema": {}, "payload": {}}, True),
        ("shipment_changes", {"payload": {}, "loaded_at": "2025-03-10"}, False),
        ("shipment_changes", {"loaded_at": "2025-03-10"}, False),
        ("playback_heartbeats", {"user_id": 1}, True),
        ("users", {"op": "u", "ts_ms": 1}, True),
        ("users", {"ts_ms": 1}, True),
        ("users", {"user_id": 1, "op": "u"}, False),
        ("users", {"name": "Alice"}, False),
        ("web_events", {"op": "u", "ts_ms": 1}, False),
    ],
)
def test_a_line_is_a_message_or_has_one(table: str, record: dict, is_message: bool) -> None:
    assert is_whole_message(table, record) is is_message


def test_a_column_payload_beside_a_row_is_a_column_like_any_other(tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "users"
    folder.mkdir(parents=True)
    header = "user_id,user_name,email,country,created_at,updated_at,payload"
    (folder / "a.csv").write_text(f"{header}\n1,Alice,,,,2025-03-10 10:00:00,as it is\n")
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", tmp_path / "target")
    result = build_without_tests("--raw", str(tmp_path / "raw"), WAREHOUSE_DUCKDB=str(warehouse.path))
    assert result.returncode == 0, result.stdout + result.stderr
    found = warehouse.rows("select user_name, extra_columns, rejection_reason from staging.base_shop__users")
    assert found == [("Alice", "payload=as it is", None)]
