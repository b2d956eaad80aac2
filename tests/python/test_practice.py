"""The models that the exercises of practice refer to give what the exercises expect, hidden edges included."""

import json
import re

import duckdb
import pytest
from conftest import dbt

from practice.exercises import exercises
from practice.tables import create, differ, quoted, typed

ARRIVAL_DAYS = """
    with days as (
        select cast(loaded_at as date) as loaded_date, max({at}) as greatest_at
        from {records}
        group by loaded_date
    )
    select
        loaded_date,
        max(greatest_at) over (
            order by loaded_date rows between unbounded preceding and 1 preceding
        ) as watermark_before_at,
        max(greatest_at) over (order by loaded_date) as watermark_after_at
    from days
"""
EURO = "select * replace ('EUR' as currency, cast({at} as date) as order_date) from {table}"
# What a model reads beside, or instead of, the inputs of the step of its name, by table as the query that makes it.
BESIDE = {
    "base_app__log_lines": {},
    "int_activity__user_events": {},
    "int_orders__daily_user_orders": {
        "int_orders__orders_latest": """
            select * replace (revenue as ordered_amount, if(is_completed, revenue, 0) as revenue)
            from int_orders__orders_latest
        """
    },
    "int_activity__user_metrics": {},
    "int_activity__user_metrics_not_loaded": {},
    "fct_user_metrics": {},
    "int_activity__user_events_decided": {
        "int_activity__user_event_arrival_days": ARRIVAL_DAYS.format(at="event_at", records="base_app__user_events")
    },
    "fct_user_event_counts": {},
    "int_activity__events_and_orders": {
        "int_activity__user_events_decided": """
            select *, event_watermark_at as watermark_at, 'accepted' as decision
            from events
        """,
        "int_orders__orders_decided": "select *, 'accepted' as decision from orders",
    },
    "fct_user_activity_windows": {
        "int_activity__events_and_orders": EURO.format(at="occurred_at", table="int_activity__events_and_orders")
    },
    "int_playback__watch_streams": {},
    "fct_daily_user_playback": {
        "fct_watch_streams": "select * exclude (is_open) from int_playback__watch_streams where not is_open"
    },
    "fct_daily_shipments": {},
    "int_shipping__scans_decided": {
        "stg_shipping__shipment_scans": "from base_shipping__shipment_scans",
        "int_shipping__scan_arrival_days": ARRIVAL_DAYS.format(at="event_at", records="base_shipping__shipment_scans"),
    },
    "fct_shipment_scans_late": {},
    "int_orders__orders_decided": {
        "base_shop__orders": "from stg_shop__orders",
        "int_orders__order_arrival_days": ARRIVAL_DAYS.format(at="ordered_at", records="stg_shop__orders"),
    },
    "fct_order_windows": {
        "int_orders__orders_decided": EURO.format(at="ordered_at", table="int_orders__orders_decided")
    },
}
STEPS = {step.name: step for exercise in exercises().values() for step in exercise.steps if step.name in BESIDE}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory) -> dict[str, dict]:
    """By name the models as a full refresh runs them."""
    folder = tmp_path_factory.mktemp("reference")
    arguments = ["compile", "--full-refresh", "--quiet", "--target-path", str(folder), "--select", *STEPS]
    done = dbt(*arguments, WAREHOUSE_DUCKDB=str(folder / "reference.duckdb"))
    assert done.returncode == 0, done.stdout
    nodes = json.loads((folder / "manifest.json").read_text())["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] in ("model", "seed")}


def rows(model: dict, known: dict[str, dict], step, given: dict[str, list[dict]]) -> list[tuple]:
    """What a model gives for the input of a case, in the columns of the step."""
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    read = set(re.findall(r'"reference"\."\w+"\."(\w+)"', model["compiled_code"]))
    for table in {*step.inputs, *read}:
        columns = {
            name: column.get("data_type") or "varchar"
            for name, column in known.get(table, {"columns": {}})["columns"].items()
        }
        create(con, quoted(table), {**columns, **step.inputs.get(table, {})}, given.get(table, ()))
    for table, query in BESIDE[step.name].items():
        con.execute(f"create or replace table made as {query}")
        made = [column for column, *_ in con.execute("from made").description]
        lacking = [column for column, *_ in con.execute(f"from {quoted(table)}").description if column not in made]
        others = f"(select {', '.join(lacking) or 'null'} from {quoted(table)} where false) as others"
        con.execute(f"create or replace table {quoted(table)} as from made left join {others} on true")
    query = re.sub(r'"reference"\."\w+"\.', "", model["compiled_code"])
    return con.execute(f"select {', '.join(step.columns)} from ({query})").fetchall()


@pytest.mark.parametrize("name", STEPS)
def test_the_model_of_a_step_gives_what_its_cases_expect(compiled, name):
    step = STEPS[name]
    assert any(reference.file.endswith(f"/{name}.sql") for reference in step.references)
    for case in step.task()["cases"]:
        expected = typed(duckdb.connect(), step.columns, case["expect"])
        got = rows(compiled[name], compiled, step, case["given"])
        places = [place for place, column in enumerate(step.columns) if column in case["columns"]]
        parts = ([tuple(row[place] for place in places) for row in some] for some in (expected, got))
        assert not differ(*parts), (case["name"], got)
