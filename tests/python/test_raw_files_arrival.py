"""Times and positions of arrival that are text mean the same in every format, and what staging says of such a text."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import value_texts
import values
from raw_files_project import MODIFIED, Project

from warehouse.errors import UsageError
from warehouse.raw_files import MALFORMED_LINE, inspect
from warehouse.raw_files.arrival import position_in_sql, time_in_sql, time_of

NINE = datetime(2025, 1, 31, 9)
# By text, what it means; None where it cannot be read. Where there is none, time and row of the file count.
TEXTS: dict[str, dict[str, object]] = {
    "loaded_at": {
        "2025-01-31 09:00:00": NINE,
        " 2025-01-31T09:00:00Z ": NINE,
        "2025-01-31 09:00:00 UTC": NINE,
        "2025-01-31 09:00": NINE,
        "2025-01-31 11:00:00 +0200": NINE,
        "2025-01-31 11:00:00.1234567 +02:00": NINE.replace(microsecond=123456),
        "2025-01-30T23:00:00.000000999-10": NINE,
        "2025-01-31": datetime(2025, 1, 31),
        "9999-12-31 23:59:59.999999": datetime.max,
        " ": MODIFIED,
        **dict.fromkeys(["20250131", "2025-1-31", "2025-W05-5", "2025/01/31", "31.01.2025", "2025-01-31T09", "\t"]),
        **dict.fromkeys(["2025-02-29", "0000-01-01", "12025-01-31", "2025-01-31 24:00:00", "2025-01-31 09:00:00,1"]),
        **dict.fromkeys(["2025-01-31 09:00:00 Europe/Berlin", "2025-01-31 09:00:00 CET", "2025-01-31 09:00:00+14:01"]),
        **dict.fromkeys(["9999-12-31 23:59:59-01", "0001-01-01 00:00:00+01", "2025-01-31 09:00:00+00:53:28"]),
        **dict.fromkeys(["\t2025-01-31", "2025-01-31  09:00", "infinity", "epoch", "2025-01-31 (BC)", "1735725600"]),
    },
    "source_position": {
        **{"5": 5, " +5 ": 5, "-5": -5, "005.00": 5, "9223372036854775807": 2**63 - 1, " ": 6},
        **dict.fromkeys(["5.5", "5.", "1e3", "1_0", "0x1f", "9223372036854775808", "\u0663", "\t5", "\t", "five"]),
    },
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def rows_of(column: str, form: str, texts: Iterable[str]) -> list[dict[str, str]]:
    """Records that say of themselves in which format they are, and what is written there."""
    return [{"user_id": text, "is_active": form, "updated_at": "x", "source_file": "f", column: text} for text in texts]


@pytest.mark.parametrize("column", TEXTS)
def test_an_arrival_that_is_text_is_read_alike_in_every_format(project: Project, column: str) -> None:
    meanings = TEXTS[column]
    readable = [text for text, meaning in meanings.items() if meaning is not None]
    content = io.StringIO()
    writer = csv.DictWriter(content, rows_of(column, "csv", "?")[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows_of(column, "csv", meanings))
    project.write("active_users/a.csv", content.getvalue())
    project.write("active_users/a.jsonl", "\n".join(map(json.dumps, rows_of(column, "json", meanings))) + "\n")
    project.write("active_users/a.parquet", pa.Table.from_pylist(rows_of(column, "parquet", readable)))
    project.load()
    found: dict[str, dict[str, object]] = {"csv": {}, "json": {}, "parquet": {}}
    for form, text, is_read, value in project.rows(
        "active_users", f"is_active, user_id, {MALFORMED_LINE} is null, {column}"
    ):
        found[form][text] = value if is_read else None
    assert found["csv"] == found["json"] == meanings
    assert found["parquet"] == {text: meanings[text] for text in readable}


@pytest.mark.parametrize("column", TEXTS)
def test_parquet_with_an_arrival_that_cannot_be_read_is_refused(project: Project, column: str) -> None:
    unreadable = [text for text, meaning in TEXTS[column].items() if meaning is None]
    for text in unreadable[::8]:
        project.write("active_users/a.parquet", pa.Table.from_pylist(rows_of(column, "parquet", [text])))
        with pytest.raises(UsageError, match=f"record 1: {column} holds "):
            inspect(project.root, project.warehouse)
    assert in_sql(unreadable, time_in_sql if column == "loaded_at" else position_in_sql) == [None] * len(unreadable)


def test_an_arrival_is_read_as_staging_reads_a_time() -> None:
    texts = [*TEXTS["loaded_at"], *value_texts.texts("time", 20_000, seed=1)]
    meanings = [values.time(text.strip(" ")) for text in texts]
    assert [time_of(text) for text in texts] == meanings
    assert in_sql(texts, time_in_sql) == meanings
    assert sum(at is not None for at in meanings) > 5000


def in_sql(texts: list[str], reader: Callable[[str], str]) -> list:
    """What an expression says of texts."""
    with duckdb.connect() as connection:
        connection.register("texts", pa.table({"text": texts}))
        return [value for (value,) in connection.execute(f"select {reader('text')} from texts").fetchall()]
