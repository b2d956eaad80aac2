"""`make explain`: the raw records that it names are all that the rows were made from, and they were made from them."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import UsageError
from warehouse.explain import Explanation, explanation, inputs_of, lines

# Of these, the greatest time that has arrived decides, and is said not to be followed.
WATERMARKS = {
    "int_playback__heartbeat_arrival_days": ("playback_heartbeats", "base_playback__heartbeats", "event_at"),
    "int_shipping__change_arrival_days": ("shipment_changes", "base_shipping__shipment_changes", "changed_at"),
    "int_shipping__scan_arrival_days": ("shipment_scans", "base_shipping__shipment_scans", "event_at"),
    "int_orders__order_arrival_days": ("orders", "base_shop__orders", "ordered_at"),
}
# Of these, all rows together decide something of each, and those with the values that are asked for are followed.
FOLLOWED_IN_PART = {
    "int_shipping__change_logs",
    "int_shipping__change_log_minutes",
    "int_orders__order_arrival_days",
    "int_shipping__scan_arrival_days",
}
# By mart conditions of rows that are not plain: repeated records, corrections, what another source adds, several rows.
ASKED = {
    "fct_daily_user_metrics": ["user_id = 3 and metric_date = '2025-01-02'", "total_events > 0 and total_orders > 1"],
    "fct_orders": ["session_id is not null", "exchange_rate <> 1 and order_date < '2025-01-20'", "not is_known_user"],
    "fct_web_sessions": ["is_converted", "user_id is null"],
    "fct_watch_streams": ["is_resumed", "ended_by = 'next_program'"],
    "fct_daily_user_playback": ["stream_count > 1"],
    "fct_daily_shipments": ["delivered_late_count > 0 and carrier = 'dhl' and region = 'east'"],
    "dim_user_history": ["user_id = 3", "version_number = 2"],
    "dim_order_history": ["version_number = 3"],
    "dim_products": ["product_id < 'p-0100'"],
    "dim_shipments": ["region is null"],
    "shipment_current_status": ["last_location is null"],
}


class Chain:
    """Builds a mart again, in memory, from the sample without some raw records."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.manifest = json.loads((folder / "manifest.json").read_text())
        self.nodes = {**self.manifest["sources"], **self.manifest["nodes"]}
        self.file = folder / "warehouse.duckdb"
        self.connection = connection
        connection.execute(f"attach '{self.file}' as built (read_only)")
        connection.execute("attach ':memory:' as warehouse")
        connection.execute("set TimeZone = 'UTC'; set default_null_order = 'nulls_first_on_asc_last_on_desc'")
        arrival = "loaded_at timestamp, source_file varchar, source_position bigint"
        connection.execute(f"create table named (source varchar, {arrival})")
        for schema in {node["schema"] for node in self.nodes.values()}:
            connection.execute(f'create schema if not exists warehouse."{schema}"')

    def node(self, name: str) -> dict:
        return next(node for node in self.manifest["nodes"].values() if node["name"] == name)

    def explain(self, mart: str, where: str) -> Explanation:
        with duckdb.connect(self.file, read_only=True) as connection:
            return explanation(connection, self.manifest, mart, where)

    def keys(self, mart: str, where: str) -> list[str]:
        """The keys of the rows of the sample that fit, kept as the table keys; the names of their columns."""
        names = self.node(mart)["config"]["meta"]["grain"]
        table = f"built.{self.node(mart)['schema']}.{mart}"
        self.connection.execute(f"create or replace table keys as select {', '.join(names)} from {table} where {where}")
        return names

    def rows(self, mart: str, names: list[str], database: str) -> list[tuple]:
        """The rows of a mart that have one of the keys."""
        same = " and ".join(f"keys.{name} is not distinct from mart.{name}" for name in names)
        table = f"{database}.{self.node(mart)['schema']}.{mart}"
        return self.connection.execute(
            f"select mart.* from {table} as mart where exists (select 1 from keys where {same}) order by all"
        ).fetchall()

    def greatest(self, source: str, base: str, column: str) -> set[tuple]:
        """The accepted records of a source that have its greatest time."""
        table = f"built.staging.{base}"
        accepted = f"from {table} where rejection_reason is null"
        return set(
            self.connection.execute(
                f"select '{source}', loaded_at, source_file, source_position {accepted} "
                f"and {column} = (select max({column}) {accepted})"
            ).fetchall()
        )

    def build(self, mart: str, named: set[tuple], *, without: bool) -> None:
        """Build a mart and all that it is made from: of the named records alone, or without them."""
        self.connection.execute("delete from named")
        self.connection.executemany("insert into named values (?, ?, ?, ?)", [*named])
        for name in reversed(inputs_of(self.nodes, self.node(mart)["unique_id"])):
            node = self.nodes[name]
            if node["resource_type"] == "seed":
                query = f"from built.{node['schema']}.{node['name']} as raw"
                if "raw" in node["fqn"]:
                    places = (
                        f"select loaded_at, source_file, source_position from named where source = '{node['name']}'"
                    )
                    is_named = f"(loaded_at, source_file, source_position) in ({places})"
                    query += f" where not {is_named}" if without else f" where {is_named}"
            else:
                query = node["compiled_code"]
            self.connection.execute(f"create or replace table {node['relation_name']} as {query}")


