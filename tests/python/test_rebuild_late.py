"""`make rebuild-late`: scans that came too late are taken into their windows, and the list of them is empty."""

import subprocess

import duckdb
from conftest import Warehouse, dbt, warehouse_command
from test_command_line import assert_one_sentence

WINDOWS = "select * from marts.fct_shipment_status_windows"
LATE = "select window_date, shipment_id, window_start_at, event_id from marts.fct_shipment_scans_late order by event_id"
ASKED = "select * from intermediate.int_shipping__rebuilt_scan_dates order by scan_date"


def rebuild_late(warehouse: Warehouse) -> subprocess.CompletedProcess:
    return warehouse_command("rebuild-late", WAREHOUSE_DUCKDB=str(warehouse.path), COLUMNS="200")


def change(warehouse: Warehouse, *statements: str) -> None:
    with duckdb.connect(warehouse.path) as connection:
        for statement in statements:
            connection.execute(statement)


def plain_dbt(warehouse: Warehouse, *arguments: str) -> None:
    result = dbt(*arguments, "--target-path", str(warehouse.target_path), WAREHOUSE_DUCKDB=str(warehouse.path))
    assert result.returncode == 0, result.stdout[-5000:]


def test_late_scans_are_taken_into_their_windows_and_stay_there(sample, copy):
    late = sample.rows(LATE)
    dates = {row[0] for row in late}
    assert len(dates) > 2
    # Whatever a window of another date says, it is not looked at; one of a date that is built again is put right.
    (other,) = copy.rows(
        f"select min(window_date) from ({WINDOWS}) where window_date not in (select window_date from ({LATE}))"
    )[0]
    shift = "update marts.fct_shipment_status_windows set window_end_at = window_end_at + interval '{} microseconds' "
    change(copy, shift.format(1) + f"where window_date in ('{other}', '{min(dates)}')")

    result = rebuild_late(copy)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(dates)} dates built again." in result.stdout
    assert copy.rows(LATE) == []
    shifted = f"select distinct window_date from ({WINDOWS}) where microsecond(window_end_at) <> 0"
    assert copy.rows(shifted) == [(other,)]
    change(copy, shift.format(-1) + f"where window_date = '{other}'")

    # Each late scan is now counted in its window, and every other window is as it was.
    counts = "select shipment_id, window_start_at, scan_count from marts.fct_shipment_status_windows"
    before, after = ({row[:2]: row[2] for row in warehouse.rows(counts)} for warehouse in (sample, copy))
    expected = dict(before)
    for _, shipment_id, window_start_at, _ in late:
        expected[shipment_id, window_start_at] = expected.get((shipment_id, window_start_at), 0) + 1
    assert after == expected

    again = rebuild_late(copy)
    assert again.returncode == 0
    assert "No scan waits" in again.stdout

    # What was asked for outlives a full refresh, which gives the same rows.
    asked, windows = copy.rows(ASKED), set(copy.rows(WINDOWS))
    assert {row[0] for row in asked} == dates
    plain_dbt(copy, "run", "--full-refresh", "--select", "+fct_shipment_scans_late")
    assert copy.rows(ASKED) == asked
    assert set(copy.rows(WINDOWS)) == windows
    assert copy.rows(LATE) == []


def test_a_command_that_fails_half_way_is_finished_by_the_next_build_or_command(copy):
    late = copy.rows(LATE)
    change(copy, "alter table marts.fct_shipment_status_windows rename column scan_count to number_of_scans")
    assert_one_sentence(rebuild_late(copy), "run `make rebuild-late` again")
    change(copy, "alter table marts.fct_shipment_status_windows rename column number_of_scans to scan_count")
    assert copy.rows(LATE) == late
    assert copy.rows(ASKED) != []
    plain_dbt(copy, "run", "--select", "fct_shipment_status_windows+")
    assert copy.rows(LATE) == []


def test_scans_that_come_too_late_after_a_rebuild_wait_for_the_next(copy):
    assert rebuild_late(copy).returncode == 0
    payload = '{"event_id": "n1", "shipment_id": "x-43", "status": "lost", "event_time": "2025-02-09T12:08:00Z"}'
    change(
        copy,
        "insert into raw_sample.shipment_scans (payload, loaded_at, source_file, source_position) "
        f"values ('{payload}', '2026-01-01 00:00:00', 'new', 1)",
    )
    plain_dbt(copy, "run", "--select", "base_shipping__shipment_scans+")
    assert [row[3] for row in copy.rows(LATE)] == ["n1"]
    result = rebuild_late(copy)
    assert "2025-02-09  1 late scan taken in" in result.stdout
    assert "1 date built again." in result.stdout
    assert copy.rows(LATE) == []


def test_scans_that_nobody_has_decided_on_do_not_hide_that_late_ones_are_taken_in(copy):
    payload = '{"event_id": "n1", "shipment_id": "x-43", "status": "lost", "event_time": "2025-02-09T12:08:00Z"}'
    change(
        copy,
        "insert into raw_sample.shipment_scans (payload, loaded_at, source_file, source_position) "
        f"values ('{payload}', '2026-01-01 00:00:00', 'new', 1)",
    )
    plain_dbt(copy, "run", "--select", "base_shipping__shipment_scans", "int_shipping__scan_arrival_days")
    result = rebuild_late(copy)
    assert result.returncode == 1
    assert "assert_every_scan_is_in_a_window_once_or_late: 1 row" in result.stdout + result.stderr
    assert "The late scans are in their windows now. What else failed stands above: run `make build`." in result.stderr
    assert copy.rows(LATE) == []


def test_without_a_warehouse_the_command_says_what_to_do(tmp_path):
    result = warehouse_command("rebuild-late", WAREHOUSE_DUCKDB=str(tmp_path / "none.duckdb"))
    assert_one_sentence(result, "run `make build` first")
