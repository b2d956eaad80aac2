"""What is said once, and enforced or tested once, is found where it is broken: a fault is planted for each kind."""

import json
import shutil
from collections.abc import Iterator

import duckdb
import pytest
from conftest import Warehouse

# Columns of views, seeds and snapshots that take it from what they are made of that they are never null.
NEVER_NULL = {
    "intermediate.int_activity__active_users": "user_id",
    "intermediate.int_activity__events_and_orders": "is_late, is_order, occurred_at, record_id, user_id",
    "intermediate.int_activity__user_events": "user_id",
    "intermediate.int_playback__open_watch_streams": "stream_id",
    "intermediate.int_shipping__newest_shipment_versions": "shipment_id, shipment_version_id, valid_from",
    "observability.layer_row_counts": "outcome, row_count, source_table",
    "observability.rejected_records": "loaded_at, rejection_reason, source_file, source_position",
    "observability.shipment_sequence_issues": "sequence_issue, shipment_id, shipment_version_id",
    "observability.shipment_status_conflicts": "conflict_reason, shipment_id",
    "observability.source_row_counts": "source_table",
    "observability.unknown_order_statuses": "order_status",
    "observability.unknown_shipment_statuses": "shipment_status, source_table",
    "reference.order_statuses": "order_status, status_description",
    "reference.rejection_reasons": "rejection_description, rejection_reason, usual_cause, what_to_do",
    "reference.shipment_statuses": "shipment_status, status_description",
    "snapshots_sample.snapshot_shipments": "dbt_scd_id, shipment_id, shipment_version_id",
    "snapshots_sample.snapshot_users": "dbt_scd_id, user_id",
}
EXPRESSION, KEY = "expression_is_true", "expect_compound_columns_to_be_unique"
# The model and the kind of its test that finds the fault, and the fault.
FAULTS = [
    ("fct_web_sessions", EXPRESSION, "update marts.fct_web_sessions set event_count = 0"),
    ("fct_web_sessions", EXPRESSION, "update marts.fct_web_sessions set session_id = 'short'"),
    ("fct_web_sessions", EXPRESSION, "update marts.fct_web_sessions set session_duration_seconds = -0.000001"),
    (
        "fct_web_sessions",
        EXPRESSION,
        "update marts.fct_web_sessions set session_ended_at = session_started_at - interval 1 microsecond",
    ),
    ("stg_shop__orders", EXPRESSION, "update staging.base_shop__orders set currency = 'EURO'"),
    ("stg_shop__orders", EXPRESSION, "update staging.base_shop__orders set order_amount = 1000000.000000001"),
    ("stg_shop__orders", EXPRESSION, "update staging.base_shop__orders set user_id = 0"),
    (
        "fct_daily_shipments",
        EXPRESSION,
        "update marts.fct_daily_shipments set delayed_count = shipment_count + 1",
    ),
    (
        "int_activity__user_history",
        EXPRESSION,
        "update intermediate.int_activity__user_history set valid_to = valid_from where valid_to is not null",
    ),
    # Staging divides base tables, so what is twice in one of them is twice in one of its views.
    ("base_web__events", KEY, "insert into staging.base_web__events from staging.base_web__events limit 1"),
    # Facts and open streams are views of the streams, the history of shipments is one of their versions.
    (
        "int_playback__watch_streams",
        "unique",
        "insert into intermediate.int_playback__watch_streams from intermediate.int_playback__watch_streams limit 1",
    ),
    (
        "int_shipping__shipment_versions",
        "unique",
        "insert into intermediate.int_shipping__shipment_versions "
        "from intermediate.int_shipping__shipment_versions limit 1",
    ),
    # Metrics of users, in all and by day, are either in the fact or among those that are left out.
    ("fct_user_metrics", "unique", "insert into marts.fct_user_metrics from marts.fct_user_metrics limit 1"),
    (
        "int_activity__user_metrics_not_loaded",
        "unique",
        "insert into intermediate.int_activity__user_metrics_not_loaded "
        "from intermediate.int_activity__user_metrics_not_loaded limit 1",
    ),
    (
        "rejected_records",
        "relationships",
        "update staging.base_web__events set rejection_reason = 'nonsense' where rejection_reason = 'exact_duplicate'",
    ),
    (
        "rejected_records",
        "columns_are_not_null",
        "update staging.base_shop__users set raw_record = null where rejection_reason is not null",
    ),
    (
        "stg_web__events",
        "columns_are_not_null",
        "update staging.base_web__events set event_name = null where rejection_reason is null",
    ),
    (
        "web_activity_insights",
        "expect_column_distinct_values_to_equal_set",
        "delete from marts.web_activity_insights where question_number = 4",
    ),
]


@pytest.fixture(scope="module")
def nodes(sample: Warehouse) -> list[dict]:
    """What dbt built, with its compiled SQL."""
    return list(json.loads((sample.target_path / "manifest.json").read_text())["nodes"].values())


@pytest.fixture(scope="module")
def damaged(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the sample to plant faults in; each is taken back."""
    copy = shutil.copy(sample.path, tmp_path_factory.mktemp("faults") / sample.path.name)
    with duckdb.connect(copy) as connection:
        yield connection


def test_a_null_is_refused_in_every_column_whose_contract_says_so(nodes, damaged):
    refused = 0
    for node in nodes:
        constrained = [name for name, column in node["columns"].items() if column.get("constraints")]
        for name in constrained:
            relation = f"{node['schema']}.{node['alias']}"
            others = [other for other in constrained if other != name]
            # Of a list that is empty, all other columns that must not be null get something.
            types = {other: node["columns"][other]["data_type"] for other in others}
            values = ", ".join(f"cast({_some(kind)} as {kind}) as {other}" for other, kind in types.items())
            row = f"select cast(null as {node['columns'][name]['data_type']}) as {name}"
            with pytest.raises(duckdb.ConstraintException, match=rf"NOT NULL constraint failed: \w+\.{name}$"):
                damaged.execute(f"insert into {relation} by name {row}{', ' + values if values else ''}")
            refused += 1
    assert refused >= 160


def _some(kind: str) -> str:
    """A value of a type, as SQL."""
    return {"date": "'2025-01-01'", "timestamp": "'2025-01-01 00:00:00'", "string": "'a'"}.get(kind, "1")


@pytest.mark.parametrize("relation", NEVER_NULL)
def test_what_is_made_of_such_columns_has_no_null_either(relation, sample):
    columns = NEVER_NULL[relation].split(", ")
    found = sample.rows(f"select * from {relation} where {' is null or '.join(columns)} is null")
    assert found == []


@pytest.mark.parametrize(("model", "kind", "fault"), FAULTS)
def test_a_fault_is_found_by_the_test_that_is_there_for_it(model, kind, fault, nodes, damaged):
    queries = [
        node["compiled_code"]
        for node in nodes
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") == kind
        and node["attached_node"].endswith(f".{model}")
    ]
    assert queries
    assert not any(damaged.execute(query).fetchall() for query in queries)
    damaged.begin()
    try:
        (changed,) = damaged.execute(fault).fetchone()
        assert changed > 0
        assert any(damaged.execute(query).fetchall() for query in queries)
    finally:
        damaged.rollback()
