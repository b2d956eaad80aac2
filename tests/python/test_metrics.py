"""The semantic layer: each metric beside plain SQL on the marts, saved queries beside analyses, `make metrics`."""

import datetime
import math
import os
import pickle
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import PROJECT, Warehouse, warehouse_command

PYTHON = PROJECT / ".venv-metrics" / "bin" / "python"
SCRIPT = Path(__file__).with_name("metric_answers.py")


@dataclass(frozen=True)
class Plain:
    """A metric in plain SQL.

    Attributes:
        value: an aggregation over `table`.
        day: the column that says on which day a row counts.
        by: the columns of what it can be grouped by.
    """

    table: str
    day: str
    value: str
    by: dict[str, str] = field(default_factory=dict)

    def sql(self, grain: str, group_by: tuple[str, ...]) -> str:
        """The query for a grain of time, and names to group by."""
        columns = [f"date_trunc('{grain}', {self.day})"] if grain else []
        columns += [self.by[name] for name in group_by]
        return f"select {', '.join([*columns, self.value])} from marts.{self.table} {'group by all' if columns else ''}"


@dataclass(frozen=True)
class Daily:
    """A metric that has a value of each day, in plain SQL; a longer time shows its last day.

    Attributes:
        days: a query of `day` and `value`.
    """

    days: str

    def sql(self, grain: str, group_by: tuple[str, ...]) -> str:
        """The query for a grain of time."""
        assert not group_by
        return f"select date_trunc('{grain}', day), arg_max(value, day) from ({self.days}) group by all"


def user_days(value: str) -> Plain:
    """Of users on days."""
    return Plain("fct_daily_user_metrics", "metric_date", value, {"country": "country"})


def orders(value: str) -> Plain:
    """Of orders."""
    by = {
        "country": "user_country",
        "product_id": "product_id",
        "order_id__order_status": "order_status",
        "order_id__is_known_user": "is_known_user",
        "order_id__currency": "currency",
        "session_id": "session_id",
    }
    return Plain("fct_orders", "order_date", value, by)


def sessions(value: str) -> Plain:
    """Of web sessions."""
    by = {
        "session_id__client": "client",
        "session_id__app_version": "app_version",
        "session_id__entry_event_name": "entry_event_name",
        "session_id__is_converted": "is_converted",
        "device_id": "device_id",
    }
    return Plain("fct_web_sessions", "session_date", value, by)


def streams(value: str) -> Plain:
    """Of watch streams."""
    by = {
        "program_id": "program_id",
        "stream_id__device": "device",
        "stream_id__is_resumed": "is_resumed",
        "stream_id__ended_by": "ended_by",
    }
    return Plain("fct_watch_streams", "stream_date", value, by)


def shipments(value: str) -> Plain:
    """Of shipments by day."""
    by = {"carrier": "carrier", "shipment_day__region": "region"}
    return Plain("fct_daily_shipments", "ship_date", value, by)


METRICS = {
    "active_users": user_days("count(distinct user_id)"),
    "daily_active_users": user_days("count(distinct user_id) filter (where total_events > 0)"),
    # The days on which a user was active, and the six days after each.
    "active_users_last_7_days": Daily(
        "select date_day as day, count(distinct user_id) filter (where total_events > 0) as value"
        " from (select unnest(range(7)) as days), marts.fct_daily_user_metrics, marts.dim_dates"
        " where date_day = metric_date + days::int group by all"
    ),
    "total_events": user_days("sum(total_events)"),
    "order_count": orders("count(*)"),
    "total_orders": orders("count(*) filter (where is_completed)"),
    "valued_orders": orders("count(*) filter (where is_completed and ordered_amount is not null)"),
    "ordered_amount": orders("sum(ordered_amount)"),
    "total_revenue": orders("sum(revenue)"),
    "average_order_value": orders(
        "sum(revenue)::double / nullif(count(*) filter (where is_completed and ordered_amount is not null), 0)"
    ),
    "revenue_month_to_date": Daily(
        "select date_day as day, sum(sum(revenue)) over ("
        "partition by date_trunc('month', date_day) order by date_day) as value"
        " from marts.dim_dates left join marts.fct_orders on order_date = date_day"
        " group by date_day qualify value is not null"
    ),
    "session_count": sessions("count(*)"),
    "converted_session_count": sessions("count(*) filter (where is_converted)"),
    "session_conversion_rate": sessions("avg(is_converted::int)"),
    "web_event_count": sessions("sum(event_count)"),
    "session_duration_seconds": sessions("sum(session_duration_seconds)"),
    "average_session_duration_seconds": sessions("avg(session_duration_seconds)"),
    "single_event_session_count": sessions("count(*) filter (where event_count = 1)"),
    "single_event_session_share": sessions("avg((event_count = 1)::int)"),
    "stream_count": streams("count(*)"),
    "watch_seconds": streams("sum(stream_duration_seconds)"),
    "viewer_count": streams("count(distinct user_id)"),
    "average_watch_seconds": streams("avg(stream_duration_seconds)"),
    "average_watch_seconds_per_viewer": streams("sum(stream_duration_seconds)::double / count(distinct user_id)"),
    "shipment_count": shipments("sum(shipment_count)"),
    "delivered_count": shipments("sum(delivered_count)"),
    "delayed_count": shipments("sum(delayed_count)"),
    "delivered_late_count": shipments("sum(delivered_late_count)"),
    "overdue_count": shipments("sum(overdue_count)"),
    "late_shipment_rate": shipments("sum(delayed_count) / sum(shipment_count)"),
    "transit_hours": shipments("sum(avg_transit_hours * delivered_count)"),
    "average_transit_hours": shipments(
        "sum(avg_transit_hours * delivered_count)::double / nullif(sum(delivered_count), 0)"
    ),
}


