"""What BigQuery would get: accepted by Google's analyzer, and laid out as the models say. No server, no network."""

import json
import re
from pathlib import Path

import pytest

from tools.googlesql_check import statement_log
from tools.googlesql_check.statement_log import Statement

# Table: its partition column and its cluster columns. Every table that grows with events, orders or days is here.
LAYOUT = {
    "staging.base_app__log_lines": ("event_date", "change_number, user_id"),
    "staging.base_app__user_events": ("event_date", "change_number, user_id"),
    "staging.base_playback__heartbeats": ("event_date", "change_number, user_id, session_id"),
    "staging.base_shipping__shipment_changes": ("change_date", "change_number, shipment_id"),
    "staging.base_shipping__shipment_scans": ("event_date", "change_number, shipment_id"),
    "staging.base_shop__orders": ("order_date", "change_number, user_id"),
    "staging.base_web__events": ("event_date", "change_number, user_id, device_id"),
    "intermediate.int_activity__daily_user_events": ("event_date", "user_id"),
    "intermediate.int_activity__daily_user_metrics": ("metric_date", "user_id"),
    "intermediate.int_activity__daily_user_metrics_not_loaded": ("metric_date", "user_id"),
    "intermediate.int_activity__user_events_decided": ("loaded_date", "change_number, user_id"),
    "intermediate.int_orders__daily_user_orders": ("order_date", "user_id"),
    "intermediate.int_orders__orders_decided": ("loaded_date", "change_number, user_id"),
    "intermediate.int_orders__orders_latest": ("order_date", "user_id"),
    "intermediate.int_playback__watch_streams": ("stream_date", "change_number, user_id, session_id"),
    "intermediate.int_shipping__change_log_minutes": ("change_date", ""),
    "intermediate.int_shipping__full_table_changes": ("change_date", ""),
    "intermediate.int_shipping__scans_decided": ("loaded_date", "change_number, shipment_id"),
    "intermediate.int_shipping__shipment_versions": ("change_date", "shipment_id"),
    "intermediate.int_web__daily_device_events": ("event_date", "device_id"),
    "intermediate.int_web__session_days": ("event_date", "change_number, user_id, device_id"),
    "marts.dim_order_history": ("order_date", "order_id"),
    "marts.fct_daily_shipments": ("ship_date", ""),
    "marts.fct_daily_user_metrics": ("metric_date", "user_id"),
    "marts.fct_daily_user_playback": ("stream_date", "user_id"),
    "marts.fct_daily_web_activity": ("activity_date", ""),
    "marts.fct_order_windows": ("window_date", ""),
    "marts.fct_orders": ("order_date", "user_id"),
    "marts.fct_shipment_status_windows": ("window_date", "shipment_id"),
    "marts.fct_user_activity_windows": ("window_date", "user_id"),
    "marts.fct_user_event_counts": ("window_date", "user_id"),
    "marts.fct_web_sessions": ("session_date", "user_id, device_id"),
}


@pytest.fixture(scope="module")
def statements(bigquery_sql: Path) -> list[Statement]:
    """What BigQuery would get."""
    return statement_log.read(bigquery_sql / statement_log.FILE_NAME)


@pytest.fixture(scope="module")
def nodes(bigquery_sql: Path) -> list[dict]:
    """The nodes of dbt's manifest."""
    return list(json.loads((bigquery_sql / "manifest.json").read_text())["nodes"].values())


@pytest.fixture(scope="module")
def tables(statements: list[Statement]) -> dict[str, str]:
    """The DDL of each table that dbt-bigquery would create, by `schema.name`, lower case and on one line."""
    ddl = {}
    for statement in statements:
        if statement.run == "first" and statement.created:
            name = ".".join(statement.created.split(".")[-2:])
            ddl[name] = " ".join(statement.sql.lower().replace("`", "").split())
    return ddl


@pytest.fixture(scope="module")
def second_run(statements: list[Statement]) -> dict[str, list[str]]:
    """The statements that a model sends when there is something to build on, lower case and on one line."""
    sent: dict[str, list[str]] = {}
    for statement in statements:
        if statement.run == "second" and statement.node.startswith("model."):
            sql = " ".join(statement.sql.lower().replace("`", "").split())
            sent.setdefault(statement.node.split(".")[-1], []).append(sql)
    return sent


@pytest.mark.parametrize("table", LAYOUT)
def test_tables_that_grow_are_partitioned_by_day_and_clustered(table, tables):
    partition_column, cluster_columns = LAYOUT[table]
    head = tables[table].split(" as (")[0]
    assert f"partition by {partition_column} " in head + " "
    if cluster_columns:
        assert f"cluster by {cluster_columns} " in head + " "


def test_the_manifest_partitions_these_tables_and_no_other(nodes):
    partitioned = {
        f"{node['schema']}.{node['name']}"
        for node in nodes
        if node["resource_type"] == "model" and node["config"].get("partition_by")
    }
    assert partitioned == set(LAYOUT)


def test_the_table_of_sessions_requires_a_filter_on_its_partitions(tables):
    demanding = {name for name, ddl in tables.items() if "require_partition_filter=true" in ddl.replace(" ", "")}
    assert demanding == {"intermediate.int_web__session_days"}


@pytest.mark.parametrize("table", LAYOUT)
def test_an_incremental_run_replaces_rows_within_literal_dates_in_one_transaction(table, second_run):
    (replacing,) = [sql for sql in second_run[table.split(".")[1]] if "delete from" in sql]
    bounds = rf"delete from \S+{table} as stored where \( ?stored\.{LAYOUT[table][0]} in \(date '"
    assert re.search(r"begin transaction; " + bounds, replacing)
    assert re.search(r"; insert into .*; commit transaction;$", replacing)


def test_models_with_a_scope_read_growing_tables_within_literal_dates(nodes, second_run):
    reads = []
    for name in [node["name"] for node in nodes if "call scope()" in node.get("raw_code", "")]:
        (body,) = [sql for sql in second_run[name] if "create or replace table" in sql and "__dbt_tmp" in sql]
        for table, (column, _) in LAYOUT.items():
            if re.search(rf"(from|join) \S+\.{re.escape(table)}\b(?!_)", body):
                # orphans of several tables are filtered by their common name of the day
                assert re.search(rf"({column}|activity_date) in \(date '", body), (name, table)
                reads.append((name, table))
    assert len(reads) >= 10
