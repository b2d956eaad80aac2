"""A raw file stays the same file, whatever happens to it: known records keep their arrival, new lines are new."""

import gzip
import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from raw_files_project import MODIFIED, Project, typed_users

from warehouse.errors import UsageError
from warehouse.raw_files import inspect

LATER = MODIFIED + timedelta(days=1)
USERS = "user_id,is_active,updated_at\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def change(project: Project, name: str, content: bytes | str | pa.Table) -> None:
    """Write a file anew, a day later."""
    path = project.write(name, content)
    a_day_later = path.stat().st_mtime_ns + 86_400 * 10**9
    os.utime(path, ns=(a_day_later, a_day_later))


def lines(project: Project) -> list[tuple]:
    return project.rows("app_logs", "log_line, loaded_at::date - date '2025-03-04', source_position")


@pytest.mark.parametrize("name", ["a.log", "a.log.gz"])
def test_lines_that_are_appended_are_new_and_the_others_keep_their_arrival(project: Project, name: str) -> None:
    """Case 15: two lines, a build, one line more, a build."""

    def content(text: str) -> bytes:
        return gzip.compress(text.encode()) if name.endswith("gz") else text.encode()

    project.write(f"app_logs/{name}", content("a\nb\n"))
    project.load()
    change(project, f"app_logs/{name}", content("a\nb\nc\n"))
    project.load()
    assert lines(project) == [("a", 0, 1), ("b", 0, 2), ("c", 1, 3)]
    change(project, f"app_logs/{name}", content("a\nb\nc\nd\n\ne\n"))
    project.load()
    assert [line for line, *_ in lines(project)] == ["a", "b", "c", "d", "", "e"]
    # What was converted can be lost, and becomes the same.
    before = lines(project)
    for path in project.cache.iterdir():
        path.unlink()
    project.load()
    assert lines(project) == before


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("a.csv", USERS + "1,t,x\n", USERS + '1,t,x\n2,"f",y\n'),
        (
            "a.jsonl",
            '{"user_id":"1","is_active":"t","updated_at":"x"}\n',
            '{"user_id":"1","is_active":"t","updated_at":"x"}\n{"user_id":2,"is_active":"f","updated_at":"y"}\n',
        ),
    ],
)
def test_records_that_are_appended(project: Project, name: str, first: str, second: str) -> None:
    project.write(f"active_users/{name}", first)
    project.load()
    change(project, f"active_users/{name}", second)
    project.load()
    source = f"active_users/{name}"
    assert project.rows("active_users") == [("1", "t", "x", MODIFIED, source, 1), ("2", "f", "y", LATER, source, 2)]


@pytest.mark.parametrize("first", ["", "\ufeff"], ids=repr)
def test_a_file_gets_its_header_later(project: Project, first: str) -> None:
    project.write("active_users/a.csv", first)
    project.write("app_logs/a.log", "a\n")
    project.load()
    change(project, "active_users/a.csv", first + USERS + "1,t,x\n")
    project.load()
    before = project.rows("active_users")
    assert [row[0] for row in before] == ["1"]
    for path in project.cache.iterdir():
        path.unlink()
    project.load()
    assert project.rows("active_users") == before


@pytest.mark.parametrize("content", ["1,t,x", typed_users()], ids=["csv", "parquet"])
def test_a_file_that_is_touched_copied_or_restored_is_the_same(project: Project, content: str | pa.Table) -> None:
    name = "active_users/a.csv" if isinstance(content, str) else "active_users/a.parquet"
    content = USERS + content if isinstance(content, str) else content
    project.write(name, content)
    project.write("app_logs/a.log", "a\n")
    project.load()
    before = project.rows("active_users")
    change(project, name, content)
    project.load()
    assert project.rows("active_users") == before
    (project.root / name).unlink()
    with pytest.raises(UsageError, match=rf"^{name} was read before and is not there any more: bring it back"):
        project.load()
    change(project, name, content)
    project.load()
    assert project.rows("active_users") == before
    assert inspect(project.root, project.warehouse).is_registered


