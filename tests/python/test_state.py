"""What a warehouse knows of itself: whose relations are whose, where raw is, and that its file may move."""

import json
import re
import shlex
import shutil
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, Warehouse, build_without_tests, dbt, warehouse_command
from test_command_line import assert_one_sentence

SESSIONS = "select * from marts.fct_web_sessions order by session_id"


def test_a_copied_renamed_and_attached_file_works(sample, tmp_path):
    """Case 8: views name no file."""
    views = "select schema_name || '.' || view_name from duckdb_views() where not internal and database_name = "
    renamed = Path(shutil.copy(sample.path, tmp_path / "renamed.duckdb"))
    with duckdb.connect(renamed) as connection:
        names = [name for (name,) in connection.execute(f"{views} 'renamed'").fetchall()]
        for name in names:
            connection.execute(f"select * from {name}").fetchall()
    assert len(names) >= 30
    # DuckDB 2 leaves the name of the file out itself.
    (written,) = (sample.target_path / "run").rglob("stg_web__events.sql")
    assert 'from "staging"."base_web__events"' in written.read_text()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{renamed}' as dwh (read_only)")
        for name in names:
            connection.execute(f"select * from dwh.{name}").fetchall()
    before = Warehouse(renamed, tmp_path).rows(SESSIONS)
    result = dbt("run", "--target-path", str(tmp_path / "target"), WAREHOUSE_DUCKDB=str(renamed))
    assert result.returncode == 0, result.stdout
    made = [line for line in result.stdout.splitlines() if "OK created" in line and "NOTHING NEW" not in line]
    assert len(made) == 1
    assert "marts.fct_event_order_pairs" in made[0]
    assert Warehouse(renamed, tmp_path).rows(SESSIONS) == before


@pytest.mark.parametrize("name", ["staging", "tables_of_this_run"])
def test_a_file_is_not_called_like_a_schema_in_it_or_a_database_of_the_run(name, sample, tmp_path):
    file = Path(shutil.copy(sample.path, tmp_path / f"{name}.duckdb"))
    result = dbt("run", "--target-path", str(tmp_path / "target"), WAREHOUSE_DUCKDB=str(file))
    assert result.returncode != 0
    assert f"cannot be called like a schema in it or a database of the run, {name}: give the file" in result.stdout


def test_what_the_project_has_not_made_is_left_as_it_is(tmp_path):
    """Case 6, for models: a table, a view and a seed of somebody else's stop the build before anything is written."""
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", tmp_path / "target")
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("create schema marts; create table marts.dim_users as select 1 as theirs")
        connection.execute("create schema staging; create view staging.stg_web__events as select 2 as theirs")
        connection.execute("create schema reference; create table reference.order_statuses as select 3 as theirs")
    for options in ((), ("--full-refresh",)):
        result = dbt("build", *options, WAREHOUSE_DUCKDB=str(warehouse.path))
        assert result.returncode != 0
        for name in ("marts.dim_users", "staging.stg_web__events", "reference.order_statuses"):
            assert name in result.stdout
        assert "not made by this project, so nothing was changed" in " ".join(result.stdout.split())
    assert warehouse.rows("from marts.dim_users, staging.stg_web__events, reference.order_statuses") == [(1, 2, 3)]
    assert warehouse.rows("select count(*) from information_schema.tables where table_schema <> 'main'") == [(3,)]


def test_a_seed_with_another_column_is_made_anew(copy):
    """As an older version of the project left it."""
    with duckdb.connect(copy.path) as connection:
        connection.execute("alter table reference.rejection_reasons drop column what_to_do")
        state = """'{"build": "before"}'"""
        connection.execute(
            f"update reference.model_state set state = {state} where relation_name = 'rejection_reasons'"
        )
    options = ("--select", "rejection_reasons", "--target-path", str(copy.target_path))
    result = dbt("seed", *options, WAREHOUSE_DUCKDB=str(copy.path))
    assert result.returncode == 0, result.stdout
    assert copy.rows("select count(*) > 50, count(what_to_do) > 50 from reference.rejection_reasons") == [(True, True)]


