"""The history of runs: what hooks write, what the command writes of other runs, and the models on both engines."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import EMULATED, PROJECT, Warehouse, dbt
from test_engines import comparable

from warehouse import unrecorded_runs
from warehouse.unrecorded_runs import VARIABLE, unrecorded_run

MODELS = sorted(path.stem for path in (PROJECT / "models" / "observability" / "history").glob("*.sql"))
TABLES = ("run_events", "node_results", "source_rows", "mart_rows")


def run(warehouse: Warehouse, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """A dbt command in a warehouse."""
    options = ("--target-path", str(warehouse.target_path))
    return dbt(*arguments, *options, TARGET="duckdb", WAREHOUSE_DUCKDB=str(warehouse.path), **environment)


def change(warehouse: Warehouse, *statements: str) -> None:
    with duckdb.connect(warehouse.path) as connection:
        for statement in statements:
            connection.execute(statement)


def last_run(warehouse: Warehouse, columns: str) -> tuple:
    (row,) = warehouse.rows(f"select {columns} from observability.runs order by began_at desc limit 1")
    return row


def counts(warehouse: Warehouse) -> list[tuple]:
    return [warehouse.rows(f"select count(*) from run_history.{table}")[0] for table in TABLES]


# What hooks write


def test_a_build_is_recorded(sample):
    known = "command, selection, is_full_refresh, target_name, outcome, message, try_number, is_retry, has_source_rows"
    assert last_run(sample, known) == ("build", None, False, "duckdb", "succeeded", None, 1, False, True)
    assert last_run(sample, "ended_at > began_at, len(variables_checksum), dbt_version is not null") == (True, 32, True)


def test_each_node_of_a_build_is_recorded_with_its_status(sample):
    run_results = json.loads((sample.target_path / "run_results.json").read_text())["results"]
    kinds = ("model", "seed", "snapshot", "test", "unit_test")
    expected = Counter(
        (result["unique_id"], result["status"], result["failures"])
        for result in run_results
        if result["unique_id"].startswith(tuple(f"{kind}." for kind in kinds))
    )
    recorded = sample.rows("select node_id, status, failure_count from run_history.node_results")
    assert Counter(recorded) == expected
    assert len(recorded) > 400
    layers = sample.rows("select distinct layer from run_history.node_results where node_type = 'model'")
    assert {layer for (layer,) in layers} == {"staging", "intermediate", "marts", "observability"}


def test_rows_of_sources_and_marts_are_recorded(sample):
    columns = "source_table, layer, outcome, reason, row_count"
    expected = sample.rows(f"select {columns} from observability.layer_row_counts where layer in ('raw', 'staging')")
    assert Counter(sample.rows(f"select {columns} from run_history.source_rows")) == Counter(expected)
    newest = dict(sample.rows("select source_table, newest_loaded_at from run_history.source_rows where layer = 'raw'"))
    assert len(newest) == 10
    assert all(newest.values())
    assert [(newest["orders"],)] == sample.rows("select max(loaded_at) from staging.base_shop__orders")
    marts = sample.rows("select mart_name, row_count from run_history.mart_rows")
    assert len(marts) > 20
    for mart, row_count in marts:
        assert sample.rows(f"select count(*) from marts.{mart}") == [(row_count,)]


def test_a_part_of_the_project_leaves_the_rows_of_sources_alone(copy):
    before = counts(copy)
    result = run(copy, "run", "--full-refresh", "--select", "dim_users", AIRFLOW_CTX_TRY_NUMBER="3", GITHUB_SHA="abc")
    assert result.returncode == 0, result.stdout
    known = "command, selection, is_full_refresh, try_number, project_commit, has_source_rows, outcome"
    assert last_run(copy, known) == ("run", "--select dim_users", True, 3, "abc", False, "succeeded")
    assert [now - then for (then,), (now,) in zip(before, counts(copy), strict=True)] == [2, 1, 0, 1]


def test_a_build_in_parts_records_how_new_the_rows_of_sources_are(copy, sample):
    newest = "select source_table, newest_loaded_at from run_history.source_rows where newest_loaded_at is not null"
    expected = sorted(sample.rows(newest))
    assert len(expected) == 10
    change(copy, "delete from run_history.source_rows")
    assert run(copy, "run", "--select", "layer_row_counts").returncode == 0
    assert sorted(copy.rows(newest)) == expected


def test_what_fails_is_recorded_with_its_message(copy):
    change(
        copy,
        "insert into marts.fct_user_metrics from marts.fct_user_metrics limit 1",
        "alter table intermediate.int_activity__user_history rename column evidence_id to another",
    )
    assert run(copy, "test", "--select", "fct_user_metrics", "--exclude", "test_type:unit").returncode == 1
    outcome, message, failed, models = last_run(copy, "outcome, message, failed_check_count, failed_node_count")
    failures = "select node_name, failure_count from run_history.node_results where status = 'fail'"
    assert ("unique_fct_user_metrics_user_id", 1) in copy.rows(failures)
    assert (outcome, failed, models) == ("failed", len(copy.rows(failures)), 0)
    assert message.partition(":")[0] in {name for name, _ in copy.rows(failures)}
    assert run(copy, "run", "--full-refresh", "--select", "dim_users").returncode == 1
    outcome, message, models = last_run(copy, "outcome, message, failed_node_count")
    assert (outcome, models) == ("failed", 1)
    assert message.startswith("dim_users: ")
    assert "evidence_id" in message
    assert "\n" not in message


def test_commands_that_build_nothing_and_runs_that_are_refused_write_nothing(copy):
    before = counts(copy)
    assert run(copy, "compile", "--select", "dim_users").returncode == 0
    assert run(copy, "show", "--select", "dim_users", "--limit", "1").returncode == 0
    assert run(copy, "run", "--select", "dim_users", "--vars", "{run_history_days: 0}").returncode == 1
    assert counts(copy) == before


def test_old_runs_are_deleted_unless_all_are_kept(copy):
    old, recent = (datetime.now() - timedelta(days=days) for days in (402, 398))
    for table in TABLES:
        for run_id, day in (("old", old), ("recent", recent)):
            change(copy, f"insert into run_history.{table} (run_id, run_date) values ('{run_id}', '{day:%Y-%m-%d}')")
    known = "select run_id from run_history.{} where run_id in ('old', 'recent') order by 1"
    select = ("run", "--full-refresh", "--select", "dim_users")
    assert run(copy, *select, "--vars", "{run_history_days: null}").returncode == 0
    assert [copy.rows(known.format(table)) for table in TABLES] == [[("old",), ("recent",)]] * 4
    assert run(copy, *select).returncode == 0
    assert [copy.rows(known.format(table)) for table in TABLES] == [[("recent",)]] * 4


def test_a_broken_history_is_named_and_stops_nothing(copy):
    change(
        copy,
        "alter table run_history.run_events drop column message",
        "alter table run_history.node_results alter failure_count type varchar",
        "drop table run_history.mart_rows",
        "create view run_history.mart_rows as select 1 as theirs",
    )
    events = copy.rows("select count(*) from run_history.run_events")
    result = run(copy, "run", "--select", "dim_users")
    assert result.returncode == 0, result.stdout
    said = " ".join(result.stdout.split())
    assert "this run is not recorded, for run_history.run_events has no column message" in said
    assert "run_history.node_results.failure_count is string" in said
    assert "run_history.mart_rows is a view" in said
    assert copy.rows("select count(*) from run_history.run_events") == events
    assert copy.rows("from run_history.mart_rows") == [(1,)]


def test_what_a_view_left_alone_cannot_show_is_not_counted(copy):
    """`layer_row_counts` is as it should be, and one of the tables further up is gone."""
    change(copy, "drop table staging.base_web__events")
    before = counts(copy)
    result = run(copy, "run", "--select", "layer_row_counts")
    assert result.returncode == 0, result.stdout
    assert [now - then for (then,), (now,) in zip(before, counts(copy), strict=True)] == [2, 1, 0, 0]


# What the command writes


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    """A project's folder with the file of builds that are not recorded."""
    return tmp_path


