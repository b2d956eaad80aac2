"""A raw folder that cannot be read is refused in one sentence, and the warehouse stays as it was."""

import gzip
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
    "csv without a header": ({"users/a.csv": ""}, r"users/a\.csv lacks user_id.*the columns are none"),
    "csv with a doubled column": ({"active_users/a.csv": USERS + ",user_id\n"}, "more than one column named user_id"),
    "csv with a doubled extra column": ({"active_users/a.csv": "note," + USERS + ",note\n"}, "one column named note "),
    "csv with names that differ in case": (
        {"active_users/a.csv": USERS + ",Is_Active\n"},
        r"a\.csv has more than one column named Is_Active, is_active \(in whatever letter case\)",
    ),
    "files with names that differ in case": (
        {"active_users/a.csv": "Note," + USERS + "\n", "active_users/b.parquet": typed_users(note=["x"])},
        "active_users has more than one column named Note, note ",
    ),
    "json keys that differ in case": (
        {"app_logs/a.jsonl": '{"log_line":1}\n{"log_line":2,"Loaded_At":"2025-01-01"}\n'},
        "app_logs has more than one column named Loaded_At, loaded_at ",
    ),
    "csv with too few fields": ({"active_users/a.csv": USERS + '\n"1\n",2,3\n1,2\n'}, r"a\.csv, line 4: 2 fields"),
    "csv with too many fields": ({"active_users/a.csv": USERS + "\n1,2,3,4\n"}, r"a\.csv, line 2: 4 fields"),
    "late short row in a plain csv": (
        {"active_users/a.csv": USERS + "\n" + "1,2,3\n" * 1_600_000 + "1\n"},
        r"a\.csv, line 1600002: 1 fields where the header has 3",
    ),
    "csv with an open quote": ({"active_users/a.csv": USERS + '\n1,2,3\n1,"2,3\n4,5,6\n'}, "line 3: .*never closed"),
    "csv with text after a quote": ({"active_users/a.csv": USERS + '\n1,"2"x,3\n'}, "line 2: .*expected after"),
    "csv with a bare carriage return": ({"active_users/a.csv": USERS + "\n1,2\r3,4\n"}, "line 2: .*carriage return"),
    "csv loaded_at": (
        {"active_users/a.csv": USERS + ",loaded_at\n1,2,3,soon\n"},
        "records 1 to 1: loaded_at holds 'soon'",
    ),
    "csv position": ({"active_users/a.csv": USERS + ",source_position\n1,2,3,4.5\n"}, "source_position holds '4.5'"),
    "csv position out of range": (
        {"active_users/a.csv": USERS + f",source_position\n1,2,3,{2**63}\n"},
        "source_position holds",
    ),
    "utf-16": ({"app_logs/a.log": "a\n".encode("utf-16")}, r"a\.log is UTF-16"),
    "broken json": ({"app_logs/a.jsonl": '{"log_line":1}\n\n{"log_line":\n'}, r"a\.jsonl, line 3: not valid JSON"),
    "json array": ({"app_logs/a.json": "[1]\n"}, r"a\.json, line 1: not a JSON object"),
    "deep json": ({"app_logs/a.json": '{"log_line":' + "[" * 100_000 + "\n"}, r"a\.json, line 1: not valid"),
    "nested json": (
        {"app_logs/a.json": '{"log_line":' + "[" * 900 + "]" * 900 + "}\n"},
        r"a\.json.*(nested|not valid)",
    ),
    "json key nowhere": (
        {"active_users/a.jsonl": '{"user_id":1,"extra":2}\n', "active_users/b.jsonl": '{"is_active":1}\n'},
        "Every JSON record in .*active_users lacks updated_at",
    ),
    "only empty json objects": ({"app_logs/a.jsonl": "{}\n"}, "lacks log_line"),
    "gz in name only": ({"app_logs/a.log.gz": "a\n"}, r"a\.log\.gz cannot be read"),
    "truncated gz": ({"app_logs/a.log.gz": gzip.compress(b"a\n" * 99)[:-9]}, r"a\.log\.gz cannot be read \(Trunc"),
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
