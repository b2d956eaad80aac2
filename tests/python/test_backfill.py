"""`make backfill`: the days of a range are built again one by one; what fails is told and can be repeated alone."""

import json
import subprocess
import time
from datetime import date
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, Warehouse, warehouse_command
from killable import start
from test_command_line import assert_one_sentence

from warehouse.backfill.command import _reason
from warehouse.backfill.days import read_range
from warehouse.backfill.progress import Progress
from warehouse.errors import UsageError

STATES = PROJECT / "target" / "backfill" / "duckdb"
# A day with two completed orders of one user, whose sum can be made too large for a decimal.
BAD_DAY = "2025-01-10"
DAYS = {
    "marts.fct_web_sessions": "session_date",
    "marts.fct_daily_web_activity": "activity_date",
    "marts.fct_daily_user_metrics": "metric_date",
    "intermediate.int_web__session_days": "event_date",
    "intermediate.int_orders__daily_user_orders": "order_date",
    "intermediate.int_playback__watch_streams": "stream_date",
    "marts.fct_orders": "order_date",
    "marts.dim_order_history": "order_date",
    "marts.fct_order_windows": "window_date",
    "marts.fct_user_activity_windows": "window_date",
    "marts.fct_user_event_counts": "window_date",
    "marts.fct_daily_user_playback": "stream_date",
    "intermediate.int_shipping__shipment_versions": "change_date",
    "marts.fct_daily_shipments": "ship_date",
    "marts.fct_shipment_status_windows": "window_date",
}
STREAM_TABLES = [table for table, day in DAYS.items() if day in ("window_date", "stream_date")]
SHIPMENT_TABLES = [table for table, day in DAYS.items() if day in ("change_date", "ship_date")]
ORDER_TABLES = ["marts.fct_orders", "marts.dim_order_history"]


def backfill(warehouse: Warehouse, first: str, last: str, *more: str) -> subprocess.CompletedProcess:
    return warehouse_command(
        "backfill", "--from", first, "--to", last, *more, WAREHOUSE_DUCKDB=str(warehouse.path), COLUMNS="200"
    )


def change(warehouse: Warehouse, *statements: str) -> None:
    with duckdb.connect(warehouse.path) as connection:
        for statement in statements:
            connection.execute(statement)


def different_days(sample: Warehouse, warehouse: Warehouse, table: str) -> set[str]:
    """The days on which a table of the two warehouses has different rows."""
    columns = [
        name for (name,) in sample.rows(f"select column_name from (describe {table})") if name not in ("change_number",)
    ]
    with duckdb.connect(warehouse.path, read_only=True) as connection:
        connection.execute(f"attach '{sample.path}' as sample (read_only)")
        ours, theirs = (f"select {', '.join(columns)} from {origin}{table}" for origin in ("", "sample."))
        rows = connection.execute(
            f"select distinct {DAYS[table]} from (({ours} except all {theirs}) union all ({theirs} except all {ours}))"
        ).fetchall()
    return {str(day) for (day,) in rows}


def test_days_are_built_again_and_only_the_failed_ones_twice(sample, copy):
    change(
        copy,
        f"update staging.base_shop__orders set order_amount = 9e28 where order_date = '{BAD_DAY}'",
        "delete from marts.fct_web_sessions where session_date between '2025-01-09' and '2025-01-12'",
        "update intermediate.int_web__session_days set session_id = 'ghost' where event_date = '2025-01-11'",
        "update marts.fct_daily_web_activity set event_count = 0 where activity_date >= '2025-01-09'",
    )
    first = backfill(copy, "2025-01-09", "2025-01-11")
    assert_one_sentence(first, "1 of 3 days failed")
    row = next(line for line in first.stdout.splitlines() if BAD_DAY in line)
    assert "int_orders__daily_user_orders" in row
    assert "verflow" in row
    # The days around it, that day's models that do not need its orders, and nothing beyond the range.
    assert different_days(sample, copy, "marts.fct_web_sessions") == {"2025-01-12"}
    assert different_days(sample, copy, "intermediate.int_web__session_days") == set()
    assert min(different_days(sample, copy, "marts.fct_daily_web_activity")) == "2025-01-12"
    assert different_days(sample, copy, "intermediate.int_orders__daily_user_orders") == set()

    # What was right is damaged again: the next call must leave it alone, for it builds the failed day only.
    with duckdb.connect(copy.path) as connection:
        connection.execute(f"attach '{sample.path}' as sample (read_only)")
        connection.execute("delete from staging.base_shop__orders")
        connection.execute("insert into staging.base_shop__orders from sample.staging.base_shop__orders")
        connection.execute("update marts.fct_daily_user_metrics set total_events = -1")
    second = backfill(copy, "2025-01-09", "2025-01-11")
    assert second.returncode == 0, second.stdout + second.stderr
    assert "by the backfill before" in second.stdout
    days = different_days(sample, copy, "marts.fct_daily_user_metrics")
    assert BAD_DAY not in days
    assert {"2025-01-09", "2025-01-11"} <= days

    # All days have succeeded, so the next one builds all of them.
    third = backfill(copy, "2025-01-09", "2025-01-11")
    assert third.returncode == 0, third.stdout + third.stderr
    days = different_days(sample, copy, "marts.fct_daily_user_metrics")
    assert not days & {"2025-01-09", BAD_DAY, "2025-01-11"}
    assert "2025-01-12" in days


