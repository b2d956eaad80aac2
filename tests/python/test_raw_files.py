"""A folder of raw files becomes one view per raw table."""

import gzip
import json
import os
import subprocess
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from raw_files_project import MODIFIED, Project, typed_users

from warehouse.errors import UsageError
from warehouse.raw_files import ARRIVAL_COLUMNS, MALFORMED_LINE, TABLES, inspect

USERS = "user_id,is_active,updated_at"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_links_and_pipes(project: Project) -> None:
    outside = project.folder / "outside"
    outside.mkdir()
    (outside / "b.log").write_text("b\n")
    project.write("app_logs/a.log", "a\n")
    (project.root / "app_logs" / "linked").symlink_to(outside)
    (outside / "round").symlink_to(project.root / "app_logs")
    project.load()
    assert project.rows("app_logs", "log_line, source_file") == [
        ("a", "app_logs/a.log"),
        ("b", "app_logs/linked/b.log"),
    ]
    (project.root / "app_logs" / "broken.log").symlink_to("nowhere")
    with pytest.raises(UsageError, match=r"broken\.log is not a file"):
        project.load()
    (project.root / "app_logs" / "broken.log").unlink()
    os.mkfifo(project.root / "app_logs" / "pipe.log")
    with pytest.raises(UsageError, match=r"pipe\.log is not a file"):
        project.load()


def test_every_table_has_its_columns_also_without_files(project: Project) -> None:
    project.write("app_logs/a.log", "")
    project.load()
    with duckdb.connect(project.warehouse) as connection:
        for table, columns in TABLES.items():
            described = [row[:2] for row in connection.execute(f"describe raw_files.{table}").fetchall()]
            types = ["VARCHAR"] * len(columns) + ["TIMESTAMP", "VARCHAR", "BIGINT", "VARCHAR"]
            assert described == list(zip((*columns, *ARRIVAL_COLUMNS, MALFORMED_LINE), types, strict=True))
            assert connection.execute(f"select count(*) from raw_files.{table}").fetchone() == (0,)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_arrival_is_filled_where_the_file_does_not_say_it(project: Project, name: str) -> None:
    rows = {"user_id": ["1", "2"], "is_active": ["t", "f"], "updated_at": ["x", "y"]}
    if name == "a.csv":
        content: object = f"{USERS}\n1,t,x\n2,f,y\n"
    elif name == "a.jsonl":
        content = "".join(
            json.dumps(dict(zip(rows, row, strict=True))) + "\n" for row in zip(*rows.values(), strict=True)
        )
    else:
        content = pa.table(rows)
    project.write(f"active_users/2025/{name}", content)
    project.load()
    source = f"active_users/2025/{name}"
    assert project.rows("active_users") == [("1", "t", "x", MODIFIED, source, 1), ("2", "f", "y", MODIFIED, source, 2)]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.jsonl"])
def test_given_arrival_is_kept_and_blanks_are_filled(project: Project, name: str) -> None:
    """A position counts only together with its file."""
    columns = ("log_line", *ARRIVAL_COLUMNS)
    rows = [
        ("a", "2025-01-01 10:00:00", "topic", "7"),
        ("b", "2025-01-01T12:00:00.5+02:00", None, "8"),
        ("c", None, "topic", None),
        ("d", "2025-01-01", "topic", "-9"),
        ("e", "2025-01-01T00:00:00Z", None, None),
    ]
    if name == "a.csv":
        content: object = "\n".join(",".join(field or "" for field in row) for row in [columns, *rows])
    elif name == "a.parquet":
        content = pa.table([pa.array(column) for column in zip(*rows, strict=True)], names=columns)
    else:
        content = "\n".join(json.dumps(dict(zip(columns, row, strict=True))) for row in rows)
    project.write(f"app_logs/{name}", content)
    project.load()
    source = f"app_logs/{name}"
    assert sorted(project.rows("app_logs", time_zone="Asia/Tokyo")) == [
        ("a", datetime(2025, 1, 1, 10), "topic", 7),
        ("b", datetime(2025, 1, 1, 10, 0, 0, 500000), source, 2),
        ("c", MODIFIED, source, 3),
        ("d", datetime(2025, 1, 1), "topic", -9),
        ("e", datetime(2025, 1, 1), source, 5),
    ]


