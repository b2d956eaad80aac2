"""Reads `sources.yml`: what is extracted, from where, and how."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ingestion.errors import ExtractionError
from warehouse.raw_contract import TABLES

# ${NAME} in sources.yml is the environment variable of that name.
_VARIABLE = re.compile(r"\$\{(\w+)\}")
# The password in an address.
_PASSWORD = re.compile(r"(?<=://)[^/:@\s]*:([^\s'\"]*)(?=@)")
# Settings of a Debezium connector or of a Kafka client that are no secrets may be given as they are.
_SECRET_NAMES = re.compile(r"(?i)pass|secret|token|api.?key|credential")
_DURATION = re.compile(r"(\d+) (second|minute|hour|day)s?")


def _duration(text: object) -> timedelta:
    found = _DURATION.fullmatch(str(text))
    if not found:
        raise ValueError(f"{text!r} is no duration such as `10 minutes`")
    return timedelta(**{f"{found[2]}s": int(found[1])})


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseTable(_Settings):
    """How one table of a database is read. Without a cursor it is read as a whole whenever it has changed."""

    # Schema and table in the database.
    table: str
    # The columns that tell rows apart.
    key: list[str] = []
    # A column that grows with each change of a row.
    cursor: str | None = None
    # How long a row may be committed after the time that its cursor says.
    lag: timedelta = timedelta(minutes=10)
    # Compare all keys with those of the last time after so much time: finds rows that are gone, or were missed.
    compare_keys: timedelta | None = None

    parse_durations = field_validator("lag", "compare_keys", mode="before")(
        lambda value: _duration(value) if isinstance(value, str) else value
    )


class ApiTable(_Settings):
    """How one resource of a REST API is read, page by page."""

    path: str
    # Where the records stand in an answer, such as `data.items`; nothing where the answer is the list.
    records: str = ""
    # The parameter that says after which key a page begins, and the field of a record that has the key.
    after: str
    key: str
    # The parameter for the number of records of a page, and that number.
    limit: str = "limit"
    page_size: int = 1000
    parameters: dict[str, str] = {}


class TopicTable(_Settings):
    """Which topic of Kafka holds the records of a table."""

    topic: str


class ChangeTable(_Settings):
    """Which table of a database the changes are of."""

    table: str


class FileTable(_Settings):
    """Which files of a drop folder hold the records of a table: a pattern such as `web/**/*.csv`."""

    files: str
    # How text is written where that is not as usual, as docs/files.md says of `_format.yml`.
    format: dict[str, str | None] = {}


class _Source(_Settings):
    # Where it is; environment variables hold what is secret.
    address: str
    # When a scheduler runs it, as cron writes it, UTC.
    schedule: str = ""

    name: str = ""


class FilesSource(_Source):
    """A drop folder."""

    kind: Literal["files"]
    tables: dict[str, FileTable]


class DatabaseSource(_Source):
    """A PostgreSQL database that is asked for rows."""

    kind: Literal["database"]
    tables: dict[str, DatabaseTable]


class ApiSource(_Source):
    """A REST API with pages."""

    kind: Literal["api"]
    tables: dict[str, ApiTable]
    # How one logs in, as dlt's REST client takes it: {type: bearer, token: ${API_TOKEN}}.
    auth: dict[str, str] = {}
    timeout: timedelta = timedelta(seconds=30)

    parse_durations = field_validator("timeout", mode="before")(
        lambda value: _duration(value) if isinstance(value, str) else value
    )


class ChangeDataSource(_Source):
    """A PostgreSQL database whose log of changes is read by Debezium."""

    kind: Literal["change_data"]
    tables: dict[str, ChangeTable]
    # More settings of the connector.
    settings: dict[str, str] = {}


class TopicSource(_Source):
    """Topics of Kafka."""

    kind: Literal["topic"]
    tables: dict[str, TopicTable]
    group: str = "commerce_warehouse"
    # How often what has come is landed while a topic is followed.
    commit_every: timedelta = timedelta(seconds=10)
    # More settings of the client, such as those of TLS.
    settings: dict[str, str] = {}

    parse_durations = field_validator("commit_every", mode="before")(
        lambda value: _duration(value) if isinstance(value, str) else value
    )


Source = Annotated[
    FilesSource | DatabaseSource | ApiSource | ChangeDataSource | TopicSource, Field(discriminator="kind")
]


class Settings(_Settings):
    """All of `sources.yml`."""

    sources: dict[str, Source]

    @field_validator("sources")
    @classmethod
    def _known_tables(cls, sources: dict[str, Any]) -> dict[str, Any]:
        for name, source in sources.items():
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise ValueError(f"{name!r} is no name of a source: small letters, digits and _ only")
            for table in source.tables:
                if table not in TABLES:
                    raise ValueError(f"{name} has {table}, which is no raw table: use one of {', '.join(TABLES)}")
        return sources


def read_settings(path: Path) -> Settings:
    """The settings in a file. Raises ExtractionError in one sentence for whatever cannot be understood.

    Environment variables are not looked at: see `resolved`.
    """
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExtractionError(f"{path} cannot be read ({error.strerror}).") from error
    except yaml.YAMLError as error:
        raise ExtractionError(f"{path} is no YAML: {' '.join(str(error).split())}.") from error
    try:
        settings = Settings.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        # The third part is the kind of the source, which stands in no name.
        where = ".".join(str(part) for number, part in enumerate(first["loc"]) if number != 2)
        raise ExtractionError(
            f"{path}: {where or 'the file'}: {first['msg'].removeprefix('Value error, ')}."
        ) from error
    named = {name: source.model_copy(update={"name": name}) for name, source in settings.sources.items()}
    return Settings.model_construct(sources=named)


def resolved(source: Source) -> Source:
    """A source with the values of the environment variables that it names. Raises ExtractionError for one not set."""

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return _VARIABLE.sub(variable, value)
        if isinstance(value, dict):
            return {key: fill(item) for key, item in value.items()}
        if isinstance(value, BaseModel):
            return value.model_copy(update={key: fill(item) for key, item in value})
        return value

    def variable(found: re.Match) -> str:
        value = os.environ.get(found[1], "")
        if not value:
            raise ExtractionError(f"{found[1]} is not set: source {source.name} needs this environment variable.")
        return value

    return fill(source)


def without_secrets(text: str, source: Source) -> str:
    """A message without the passwords and tokens of a source, which drivers like to repeat, whole or in parts."""
    said = source.model_dump_json()
    named = [os.environ.get(name, "") for name in _VARIABLE.findall(said)]
    secret = [value for name, value in os.environ.items() if _SECRET_NAMES.search(name)]
    for settings in (getattr(source, "settings", {}), getattr(source, "auth", {})):
        secret += [value for name, value in settings.items() if _SECRET_NAMES.search(name)]
    for address in (source.address, *named, *os.environ.values()):
        for password in _PASSWORD.findall(address):
            # A password that should have been escaped is taken apart by those who read the address.
            secret += [password, unquote(password), *re.split("[@:/]", password)]
            secret += [password[mark.end() :] for mark in re.finditer("[@:/]", password)]
    for value in sorted(set(secret), key=len, reverse=True):
        if len(value) > 3 and "${" not in value:
            text = text.replace(value, "***")
    return _PASSWORD.sub("***", text)
