"""The Parquet file of customer_summary: the table's rows, replaced as a whole, and never half a file."""

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import PROJECT, Warehouse, dbt
from killable import start

FILE = "warehouse.customer_summary.parquet"
# DuckDB writes a column without nulls as one that can have some (1.5), or cannot (2.0); readers take both.
TYPES = {
    "customer_id": pa.int64(),
    "customer_name": pa.string(),
    "country": pa.string(),
    "is_known_customer": pa.bool_(),
    "total_sales": pa.decimal128(38, 9),
    "order_count": pa.int64(),
    "valued_order_count": pa.int64(),
    "avg_order_value": pa.decimal128(38, 9),
    "processed_at": pa.timestamp("us", tz="UTC"),
}
# Customers of orders that never were, so that the file takes a while to write.
MORE_CUSTOMERS = (
    "insert into marts.customer_summary select 1000000 + i, 'somebody', 'DE', true, i, 1, 1, i, now()::timestamp "
    "from range({count}) as made(i)"
)


@dataclass
class Exporting:
    """A warehouse whose next `dbt run` has nothing to do but to write the file.

    Attributes:
        warehouse: a copy of the sample, in a folder of its own with an apostrophe in its name.
    """

    warehouse: Warehouse

    @property
    def file(self) -> Path:
        """The Parquet file."""
        return self.warehouse.path.parent / FILE

    @property
    def files(self) -> list[str]:
        """The names of all Parquet files beside the warehouse, temporary ones too."""
        return sorted(path.name for path in self.file.parent.glob("*.parquet"))

    def grow(self, count: int) -> None:
        """Add so many customers to the table."""
        with duckdb.connect(self.warehouse.path) as connection:
            connection.execute(MORE_CUSTOMERS.format(count=count))

    def arguments(self, *more: str) -> list[str]:
        """`dbt run` of the one model."""
        return ["run", "--select", "customer_summary", "--target-path", str(self.warehouse.target_path), *more]

    def run(self, *more: str) -> subprocess.CompletedProcess:
        """`dbt run` to its end."""
        return dbt(*self.arguments(*more), WAREHOUSE_DUCKDB=str(self.warehouse.path))


@pytest.fixture
def exporting(sample: Warehouse, tmp_path: Path) -> Iterator[Exporting]:
    folder = tmp_path / "it's here"
    folder.mkdir()
    yield Exporting(Warehouse(Path(shutil.copy(sample.path, folder)), folder / "target"))
    shutil.rmtree(folder)


def rows_of(table: pa.Table) -> list[tuple]:
    """The rows of a table as Python's values, times without their zone as DuckDB gives them."""
    return [
        tuple(value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value for value in row.values())
        for row in table.to_pylist()
    ]


def test_the_file_has_the_rows_of_the_table_with_exact_types(sample):
    table = pq.read_table(sample.path.parent / FILE)
    assert [(field.name, field.type) for field in table.schema] == list(TYPES.items())
    assert table.num_rows > 50
    assert rows_of(table) == sample.rows("select * from marts.customer_summary order by customer_id")


def test_a_reader_sees_the_old_file_or_the_new_one_and_equal_rows_are_equal_bytes(exporting):
    logged = exporting.run("--log-level", "debug", "--log-format", "json", "--log-level-file", "none")
    assert logged.returncode == 0, logged.stdout[-3000:]
    events = [json.loads(line) for line in logged.stdout.splitlines()]
    queries = [event["data"]["sql"] for event in events if event["info"]["name"] == "SQLQuery"]
    (export,) = [query for query in queries if "copy (select" in query]
    exporting.grow(100_000)
    counts = set()

    def write(connection: duckdb.DuckDBPyConnection) -> None:
        for number in range(40):
            if number == 20:
                connection.execute(MORE_CUSTOMERS.format(count=1))
            connection.execute(export)

    with duckdb.connect(exporting.warehouse.path) as connection, ThreadPoolExecutor(1) as pool:
        connection.execute(export)
        first = exporting.file.read_bytes()
        connection.execute(export)
        assert exporting.file.read_bytes() == first
        writer = pool.submit(write, connection)
        reads = 0
        while not writer.done():
            # By its path, pyarrow would open it twice, and may find the old file first and then the new one.
            with exporting.file.open("rb") as file:
                counts.add(pq.read_table(file).num_rows)
            reads += 1
        writer.result()
    assert reads > 20
    assert len(counts) == 2
    assert exporting.files == [FILE]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_build_killed_while_it_writes_leaves_what_was_there_and_the_next_one_mends_it(is_there, exporting, sample):
    before = b""
    if is_there:
        shutil.copy(sample.path.parent / FILE, exporting.file)
        before = exporting.file.read_bytes()
    exporting.grow(1_000_000)
    temporary = exporting.file.with_name(f"tmp_{FILE}")
    process, _ = start("dbt", *exporting.arguments(), WAREHOUSE_DUCKDB=str(exporting.warehouse.path))
    try:
        deadline = time.monotonic() + 120
        while not (temporary.exists() and temporary.stat().st_size):
            assert process.is_alive() and time.monotonic() < deadline
            time.sleep(0.001)
    finally:
        process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert temporary.exists(), "killed too late"
    assert (exporting.file.read_bytes() if exporting.file.exists() else b"") == before
    again = exporting.run()
    assert again.returncode == 0, again.stdout[-3000:]
    ((count,),) = exporting.warehouse.rows("select count(*) from marts.customer_summary")
    assert pq.read_table(exporting.file, columns=["customer_id"]).num_rows == count > 1_000_000
    assert exporting.files == [FILE]


def test_a_place_that_cannot_be_written_fails_the_build_and_is_named(exporting):
    exporting.file.mkdir()
    result = exporting.run()
    assert result.returncode == 1
    assert "IO Error" in result.stdout and FILE in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_a_shadow_table_is_not_exported(exporting):
    result = exporting.run("--full-refresh", "--vars", "build_shadow_of: customer_summary")
    assert result.returncode == 0, result.stdout[-3000:]
    assert exporting.warehouse.rows("select count(*) from marts.customer_summary") > [(50,)]
    assert exporting.files == []


def test_a_warehouse_in_memory_is_built_without_a_file(tmp_path):
    def files() -> dict[str, int]:
        """What there is, from builds before this one, and when it was written."""
        return {path.name: path.stat().st_mtime_ns for path in PROJECT.glob("*.parquet")}

    before = files()
    selected = ("--select", "+customer_summary")
    selected += ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    result = dbt("build", *selected, "--target-path", str(tmp_path / "target"), WAREHOUSE_DUCKDB=":memory:")
    assert result.returncode == 0, result.stdout[-3000:]
    assert files() == before
