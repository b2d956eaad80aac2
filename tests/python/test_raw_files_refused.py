"""A raw folder that cannot be read is refused in one sentence, and the warehouse stays as it was."""

import gzip
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from raw_files_project import Project, typed_users

from warehouse.errors import UsageError
from warehouse.raw_files import inspect

USERS = "user_id,is_active,updated_at"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


REFUSED = {
    "no table": ({"README.md": "words"}, "holds no table"),
    "only hidden files": ({"users/_SUCCESS": "", ".git/config": ""}, "holds no table"),
    "unknown folder": ({"oders/a.csv": "x", "users/a.jsonl": ""}, "oders is no raw table.*app_logs, users"),
    "data beside the tables": ({"orders.csv": "x", "users/a.jsonl": ""}, r"orders\.csv belongs in a folder"),
    "unknown type": ({"users/a.xlsx": "x"}, r"users/a\.xlsx is of a type"),
    "compressed parquet": ({"users/a.parquet.gz": "x"}, r"a\.parquet\.gz is of a type"),
    "text of another table": ({"users/a.log": "x"}, r"users/a\.log is of a type"),
    "parquet in name only": ({"users/a.parquet": "no"}, r"a\.parquet cannot be read as Parquet"),
    "empty parquet": ({"users/a.parquet": ""}, r"a\.parquet cannot be read as Parquet"),
    "parquet without a column": (
        {"active_users/a.parquet": pa.table({"User_ID": ["1"]})},
        "lacks user_id, is_active, up",
    ),
    "parquet loaded_at type": ({"active_users/a.parquet": typed_users(loaded_at=[5])}, "loaded_at is BIGINT"),
    "parquet loaded_at text": (
        {"active_users/a.parquet": typed_users(loaded_at=["soon"])},
        "record 1: loaded_at holds 'soon'",
    ),
    "parquet position type": (
        {"active_users/a.parquet": typed_users(source_position=[0.5])},
        "source_position is DOUBLE",
    ),
    "parquet position text": (
        {"active_users/a.parquet": typed_users(source_position=["x"])},
        "source_position holds 'x'",
    ),
    "csv without a column": (
        {"users/b/a.csv": "user_id,email\n"},
        r"users/b/a\.csv lacks user_name, country, .*user_id, email",
    ),
    "csv with semicolons": (
        {"active_users/a.csv": USERS.replace(",", ";") + "\n"},
        r"""Where ';' parts them, active_users/_format\.yml must say so: `delimiter: ";"`\.""",
    ),
    "csv without a header": ({"users/a.csv": "\n1,2\n"}, r"users/a\.csv lacks user_id.*the columns are none"),
    "csv with a doubled column": ({"active_users/a.csv": USERS + ",user_id\n"}, "more than one column named user_id"),
    "csv with a doubled extra column": ({"active_users/a.csv": "note," + USERS + ",note\n"}, "one column named note "),
    "csv with names that differ in case": (
        {"active_users/a.csv": USERS + ",Is_Active\n"},
        r"a\.csv has more than one column named Is_Active, is_active \(in whatever letter case\)",
    ),
    "utf-16": (
        {"app_logs/a.log": "a\n".encode("utf-16")},
        r"a\.log is UTF-16 text: write `encoding: utf-16` in _format\.yml",
    ),
    "json key nowhere": (
        {"active_users/a.jsonl": '{"user_id":1,"extra":2}\n', "active_users/b.jsonl": '{"is_active":1}\n'},
        "Every JSON record in .*active_users lacks updated_at",
    ),
    "gz in name only": ({"app_logs/a.log.gz": "a\n"}, r"a\.log\.gz cannot be read"),
    "truncated gz": ({"app_logs/a.log.gz": gzip.compress(b"a\n" * 99)[:-9]}, r"a\.log\.gz cannot be read \(Trunc"),
    "bytes that are no text": (
        {"users/a.csv": "user_id,user_name,email,country,created_at,updated_at\n1,M\xfcller,,,,\n".encode("latin-1")},
        r"a\.csv is no utf-8 text \(byte FC at position 57\): correct it, or name .* `encoding: latin-1`",
    ),
    "bytes that are not of the encoding": (
        {"app_logs/_format.yml": "encoding: ascii", "app_logs/a.log": "ab\nc\xe4"},
        r"a\.log is no ascii text \(byte C3 at position 4\)",
    ),
    "encoding of no text": (
        {"app_logs/_format.yml": "encoding: rot13", "app_logs/a.log": ""},
        r"_format\.yml: there is no encoding 'rot13'",
    ),
    "parquet loaded_at beyond the calendar": (
        {"active_users/a.parquet": typed_users(loaded_at=pa.array([2**58], pa.timestamp("us")))},
        "loaded_at holds .*, and only the years 1 to 9999 can be read",
    ),
    "unknown encoding": ({"app_logs/_format.yml": "encoding: klingon", "app_logs/a.log": ""}, "no encoding 'klingon'"),
    "unknown time zone": (
        {"app_logs/_format.yml": "time_zone: Mars/Base", "app_logs/a.log": ""},
        r"_format\.yml: there is no time zone 'Mars/Base'",
    ),
    "unknown option": (
        {"app_logs/_format.yml": "delimeter: x", "app_logs/a.log": ""},
        "has delimeter, .* some of delimiter, quote",
    ),
    "delimiter of two": ({"app_logs/_format.yml": "delimiter: '||'", "app_logs/a.log": ""}, "must be one character"),
    "format that is no YAML": ({"app_logs/_format.yml": "a: [", "app_logs/a.log": ""}, "cannot be read as YAML"),
    "wide decimal": (
        {"active_users/a.parquet": typed_users(score=pa.array([Decimal("2.25")], pa.decimal256(60, 10)))},
        r"score is decimal\(60, 10\), and no more than 38 digits can be read",
    ),
    "Delta table": (
        {"orders/_delta_log/0.json": "{}", "orders/a.parquet": typed_users()},
        r"orders is a table of Delta, .* RAW_SCHEMA=",
    ),
    "Iceberg table": (
        {"orders/x/metadata/v1.metadata.json": "{}", "orders/x/data/a.parquet": ""},
        "is a table of Iceberg",
    ),
    "Hudi table": ({"orders/.hoodie/hoodie.properties": "", "orders/a.parquet": ""}, "is a table of Hudi"),
    "zst in name only": ({"app_logs/a.csv.zst": "log_line\n"}, r"a\.csv\.zst cannot be read"),
}


@pytest.mark.parametrize(("files", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_in_one_sentence_and_nothing_changes(project: Project, files: dict, message: str) -> None:
    for name, content in files.items():
        project.write(name, content)
    before = project.warehouse.read_bytes(), project.warehouse.stat().st_mtime_ns
    with pytest.raises(UsageError, match=message) as error:
        inspect(project.root, project.warehouse)
    assert "\n" not in str(error.value)
    assert (project.warehouse.read_bytes(), project.warehouse.stat().st_mtime_ns) == before
    assert not list(project.cache.glob("*.unfinished"))


@pytest.mark.parametrize(("name", "message"), [("nowhere", "does not exist"), ("warehouse.duckdb", "is a file")])
def test_a_root_that_is_no_folder(project: Project, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        inspect(project.folder / name, project.folder / "new.duckdb")
    assert not (project.folder / "new.duckdb").exists()


def test_a_truncated_parquet_file(project: Project) -> None:
    path = project.write("active_users/a.parquet", typed_users())
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(UsageError, match="cannot be read as Parquet"):
        inspect(project.root, project.warehouse)