def lines(project: Path) -> list[dict]:
    file = project / "target" / "unrecorded_runs.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()]


def fails(project: Path, warehouse: str = "w", error: BaseException | None = None) -> str:
    """A build that ends before dbt could record it; its id."""
    with (
        pytest.raises((RuntimeError, KeyboardInterrupt)),
        unrecorded_run(project, warehouse, "duckdb", full_refresh=False) as build,
    ):
        raise error or RuntimeError("locked\nby 1")
    return str(build.event["run_id"])


def test_builds_that_dbt_could_not_record_are_handed_to_the_next_of_the_same_warehouse(noted, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    first, other = fails(noted), fails(noted, "another")
    with unrecorded_run(noted, "w", "duckdb", full_refresh=True) as build:
        handed_over = json.loads(os.environ[VARIABLE])
        assert [(line["run_id"], line["event"]) for line in handed_over] == [(first, "begun"), (first, "ended")]
        assert (handed_over[1]["outcome"], handed_over[1]["message"]) == ("stopped", "locked by 1")
        # What came in the meantime was not handed over, and stays.
        later = fails(noted)
        build.record()
    assert [line["run_id"] for line in lines(noted)] == [other, other, later, later]
    assert VARIABLE not in os.environ


def test_a_build_that_goes_on_beside_another_is_not_handed_over(noted):
    with subprocess.Popen(["sleep", "60"]) as beside:
        begun = {"warehouse": "w", "run_id": "beside", "event": "begun", "process_id": beside.pid}
        (noted / "target").mkdir()
        (noted / "target" / "unrecorded_runs.jsonl").write_text(json.dumps(begun) + "\n")
        with unrecorded_run(noted, "w", "bigquery", full_refresh=False) as build:
            assert json.loads(os.environ[VARIABLE]) == []
            build.record()
        assert [line["run_id"] for line in lines(noted)] == ["beside"]
        beside.kill()
    with unrecorded_run(noted, "w", "bigquery", full_refresh=False) as build:
        assert [line["run_id"] for line in json.loads(os.environ[VARIABLE])] == ["beside"]
        assert "process_id" not in os.environ[VARIABLE]
        build.record()
    assert lines(noted) == []


def test_the_file_of_unrecorded_builds_stays_small_and_a_torn_line_is_passed_over(noted, monkeypatch):
    monkeypatch.setattr(unrecorded_runs, "MOST_EVENTS", 6)
    ids = [fails(noted) for _ in range(4)]
    assert [line["run_id"] for line in lines(noted)] == [run_id for run_id in ids[1:] for _ in range(2)]
    with (noted / "target" / "unrecorded_runs.jsonl").open("a") as file:
        file.write('{"run_id": "to')
    fails(noted, error=KeyboardInterrupt())
    assert lines(noted)[-1]["message"] == "KeyboardInterrupt"


def test_a_build_goes_on_where_the_file_cannot_be_written(noted):
    (noted / "target").touch()
    with unrecorded_run(noted, "w", "duckdb", full_refresh=False) as build:
        build.record()


def warehouse_build(project: Path, warehouse: Path) -> subprocess.Popen:
    """`python -m warehouse build` of a project in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "WAREHOUSE_"))}
    environment |= {"WAREHOUSE_DUCKDB": str(warehouse), "DBT_LOG_PATH": str(warehouse.parent / "logs")}
    command = [sys.executable, "-m", "warehouse", "build"]
    return subprocess.Popen(command, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def copied_project(folder: Path) -> Path:
    """A copy of the project, to be broken."""
    ignored = shutil.ignore_patterns(".*", "target", "logs", "benchmarks", "tests", "*.duckdb*", "__pycache__")
    shutil.copytree(PROJECT, folder, ignore=ignored, symlinks=True)
    return folder


def test_a_project_that_cannot_be_read_and_a_killed_build_are_recorded_by_the_next_run(copy, tmp_path):
    project = copied_project(tmp_path / "project")
    broken = project / "models" / "broken.yml"
    broken.write_text("models: [")
    said, _ = warehouse_build(project, copy.path).communicate(timeout=300)
    assert b"The build did not succeed" in said, said
    broken.unlink()

    # The second is killed once dbt has begun to write.
    build = warehouse_build(project, copy.path)
    log = copy.path.with_name(f"{copy.path.name}.wal")
    until = time.monotonic() + 300
    while build.poll() is None and time.monotonic() < until and not (log.exists() and log.stat().st_size > 100_000):
        time.sleep(0.02)
    build.send_signal(signal.SIGKILL)
    build.communicate(timeout=60)
    assert build.returncode == -signal.SIGKILL

    unparsed, killed = [line for line in lines(project) if line["event"] == "begun"]
    assert copy.rows(f"select count(*) from run_history.run_events where run_id = '{killed['run_id']}'") == [(1,)]
    left = json.dumps(lines(project))
    assert run(copy, "run", "--select", "dim_users", WAREHOUSE_UNRECORDED_RUNS=left).returncode == 0
    outcomes = dict(copy.rows("select run_id, outcome from observability.runs order by began_at desc limit 3"))
    assert outcomes.pop(unparsed["run_id"]) == "stopped"
    assert outcomes.pop(killed["run_id"]) == "killed"
    assert list(outcomes.values()) == ["succeeded"]
    message = f"select message, ended_at is null from observability.runs where run_id = '{unparsed['run_id']}'"
    ((message, has_no_end),) = copy.rows(message)
    assert "Syntax error near line" in message
    assert not has_no_end


@pytest.mark.parametrize("target", ["duckdb", "bigquery_emulator"])
def test_any_message_can_be_recorded(target, copy, emulator):
    message = """it's "a" \\ back\nslash, é, \U0001f600, % and {{ braces }}"""
    event = {"run_id": "odd", "run_date": "2026-01-01", "event": "ended", "event_at": "2026-01-01 00:00:00"}
    environment = {VARIABLE: json.dumps([{**event, "outcome": "stopped", "message": message}])}
    if target == "duckdb":
        assert run(copy, "seed", "--select", "order_statuses", **environment).returncode == 0
        found = copy.rows("select message from run_history.run_events where run_id = 'odd'")
    else:
        environment |= {"BIGQUERY_EMULATOR_ENDPOINT": emulator._connection.API_BASE_URL, "DBT_TARGET": target}
        result = dbt("seed", "--select", "order_statuses", "--target-path", EMULATED, **environment)
        assert result.returncode == 0, result.stdout
        query = "select message from `test-project`.run_history.run_events where run_id = 'odd'"
        found = [tuple(row.values()) for row in emulator.query(query).result()]
    assert found == [(message.replace("\n", " "),)]


def test_what_bigquery_refuses_to_write_is_named_and_stops_nothing(emulator):
    event = {"run_id": "odd", "run_date": "2026-01-01", "event": "ended", "event_at": "no time"}
    environment = {VARIABLE: json.dumps([event]), "BIGQUERY_EMULATOR_ENDPOINT": emulator._connection.API_BASE_URL}
    command = ("seed", "--select", "order_statuses", "--target-path", EMULATED)
    result = dbt(*command, DBT_TARGET="bigquery_emulator", **environment)
    assert result.returncode == 0, result.stdout
    assert "this run is not recorded as a whole" in " ".join(result.stdout.split())


# The models


def made_up_history() -> dict[str, list[tuple]]:
    """Sixty days of runs, of which some are late, fail, are killed or did not take place at all."""
    history: dict[str, list[tuple]] = {table: [] for table in TABLES}
    totals: Counter = Counter()
    for number in range(60):
        day = datetime(2025, 1, 1) + timedelta(days=number)
        if number in (17, 41):
            continue
        for attempt in range(3 if number % 13 == 5 else 1):
            run_id = f"run-{number}-{attempt}"
            began = day + timedelta(hours=6 + number % 4 * 0.7 + attempt)
            ended = began + timedelta(seconds=300 + 37 * (number % 11) + attempt, microseconds=number)
            is_last = number % 13 != 5 or attempt == 2
            outcome = "succeeded" if is_last else "failed"
            known = (run_id, f"{day:%Y-%m-%d}")
            options = ("build", None, number % 30 == 0, "duckdb", "1.12.6", f"commit-{number // 7}", "checksum", None)
            history["run_events"].append((*known, "begun", f"{began}", *options, None, None))
            if not (number % 13 == 5 and attempt == 1):
                said = None if is_last else "orders: wrong"
                history["run_events"].append((*known, "ended", f"{ended}", *options, outcome, said))
            for check in range(40):
                failed = not is_last and check < 2
                status, failures = ("fail", 3) if failed else ("warn" if check == number % 50 else "pass", 0)
                node = (f"test.shop.check_{check}", f"check_{check}", "test", "marts")
                history["node_results"].append((*known, *node, status, 20 + check, None, failures))
            if not is_last:
                continue
            history["mart_rows"].append((*known, "fct_orders", 1000 + 100 * number))
            for source, usual in (("orders", 1000), ("users", 7)):
                arrived = usual + (number * 29) % (usual // 5 + 2) + (usual if number == 50 else 0)
                reasons = {"bad_time": number % 5, "no_user": number % 3, "exact_duplicate": number % 2}
                reasons = {reason: min(count, arrived // 7) for reason, count in reasons.items()}
                totals.update({(source, reason): count for reason, count in reasons.items()})
                totals.update({(source, "arrived"): arrived, (source, "accepted"): arrived - sum(reasons.values())})
                newest = f"{began - timedelta(hours=number % 9)}"
                history["source_rows"].append(
                    (*known, source, "raw", "arrived", None, totals[source, "arrived"], newest)
                )
                accepted = ("staging", "accepted", None, totals[source, "accepted"], None)
                history["source_rows"].append((*known, source, *accepted))
                for reason in reasons:
                    rejected = ("staging", "rejected", reason, totals[source, reason], None)
                    history["source_rows"].append((*known, source, *rejected))
    return history


def inserts(place: str) -> list[str]:
    """The made-up history as statements that both engines take."""
    statements = []
    for table, rows in made_up_history().items():
        statements.append(f"delete from {place}run_history.{table} where true")
        values = ",\n".join(f"({', '.join(map(literal, row))})" for row in rows)
        statements.append(f"insert into {place}run_history.{table} values {values}")
    return statements


def literal(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else "null" if value is None else str(value).lower()


def test_sixty_made_up_days_give_the_same_rows_on_both_engines(copy, emulator):
    change(copy, *inserts(""))
    for statement in inserts("`test-project`."):
        emulator.query(statement).result()
    different = {}
    for model in MODELS:
        table = emulator.get_table(f"test-project.observability.{model}")
        columns = ", ".join(field.name for field in table.schema)
        ours = Counter(copy.rows(f"select {columns} from observability.{model}"))
        query = f"select {columns} from `test-project`.observability.{model}"
        theirs = Counter(comparable(row.values()) for row in emulator.query(query).result())
        assert ours, model
        if ours != theirs:
            different[model] = {"only DuckDB": list(ours - theirs)[:3], "only BigQuery": list(theirs - ours)[:3]}
    assert not different
    for table in TABLES:
        emulator.query(f"delete from `test-project`.run_history.{table} where true").result()


def test_sixty_made_up_days_are_judged_as_one_would(copy):
    change(copy, *inserts(""))
    budgets = dict(
        copy.rows(
            "select objective_name, (day_count, missed_day_count, last_missed_days) from observability.error_budgets"
        )
    )
    # On two days nothing ran, and with three attempts the tables were ready after eight.
    late = [5, 18, 31, 44, 57]
    too_late = [number for number in range(60) if number in (17, 41) or (number in late or number % 4 == 3)]
    days = [f"{datetime(2025, 1, 1) + timedelta(days=number):%Y-%m-%d}" for number in too_late]
    assert budgets["ready_by_08_00"] == (60, len(days), ", ".join(days[::-1][:10]))
    assert budgets["data_younger_than_6_hours"][0] == 58
    losses = "select history_date::varchar from observability.daily_quality_losses "
    assert copy.rows(losses + "where cause = 'volume' and source_table = 'orders'") == [("2025-02-20",)]
    rates = "select run_count, killed_count, retry_count, success_rate from observability.daily_run_rates where "
    assert copy.rows(rates + "history_date = '2025-01-06'") == [(3, 1, 2, Decimal("0.333333"))]
    scores = "select quality_score, lost_points, explanation from observability.daily_quality_scores "
    ((quality, lost, explanation),) = copy.rows(scores + "where history_date = '2025-01-06'")
    assert quality + lost == 100
    assert explanation.startswith("-13.33: 2 of 3 runs did not succeed; ")