def test_windows_watch_streams_shipments_and_orders_of_a_day_are_built_again(sample, copy):
    lost, ghosts, other = "2025-02-10", "2025-02-11", "2025-02-12"
    for table in STREAM_TABLES + SHIPMENT_TABLES + ORDER_TABLES:
        day = DAYS[table]
        change(
            copy,
            f"delete from {table} where {day} = '{lost}'",
            f"insert into {table} select * replace (date '{ghosts}' as {day}) from {table} where {day} = '{other}'",
        )
        assert different_days(sample, copy, table) == {lost, ghosts}
    # What has no day of its own is built again for the shipments with changes or scans on these days.
    touched = {
        "marts.dim_shipments": "staging.stg_shipping__shipment_changes where change_date",
        "marts.shipment_current_status": "staging.stg_shipping__shipment_scans where event_date",
    }
    for table, records in touched.items():
        change(copy, f"delete from {table} where shipment_id in (select shipment_id from {records} = '{lost}')")
        assert len(copy.rows(f"from {table}")) < len(sample.rows(f"from {table}"))
    result = backfill(copy, lost, ghosts)
    assert result.returncode == 0, result.stdout + result.stderr
    for table in touched:
        assert copy.rows(f"from {table} order by all") == sample.rows(f"from {table} order by all")
    assert [
        table for table in STREAM_TABLES + SHIPMENT_TABLES + ORDER_TABLES if different_days(sample, copy, table)
    ] == []


def test_a_day_keeps_its_shipments_that_changed_on_other_days_only(sample, copy):
    """The day is of shipments that left on it; what is read to build it again are changes made on it."""
    changes = "select 1 from staging.stg_shipping__shipment_changes where change_date = ship_dates.ship_date"
    ((day,),) = sample.rows(
        f"select min(ship_date) from marts.fct_daily_shipments as ship_dates where not exists ({changes})"
    )
    change(copy, f"insert into marts.fct_daily_shipments from marts.fct_daily_shipments where ship_date = '{day}'")
    result = backfill(copy, str(day), str(day))
    assert result.returncode == 0, result.stdout + result.stderr
    assert different_days(sample, copy, "marts.fct_daily_shipments") == set()


def test_a_session_over_midnight_is_built_again_as_a_whole(sample, copy):
    """Neither the part of it on a day that is built again nor the rest is taken for a session."""
    days = "select session_date, cast(session_ended_at as date) from marts.fct_web_sessions"
    ((began, ended),) = sample.rows(f"{days} where session_date < cast(session_ended_at as date) order by 1 limit 1")
    for day in (began, ended):
        result = backfill(copy, str(day), str(day))
        assert result.returncode == 0, result.stdout + result.stderr
        for table in ("marts.fct_web_sessions", "marts.fct_daily_web_activity"):
            assert different_days(sample, copy, table) == set(), (day, table)


def test_a_killed_backfill_goes_on_where_it_stopped(copy):
    before = set(STATES.glob("days_*.json"))
    command = ("backfill", "--from", "2025-02-01", "--to", "2025-02-04")
    process, _ = start("warehouse", *command, WAREHOUSE_DUCKDB=str(copy.path))
    deadline = time.monotonic() + 120
    states: set[Path] = set()
    while not states and time.monotonic() < deadline and process.is_alive():
        time.sleep(0.05)
        states = set(STATES.glob("days_*.json")) - before
    process.kill()
    process.join()
    done = json.loads(states.pop().read_text())["done"]
    assert done[0] == "2025-02-01"
    assert len(done) < 4
    change(copy, "update marts.fct_daily_web_activity set event_count = -1 where activity_date >= '2025-02-01'")
    result = backfill(copy, "2025-02-01", "2025-02-04")
    assert result.returncode == 0, result.stdout + result.stderr
    left_alone = copy.rows(
        "select activity_date from marts.fct_daily_web_activity "
        "where event_count = -1 and activity_date <= '2025-02-04' order by 1"
    )
    assert [str(day) for (day,) in left_alone] == done
    assert set(STATES.glob("days_*.json")) == before


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("", "2025-01-09", "FROM=2025-01-03 TO=2025-01-09"),
        ("2025-01-03", "2025-02-30", "TO=2025-02-30 is no date"),
        ("20250103", "2025-01-09", "FROM=20250103 is no date"),
        ("2025-01-09", "2025-01-03", "FROM=2025-01-09 is after TO=2025-01-03"),
    ],
)
def test_a_range_that_cannot_work_gets_one_sentence(first, last, says):
    with pytest.raises(UsageError, match=says):
        read_range(first, last)


def test_a_range_without_data_gets_one_sentence(copy):
    result = backfill(copy, "1999-01-01", "1999-12-31")
    assert_one_sentence(result, "There is no data from 1999-01-01 to 1999-12-31")


def test_without_a_warehouse_there_is_nothing_to_build_again(tmp_path):
    result = warehouse_command(
        "backfill", "--from", "2025-01-03", "--to", "2025-01-09", WAREHOUSE_DUCKDB=str(tmp_path / "warehouse.duckdb")
    )
    assert_one_sentence(result, "make build")
    assert not list(tmp_path.iterdir())


def test_progress_outlives_a_range_inside_it_until_nothing_is_left_that_failed(tmp_path):
    days = [date(2025, 1, number) for number in range(1, 6)]
    progress = Progress(tmp_path / "days.json", "code")
    for day in days:
        progress.record(day, succeeded=day.day not in (2, 4))
    progress.record(days[1], succeeded=True)
    progress.forget(days[0], days[2])
    assert json.loads(progress.file.read_text()) == {"code": "code", "done": ["2025-01-05"], "failed": ["2025-01-04"]}
    progress.record(days[3], succeeded=True)
    progress.forget(days[3], days[3])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (
            "Runtime Error in model x (models/x.sql)\n  Out of Range Error: too large\n  more",
            "Out of Range Error: too large",
        ),
        ("Nothing answers", "Nothing answers"),
    ],
)
def test_a_reason_is_the_line_that_says_why(message, reason):
    assert _reason(message) == reason