def test_a_warehouse_remembers_the_folder_that_it_was_built_from(tmp_path):
    """Case 7: later commands need no RAW, and none of them builds the sample over it."""
    raw = tmp_path / "raw"
    (raw / "web_events").mkdir(parents=True)
    header, *events = (PROJECT / "seeds" / "raw" / "web_events.csv").read_text().splitlines()
    (raw / "web_events" / "first.csv").write_text("\n".join([header, *events[:100]]))
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", tmp_path / "target")
    command = {"WAREHOUSE_DUCKDB": str(warehouse.path)}
    first = build_without_tests("--raw", str(raw), **command)
    assert first.returncode == 0, first.stdout + first.stderr
    (raw / "web_events" / "second.csv").write_text("\n".join([header, *events[100:200]]))
    second = build_without_tests(**command)
    assert second.returncode == 0, second.stdout + second.stderr
    assert f"Reading raw files from {raw}, as the build before did." in second.stdout
    assert warehouse.rows("select count(*) from staging.base_web__events") == [(200,)]
    assert warehouse_command("answers", **command).returncode == 0
    refused = dbt("build", **command)
    assert refused.returncode != 0
    assert "give --vars '{raw_from: source, raw_schema: raw_files}'" in " ".join(refused.stdout.split())
    shutil.rmtree(raw)
    assert_one_sentence(warehouse_command("build", **command), str(raw))


def test_a_warehouse_remembers_the_schema_that_it_was_built_from(sample, tmp_path):
    warehouse = Warehouse(Path(tmp_path / "warehouse.duckdb"), tmp_path / "target")
    with duckdb.connect(warehouse.path) as connection:
        connection.execute(f"attach '{sample.path}' as sample (read_only); create schema landing")
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = 'sample' and schema_name = 'raw_sample' "
            "and table_name <> 'model_state'"
        ).fetchall():
            connection.execute(f"create table landing.{table} as from sample.raw_sample.{table}")
    built = build_without_tests(RAW_SCHEMA="landing", WAREHOUSE_DUCKDB=str(warehouse.path))
    assert built.returncode == 0, built.stdout + built.stderr
    again = build_without_tests(WAREHOUSE_DUCKDB=str(warehouse.path))
    assert again.returncode == 0, again.stdout + again.stderr
    assert warehouse.rows(SESSIONS) == sample.rows(SESSIONS)


def test_a_description_is_written_without_building_the_model_again(copy):
    before = copy.rows("select max(run_number) from marts.model_state where relation_name = 'fct_web_sessions'")
    with duckdb.connect(copy.path) as connection:
        connection.execute(
            'update marts.model_state set state = json_merge_patch(state, \'{"docs": "another"}\') '
            "where relation_name = 'fct_web_sessions'"
        )
        connection.execute("comment on table marts.fct_web_sessions is 'another'")
    result = dbt("run", "--select", "fct_web_sessions", WAREHOUSE_DUCKDB=str(copy.path))
    assert result.returncode == 0, result.stdout
    comment = "select comment like '%session%' from duckdb_tables() where table_name = 'fct_web_sessions'"
    assert copy.rows(comment) == [(True,)]
    number = "select max(run_number), max((state ->> 'number')::int) from marts.model_state"
    assert copy.rows(f"{number} where relation_name = 'fct_web_sessions'") == [(before[0][0] + 1, before[0][0])]