@pytest.mark.parametrize("now", ["", "a\n", "a\nB\nc\n", "a\nb", "\na\nb\n"], ids=repr)
def test_a_file_that_shrank_or_changed_is_named(project: Project, now: str) -> None:
    project.write("app_logs/a.log", "a\nb\n")
    project.load()
    change(project, "app_logs/a.log", now)
    with pytest.raises(UsageError, match=r"^app_logs/a\.log does not begin with what was read .*FILE=app_logs/a\.log"):
        project.load()
    assert lines(project) == [("a", 0, 1), ("b", 0, 2)]


def test_a_parquet_file_that_changed_is_named(project: Project) -> None:
    project.write("active_users/a.parquet", typed_users())
    project.load()
    change(project, "active_users/a.parquet", typed_users(user_id=[2]))
    with pytest.raises(UsageError, match=r"^active_users/a\.parquet does not begin with what was read"):
        project.load()


def test_files_may_go_whose_records_arrived_before_raw_is_kept(project: Project) -> None:
    project.write("app_logs/a.log", "a\n")
    change(project, "app_logs/b.log", "b\n")
    project.load()
    (project.root / "app_logs" / "a.log").unlink()
    with pytest.raises(UsageError, match=r"^app_logs/a\.log was read before"):
        inspect(project.root, project.warehouse, kept_from="2025-03-04")
    inspect(project.root, project.warehouse, kept_from="2025-03-05").register()
    assert lines(project) == [("b", 1, 1)]
    (project.root / "app_logs" / "b.log").unlink()
    project.write("app_logs/c.log", "c\n")
    with pytest.raises(UsageError, match=r"^app_logs/b\.log was read before"):
        inspect(project.root, project.warehouse, kept_from="2025-03-05")


