"""What is built on demand, on the BigQuery emulator: `make backfill`, `make rebuild`, `make rebuild-late`, pairs."""

from conftest import dbt, warehouse_command
from test_engines import PAIRS, REBUILT_DATES, comparable
from test_rebuild import succeeded


def test_days_are_built_again_on_bigquery(emulator):
    """On the emulator: a damaged day is as it was before, and the day after is left alone."""
    days = "select to_json_string(t) from `test-project`.marts.fct_daily_web_activity as t order by activity_date"
    before = [row[0] for row in emulator.query(days).result()]
    damage = (
        "update `test-project`.marts.fct_daily_web_activity set event_count = event_count {} where activity_date {}"
    )
    emulator.query(damage.format("+ 1", "in ('2025-02-03', '2025-02-04')")).result()
    result = warehouse_command(
        *("backfill", "--from", "2025-02-03", "--to", "2025-02-03", "--target", "bigquery_emulator"),
        BIGQUERY_EMULATOR_ENDPOINT=emulator._connection.API_BASE_URL,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    after = [row[0] for row in emulator.query(days).result()]
    different = [new for old, new in zip(before, after, strict=True) if old != new]
    assert ["2025-02-04" in day for day in different] == [True]
    emulator.query(damage.format("- 1", "= '2025-02-04'")).result()


def test_a_model_is_rebuilt_and_swapped_on_bigquery(emulator):
    """On the emulator, with a table whose every reader must filter on its partitions."""
    table = "`test-project`.intermediate.int_web__session_days"
    rows = f"select to_json_string(t) from (select * except (change_number) from {table}) as t"
    environment = {"BIGQUERY_EMULATOR_ENDPOINT": emulator._connection.API_BASE_URL}
    command = ("rebuild", "--target", "bigquery_emulator", "--model", "int_web__session_days")
    before = sorted(row[0] for row in emulator.query(rows).result())
    emulator.query(f"delete from {table} where event_date = '2025-01-04'").result()
    assert "added" in succeeded(warehouse_command(*command, **environment))
    succeeded(warehouse_command(*command, "--swap", "yes", **environment))
    assert sorted(row[0] for row in emulator.query(rows).result()) == before


def test_pairs_of_a_time_range_are_the_same_on_both_engines(copy, emulator, tmp_path):
    command = ("run", "--select", PAIRS.split(".")[1], "--vars", "{pairs_from: 2025-02-01, pairs_to: 2025-03-01}")
    environment = {"BIGQUERY_EMULATOR_ENDPOINT": emulator._connection.API_BASE_URL, "WAREHOUSE_DUCKDB": str(copy.path)}
    for target in ("duckdb", "bigquery_emulator"):
        result = dbt(*command, "--target-path", str(tmp_path / target), DBT_TARGET=target, **environment)
        assert result.returncode == 0, result.stdout
    ours = copy.rows(f"from {PAIRS} order by event_id, order_id")
    theirs = emulator.query(f"select * from `test-project`.{PAIRS} order by event_id, order_id").result()
    assert len(ours) == 3
    assert ours == [comparable(row.values()) for row in theirs]


def test_late_scans_are_taken_in_alike_on_both_engines(copy, emulator):
    environment = {"BIGQUERY_EMULATOR_ENDPOINT": emulator._connection.API_BASE_URL, "WAREHOUSE_DUCKDB": str(copy.path)}
    for target in ("duckdb", "bigquery_emulator"):
        says = succeeded(warehouse_command("rebuild-late", "--target", target, **environment))
        assert "9 dates built again" in says
    for table in ("marts.fct_shipment_status_windows", "marts.fct_shipment_scans_late", REBUILT_DATES):
        ours = sorted(copy.rows(f"from {table}"), key=repr)
        theirs = [comparable(row.values()) for row in emulator.query(f"select * from `test-project`.{table}").result()]
        assert ours == sorted(theirs, key=repr), table

    emulator.query(f"delete from `test-project`.{REBUILT_DATES} where true").result()
    again = ("run", "--full-refresh", "--select", "fct_shipment_status_windows")
    succeeded(dbt(*again, DBT_TARGET="bigquery_emulator", **environment))
