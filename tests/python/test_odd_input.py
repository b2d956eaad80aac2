"""Whatever raw files hold, the build goes through, no record is lost, and the next build changes nothing.

`make test` reads some thousand records; `make prove-input` a million (RECORDS=…), with a new seed, which it prints:
`SEED=…` reads the same again.
"""

import os
import random

import pytest
from conftest import PROJECT, Warehouse, build_without_tests, warehouse_command
from odd_input import OddInput

RECORDS = int(os.environ.get("RECORDS") or 4500)
SEED = int(os.environ.get("SEED") or (random.randrange(10**6) if "RECORDS" in os.environ else 1))
RAW_COUNTS = """
    select source_table, sum(row_count) filter (layer = 'raw'), sum(row_count) filter (layer = 'staging')
    from observability.layer_row_counts
    where layer in ('raw', 'staging')
    group by all
"""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, OddInput, list[tuple]]:
    """A warehouse of odd records, what was written, and the states of its relations."""
    folder = tmp_path_factory.mktemp("odd")
    written = OddInput(SEED)
    written.write(folder / "raw", RECORDS)
    warehouse = Warehouse(folder / "warehouse.duckdb", PROJECT / "target" / "duckdb_source")
    print(f"{RECORDS} records with SEED={SEED}")
    built = warehouse_command("build", "--raw", str(folder / "raw"), WAREHOUSE_DUCKDB=str(warehouse.path))
    said = built.stdout + built.stderr
    assert built.returncode == 0, said
    assert "Traceback" not in said
    assert not [character for character in said if not (character.isprintable() or character in "\n")]
    return warehouse, written, states(warehouse)


def states(warehouse: Warehouse) -> list[tuple]:
    """Of every relation, which run has written rows of it last."""
    schemas = warehouse.rows("select table_schema from information_schema.tables where table_name = 'model_state'")
    query = "select '{0}', relation_name, max((state ->> 'number')::bigint) from {0}.model_state group by all"
    return warehouse.rows(f"{' union all '.join(query.format(schema) for (schema,) in schemas)} order by all")


def test_every_record_is_accepted_or_rejected(odd):
    warehouse, written, _ = odd
    found = {table: (raw, staging) for table, raw, staging in warehouse.rows(RAW_COUNTS)}
    assert found == {table: (count, count) for table, count in written.records.items()}
    accepted = warehouse.rows("select count(*) from staging.stg_shop__orders")[0][0]
    assert 0.5 * written.records["orders"] < accepted < written.records["orders"]
    reasons = {
        reason for (reason,) in warehouse.rows("select distinct rejection_reason from observability.rejected_records")
    }
    assert len(reasons) > 25
    assert "malformed_line" in reasons


def test_a_second_build_changes_nothing(odd):
    warehouse, _, before = odd
    again = build_without_tests(WAREHOUSE_DUCKDB=str(warehouse.path))
    assert again.returncode == 0, again.stdout + again.stderr
    assert states(warehouse) == before
