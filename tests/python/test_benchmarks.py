"""What the benchmarks would get wrong without a word: times read from dbt's log, and a project that is not there."""

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from conftest import run
from dbt.adapters.events.types import SQLQuery, SQLQueryStatus
from dbt_common.events.base_types import BaseEvent, msg_from_base_event
from dbt_common.events.functions import msg_to_json
from rich.console import Console

from benchmarks import in_duckdb
from benchmarks.cases import CASES, Case, records
from benchmarks.comparison import TOGETHER
from benchmarks.data import landing
from benchmarks.dbt_overhead import JAFFLE_SHOP, doing_nothing, measure_overhead, node_counts, statement_count
from benchmarks.report import TABLES, ratios, ratios_of
from benchmarks.results import is_same_kind_of_machine
from benchmarks.rows import differing_rows
from benchmarks.warehouse_runs import Warehouse as MeasuredWarehouse
from benchmarks.warehouse_runs import statement_seconds
from warehouse.errors import UsageError


def line(event: BaseEvent, second: float) -> str:
    """An event as dbt writes it to a log in JSON lines, so many seconds after a fixed time."""
    written = json.loads(msg_to_json(msg_from_base_event(event)))
    written["info"]["ts"] = datetime.fromtimestamp(1_700_000_000 + second, UTC).isoformat()
    return json.dumps(written)


@pytest.fixture
def log(tmp_path: Path):
    """Writes statements, (begin, end) in seconds, to a log, and says where it is."""

    def write(*statements: tuple[float, float]) -> Path:
        path = tmp_path / "dbt.log"
        events = [(begin, SQLQuery(conn_name="model", sql="select 1")) for begin, _ in statements]
        events += [(end, SQLQueryStatus(status="OK", elapsed=end - begin)) for begin, end in statements]
        path.write_text("".join(line(event, second) + "\n" for second, event in sorted(events, key=lambda one: one[0])))
        return path

    return write


@pytest.mark.parametrize(
    ("statements", "seconds"),
    [
        pytest.param([], 0.0, id="none"),
        pytest.param([(0, 2), (5, 6)], 3.0, id="one after the other"),
        pytest.param([(0, 4), (1, 2)], 4.0, id="one within the other"),
        pytest.param([(0, 3), (1, 5), (4, 6)], 6.0, id="a chain"),
        pytest.param([(1, 2), (0, 4), (3, 5), (8, 8.5)], 5.5, id="all of it"),
    ],
)
def test_statements_that_run_at_the_same_time_count_once(log, statements, seconds):
    assert statement_seconds(log(*statements)) == pytest.approx(seconds, abs=1e-4)
    assert statement_count(log(*statements)) == len(statements)


def test_a_log_that_is_not_in_json_lines_is_no_time_of_zero(tmp_path):
    (tmp_path / "dbt.log").write_text("12:00:00  SQL status: OK in 1.000 seconds\n")
    for read in (statement_seconds, statement_count):
        with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
            read(tmp_path / "dbt.log")


def test_nodes_that_dbt_passes_over_are_not_counted(tmp_path):
    ids = {"model.shop.orders": "success", "test.shop.unique": "pass", "unit_test.shop.sums": "pass"}
    results = [{"unique_id": name, "status": status} for name, status in ids.items()]
    results.append({"unique_id": "exposure.shop.board", "status": "no-op"})
    (tmp_path / "run_results.json").write_text(json.dumps({"results": results}))
    assert node_counts(tmp_path / "run_results.json") == {"nodes": 3, "models": 1, "tests": 1, "unit_tests": 1}


def result(full: float, day: float, script: float | None, cores: int = 2) -> dict:
    """A comparison of all four marts: seconds of SQL in full and with one more day, and of the hand-written scripts."""
    taken = {("full", "warehouse"): full, ("one_more_day", "warehouse"): day, ("full", "handwritten"): script}
    return {
        "machine": {"cores": cores, "memory_gib": 24, "processor": "p", "commit": "abc"},
        "runs": [
            {"case": TOGETHER, "phase": phase, "tool": tool, "work": work, "seconds": work and work + 5}
            for (phase, tool), work in taken.items()
        ],
    }


def test_ratios_are_told_with_those_of_the_last_result_and_none_where_rows_differ(capsys):
    now, before = result(8, 0.4, 6.4), result(16, 2, 8)
    ratios(Console(width=120), now, before)
    said = capsys.readouterr().out
    assert re.search(r"one more day / full, SQL\W+0\.05\W+0\.12\W+0\.20", said)
    assert re.search(r"full: SQL / hand-written DuckDB script\W+1\.25\W+2\.00\W+0\.50", said)
    assert set(ratios_of(result(8, 0.4, None))) == {"one more day / full, SQL", "one more day / full, processes"}