def test_descriptions_are_written_with_new_rows_only_where_they_have_changed(copy):
    def description_after_one_more_record(position: int, state: str) -> str:
        with duckdb.connect(copy.path) as connection:
            connection.execute(
                "insert into raw_sample.web_events "
                f"select * replace ({position} as source_position) from raw_sample.web_events limit 1"
            )
            connection.execute("comment on table staging.base_web__events is 'mine'")
            patched = f"json_merge_patch(state, '{state}') where relation_name = 'base_web__events'"
            connection.execute(f"update staging.model_state set state = {patched}")
        assert dbt("run", "--select", "base_web__events", WAREHOUSE_DUCKDB=str(copy.path)).returncode == 0
        assert copy.rows(f"select count(*) from staging.base_web__events where source_position = {position}") == [(1,)]
        ((comment,),) = copy.rows("select comment from duckdb_tables() where table_name = 'base_web__events'")
        return comment

    assert description_after_one_more_record(990001, "{}") == "mine"
    assert "web" in description_after_one_more_record(990002, '{"docs": "another"}')


def test_a_run_asks_once_what_there_is_and_makes_no_schema_that_it_finds(copy):
    options = ("--log-level", "debug", "--log-format", "json", "--log-level-file", "none")
    log = dbt("run", *options, "--select", "+fct_orders", WAREHOUSE_DUCKDB=str(copy.path)).stdout
    events = [json.loads(line) for line in log.splitlines()]
    queries = [event["data"]["sql"] for event in events if event["info"]["name"] == "SQLQuery"]
    assert not [query for query in queries if "create schema" in query]
    assert len([query for query in queries if "qualify row_number() over (partition by relation_name" in query]) == 1


def test_rows_that_a_killed_full_refresh_left_beside_go_where_nothing_is_new(sample, copy):
    """It was killed after its own rows were in place, and before dbt dropped those before."""
    with duckdb.connect(copy.path) as connection:
        connection.execute("create table marts.fct_web_sessions__dbt_backup as from marts.fct_web_sessions limit 1")
    result = dbt("run", "--select", "fct_web_sessions", WAREHOUSE_DUCKDB=str(copy.path))
    assert result.returncode == 0, result.stdout
    tables = "select table_name from duckdb_tables() where schema_name = 'marts' order by 1"
    assert copy.rows(tables) == sample.rows(tables)
    rows = "from marts.fct_web_sessions order by session_id"
    assert copy.rows(rows) == sample.rows(rows)


@pytest.mark.parametrize("column", ["loaded_at", "source_file", "source_position"])
@pytest.mark.parametrize("options", [(), ("--full-refresh",)])
def test_a_raw_record_that_does_not_say_when_and_from_where_it_came_stops_the_run(options, column, copy):
    with duckdb.connect(copy.path) as connection:
        one = f"select * replace (null as {column}) from raw_sample.exchange_rates limit 1"
        connection.execute(f"insert into raw_sample.exchange_rates {one}")
    result = dbt("run", "--select", "base_shop__exchange_rates", *options, WAREHOUSE_DUCKDB=str(copy.path))
    assert result.returncode != 0
    assert re.search(rf"exchange_rates\S* has a record without {column}|NOT NULL.*\.{column}", result.stdout)


def test_a_table_that_a_dry_run_has_made_counts_as_not_built(sample, copy):
    with duckdb.connect(copy.path) as connection:
        connection.execute("drop table marts.fct_web_sessions")
    for options, count in (("--empty",), 0), ((), len(sample.rows(SESSIONS))):
        result = dbt("run", "--select", "fct_web_sessions", *options, WAREHOUSE_DUCKDB=str(copy.path))
        assert result.returncode == 0, result.stdout
        assert len(copy.rows(SESSIONS)) == count
    assert copy.rows(SESSIONS) == sample.rows(SESSIONS)
    assert dbt("seed", "--empty", WAREHOUSE_DUCKDB=str(copy.path)).returncode == 0
    assert copy.rows("from raw_sample.orders") == sample.rows("from raw_sample.orders")


