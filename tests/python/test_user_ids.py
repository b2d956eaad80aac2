"""Ids of users as text: the sample built with `user_id_type: string` has the rows of integers, and text ids beside."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, Warehouse, build_without_tests, dbt, warehouse_command
from google.cloud import bigquery
from test_engines import comparable

TEXT = "{user_id_type: string}"
# What only text can be. The sample has these users beside those whose ids are integers.
NO_INTEGERS = {"-5", "0", "1.5", "99999999999999999999", "abc", "user-2", "x1"}
# How pandas and Spark write user 9002, and one with a sign: as text these are other users.
NUMBER, AS_TEXTS = "9002", {"9002.0", "9.002E3", "+009002"}
ACCEPTED = ["app__log_events", "app__user_events", "playback__heartbeats", "shop__active_users", "shop__orders"]
ACCEPTED = [f"staging.stg_{name}" for name in [*ACCEPTED, "shop__users", "web__events"]]
OF_USERS = [
    *ACCEPTED,
    "intermediate.int_activity__daily_user_metrics",
    "intermediate.int_activity__user_changes",
    "intermediate.int_web__session_days",
    "marts.customer_summary",
    "marts.dim_order_history",
    "marts.dim_user_history",
    "marts.fct_daily_user_metrics",
    "marts.fct_daily_user_playback",
    "marts.fct_user_activity_windows",
    "marts.fct_user_event_counts",
    "marts.fct_watch_streams",
    "marts.fct_web_sessions",
]
# Records of users of case 20 of every source that has users, by the folder of their file.
IDS = ("CUST-17", "8c0e4a3e-5d0f-4a5e-9f59-8f0a8b3f6b1d", "alice@example.com")
MORE = {
    "users/more.csv": ("user_id,user_name,email,country,created_at,updated_at", "{},Alice,,,,2025-03-31 10:00:00"),
    "active_users/more.csv": ("user_id,is_active,updated_at", "{},true,2025-03-31 10:00:00"),
    "orders/more.csv": (
        "order_id,customer_id,product_id,quantity,unit_price,amount,currency,status,ordered_at",
        "of {0},{0},p1,1,5,5,EUR,completed,2025-03-31 10:00:00",
    ),
    "web_events/more.csv": (
        "event_name,user_id,app_version,event_time,device_id,client",
        "view,{},1,2025-03-31 10:00:00,,web",
    ),
    "user_events/more.csv": ("event_id,user_id,event_type,event_time", "of {0},{0},view,2025-03-31 10:00:00"),
    "playback_heartbeats/more.jsonl": (
        "",
        '{{"payload": {{"user_id": "{}", "program_id": "p", "start_time": "2025-03-31 10:00:00", "session_id": "s", '
        '"device": "tv", "event_time": "2025-03-31 10:00:04"}}}}',
    ),
    "app_logs/more.log": ("", "2025-03-31|user={}|event=view"),
}

Rows = Callable[[str], list[tuple]]


@pytest.fixture(scope="module")
def of_text(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The sample in a warehouse of its own, with ids of users as text."""
    path = tmp_path_factory.mktemp("text") / "warehouse.duckdb"
    result = warehouse_command("build", "--vars", TEXT, WAREHOUSE_DUCKDB=str(path))
    assert result.returncode == 0, result.stdout + result.stderr
    return Warehouse(path, PROJECT / "target" / "duckdb_source")


def differences(integers: Warehouse, rows_of_text: Rows) -> dict[str, list]:
    """Tables of users in which text ids give other rows for the users whose ids are integers, with some of them."""
    found = {}
    for table in OF_USERS:
        columns = [name for (name, *_) in integers.rows(f"describe from {table}") if name != "change_number"]
        key = "customer_id" if "customer_id" in columns else "user_id"
        as_text = ", ".join(f"cast({name} as string) as {name}" if name == key else name for name in columns)
        at = columns.index(key)
        ours = integers.rows(f"select {as_text} from {table}")
        ours = Counter(comparable(row) for row in ours if row[at] != NUMBER)
        theirs = rows_of_text(f"select {', '.join(columns)} from {table}")
        theirs = Counter(comparable(row) for row in theirs if row[at] not in NO_INTEGERS | AS_TEXTS)
        assert sum(ours.values()) > 10, table
        if ours != theirs:
            found[table] = [list(ours - theirs)[:3], list(theirs - ours)[:3]]
    return found


def accepted_beside(integers: Warehouse, rows_of_text: Rows) -> dict[str, set]:
    """Of each source, which records with text ids are accepted that are rejected where ids are integers."""
    found = {}
    for table in ACCEPTED:
        known = set(integers.rows(f"select source_file, source_position from {table}"))
        rows = rows_of_text(f"select user_id, source_file, source_position from {table}")
        found[table] = {user for user, *place in rows if tuple(place) not in known}
    return found