def test_a_curve_says_how_many_times_it_takes_what_it_took(capsys):
    def curve(sql: float) -> dict:
        phase = {"sql": sql, "seconds": 9, "peak_mib": 1, "disk_mib": 1}
        points = [{"stream": "heartbeats", "full": phase, "one_more_day": phase}]
        return {"suite": "streams", "repeats": 1, "points": points}

    TABLES["streams"](Console(width=300), curve(3), None)
    assert "now / then" not in capsys.readouterr().out
    TABLES["streams"](Console(width=300), curve(3), curve(4))
    assert capsys.readouterr().out.count("0.75") == 2


def test_seconds_of_another_machine_are_not_compared():
    assert is_same_kind_of_machine(result(1, 1, 1), result(2, 2, 2))
    assert not is_same_kind_of_machine(result(1, 1, 1, cores=8), result(2, 2, 2))
    assert not is_same_kind_of_machine(None, result(2, 2, 2))


@pytest.mark.parametrize("given", ["nowhere", "another project"])
def test_a_folder_that_is_no_jaffle_shop_is_named_in_one_sentence_before_anything_runs(given, tmp_path):
    if given == "another project":
        (tmp_path / given).mkdir()
        (tmp_path / given / "dbt_project.yml").touch()
    said: list[str] = []
    with pytest.raises(UsageError, match=f"{given} is no clone of {JAFFLE_SHOP}") as error:
        measure_overhead(1, tmp_path / given, tmp_path / "measured", said.append)
    assert "\n" not in str(error.value) and not said


def test_the_project_that_does_nothing_has_as_many_models_and_tests_as_it_is_told(tmp_path):
    project = doing_nothing(2, 3, tmp_path)
    project.begin()
    assert project.dbt("build") > 0
    built = node_counts(project.folder / "target" / "run_results.json")
    assert built == {"nodes": 5, "models": 2, "tests": 3, "unit_tests": 0}


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> tuple[Path, Path]:
    """A folder of raw files as benchmarks make them, only smaller, and the file of the warehouse built from it."""
    folder = tmp_path_factory.mktemp("measured")
    made = landing(folder, **records(20_000))
    warehouse = MeasuredWarehouse(folder / "warehouse", *(case.mart for case in CASES))
    warehouse.run(made.after)
    return made.after, warehouse.file


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hand_written_scripts_make_the_rows_of_the_marts_and_one_wrong_row_is_seen(
    case: Case, measured: tuple[Path, Path], tmp_path: Path
):
    raw, warehouse = measured
    out = tmp_path / "handwritten.duckdb"
    in_duckdb.main("handwritten", case.name, str(raw), str(out))
    assert differing_rows(case, warehouse, out) == 0
    with duckdb.connect(out) as connection:
        assert connection.execute(f"delete from {case.name} where rowid = 0").fetchone() == (1,)
    assert differing_rows(case, warehouse, out) == 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_lower_bound_reads_something(case: Case, measured: tuple[Path, Path], tmp_path: Path, capsys):
    raw, _ = measured
    in_duckdb.main("lower_bound", case.name, str(raw), str(tmp_path / "lower_bound.duckdb"))
    assert json.loads(capsys.readouterr().out)["seconds"] > 0


def test_raw_files_are_divided_at_the_last_day_and_made_once(tmp_path):
    made = landing(tmp_path, web_events=20_000, days=10)
    latest = "select max(loaded_at) from read_parquet('{}/web_events/*.parquet')"
    before, after = (duckdb.execute(latest.format(folder)).fetchall()[0][0] for folder in (made.before, made.after))
    assert before.isoformat() == "2025-01-10T00:05:00" and after.isoformat() >= "2025-01-11T00:05:00"
    assert made.rows_before > 15_000 and made.rows_of_last_day > 1_000
    written = (made.after / "web_events" / "before.parquet").stat().st_mtime_ns
    assert landing(tmp_path, web_events=20_000, days=10) == made
    assert (made.after / "web_events" / "before.parquet").stat().st_mtime_ns == written


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["comparison", "--size", "many"], "SIZE=many is no number of raw records"),
        (["comparison", "--size", "10"], "give 10000 or more"),
        (["comparison", "--tools", "polars,pandas"], "'pandas' is no tool"),
        (["scale", "--sizes", "1000000,"], "SIZE= is no number"),
        (["lateness", "--repeats", "0"], "0 is not in the range"),
    ],
)
def test_a_bad_command_gets_one_sentence(command, sentence, tmp_path):
    result = run(sys.executable, "-m", "benchmarks", "--folder", str(tmp_path), *command)
    assert result.returncode == 1
    assert sentence in result.stderr and "Traceback" not in result.stderr and result.stderr.count("\n") == 1