def test_typed_parquet_becomes_text_in_any_time_zone(project: Project) -> None:
    moment = datetime(2025, 1, 8, 12, 34, 56, 123456)
    berlin = timezone(timedelta(hours=1))
    table = pa.table(
        {
            "order_id": pa.array([b"a\xff"]),
            "customer_id": pa.array([7], pa.uint64()),
            "product_id": pa.array([b"p\xc3\xa4"]),
            "quantity": pa.array([{"a": [1, None]}]),
            "unit_price": pa.array([Decimal("19.90")]),
            "amount": pa.array([0.1]),
            "currency": pa.array(["EUR"]).dictionary_encode(),
            "status": pa.array([date(2025, 1, 8)]),
            "ordered_at": pa.array([moment.replace(tzinfo=berlin)], pa.timestamp("us", "Europe/Berlin")),
            "loaded_at": pa.array([moment.replace(tzinfo=berlin)], pa.timestamp("us", "Europe/Berlin")),
        }
    )
    project.write("orders/a.parquet", table)
    nanoseconds = pa.array([moment], pa.timestamp("us")).cast(pa.timestamp("ns"))
    project.write(
        "orders/b.parquet", table.set_column(8, "ordered_at", nanoseconds).set_column(0, "order_id", pa.nulls(1))
    )
    project.load()
    fields = ("7", "pä", '{"a":[1,null]}', "19.90", "0.1", "EUR", "2025-01-08")
    loaded_at = moment - timedelta(hours=1)
    for time_zone in ("UTC", "Asia/Tokyo"):
        assert project.rows("orders", time_zone=time_zone) == [
            (r"a\xFF", *fields, "2025-01-08 11:34:56.123456", loaded_at, "orders/a.parquet", 1),
            (None, *fields, "2025-01-08 12:34:56.123456", loaded_at, "orders/b.parquet", 1),
        ]


def test_rates_are_read_from_every_format_as_they_are_written(project: Project) -> None:
    days, rates = [date(2025, 1, 31), date(2025, 2, 1)], [Decimal("0.915425000"), Decimal("0.006140000")]
    project.write("exchange_rates/a.csv", "rate_date,currency,rate\n2025-01-31,USD,0.915425000\n2025-02-30,,\n")
    project.write("exchange_rates/b.jsonl", '{"rate_date":"2025-01-31","currency":"JPY","rate":0.006140000}\n')
    currencies = pa.array(["USD", "JPY"]).dictionary_encode()
    typed = {"rate_date": days, "currency": currencies, "rate": pa.array(rates, pa.decimal128(38, 9))}
    project.write("exchange_rates/c.parquet", pa.table(typed))
    moments = pa.array([datetime(2025, 1, 31)], pa.timestamp("us"))
    project.write("exchange_rates/d.parquet", pa.table({"rate_date": moments, "currency": ["USD"], "rate": [0.5]}))
    project.load()
    assert project.rows("exchange_rates", "rate_date, currency, rate") == [
        ("2025-01-31", "USD", "0.915425000"),
        ("2025-02-30", None, None),
        ("2025-01-31", "JPY", "0.006140000"),
        ("2025-01-31", "USD", "0.915425000"),
        ("2025-02-01", "JPY", "0.006140000"),
        # A time of day, which no rate date has.
        ("2025-01-31 00:00:00", "USD", "0.5"),
    ]


def test_formats_and_columns_mix_and_extra_columns_are_carried_along(project: Project) -> None:
    project.write("active_users/a.csv", f"note,{USERS},name\nhello,1,t,x,\n")
    project.write("active_users/b.parquet", typed_users(loaded_at=pa.array([MODIFIED]), score=[1.5]))
    project.write("active_users/c.parquet", typed_users(user_id=["3"]))
    project.write(
        "active_users/d.json.gz", gzip.compress(b'{"user_id":4,"is_active":false,"updated_at":null,"x":{"y":[1.10]}}')
    )
    project.write("active_users/e.ndjson", '{"user_id":5,"x":2.50,"note":true}\n{"user_id":6,"score":null,"note":"n"}')
    project.write("app_logs/a.log", "one\ntwo")
    folder = inspect(project.root, project.warehouse)
    assert folder.tables["active_users"].extra_columns == ("name", "note", "score", "x")
    assert folder.tables["active_users"].notice == ""
    assert folder.tables["active_users"].rows == 6
    assert {name: table.rows for name, table in folder.tables.items()}["app_logs"] == 2
    folder.register()
    assert project.rows("active_users", "* exclude (loaded_at, source_position, malformed_line)") == [
        ("1", "t", "x", "active_users/a.csv", None, "hello", None, None),
        ("1", "true", "x", "active_users/b.parquet", None, None, "1.5", None),
        ("3", "true", "x", "active_users/c.parquet", None, None, None, None),
        ("4", "false", None, "active_users/d.json.gz", None, None, None, '{"y":[1.10]}'),
        ("5", None, None, "active_users/e.ndjson", None, "true", None, "2.50"),
        ("6", None, None, "active_users/e.ndjson", None, "n", None, None),
    ]


