"""`make rebuild`: a new version beside the present one, compared, swapped in one step, swapped back."""

import json
import subprocess

import duckdb
import pytest
from conftest import PROJECT, Warehouse, warehouse_command
from conftest import dbt as plain_dbt
from test_command_line import assert_one_sentence

from warehouse.dbt_runs import Dbt
from warehouse.errors import UsageError
from warehouse.rebuild import rebuild as rebuild_model
from warehouse.rebuild.model import find_model

SESSIONS = "select * from marts.fct_web_sessions order by session_id"


@pytest.fixture(scope="module")
def manifest():
    return Dbt(PROJECT, folder="rebuild").parse()


def rebuild(warehouse: Warehouse, model: str, *more: str) -> subprocess.CompletedProcess:
    return warehouse_command("rebuild", "--model", model, *more, WAREHOUSE_DUCKDB=str(warehouse.path), COLUMNS="200")


def change(warehouse: Warehouse, *statements: str) -> None:
    with duckdb.connect(warehouse.path) as connection:
        for statement in statements:
            connection.execute(statement)


def progress(warehouse: Warehouse, name: str) -> dict:
    """What is recorded of a mart."""
    ((state,),) = warehouse.rows(
        f"select max_by(state, run_number) from marts.model_state where relation_name = '{name}'"
    )
    return {key: value for key, value in json.loads(state).items() if key != "run_number"}


def succeeded(result: subprocess.CompletedProcess) -> str:
    assert result.returncode == 0, result.stdout + result.stderr
    return " ".join(result.stdout.split())


def shadow_tables(warehouse: Warehouse) -> set[str]:
    names = warehouse.rows("select table_name from duckdb_tables()")
    return {name for (name,) in names if name.endswith(("__rebuilt", "__previous", "__dbt_tmp"))}


def test_a_rebuilt_model_is_compared_swapped_in_and_back(sample, copy):
    change(
        copy,
        # Four sessions too many, those of a day missing, on another day two columns wrong.
        "insert into marts.fct_web_sessions select 'x' || session_id[2:], * exclude (session_id) "
        "from marts.fct_web_sessions where session_date = '2025-01-05' order by session_id limit 4",
        "delete from marts.fct_web_sessions where session_date = '2025-01-04'",
        "update marts.fct_web_sessions set event_count = event_count + 1 where session_date = '2025-01-03'",
        "update marts.fct_web_sessions set user_id = -1 where user_id is null",
        # What a rebuild or a swap that was killed may leave.
        "create table marts.fct_web_sessions__rebuilt as select 1 as one",
        'create table observability.tables_aside as select \'"marts"."fct_web_sessions__rebuilt"\' as table_name, '
        "now()::timestamp as made_at, null::varchar as present_fingerprint, null::varchar as rebuilt_fingerprint",
    )
    damaged = copy.rows(SESSIONS)
    day = "from marts.fct_web_sessions where session_date = "
    (removed, changed) = sample.rows(f"select count(*) {day}'2025-01-04' union all select count(*) {day}'2025-01-03'")
    says = succeeded(rebuild(copy, "fct_web_sessions"))
    assert f"{len(damaged)} rows at present" in says
    assert f"│ 2025-01-04 │ {removed[0]} │ 0 │ 0 │" in says
    assert "│ 2025-01-05 │ 0 │ 4 │" in says
    assert f"│ event_count │ {changed[0]} │" in says
    assert "│ user_id │" in says
    assert "│ session_ended_at │" not in says
    assert "SWAP=yes" in says
    assert copy.rows(SESSIONS) == damaged

    # A present table that refuses the new rows half-way keeps the old ones.
    change(copy, "alter table marts.fct_web_sessions alter column user_id set not null")
    failed = rebuild(copy, "fct_web_sessions", "--swap", "yes")
    assert_one_sentence(failed, "readers see the rows they saw before")
    assert copy.rows(SESSIONS) == damaged
    change(copy, "alter table marts.fct_web_sessions alter column user_id drop not null")

    says = succeeded(rebuild(copy, "fct_web_sessions", "--swap", "yes"))
    assert "The next build builds in full what was built from the rows before: web_activity_insights." in says
    assert copy.rows(SESSIONS) == sample.rows(SESSIONS)
    assert copy.rows(SESSIONS.replace("sessions ", "sessions__previous ")) == damaged
    assert shadow_tables(copy) == {"fct_web_sessions__previous"}
    assert_one_sentence(rebuild(copy, "fct_web_sessions", "--swap", "yes"), "No rebuilt version")

    succeeded(rebuild(copy, "fct_web_sessions", "--back", "yes"))
    assert copy.rows(SESSIONS) == damaged
    assert copy.rows(SESSIONS.replace("sessions ", "sessions__previous ")) == sample.rows(SESSIONS)
    # What is recorded of rows went with them, so the next run goes on from there.
    assert progress(copy, "fct_web_sessions") == progress(sample, "fct_web_sessions")
    assert progress(copy, "fct_web_sessions__previous")["build"] != progress(sample, "fct_web_sessions")["build"]

    # Kept long enough, it goes with the next run of dbt, which is that of the next rebuild.
    change(copy, "update observability.tables_aside set made_at = made_at - interval '8 days'")
    succeeded(rebuild(copy, "fct_web_sessions"))
    assert shadow_tables(copy) == {"fct_web_sessions__rebuilt"}
    assert_one_sentence(rebuild(copy, "fct_web_sessions", "--back", "yes"), "There are no previous rows")

    # Only what was compared is swapped.
    change(copy, "delete from marts.fct_web_sessions where session_date = '2025-01-05'")
    assert_one_sentence(rebuild(copy, "fct_web_sessions", "--swap", "yes"), "has changed since they were compared")