def asked_of(name: str) -> list[tuple[str, tuple[str, ...]]]:
    """In which grains of time, and by what, a metric is compared."""
    plain = METRICS[name]
    if isinstance(plain, Daily):
        return [(grain, ()) for grain in ("day", "week", "month", "quarter")]
    by = [(name,) for name in plain.by]
    return [("", ()), *(("", names) for names in by), ("day", ()), *((grain, by[0]) for grain in ("day", "month"))]


def query_for(name: str, grain: str, group_by: tuple[str, ...]) -> str:
    """What `make metrics` is asked."""
    group_by = ((f"metric_time__{grain}",) if grain else ()) + group_by
    return f"--metrics {name}" + (f" --group-by {','.join(group_by)}" if group_by else "")


FAULTS_OF_COMMANDS = {
    "total_revnue": "total_revnue is no metric and no saved query; near names: total_revenue",
    "--metrics daily_users": "daily_users is no metric; near names: daily_active_users",
    "total_revenue --group-by contry": "contry is nothing to group or filter total_revenue by; near names: country",
    "session_count --group-by client": "filter session_count by; near names: session_id__client",
    "total_revenue --where \"{{ Dimension('order_id__x') }} = 1\"": "Dimension('order_id__x') is nothing to group",
    "total_revenue --where \"{{ Entity('country' }} = 'x'\"": "cannot be read (unexpected '}', expected ')')",
    "total_revenue --where \"{{ Entity('country') }} = = 'x'\"": "DuckDB cannot answer that (Parser Error",
    "total_revenue --order metric_time": "The order-by item 'metric_time' does not match",
    "revenue_month_to_date": "revenue_month_to_date has a value of each day; say so with --group-by metric_time.",
    "revenue_by_day_and_country --group-by country": "leave --group-by out",
    "--group-by country": "QUERY names no metric",
    "total_revenue --metrics order_count": "QUERY cannot be read: total_revenue is one name too many beside --metrics",
    "total_revenue, order_cont": "order_cont is no metric",
    "total_revenue late_shipments_by_carrier": "late_shipments_by_carrier is a saved query: ask for it alone.",
    "total_revenue --start-time 2025-02-01 --end-time 2025-01-01": "--start-time is after --end-time",
    "order_count session_count --group-by currency": "currency is nothing to group or filter",
    "total_revenue --since 2025": "QUERY cannot be read: No such option '--since'",
    "total_revenue --limit some": "QUERY cannot be read: Invalid value for '--limit'",
    "total_revenue 'x": "QUERY cannot be read: No closing quotation",
}
COMMANDS = [
    "",
    "late_shipments_by_carrier",
    "--metrics total_revenue,daily_active_users --group-by metric_time__month,country --order -total_revenue --limit 2",
    "total_revenue --group-by metric_time --where \"{{ Entity('country') }} = 'nowhere'\"",
    "total_revenue --start-time 2025-02-01 --end-time 2025-02-28",
    "total_revenue, order_count --group-by country",
    "total_revenue --explain",
    *FAULTS_OF_COMMANDS,
]


