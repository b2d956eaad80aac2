"""Runs in a real Airflow, as `make airflow` starts it: scheduler, API and processes of tasks, on the sample."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest
from running import PROJECT, Airflow, a_day_that_is_late, copied, running

BAD_DAY = "2025-01-10"
EXTRACTS = {f"extract_{name}" for name in ("shop", "apps", "playback", "shipping")}
# Prints the marts whose rows are not those of another warehouse, and how many there are.
COMPARED = """
import duckdb, json, sys
with duckdb.connect(sys.argv[1], read_only=True) as c:
    c.execute(f"attach '{sys.argv[2]}' as other (read_only)")
    tables = "select table_name from information_schema.tables where table_schema = 'marts'"
    marts = [name for (name,) in c.execute(tables + " and table_catalog = current_database()").fetchall()]
    # It says how marts were built, not what is in them.
    marts.remove("model_state")
    different = "select count(*) from ((from {0} except all from {1}) union all (from {1} except all from {0}))"
    counts = {name: c.execute(different.format(f"marts.{name}", f"other.marts.{name}")).fetchone()[0] for name in marts}
    print(json.dumps([len(marts), {name: count for name, count in counts.items() if count}]))
"""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    project = copied(tmp_path_factory.mktemp("airflow"))
    faults = project / "faults"
    # The first run begins as soon as Airflow is there.
    for task, how in {
        "extract_apps": "75 75",
        "extract_playback": "1",
        "extract_shipping": "75 75 75 75",
        "build_rest": "kill",
    }.items():
        (faults / task).write_text(how)
    with running(project, **a_day_that_is_late()) as airflow:
        yield airflow


@pytest.fixture(scope="module")
def first(airflow: Airflow) -> dict[str, tuple[str, int]]:
    return airflow.ended("warehouse", airflow.first_run("warehouse"))


def test_a_source_that_fails_for_a_while_is_tried_until_it_works(first):
    assert first["extract_apps"] == ("success", 3)
    assert first["extract_shop"] == ("success", 1)


def test_a_fault_that_lasts_is_not_tried_again(first):
    assert first["extract_playback"] == ("failed", 1)


def test_a_source_that_never_works_is_given_up(first):
    assert first["extract_shipping"] == ("failed", 4)


def test_sources_that_fail_stop_no_others_and_the_build_names_them(airflow, first):
    assert first[""] == ("success", 0)
    assert first["build_staging"] == ("success", 1)
    log = airflow.log("warehouse", "build_staging")
    assert "Late: extract_playback, made to fail with 1" in log
    assert "Late: extract_shipping, made to fail with 75" in log
    assert "Late: extract_apps" not in log
    assert airflow.sql("select count(*) > 0 from marts.fct_web_sessions") == [[True]]
    assert airflow.sql("select count(*) from marts.fct_watch_streams") == [[0]]


def test_a_killed_build_is_tried_again_and_stands_in_the_history(airflow, first):
    assert first["build_rest"] == ("success", 2)
    rows = airflow.sql(
        "select selection, outcome, try_number from observability.runs where command = 'build' order by began_at"
    )
    assert rows == [
        ["--selector staging", "succeeded", 1],
        ["--selector rest", "killed", 1],
        ["--selector rest", "succeeded", 2],
    ]


def test_what_the_history_cannot_know_is_told_once(airflow, first):
    said = airflow.alerts()
    assert said.count("`warehouse extract_playback` failed: made to fail with 1") == 1
    assert said.count("`warehouse extract_shipping` failed: made to fail with 75") == 1
    assert said.count("`warehouse deadline` failed: not ready by") >= 1


def test_marts_are_assets(airflow, first):
    names = {asset["name"] for asset in airflow.ask("/api/v2/assets?limit=100")["assets"]}
    assert names == {file.stem for file in (PROJECT / "models" / "marts").glob("*/*.sql")}
    assert airflow.ask("/api/v2/assets/events?limit=1")["total_entries"] == len(names)


def test_the_next_run_catches_up_and_says_what_is_over(airflow, first):
    states = airflow.run("warehouse")
    assert {task: state for task, (state, _) in states.items() if state != "success"} == {}
    said = airflow.alerts()
    assert "OVER: PAGE: in the scheduler, `warehouse extract_playback` failed" in said
    assert "OVER: PAGE: in the scheduler, `warehouse deadline` failed" in said
    assert airflow.sql("select count(*) > 0 from marts.fct_watch_streams") == [[True]]


def test_a_backfill_names_the_day_that_fails_and_builds_the_last_one(airflow, first):
    airflow.sql(
        "create table orders_before as from staging.base_shop__orders",
        f"update staging.base_shop__orders set order_amount = 9e28 where order_date = '{BAD_DAY}'",
        "update marts.fct_daily_web_activity set event_count = 0 "
        "where activity_date between '2025-01-09' and '2025-01-11'",
    )
    states = airflow.run("warehouse_backfill", **{"from": "2025-01-09", "to": "2025-01-11"})
    assert (states[""], states["backfill"]) == (("failed", 0), ("failed", 1))
    assert f"1 of 3 days failed ({BAD_DAY})" in airflow.log("warehouse_backfill", "backfill")
    assert f"`warehouse_backfill backfill` failed: 1 of 3 days failed ({BAD_DAY})" in airflow.alerts()
    zero = "select cast(activity_date as text) from marts.fct_daily_web_activity where event_count = 0"
    assert airflow.sql(zero) == []

    airflow.sql(
        "delete from staging.base_shop__orders",
        "insert into staging.base_shop__orders from orders_before",
        "drop table orders_before",
    )
    states = airflow.run("warehouse_backfill", **{"from": "2025-01-09", "to": "2025-01-11"})
    assert states["backfill"] == ("success", 1)
    assert "by the backfill before" in airflow.log("warehouse_backfill", "backfill")


def test_marts_are_those_of_a_full_build(airflow, first, tmp_path):
    states = airflow.run("warehouse")
    assert states[""] == ("success", 0)
    python, other = str(PROJECT / ".venv" / "bin" / "python"), tmp_path / "full.duckdb"
    done = subprocess.run(
        [python, "-m", "warehouse", "build", "--raw", str(airflow.home / "landing")],
        cwd=airflow.project,
        env={"WAREHOUSE_DUCKDB": str(other), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    compared = [python, "-c", COMPARED, str(airflow.warehouse), str(other)]
    done = subprocess.run(compared, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout) == [28, {}], done.stdout + done.stderr


def test_late_dates_are_built_again_once_somebody_switches_upkeep_on(airflow, first):
    late = "select count(*) > 0 from marts.fct_shipment_scans_late"
    assert airflow.sql(late) == [[True]]
    assert airflow.ask("/api/v2/dags/warehouse_upkeep/dagRuns")["dag_runs"] == []
    airflow.ask("/api/v2/dags/warehouse_upkeep", {"is_paused": False}, method="PATCH")
    states = airflow.ended("warehouse_upkeep", airflow.first_run("warehouse_upkeep"))
    assert {task: state for task, (state, _) in states.items()} == {
        "": "success",
        "rebuild_late": "success",
        "alerts": "success",
    }
    assert airflow.sql(late) == [[False]]