@pytest.fixture(scope="module")
def chain(documented: Path) -> Iterator[Chain]:
    with duckdb.connect() as connection:
        yield Chain(documented, connection)


@pytest.mark.parametrize(
    ("mart", "where"), [(mart, where) for mart, conditions in ASKED.items() for where in conditions]
)
def test_the_named_records_are_what_rows_are_made_from(chain: Chain, mart: str, where: str):
    """Of them alone the rows come out as they are; without them, not one of them."""
    found = chain.explain(mart, where)
    assert found.row_count
    names = chain.keys(mart, where)
    named = {(one.source, *row[:3]) for one in found.records for row in [*one.rows, *one.others]}
    greatest = set()
    for note in found.notes:
        table = note.partition(":")[0]
        assert table in FOLLOWED_IN_PART or table in WATERMARKS, note
        if table in WATERMARKS:
            greatest |= chain.greatest(*WATERMARKS[table])
    before = chain.rows(mart, names, "built")
    chain.build(mart, named | greatest, without=False)
    assert chain.rows(mart, names, "warehouse") == before
    chain.build(mart, named, without=True)
    assert not set(chain.rows(mart, names, "warehouse")) & set(before)


def test_other_records_change_nothing(chain: Chain):
    """A day's figure of a user stays when any of the others goes; a few of them at a time."""
    mart, where = "fct_daily_user_metrics", ASKED["fct_daily_user_metrics"][0]
    found = chain.explain(mart, where)
    names = chain.keys(mart, where)
    named = {(one.source, *row[:3]) for one in found.records for row in [*one.rows, *one.others]}
    before = chain.rows(mart, names, "built")
    for source in ("app_logs", "orders", "users", "active_users", "exchange_rates"):
        arrivals = (
            f"select '{source}', loaded_at, source_file, source_position from built.raw_sample.{source} order by all"
        )
        others = [row for row in chain.connection.execute(arrivals).fetchall() if row not in named]
        for place in range(3):
            chain.build(mart, set(others[place::7]), without=True)
            assert chain.rows(mart, names, "warehouse") == before, source


def test_an_explanation_says_what_there_is_with_its_outcome(chain: Chain):
    where = "metric_date = '2025-01-02' and user_id = 3"
    found = chain.explain("fct_daily_user_metrics", where)
    said = lines(found, "fct_daily_user_metrics", where, most=1)
    text = "\n".join(said)
    assert said[0] == f"fct_daily_user_metrics: 1 row where {where}"
    assert (
        "Values come from\n  users: 1 record, 1 accepted, 0 set aside\n    users/2024-12-31T23.csv:2  arrived" in text
    )
    assert "order_id=o-0000009|customer_id=3|" in text
    assert "app_logs: 31 records, 30 accepted, 1 set aside (redelivered 1)\n    not shown; ALL=yes shows all" in text
    assert "redelivered\n" in "\n".join(lines(found, "fct_daily_user_metrics", where, most=None))
    nothing = chain.explain("fct_daily_user_metrics", "user_id = -1")
    said = lines(nothing, "fct_daily_user_metrics", "user_id = -1", most=1)
    assert said[0] == "fct_daily_user_metrics: 0 rows where user_id = -1"
    assert "observability.rejected_records" in said[-1]


@pytest.mark.parametrize(
    "where", ["nobody = 3", "user_id =", "true) or (", "true); drop table x; select (true", "sum(1) > 0"]
)
def test_a_condition_that_is_none_gets_one_sentence(chain: Chain, where: str):
    with pytest.raises(UsageError, match=r"^WHERE [^\n]+$"):
        chain.explain("fct_orders", where)
