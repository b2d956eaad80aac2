"""What `make test-versions` rests on: how contents are compared, what is installed, which format files have."""

import json
import re
from collections import Counter
from pathlib import Path

import duckdb
import pytest
import yaml
from builds import lines_of_records, unit_tests_not_for_dbt_2
from conftest import PROJECT, Warehouse, dbt
from contents import Relation, differences, read, write
from install import REQUIREMENTS
from pairs import DBT_2, DEFAULT, PAIRS

from benchmarks.in_duckdb import SETTINGS
from warehouse.duckdb_files import NEWEST_FORMAT

ORDERS = Relation(("id BIGINT", "amount DECIMAL(38,9)"), Counter({("1", "2.500000000"): 1, ("2", None): 2}))


@pytest.mark.parametrize(
    ("ours", "says"),
    [
        ({"marts.orders": ORDERS}, []),
        ({}, ["marts.orders is missing"]),
        (
            {"marts.orders": ORDERS, "marts.users": ORDERS},
            ["marts.users is not there in the default"],
        ),
        (
            {"marts.orders": Relation(("id HUGEINT", "amount DECIMAL(38,9)"), ORDERS.rows)},
            ["marts.orders has other columns or types: id BIGINT, id HUGEINT"],
        ),
        (
            {"marts.orders": Relation(ORDERS.columns[::-1], ORDERS.rows)},
            ["marts.orders has other columns or types: the same in another order"],
        ),
        (
            {"marts.orders": Relation(ORDERS.columns, Counter({("1", "2.5"): 1, ("2", None): 2}))},
            [
                "marts.orders (id BIGINT, amount DECIMAL(38,9)): 1 rows are only here, such as [('1', '2.5')], "
                "and 1 only in the default, such as [('1', '2.500000000')]"
            ],
        ),
        (
            {"marts.orders": Relation(ORDERS.columns, Counter({("1", "2.500000000"): 1, ("2", None): 1}))},
            [
                "marts.orders (id BIGINT, amount DECIMAL(38,9)): 0 rows are only here, such as [], "
                "and 1 only in the default, such as [('2', None)]"
            ],
        ),
    ],
)
def test_what_differs_is_named_with_examples(ours, says):
    assert differences(ours, {"marts.orders": ORDERS}) == says


def test_tables_and_views_are_written_as_text_and_of_what_is_recorded_the_names(tmp_path: Path):
    with duckdb.connect(tmp_path / "warehouse.duckdb") as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.orders (id bigint, amount decimal(38, 9))")
        connection.execute("insert into marts.orders values (1, 2.5), (2, null), (2, null)")
        connection.execute("create table marts.model_state as select 'orders' as relation_name, unnest([1, 2]) as run")
        connection.execute("create view marts.large as select [id] as ids, amount > 2 as is_large from marts.orders")
    write(str(tmp_path / "warehouse.duckdb"), str(tmp_path / "contents.json"))
    assert read(tmp_path / "contents.json") == {
        "marts.orders": ORDERS,
        "marts.large": Relation(("ids BIGINT[]", "is_large BOOLEAN"), Counter({("[1]", "true"): 1, ("[2]", None): 2})),
        "marts.model_state": Relation(("relation_name VARCHAR",), Counter({("orders",): 1})),
    }


@pytest.mark.parametrize("pair", [DEFAULT, *PAIRS, DBT_2], ids=lambda pair: pair.name)
def test_every_package_of_a_pair_has_one_version_and_its_hashes(pair):
    package = r"([\w.-]+)==\S+( ; .+)? \\\n(?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+"
    assert re.fullmatch(f"(?:{package})+", pair.lock())
    found = re.findall(package, pair.lock())
    assert ("duckdb", "") in found and ("dbt" if pair is DBT_2 else "dbt-core", "") in found
    names = [name for name, _ in found]
    assert all(names.count(name) == 1 for name, marker in found if not marker)


