"""A bad command or configuration gets one sentence and exit code 1, and the warehouse stays as it was."""

import shutil
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, run, warehouse_command

SEEDS = PROJECT / "seeds" / "raw"


def sample_folder(folder: Path) -> Path:
    """The committed sample laid out as a folder of files, as `make build RAW=…` reads it."""
    for seed in SEEDS.glob("*.csv"):
        (folder / seed.stem).mkdir(parents=True)
        shutil.copy(seed, folder / seed.stem)
    return folder


def missing(folder: Path) -> str:
    return str(folder / "nowhere")


def empty(folder: Path) -> str:
    (folder / "empty").mkdir()
    return str(folder / "empty")


def wrong_columns(folder: Path) -> str:
    raw = sample_folder(folder / "wrong")
    (raw / "orders" / "orders.csv").write_text("order_id,customer\n1,2\n")
    return str(raw)


def unreadable(folder: Path) -> str:
    raw = sample_folder(folder / "unreadable")
    (raw / "orders" / "more.parquet").write_bytes(b"no parquet")
    return str(raw)


@pytest.mark.parametrize(
    ("make_raw", "says"),
    [(missing, "nowhere"), (empty, "empty"), (wrong_columns, "customer_id"), (unreadable, "more.parquet")],
)
def test_a_raw_folder_that_cannot_be_read_changes_nothing(make_raw, says, tmp_path):
    warehouse = tmp_path / "warehouse.duckdb"
    duckdb.connect(warehouse).execute("create table kept as select 1 as one").close()
    before = warehouse.read_bytes()
    result = warehouse_command("build", "--raw", make_raw(tmp_path), WAREHOUSE_DUCKDB=str(warehouse))
    assert_one_sentence(result, says)
    assert warehouse.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        (["build", "--target", "snowflake"], {}, "duckdb, bigquery, bigquery_emulator"),
        (["build", "--target", "bigquery"], {"BIGQUERY_PROJECT": ""}, "BIGQUERY_PROJECT"),
        (["build", "--target", "bigquery", "--raw", "files"], {}, "RAW_SCHEMA"),
        (["answers", "--target", "bigquery_emulator"], {}, "another TARGET"),
        (
            ["build", "--target", "bigquery"],
            {"BIGQUERY_PROJECT": "p", "GOOGLE_APPLICATION_CREDENTIALS": "nowhere.json"},
            "gcloud auth",
        ),
        (["build", "--raw", "files"], {"RAW_SCHEMA": "landing"}, "exclude each other"),
        (["answers"], {"WAREHOUSE_DUCKDB": "nowhere/warehouse.duckdb"}, "make build"),
        (["docs"], {"WAREHOUSE_DUCKDB": "nowhere/warehouse.duckdb"}, "make build"),
        (["build"], {"WAREHOUSE_DUCKDB": "pyproject.toml"}, "WAREHOUSE_DUCKDB"),
        (["build"], {"WAREHOUSE_MEMORY_LIMIT": "lots"}, "WAREHOUSE_MEMORY_LIMIT"),
        (["bild"], {}, "bild"),
        (["docs-serve", "--port", "99999"], {}, "PORT="),
        (["drop-bigquery-datasets", "--prefix", "marts"], {"BIGQUERY_PROJECT": "p"}, "pr_"),
        (["build", "--tarjet", "duckdb"], {}, "--tarjet"),
    ],
)
def test_a_bad_command_gets_one_sentence(arguments, environment, says):
    assert_one_sentence(warehouse_command(*arguments, **environment), says)


def test_a_warehouse_in_use_gets_one_sentence(tmp_path):
    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(warehouse):
        assert_one_sentence(
            warehouse_command("build", WAREHOUSE_DUCKDB=str(warehouse)), "close the program that uses it"
        )


def test_make_passes_the_sentence_and_the_failure_on(tmp_path):
    result = run("make", "build", f"RAW={tmp_path / 'nowhere'}")
    assert result.returncode != 0
    assert "nowhere" in result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def assert_one_sentence(result, says: str) -> None:
    """Exit code 1, a line on standard error that says what is needed, and no traceback."""
    assert result.returncode == 1, result.stdout + result.stderr
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "Traceback" not in result.stdout + result.stderr
