"""Records of a real HTTP server land page by page: none lost, none twice, whatever fails and whenever one is killed."""

import errno
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from kills import in_child, proxy

from ingestion import api
from ingestion.demo.api_server import Answer, ApiServer, api_server
from ingestion.errors import ExtractionError
from ingestion.report import Extracted, Trouble
from ingestion.settings import ApiSource, ApiTable
from ingestion.storage import storage

ALL_KILLS = os.environ.get("KILLS") == "all"
TOKEN = "t0ken-of-the-api"


class Silent:
    def read(self, table: str, rows: int, total: int | None = None) -> None:
        """Nobody looks."""


class Identity:
    """An API of users, and a landing folder."""

    def __init__(self, server: ApiServer, folder: Path) -> None:
        self.server, self.landing = server, folder / "landing"

    def source(self, address: str = "", table: str = "active_users", **settings: Any) -> ApiSource:
        source = {name: settings.pop(name) for name in ("auth", "timeout") if name in settings}
        paging = {"path": "active_users", "records": "data.items", "after": "after", "key": "id", "page_size": 3}
        return ApiSource(
            kind="api",
            name="identity",
            address=address or self.server.address,
            tables={table: ApiTable(**paging | settings)},
            **source,
        )

    def extract(self, source: ApiSource | None = None) -> Extracted:
        return api.extract(source or self.source(), storage(str(self.landing)), Silent(), follow=False, skip_lost=False)

    def failure(self, **settings: Any) -> str:
        """The one sentence about a resource that cannot be read."""
        (failure,) = self.extract(self.source(**settings)).failures
        assert "\n" not in failure and failure.startswith("active_users: ")
        return failure

    def landed(self, table: str = "active_users") -> list[dict[str, Any]]:
        rows = []
        for path in sorted(self.landing.glob(f"{table}/**/*.parquet")):
            rows += pq.read_table(path, partitioning=None).to_pylist()
        return sorted(rows, key=lambda row: (row["loaded_at"], row["source_file"], row["source_position"]))

    def ids(self) -> list[str]:
        return [row["id"] for row in self.landed()]


@pytest.fixture
def identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Identity]:
    monkeypatch.setattr(api, "SECONDS_OF_FIRST_WAIT", 0.01)
    with api_server() as server:
        yield Identity(server, tmp_path)


@pytest.mark.parametrize("records", range(8))
@pytest.mark.parametrize("largest_page", [1, 2, 3, 10])
def test_pages_of_any_size_land_once(identity: Identity, records: int, largest_page: int) -> None:
    identity.server.largest_page = largest_page
    identity.server.add(*range(1, records + 1))
    assert identity.extract().rows["active_users"] == records
    assert identity.extract().rows["active_users"] == 0
    identity.server.add(100, 101)
    assert identity.extract().rows["active_users"] == 2
    assert identity.ids() == [*map(str, range(1, records + 1)), "100", "101"]
    assert identity.server.requests[0] == {"limit": "3"}


def test_values_land_as_they_are_written(identity: Identity) -> None:
    identity.server.records = {
        1: '{"id": 1, "user_id": 12345678901234567890, "is_active": null, "updated_at": "a\\nb\\u2028é😀\\"", '
        '"amount": 1.10, "e": 1E+2, "nested": {"a": [1.10, "x\\n"]},\n "loaded_at": "mine", "list": []}',
        2: '{"id": 2, "user_id": "", "is_active": false, "updated_at": " ", "deep": {"id": 7}}',
    }
    identity.server.page = lambda records: (
        '\ufeff {"next": {"items": [9]}, "data" :\t{"a": "]}", "items":\r\n[' + " , ".join(records) + '] }, "n": 1}\n'
    )
    done = identity.extract()
    assert "new columns are carried along: id, amount, e, nested, loaded_at, list, deep." in done.notices[0]
    first, second = identity.landed()
    assert (first["user_id"], first["is_active"], first["updated_at"]) == (
        "12345678901234567890",
        None,
        'a\nb\u2028é😀"',
    )
    assert (first["amount"], first["e"], first["list"]) == ("1.10", "1E+2", "[]")
    assert json.loads(first["nested"]) == {"a": [1.10, "x\n"]} and "1.10" in first["nested"]
    assert (second["user_id"], second["is_active"], second["amount"]) == ("", "false", None)
    assert first["loaded_at"].year >= 2025 and first["source_position"] == 1
    assert first["source_file"] == "identity/active_users/" + "0" * 20
    assert not identity.extract().notices