def test_columns_that_are_new_come_with_a_swap_and_others_stop_it(sample, copy):
    change(copy, "alter table marts.fct_web_sessions drop column client")
    says = succeeded(rebuild(copy, "fct_web_sessions"))
    assert "Columns that are new: client." in says
    succeeded(rebuild(copy, "fct_web_sessions", "--swap", "yes"))
    query = "select session_id, event_count, client from marts.fct_web_sessions order by all"
    assert copy.rows(query) == sample.rows(query)
    change(
        copy,
        "alter table marts.fct_web_sessions add column country varchar",
        "alter table marts.fct_web_sessions alter event_count type integer",
    )
    result = rebuild(copy, "fct_web_sessions")
    assert_one_sentence(result, "dbt run --full-refresh --select fct_web_sessions")
    assert "country is gone; event_count is BIGINT instead of INTEGER" in result.stderr


def test_rows_that_fail_their_tests_are_not_swapped_in(copy):
    change(copy, "delete from intermediate.int_web__session_days where event_date = '2025-01-04'")
    assert_one_sentence(rebuild(copy, "fct_web_sessions"), "fail the tests above")
    assert_one_sentence(rebuild(copy, "fct_web_sessions", "--swap", "yes"), "No rebuilt version")


OWN = "select 'own' as session_id, 1 as one"


@pytest.mark.parametrize("kind", ["table", "view"])
@pytest.mark.parametrize("name", ["fct_web_sessions__rebuilt", "fct_web_sessions__previous"])
def test_what_a_user_made_beside_a_model_is_not_replaced(name, kind, copy):
    change(copy, f"create {kind} marts.{name} as {OWN}")
    before = copy.rows(SESSIONS)
    for options in ([], ["--swap", "yes"], ["--back", "yes"]):
        result = rebuild(copy, "fct_web_sessions", *options)
        assert_one_sentence(result, f"`make rebuild` would replace marts.{name}, which it has not made: rename")
    assert copy.rows(f"from marts.{name}") == [("own", 1)]
    assert copy.rows(SESSIONS) == before


def test_what_a_user_made_after_a_comparison_is_not_replaced_by_the_swap(copy):
    change(copy, "update marts.fct_web_sessions set event_count = event_count + 1")
    before = copy.rows(SESSIONS)
    succeeded(rebuild(copy, "fct_web_sessions"))
    change(copy, f"create table marts.fct_web_sessions__previous as {OWN}")
    assert_one_sentence(rebuild(copy, "fct_web_sessions", "--swap", "yes"), "fct_web_sessions__previous, which it has")
    # Nor when its step is called on its own.
    step = ("run-operation", "swap_in", "--args", "{model: fct_web_sessions}", "--target-path", str(copy.target_path))
    result = plain_dbt(*step, WAREHOUSE_DUCKDB=str(copy.path))
    assert "not made by `make rebuild`, which would replace them: marts.fct_web_sessions__previous" in result.stdout
    assert copy.rows("from marts.fct_web_sessions__previous") == [("own", 1)]
    assert copy.rows(SESSIONS) == before
    change(copy, "alter table marts.fct_web_sessions__previous rename to mine")
    succeeded(rebuild(copy, "fct_web_sessions", "--swap", "yes"))
    assert copy.rows("from marts.mine") == [("own", 1)]