@pytest.fixture(scope="module")
def said(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What MetricFlow says on the sample: all answers come from one process, for it takes seconds to start."""
    if not PYTHON.with_name("mf").exists():
        pytest.fail("MetricFlow is not installed: run `make test-environment` first.")
    asked, said = (tmp_path_factory.mktemp("metrics") / name for name in ("asked", "said"))
    queries = {(name, *what): query_for(name, *what) for name in METRICS for what in asked_of(name)}
    fault = ("exchange_rate is not null", "no_such_column is not null")
    asked.write_bytes(pickle.dumps({"queries": queries, "commands": COMMANDS, "fault": fault}))
    done = subprocess.run(
        [PYTHON, SCRIPT, asked, said],
        env={**os.environ, "WAREHOUSE_DUCKDB": str(sample.path)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return pickle.loads(said.read_bytes())


@pytest.fixture(scope="module")
def connection(sample: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sample, opened once."""
    with duckdb.connect(sample.path, read_only=True) as connection:
        yield connection


def comparable(rows: list[tuple]) -> list[tuple]:
    """Rows in one order, with days as dates, and numbers that MetricFlow divides as floats of twelve digits."""
    return sorted((tuple(map(plain_value, row)) for row in rows), key=repr)


def plain_value(value: object) -> object:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, float):
        return float(f"{value:.12g}")
    return value


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_what_plain_sql_says(name, said, connection):
    for grain, group_by in asked_of(name):
        expected = comparable(connection.execute(METRICS[name].sql(grain, group_by)).fetchall())
        assert comparable(said["answers"][name, grain, group_by]) == expected, (grain, group_by)
        assert expected


def test_every_metric_is_compared_and_described(said):
    assert set(said["metrics"]) == set(METRICS)
    for name, metric in said["metrics"].items():
        assert metric["label"], name
        assert re.search(r"[Aa]dds? up", metric["description"]), f"{name} does not say over what it adds up"


def test_a_cumulative_metric_says_which_value_of_a_period_it_shows(said):
    """Left unsaid, it is that of the first day."""
    cumulative = {name: metric for name, metric in said["metrics"].items() if metric["type"] == "cumulative"}
    assert set(cumulative) == {name for name, plain in METRICS.items() if isinstance(plain, Daily)}
    written = [yaml.safe_load(path.read_text()) for path in PROJECT.glob("models/**/*__metrics.yml")]
    params = {metric["name"]: metric["type_params"] for file in written for metric in file["metrics"]}
    for name, metric in cumulative.items():
        said_so = params[name]["cumulative_type_params"].get("period_agg")
        assert said_so and metric["cumulative"] == said_so and f"`period_agg: {said_so}`" in metric["description"], name


def test_the_layer_is_valid_and_a_fault_is_found(said):
    assert said["problems"] == []
    assert any("no_such_column" in problem for problem in said["problems_of_fault"])


def test_saved_queries_are_the_analyses_row_by_row(said, sample):
    analyses = {path.stem: path.read_text() for path in PROJECT.glob("analyses/*.sql")}
    assert set(said["saved_queries"]) == set(analyses) and len(analyses) == 5
    for name, text in analyses.items():
        query = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"marts.\1", text)
        expected, answered = sample.rows(query), said["saved_queries"][name]
        assert len(expected) > 3, name
        assert [tuple(map(plain_value, row)) for row in answered] == [
            tuple(map(plain_value, row)) for row in expected
        ], name


def test_without_a_query_it_lists_what_there_is_to_ask(said):
    code, out, _ = said["commands"][""]
    assert code == 0
    for name in (*METRICS, *said["saved_queries"]):
        assert re.search(rf"(?m)^  {name}  ", out), name
    assert "by metric_time, country" in out


def test_answers_are_tables(said, sample):
    code, out, err = said["commands"]["late_shipments_by_carrier"]
    assert (code, err) == (0, "")
    names, *rows = (line.split() for line in out.splitlines())
    assert names[:2] == ["carrier", "shipment_count"]
    assert [row[0] for row in rows] == sorted(
        row[0] for row in sample.rows("select distinct carrier from marts.fct_daily_shipments")
    )
    assert all(0 <= float(row[-1]) <= 1 for row in rows)


def test_options_are_those_of_mf(said, sample):
    together, nowhere, february, two, explained = (said["commands"][query] for query in COMMANDS[2:7])
    names, first, second = (line.split() for line in together[1].splitlines())
    assert names == ["metric_time__month", "country", "total_revenue", "daily_active_users"]
    assert float(first[2]) >= float(second[2]) > 0 and math.isfinite(int(first[3]))
    assert nowhere[1].splitlines() == [
        "metric_time__day  country  total_revenue"[:16] + "  total_revenue",
        "There are no rows.",
    ]
    ((revenue,),) = sample.rows("select sum(revenue) from marts.fct_orders where month(order_date) = 2")
    assert Decimal(february[1].split()[1]) == revenue
    assert two[1].split()[:3] == ["country", "total_revenue", "order_count"]
    assert "SUM(" in explained[1] and "fct_orders" in explained[1]


@pytest.mark.parametrize("query", FAULTS_OF_COMMANDS)
def test_a_query_that_cannot_be_answered_gets_one_sentence(query, said):
    code, out, err = said["commands"][query]
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert FAULTS_OF_COMMANDS[query] in err


def test_without_a_warehouse_it_says_so(tmp_path):
    result = warehouse_command("metrics", "--query", "total_revenue", WAREHOUSE_DUCKDB=str(tmp_path / "none.duckdb"))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "There is no warehouse yet; run `make build` first.\n"
