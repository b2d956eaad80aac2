"""Files of a drop folder land piece by piece: whatever is written when, each line lands once."""

import errno
import gzip
import os
import random
import signal
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kills import in_child

from ingestion import files
from ingestion.errors import ExtractionError
from ingestion.report import Extracted
from ingestion.settings import FilesSource, FileTable
from ingestion.storage import storage

HEADER = "event_name,user_id,app_version,event_time,device_id,client\n"
ROW = "view,{},1.0,2025-01-01 10:00:00,d{},web\n"
WITHIN = "landing"
ALL = os.environ.get("KILLS") == "all"


class Silent:
    def read(self, table: str, rows: int, total: int | None = None) -> None:
        """Nobody looks."""


class Drop:
    """A drop folder and a landing folder."""

    def __init__(self, folder: Path) -> None:
        self.drop, self.landing = folder / "drop", folder / "landing"
        self.drop.mkdir()
        self.source = FilesSource(
            kind="files",
            name="drop_folder",
            address=str(self.drop),
            tables={
                "web_events": FileTable(files="web/**/*"),
                "app_logs": FileTable(files="logs/*"),
            },
        )

    def write(self, name: str, content: str | bytes, seconds_ago: float = 0, mode: str = "ab") -> Path:
        """Append to a file, as if so long ago."""
        path = self.drop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode) as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (time.time() - seconds_ago,) * 2)
        return path

    def extract(self) -> Extracted:
        return files.extract(self.source, storage(str(self.landing)), Silent(), follow=False, skip_lost=False)

    def landed(self, table: str = "web_events") -> list[str]:
        """The lines that have landed, without headers, sorted."""
        pieces = [path for path in (self.landing / table).rglob("*") if path.is_file()]
        return sorted(
            line for piece in pieces for line in piece.read_text().splitlines(keepends=True) if line != HEADER
        )

    def landed_in_order(self, folder: str = "web") -> list[str]:
        """The lines of web events in the order of their pieces, without headers."""
        pieces = sorted((self.landing / "web_events/drop_folder" / folder).glob("*.csv"))
        return [line for piece in pieces for line in piece.read_text().splitlines(keepends=True) if line != HEADER]

    def names(self, table: str = "web_events") -> list[str]:
        return sorted(path.relative_to(self.landing).as_posix() for path in (self.landing / table).rglob("*.*"))


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path)


def rows(first: int, last: int) -> str:
    return "".join(ROW.format(number, number) for number in range(first, last))


def test_new_grown_and_late_files_land_once(drop):
    drop.write("web/a.csv", HEADER + rows(0, 3))
    assert drop.extract().rows == {"web_events": 3}
    assert drop.extract().rows == {}
    drop.write("web/a.csv", rows(3, 5))
    drop.write("web/older/late.csv", HEADER + rows(5, 6), seconds_ago=10**6)
    drop.write("logs/app.log", "2025-01-01|user=1|event=view\nno record\n")
    done = drop.extract()
    assert done.rows["app_logs"] == 2
    assert not done.notices and not done.failures
    assert drop.landed() == sorted(rows(0, 6).splitlines(keepends=True))
    assert drop.names()[0].startswith("web_events/drop_folder/web/a.000000000-")
    assert drop.landed("app_logs") == ["2025-01-01|user=1|event=view\n", "no record\n"]


def test_a_line_is_taken_when_it_is_finished_or_has_rested(drop):
    drop.write("web/a.csv", HEADER + rows(0, 1) + "view,1")
    assert "has no end yet" in drop.extract().notices[0]
    assert drop.landed() == rows(0, 1).splitlines(keepends=True)
    drop.write("web/a.csv", ",1.0,2025-01-01 10:00:00,d1,web", seconds_ago=100)
    drop.extract()
    assert "".join(drop.landed()) == rows(0, 2).removesuffix("\n")
    drop.write("web/a.csv", "\n" + rows(2, 3))
    assert not drop.extract().notices
    assert [line.strip() for line in drop.landed()] == rows(0, 3).strip().split("\n")


