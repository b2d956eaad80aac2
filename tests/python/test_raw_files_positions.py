"""In files of many blocks and row groups, every record has its own place, however many threads read them."""

import csv
import re
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from raw_files_project import MODIFIED, Project, stored

from warehouse.raw_files import TABLES, read


def test_positions_of_a_large_text_file(tmp_path: Path) -> None:
    """More than 100 MB, a dozen blocks and row groups: every line at its place."""
    path = tmp_path / "raw" / "app_logs" / "large.log"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        for start in range(0, 1_200_000, 100_000):
            file.writelines(b"%d|%s\n" % (row, b"x" * (row % 180)) for row in range(start, start + 100_000))
    assert path.stat().st_size > 100_000_000
    with path.open(newline="\n", encoding="utf-8") as file:
        expected = ((line[:-1], position) for position, line in enumerate(file, 1))
        for row, want in zip(stored(tmp_path, "app_logs", "log_line, source_position"), expected, strict=True):
            assert row == want


def test_positions_of_a_large_csv_file(tmp_path: Path) -> None:
    """Some blocks have quoted line feeds and some are plain, so both readers take turns."""
    path = tmp_path / "raw" / "active_users" / "large.csv"
    path.parent.mkdir(parents=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(TABLES["active_users"])
        for row in range(400_000):
            quoted = row // 100_000 % 2 and row % 1000 == 0
            writer.writerow((row, 'line\n"two"' if quoted else "x" * (row % 90), "2025-01-01"))
    content = path.read_bytes().replace(b"\r\n", b"\n")
    path.write_bytes(content)
    assert len(content) > 2 * read.BLOCK_BYTES
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        next(reader)
        rows = stored(tmp_path, "active_users", "user_id, is_active, updated_at, source_position")
        for row, (position, want) in zip(rows, enumerate(reader, 1), strict=True):
            assert row == (*(field or None for field in want), position)


def test_positions_of_a_large_json_file(tmp_path: Path) -> None:
    path = tmp_path / "raw" / "active_users" / "large.jsonl"
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8") as file:
        for row in range(200_000):
            file.write(f'{{"user_id":{row},"is_active":true,"updated_at":"{"y" * (row % 100)}"}}\n')
    assert path.stat().st_size > 2 * read.BLOCK_BYTES
    rows = stored(tmp_path, "active_users", "user_id, is_active, updated_at, source_position")
    for row, position in zip(rows, range(200_000), strict=True):
        assert row == (str(position), "true", "y" * (position % 100), position + 1)


def test_a_parquet_position_is_the_row_in_its_file(tmp_path: Path) -> None:
    """Many row groups, read by several threads."""
    project = Project(tmp_path)
    for part in range(2):
        table = pa.table({"log_line": pa.array(range(300_000), pa.int64())})
        pq.write_table(table, project.write(f"app_logs/{part}.parquet", table), row_group_size=10_000)
    project.load()
    with duckdb.connect(project.warehouse) as connection:
        query = "select count(*), count(distinct (source_file, source_position)) from raw_files.app_logs where {}"
        assert connection.execute(query.format("log_line::bigint = source_position - 1")).fetchone() == (
            600_000,
            600_000,
        )


def test_files_with_all_arrivals_are_searched_by_arrival_and_gaps_are_filled(tmp_path: Path) -> None:
    """What a file says of every record is a plain column, by which DuckDB skips what it need not read."""
    project = Project(tmp_path)
    moments = [datetime(2025, 1, 1), datetime(2025, 1, 2)]
    arrivals = {
        "complete": (moments, ["a", "a"], [1, 2]),
        "no_time": ([moments[0], None], ["b", "b"], [1, 2]),
        "no_file": (moments, ["c", ""], [1, 2]),
        "no_position": (moments, ["d", "d"], [1, None]),
    }
    for name, (loaded_at, source_file, source_position) in arrivals.items():
        values = {"user_id": ["1", "2"], "is_active": ["true"] * 2, "updated_at": ["x"] * 2}
        columns = {"loaded_at": pa.array(loaded_at, pa.timestamp("us")), "source_file": source_file}
        project.write(
            f"active_users/{name}.parquet", pa.table(values | columns | {"source_position": pa.array(source_position)})
        )
    project.load()
    assert project.rows("active_users", "user_id, loaded_at, source_file, source_position") == [
        ("1", moments[0], "a", 1),
        ("2", moments[1], "a", 2),
        ("2", moments[1], "active_users/no_file.parquet", 2),
        ("2", moments[1], "active_users/no_position.parquet", 2),
        ("1", moments[0], "b", 1),
        ("2", MODIFIED, "b", 2),
        ("1", moments[0], "c", 1),
        ("1", moments[0], "d", 1),
    ]
    with duckdb.connect(project.warehouse) as connection:
        ((_, plan),) = connection.execute(
            "explain (format json) select user_id from raw_files.active_users "
            "where loaded_at > timestamp '2025-01-01 12:00:00'"
        ).fetchall()
    assert re.search(r'"Filters": "\(?loaded_at ?>', plan)