@pytest.mark.parametrize(
    "name", ['"', 'it\'s "odd"', "a b", "ä", "select", "data", "path", "filename", "extra_columns", "Ä|=,"]
)
def test_extra_columns_may_have_any_name(project: Project, name: str) -> None:
    field = '"' + name.replace('"', '""') + '"'
    project.write("active_users/a.csv", f"{field},{USERS}\nc,1,t,x\n")
    project.write("active_users/b.parquet", typed_users(**{name: ["p"]}))
    project.write("active_users/c.jsonl", json.dumps({"user_id": 3, "is_active": 1, "updated_at": 1, name: "j"}))
    project.load()
    with duckdb.connect(project.warehouse) as connection:
        columns = [column for column, *_ in connection.execute("describe raw_files.active_users").fetchall()]
    assert columns == [*TABLES["active_users"], *ARRIVAL_COLUMNS, MALFORMED_LINE, name]
    assert [row[-1] for row in project.rows("active_users")] == ["c", "p", "j"]


def test_a_parquet_file_like_a_converted_one_has_no_extra_columns(project: Project) -> None:
    arrival = {"loaded_at": pa.array([MODIFIED]), "source_file": ["topic"], "source_position": [1]}
    project.write("app_logs/a.csv", "log_line,note\nx,n\n")
    project.write("app_logs/b.parquet", pa.table({"log_line": ["y"]} | arrival))
    project.write("app_logs/c.parquet", pa.table({"log_line": ["z"], "note": ["m"]} | arrival))
    project.load()
    assert sorted(project.rows("app_logs", "log_line, note")) == [("x", "n"), ("y", None), ("z", "m")]


def test_a_payload_is_its_json_text_whether_it_comes_as_text_or_as_an_object(project: Project) -> None:
    """With every digit, and in the order in which its keys came."""
    text = '{"user_id": 2, "n": 1.50}'
    objects = {
        '{"user_id": 12345678901234567890, "price": 0.10000000000000000001, "device": "größe \\"XL\\""}': (
            '{"user_id":12345678901234567890,"price":0.10000000000000000001,"device":"größe \\"XL\\""}'
        ),
        '{"z": null, "a": [true, 1e2, {"b": "\\n"}]}': '{"z":null,"a":[true,1e2,{"b":"\\n"}]}',
        "{}": "{}",
        "[1, 2]": "[1,2]",
    }
    records = [json.dumps({"payload": text}), *[f'{{"payload": {written}}}' for written in objects]]
    records += ['{"payload": null}', '{"payload": 42}', '{"payload": false}']
    project.write("playback_heartbeats/a.jsonl", "\n".join(records))
    project.write("playback_heartbeats/b.parquet", pa.table({"payload": [{"user_id": 2, "device": "tv"}]}))
    project.load()
    read_as = [text, *objects.values(), None, "42", "false", '{"user_id":2,"device":"tv"}']
    assert [payload for (payload,) in project.rows("playback_heartbeats", "payload")] == read_as


def test_names_of_what_duckdb_adds_are_no_problem_in_text_files(project: Project) -> None:
    project.write("active_users/a.csv", f"file_row_number,{USERS},raw_file_path\n7,1,t,x,p\n")
    project.load()
    assert project.rows("active_users", "source_position, file_row_number, raw_file_path") == [(1, "7", "p")]


def test_too_many_extra_columns_and_unprintable_names_are_left_out_and_named(project: Project) -> None:
    """Data that leaks into names must not fill the memory, nor may what else is there be lost."""
    names = [f"k{number:05}" for number in range(30_000)]
    records = [{"log_line": "x", "": 1, "a\nb": 2, "\ud800": 3, names[-1 - row]: row} for row in range(30_000)]
    project.write("app_logs/a.jsonl", "\n".join(map(json.dumps, records)))
    project.write("app_logs/b.csv", f"log_line,,{','.join(names[:150])}\nx,,{','.join(names[:150])}\n")
    folder = inspect(project.root, project.warehouse)
    table = folder.tables["app_logs"]
    assert table.extra_columns == tuple(names[:100])
    assert len(table.left_out) < 100
    assert table.notice == (
        "app_logs: left out, for only 100 new columns with plain names are taken: "
        r"'', 'a\nb', 'k00100', 'k00101', 'k00102' and more"
    )
    folder.register()
    assert project.rows("app_logs", "k00000, k00099") == [
        *[(None, None)] * 29_900,
        (None, "29900"),
        *[(None, None)] * 98,
        ("29999", None),
        ("k00000", "k00099"),
    ]