def test_a_list_at_the_top_and_keys_of_text(identity: Identity) -> None:
    identity.server.page = lambda records: "[" + ",".join(records) + "]"
    identity.server.order = str.casefold
    identity.server.add("B", "a", "é", "a-1", "c", "D", "d2")
    assert identity.extract(identity.source(records="")).rows["active_users"] == 7
    identity.server.add("ü/?&=")
    for _ in range(2):
        identity.extract(identity.source(records=""))
    assert Counter(identity.ids()) == Counter(["B", "a", "é", "a-1", "c", "D", "d2", "ü/?&="])


def test_messages_are_payloads(identity: Identity) -> None:
    identity.server.records = {1: '{"id": 1, "program_id": 1.10}', 2: '{"id": 2}'}
    assert not identity.extract(identity.source(table="playback_heartbeats")).failures
    assert [row["payload"] for row in identity.landed("playback_heartbeats")] == [
        '{"id": 1, "program_id": 1.10}',
        '{"id": 2}',
    ]


def test_what_fails_for_a_while_is_asked_again(identity: Identity) -> None:
    identity.server.add(*range(1, 10))
    identity.server.failing = [
        Answer(503),
        Answer(500, b"<html>"),
        Answer(429, headers={"Retry-After": "1"}),
        Answer(body=b'{"data": {"items": []}}', cut=3),
    ]
    began = time.monotonic()
    assert identity.extract().rows["active_users"] == 9
    assert 1 <= time.monotonic() - began < 10
    identity.server.add(10)
    identity.server.failing = [Answer(429, headers={"Retry-After": formatdate(time.time() + 2, usegmt=True)})]
    began = time.monotonic()
    assert identity.extract().rows["active_users"] == 1
    assert 0.5 <= time.monotonic() - began < 10
    identity.server.add(11)
    identity.server.failing = [Answer(seconds=0.6)] * 2
    assert identity.extract(identity.source(timeout=timedelta(seconds=0.2))).rows["active_users"] == 1
    assert identity.ids() == [str(number) for number in range(1, 12)]


def test_what_fails_for_good_is_one_sentence(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    identity.server.add(1)
    monkeypatch.setattr(api, "MOST_SECONDS_OF_A_WAIT", 0.05)
    for code, said in {503: "answered 503 5 times: sorry", 429: "answered 429 5 times"}.items():
        identity.server.failing = [Answer(code, b"sorry", {"Retry-After": "3600"})] * 5
        began = time.monotonic()
        assert said in identity.failure()
        assert time.monotonic() - began < 5
    for code in (400, 403, 404, 410):
        identity.server.requests.clear()
        identity.server.failing = [Answer(code)]
        assert str(code) in identity.failure() and len(identity.server.requests) == 1
    identity.server.failing = [Answer(seconds=0.3)] * 5
    assert "did not answer within 0.1 seconds, 5 times" in identity.failure(timeout=timedelta(seconds=0.1))
    time.sleep(0.5)
    assert "cannot be reached: Connection refused" in identity.failure(address="http://127.0.0.1:1/v1")
    assert identity.extract().rows["active_users"] == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>", "no JSON"),
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b'{"data": {"items": [{"id": 1}', "no JSON"),
        (b'{"data": {"items": [{"id": 1} {"id": 2}]}}', "no JSON"),
        (b'{"data" {"items": []}}', "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"items": []}', "no list of records at data.items"),
        (b'{"data": []}', "no list of records at data.items"),
        (b'{"data": null}', "no list of records at data.items"),
        (b'{"data": {"items": {}}}', "no list of records at data.items"),
        (b'{"data": {"items": [1]}}', "a record that is no object: 1"),
        (b'{"data": {"items": [{}]}}', "whose key id is neither text nor a whole number"),
        (b'{"data": {"items": [{"id": 1.5}]}}', "whose key id is neither text nor a whole number"),
        (b'{"data": {"items": [{"id": 1}, {"id": 2}]}}', "columns user_id, is_active, updated_at are not there"),
        (b'{"data": {"items": [{"id": 2}, {"id": 1}]}}', "is not in the order of id"),
        (b'{"data": {"items": [{"id": 1}, {"id": 1}]}}', "is not in the order of id"),
        (b'{"data": {"items": [{"id": "c"}, {"id": "b"}]}}', "is not in the order of id"),
        (b'{"data": {"items": [{"id": 1}, {"id": "2"}]}}', None),
    ],
)
def test_an_answer_that_is_wrong_is_one_sentence_and_nothing_lands(identity: Identity, body: bytes, said: str) -> None:
    identity.server.failing = [Answer(body=body)]
    assert (said or "columns user_id") in identity.failure()
    assert not identity.landed()
    identity.server.failing = [Answer(body=body)]
    assert (said or "columns user_id") in api.planned(identity.source(), storage(str(identity.landing)))[0]


