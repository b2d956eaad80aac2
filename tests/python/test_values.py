"""Raw text is read as docs/values.md says, on both engines: what is right is taken, what is nearly right is not.

The macros read generated texts, and so does `values`, in plain Python without the rules of the SQL. `make prove-input`
reads 200,000 of each kind.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import value_texts
import values
from conftest import dbt
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from warehouse import bigquery_emulator


def _microseconds(at: datetime | None) -> int | None:
    """Since 1970: the emulator's client reads times into doubles."""
    return at and (at - datetime(1970, 1, 1)) // timedelta(microseconds=1)


def _is_within_double(one: object, other: object) -> bool:
    """Whether these are microseconds before 1684 or after 2255, which the emulator may take for a few others."""
    return isinstance(one, int) and isinstance(other, int) and abs(other) > 2**53 and abs(one - other) < 64


# What the macros make of `text`, and the same in Python.
READERS: dict[str, tuple[str, Callable[[str], object]]] = {
    "integer": (
        "{{ integer_or_null('text') }} as number, {{ is_integer_text('text') }} as is_whole",
        lambda text: (values.integer(text), values.whole_number(text) is not None),
    ),
    "decimal": ("{{ decimal_or_null('text') }} as number", lambda text: (values.exact_decimal(text),)),
    "flag": ("{{ boolean_or_null('text') }} as flag", lambda text: (values.flag(text),)),
    "date": ("{{ date_or_null('text') }} as day", lambda text: (values.day(text),)),
    "time": (
        "{{ unix_microseconds(timestamp_or_null('text')) }} as moment",
        lambda text: (_microseconds(values.time(text)),),
    ),
    "time_or_epoch": (
        "{{ unix_microseconds(timestamp_or_epoch_or_null('text')) }} as moment",
        lambda text: (_microseconds(values.time_or_epoch(text)),),
    ),
    "json": (
        "is_object, a_field, b_field, c_field, d_1_field",
        lambda text: (
            (True, *fields)
            if (fields := values.json_fields(text, ("a", "b", "c", "d_1"))) is not None
            else (False, None, None, None, None)
        ),
    ),
    "json_fields": (
        "a_field, b_field, c_field, d_1_field",
        lambda text: values.json_fields(text, ("a", "b", "c", "d_1")) or (None, None, None, None),
    ),
}
_DOCUMENTS = (
    "({{{{ json_fields('(select *, ' ~ json_or_null('text') ~ ' as document, "
    "cast(null as string) as extra_columns from texts) as documents', "
    "{{'a': ['a'], 'b': ['b'], 'c': ['c'], 'd_1': ['d_1']}}{more}) }}}}) as fields"
)
_READ_FROM = {
    "json": _DOCUMENTS.format(more=", objects={'is_object': []}"),
    "json_fields": _DOCUMENTS.format(more=""),
}
# Of each kind.
COUNT_ON_DUCKDB, COUNT_ON_BIGQUERY = int(os.environ.get("TEXTS") or 40_000), 3_000


def queries(target: str, folder: Path) -> dict[str, str]:
    """For each kind of text the query, over a table `texts` of numbers and texts, as dbt compiles it for a target."""
    statements = [
        f"select number_of_text, {columns} from {_READ_FROM.get(kind, 'texts')}"
        for kind, (columns, _) in READERS.items()
    ]
    options = ("--no-introspect", "--no-populate-cache", "--target", target, "--target-path", str(folder))
    result = dbt("--quiet", "compile", "--inline", ";;".join(statements), *options)
    assert result.returncode == 0, result.stdout
    return dict(zip(READERS, result.stdout.split(";;"), strict=True))


def differences(kind: str, texts: list[str], read: dict[int, tuple], in_doubles: bool = False) -> list[tuple]:
    """The first texts that are not read as `values` reads them, with what they are and what they should be."""
    expected = ((text, READERS[kind][1](text)) for text in texts)
    wrong = [
        (text, read[number], right)
        for number, (text, right) in enumerate(expected)
        if read[number] != right and not (in_doubles and _is_within_double(read[number][0], right[0]))
    ]
    return wrong[:20]


@pytest.fixture(scope="module")
def duckdb_queries(packages: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return queries("duckdb", tmp_path_factory.mktemp("duckdb"))


@pytest.fixture(scope="module")
def bigquery_queries(packages: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return queries("bigquery_emulator", tmp_path_factory.mktemp("bigquery"))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bigquery.Client]:
    with bigquery_emulator.running(log=tmp_path_factory.mktemp("emulator") / "emulator.log") as endpoint:
        yield bigquery.Client(
            project=bigquery_emulator.PROJECT,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": endpoint},
        )


@pytest.mark.parametrize("kind", READERS)
def test_duckdb_reads_texts_as_they_are_meant(kind: str, duckdb_queries: dict[str, str]) -> None:
    texts = value_texts.texts(kind, COUNT_ON_DUCKDB, seed=1)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("texts", pa.table({"number_of_text": range(len(texts)), "text": texts}))
        rows = connection.execute(duckdb_queries[kind]).fetchall()
    assert not differences(kind, texts, {number: tuple(row) for number, *row in rows})


@pytest.mark.parametrize("kind", READERS)
def test_bigquery_reads_texts_as_they_are_meant(
    kind: str, bigquery_queries: dict[str, str], client: bigquery.Client
) -> None:
    texts = value_texts.texts(kind, COUNT_ON_BIGQUERY, seed=1)
    client.create_dataset(kind)
    fields = [bigquery.SchemaField("number_of_text", "INT64"), bigquery.SchemaField("text", "STRING")]
    client.create_table(bigquery.Table(f"{client.project}.{kind}.texts", fields))
    content = [{"number_of_text": number, "text": text} for number, text in enumerate(texts)]
    assert not client.insert_rows_json(f"{client.project}.{kind}.texts", content)
    query = bigquery_queries[kind].replace("from texts", f"from `{client.project}`.{kind}.texts")
    rows = client.query(query).result()
    read = {row[0]: tuple(row.values()[1:]) for row in rows}
    assert not differences(kind, texts, read, in_doubles=kind.startswith("time"))


@pytest.mark.parametrize("kind", READERS)
def test_the_texts_are_right_and_wrong(kind: str) -> None:
    """A tenth of them at least have a value, and a tenth have none."""
    texts = value_texts.texts(kind, 2_000, seed=2)
    right = sum(any(value not in (None, False) for value in READERS[kind][1](text)) for text in texts)
    assert 200 < right < 1_800