def test_a_line_that_goes_on_after_it_was_taken_is_read_again(drop):
    drop.write("logs/app.log", "first\nsec", seconds_ago=100)
    drop.extract()
    drop.write("logs/app.log", "ond\n")
    assert "read again" in drop.extract().notices[0]
    assert drop.landed("app_logs") == ["first\n", "sec", "second\n"]


def test_a_piece_ends_where_a_record_ends(drop):
    quoted = 'view,1,"a\nb""\nc",2025-01-01 10:00:00,d,web\n'
    drop.write("web/a.csv", HEADER + quoted + quoted[:12])
    drop.extract()
    assert drop.landed() == sorted(quoted.splitlines(keepends=True))
    drop.write("web/a.csv", quoted[12:])
    drop.extract()
    assert drop.landed() == sorted((quoted * 2).splitlines(keepends=True))


def test_large_files_land_in_pieces_of_bounded_size(drop, monkeypatch):
    monkeypatch.setattr(files, "PIECE_BYTES", 1000)
    monkeypatch.setattr(files, "PIECES_OF_COMMIT", 3)
    drop.write("web/a.csv", HEADER + rows(0, 200))
    drop.extract()
    assert len(drop.names()) > 5
    assert drop.landed() == sorted(rows(0, 200).splitlines(keepends=True))


def test_a_quote_within_a_field_and_an_escape_move_no_end_of_a_record(drop):
    inch = 'view,1,5" x,2025-01-01 10:00:00,d,web\n'
    quoted = 'view,1,"a\nb",2025-01-01 10:00:00,d,web\n'
    drop.write("web/a.csv", HEADER + inch + quoted + quoted[:12])
    drop.extract()
    assert "".join(drop.landed_in_order()) == inch + quoted
    asked = FileTable(files="other/*", format={"escape": "\\"})
    drop.source = drop.source.model_copy(update={"tables": {"web_events": asked}})
    (drop.landing / "web_events" / "_format.yml").unlink(missing_ok=True)
    escaped = 'view,1,"C:\\\\",2025-01-01 10:00:00,d,web\n'
    drop.write("other/b.csv", HEADER + escaped * 2 + quoted[:12])
    assert not drop.extract().failures
    assert "".join(drop.landed_in_order("other")) == escaped * 2


def test_a_pause_within_a_quoted_record_tears_it_and_it_is_read_again(drop):
    quoted = 'view,1,"a\nb",2025-01-01 10:00:00,d,web\n'
    drop.write("web/a.csv", HEADER + quoted[:12], seconds_ago=100)
    drop.extract()
    drop.write("web/a.csv", quoted[12:])
    assert "read again" in drop.extract().notices[0]
    assert drop.landed_in_order()[-2:] == quoted.splitlines(keepends=True)


def test_a_rotated_log_is_the_file_that_was_read(drop):
    drop.write("logs/app.log", "first\n")
    drop.extract()
    drop.write("logs/app.log", "second\n")
    (drop.drop / "logs/app.log").rename(drop.drop / "logs/app-1.log")
    drop.write("logs/app.log", "third\n")
    assert not drop.extract().failures
    assert drop.landed("app_logs") == ["first\n", "second\n", "third\n"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", HEADER.encode("utf-16"), "a.csv is no utf-8 text"),
        ("a.csv", (HEADER + rows(0, 1)).encode() + b"caf\xe9,,,,,\n", "a.csv is no utf-8 text (byte E9)"),
        ("a.jsonl", b'{"event_name": "\xe9"}\n', "a.jsonl is no utf-8 text"),
        ("a.csv", b"a\rb," + HEADER.encode(), "a.csv lacks event_name"),
        ("a.csv", ("note,Note," + HEADER).encode(), "more than one column named Note, note"),
        ("a.csv.gz", gzip.compress((HEADER + rows(0, 99)).encode())[:-9], "a.csv.gz cannot be read"),
        ("a.csv.gz", gzip.compress(HEADER.replace(",client", "").encode()), "a.csv.gz lacks client"),
        ("a.parquet", b"PAR1....PAR1PAR1", "a.parquet cannot be read"),
        (b"caf\xe9.csv", HEADER.encode(), "is no UTF-8 text: rename the file"),
    ],
)
def test_what_the_warehouse_could_not_read_is_named_and_the_others_land(drop, name, content, says):
    (drop.drop / "web").mkdir()
    path = os.path.join(os.fsencode(drop.drop / "web"), os.fsencode(name))
    with open(path, "wb") as file:
        file.write(content)
    os.utime(path, (time.time() - 100,) * 2)
    drop.write("web/b.csv", HEADER + rows(1, 2))
    done = drop.extract()
    assert says in done.failures[0]
    assert len(done.failures) == 1
    assert drop.landed() == [rows(1, 2)]


