"""The landing folder in an object store that speaks S3's protocol."""

import secrets
import threading
from collections.abc import Iterator

import pytest
import s3fs
from moto.server import ThreadedMotoServer
from test_files import HEADER, Drop, Silent, rows

from ingestion import files
from ingestion.errors import ExtractionError
from ingestion.landing import Stream
from ingestion.storage import Storage, storage


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """An empty folder of a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    # All servers of a process have the same buckets.
    name = f"bucket-{secrets.token_hex(4)}"
    s3fs.S3FileSystem().mkdir(name)
    yield storage(f"s3://{name}/landing")
    server.stop()


def test_of_many_who_take_a_name_one_has_it(bucket):
    taken = []
    tries = [
        threading.Thread(target=lambda number=number: taken.append(bucket.create("a/b.json", b"%d" % number)))
        for number in range(6)
    ]
    for one in tries:
        one.start()
    for one in tries:
        one.join()
    assert sorted(taken) == [False] * 5 + [True]


def test_a_lost_answer_to_a_commit_is_no_other_extraction(bucket):
    assert bucket.create("a/b.json", b"this run")
    # The client tries again where it has heard nothing.
    assert bucket.create("a/b.json", b"this run")
    assert not bucket.create("a/b.json", b"another run")


def test_a_store_in_which_two_can_commit_is_refused():
    with pytest.raises(ExtractionError, match="two extractions at once could both commit"):
        storage("http://127.0.0.1/landing")


def test_files_land_there_and_what_was_left_is_finished(bucket, tmp_path, monkeypatch):
    drop = Drop(tmp_path)
    drop.write("web/a.csv", HEADER + rows(0, 3))
    with monkeypatch.context() as patch:
        patch.setattr(type(bucket), "move", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            files.extract(drop.source, bucket, Silent(), follow=False, skip_lost=False)
    assert bucket.names("web_events/drop_folder/web") == []
    drop.write("web/a.csv", rows(3, 5))
    done = files.extract(drop.source, bucket, Silent(), follow=False, skip_lost=False)
    assert not done.failures
    names = bucket.names("web_events/drop_folder/web")
    landed = b"".join(bucket.read(f"web_events/drop_folder/web/{name}").removeprefix(HEADER.encode()) for name in names)
    assert landed.decode() == rows(0, 5)
    assert Stream(bucket, "drop_folder", "web_events").next_place == 2
    assert bucket.names("_extract/drop_folder/web_events/staged") == []
