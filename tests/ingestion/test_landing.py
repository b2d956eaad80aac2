"""The log of commits: what counts, what is finished later, and what is removed."""

import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from ingestion.errors import CommittedElsewhereError
from ingestion.landing import ParquetFiles, StagedFile, Stream
from ingestion.storage import LocalFolder, storage


def staged(stream: Stream, content: bytes, name: str) -> StagedFile:
    file = stream.staged_name()
    with stream.storage.writer(file) as target:
        target.write(content)
    return StagedFile(file, name, 1)


def stream(folder: Path) -> Stream:
    return Stream(storage(str(folder)), "shop", "orders")


def test_records_count_from_their_commit_on_and_state_goes_with_them(tmp_path):
    first = stream(tmp_path)
    file = staged(first, b"1", "orders/a")
    assert not (tmp_path / "orders").exists()
    first.commit([file], {"cursor": 7}, first.loaded_at())
    again = stream(tmp_path)
    assert (again.state, again.next_place, again.newest.rows) == ({"cursor": 7}, 1, 1)
    assert (tmp_path / "orders/a").read_bytes() == b"1"


def test_what_was_committed_and_not_moved_is_moved_by_the_next(tmp_path, monkeypatch):
    first = stream(tmp_path)
    file = staged(first, b"1", "orders/a")
    with monkeypatch.context() as patch:
        patch.setattr(LocalFolder, "move", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            first.commit([file], {}, first.loaded_at())
    assert not (tmp_path / "orders").exists()
    stream(tmp_path)
    assert (tmp_path / "orders/a").read_bytes() == b"1"


def test_what_no_commit_names_is_removed_once_its_place_is_committed(tmp_path):
    first = stream(tmp_path)
    staged(first, b"lost", "orders/a")
    file = staged(first, b"1", "orders/a")
    assert len(list(tmp_path.rglob("staged/*"))) == 2
    first.commit([file], {}, first.loaded_at())
    assert len(list(tmp_path.rglob("staged/*"))) == 1
    stream(tmp_path)
    assert not list(tmp_path.rglob("staged/*"))


def test_of_two_who_commit_from_one_place_one_succeeds(tmp_path):
    first, second = stream(tmp_path), stream(tmp_path)
    theirs, ours = staged(first, b"1", "orders/a"), staged(second, b"2", "orders/a")
    first.commit([theirs], {}, first.loaded_at())
    with pytest.raises(CommittedElsewhereError, match="Another extraction has read the same of shop"):
        second.commit([ours], {}, second.loaded_at())
    second.open()
    assert (tmp_path / "orders/a").read_bytes() == b"1"
    assert second.next_place == 1


def _create(folder: str, content: bytes, results: object) -> None:
    results.put(LocalFolder(folder).create("a/b.json", content))


def test_a_name_is_taken_once_whole(tmp_path):
    LocalFolder(str(tmp_path)).create("a/other", b"")
    results = multiprocessing.get_context("fork").Queue()
    tries = [
        multiprocessing.get_context("fork").Process(target=_create, args=(str(tmp_path), bytes([n]) * 10_000, results))
        for n in range(8)
    ]
    for one in tries:
        one.start()
    for one in tries:
        one.join()
    assert sorted(results.get() for _ in tries) == [False] * 7 + [True]
    content = (tmp_path / "a/b.json").read_bytes()
    assert len(content) == 10_000 and len(set(content)) == 1
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["b.json", "other"]


def test_arrivals_are_in_order_though_the_clock_goes_back(tmp_path):
    first = stream(tmp_path)
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    first.commit([], {}, later)
    assert stream(tmp_path).loaded_at() == later + timedelta(microseconds=1)


def test_places_may_be_offsets(tmp_path):
    first = stream(tmp_path)
    first.commit([], {}, first.loaded_at(), next_place=500)
    assert stream(tmp_path).next_place == 500
    name = first.file_name("orders", datetime(2025, 1, 2, 3))
    assert name == "orders/shop/2025/01/02/03/orders-00000000000000000500-0000.parquet"


def test_commits_of_a_month_ago_are_forgotten_but_for_the_newest(tmp_path):
    first = stream(tmp_path)
    for day in (0, 1, 2, 40):
        first.commit([], {"day": day}, datetime(2025, 1, 1) + timedelta(days=day))
    again = stream(tmp_path)
    assert again.state == {"day": 40}
    assert len(list((tmp_path / "_extract/shop/orders").glob("*.json"))) == 1


def test_parquet_files_are_cut_and_removed_if_reading_fails(tmp_path):
    one = stream(tmp_path)
    schema = pa.schema([("id", pa.string())])
    files = ParquetFiles(one, "orders", one.loaded_at(), rows_of_file=2)
    with files.writing(schema) as writer:
        for _ in range(3):
            writer.write(pa.record_batch([["1", "2"]], schema=schema))
    assert [file.rows for file in files.files] == [2, 2, 2]
    assert len({file.name for file in files.files}) == 3
    broken = ParquetFiles(one, "orders", one.loaded_at(), rows_of_file=2)
    with pytest.raises(ZeroDivisionError), broken.writing(schema) as writer:
        writer.write(pa.record_batch([["1"]], schema=schema))
        raise ZeroDivisionError
    assert not broken.files
    assert len(list(tmp_path.rglob("staged/*"))) == 3


def test_an_object_store_has_the_same_log(tmp_path):
    store = storage("memory://bucket/landing")
    first = Stream(store, "shop", "orders")
    first.commit([staged(first, b"1", "orders/a")], {"cursor": 7}, first.loaded_at())
    again = Stream(store, "shop", "orders")
    assert again.state == {"cursor": 7}
    assert store.read("orders/a") == b"1"
    assert store.names("_extract/shop/orders/staged") == []
