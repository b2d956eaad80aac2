"""When raw tables change: what is new is carried along and named, what is gone or of another type stops a run."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from conftest import Warehouse, dbt, warehouse_command
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from warehouse.bigquery_emulator import running
from warehouse.raw_files import TABLES

VARIABLES = "{raw_from: source, raw_schema: landing}"
MARTS = ["dim_users", "fct_daily_user_metrics", "fct_web_sessions"]
# What somebody does to a raw table, and what a run says of it.
BREAKING = {
    "alter table landing.orders drop column status": "landing.orders has no column status",
    "alter table landing.orders rename column amount to total": "landing.orders has no column amount",
    "alter table landing.users alter user_id type bigint using 1": "landing.users.user_id is int64, not string",
    "alter table landing.web_events alter loaded_at type timestamptz": (
        "landing.web_events.loaded_at is timestamp with time zone, not timestamp"
    ),
    "alter table landing.app_logs alter source_position type integer": (
        "landing.app_logs.source_position is integer, not int64"
    ),
    "drop table landing.active_users": "there is no table landing.active_users",
}


@pytest.fixture(scope="module")
def landed(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, str]:
    """The sample as tables that somebody loaded, with columns nobody announced, and what the build of it said."""
    folder = tmp_path_factory.mktemp("landed")
    built = Warehouse(folder / "warehouse.duckdb", folder / "target")
    with duckdb.connect(built.path) as connection:
        connection.execute(f"attach '{sample.path}' as sample (read_only); create schema landing")
        for table in TABLES:
            connection.execute(f"create table landing.{table} as select * from sample.raw_sample.{table}")
        connection.execute(
            """
            alter table landing.web_events add column "Zone" varchar;
            alter table landing.web_events add column campaign varchar;
            alter table landing.web_events add column "it's ""odd"" one" integer;
            update landing.web_events set "it's ""odd"" one" = 7, campaign = ' a=|b ' where source_position = 1;
            update landing.web_events set "Zone" = 'z', campaign = '  ' where source_position = 2;
            alter table landing.app_logs add column region varchar;
            update landing.app_logs set region = 'eu';
            """
        )
    result = warehouse_command("build", RAW_SCHEMA="landing", WAREHOUSE_DUCKDB=str(built.path))
    assert result.returncode == 0, result.stdout + result.stderr
    return built, result.stdout


def run_dbt(warehouse: Warehouse, *models: str) -> subprocess.CompletedProcess:
    arguments = ("--vars", VARIABLES, "--target-path", str(warehouse.target_path))
    return dbt("run", "--select", *models, *arguments, WAREHOUSE_DUCKDB=str(warehouse.path))


def content(warehouse: Warehouse) -> dict[str, tuple]:
    """Every relation beside raw, with its columns and a checksum of its rows."""
    relations = warehouse.rows(
        "select table_schema || '.' || table_name, list(column_name || data_type order by ordinal_position) "
        "from information_schema.columns where table_schema <> 'landing' group by 1"
    )
    assert len(relations) > 40
    return {
        name: (columns, *warehouse.rows(f"select count(*), bit_xor(hash(t)) from {name} as t"))
        for name, columns in relations
        # A view over what was dropped cannot be read.
        if not name.startswith("observability.")
    }


def test_new_columns_are_said_once(landed):
    _, said = landed
    what = "new columns are carried along in extra_columns"
    assert said.count(f"""web_events: {what}: campaign, it's "odd" one, Zone\n""") == 1
    assert said.count(f"app_logs: {what}: region\n") == 1
    assert said.count("new columns") == 2


def test_new_fields_are_said_once_though_every_other_record_has_them(landed):
    _, said = landed
    what = "new fields are carried along in"
    assert said.count(f"app_logs: {what} extra: channel, experiment, ip, q, theme\n") == 1
    assert said.count(f"playback_heartbeats: {what} extra_columns: quality\n") == 1
    assert said.count(what) == 4


def test_new_columns_are_carried_along_as_text_by_name(landed):
    warehouse, _ = landed
    rows = warehouse.rows(
        "select distinct least(source_position, 3), extra_columns from staging.base_web__events order by 1"
    )
    assert rows == [(1, """campaign=a=|b|it's "odd" one=7"""), (2, "Zone=z"), (3, None)]
    ((accepted, rejected),) = warehouse.rows(
        "select (select count(extra_columns) from staging.stg_web__events), "
        "(select count(extra_columns) from staging.stg_web__events_rejected)"
    )
    assert ((accepted + rejected,),) == tuple(
        warehouse.rows("select count(extra_columns) from staging.base_web__events")
    )


def test_new_columns_of_log_lines_are_not_mixed_with_their_unknown_fields(landed, sample):
    warehouse, _ = landed
    query = "select source_file, source_position, loaded_at, extra from staging.base_app__log_lines"
    assert Counter(warehouse.rows(query)) == Counter(sample.rows(query))
    assert warehouse.rows("select distinct extra_columns from staging.base_app__log_lines") == [("region=eu",)]