def test_what_is_equal_leaves_nothing_behind(copy):
    assert "Nothing to swap" in succeeded(rebuild(copy, "fct_web_sessions"))
    assert shadow_tables(copy) == set()


def test_variables_count_in_the_new_version_and_stand_in_the_next_command(copy):
    pairs = "{pairs_from: 2025-02-01, pairs_to: 2025-02-20}"
    result = rebuild(copy, "fct_event_order_pairs", "--vars", pairs)
    assert "0 rows at present" in succeeded(result)
    command = f"make rebuild MODEL=fct_event_order_pairs VARS='{pairs}' SWAP=yes"
    assert f"To swap the rebuilt rows in: {command}" in succeeded(result)
    succeeded(rebuild(copy, "fct_event_order_pairs", "--vars", pairs, "--swap", "yes"))
    assert copy.rows("select count(*) > 0 from marts.fct_event_order_pairs") == [(True,)]


def test_what_was_built_from_the_rows_before_is_built_again_by_the_next_build(sample, copy):
    change(
        copy,
        "delete from intermediate.int_web__session_days where event_date = '2025-01-04'",
        "delete from marts.fct_web_sessions where session_date = '2025-01-04'",
    )
    succeeded(rebuild(copy, "int_web__session_days"))
    says = succeeded(rebuild(copy, "int_web__session_days", "--swap", "yes"))
    readers = says.partition("the rows before: ")[2].rstrip(".").split(", ")
    built_from_sessions = {"fct_web_sessions", "fct_daily_web_activity", "web_activity_insights"}
    assert set(readers) == built_from_sessions | {"fct_orders"}
    assert copy.rows(SESSIONS) != sample.rows(SESSIONS)
    result = plain_dbt("run", WAREHOUSE_DUCKDB=str(copy.path))
    assert result.returncode == 0, result.stdout
    assert copy.rows(SESSIONS) == sample.rows(SESSIONS)


def test_what_would_be_built_from_rows_of_another_variable_gets_one_sentence(copy):
    result = warehouse_command(
        *("rebuild", "--model", "fct_web_sessions", "--vars", "{session_timeout_seconds: 1200}"),
        WAREHOUSE_DUCKDB=str(copy.path),
    )
    assert result.returncode == 1
    assert "session_timeout_seconds=1800, which is different now" in result.stderr + result.stdout
    assert "dbt build --full-refresh --select int_web__session_days+" in result.stderr + result.stdout


def test_a_model_that_has_not_been_built_gets_one_sentence(copy):
    change(copy, "drop table marts.dim_users")
    assert_one_sentence(rebuild(copy, "dim_users"), "dim_users has not been built yet")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "MODEL="),
        ("fct_web_session", "did you mean fct_web_sessions"),
        ("stg_web__events", "is a view"),
        ("snapshot_users", "is a snapshot"),
        ("orders", "dbt seed --select orders"),
    ],
)
def test_what_cannot_be_rebuilt_gets_one_sentence(name, says, manifest):
    with pytest.raises(UsageError, match=says):
        find_model(manifest, name)


@pytest.mark.parametrize(
    ("options", "says"),
    [({"swap": "ja"}, "SWAP=yes"), ({"back": "1"}, "BACK=yes"), ({"swap": "yes", "back": "yes"}, "exclude each other")],
)
def test_a_bad_option_gets_one_sentence(options, says):
    with pytest.raises(UsageError, match=says):
        rebuild_model(None, None, "fct_web_sessions", **options)


def test_every_table_has_a_key_to_compare_by(manifest):
    tables = [
        node for node in manifest.nodes.values() if node.resource_type == "model" and node.config.materialized != "view"
    ]
    assert len(tables) >= 20
    for node in tables:
        model = find_model(manifest, node.name)
        assert set(model.key) <= set(node.columns), node.name
        assert node.name not in model.readers


def test_readers_come_after_what_they_are_built_from(manifest):
    readers = find_model(manifest, "base_shop__orders").readers
    order = ["int_orders__orders_latest", "int_orders__daily_user_orders", "int_activity__daily_user_metrics"]
    assert [name for name in readers if name in order] == order
