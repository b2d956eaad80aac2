"""A build from files gives what a build from seeds gives, and one bad file does not harm the rest of the load."""

import json
import os
import shutil
import subprocess
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, Warehouse, build_without_tests, dbt, warehouse_command
from test_command_line import assert_one_sentence

from warehouse.raw_files import TABLES
from warehouse.remembered_raw import RememberedRaw, remembered_raw
from warehouse.screen import printable

MARTS = [
    "dim_user_history",
    "dim_users",
    "fct_daily_user_metrics",
    "fct_daily_web_activity",
    "fct_user_metrics",
    "fct_web_sessions",
    "web_activity_insights",
]
# The range of time that docs/your_data.md names.
PAIRS = "{pairs_from: 2025-02-01, pairs_to: 2025-02-20}"
HOURS_AGO = time.time() - 7200
# What a log can hold besides lines that parse: each line with the reason it must get.
BROKEN_LINES = [
    (b"2025-01-01|user=1|event=vi\x00ew", "nul_character"),
    (b"2025-01-01|user=1|event=" + b"x" * 1_000_000, "line_too_long"),
    (b"", "empty_line"),
    (b"2025-02-30|user=1|event=view\r", "bad_date"),
    (b"2025-01-01|user=99999999999999999999|event=view", "user_out_of_range"),
]
# The terminal's title, a color, the beginning of a line, text from right to left, a control of 8 bits, rich's markup.
ESCAPES = "\x1b]0;t\x07\x1b[31m\r\u202e\x9b1m[/b]"
ENDS_SCRIPT = "<!--<" + "/script><script>alert(1)<" + "/script>"


