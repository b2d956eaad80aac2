"""Reads tables of PostgreSQL as text, whole rows at a time, in transactions that see one moment of the database."""

import re
import select
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pyarrow as pa
from psycopg import pq, sql
from psycopg.conninfo import conninfo_to_dict
from pyarrow import csv

from ingestion.errors import ExtractionError, UnansweredError
from ingestion.settings import DatabaseSource, without_secrets

# What is not said in an address. A server that is gone without a word is noticed after about two minutes.
CONNECTION = {
    "connect_timeout": "10",
    "keepalives_idle": "60",
    "keepalives_interval": "10",
    "keepalives_count": "5",
    "application_name": "commerce_warehouse",
}
# The texts of values do not depend on how a server is set. A table that somebody changes is not waited for longer.
TRANSACTION = """
    set local timezone to 'UTC';
    set local datestyle to 'ISO, YMD';
    set local intervalstyle to iso_8601;
    set local extra_float_digits to 3;
    set local bytea_output to hex;
    set local client_encoding to 'UTF8';
    set local statement_timeout to 0;
    set local idle_in_transaction_session_timeout to 0;
    set local lock_timeout to '60s';
"""
# Rows are handed on when they have so many bytes.
BLOCK_BYTES = 4 << 20
# What kinds of relations have rows; those that can be locked are the first two.
_WITH_ROWS = "rpvmf"
_RESOLVE = """
    select
        namespace.nspname,
        class.relname,
        class.relkind::text,
        class.oid::bigint,
        has_table_privilege(class.oid, 'select'),
        has_any_column_privilege(class.oid, 'select')
    from pg_class as class
    inner join pg_namespace as namespace on class.relnamespace = namespace.oid
    where class.oid = to_regclass(%s)
"""
_COLUMNS = """
    select
        attribute.attname,
        format_type(attribute.atttypid, attribute.atttypmod),
        coalesce(base.typname, type.typname)::text,
        type.typcategory::text,
        has_column_privilege(attribute.attrelid, attribute.attnum, 'select')
    from pg_attribute as attribute
    inner join pg_type as type on attribute.atttypid = type.oid
    left join pg_type as base on type.typbasetype = base.oid
    where attribute.attrelid = %s and attribute.attnum > 0 and not attribute.attisdropped
    order by attribute.attnum
"""
_KINDS = {"N": "number", "B": "number", "S": "text", "E": "text", "A": "structure", "C": "structure", "R": "structure"}
_KINDS_OF_TYPES = {
    "timestamp": "time",
    "timestamptz": "time",
    "date": "time",
    "uuid": "text",
    "json": "structure",
    "jsonb": "structure",
    "xml": "structure",
    "hstore": "structure",
}


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: as the database spells it.
        type: as PostgreSQL writes it, such as `numeric(12,2)`.
        type_name: its name in the catalog, that of the type below a domain.
        category: of the type, as pg_type.typcategory.
        is_readable: whether the user may read it.
    """

    name: str
    type: str
    type_name: str
    category: str
    is_readable: bool = True

    @property
    def sql(self) -> str:
        """Its name in a statement."""
        return quoted(self.name)

    @property
    def text_sql(self) -> str:
        """An expression whose output is what lands: lists and rows as JSON, flags as words, no padding."""
        if self.category in "AC":
            return f"to_json({self.sql})::text"
        if self.type_name == "money":
            return f"{self.sql}::numeric"
        return f"{self.sql}::text" if self.category in "BS" else self.sql

    @property
    def kind(self) -> str:
        """What its values are: number, text, time, structure, or else the name of the type."""
        return kind_of(self.type_name, self.category)


@dataclass(frozen=True)
class Relation:
    """A table or view in an open transaction.

    Attributes:
        schema, name: as the database spells them.
        columns: in the database's order.
    """

    schema: str
    name: str
    columns: tuple[Column, ...]

    @property
    def sql(self) -> str:
        """Its name in a statement."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def label(self) -> str:
        """Its name in a message or a path."""
        return f"{self.schema}.{self.name}".replace("/", "-")