def test_the_pairs_are_the_versions_that_the_project_says_it_runs_on():
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    lowest, beyond = (version.strip("<>=") for version in project["require-dbt-version"])
    minors = {pair.version("dbt-core").rpartition(".")[0] for pair in (DEFAULT, *PAIRS)}
    assert minors == {f"1.{minor}" for minor in range(int(lowest.split(".")[1]), int(beyond.split(".")[1]))}
    pairs = {(pair.version("dbt-core"), pair.version("duckdb")) for pair in (DEFAULT, *PAIRS)}
    assert len(pairs) == 4 and len({dbt for dbt, _ in pairs}) == len({engine for _, engine in pairs}) == 2


def test_each_lock_of_versions_has_what_is_asked_for():
    for asked in (REQUIREMENTS / "versions").glob("*.in"):
        pins = [line for line in asked.read_text().splitlines() if not line.startswith("#")]
        assert [pin for pin in pins if "==" in pin] == pins
        assert re.findall(r"(?m)^\w\S*", asked.with_suffix(".txt").read_text()) == pins


def test_records_of_a_csv_file_are_taken_as_they_stand_there():
    text = 'id,note\n1,"two\r\nlines, ""quoted"""\n2,\n3,""\n'
    assert list(lines_of_records(text)) == [
        ("id,note\n", ["id", "note"]),
        ('1,"two\r\nlines, ""quoted"""\n', ["1", 'two\r\nlines, "quoted"']),
        ("2,\n", ["2", ""]),
        ('3,""\n', ["3", ""]),
    ]


def test_unit_tests_that_dbt_2_reads_otherwise_are_found():
    found = unit_tests_not_for_dbt_2(PROJECT / "models")
    assert {"what_is_no_json_object_is_rejected", "users_have_text_for_ids"} < set(found) and len(found) < 10


def test_files_are_made_in_one_format_that_duckdb_1_5_reads(tmp_path: Path):
    profile = yaml.safe_load((PROJECT / "profiles" / "profiles.yml").read_text())
    options = profile["commerce_warehouse"]["outputs"]["duckdb"]["config_options"]
    name = "storage_compatibility_version"
    assert options == NEWEST_FORMAT == {name: SETTINGS[name]}
    duckdb.connect(tmp_path / "made.duckdb", config=NEWEST_FORMAT).close()
    # After a checksum and the word DUCK stands the format, which is 68 for DuckDB 1.5.
    assert int.from_bytes((tmp_path / "made.duckdb").read_bytes()[12:20], "little") == 68


def test_macros_that_serve_every_version(copy: Warehouse):
    """Types that are written in the way of dbt-core or of dbt 2, and the names of time zones."""
    same = [
        ("bigint", "BIGINT"),
        ("datetime", "TIMESTAMP"),
        ("decimal(38, 9)", "DECIMAL(38,9)"),
        ("VARCHAR", "VARCHAR"),
    ]
    other = [("bigint", "HUGEINT"), ("DECIMAL(18,3)", "DECIMAL(38,9)"), ("date", "TIMESTAMP"), ("BIGINT[]", "BIGINT")]
    zones = {"Europe/Berlin": True, "America/Argentina/Buenos_Aires": True, "Mars": False, "x' or 'a' = 'a": False}
    asked = [
        f"diff_column_data_types([api.Column('a', '{new}'), api.Column('new', 'date')], [api.Column('a', '{old}')])"
        for new, old in (*same, *other)
    ]
    asked += [f'is_time_zone("{zone}")' for zone in zones]
    query = f"select 1 as one {{% if execute %}}/* ASKED: {{{{ [{', '.join(asked)}] | tojson }}}} */{{% endif %}}"
    environment = {"WAREHOUSE_DUCKDB": str(copy.path), "TARGET": "duckdb"}
    result = dbt("compile", "--inline", query, "--target-path", str(copy.target_path), **environment)
    assert result.returncode == 0, result.stdout
    answers = json.loads(re.search(r"ASKED: (.*) \*/", result.stdout)[1])
    changes = [[{"column_name": "a", "new_type": new}] for new, _ in other]
    assert answers == [[]] * len(same) + changes + list(zones.values())
