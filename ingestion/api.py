"""Reads resources of a REST API page by page, each page after the last key of the one before: no record is lost or
doubled while pages drift.

dlt's client logs in and tries again: after time-outs, lost connections, 429 and errors of the server, when Retry-After
says so. Records land in commits of some megabytes, each with the key that it ends with, so memory does not grow with
the resource, and a run that was ended goes on where it stopped.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from json.decoder import WHITESPACE
from typing import Any

import numpy as np
import pyarrow as pa
import requests
from dlt.common.configuration.specs import RuntimeConfiguration
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.auth import APIKeyAuth, BearerTokenAuth, HttpBasicAuth, OAuth2ClientCredentials

from ingestion.errors import ExtractionError, UnansweredError
from ingestion.landing import DIGITS, ParquetFiles, Stream
from ingestion.records import text_table, with_arrival
from ingestion.report import Extracted, Progress, Trouble, failure
from ingestion.settings import ApiSource, ApiTable, without_secrets
from ingestion.storage import Storage
from warehouse.errors import UsageError
from warehouse.raw_contract import (
    MALFORMED_LINE,
    PAYLOAD,
    TABLES,
    TIME_COLUMNS,
    check_distinct,
    extra_columns,
    is_whole_message,
)

# A request is made so many times; the waits between are 1, 2, 4 and 8 seconds, or what Retry-After says up to a minute.
TRIES = 5
SECONDS_OF_FIRST_WAIT = 1.0
MOST_SECONDS_OF_A_WAIT = 60.0
# What is committed at once, in records or characters, whichever is reached first.
RECORDS_OF_A_COMMIT = 100_000
CHARACTERS_OF_A_COMMIT = 64 << 20
# APIs leave out empty fields: so many records have to be without one before it is called gone.
RECORDS_THAT_TELL = 100
# How one logs in: dlt's class, and what it needs.
LOGINS = {
    "bearer": (BearerTokenAuth, {"token"}, {"token"}),
    "api_key": (APIKeyAuth, {"api_key"}, {"api_key", "name", "location"}),
    "http_basic": (HttpBasicAuth, {"username", "password"}, {"username", "password"}),
    "oauth2_client_credentials": (
        OAuth2ClientCredentials,
        {"access_token_url", "client_id", "client_secret"},
        {"access_token_url", "client_id", "client_secret"},
    ),
}
_KINDS = {str: "text", int: "number", float: "number", bool: "flag", dict: "structure", list: "structure"}
_DECODER = json.JSONDecoder()

Key = int | str


def extract(
    source: ApiSource, storage: Storage, progress: Progress, *, follow: bool = False, skip_lost: bool = False
) -> Extracted:
    """Land what is new of each resource; one that cannot be read is a failure, and the others are read.

    What has been committed before a failure has landed, and is counted. Raises ExtractionError for settings that
    cannot be understood.
    """
    if follow:
        raise ExtractionError("FOLLOW=yes is for topics and change data.")
    if skip_lost:
        raise ExtractionError("SKIP_LOST=yes is for topics.")
    done = Extracted()
    client = _client(source)
    for table, settings in source.tables.items():
        try:
            _Resource(client, source, settings, table, Stream(storage, source.name, table)).land(progress, done)
        except ExtractionError as error:
            done.failures.append(failure(without_secrets(f"{table}: {error}", source), error))
    return done


def planned(source: ApiSource, storage: Storage) -> list[str]:
    """What would be read of each resource, a line each; a Trouble where that cannot be said.

    Raises ExtractionError like `extract`.
    """

    def line(resource: "_Resource") -> str:
        page = resource.first_page()
        since = "" if resource.after is None else f" after {resource.settings.key} {resource.after}"
        return f"{resource.count(page)} of {resource.label}{since}"

    return _lines(source, storage, line)


def status(source: ApiSource, storage: Storage) -> list[str]:
    """How far each resource has been read and what waits in it, a line each. Raises ExtractionError like `extract`."""

    def line(resource: "_Resource") -> str:
        page, newest = resource.first_page(), resource.stream.newest
        if not newest or resource.after is None:
            return f"nothing has landed of {resource.label}, {resource.count(page)} wait"
        landed = f"last landed {newest.loaded_at:%Y-%m-%d %H:%M:%S} UTC"
        return f"read up to {resource.settings.key} {resource.after}, {landed}, {resource.count(page)} wait"

    return _lines(source, storage, line)


def _lines(source: ApiSource, storage: Storage, line: Callable[["_Resource"], str]) -> list[str]:
    client, lines = _client(source), []
    for table, settings in source.tables.items():
        try:
            resource = _Resource(client, source, settings, table, Stream(storage, source.name, table))
            lines.append(f"{table}: {line(resource)}")
        except ExtractionError as error:
            lines.append(Trouble(without_secrets(f"{table}: {error}", source)))
    return lines


@dataclass
class _Page:
    """The records of one answer: the text of each as the API wrote it, and what it says."""

    texts: list[str] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)

    @cached_property
    def columns(self) -> dict[str, str]:
        """The names that occur, each with what its values are: text, number, flag, structure; blank for nulls only."""
        columns: dict[str, str] = {}
        for record in self.records:
            for name, value in record.items():
                columns[name] = _KINDS.get(type(value)) or columns.get(name, "")
        return columns


class _Resource:
    """One resource of an API.

    Attributes:
        settings: how it is read.
        stream: where it lands.
        after: the last key that has landed; none at first.
        columns: those that have been seen, with what their values are.
    """

    def __init__(self, client: RESTClient, source: ApiSource, settings: ApiTable, table: str, stream: Stream) -> None:
        self._client, self._source, self._table = client, source, table
        self.settings, self.stream = settings, stream
        state = stream.state
        # By a digest, since an address may hold secrets.
        self._resource = hashlib.sha256(self.label.encode()).hexdigest()
        self._is_another = state.get("resource", self._resource) != self._resource
        # Another key has other values, and another resource other records: all is read from the beginning.
        goes_on = state.get("key") == settings.key and not self._is_another
        self.after: Key | None = state.get("after") if goes_on else None
        self.columns: dict[str, str] = dict(state.get("columns", {}))
        # How many records have come since each column of the raw table was last seen.
        self._without: dict[str, int] = dict(state.get("without", {}))

    @property
    def label(self) -> str:
        """Its address in a message."""
        base = re.sub(r"//.*@", "//", self._source.address.split("?")[0]).rstrip("/")
        return f"{base}/{self.settings.path.lstrip('/')}"

    def count(self, page: _Page) -> str:
        """How many records a page has; there may be more where there are any."""
        return f"{len(page.records):,} records or more" if page.records else "nothing new"

    def first_page(self) -> _Page:
        """What comes next, with the checks of `land`. Raises ExtractionError where it cannot be read."""
        page = self._page(self.after)
        self._notices(page)
        return page

    def land(self, progress: Progress, done: Extracted) -> None:
        """Land page after page. Raises ExtractionError; then nothing after the last commit has landed."""
        tables, records, characters = [], 0, 0
        for page in self._pages():
            done.notices += self._notices(page)
            tables.append(text_table(self._table, [text.encode() for text in page.texts]))
            records += len(page.texts)
            characters += sum(map(len, page.texts))
            progress.read(self._table, len(page.texts))
            if records >= RECORDS_OF_A_COMMIT or characters >= CHARACTERS_OF_A_COMMIT:
                self._commit(tables, page.keys[-1], done)
                tables, records, characters = [], 0, 0
        if tables:
            self._commit(tables, page.keys[-1], done)

    def _pages(self) -> Iterator[_Page]:
        """Pages with records. One that is shorter than another before it is the last.

        It need not be shorter than what was asked for: an API may give no more than it likes.
        """
        after, longest = self.after, 0
        while True:
            page = self._page(after)
            if page.records:
                yield page
                after = page.keys[-1]
            if len(page.records) < max(longest, 1):
                return
            longest = max(longest, len(page.records))

    def _commit(self, tables: Sequence[pa.Table], last: Key, done: Extracted) -> None:
        stream, loaded_at = self.stream, self.stream.loaded_at()
        records = pa.concat_tables(tables, promote_options="default")
        carried, _ = extra_columns(self._table, records.column_names)
        records = records.select([*TABLES[self._table], *carried, MALFORMED_LINE])
        source_file = f"{stream.source}/{self.settings.path.strip('/')}/{stream.next_place:0{DIGITS}}"
        records = with_arrival(records, loaded_at, source_file, np.arange(1, records.num_rows + 1))
        files = ParquetFiles(stream, self._table, loaded_at)
        with files.writing(records.schema) as writer:
            writer.write(records)
        state = {
            "after": last,
            "key": self.settings.key,
            "resource": self._resource,
            "columns": self.columns,
            "without": self._without,
        }
        stream.commit(files.files, state, loaded_at)
        done.rows[self._table] += records.num_rows

    # What a page holds.

    def _notices(self, page: _Page) -> list[str]:
        """What is new about the columns. Raises ExtractionError for one that is gone or means something else."""
        if not page.records:
            return []
        found, table = page.columns, self._table
        try:
            check_distinct(self.label, found)
        except UsageError as error:
            raise ExtractionError(str(error)) from error
        is_message = is_whole_message(table, page.records[0]) or (PAYLOAD in found and PAYLOAD not in TABLES[table])
        wanted = (PAYLOAD,) if is_message else TABLES[table]
        missing = [] if is_message else self._missing(page, wanted)
        new = [name for name in found if name not in self.columns and name not in wanted]
        if missing:
            raise ExtractionError(self._says_missing(missing, new, list(found)))
        notices = ["it is read from the beginning, since its address or path is another"] if self._is_another else []
        self._is_another = False
        for name, kind in found.items():
            before = self.columns.get(name)
            if kind and before and kind != before:
                change = f"column {name} is now {kind}, and was {before}"
                is_structure = "structure" in (kind, before)
                if name in wanted and (is_structure or (name in TIME_COLUMNS and "number" in (kind, before))):
                    raise ExtractionError(
                        f"{change}, so that its values mean something else: change it back; nothing of {self.label} "
                        "is loaded."
                    )
                notices.append(f"{change}: its text lands as it is")
        if new and not is_message:
            notices.append(f"new columns are carried along: {', '.join(new)[:300]}")
        self.columns |= {name: kind or self.columns.get(name, "") for name, kind in found.items()}
        return [f"{table} of {self.label}: {notice}." for notice in notices]

    def _missing(self, page: _Page, wanted: Sequence[str]) -> list[str]:
        """Columns that are gone, or were never there: in the place of others, or of many records."""
        is_first = not self.columns or self._is_another
        found = page.columns
        # Of an empty field that is left out, no other takes the place in each record.
        replaced = any(
            all(name in record for record in page.records) for name in found.keys() - self.columns.keys() - set(wanted)
        )
        missing = []
        for name in wanted:
            before = self._without.get(name, 0)
            without = next((at for at, record in enumerate(reversed(page.records)) if name in record), None)
            self._without[name] = before + len(page.records) if without is None else without
            if name not in found and (is_first or replaced or self._without[name] >= RECORDS_THAT_TELL):
                missing.append(name)
        return missing

    def _says_missing(self, missing: Sequence[str], new: Sequence[str], found: Sequence[str]) -> str:
        many = len(missing) > 1
        what = f"column{'s' * many} {', '.join(missing)} {'are' if many else 'is'}"
        if not self.columns:
            return f"{what} not there in {self.label}: its records have {', '.join(found)[:300]}."
        others = f"; new {'are' if len(new) > 1 else 'is'} {', '.join(new)[:300]}" if new else ""
        return f"{what} gone in {self.label}{others}: bring back the name."

    def _page(self, after: Key | None) -> _Page:
        """The page after a key. Raises ExtractionError in one sentence for whatever is wrong with it."""
        settings = self.settings
        parameters = settings.parameters | {settings.limit: str(settings.page_size)}
        if after is not None:
            parameters[settings.after] = str(after)
        content = self._answer(parameters)
        try:
            spans = list(_records(content.decode("utf-8-sig"), settings.records))
        except _ShapeError as error:
            raise ExtractionError(f"{self.label} has no list of records at {error}: say where in `records`.") from error
        except (ValueError, IndexError, RecursionError) as error:
            raise ExtractionError(f"{self.label} answers something that is no JSON.") from error
        page = _Page()
        for text, record in spans:
            if not isinstance(record, dict):
                raise ExtractionError(f"{self.label} has a record that is no object: {text[:100]}.")
            key = record.get(settings.key)
            if not isinstance(key, int | str) or isinstance(key, bool):
                raise ExtractionError(
                    f"{self.label} has a record whose key {settings.key} is neither text nor a whole number: "
                    f"{text[:100]}."
                )
            page.texts.append(text)
            page.records.append(record)
            page.keys.append(key)
        self._check_order(after, page.keys)
        return page

    def _check_order(self, after: Key | None, keys: Sequence[Key]) -> None:
        if not keys:
            return
        if keys[-1] == after or keys[0] == after:
            raise ExtractionError(
                f"{self.label} does not go on: the page after {self.settings.key} {after} has this key again; "
                f"{self.settings.after} must be a parameter that gives the records after a key."
            )
        known = [*([after] if after is not None else []), *keys]
        if len(set(known)) < len(known) or not any(_is_sorted(known, order) for order in _ORDERS):
            first = ", ".join(map(str, keys[:3]))
            raise ExtractionError(
                f"{self.label} is not in the order of {self.settings.key} (after {after}: {first}): pages would lose "
                "or double records; ask for that order in `parameters`."
            )

    def _answer(self, parameters: dict[str, str]) -> bytes:
        try:
            response = self._client.get(self.settings.path, params=parameters)
        except requests.HTTPError as error:
            # Only dlt raises it, where a login by OAuth is refused.
            raise ExtractionError(f"The login for {self.label} is refused ({_code(error)}).") from error
        except requests.Timeout as error:
            seconds = self._source.timeout.total_seconds()
            raise UnansweredError(f"{self.label} did not answer within {seconds:g} seconds, {TRIES} times.") from error
        except requests.RequestException as error:
            # Nothing becomes of a certificate or an address that is wrong.
            is_lasting = isinstance(error, requests.exceptions.SSLError | ValueError)
            unreached = ExtractionError if is_lasting else UnansweredError
            raise unreached(f"{self.label} cannot be reached: {_reason(error)}.") from error
        code = response.status_code
        if code == requests.codes.ok:
            return response.content
        said = " ".join(response.text.split())[:200].rstrip(".")
        said = f": {said}" if said and not said.startswith("<") else ""
        if code in (401, 403):
            raise ExtractionError(f"{self.label} refuses the login ({code}{said}): look at `auth`.")
        if code == 404:
            raise ExtractionError(f"{self.label} is not there ({code}{said}): look at `address` and `path`.")
        if code == 429 or code >= 500:
            raise UnansweredError(f"{self.label} answered {code} {TRIES} times{said}.")
        raise ExtractionError(f"{self.label} answered {code}{said}.")


class _ShapeError(Exception):
    """Where in an answer there is no list of records."""


def _records(text: str, path: str) -> Iterator[tuple[str, Any]]:
    """Each record in an answer, as it is written and as it is read: numbers keep their digits in the first.

    `path` says where the list is, such as `data.items`. Raises ValueError or IndexError for what is no JSON.
    """
    at = _skip(text, 0)
    for name in filter(None, path.split(".")):
        at = _member(text, at, name, path)
    if text[at] != "[":
        # What is not JSON at all is told apart from JSON of another shape.
        _DECODER.raw_decode(text, at)
        raise _ShapeError(path or "the top")
    at = _skip(text, at + 1)
    while text[at] != "]":
        record, end = _DECODER.raw_decode(text, at)
        yield text[at:end], record
        at = _next(text, end, "]")


def _member(text: str, at: int, name: str, path: str) -> int:
    """Where the value of a name begins in the object that begins at a place."""
    if text[at] != "{":
        _DECODER.raw_decode(text, at)
        raise _ShapeError(path)
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at] != ":":
            raise ValueError("no colon")
        at = _skip(text, at + 1)
        if key == name:
            return at
        _, at = _DECODER.raw_decode(text, at)
        at = _next(text, at, "}")
    raise _ShapeError(path)


def _next(text: str, at: int, end: str) -> int:
    at = _skip(text, at)
    if text[at] == ",":
        return _skip(text, at + 1)
    if text[at] != end:
        raise ValueError("no comma")
    return at


def _skip(text: str, at: int) -> int:
    return WHITESPACE.match(text, at).end()


# Orders of keys that databases have: by number, by code, without case, without signs.
_ORDERS: tuple[Callable[[Key], Any], ...] = (
    lambda key: key,
    lambda key: int(key) if str(key).isdecimal() else None,
    lambda key: str(key).casefold(),
    lambda key: re.sub(r"\W|_", "", str(key)).casefold(),
)


def _is_sorted(keys: Sequence[Key], order: Callable[[Key], Any]) -> bool:
    ordered = [order(key) for key in keys]
    try:
        return all(one <= other for one, other in pairwise(ordered))
    except TypeError:
        return False


def _client(source: ApiSource) -> RESTClient:
    """dlt's client. Raises ExtractionError for an address or a login that cannot be understood."""
    if not re.match(r"https?://[^/]", source.address):
        raise ExtractionError("The address of an API begins with https:// or http://.")
    retrying = Client(
        request_timeout=source.timeout.total_seconds(),
        raise_for_status=False,
        request_max_attempts=TRIES,
        request_backoff_factor=SECONDS_OF_FIRST_WAIT,
        request_max_retry_delay=MOST_SECONDS_OF_A_WAIT,
    )
    session = retrying.session
    # Settings of dlt itself, which might stand in files of the user, have no part in this.
    settings = RuntimeConfiguration(dlthub_telemetry=False)
    return RESTClient(source.address, auth=_login(source, session), session=session, config=settings)


def _login(source: ApiSource, session: requests.Session) -> Any:
    if not source.auth:
        return None
    given = {name: value for name, value in source.auth.items() if name != "type"}
    kind = source.auth.get("type", "bearer")
    if kind not in LOGINS:
        raise ExtractionError(f"auth.type {kind} is unknown: use one of {', '.join(LOGINS)}.")
    login, needed, possible = LOGINS[kind]
    if not needed <= set(given) <= possible:
        raise ExtractionError(f"auth of type {kind} takes {', '.join(sorted(possible))}.")
    return login(**given, session=session) if login is OAuth2ClientCredentials else login(**given)


def _code(error: requests.HTTPError) -> str:
    return str(error.response.status_code) if error.response is not None else "no answer"


def _reason(error: requests.RequestException) -> str:
    """Why there is no answer, in the words of the system; messages of requests repeat the address with its keys."""
    said = str(error)
    for pattern in (
        r"CERTIFICATE_VERIFY_FAILED[^()]*",
        r"\[Errno -?\d+\] ([\w ]+)",
        r"IncompleteRead|Connection aborted",
    ):
        found = re.search(pattern, said)
        if found:
            return found[found.lastindex or 0].strip()
    return type(error).__name__