class Database:
    """A connection that is opened again where it was lost."""

    def __init__(self, source: DatabaseSource) -> None:
        """Connects. Raises ExtractionError, without the password, where that fails."""
        self.source = source
        self._connection = _connection(source)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    @contextmanager
    def reading(self, table: str) -> Iterator[Relation]:
        """A table as it is at one moment, until the block ends: `rows`, `value` and `copied` see no later change.

        Raises ExtractionError where it is not there or must not be read.
        """
        if self._connection.closed:
            self._connection = _connection(self.source)
        connection = self._connection
        try:
            found = connection.execute(_RESOLVE, [table]).fetchone()
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidName, psycopg.errors.SyntaxError) as error:
            raise ExtractionError(self._cannot_find(table, error)) from error
        if not found:
            raise ExtractionError(self._cannot_find(table))
        schema, name, kind, oid, may_read, may_read_columns = found
        if kind not in _WITH_ROWS:
            raise ExtractionError(f"{table} has no rows: name a table or a view.")
        if not may_read_columns:
            raise ExtractionError(
                f"{table} must not be read: grant select on {quoted(schema)}.{quoted(name)} to {self._user}."
            )
        with connection.transaction():
            connection.execute(TRANSACTION)
            if kind in _WITH_ROWS[:2] and may_read:
                # Before the first look at the data: a table that is rewritten after it would seem to be empty.
                connection.execute(f"lock table {quoted(schema)}.{quoted(name)} in access share mode")
            columns = [Column(*row) for row in connection.execute(_COLUMNS, [oid])]
            yield Relation(schema, name, tuple(columns))

    def rows(self, query: str) -> list[tuple]:
        """The rows of a short answer."""
        return self._connection.execute(query).fetchall()

    def copied(self, query: str, types: Sequence[pa.DataType], take: Callable[[pa.Table], None]) -> None:
        """Hand the rows of a query to `take`, some megabytes at a time, with columns named by their number from 0.

        `take` runs in another thread while the next rows are fetched. `types` are strings, int64 and flags.
        """
        names = [str(number) for number in range(len(types))]
        options = {
            # A row may be larger than a block; each block has whole rows and is parsed at once.
            "parse_options": csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            "convert_options": csv.ConvertOptions(
                column_types=dict(zip(names, types, strict=True)),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        }

        def parse(block: bytearray) -> None:
            reading = csv.ReadOptions(column_names=names, block_size=len(block) + 1, use_threads=False)
            take(csv.read_csv(pa.BufferReader(block), read_options=reading, **options))

        try:
            _each_beside(parse, _blocks(self._connection.pgconn, f"copy ({query}) to stdout (format csv)"))
        except pa.ArrowInvalid as error:
            if "UTF8" in str(error):
                raise ExtractionError(
                    "It holds bytes that are not UTF-8, as a database of the encoding SQL_ASCII may: correct them."
                ) from error
            raise
        finally:
            if self._connection.info.transaction_status == pq.TransactionStatus.ACTIVE:
                # Rows that nobody wants would have to be read to the end.
                self._connection.close()

    @property
    def _user(self) -> str:
        return quoted(self._connection.info.user)

    def _cannot_find(self, table: str, error: psycopg.Error | None = None) -> str:
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            schema = table.split(".")[0]
            return f"{table} must not be read: grant usage on schema {schema} to {self._user}, and select on the table."
        return f"{table} is not there: write schema.table as the database {self._connection.info.dbname} has it."


def quoted(name: str) -> str:
    """A name in a statement."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | list[str]) -> str:
    """A text, or an array of texts, in a statement."""
    return sql.Literal(value).as_string(None)


def kind_of(type_name: str, category: str) -> str:
    """What values of a type are: number, text, time, structure, or else the name of the type."""
    return _KINDS_OF_TYPES.get(type_name) or _KINDS.get(category) or type_name


def sentence(error: Exception, source: DatabaseSource, table: str) -> str:
    """What a person is told of an error while a raw table is read, without passwords."""
    if isinstance(error, ExtractionError):
        return safe(f"{table}: {error}", source)
    said = getattr(getattr(error, "diag", None), "message_primary", None) or str(error)
    if isinstance(error, OSError) and error.strerror:
        said = f"{error.filename or 'a file'} cannot be used ({error.strerror})"
    said = " ".join(said.split())[:300]
    what = said.rstrip(".")
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        what += "; grant select to the user that reads"
    elif isinstance(error, psycopg.errors.LockNotAvailable):
        what = "the table was locked for a minute by a change of its columns; run it again later"
    elif isinstance(error, psycopg.OperationalError) and not error.sqlstate:
        what = f"the connection was lost ({what}); run it again"
    return safe(f"{table} cannot be read: {what}.", source)


def safe(text: str, source: DatabaseSource) -> str:
    """A message without the passwords of an address, or pieces of one that was not written as a URL wants it."""
    text = without_secrets(text, source)
    try:
        given = conninfo_to_dict(source.address)
    except psycopg.Error:
        given = {}
    secrets = [str(value) for name, value in given.items() if "pass" in name and value]
    before_host = re.search(r"//[^:/@]*:(.+)@", source.address)
    secrets += re.split(r"[@:/?#]", before_host[1]) if before_host else []
    for secret in sorted((secret for secret in secrets if len(secret) > 2), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _connection(source: DatabaseSource) -> psycopg.Connection:
    if re.match(r"postgres(ql)?\+\w+://", source.address):
        raise ExtractionError("The address names a driver: write postgresql:// alone.")
    where = source.address.rpartition("@")[2].split("?")[0].removeprefix("postgresql://").removeprefix("postgres://")
    try:
        given = conninfo_to_dict(source.address)
    except psycopg.Error as error:
        raise ExtractionError(
            "The address cannot be understood: write postgresql://user:password@host:5432/database, with signs such as "
            "@ or / in a password as %40 or %2F."
        ) from error
    defaults = {name: value for name, value in CONNECTION.items() if name not in given}
    try:
        connection = psycopg.connect(source.address, autocommit=True, prepare_threshold=None, **defaults)
    except psycopg.Error as error:
        said = " ".join(str(error).split())
        reason = re.sub(r"^.*FATAL: +|^connection failed: ", "", said).rstrip(".")
        refused = is_login(said)
        what = "refuses the login" if refused else "cannot be reached"
        kind = ExtractionError if refused else UnansweredError
        raise kind(safe(f"The database at {where} {what}: {reason[:300]}.", source)) from error
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def is_login(said: str) -> bool:
    """Whether a server that was reached lets nobody in by this login, by what it says."""
    return bool(
        re.search(
            r"FATAL: .*(authentic|password|pg_hba|permission|(role|database) \".*\" does not exist)|no password", said
        )
    )


def _blocks(connection: pq.abc.PGconn, query: str) -> Iterator[bytearray]:
    """What a COPY sends, cut between rows.

    psycopg's own Copy takes a generator a row, which costs as much as the server does; this is libpq's loop.
    """
    connection.send_query(query.encode())
    while connection.flush():
        _wait(connection, select.POLLIN | select.POLLOUT)
    result = _result(connection)
    if result.status != pq.ExecStatus.COPY_OUT:
        _finish(connection, result)
    block = bytearray()
    while True:
        length, part = connection.get_copy_data(1)
        if length > 0:
            # Parts are not kept: that costs several times as much as to copy them.
            block += part
            # The protocol does not promise that a message is a row: a row ends where all quotes are closed.
            if len(block) >= BLOCK_BYTES and block.endswith(b"\n") and block.count(b'"') % 2 == 0:
                yield block
                block = bytearray()
        elif length == 0:
            _wait(connection, select.POLLIN)
        else:
            break
    _finish(connection, _result(connection))
    if block:
        yield block


def _wait(connection: pq.abc.PGconn, events: int) -> None:
    poll = select.poll()
    poll.register(connection.socket, events)
    poll.poll()
    connection.consume_input()


def _result(connection: pq.abc.PGconn) -> pq.abc.PGresult | None:
    while connection.is_busy():
        _wait(connection, select.POLLIN)
    return connection.get_result()


def _finish(connection: pq.abc.PGconn, result: pq.abc.PGresult | None) -> None:
    """Take what is left of an answer. Raises what the server says of it."""
    failed = None
    while result:
        if result.status == pq.ExecStatus.FATAL_ERROR:
            failed = result
        result = _result(connection)
    if failed:
        raise psycopg.errors.error_from_result(failed)


def _each_beside(work: Callable[[bytearray], None], items: Iterable[bytearray]) -> None:
    """Do something with each item, in their order, while the next one is fetched."""
    with ThreadPoolExecutor(1) as beside:
        last: Future | None = None
        for item in items:
            if last:
                last.result()
            last = beside.submit(work, item)
        if last:
            last.result()
