"""What every model must have, read from dbt's manifest and from the built warehouse."""

import json
import re

import duckdb
import pytest
from conftest import PROJECT, Warehouse, dbt

from warehouse.raw_contract import TABLES

KEY_TESTS = ("unique", "expect_compound_columns_to_be_unique")


@pytest.fixture(scope="session")
def manifest(sample: Warehouse) -> dict:
    return json.loads((sample.target_path / "manifest.json").read_text())


@pytest.fixture(scope="session")
def models(manifest) -> list[dict]:
    found = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "snapshot")]
    assert len(found) >= 40
    return found


def test_every_model_and_each_of_its_columns_is_described(models, sample):
    undescribed = []
    for model in models:
        if not model["description"].strip():
            undescribed.append(model["name"])
        described = {name.lower() for name, column in model["columns"].items() if column["description"].strip()}
        columns = sample.rows(
            "select column_name from information_schema.columns "
            f"where table_schema = '{model['schema']}' and table_name = '{model['alias']}'"
        )
        assert columns, model["name"]
        undescribed += [f"{model['name']}.{column}" for (column,) in columns if column.lower() not in described]
        undescribed += [
            f"{model['name']}.{column} (is not there)" for column in described - {c.lower() for (c,) in columns}
        ]
    assert not undescribed, f"describe these in the yml of the model: {', '.join(undescribed)}"


def test_every_model_has_a_key_that_is_tested(models, manifest, sample):
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") in KEY_TESTS
    }
    for model in models:
        # A view that takes rows of one model, and adds none, inherits its key. What says its grain and has no test in
        # a build is looked at here and after every batch of a replay: lists, which a full build leaves empty, days of
        # arrival, metrics whose two parts are tested, and events of which each must be in one session.
        assert model["unique_id"] in tested or filtered_model(model) in tested or model["config"]["meta"].get("grain")
        relation, grain = f"{model['schema']}.{model['alias']}", ", ".join(model["config"]["meta"].get("grain", []))
        if grain and model["resource_type"] == "model":
            assert not sample.rows(f"select {grain} from {relation} group by {grain} having count(*) > 1"), relation


def filtered_model(model: dict) -> str | None:
    """The one model whose rows a view shows, all or some, each once; None for any other model."""
    sql = re.sub(r"{{ config\(.*?\) }}", "", model["raw_code"]).strip()
    simple = re.fullmatch(r"select\s[\w\s,.*]+\sfrom {{ ref\('\w+'\) }}(\swhere\s.*)?", sql, re.DOTALL)
    is_filter = simple and not re.search(r"\b(distinct|join|union|group by|unnest)\b", sql)
    return model["depends_on"]["nodes"][0] if is_filter and model["config"]["materialized"] == "view" else None


def test_no_column_is_null_where_none_may_be(models, sample):
    """What a contract says, DuckDB enforces; so this can only fail where a contract is not built as it reads."""
    constrained = {
        f"{model['schema']}.{model['alias']}": [
            name for name, column in model["columns"].items() if column["constraints"]
        ]
        for model in models
    }
    enforced = sample.rows(
        "select schema_name || '.' || table_name, column_name from duckdb_columns() where not is_nullable"
    )
    assert {(relation, name) for relation, names in constrained.items() for name in names} == set(enforced)
    assert len(enforced) >= 160


def test_every_mart_has_an_enforced_contract_with_all_types_and_a_grain(models):
    marts = [model for model in models if model["schema"] == "marts"]
    assert len(marts) >= 7
    for mart in marts:
        assert mart["contract"]["enforced"], mart["name"]
        assert all(column["data_type"] for column in mart["columns"].values()), mart["name"]
        assert set(mart["config"]["meta"]["grain"]) <= set(mart["columns"]), mart["name"]


def described_raw_tables(page: str) -> list[tuple[str, list[str], list[str]]]:
    """The raw tables on the page about your data: name, columns, and the marts that have rows as soon as it has."""
    text = page.partition("## Columns")[2].partition("\n\n-")[0]
    rows = [[re.findall(r"`(\w+)`", cell) for cell in line.split("|")] for line in text.splitlines() if "| `" in line]
    return [(table[0], columns, marts) for _, table, columns, marts, *_ in rows]


def test_the_docs_name_each_raw_table_with_its_columns_and_every_mart(models):
    """All but two, which have rows with any data, stand at the table that gives them rows."""
    described = described_raw_tables((PROJECT / "docs" / "your_data.md").read_text())
    assert {table: tuple(columns) for table, columns, _ in described} == TABLES
    named = {mart for _, _, marts in described for mart in marts}
    assert {model["name"] for model in models if model["schema"] == "marts"} - named == {
        "dim_dates",
        "web_activity_insights",
    }


def test_engine_conditions_live_in_dispatched_macros_only(models):
    assert [model["name"] for model in models if re.search(r"target\.(type|name)", model["raw_code"] or "")] == []