def test_pages_that_do_not_go_on_are_no_endless_loop(identity: Identity) -> None:
    identity.server.add(*range(1, 10))
    assert "does not go on: the page after id 3 has this key again" in identity.failure(after="since")
    assert not identity.landed() and len(identity.server.requests) == 2


def test_fields_that_change(identity: Identity) -> None:
    identity.server.add(1)
    assert identity.extract().rows["active_users"] == 1
    identity.server.add(2, note="x")
    assert identity.extract().notices == [
        f"active_users of {identity.server.address}/active_users: new columns are carried along: note."
    ]
    # Empty fields are left out by many an API.
    identity.server.records[3] = '{"id": 3, "user_id": 1, "updated_at": "2025-01-01"}'
    assert identity.extract().rows["active_users"] == 1
    for record, said in {
        '{"id": 4, "user_id": 1, "updated_at": "2025-01-01", "active": true}': "column is_active is gone in",
        '{"id": 4, "user_id": 1, "is_active": true, "updated_at": 1735689600}': "updated_at is now number",
        '{"id": 4, "user_id": {}, "is_active": true, "updated_at": ""}': "user_id is now structure, and was number",
        '{"id": 4, "user_id": 1, "is_active": true, "updated_at": "", "A": 1, "a": 2}': "one column named A, a",
    }.items():
        identity.server.records[4] = record
        assert said in identity.failure()
    identity.server.records[4] = '{"id": 4, "user_id": "1", "is_active": 1, "updated_at": ""}'
    notices = identity.extract().notices
    assert ["now text, and was number" in notices[0], "now number, and was flag" in notices[1]] == [True, True]
    for key in range(5, 5 + api.RECORDS_THAT_TELL):
        identity.server.records[key] = json.dumps({"id": key, "user_id": "1", "updated_at": ""})
    assert "column is_active is gone" in identity.failure(page_size=1000)
    assert identity.ids() == ["1", "2", "3", "4"]


def test_a_field_that_is_dropped_is_named_when_few_records_come_at_a_time(identity: Identity) -> None:
    identity.server.add(1)
    identity.extract()
    without, keys = {"user_id": 1, "updated_at": ""}, iter(range(2, 1000))
    for records in (60, 39):
        for key in (next(keys) for _ in range(records)):
            identity.server.records[key] = json.dumps({"id": key} | without)
        assert identity.extract().rows["active_users"] == records
    # It is counted anew when it is seen.
    identity.server.add(next(keys))
    assert identity.extract().rows["active_users"] == 1
    for records in (60, 39):
        for key in (next(keys) for _ in range(records)):
            identity.server.records[key] = json.dumps({"id": key} | without)
        assert identity.extract(identity.source(page_size=7)).rows["active_users"] == records
    for page_size in (1, 3, 1000):
        key = next(keys)
        identity.server.records[key] = json.dumps({"id": key} | without)
        assert "column is_active is gone" in identity.failure(page_size=page_size)
    (line,) = api.planned(identity.source(), storage(str(identity.landing)))
    assert "column is_active is gone" in line and isinstance(line, Trouble)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"is_active": None, "Is_Active": True}, "more than one column named Is_Active, is_active"),
        ({"updated_at": 1735689600}, "updated_at is now number, and was text"),
        ({"updated_at": []}, "updated_at is now structure, and was text"),
    ],
)
def test_every_page_is_checked(identity: Identity, fields: dict[str, object], said: str) -> None:
    identity.server.add(*range(1, 8))
    identity.server.add(8, 9, **fields)
    assert said in identity.failure()
    assert not identity.ids()
    identity.server.add(8, note=1)
    identity.server.add(9, note="x")
    assert [notice.split(": ", 1)[1] for notice in identity.extract(identity.source(page_size=1)).notices] == [
        "new columns are carried along: id.",
        "new columns are carried along: note.",
        "column note is now text, and was number: its text lands as it is.",
    ]


def test_a_field_that_is_renamed_on_a_later_page(identity: Identity) -> None:
    identity.server.add(1, 2, 3)
    identity.server.records |= {
        key: json.dumps({"id": key, "user_id": 1, "active": True, "updated_at": ""}) for key in (4, 5)
    }
    assert "column is_active is gone in" in identity.failure()
    # A new field of some records takes no other's place.
    identity.server.records[5] = '{"id": 5, "user_id": 1, "updated_at": ""}'
    assert identity.extract().rows["active_users"] == 5