def test_names_are_taken_literally(project: Project) -> None:
    names = [
        "[a].parquet",
        "a.parquet",
        "*.parquet",
        "it's?.parquet",
        "d=1/ü €.parquet",
        "back\\slash.parquet",
        "{a,b}.PARQUET",
    ]
    names = sorted(f"active_users/{name}" for name in names)
    for name in names:
        project.write(name, typed_users(user_id=[name]))
    project.write("active_users/[a].csv", USERS + "\nc,1,2\n")
    project.load()
    assert project.rows("active_users", "source_file, user_id") == sorted(
        [(name, name) for name in names] + [("active_users/[a].csv", "c")]
    )


def test_relative_paths_are_read_from_anywhere(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("active_users/a.parquet", typed_users())
    project.write("app_logs/a.log", "a\n")
    monkeypatch.chdir(project.folder)
    inspect(Path("raw"), Path("warehouse.duckdb")).register()
    query = "select (select count(*) from raw_files.app_logs) + (select count(*) from raw_files.active_users)"
    code = f"import duckdb; print(duckdb.connect({str(project.warehouse)!r}).execute({query!r}).fetchone()[0])"
    done = subprocess.run([sys.executable, "-c", code], cwd="/", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2"


def test_registering_again_replaces_all_views_and_forgets_old_conversions(project: Project) -> None:
    path = project.write("app_logs/a.log", "a\n")
    project.load()
    (first,) = project.cache.iterdir()
    (project.cache / "left.1.unfinished").write_text("by a killed run")
    # Under another root it is the same file, of which nothing is known there.
    moved = project.folder / "moved"
    path.parent.parent.rename(moved)
    first.unlink()
    inspect(moved, project.warehouse).register()
    (second,) = project.cache.iterdir()
    assert first != second
    assert project.rows("app_logs", "log_line") == [("a",)]
    with duckdb.connect(project.warehouse) as connection:
        assert connection.execute("select answer from kept").fetchone() == (1,)


def test_an_unchanged_file_is_converted_once(project: Project) -> None:
    project.write("app_logs/a.log", "a\n")
    project.load()
    (converted,) = project.cache.iterdir()
    before = converted.stat()
    project.load()
    assert converted.stat() == before
    converted.write_bytes(b"damaged")
    project.load()
    assert project.rows("app_logs", "log_line") == [("a",)]


def test_a_failed_conversion_does_not_disturb_the_views_in_use(project: Project) -> None:
    path = project.write("app_logs/a.jsonl", '{"log_line":"a"}\n')
    project.load()
    path.write_bytes(b'{"log_line":"a"}\n{"log_line":"\xff"}\n')
    with pytest.raises(UsageError, match=r"a\.jsonl is no utf-8 text \(byte FF at position 30\)"):
        project.load()
    assert project.rows("app_logs", "log_line") == [("a",)]


def test_a_warehouse_that_cannot_be_written(project: Project) -> None:
    project.write("app_logs/a.log", "a\n")
    project.load()
    code = f"import duckdb; c = duckdb.connect({str(project.warehouse)!r}); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(UsageError, match="is in use by process"):
            project.load()
        other.communicate(b"\n")
    project.warehouse.write_text("this is no database")
    with pytest.raises(UsageError, match=r"warehouse\.duckdb"):
        project.load()


@pytest.mark.parametrize(
    "own",
    [
        "table {} as select 1 as x",
        "view {} as select 1 as x from kept",
        "view {} as from read_parquet('{folder}/own.parquet')",
    ],
    ids=["table", "view", "view over a file of one's own"],
)
def test_what_is_no_view_over_raw_files_is_not_replaced(project: Project, own: str) -> None:
    project.write("app_logs/a.log", "a\n")
    project.load()
    pq.write_table(pa.table({"x": [1]}), project.folder / "own.parquet")
    with duckdb.connect(project.warehouse) as connection:
        connection.execute("drop view raw_files.web_events")
        connection.execute(f"create {own.format('raw_files.Web_Events', folder=project.folder)}")
    project.write("app_logs/b.log", "b\n")
    with pytest.raises(UsageError, match=r"^raw_files.Web_Events was not made from raw files") as raised:
        project.load()
    assert "\n" not in str(raised.value)
    with duckdb.connect(project.warehouse) as connection:
        assert connection.execute("select x from raw_files.web_events").fetchall() == [(1,)]
        assert connection.execute("select log_line from raw_files.app_logs").fetchall() == [("a",)]


def test_a_file_that_changes_after_the_check(project: Project) -> None:
    project.write("active_users/a.parquet", typed_users())
    folder = inspect(project.root, project.warehouse)
    project.write("active_users/a.parquet", pa.concat_tables([typed_users(), typed_users()]))
    with pytest.raises(UsageError, match="active_users changed while"):
        folder.register()