def test_a_quote_in_a_header_is_part_of_a_name(drop):
    drop.write("web/a.csv", 'size 5",' + HEADER + "1," + rows(0, 1))
    assert drop.extract().rows == {"web_events": 1}


def test_links_count_as_what_they_lead_to(drop, tmp_path):
    (tmp_path / "elsewhere.csv").write_text(HEADER + rows(0, 2))
    (drop.drop / "web").mkdir()
    (drop.drop / "web/a.csv").symlink_to(tmp_path / "elsewhere.csv")
    (drop.drop / "web/b.csv").symlink_to(tmp_path / "nowhere.csv")
    assert "b.csv cannot be read" in drop.extract().failures[0]
    assert "".join(drop.landed()) == rows(0, 2)


def test_a_folder_may_be_called_as_one_likes(tmp_path):
    (tmp_path / "a [1]*").mkdir()
    drop = Drop(tmp_path / "a [1]*")
    drop.write("web/a.csv", HEADER + rows(0, 2))
    assert drop.extract().rows == {"web_events": 2}


def test_the_landing_folder_is_not_read_again(drop):
    drop.landing = drop.drop / "landing"
    with pytest.raises(ExtractionError, match="holds the landing folder"):
        drop.extract()


def test_a_line_longer_than_a_piece_lands_and_one_without_end_is_named(drop, monkeypatch):
    monkeypatch.setattr(files, "PIECE_BYTES", 100)
    drop.write("logs/app.log", "x" * 1000 + "\nlast\n")
    drop.extract()
    assert drop.landed("app_logs") == ["last\n", "x" * 1000 + "\n"]
    monkeypatch.setattr(files, "LONGEST_LINE_BYTES", 2000)
    drop.write("logs/other.log", "y" * 5000)
    assert "logs/other.log has a line of over 2,000 bytes" in drop.extract().failures[0]


def test_a_wrong_format_is_named_and_leaves_nothing(drop):
    asked = FileTable(files="web/*", format={"delimeter": ";"})
    drop.source = drop.source.model_copy(update={"tables": {"web_events": asked}})
    assert "The format of web_events in sources.yml has delimeter, and must have" in drop.extract().failures[0]
    assert not (drop.landing / "web_events").exists()


def test_a_quote_that_is_never_closed_does_not_hold_back_the_rest(drop, monkeypatch):
    monkeypatch.setattr(files, "LONGEST_RECORD_BYTES", 100)
    drop.write("web/a.csv", HEADER + 'view,"1\n' + rows(1, 20))
    drop.extract()
    assert len(drop.landed()) == 20


@pytest.mark.parametrize("change", ["cut", "rewritten"])
def test_a_file_that_was_written_anew_is_named_and_the_others_land(drop, change):
    drop.write("web/a.csv", HEADER + rows(0, 3))
    drop.extract()
    drop.write("web/a.csv", HEADER + (rows(0, 2) if change == "cut" else rows(1, 9)), mode="wb")
    drop.write("web/b.csv", HEADER + rows(3, 4))
    done = drop.extract()
    assert done.failures == ["web/a.csv was cut or written anew after it was read: give its new content another name."]
    assert drop.landed() == sorted(rows(0, 4).splitlines(keepends=True))