@pytest.mark.parametrize("mart", MARTS)
def test_new_columns_change_no_mart(mart, landed, sample):
    query = f"select * from marts.{mart}"
    assert Counter(landed[0].rows(query)) == Counter(sample.rows(query))


def test_a_column_that_appears_between_two_runs_is_carried_from_then_on(landed, tmp_path):
    warehouse = Warehouse(Path(shutil.copy(landed[0].path, tmp_path)), tmp_path / "target")
    query = "select * from staging.base_shop__orders order by loaded_at, source_file, source_position"
    before = warehouse.rows(query.replace("*", "order_id, extra_columns"))
    assert {extra_columns for _, extra_columns in before} == {None}
    with duckdb.connect(warehouse.path) as connection:
        connection.execute(
            'alter table landing.orders add column "coupon\x1b[1m" varchar; '
            "insert into landing.orders by name select * replace ('new' as order_id, timestamp '2100-01-01' as "
            "loaded_at, 'C1' as \"coupon\x1b[1m\") from landing.orders where order_id is not null limit 1"
        )
    result = run_dbt(warehouse, "base_shop__orders")
    assert result.returncode == 0, result.stdout
    assert "orders: new columns are carried along in extra_columns: coupon\\u001b[1m\n" in result.stdout
    assert warehouse.rows(query.replace("*", "order_id, extra_columns")) == [*before, ("new", "coupon\x1b[1m=C1")]


def test_breaking_changes_stop_a_build_before_anything_is_written(landed, tmp_path):
    """All are named, in one sentence."""
    warehouse = Warehouse(Path(shutil.copy(landed[0].path, tmp_path)), tmp_path / "target")
    before = content(warehouse)
    with duckdb.connect(warehouse.path) as connection:
        for change in BREAKING:
            connection.execute(change)
    result = warehouse_command("build", RAW_SCHEMA="landing", WAREHOUSE_DUCKDB=str(warehouse.path))
    assert result.returncode == 1
    said = re.search(r"Raw is not as .* nothing was written: (.*)\.\n", result.stdout)[1]
    assert sorted(said.split("; ")) == sorted(BREAKING.values())
    assert "Traceback" not in result.stdout + result.stderr
    assert content(warehouse) == before


def test_one_breaking_change_stops_plain_dbt(landed, tmp_path):
    warehouse = Warehouse(Path(shutil.copy(landed[0].path, tmp_path)), tmp_path / "target")
    before = content(warehouse)
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("alter table landing.orders drop column status")
    result = run_dbt(warehouse, "base_web__events")
    assert result.returncode != 0
    assert "nothing was written: landing.orders has no column status." in result.stdout
    assert content(warehouse) == before


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[bigquery.Client, str]]:
    """An emulator with raw tables that somebody loaded, of one record each; that of web events has new columns."""
    with running(tmp_path_factory.mktemp("emulated") / "emulator.log") as endpoint:
        client = bigquery.Client(
            project="test-project", credentials=AnonymousCredentials(), client_options={"api_endpoint": endpoint}
        )
        client.create_dataset("landing")
        for table, columns in TABLES.items():
            fields = ", ".join(f"cast(null as string) as {column}" for column in columns)
            if table == "web_events":
                fields += ", ' z ' as zone, ' ' as campaign, 7 as size, ['a', 'b'] as tags, struct('p' as id) as page"
            client.query(
                f"create table landing.{table} as select {fields}, "
                "timestamp '2025-01-01 11:00:00' as loaded_at, 'w' as source_file, 1 as source_position"
            ).result()
        yield client, endpoint


def run_emulated(endpoint: str, target_path: Path) -> subprocess.CompletedProcess:
    return dbt(
        "run",
        "--select",
        "base_web__events",
        "--vars",
        VARIABLES,
        "--target-path",
        str(target_path),
        DBT_TARGET="bigquery_emulator",
        BIGQUERY_EMULATOR_ENDPOINT=endpoint,
    )


def test_bigquery_carries_new_columns_of_any_type_along(emulated, tmp_path):
    client, endpoint = emulated
    result = run_emulated(endpoint, tmp_path)
    assert result.returncode == 0, result.stdout
    assert (
        "web_events: new columns are carried along in extra_columns: campaign, page, size, tags, zone" in result.stdout
    )
    rows = client.query_and_wait("select extra_columns from staging.base_web__events")
    assert [row.extra_columns for row in rows] == ['page={"id":"p"}|size=7|tags=["a","b"]|zone=z']


def test_bigquery_stops_before_anything_is_written(emulated, tmp_path):
    client, endpoint = emulated
    before = sorted(table.table_id for table in client.list_tables("staging"))
    client.query("drop table landing.users").result()
    client.query("create or replace table landing.orders as select 2 as customer_id").result()
    result = run_emulated(endpoint, tmp_path)
    assert result.returncode != 0
    assert "there is no table landing.users" in result.stdout
    assert "landing.orders has no column order_id;" in result.stdout
    assert "landing.orders.customer_id is int64, not string;" in result.stdout
    assert sorted(table.table_id for table in client.list_tables("staging")) == before