@pytest.fixture(scope="module")
def from_files(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The sample as CSV files, plus a plain log with broken lines, some good ones and no line end at its end, and a
    file of web events that has a column of its own."""
    folder = tmp_path_factory.mktemp("files")
    raw = folder / "raw"
    for seed in (PROJECT / "seeds" / "raw").glob("*.csv"):
        (raw / seed.stem).mkdir(parents=True)
        shutil.copy(seed, raw / seed.stem)
    good = [b"2025-01-01|user=424242|event=view\r", "2025-01-01|user=424242|event=käufe 🛒".encode()]
    lines = [line for line, _ in BROKEN_LINES] + good
    (raw / "app_logs" / "broken.log").write_bytes(b"\n".join(lines))
    events = (raw / "web_events" / "web_events.csv").read_text().splitlines()
    (raw / "web_events" / "web_events.csv").write_text("\n".join(events[:-1]))
    (raw / "web_events" / "wider.csv").write_text(f"campaign,{events[0]}\nspring,{events[-1]}\n")
    for path in raw.rglob("*.*"):
        # Nobody is writing to it any more.
        os.utime(path, (HOURS_AGO, HOURS_AGO))
    built = Warehouse(folder / "warehouse.duckdb", PROJECT / "target" / "duckdb_source")
    result = warehouse_command("build", "--raw", str(raw), "--vars", PAIRS, WAREHOUSE_DUCKDB=str(built.path))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "no_user" in result.stdout
    assert result.stdout.count("web_events: new columns are carried along in extra_columns: campaign\n") == 1
    return built


@pytest.mark.parametrize("mart", MARTS)
def test_files_give_the_same_marts_as_seeds(mart, from_files, sample):
    # User 424242 of the broken log is unknown, so no mart may show a trace of that file.
    query = f"select * from marts.{mart}"
    assert Counter(from_files.rows(query)) == Counter(sample.rows(query))


def test_the_way_back_to_the_sample_is_the_one_that_the_docs_name(from_files, sample, tmp_path):
    said = "To go back to the sample: `make build VARS='{raw_from: seeds}' FULL_REFRESH=yes`"
    assert said in (PROJECT / "docs" / "your_data.md").read_text()
    back = Warehouse(Path(shutil.copy(from_files.path, tmp_path)), from_files.target_path)
    assert remembered_raw(back.path).folder
    options = ("--vars", "{raw_from: seeds}", "--full-refresh", "yes", "--selector", "staging")
    result = warehouse_command("build", *options, WAREHOUSE_DUCKDB=str(back.path))
    assert result.returncode == 0, result.stdout + result.stderr
    rows = "select user_id, event_at, extra_columns from staging.stg_web__events order by all"
    assert back.rows(rows) == sample.rows(rows) != from_files.rows(rows)
    assert remembered_raw(back.path) == RememberedRaw()


def test_every_broken_line_is_rejected_and_every_good_one_accepted(from_files):
    reasons = from_files.rows(
        "select rejection_reason from staging.stg_app__log_events_rejected "
        "where source_file like '%broken.log' order by source_position"
    )
    assert [reason for (reason,) in reasons] == [reason for _, reason in BROKEN_LINES]
    events = from_files.rows(
        "select event_name, source_position from staging.stg_app__log_events "
        "where source_file like '%broken.log' order by source_position"
    )
    assert events == [("view", len(BROKEN_LINES) + 1), ("käufe 🛒", len(BROKEN_LINES) + 2)]


def test_a_column_that_one_file_has_is_carried_along(from_files):
    assert from_files.rows(
        "select extra_columns, count(*) from staging.base_web__events where extra_columns is not null group by all"
    ) == [("campaign=spring", 1)]


def test_variables_are_given_beside_the_files(from_files, sample):
    assert f"VARS='{PAIRS}'" in (PROJECT / "docs" / "your_data.md").read_text()
    first, last = from_files.rows("select min(event_at), max(event_at) from marts.fct_event_order_pairs")[0]
    assert "2025-02-01" <= str(first) <= str(last) < "2025-02-20"
    assert sample.rows("select count(*) from marts.fct_event_order_pairs") == [(0,)]


def test_unknown_users_of_a_file_are_orphans(from_files):
    orphans = from_files.rows(
        "select detail from intermediate.int_activity__orphans where user_id = 424242 order by source_position"
    )
    assert orphans == [("view",), ("käufe 🛒",)]


def test_a_table_without_a_folder_is_empty(tmp_path):
    (tmp_path / "raw" / "web_events").mkdir(parents=True)
    shutil.copy(PROJECT / "seeds" / "raw" / "web_events.csv", tmp_path / "raw" / "web_events")
    warehouse = tmp_path / "warehouse.duckdb"
    result = build_without_tests("--raw", str(tmp_path / "raw"), WAREHOUSE_DUCKDB=str(warehouse))
    assert result.returncode == 0, result.stdout + result.stderr
    with duckdb.connect(warehouse, read_only=True) as connection:
        assert connection.execute("select count(*) from marts.fct_web_sessions").fetchone()[0] > 0
        assert connection.execute("select count(*) from marts.fct_daily_user_metrics").fetchone()[0] == 0


@pytest.fixture(scope="module")
def odd_landing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, str]:
    """A build, and what it says, of a landing that is odd in every file and wrong in none.

    20 days of 10 and 11 web events in turn, then one of 4; a user of whom nobody says that she is active; clicks in a
    file whose time is 1980; names and values that no terminal and no page should take for anything but text.
    """
    folder = tmp_path_factory.mktemp("odd")
    events = ["event_name,user_id,app_version,event_time,device_id,client"]
    for day in range(21):
        time = date(2025, 1, 1) + timedelta(days=day)
        events += [f"view,1,3.1.0,{time} 10:00:{second:02},d,web" for second in range(4 if day == 20 else 10 + day % 2)]
    clicks = ["event_id,user_id,event_type,event_time"]
    clicks += [f"e{number},1,click,2025-01-01 10:00:00" for number in range(199)]
    users = "user_id,user_name,email,country,created_at,updated_at"
    orders = "order_id,customer_id,product_id,quantity,unit_price,amount,currency,status,ordered_at"
    files = {
        "web_events/w.csv": "\n".join(events),
        "user_events/clicks.csv": "\n".join(clicks),
        "app_logs/a.log": "2025-01-01|user=1|event=login",
        "users/u.csv": f'{users},"[/b]\t",{ENDS_SCRIPT}\n1,Alice,,,,2025-01-01 00:00:00,x,y',
        f"orders/{ESCAPES}.csv": f"{orders}\n" + f'o1,1,p,1,1,1,"{ESCAPES}",completed,2025-01-01 00:00:00\n' * 5,
    }
    for name, text in files.items():
        (folder / "raw" / name).parent.mkdir(parents=True)
        (folder / "raw" / name).write_text(text)
    os.utime(folder / "raw" / "user_events" / "clicks.csv", (315_532_800, 315_532_800))
    built = Warehouse(folder / "warehouse.duckdb", folder)
    result = warehouse_command("build", "--raw", str(folder / "raw"), WAREHOUSE_DUCKDB=str(built.path))
    assert result.returncode == 0, result.stdout + result.stderr
    return built, result.stdout


def test_an_unusual_day_warns_and_is_kept(odd_landing):
    built, said = odd_landing
    assert "1 warned, 0 failed" in said
    assert "Warning: web_activity_is_usual: 1 row, kept in observability.web_activity_is_usual\n" in said
    (unusual,) = built.rows("select * from observability.web_activity_is_usual")
    assert "2025-01-21 00:00:00" in map(str, unusual)


def test_without_active_users_the_fact_is_empty_and_the_summary_says_why(odd_landing):
    built, said = odd_landing
    assert (
        "No active users: fct_daily_user_metrics is empty (0 records of active_users arrived, 0 were accepted).\n"
        in said
    )
    assert built.rows("select count(*) from marts.fct_daily_user_metrics") == [(0,)]
    left_out = "select user_id, total_events from intermediate.int_activity__daily_user_metrics_not_loaded"
    assert built.rows(left_out) == [(1, 1)]


def test_a_file_whose_time_is_1980_is_named_once(odd_landing):
    _, said = odd_landing
    (line,) = [line for line in said.splitlines() if "1980" in line]
    assert "all 199 records of user_events/clicks.csv are `future`: the time of the file" in line
    assert said.count("    Look at loaded_at first: if it is wrong, give the file its real time") == 1


def test_names_and_values_of_raw_are_printed_as_text(odd_landing):
    _, said = odd_landing
    assert not [sign for sign in said if not (sign.isprintable() or sign == "\n")]
    assert f"orders/{printable(ESCAPES)}.csv are `bad_currency`" in said
    assert f"currency={printable(ESCAPES)}|" in said
    assert "users: new columns are carried along in extra_columns" in said


def test_tables_that_somebody_loaded_are_read_from_their_schema(from_files, tmp_path):
    warehouse = Warehouse(Path(shutil.copy(from_files.path, tmp_path)), from_files.target_path)
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("create schema landing")
        for table in TABLES:
            connection.execute(f"create table landing.{table} as select * from raw_files.{table} limit 50")
    result = build_without_tests("--full-refresh", "no", RAW_SCHEMA="landing", WAREHOUSE_DUCKDB=str(warehouse.path))
    assert result.returncode == 1
    assert "This warehouse was built with raw_schema=raw_files, which is different now: give --vars" in result.stdout
    noted = map(json.loads, (PROJECT / "target" / "unrecorded_runs.jsonl").read_text().splitlines())
    (why,) = [run["message"] for run in noted if run["warehouse"] == str(warehouse.path) and run["event"] == "ended"]
    assert why.startswith("This warehouse was built with raw_schema=raw_files")
    # A part that is built anew from other raw would not fit the rest, so nothing names a command for that.
    part = dbt("run", "--full-refresh", "--select", "int_orders__orders_latest", WAREHOUSE_DUCKDB=str(warehouse.path))
    assert "int_orders__orders_latest is built from was built with raw_from=source, raw_schema=raw_files" in part.stdout
    assert "is different now: give --vars '{raw_from: source, raw_schema: raw_files}' (VARS of make)" in part.stdout
    assert "--select" not in part.stdout
    result = build_without_tests("--full-refresh", "yes", RAW_SCHEMA="landing", WAREHOUSE_DUCKDB=str(warehouse.path))
    assert result.returncode == 0, result.stdout + result.stderr
    assert warehouse.rows("select sum(raw_count) from observability.source_row_counts") == [(50 * len(TABLES),)]


REJECTED = """
    select source_table, rejection_reason, raw_record
    from observability.rejected_records
    where source_file = '{}'
    order by rejection_reason
"""


def test_a_file_grows_a_line_is_torn_and_a_file_is_removed_on_purpose(from_files, tmp_path):
    """Cases 15 and 16."""
    raw = tmp_path / "raw"
    shutil.copytree(from_files.path.parent / "raw", raw)
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", from_files.target_path)
    shutil.copy(from_files.path, warehouse.path)
    before = from_files.rows("select log_line, loaded_at, source_position from raw_files.app_logs order by all")

    def make(command: str, *options: str) -> subprocess.CompletedProcess:
        return warehouse_command(command, *options, WAREHOUSE_DUCKDB=str(warehouse.path))

    def build(*options: str) -> subprocess.CompletedProcess:
        return build_without_tests(*options, WAREHOUSE_DUCKDB=str(warehouse.path))

    # The line that was the last had no line end.
    with (raw / "app_logs" / "broken.log").open("ab") as file:
        file.write(b"\n2025-01-02|user=424242|event=view\n2025-01-02|user=4242")
    with (raw / "orders" / "orders.csv").open("a") as file:
        file.write("o2,1,p1\n")
    (raw / "exchange_rates" / "torn.csv").write_text(
        "rate_date,currency,rate\n2025-02-20,USD\n2025-02-20,USD,0,95\n2025-02-20 16:00:00,USD,0.95\n"
    )
    (raw / "shipment_scans" / "torn.jsonl").write_text('{"payload": {"event_id": "e9"}}\n{"payload": {"event_\n')
    built = build("--raw", str(raw), "--vars", PAIRS)
    assert built.returncode == 0, built.stdout + built.stderr
    now = warehouse.rows("select log_line, loaded_at, source_position from raw_files.app_logs order by all")
    assert [row for row in now if row in before] == before
    assert len(now) == len(before) + 2
    assert warehouse.rows(REJECTED.format("orders/orders.csv")) == [("orders", "malformed_line", "o2,1,p1")]
    torn = warehouse.rows(REJECTED.format("exchange_rates/torn.csv") + ", raw_record")
    assert [reason for _, reason, _ in torn] == ["bad_rate_date", "malformed_line", "malformed_line"]
    assert [record for *_, record in torn[1:]] == ["2025-02-20,USD", "2025-02-20,USD,0,95"]
    torn = warehouse.rows(REJECTED.format("shipment_scans/torn.jsonl"))
    assert torn == [
        ("shipment_scans", "malformed_line", '{"payload": {"event_'),
        ("shipment_scans", "no_shipment_id", '{"event_id":"e9"}'),
    ]
    (raw / "web_events" / "wider.csv").unlink()
    refused = build()
    assert refused.returncode == 1
    assert "web_events/wider.csv was read before and is not there any more" in refused.stderr
    wrong = make("forget-file", "--file", "web_events/wide.csv")
    assert "No raw file web_events/wide.csv has been read; did you mean web_events/wider.csv?" in wrong.stderr
    assert_one_sentence(make("forget-file"), "Name the file below the folder of raw files, such as FILE=orders/a.csv")
    forgotten = make("forget-file", "--file", "web_events/wider.csv")
    assert forgotten.stdout.splitlines()[-1] == (
        "web_events/wider.csv: forgotten. "
        "The next `make build` reads web_events anew, and builds in full what is made of it."
    )
    with (raw / "app_logs" / "broken.log").open("ab") as file:
        file.write(b"42|event=view\n")
    built = build("--vars", PAIRS)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "app_logs/broken.log: its last line was read before it was finished" in built.stdout
    lines = "select count(*) from staging.stg_app__log_events where event_date = '2025-01-02' and user_id = 424242"
    assert warehouse.rows(lines) == [(2,)]
    count = "select count(*) from staging.base_web__events where extra_columns = 'campaign=spring'"
    assert (from_files.rows(count), warehouse.rows(count)) == ([(1,)], [(0,)])
    sessions = "select sum(event_count) from marts.fct_web_sessions"
    assert warehouse.rows(sessions)[0][0] == from_files.rows(sessions)[0][0] - 1