def test_a_missing_column_is_named_and_nothing_of_the_file_lands(drop):
    drop.write("web/a.csv", HEADER.replace("device_id", "device") + rows(0, 3))
    drop.write("web/b.csv", HEADER + rows(3, 4))
    assert "web/a.csv lacks device_id" in drop.extract().failures[0]
    assert drop.landed() == rows(3, 4).splitlines(keepends=True)


def test_parquet_lands_as_a_whole_once_it_is_finished(drop):
    names = HEADER.strip().split(",")
    path = drop.write("web/a.parquet", b"PAR1" + bytes(100))
    assert "left for later" in drop.extract().notices[0]
    pq.write_table(pa.table({name: ["1", "2"] for name in names}), path)
    assert drop.extract().rows == {"web_events": 2}
    os.utime(path)
    assert drop.extract() == Extracted()
    (name,) = drop.names()
    assert pq.read_table(drop.landing / name).num_rows == 2
    pq.write_table(pa.table({"event_name": ["1"]}), drop.drop / "web/b.parquet")
    assert "lacks user_id" in drop.extract().failures[0]


def test_a_type_that_cannot_be_read_is_named(drop):
    drop.write("web/a.xlsx", "x")
    assert "a.xlsx is of a type that web_events cannot be read from" in drop.extract().failures[0]


def test_how_text_is_written_stands_in_the_landing_folder_too(drop):
    asked = FileTable(files="web/*", format={"delimiter": ";", "encoding": "latin-1"})
    drop.source = drop.source.model_copy(update={"tables": {"web_events": asked}})
    drop.write("web/a.csv", (HEADER + rows(0, 2)).replace(",", ";"))
    assert not drop.extract().failures
    assert "latin-1" in (drop.landing / "web_events" / "_format.yml").read_text()
    other = FileTable(files="web/*", format={"delimiter": "|"})
    drop.source = drop.source.model_copy(update={"tables": {"web_events": other}})
    assert "_format.yml of the landing folder says" in drop.extract().failures[0]


def test_a_dry_run_reads_nothing(drop):
    drop.write("web/a.csv", HEADER + rows(0, 2))
    store = storage(str(drop.landing))
    size = len(HEADER + rows(0, 2))
    assert files.planned(drop.source, store)[0] == f"web_events: {size} bytes of 1 files would be read"
    assert not drop.landing.exists()
    drop.extract()
    assert files.status(drop.source, store)[0].endswith("0 bytes of 0 files would be read")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, OSError(errno.ENOSPC, "No space left on device")])
@pytest.mark.parametrize("size", ["small", "large"])
def test_ended_at_any_file_operation_no_line_is_lost_and_none_lands_twice(tmp_path, monkeypatch, size, how):
    """Of a small load every operation; with KILLS=all 50 random ones of a large load too, in many commits."""
    if size == "large" and not ALL:
        pytest.skip("KILLS=all")
    several = 4 if size == "small" else 200
    monkeypatch.setattr(files, "PIECES_OF_COMMIT", 20)
    expected = sorted(rows(0, several * 10 + 5).splitlines(keepends=True))

    def try_out(folder: Path, kill_at: int) -> tuple[int, int]:
        folder.mkdir()
        drop = Drop(folder)
        drop.write("web/0.csv", HEADER + rows(0, 10))
        drop.extract()
        drop.write("web/0.csv", rows(several * 10, several * 10 + 5))
        for number in range(1, several):
            drop.write(f"web/{number}.csv", HEADER + rows(number * 10, number * 10 + 10))
        said = in_child(drop.extract, kill_at, WITHIN, how=how)
        done = drop.extract()
        assert not done.failures and not done.notices
        assert drop.landed() == expected, kill_at
        return said

    code, operations = try_out(tmp_path / "all", 0)
    assert code == 0
    assert operations > 20
    places = range(1, operations + 1) if size == "small" else random.sample(range(1, operations + 1), 50)
    for kill_at in places:
        code, _ = try_out(tmp_path / str(kill_at), kill_at)
        # A full disk is a sentence about a table.
        assert code != 0 or isinstance(how, OSError)