@pytest.mark.parametrize("what", ["place", "build"])
def test_an_input_that_was_in_another_place_or_of_another_build_is_read_from_the_start(what, sample, copy):
    with duckdb.connect(copy.path) as connection:
        connection.execute("delete from marts.fct_web_sessions")
        connection.execute(
            "update marts.model_state set state = json_merge_patch(state, ?) where relation_name = 'fct_web_sessions'",
            [json.dumps({"inputs": {"int_web__session_days": {what: "another"}}})],
        )
    result = dbt("run", "--select", "fct_web_sessions", WAREHOUSE_DUCKDB=str(copy.path))
    assert result.returncode == 0, result.stdout
    assert copy.rows(SESSIONS) == sample.rows(SESSIONS)


def test_a_changed_variable_names_where_it_begins_whatever_is_selected(copy):
    command = ("run", "--select", "web_activity_insights", "--vars", "{session_timeout_seconds: 1200}")
    for options in ((), ("--full-refresh",)):
        result = dbt(*command, *options, WAREHOUSE_DUCKDB=str(copy.path))
        assert result.returncode != 0
        said = " ".join(result.stdout.split())
        assert "session_timeout_seconds=1800, which is different now" in said
        assert "dbt build --full-refresh --select int_web__session_days+" in said


def test_the_advice_for_a_changed_variable_works_as_it_is_given(copy):
    changed = ("--vars", "{session_timeout_seconds: 1200}")
    refused = dbt("build", *changed, WAREHOUSE_DUCKDB=str(copy.path))
    advice = refused.stdout.partition("build again all that depends on it: ")[2].splitlines()[0]
    program, *words = shlex.split(advice)
    assert program == "dbt"
    built = dbt(*words, WAREHOUSE_DUCKDB=str(copy.path))
    assert built.returncode == 0, built.stdout
    again = dbt("run", *changed, WAREHOUSE_DUCKDB=str(copy.path))
    assert again.returncode == 0, again.stdout


MISTAKES = {
    "a_scope_without_a_column": (
        "select distinct order_date from {{ new_rows(ref('base_shop__orders'), day='order_date') }}",
        "The scope of a_scope_without_a_column does not have order_status: it must name every column of unique_key.",
    ),
    "news_of_no_feed": (
        "select order_date, order_status from {{ new_rows(ref('int_orders__orders_latest'), day='order_date') }}",
        "int_orders__orders_latest has no change_number, so news_of_no_feed cannot ask it what is new: give new_rows() "
        "the change feed that it is made from.",
    ),
}
CONTRACT = """
models:
  - name: greatest_orders
    config: {contract: {enforced: true}}
    columns:
      - {name: order_date, data_type: date}
      - {name: order_status, data_type: string}
      - {name: greatest_amount, data_type: "numeric(38, 9)"}
"""
MODEL = """{{
    config(materialized='incremental', unique_key=['order_date', 'order_status'], contract={'enforced': false})
}}
{%% call scope() %%}
%s
{%% endcall %%}
select order_date, order_status, count(*) as order_count
from {{ in_scope(ref('int_orders__orders_latest')) }}
group by order_date, order_status
"""


RIGHT = "select order_date, order_status from {{ new_rows(ref('base_shop__orders'), day='order_date') }}"


class Runs:
    """`dbt run` of a copy of the project that may be changed, in a warehouse; what it says as one line.

    Attributes:
        orders: the folder of marts of orders.
    """

    def __init__(self, project: Path, warehouse: Warehouse) -> None:
        self.project, self.warehouse = project, warehouse
        self.orders = project / "models" / "marts" / "orders"

    def __call__(self, *words: str) -> str:
        places = ("--project-dir", str(self.project), "--profiles-dir", str(PROJECT / "profiles"))
        return " ".join(dbt("run", *words, *places, WAREHOUSE_DUCKDB=str(self.warehouse.path)).stdout.split())


