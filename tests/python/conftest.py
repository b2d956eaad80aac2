"""Warehouses that several tests look at: each is built once per run, in a temporary folder."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from warehouse.bigquery_emulator import running
from warehouse.packages import ensure_packages

PROJECT = Path(__file__).resolve().parents[2]


@dataclass
class Warehouse:
    """A built DuckDB warehouse: its file and the folder of dbt's artifacts."""

    path: Path
    target_path: Path

    def rows(self, query: str) -> list[tuple]:
        """All rows of a query."""
        with duckdb.connect(self.path, read_only=True) as connection:
            return connection.execute(query).fetchall()


def run(*command: str, **environment: str) -> subprocess.CompletedProcess:
    """A command in the project's folder, with its output as text; it fails the test when it hangs."""
    return subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )


def dbt(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Plain dbt as a person calls it, with the one documented export."""
    return run(sys.executable, "-m", "dbt.cli.main", *arguments, DBT_PROFILES_DIR="profiles", **environment)


def warehouse_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """`python -m warehouse …`, which is what the Makefile calls."""
    return run(sys.executable, "-m", "warehouse", *arguments, **environment)


@pytest.fixture(scope="session", autouse=True)
def packages() -> None:
    """dbt packages are there, from the hub or from their stand-ins."""
    ensure_packages(PROJECT)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, packages: None) -> Warehouse:
    """The committed sample, built and tested by a plain `dbt build` in which any warning is an error."""
    folder = tmp_path_factory.mktemp("sample")
    built = Warehouse(folder / "warehouse.duckdb", folder / "target")
    result = dbt(
        "--warn-error",
        "build",
        "--target-path",
        str(built.target_path),
        "--show-all-deprecations",
        TARGET="duckdb",
        WAREHOUSE_DUCKDB=str(built.path),
    )
    assert result.returncode == 0, result.stdout[-8000:]
    return built


@pytest.fixture(scope="session")
def emulator(packages: None) -> Iterator[bigquery.Client]:
    """The committed sample, built and tested by `make build`'s command on a BigQuery emulator of this run's own."""
    with running() as endpoint:
        result = warehouse_command("build", "--target", "bigquery_emulator", BIGQUERY_EMULATOR_ENDPOINT=endpoint)
        assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]
        yield bigquery.Client(
            project="test-project", credentials=AnonymousCredentials(), client_options={"api_endpoint": endpoint}
        )
