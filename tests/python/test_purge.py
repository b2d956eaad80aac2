"""Raw is purged and no history is lost: by what staging keeps, all is as if raw were whole. And what is refused."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from conftest import PROJECT, Warehouse, dbt, warehouse_command
from rich.console import Console
from test_command_line import assert_one_sentence

# Histories are played, and differences shown, as in the replay.
sys.path.append(str(Path(__file__).parent / "replay"))

from compare import difference, explained
from emulated import EmulatedWarehouse
from named_histories import BACKGROUND, all_in_one
from replay import Replay
from warehouses import FILE_NAME, VARIABLES, FullRefresh, IncrementalWarehouse, ParsedProject, Rows

from warehouse.bigquery_emulator import running
from warehouse.dbt_runs import Dbt
from warehouse.errors import UsageError
from warehouse.purge import purge
from warehouse.raw_files import TABLES

LANDING = {"RAW_SCHEMA": "landing"}
KEPT_FROM = "2025-02-11"
# What snapshots look at in order of arrival, since they remember what each build found; all else in any order.
FIRST_PART = (
    "case when '{table}' in ('users', 'active_users', 'shipment_changes') then loaded_at < '2025-02-20' "
    "else source_position % 3 > 0 end"
)
NEW_ORDER = "insert into landing.orders by name select * replace (-1 as source_position) from landing.orders limit 1"
WITHOUT_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
COUNTS = "observability.source_row_counts"
# The histories of the replay; `make test` purges the sample.
in_the_long_form = pytest.mark.skipif(not os.environ.get("EXAMPLES"), reason="minutes long: `make prove-incremental`")


@pytest.fixture(scope="module")
def replay(packages: None) -> Iterator[Replay]:
    """The project parsed, and the truth ready: a full refresh of raw that was never purged."""
    with TemporaryDirectory(prefix="purge_") as folder, pytest.MonkeyPatch.context() as environment:
        environment.setenv("WAREHOUSE_DUCKDB", FILE_NAME)
        yield Replay.prepared(Path(folder))


def rows(warehouse: IncrementalWarehouse | EmulatedWarehouse | FullRefresh, relation: str) -> Rows:
    """The rows of a relation; of the counts per source, what was purged is counted as raw."""
    found = warehouse.rows(relation)
    if relation != COUNTS:
        return found
    raw, purged = found.columns.index("raw_count"), found.columns.index("purged_count")
    whole = ((*row[:raw], row[raw] + row[purged], *row[purged + 1 :]) for row in found.counts)
    return Rows((*found.columns[:purged], *found.columns[purged + 1 :]), Counter(whole))


def assert_equals_truth(warehouse: IncrementalWarehouse | EmulatedWarehouse, replay: Replay) -> None:
    """Every model says what a full refresh of all that was ever delivered says."""
    replay.truth.run()
    names = warehouse.project.relations()
    compared = [difference(name, rows(warehouse, name), rows(replay.truth, name)) for name in names]
    found = [one for one in compared if one]
    assert COUNTS in names
    assert not found, f"{len(found)} of {len(compared)} models differ\n{explained(found, 'purged')}"


def play(warehouse: IncrementalWarehouse | EmulatedWarehouse, replay: Replay, days: list[str]) -> None:
    """The named histories in batches, raw purged before each of these days after one of them, and then in full."""
    replay.truth.forget()
    dbt_of_command = Dbt(PROJECT, warehouse.project.target, VARIABLES, folder="purge")
    history = all_in_one(len(days))
    for number, batch in enumerate(history):
        if number:
            purge(dbt_of_command, Console(quiet=True), days[number - 1])
            assert any(str(record.loaded_at) < days[number - 1] for record in batch.records), "nothing comes late"
        warehouse.deliver(batch.records)
        replay.truth.deliver(batch.records)
        if number == len(days):
            # Half of what was purged first comes once more, from the same place at the same time, and changes nothing.
            warehouse.deliver(BACKGROUND.records[::2])
        warehouse.run()
        assert_equals_truth(warehouse, replay)
    warehouse.run("--full-refresh")
    assert_equals_truth(warehouse, replay)


@in_the_long_form
def test_what_comes_after_purges_late_and_again_is_as_if_raw_were_whole(replay):
    warehouse = IncrementalWarehouse(replay.project, replay.folder, replay.empty)
    play(warehouse, replay, ["2025-03-14", "2025-03-15"])
    warehouse.remove()


@in_the_long_form
def test_the_same_on_bigquery(replay):
    """On the emulator, against the same truth: a full refresh on DuckDB."""
    with running(replay.folder / "emulator.log") as endpoint, pytest.MonkeyPatch.context() as environment:
        environment.setenv("BIGQUERY_EMULATOR_ENDPOINT", endpoint)
        project = ParsedProject(replay.folder, "bigquery_emulator")
        play(EmulatedWarehouse(project, endpoint), replay, ["2025-03-14"])


@pytest.fixture(scope="module")
def landed(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The first part of the sample as tables that somebody loaded, built; all of it is in the schema `everything`."""
    folder = tmp_path_factory.mktemp("landed")
    built = Warehouse(folder / "warehouse.duckdb", folder / "target")
    with duckdb.connect(built.path) as connection:
        connection.execute(f"attach '{sample.path}' as sample (read_only)")
        connection.execute("create schema landing; create schema everything")
        for table in TABLES:
            connection.execute(f"create table everything.{table} as from sample.raw_sample.{table}")
            part = FIRST_PART.format(table=table)
            connection.execute(f"create table landing.{table} as from everything.{table} where {part}")
    succeeded(plain_dbt(built, "build", *WITHOUT_TESTS))
    return built