def assert_same_users_and_more(integers: Warehouse, rows_of_text: Rows) -> None:
    assert not differences(integers, rows_of_text)
    more = accepted_beside(integers, rows_of_text)
    assert set.union(*more.values()) == NO_INTEGERS
    assert all(more.values()), more


def test_text_gives_the_rows_of_integers_and_takes_what_is_no_integer(sample, of_text):
    assert_same_users_and_more(sample, of_text.rows)
    reasons = "select count(*) from observability.rejected_records where rejection_reason like 'user_%'"
    assert sample.rows(reasons) > [(5,)]
    assert of_text.rows(reasons) == [(0,)]


def test_only_the_type_of_ids_of_users_differs(sample, of_text):
    types = (
        "select schema_name, table_name, column_name, data_type from duckdb_columns() where not internal order by all"
    )
    changed = set(of_text.rows(types)) - set(sample.rows(types))
    assert {(name, kind) for *_, name, kind in changed} == {("user_id", "VARCHAR"), ("customer_id", "VARCHAR")}
    assert len(of_text.rows(types)) == len(sample.rows(types))
    left = "select count(*) from duckdb_columns() where column_name = 'user_id' and data_type <> 'VARCHAR'"
    assert of_text.rows(left) == [(0,)]
    file = of_text.path.with_name("warehouse.customer_summary.parquet")
    assert duckdb.sql(f"select typeof(customer_id) from '{file}' limit 1").fetchall() == [("VARCHAR",)]


def test_worked_examples_hold_with_text(of_text):
    selection = ("--select", "path:models/marts/activity,test_type:unit")
    options = ("--vars", TEXT, "--target-path", str(of_text.target_path))
    result = dbt("test", *selection, *options, WAREHOUSE_DUCKDB=str(of_text.path))
    assert result.returncode == 0, result.stdout


def test_customer_numbers_uuids_and_addresses_are_users_of_every_source(tmp_path):
    for name, (header, record) in MORE.items():
        file = tmp_path / "raw" / name
        file.parent.mkdir(parents=True)
        file.write_text("\n".join([*[header] * bool(header), *(record.format(user) for user in IDS)]) + "\n")
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", tmp_path / "target")
    options = ("--raw", str(tmp_path / "raw"), "--vars", TEXT)
    result = build_without_tests(*options, WAREHOUSE_DUCKDB=str(warehouse.path))
    assert result.returncode == 0, result.stdout + result.stderr
    for table in [*ACCEPTED, "marts.fct_user_metrics", "marts.fct_web_sessions", "marts.customer_summary"]:
        key = "customer_id" if table.endswith("summary") else "user_id"
        assert sorted(warehouse.rows(f"select {key} from {table}")) == sorted((user,) for user in IDS), table
    assert warehouse.rows("select total_events, total_orders from marts.fct_user_metrics") == [(1, 1)] * 3


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("run",), "This warehouse was built with user_id_type=integer, which is different now"),
        (("build", "--full-refresh"), "snapshot_users was begun with another user_id_type than string"),
        (("snapshot",), "snapshot_users was begun with another user_id_type than string"),
    ],
)
def test_a_warehouse_of_integers_is_not_mixed_with_text(command, says, copy):
    before = copy.rows("select count(*), max(typeof(user_id)) from snapshots_sample.snapshot_users")
    options = ("--vars", TEXT, "--target-path", str(copy.target_path))
    result = dbt(*command, *options, WAREHOUSE_DUCKDB=str(copy.path))
    assert result.returncode != 0
    assert says in result.stdout
    assert copy.rows("select count(*), max(typeof(user_id)) from snapshots_sample.snapshot_users") == before


def test_text_gives_the_same_rows_on_the_emulator(sample, emulator: bigquery.Client):
    """Data sets of their own, made from the raw tables that are there."""
    variables = "{user_id_type: string, raw_from: source, raw_schema: raw_sample, raw_kept_from: null}"
    tables = [table.split(".")[1] for table in OF_USERS]
    result = dbt(
        *("run", "--select", *[f"+{name}" for name in tables], "--exclude", "path:models/*/shipping"),
        *("--vars", variables, "--target", "bigquery_emulator", "--target-path", str(Path("target") / "text_ids")),
        BIGQUERY_EMULATOR_ENDPOINT=emulator._connection.API_BASE_URL,
        BIGQUERY_DATASET="text",
    )
    assert result.returncode == 0, result.stdout[-8000:]

    def rows(query: str) -> list[tuple]:
        return [row.values() for row in emulator.query(query.replace(" from ", " from `test-project`.text_")).result()]

    assert_same_users_and_more(sample, rows)