def test_every_rejection_reason_in_the_code_is_in_the_closed_list_and_the_reverse(manifest, sample):
    code = [macro["macro_sql"] for macro in manifest["macros"].values() if macro["name"].endswith("_rejection_reasons")]
    code += [node["raw_code"] for node in manifest["nodes"].values() if node["name"].startswith("base_")]
    written = set(re.findall(r"(?:then|else)\s+'(\w+)'", "\n".join(code)))
    listed = {reason for (reason,) in sample.rows("select rejection_reason from reference.rejection_reasons")}
    assert written == listed


@pytest.mark.parametrize(
    ("variable", "says"),
    [
        ("session_timeout_seconds: long", "whole number from 1 to 1000000000, not 'long'"),
        ("order_window_seconds: 0", "whole number from 1 to 1000000000, not '0'"),
        ("duplicate_horizon_seconds: 1000000001", "whole number from 0 to 1000000000, not '1000000001'"),
        ("maximum_order_amount: 1000000000001", "from 0 to 1000000000000, not '1000000000001'"),
        ("order_table: null", "order_table must be the name of a table, such as shipments, not 'None'"),
        ("session_identity_columns: [user]", "must be a list of user_id, device_id"),
        ("reporting_timezone: Mars", "IANA name of a time zone"),
        ("reporting_currency: euro", "a code of three capital letters, such as EUR, not 'euro'"),
        ("user_id_type: text", "must be integer or string, not 'text'"),
        ("event_id_retention_seconds: 24", "must be at least 25"),
        ("maximum_seconds_ahead_of_arrival: -1", "whole number from 0 to 1000000000, not '-1'"),
        ("maximum_days_ahead_of_arrival: 2", "is called maximum_seconds_ahead_of_arrival now"),
        ("raw_kept_from: '2025-02-30'", "must be a day such as 2025-02-01, or null, not '2025-02-30'"),
        ("pairs_from: 2025-02-01", "two times in UTC, the earlier first"),
        ("calendar_from: '2025-02-30'", "calendar_from must be a day such as 2025-02-01, not '2025-02-30'"),
        ("calendar_to: 1999-12-31", "must not be before calendar_from, 2000-01-01, as '1999-12-31' is"),
    ],
)
def test_a_variable_that_cannot_work_stops_the_run(variable, says, copy):
    arguments = ("--vars", variable, "--target-path", str(copy.target_path))
    result = dbt("run", "--select", "dim_users", *arguments, WAREHOUSE_DUCKDB=str(copy.path))
    assert result.returncode != 0
    assert says in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.parametrize(("hours", "result_of_test"), [(10_000_000, "WARN=0 ERROR=0"), (1, "WARN=1 ERROR=0")])
def test_recency_is_tested_where_a_deployment_asks_for_it(hours, result_of_test, copy):
    result = dbt(
        "test",
        "--select",
        "web_activity_is_recent",
        "--vars",
        f"maximum_data_age_hours: {hours}",
        "--target-path",
        str(copy.target_path),
        WAREHOUSE_DUCKDB=str(copy.path),
    )
    assert result_of_test in result.stdout, result.stdout
    assert result.returncode == 0
    kept = copy.rows("select count(*) from information_schema.tables where table_name = 'web_activity_is_recent'")
    assert kept == [(1,)]


def test_what_is_unusual_warns_and_what_is_wrong_fails(manifest):
    """Holidays, partial days and old data are not wrong; tests that look at them keep what they find."""
    tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    assert len(tests) > 150
    for test in tests:
        kind = (test.get("test_metadata") or {}).get("name", "")
        is_of_the_unusual = bool(re.search("stdev|recent|row_count_to_be_between", kind))
        assert test["config"]["severity"].lower() == ("warn" if is_of_the_unusual else "error"), test["name"]
        assert bool(test["config"]["store_failures"]) is is_of_the_unusual, test["name"]


def test_tables_that_a_user_loaded_into_raw_are_left_alone(manifest, tmp_path):
    """Nothing of the project is in `raw`, where ingestion loads by default: seeds replace tables of their names."""
    assert not [node["name"] for node in manifest["nodes"].values() if node["schema"] == "raw"]
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", tmp_path / "target")
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("create schema raw; create table raw.orders as select 'own' as order_id from range(3)")
    for arguments in (["seed"], ["build", "--select", "orders", "--resource-type", "seed", "--full-refresh"]):
        options = ("--target-path", str(warehouse.target_path))
        result = dbt(*arguments, *options, TARGET="duckdb", WAREHOUSE_DUCKDB=str(warehouse.path))
        assert result.returncode == 0, result.stdout
        assert warehouse.rows("select * from raw.orders") == [("own",)] * 3
    in_raw = "select table_name from information_schema.tables where table_schema = 'raw'"
    assert warehouse.rows(in_raw) == [("orders",)]
    (count,) = warehouse.rows("select count(*) from raw_sample.orders")[0]
    assert count > 3
