"""DuckDB and BigQuery give the same rows: every model and snapshot, row by row, on DuckDB and on the emulator."""

import json
from collections import Counter
from datetime import datetime

import pytest
from conftest import PROJECT, Warehouse, dbt

# BigQuery's name of a type, and DuckDB's.
SAME_TYPE = {
    "INTEGER": "BIGINT",
    "STRING": "VARCHAR",
    "NUMERIC": "DECIMAL(38,9)",
    "TIMESTAMP": "TIMESTAMP",
    "DATE": "DATE",
    "BOOLEAN": "BOOLEAN",
}
# These have rows when somebody asks for them: test_engines_corrections.py.
PAIRS = "marts.fct_event_order_pairs"
REBUILT_DATES = "intermediate.int_shipping__rebuilt_scan_dates"


def relations(sample: Warehouse) -> dict[str, str]:
    """Each model and snapshot of the project by `schema.name`, without those about runs: test_run_history.py."""
    nodes = json.loads((sample.target_path / "manifest.json").read_text())["nodes"].values()
    return {
        f"{node['schema']}.{node['alias']}": node["resource_type"]
        for node in nodes
        if node["resource_type"] in ("model", "snapshot") and "run_history" not in node["tags"]
    }


def comparable(row: tuple) -> tuple:
    """A row with times as naive UTC and lists as tuples, which both clients' rows can be brought to."""
    return tuple(
        value.replace(tzinfo=None)
        if isinstance(value, datetime)
        else tuple(value)
        if isinstance(value, list)
        else value
        for value in row
    )


def test_every_model_and_snapshot_has_the_same_rows_on_both_engines(sample, emulator):
    differences = {}
    compared = 0
    for relation, kind in relations(sample).items():
        table = emulator.get_table(f"test-project.{relation}")
        # dbt hashes a timestamp as each engine writes it into the ids of a snapshot; change numbers are about runs, and
        # other tests have rebuilt days on the emulator.
        columns = ", ".join(field.name for field in table.schema if field.name not in ("dbt_scd_id", "change_number"))
        ours = Counter(comparable(row) for row in sample.rows(f"select {columns} from {relation}"))
        query = f"select {columns} from `test-project`.{relation}"
        theirs = Counter(comparable(row.values()) for row in emulator.query(query).result())
        assert sum(ours.values()) > 0 or relation in (PAIRS, REBUILT_DATES), f"{relation} ({kind}) is empty"
        compared += sum(ours.values())
        if ours != theirs:
            differences[relation] = {"only DuckDB": list(ours - theirs)[:3], "only BigQuery": list(theirs - ours)[:3]}
    assert not differences
    assert compared > 20_000


def test_new_fields_were_named_alike_on_both_engines(sample, emulator):
    query = "select relation_name, state from staging.model_state where relation_name like '%fields' order by 1"
    named = sample.rows(query)
    assert [tuple(row.values()) for row in emulator.query(query).result()] == named
    assert len(named) == 4


def test_marts_have_exact_types_on_both_engines(sample, emulator):
    for relation in relations(sample):
        schema, name = relation.split(".")
        if schema != "marts":
            continue
        theirs = {
            field.name: SAME_TYPE[field.field_type] for field in emulator.get_table(f"test-project.{relation}").schema
        }
        ours = dict(
            sample.rows(
                "select column_name, data_type from information_schema.columns "
                f"where table_schema = '{schema}' and table_name = '{name}'"
            )
        )
        assert ours == theirs, relation


@pytest.mark.parametrize("target", ["duckdb", "bigquery_emulator"])
def test_a_second_run_changes_nothing(target, copy, emulator):
    """Snapshots take their other branch, the merge, in a second run."""
    count = "select count(*), count(dbt_valid_to), max(dbt_valid_from) from {}snapshots_sample.snapshot_users"
    if target == "duckdb":
        before = copy.rows(count.format(""))
        environment, parsed = {"WAREHOUSE_DUCKDB": str(copy.path)}, copy.target_path
    else:
        before = [comparable(row.values()) for row in emulator.query(count.format("`test-project`.")).result()]
        environment = {"BIGQUERY_EMULATOR_ENDPOINT": emulator._connection.API_BASE_URL}
        parsed = PROJECT / "target" / target
    result = dbt("snapshot", "--target-path", str(parsed), DBT_TARGET=target, **environment)
    assert result.returncode == 0, result.stdout
    if target == "duckdb":
        after = copy.rows(count.format(""))
    else:
        after = [comparable(row.values()) for row in emulator.query(count.format("`test-project`.")).result()]
    assert after == before