def test_another_resource_is_read_from_the_beginning(identity: Identity) -> None:
    identity.server.add(*range(1, 5))
    identity.extract()
    with api_server() as other:
        other.add(2, 9)
        source = identity.source(other.address)
        store = storage(str(identity.landing))
        assert "nothing has landed of" in api.status(source, store)[0]
        done = identity.extract(source)
        assert done.notices == [
            f"active_users of {other.address}/active_users: it is read from the beginning, since its address or path "
            "is another."
        ]
        again = identity.extract(source)
        assert again.rows["active_users"] == 0 and not again.notices
        assert identity.ids() == ["1", "2", "3", "4", "2", "9"]
        assert "is not there (404)" in identity.failure(path="users")
        # Parameters and logins are no other resource.
        assert identity.extract(identity.source(f"{other.address}/?token=x")).rows["active_users"] == 0
    # As of a new one, its columns have to be there at once.
    identity.server.records = {1: '{"id": 1, "user_id": 1, "is_active": true}'}
    assert "column updated_at is gone" in identity.failure()


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        ({"type": "bearer", "token": TOKEN}, None),
        ({"token": TOKEN}, None),
        ({"type": "api_key", "name": "api_key", "api_key": TOKEN, "location": "query"}, None),
        ({"type": "http_basic", "username": "u", "password": TOKEN}, "refuses the login (401: "),
        ({}, "refuses the login (401: "),
        ({"type": "bearer", "token": "wrong-" + TOKEN}, "refuses the login (401: "),
    ],
)
def test_logins(identity: Identity, auth: dict[str, str], said: str | None, capfd: pytest.CaptureFixture) -> None:
    identity.server.token = TOKEN
    identity.server.add(*range(1, 5))
    source = identity.source(auth=auth)
    done = identity.extract(source)
    assert done.rows["active_users"] == (0 if said else 4)
    assert not said or said in done.failures[0]
    lines = [*api.planned(source, storage(str(identity.landing))), *api.status(source, storage(str(identity.landing)))]
    gone = identity.extract(identity.source("http://127.0.0.1:1", auth=auth))
    written = b"".join(path.read_bytes() for path in identity.landing.rglob("*") if path.is_file())
    assert TOKEN not in str([done, lines, gone, capfd.readouterr()]) and TOKEN.encode() not in written


def test_a_login_by_oauth(identity: Identity) -> None:
    identity.server.token = "given"
    identity.server.add(1)
    for code, rows in {200: 1, 401: 0}.items():
        with api_server() as logins:
            logins.answer = lambda *_, code=code: Answer(code, b'{"access_token": "given", "expires_in": 60}')
            auth = {"access_token_url": logins.address, "client_id": "me", "client_secret": TOKEN}
            done = identity.extract(identity.source(auth={"type": "oauth2_client_credentials"} | auth, key="id"))
        assert done.rows["active_users"] == rows, done
        identity.server.add(2)
    assert "The login for" in done.failures[0] and "refused (401)" in done.failures[0]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"address": "identity.example.com/v1"}, "begins with https://"),
        ({"auth": {"type": "magic"}}, "auth.type magic is unknown"),
        ({"auth": {"type": "http_basic", "username": "u"}}, "takes password, username"),
        ({"auth": {"type": "bearer", "tokn": "u"}}, "takes token"),
    ],
)
def test_settings_that_are_wrong(identity: Identity, settings: dict, said: str) -> None:
    with pytest.raises(ExtractionError, match=said):
        identity.extract(identity.source(**settings))


def test_flags_of_topics_are_refused(identity: Identity) -> None:
    for flags in ({"follow": True, "skip_lost": False}, {"follow": False, "skip_lost": True}):
        with pytest.raises(ExtractionError, match="yes is for topics"):
            api.extract(identity.source(), storage(str(identity.landing)), Silent(), **flags)


def test_plan_and_position(identity: Identity) -> None:
    store = storage(str(identity.landing))
    assert "nothing has landed of" in api.status(identity.source(), store)[0]
    identity.server.add(*range(1, 5))
    label = f"{identity.server.address}/active_users"
    assert api.planned(identity.source(), store) == [f"active_users: 3 records or more of {label}"]
    identity.extract()
    assert api.planned(identity.source(), store) == [f"active_users: nothing new of {label} after id 4"]
    assert api.status(identity.source(), store)[0].startswith("active_users: read up to id 4, last landed 2")
    # The values of another key are others: all is read again.
    assert "is not in the order of user_id" in identity.failure(key="user_id")
    assert identity.ids() == ["1", "2", "3", "4"]


