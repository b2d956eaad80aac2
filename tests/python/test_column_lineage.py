"""Lineage by column, compared with two other ways to know it: the plan of the engine, and values that are changed.

The plan of the binder says which columns each operator reads: no edge is missing, and none is there that the SQL does
not have. It does not say that a value changes with another; and where it reads a name as nobody meant it, so does a
build. Values that are changed, one column at a time, show the other side: nothing changes where lineage has no edge,
and most edges are seen. What the sample has no rows for is not seen.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from plan_lineage import planned_lineage

from warehouse import lineage_page
from warehouse.column_lineage import ROWS, Lineage, LineageError, Source

# Of the edges by which a value is computed, so many are seen when the sample's values change.
SEEN = 0.9
CHANGED = {
    "BOOLEAN": "not {0}",
    "DATE": "{0} + 1",
    "TIMESTAMP": "{0} + interval 26 hours",
    "VARCHAR": "case when rowid % 3 = 0 then {0} || '7' when rowid % 3 = 1 then reverse({0}) end",
}
NUMBER = "case when rowid % 3 = 0 then {0} + 1 when rowid % 3 = 1 then {0} - 1 end"


@pytest.fixture(scope="module")
def manifest(documented: Path) -> dict:
    return json.loads((documented / "manifest.json").read_text())


@pytest.fixture(scope="module")
def found(documented: Path, manifest: dict) -> dict[str, Lineage]:
    return lineage_page.project_lineage(manifest, json.loads((documented / "catalog.json").read_text()))


@pytest.fixture(scope="module")
def tables(documented: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sample in memory, each view a table: what a model reads is what stands in its SQL."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{documented / 'warehouse.duckdb'}' as built (read_only)")
        connection.execute("attach ':memory:' as warehouse")
        connection.execute("set TimeZone = 'UTC'; set default_null_order = 'nulls_first_on_asc_last_on_desc'")
        views = "select table_schema, table_name from information_schema.tables where table_catalog = 'built'"
        for schema, name in connection.execute(views).fetchall():
            connection.execute(f'create schema if not exists warehouse."{schema}"')
            # A view names the database that it is in.
            connection.execute(f'create table warehouse."{schema}"."{name}" as from built."{schema}"."{name}"')
        yield connection


def test_every_model_and_every_column_is_known(found, manifest, documented):
    assert not [error for error in found.values() if isinstance(error, LineageError)]
    models = {name for name, node in manifest["nodes"].items() if node["resource_type"] in ("model", "snapshot")}
    assert set(found) == models
    catalog = json.loads((documented / "catalog.json").read_text())
    for name in models & set(catalog["nodes"]):
        # Of a snapshot dbt adds some.
        is_snapshot = manifest["nodes"][name]["resource_type"] == "snapshot"
        added = {column for column in catalog["nodes"][name]["columns"] if is_snapshot and column.startswith("dbt_")}
        assert set(found[name].columns) == set(catalog["nodes"][name]["columns"]) - added, name


def test_lineage_is_that_of_the_engines_plan(found, manifest, tables):
    """None missing, none wrong: of every column of every model, and of the rows."""
    names = {relation(node): name for name, node in tables_of(manifest).items()}
    for name, lineage in found.items():
        planned = planned_lineage(tables, manifest["nodes"][name]["compiled_code"], names)
        assert lineage.columns == planned.columns, name
        assert lineage.decided_by == planned.decided_by, name


def test_the_engine_scans_what_lineage_names(found, manifest, tables):
    """With no optimizer but the one that drops unused columns, a scan lists what one column of a model needs.

    It may list more: what is computed once for several columns stays.
    """
    others = tables.execute("select string_agg(name, ',') from duckdb_optimizers() where name != 'unused_columns'")
    tables.execute(f"set disabled_optimizers = '{others.fetchone()[0]}'")
    names = {relation(node): name for name, node in tables_of(manifest).items()}

    for name, lineage in found.items():
        sql = manifest["nodes"][name]["compiled_code"]
        of_rows = {source for source in lineage.decided_by if source.column != ROWS}
        for column, sources in lineage.columns.items():
            edges = of_rows | {source for source in sources if source.column != ROWS}
            plan = tables.execute(f'explain (format json) select "{column}" from ({sql}\n) as rows_of_model').fetchall()
            assert edges <= set(scans(json.loads(plan[0][1]), names)), (name, column)
    tables.execute("reset disabled_optimizers")


def tables_of(manifest: dict) -> dict[str, dict]:
    """All that has a place in the warehouse, by its id."""
    nodes = {**manifest["sources"], **manifest["nodes"]}
    return {name: node for name, node in nodes.items() if node.get("relation_name")}


def relation(node: dict) -> str:
    return node["relation_name"].replace('"', "").lower()


def scans(operators: list[dict], names: dict[str, str]) -> Iterator[Source]:
    """The columns of tables that a plan reads."""
    for operator in operators:
        about = operator["extra_info"]
        if "Table" in about:
            columns = about.get("Projections", [])
            for column in [columns] if isinstance(columns, str) else columns:
                # Where only the number of rows is needed, none is named.
                if column:
                    yield Source(names[about["Table"].lower()], column.lower())
        yield from scans(operator["children"], names)


def test_values_change_along_edges_only(found, manifest, tables):
    """One column of an input at a time gets other values. A column that does not come from it stays as it was."""
    relations = {name: node["relation_name"] for name, node in tables_of(manifest).items()}
    # The history of the sample is one run: in most columns of models on it, other values make no difference.
    on_history = {name for name, node in manifest["nodes"].items() if "run_history" in node.get("tags", ())}
    seen, expected = set(), set()
    for name, lineage in found.items():
        sql = manifest["nodes"][name]["compiled_code"]
        before = digests(tables, sql)
        inputs = {source.table for source in lineage.decided_by.union(*lineage.columns.values())}
        for table in sorted(inputs):
            types = tables.execute(f"describe {relations[table]}").fetchall()
            for column, type_ in [(row[0], re.sub(r"\(.*", "", row[1])) for row in types]:
                source = Source(table, column.lower())
                if source in lineage.decided_by:
                    # Other rows have other values in any column.
                    continue
                edges = {output for output, sources in lineage.columns.items() if source in sources}
                expected |= {(name, output, source) for output in edges if name not in on_history}
                other = CHANGED.get(type_, NUMBER).format(f'"{column}"')
                changed = f'select * replace (cast({other} as {type_}) as "{column}") from {relations[table]}'
                after = digests(tables, re.sub(re.escape(relations[table]) + r"(?= |\n|$)", f"({changed})", sql))
                differ = {output for output in before if before[output] != after[output]}
                assert differ <= edges, (name, source, differ - edges)
                seen |= {(name, output, source) for output in differ if name not in on_history}
    assert len(seen) >= SEEN * len(expected), f"{len(seen)} of {len(expected)}"


def digests(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, int]:
    """By column a number that its values give, in whatever order they are."""
    names = [row[0].lower() for row in connection.execute(f"describe {sql}").fetchall()]
    query = f"select sum(cast(hash(columns(*)) as hugeint)) from ({sql}\n) as rows_of_model"
    return dict(zip(names, connection.execute(query).fetchone(), strict=True))


def test_the_page_has_all_columns_with_what_they_mean_and_needs_no_other_host(documented, found, tmp_path):
    for name in ("manifest.json", "catalog.json"):
        (tmp_path / name).write_bytes((documented / name).read_bytes())
    traced = lineage_page.write_lineage(tmp_path, "page.html")
    page = (tmp_path / "page.html").read_text()
    assert traced > set(found)
    assert set(re.findall(r"https?://[^\s\"')]+", page)) == {"http://www.w3.org/2000/svg"}
    tables = {
        table["name"]: table for table in json.JSONDecoder().raw_decode(page, page.index("const TABLES = ") + 15)[0]
    }
    revenue = tables["fct_daily_user_metrics"]["columns"]["total_revenue"]
    assert revenue["from"] == [["model.commerce_warehouse.int_activity__daily_user_metrics", "total_revenue"]]
    assert all(
        column["says"] for table in tables.values() for column in table["columns"].values() if table["layer"] == "marts"
    )
    assert not any(table["problem"] for table in tables.values())
    assert tables["orders"]["layer"] == "raw"


def test_what_cannot_be_read_is_said_and_stops_nothing():
    manifest = {"nodes": {}, "sources": {}}
    for name, sql in (
        ("a", "select 1 as x from nowhere"),
        ("b", "with recursive r as (select 1 as x) select * from r"),
    ):
        manifest["nodes"][f"model.p.{name}"] = {
            "unique_id": f"model.p.{name}",
            "name": name,
            "resource_type": "model",
            "fqn": ["p", "marts", name],
            "description": "",
            "columns": {},
            "compiled_code": sql,
        }
    shown = lineage_page.described(manifest, {"nodes": {}, "sources": {}})
    assert [table["problem"] for table in shown.values()] == [
        "nowhere is no table of the project",
        "recursive queries are not read",
    ]
