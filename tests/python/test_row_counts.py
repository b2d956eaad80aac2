"""Where the rows went, on a case: 10,500 shipments come in, 10,200 come out, and each of the others has its reason."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, Warehouse, dbt

from warehouse.raw_contract import TABLES

# Of 10,500 shipments every 35th (300) has no status, and 200 of the others have one that nobody has heard of.
SHIPMENTS, WITHOUT_STATUS, UNHEARD_OF = 10_500, 300, 200
CLAIMS = (
    "assert_every_raw_record_is_accepted_or_rejected",
    "assert_no_layer_loses_a_record_without_a_reason",
)
PARTS = ("macros", "models", "packages", "profiles", "seeds", "snapshots", "tests", "dbt_packages")
FOR_NO_REASON = """\
    and shipment_status in (select known.shipment_status from {{ ref('shipment_statuses') }} as known)
"""


def change(number: int) -> str:
    """The creation of a shipment as its database's log has it."""
    status: str | None = "in_transit"
    if number % 35 == 0:
        status = None
    elif number % 35 in (1, 2) and number // 35 < UNHEARD_OF // 2:
        status = "held_at_customs"
    at = 1_738_400_000_000 + number * 1_000
    after = {"shipment_id": f"s{number}", "status": status, "weight": 1.5, "shipped_at": at, "promised_at": at + 1}
    return json.dumps({"op": "c", "ts_ms": at, "source": {"ts_ms": at, "lsn": number}, "before": None, "after": after})


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Raw tables that are empty, but for the changes of the case."""
    folder = tmp_path_factory.mktemp("landed")
    with duckdb.connect(folder / "warehouse.duckdb") as connection:
        connection.execute("create schema landing")
        for table, columns in TABLES.items():
            texts = ", ".join(f"{column} varchar" for column in columns)
            arrival = "loaded_at timestamp, source_file varchar, source_position bigint"
            connection.execute(f"create table landing.{table} ({texts}, {arrival})")
        (folder / "changes.json").write_text(
            "\n".join(json.dumps({"payload": change(number), "n": number}) for number in range(1, SHIPMENTS + 1))
        )
        connection.execute(
            "insert into landing.shipment_changes select payload, timestamp '2025-02-02 00:00:00', 'changes', n "
            f"from read_json('{folder}/changes.json', columns = {{payload: 'varchar', n: 'bigint'}})"
        )
    return Warehouse(folder / "warehouse.duckdb", folder / "target")


def build(warehouse: Warehouse, project: Path = PROJECT) -> subprocess.CompletedProcess:
    """`dbt build` of what counts rows and of all it counts, with the tests that need nothing else."""
    counts = ("+layer_row_counts", "+unknown_shipment_statuses", "--indirect-selection", "buildable")
    folders = ("--project-dir", str(project), "--target-path", str(warehouse.target_path))
    variables = ("--vars", "{raw_from: source, raw_schema: landing}")
    return dbt("build", "--select", *counts, *folders, *variables, WAREHOUSE_DUCKDB=str(warehouse.path))


def test_10_500_came_in_and_10_200_came_out_each_of_the_others_with_its_reason(landed, tmp_path):
    warehouse = Warehouse(Path(shutil.copy(landed.path, tmp_path)), tmp_path / "target")
    result = build(warehouse)
    assert result.returncode == 0, result.stdout[-4000:]
    assert all(re.search(rf"PASS {claim}", result.stdout) for claim in CLAIMS)
    known = SHIPMENTS - WITHOUT_STATUS - UNHEARD_OF
    assert set(
        warehouse.rows(
            "select layer, outcome, reason, row_count from observability.layer_row_counts "
            "where source_table = 'shipment_changes'"
        )
    ) == {
        ("raw", "arrived", None, SHIPMENTS),
        ("staging", "accepted", None, known),
        ("staging", "accepted", "unknown_status", UNHEARD_OF),
        ("staging", "rejected", "no_status", WITHOUT_STATUS),
        ("marts", "current", None, known + UNHEARD_OF),
        ("marts", "superseded", None, 0),
        ("marts", "deleted", None, 0),
    }
    assert warehouse.rows("select count(*) from marts.dim_shipments") == [(10_200,)]
    assert warehouse.rows(
        "select source_table, shipment_status, record_count from observability.unknown_shipment_statuses"
    ) == [("shipment_changes", "held_at_customs", UNHEARD_OF)]


def test_a_drop_for_no_reason_fails_the_build(landed, tmp_path):
    project = tmp_path / "project"
    for part in PARTS:
        shutil.copytree(PROJECT / part, project / part, ignore=shutil.ignore_patterns("python", "__pycache__"))
    for file in ("dbt_project.yml", "packages.yml"):
        shutil.copy(PROJECT / file, project)
    model = project / "models" / "staging" / "shipping" / "stg_shipping__shipment_changes.sql"
    model.write_text(model.read_text() + FOR_NO_REASON)
    warehouse = Warehouse(Path(shutil.copy(landed.path, tmp_path)), tmp_path / "target")
    result = build(warehouse, project)
    assert result.returncode == 1
    failures = re.findall(r"in test (\w+) \(", result.stdout)
    # dbt skips the second claim, which stands on what the first is about.
    assert failures and set(failures) <= set(CLAIMS), result.stdout[-4000:]