def test_a_long_resource_lands_in_several_commits(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "RECORDS_OF_A_COMMIT", 10)
    identity.server.add(*range(1, 96))
    pages = api._Resource._page

    def broken(resource: Any, after: Any) -> Any:
        if after == 60:
            raise ExtractionError("broken")
        return pages(resource, after)

    monkeypatch.setattr(api._Resource, "_page", broken)
    done = identity.extract()
    assert done.failures == ["active_users: broken"] and done.rows["active_users"] == 60
    monkeypatch.setattr(api._Resource, "_page", pages)
    assert identity.extract().rows["active_users"] == 35
    assert identity.ids() == [str(number) for number in range(1, 96)]
    assert len({row["source_file"] for row in identity.landed()}) == 8


# SIGKILL, Ctrl-C, and a disk that is full for a moment.
ENDS = [signal.SIGKILL, signal.SIGINT, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))]


@pytest.mark.parametrize("how", ENDS, ids=["kill", "Ctrl-C", "full disk"])
def test_ended_at_any_file_operation_nothing_is_lost_or_twice(
    identity: Identity, monkeypatch: pytest.MonkeyPatch, how: int | OSError
) -> None:
    monkeypatch.setattr(api, "RECORDS_OF_A_COMMIT", 4)
    kill_at, last, kills = 1, 0, 0
    while True:
        identity.server.add(*range(last + 1, last + 11))
        last += 10
        code, operations = in_child(identity.extract, kill_at, str(identity.landing), how)
        was_ended = code == -signal.SIGKILL or operations >= kill_at
        # To make a folder that is there may fail.
        assert code in ({signal.SIGKILL: [-signal.SIGKILL], signal.SIGINT: [1]}.get(how, [0, 1]) if was_ended else [0])
        kills += was_ended
        assert not identity.extract().failures
        assert identity.ids() == [str(number) for number in range(1, last + 1)], kill_at
        if not was_ended:
            break
        kill_at += 1 if ALL_KILLS else 3
    assert kills > (25 if ALL_KILLS else 8)
    assert not list(identity.landing.glob("_extract/identity/active_users/staged/*"))


def test_killed_at_any_chunk_of_the_network(
    identity: Identity, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    last = 50_000 if ALL_KILLS else 2_000
    monkeypatch.setattr(api, "RECORDS_OF_A_COMMIT", last // 7)
    identity.server.add(*range(1, last + 1))
    pid, kills = tmp_path / "pid", 0
    with proxy(("127.0.0.1", identity.server.port)) as between:
        source = identity.source(f"http://127.0.0.1:{between.port}/v1", page_size=last // 40)

        def extract() -> None:
            pid.write_text(str(os.getpid()))
            assert not identity.extract(source).failures

        identity.landing = tmp_path / "counted"
        assert in_child(extract)[0] == 0
        chunks = between.chunks
        # Chunks are not the same each time: the last ones may not come.
        places = random.Random(1).sample(range(1, chunks - 2), 50 if ALL_KILLS else 6)
        for number, at in enumerate([*range(1, 40, 1 if ALL_KILLS else 10), *places]):
            identity.landing = tmp_path / f"landing-{number}"
            between.reset(at, lambda: os.kill(int(pid.read_text()), signal.SIGKILL))
            kills += in_child(extract)[0] == -signal.SIGKILL
            between.reset()
            assert in_child(extract)[0] == 0
            assert identity.ids() == [str(id_) for id_ in range(1, last + 1)], at
    assert kills > number - 3


def test_pages_may_drift(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "RECORDS_OF_A_COMMIT", 10)
    identity.server.add(*range(1, 1000, 7))
    answer, steps = identity.server.answer, iter(range(1000, 10**6))

    def drifting(*arguments: Any) -> Answer:
        given = answer(*arguments)
        step = next(steps)
        if step < 1100:
            identity.server.add(step)
        identity.server.records.pop(min(identity.server.records))
        return given

    identity.server.answer = drifting
    identity.extract()
    identity.extract()
    wanted = {str(number) for number in (*range(1, 1000, 7), *range(1000, 1100))}
    assert max(Counter(identity.ids()).values()) == 1 and set(identity.ids()) <= wanted
    assert {number for number in wanted if int(number) >= 1000} <= set(identity.ids())