def test_a_last_line_of_a_file_that_is_being_written_is_left(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project.write("app_logs/a.log", "a\nb")
    rest = ["c\nd", "e"]

    def while_one_waits(seconds: float) -> None:
        with path.open("a") as file:
            file.write(rest.pop(0) if rest else "")

    monkeypatch.setattr("time.sleep", while_one_waits)
    folder = inspect(project.root, project.warehouse)
    folder.register()
    assert [line for line, *_ in lines(project)] == ["a"]
    assert folder.notices == (
        "app_logs/a.log: the last line has no line end, and the file is being written: it is left for a later build.",
    )
    project.load()
    assert [line for line, *_ in lines(project)] == ["a", "bc"]
    project.load()
    assert [line for line, *_ in lines(project)] == ["a", "bc", "de"]
    with path.open("a") as file:
        file.write("\nf\n")
    project.load()
    assert [line for line, *_ in lines(project)] == ["a", "bc", "de", "f"]


def test_a_file_that_was_just_written_is_waited_for(project: Project) -> None:
    path = project.root / "app_logs" / "a.log"
    path.parent.mkdir()
    path.write_text("a\nb")
    project.load()
    assert [line for line, *_ in project.rows("app_logs")] == ["a", "b"]


def test_a_file_whose_last_line_goes_on_after_it_was_read_is_read_anew(project: Project) -> None:
    project.write("app_logs/a.log", "a\nb")
    project.load()
    change(project, "app_logs/a.log", "a\nbc\n")
    folder = inspect(project.root, project.warehouse)
    folder.register()
    assert (folder.to_build_in_full, len(folder.notices)) == (("app_logs",), 1)
    assert lines(project) == [("a", 1, 1), ("bc", 1, 2)]
    with pytest.raises(UsageError, match=r"^app_logs/a\.log does not begin with what was read"):
        change(project, "app_logs/a.log", "a\nbc\nd")
        project.load()
        change(project, "app_logs/a.log", "a\nbc\nde")
        inspect(project.root, project.warehouse, kept_from="2025-01-01")


def test_a_file_of_another_format_is_read_again_only_when_it_is_forgotten(project: Project) -> None:
    project.write("active_users/a.csv", USERS + "1;2,t,x\n")
    project.load()
    (project.root / "active_users" / "_format.yml").write_text("time_zone: Europe/Berlin\n")
    with pytest.raises(
        UsageError, match=r"^_format\.yml of active_users has changed since active_users/a\.csv was read"
    ):
        project.load()


MALFORMED = {
    "too few and too many fields": ("active_users/a.csv", USERS + "1,2\n1,2,3\n1,2,3,4\n", ["1,2", None, "1,2,3,4"]),
    "a torn last line": ("active_users/a.csv", USERS + "1,2,3\no2,1,p1"[:-3], [None, "o2,1"]),
    "an open quote": ("active_users/a.csv", USERS + '1,2,3\n1,"2,3\n4,5,6\n', [None, '1,"2,3', None]),
    "text after a quote": ("active_users/a.csv", USERS + '1,"2"x,3\n1,2,3\n', ['1,"2"x,3', None]),
    "a bare carriage return": ("active_users/a.csv", USERS + "1,2\r3,4\n1,2,3\r\n", ["1,2\r3,4", None]),
    "a late short row": ("active_users/a.csv", USERS + "1,2,3\n" * 3 + "1\n", [None, None, None, "1"]),
    "broken json": ("app_logs/a.jsonl", '{"log_line":1}\n\n{"log_line":\n', [None, '{"log_line":']),
    "json that is no object": ("app_logs/a.json", '[1]\n{"log_line":1}\n"a"', ["[1]", None, '"a"']),
    "json without end": ("app_logs/a.json", "[" * 100_000 + "\n{}\n", ["[" * 10_000, None]),
    "json nested too deeply": ("app_logs/a.json", '{"log_line":' + "[" * 201 + "]" * 201 + "}\n{}\n", [..., None]),
    "an arrival that is no time": ("active_users/a.csv", "loaded_at," + USERS + "soon,1,2,3\n", ["loaded_at=soon"]),
    "a position that is none": ("active_users/a.csv", "source_position," + USERS + "x,1,,\n", ["source_position=x"]),
}


@pytest.mark.parametrize(("name", "content", "expected"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_line_is_a_record_and_the_others_are_read(
    project: Project, name: str, content: str, expected: list
) -> None:
    project.write(name, content)
    project.load()
    table = name.split("/")[0]
    found = project.rows(table, "malformed_line, source_position")
    assert [position for _, position in found] == list(range(1, len(expected) + 1))
    pairs = list(zip(found, expected, strict=True))
    assert all(text == line if line is not ... else text for (text, _), line in pairs)


def test_columns_that_only_the_folders_say(project: Project) -> None:
    table = pa.table({"user_id": ["1"], "updated_at": ["x"]})
    for folder, content in {
        "is_active=t/day=2025-01-01/a.parquet": table,
        "is_active=t/day=2025-01-02/a.parquet": table,
        "is_active=f/day=__HIVE_DEFAULT_PARTITION__/a.parquet": table,
        "is_active=%C3%A4/b.csv": "user_id,updated_at\n2,y\n",
        # What a file says counts.
        "is_active=n/c.csv": USERS + "3,t,z\n",
    }.items():
        project.write(f"active_users/{folder}", content)
    project.load()
    assert sorted(project.rows("active_users", "user_id, is_active, day"), key=str) == [
        ("1", "f", None),
        ("1", "t", "2025-01-01"),
        ("1", "t", "2025-01-02"),
        ("2", "ä", None),
        ("3", "t", None),
    ]


def test_a_file_with_two_names_counts_once(project: Project) -> None:
    """Case 30."""
    path = project.write("app_logs/b.log", "b\n")
    project.load()
    (project.root / "app_logs" / "a.log").symlink_to(path)
    os.link(path, project.root / "app_logs" / "c.log")
    folder = inspect(project.root, project.warehouse)
    folder.register()
    assert project.rows("app_logs", "log_line, source_file") == [("b", "app_logs/b.log")]
    assert folder.notices == (
        "app_logs/a.log is the same file as app_logs/b.log, which is counted once.",
        "app_logs/c.log is the same file as app_logs/b.log, which is counted once.",
    )


def test_many_small_files_are_converted_together_and_looked_at_once(project: Project) -> None:
    for number in range(50):
        project.write(f"app_logs/{number:02}.log", f"{number}\n")
        project.write(f"active_users/{number:02}.parquet", typed_users(user_id=[number]))
    project.load()
    assert len(list(project.cache.iterdir())) == 1
    assert inspect(project.root, project.warehouse).is_registered
    project.write("app_logs/50.log", "50\n")
    assert not inspect(project.root, project.warehouse).is_registered
    project.load()
    assert len(project.rows("app_logs")) == 51


def test_small_parquet_files_that_come_one_by_one_are_copied_together_when_they_are_many(project: Project) -> None:
    for number in range(120):
        project.write(f"active_users/{number:03}.parquet", typed_users(user_id=[number]))
        if number % 40 == 39:
            project.load()
    assert len(list(project.cache.iterdir())) == 1
    expected = [(str(number), MODIFIED, f"active_users/{number:03}.parquet") for number in range(120)]
    assert project.rows("active_users", "user_id, loaded_at, source_file") == expected
    assert inspect(project.root, project.warehouse).is_registered
    project.write("active_users/120.parquet", typed_users(user_id=[120]))
    project.load()
    assert len(list(project.cache.iterdir())) == 1
    assert len(project.rows("active_users")) == 121
    change(project, "active_users/007.parquet", typed_users(user_id=[700]))
    with pytest.raises(UsageError, match=r"^active_users/007\.parquet does not begin"):
        project.load()


def test_many_small_parquet_files_are_copied_together(project: Project) -> None:
    for number in range(120):
        extra = {"note": ["n"]} if number % 2 else {"größe": [{"a": 1}]}
        project.write(f"active_users/day={number}/a.parquet", typed_users(user_id=[number], **extra))
    project.load()
    (copied,) = project.cache.iterdir()
    found = project.rows("active_users", 'user_id, loaded_at, source_file, "day", note, "größe"')
    assert sorted(found, key=lambda row: int(row[0])) == [
        (
            str(n),
            MODIFIED,
            f"active_users/day={n}/a.parquet",
            str(n),
            "n" if n % 2 else None,
            None if n % 2 else '{"a":1}',
        )
        for n in range(120)
    ]
    assert inspect(project.root, project.warehouse).is_registered
    copied.unlink()
    project.load()
    assert project.rows("active_users", 'user_id, loaded_at, source_file, "day", note, "größe"') == found
    change(project, "active_users/day=6/a.parquet", typed_users(user_id=[6], größe=[{"a": 1}], entry=["new"]))
    with pytest.raises(UsageError, match=r"^active_users/day=6/a\.parquet does not begin"):
        project.load()
    change(project, "active_users/day=6/a.parquet", typed_users(user_id=[6], größe=[{"a": 1}]))
    project.load()
    assert project.rows("active_users", 'user_id, loaded_at, source_file, "day", note, "größe"') == found
    change(project, "active_users/day=7/a.parquet", typed_users(user_id=[700]))
    with pytest.raises(UsageError, match=r"^active_users/day=7/a\.parquet does not begin"):
        project.load()


def test_typed_parquet_of_every_kind_is_text(project: Project) -> None:
    """Case 17: a payload as a struct with a time in it."""
    moment = datetime(2025, 1, 1, 10)
    payload = {"user_id": 1, "start_time": moment, "event_time": moment}
    fields = [("user_id", pa.int64()), ("start_time", pa.timestamp("us", "UTC")), ("event_time", pa.timestamp("us"))]
    project.write("playback_heartbeats/a.parquet", pa.table({"payload": pa.array([payload], pa.struct(fields))}))
    project.load()
    text = '{"user_id":1,"start_time":"2025-01-01 10:00:00+00","event_time":"2025-01-01 10:00:00"}'
    assert project.rows("playback_heartbeats", "payload") == [(text,)]


def test_another_spelling_of_a_name_that_is_there_is_left_out_and_named(project: Project) -> None:
    project.write("active_users/a.csv", "Note," + USERS + "\nx,1,t,y\n")
    project.write("active_users/b.parquet", typed_users(note=["x"]))
    project.write("app_logs/a.jsonl", '{"log_line":1}\n{"log_line":2,"Loaded_At":"2025-01-01"}\n')
    folder = inspect(project.root, project.warehouse)
    folder.register()
    assert "'note'" in folder.tables["active_users"].notice
    assert "'Loaded_At'" in folder.tables["app_logs"].notice
    assert project.rows("active_users", '"Note"') == [("x",), (None,)]
    assert project.rows("app_logs", "log_line") == [("1",), ("2",)]


def test_parquet_says_itself_what_was_no_record_where_it_was_extracted(project: Project) -> None:
    project.write("active_users/a.parquet", typed_users(user_id=[None], malformed_line=["{"]))
    project.write("active_users/b.parquet", typed_users())
    folder = inspect(project.root, project.warehouse)
    folder.register()
    assert not folder.tables["active_users"].notice
    assert project.rows("active_users", "user_id, malformed_line") == [(None, "{"), ("1", None)]


def test_a_column_named_like_malformed_lines_is_left_out_and_named(project: Project) -> None:
    project.write("active_users/a.csv", "malformed_line," + USERS + "x,1,t,y\n")
    folder = inspect(project.root, project.warehouse)
    folder.register()
    assert "'malformed_line'" in folder.tables["active_users"].notice
    assert project.rows("active_users", "user_id, malformed_line") == [("1", None)]


def test_no_row_of_a_parquet_file_is_read_twice_when_it_is_only_touched(project: Project) -> None:
    path = project.write("active_users/a.parquet", typed_users())
    project.load()
    os.utime(path, (LATER.timestamp(), LATER.timestamp()))
    folder = inspect(project.root, project.warehouse)
    assert not folder.is_registered
    folder.register()
    assert inspect(project.root, project.warehouse).is_registered
    assert pq.read_metadata(path).num_rows == len(project.rows("active_users")) == 1


def model_state(project: Project) -> list[tuple]:
    with duckdb.connect(project.warehouse) as connection:
        query = "select relation_name, run_number, state ->> 'build' from staging.model_state order by all"
        return connection.execute(query).fetchall()


@pytest.fixture
def built(project: Project) -> Project:
    """With what a build records."""
    states = {"base_app__log_lines": "app_logs", "base_shop__users": "users", "stg_shop__users": "users"}
    with duckdb.connect(project.warehouse) as connection:
        connection.execute("create schema staging")
        columns = "relation_name varchar, run_number bigint, state varchar, recorded_at timestamp"
        connection.execute(f"create table staging.model_state ({columns})")
        for name, table in states.items():
            state = json.dumps({"build": "first", "inputs": {table: {"place": f"raw_files.{table}"}}})
            connection.execute("insert into staging.model_state values (?, 3, ?, now())", [name, state])
    return project


def test_a_full_refresh_reads_everything_anew_and_no_table_goes_on_without_it(built: Project) -> None:
    built.write("app_logs/a.log", "a\nb\n")
    built.write("app_logs/b.log", "c\n")
    built.load()
    before = model_state(built)
    (built.root / "app_logs" / "b.log").unlink()
    change(built, "app_logs/a.log", "B\n")
    inspect(built.root, built.warehouse, anew=True).register()
    assert lines(built) == [("B", 1, 1)]
    assert inspect(built.root, built.warehouse).is_registered
    assert sorted(set(model_state(built)) - set(before)) == [
        ("base_app__log_lines", 4, None),
        ("base_shop__users", 4, None),
    ]


def test_only_the_table_whose_last_line_goes_on_is_built_in_full(built: Project) -> None:
    built.write("app_logs/a.log", "a\nb")
    built.load()
    before = model_state(built)
    change(built, "app_logs/a.log", "a\nbc\n")
    built.load()
    assert set(model_state(built)) - set(before) == {("base_app__log_lines", 4, None)}