@pytest.fixture(scope="module")
def purged(landed: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The same, with half of raw purged, and with what purging said in `said.txt`."""
    folder = tmp_path_factory.mktemp("purged")
    warehouse = Warehouse(Path(shutil.copy(landed.path, folder)), folder / "target")
    result = command(warehouse, "purge-raw", "--keep-from", KEPT_FROM)
    (folder / "said.txt").write_text(succeeded(result))
    return warehouse


@pytest.fixture
def another(purged: Warehouse) -> Iterator[Warehouse]:
    """A copy of the purged warehouse to change, at the same path each time, or dbt would parse the project again."""
    folder = purged.path.parent / "another"
    folder.mkdir()
    yield Warehouse(Path(shutil.copy(purged.path, folder)), purged.target_path)
    shutil.rmtree(folder)


def command(warehouse: Warehouse, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return warehouse_command(*arguments, **{**LANDING, "WAREHOUSE_DUCKDB": str(warehouse.path), **environment})


def plain_dbt(warehouse: Warehouse, *arguments: str, variables: str = "") -> subprocess.CompletedProcess:
    names = "{raw_from: source, raw_schema: landing" + (f", {variables}" if variables else "") + "}"
    folders = ("--target-path", str(warehouse.target_path))
    return dbt(*arguments, "--vars", names, *folders, WAREHOUSE_DUCKDB=str(warehouse.path))


def succeeded(result: subprocess.CompletedProcess) -> str:
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr
    return " ".join(result.stdout.split())


def change(warehouse: Warehouse, *statements: str) -> None:
    with duckdb.connect(warehouse.path) as connection:
        for statement in statements:
            connection.execute(statement)


def raw_counts(warehouse: Warehouse) -> list[tuple]:
    """The number of records in each raw table, and of those that arrived before KEPT_FROM."""
    return [
        (
            table,
            *warehouse.rows(f"select count(*), count(*) filter (loaded_at < '{KEPT_FROM}') from landing.{table}")[0],
        )
        for table in TABLES
    ]


def differing(warehouse: Warehouse, sample: Warehouse) -> list[str]:
    """The relations of staging, intermediate and marts that have other rows than the sample's."""
    relations = warehouse.rows(
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_schema in ('staging', 'intermediate', 'marts') and table_name <> 'model_state'"
    )
    assert len(relations) > 40
    # How many rows there are, and a sum that says which, in any order.
    compared = "(select columns(lambda name: name <> 'change_number') from {}) as one"
    rows = f"select count(*), sum(hash(one)::hugeint) from {compared}"
    return [name for (name,) in relations if warehouse.rows(rows.format(name)) != sample.rows(rows.format(name))]


def test_a_purge_says_what_it_deleted_and_deletes_what_arrived_before_that_day(landed, purged):
    said = (purged.path.parent / "said.txt").read_text()
    for (table, count, old), after in zip(raw_counts(landed), raw_counts(purged), strict=True):
        assert old > 0
        assert f"{table}: {old:,} records deleted" in said
        assert after == (table, count - old, 0)
    whole = "select source_table, raw_count + purged_count, accepted_count, rejected_count from " + COUNTS
    assert sorted(purged.rows(whole)) == sorted(landed.rows(whole))


def test_builds_after_a_purge_give_what_was_never_purged(another, sample):
    """What is delivered later has arrived at all times, half of it before the purge; and every data test passes."""
    assert any(differing(another, sample))
    for table in TABLES:
        change(
            another, f"insert into landing.{table} from everything.{table} where not {FIRST_PART.format(table=table)}"
        )
    assert {table for table, _, old in raw_counts(another) if old} >= {"app_logs", "orders", "web_events"}
    succeeded(command(another, "build"))
    assert differing(another, sample) == []
    snapshot = another.rows("from snapshots.snapshot_users order by all")

    in_full = plain_dbt(another, "build", "--full-refresh", *WITHOUT_TESTS)
    assert f"Raw from before {KEPT_FROM} may be gone" in succeeded(in_full)
    assert differing(another, sample) == []
    assert another.rows("from snapshots.snapshot_users order by all") == snapshot

    change(another, "update marts.fct_web_sessions set event_count = -1 where session_date = '2025-01-05'")
    assert differing(another, sample) == ["marts.fct_web_sessions"]
    succeeded(command(another, "backfill", "--from", "2025-01-05", "--to", "2025-01-05"))
    assert differing(another, sample) == []


def test_variables_that_staging_does_not_depend_on_can_change_after_a_purge(another):
    longer = "session_timeout_seconds: 100000"
    refused = plain_dbt(another, "run", variables=longer)
    assert "session_timeout_seconds=1800, which is different now: give what it was built with" in refused.stdout
    (before,) = another.rows("select count(*) from marts.fct_web_sessions")
    succeeded(plain_dbt(another, "run", "--full-refresh", variables=longer))
    (after,) = another.rows("select count(*) from marts.fct_web_sessions")
    assert after < before
    succeeded(plain_dbt(another, "run", "--select", "fct_web_sessions", variables=longer))


def test_variables_that_staging_depends_on_cannot(another):
    before = another.path.read_bytes()
    result = plain_dbt(another, "run", "--full-refresh", variables="maximum_order_amount: 10")
    assert result.returncode != 0
    assert f"maximum_order_amount=1000000, which is different now, and raw from before {KEPT_FROM}" in result.stdout
    assert another.path.read_bytes() == before


def test_a_full_refresh_does_not_read_another_raw_into_a_purged_warehouse(another):
    before = another.path.read_bytes()
    result = command(another, "build", "--full-refresh", "yes", RAW_SCHEMA="everything")
    assert result.returncode == 1
    assert "raw_schema=landing, which is different now, and raw from before" in result.stdout
    assert another.path.read_bytes() == before


def test_a_base_table_that_is_gone_is_not_built_from_what_is_left(another):
    change(another, "drop table staging.base_shop__orders cascade")
    result = plain_dbt(another, "run", "--full-refresh")
    assert result.returncode != 0
    assert f"The table of base_shop__orders is not there any more, and raw from before {KEPT_FROM}" in result.stdout


@pytest.mark.parametrize("more", [(), ("--back", "yes")])
def test_a_base_table_is_not_rebuilt_from_what_is_left(more, purged):
    result = command(purged, "rebuild", "--model", "base_shop__orders", *more)
    assert_one_sentence(result, f"Raw from before {KEPT_FROM} may be gone, so base_shop__orders cannot be built again")


def test_nothing_is_deleted_while_staging_lacks_a_record(another):
    change(another, NEW_ORDER)
    before = raw_counts(another)
    result = command(another, "purge-raw", "--keep-from", "2025-04-02")
    assert_one_sentence(result, "staging does not have all of these records yet (1 of orders)")
    assert raw_counts(another) == before


def test_a_record_that_comes_while_raw_is_purged_stays(another):
    """It comes after the count: the statements that delete look for themselves."""
    change(another, NEW_ORDER)
    arguments = ("run-operation", "purge_raw", "--args", "{keep_from: '2025-04-02'}")
    succeeded(plain_dbt(another, *arguments))
    assert another.rows("select source_position from landing.orders") == [(-1,)]
    assert [count for table, count, _ in raw_counts(another) if table != "orders"] == [0] * (len(TABLES) - 1)


def test_a_purge_that_fails_deletes_nothing(another):
    change(another, "drop table landing.web_events", "create view landing.web_events as from everything.web_events")
    before = raw_counts(another)
    assert_one_sentence(command(another, "purge-raw", "--keep-from", "2025-03-01"), "landing.web_events is a view")
    result = plain_dbt(another, "run-operation", "purge_raw", "--args", "{keep_from: '2025-03-01'}")
    assert result.returncode != 0
    assert raw_counts(another) == before
    assert another.rows("select cast(kept_from as varchar) from observability.raw_purges") == [(KEPT_FROM,)]


@pytest.mark.parametrize(
    ("variables", "day", "says"),
    [
        ({}, "2025-03-01", "Only raw tables can be purged"),
        ({"raw_from": "source", "raw_schema": "raw_files"}, "2025-03-01", "of files, remove those that are too old"),
        (VARIABLES, "", "KEEP_FROM=2025-02-01"),
        (VARIABLES, "2025-02-30", "KEEP_FROM=2025-02-30 is no date"),
        (VARIABLES, "2999-01-01", "KEEP_FROM=2999-01-01 is in the future"),
    ],
)
def test_a_purge_that_cannot_work_gets_one_sentence(variables, day, says):
    with pytest.raises(UsageError, match=says):
        purge(Dbt(PROJECT, variables=variables, folder="purge"), Console(quiet=True), day)


@pytest.mark.parametrize(
    ("schema", "says"),
    [("nowhere", "there is no table nowhere.active_users"), ("everything", "was built with raw_schema=landing")],
)
def test_raw_that_the_warehouse_was_not_built_from_is_not_purged(schema, says, purged):
    before = raw_counts(purged)
    assert_one_sentence(command(purged, "purge-raw", "--keep-from", "2025-03-01", RAW_SCHEMA=schema), says)
    assert raw_counts(purged) == before


def test_what_is_gone_without_a_word_fails_the_build_and_with_the_variable_it_does_not(landed, tmp_path):
    """Partitions that expire, files that are removed; and what arrived later must be there all the same."""
    warehouse = Warehouse(Path(shutil.copy(landed.path, tmp_path)), tmp_path / "target")
    claims = {
        "assert_every_raw_log_line_is_parsed_or_rejected",
        "assert_every_raw_record_is_accepted_or_rejected",
    }
    test, variable = ("test", "--select", *claims), "raw_kept_from: 2025-01-20"
    change(warehouse, "delete from landing.app_logs where loaded_at < '2025-01-20'")
    assert failures(plain_dbt(warehouse, *test)) == claims
    succeeded(plain_dbt(warehouse, "run", "--select", "source_row_counts", variables=variable))
    succeeded(plain_dbt(warehouse, *test, variables=variable))
    change(warehouse, "delete from landing.app_logs where loaded_at < '2025-01-21'")
    assert failures(plain_dbt(warehouse, *test, variables=variable)) == claims


def failures(result: subprocess.CompletedProcess) -> set[str]:
    """The names of the data tests that fail."""
    return set(re.findall(r"in test (\w+) \(", result.stdout))