@pytest.fixture
def run(copy: Warehouse, tmp_path: Path) -> Runs:
    project = tmp_path / "project"
    project.mkdir()
    for name in ("macros", "seeds", "snapshots", "packages", "dbt_packages", "dbt_project.yml", "packages.yml"):
        (project / name).symlink_to(PROJECT / name)
    shutil.copytree(PROJECT / "models", project / "models")
    return Runs(project, copy)


def another_order(warehouse: Warehouse, number: int) -> None:
    """Have a completed order more in raw."""
    with duckdb.connect(warehouse.path) as connection:
        connection.execute(
            f"insert into raw_sample.orders select * replace ('{number}' as order_id, {number} as source_position) "
            "from raw_sample.orders where status = 'completed' limit 1"
        )


def test_mistakes_in_a_scope_and_in_sql_and_repaired_ones_are_named(copy, run):
    for name, (scope, _) in MISTAKES.items():
        (run.orders / f"{name}.sql").write_text(MODEL % scope)
    assert "ERROR=0" in run("--select", *MISTAKES)
    another_order(copy, 99999)
    said = run("--select", "base_shop__orders+")
    assert all(sentence in said for _, sentence in MISTAKES.values()), said
    name = next(iter(MISTAKES))
    (run.orders / f"{name}.sql").write_text(MODEL % RIGHT)
    assert f"dbt build --full-refresh --select {name}+" in run("--select", name)
    (run.orders / f"{name}.sql").write_text((MODEL % RIGHT).replace("count(*)", "count(ordr_id)"))
    said = run("--select", name)
    assert 'Referenced column "ordr_id" not found' in said and "has changed" not in said


def test_new_rows_with_other_types_than_the_contract_or_their_table_are_not_put_in(copy, run):
    greatest = (MODEL % RIGHT).replace("count(*) as order_count", "max(order_amount) as greatest_amount")
    (run.orders / "greatest_orders.sql").write_text(greatest.replace(", contract={'enforced': false}", ""))
    (run.orders / "greatest_orders.yml").write_text(CONTRACT)
    assert "ERROR=0" in run("--select", "greatest_orders")
    another_order(copy, 99998)
    assert "ERROR=0" in run("--select", "+int_orders__orders_latest")
    before = copy.rows("from marts.greatest_orders order by all")
    with duckdb.connect(copy.path) as connection:
        connection.execute("alter table intermediate.int_orders__orders_latest alter order_amount type double")
    said = run("--select", "greatest_orders")
    assert "This model has an enforced contract that failed." in said
    assert "| greatest_amount | DOUBLE | DECIMAL(38,9) | data type mismatch |" in said
    another_order(copy, 99999)
    assert "source and target schemas on this incremental model are out of sync" in run(
        "--select", "+int_orders__orders_latest"
    )
    with duckdb.connect(copy.path) as connection:
        connection.execute("alter table intermediate.int_orders__orders_latest alter order_amount type numeric(38, 9)")
    assert copy.rows("from marts.greatest_orders order by all") == before
    assert "ERROR=0" in run("--select", "+greatest_orders")
    more = greatest.replace("as greatest_amount", "as greatest_amount, 1 as one_more").replace(
        ", contract={'enforced': false}", ""
    )
    (run.orders / "greatest_orders.sql").write_text(more)
    said = run("--select", "greatest_orders")
    assert "missing in contract" in said and "has changed" not in said


def test_a_file_that_a_profile_closes_after_each_model_is_built(copy, tmp_path):
    profiles = (PROJECT / "profiles" / "profiles.yml").read_text()
    (tmp_path / "profiles.yml").write_text(profiles.replace("type: duckdb\n", "type: duckdb\n      keep_open: false\n"))
    another_order(copy, 99999)
    options = ("--select", "+int_orders__orders_latest", "dim_order_history", "--profiles-dir", str(tmp_path))
    result = dbt("run", *options, WAREHOUSE_DUCKDB=str(copy.path))
    assert result.returncode == 0, result.stdout
    assert copy.rows("select count(*) from marts.dim_order_history where order_id = '99999'") == [(1,)]
