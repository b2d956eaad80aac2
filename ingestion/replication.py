"""What a PostgreSQL server must have for its changes to be read: checked, made, and watched.

Rights that the user needs: REPLICATION, SELECT on the tables, and a publication of them, which their owner makes:

    alter role reader replication;
    grant select on public.shipments to reader;
    create publication warehouse_shop for table public.shipments;
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ingestion.errors import ExtractionError, UnansweredError
from ingestion.postgres import is_login
from ingestion.settings import ChangeDataSource

SECONDS_TO_CONNECT = 10
# Messages in the log of changes, which tell a run how far it has come, are read of publications since then.
OLDEST_SERVER = 140000
# By which our messages in the log are known.
PREFIX = "commerce_warehouse"

_TABLE = """
select c.oid, c.relkind in ('r', 'p'), has_table_privilege(c.oid, 'select'), c.reltuples::bigint,
    c.relreplident = 'f' or exists (
        select from pg_index as i where i.indrelid = c.oid
        and (case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident else false end)
    )
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %s and c.relname = %s
"""
_SLOT = """
select active, active_pid, plugin, database, coalesce(wal_status, 'lost') = 'lost' or restart_lsn is null,
    coalesce(pg_wal_lsn_diff(confirmed_flush_lsn, '0/0'), 0)::bigint,
    pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint,
    pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint
from pg_replication_slots where slot_name = %s
"""
_MAY_REPLICATE = """
select rolsuper or rolreplication or exists (
    select from pg_roles as role where role.rolname in ('rds_replication', 'azure_pg_admin', 'cloudsqlsuperuser')
    and pg_has_role(current_user, role.oid, 'member')
)
from pg_roles where rolname = current_user
"""
_MAY_MARK = """
select oid::regprocedure::text, has_function_privilege(oid, 'execute') from pg_proc
where proname = 'pg_logical_emit_message' and proargtypes[2] = 'text'::regtype
"""


@dataclass(frozen=True)
class Table:
    """A table of the database, as `schema.table`, and how many rows it has about (-1 where nobody knows)."""

    schema: str
    name: str
    rows: int

    @property
    def called(self) -> str:
        """Its name as one writes it."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Slot:
    """A replication slot: how far its log was read, and how much of it the server keeps because of it.

    Attributes:
        is_lost: whether the server has removed log that was not read.
        position: up to where the log was read, in bytes.
        bytes_held: size of the log that is kept.
        bytes_behind: size of the log that was not read.
    """

    is_active: bool
    active_pid: int | None
    plugin: str
    database: str
    is_lost: bool
    position: int
    bytes_held: int | None
    bytes_behind: int | None

    @property
    def lsn(self) -> str:
        """The position as PostgreSQL writes it."""
        return f"{self.position >> 32:X}/{self.position & 0xFFFFFFFF:X}"


class Server:
    """A connection to the server of a source, for everything but the changes themselves."""

    def __init__(self, source: ChangeDataSource, connection: psycopg.Connection) -> None:
        self.source, self._connection = source, connection
        self.slot_name = source.settings.get("slot.name", f"warehouse_{source.name}")
        self.publication = source.settings.get("publication.name", f"warehouse_{source.name}")

    def _row(self, query: str, *parameters: object) -> tuple | None:
        return self._connection.execute(query, parameters).fetchone()

    def reconnect(self) -> None:
        """Connect anew. Raises psycopg.OperationalError where the server is not there."""
        self._connection.close()
        self._connection = _connection(self.source)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    @property
    def database(self) -> str:
        """The database to which it is connected."""
        return self._connection.info.dbname

    @property
    def user(self) -> str:
        """The role as which it is connected."""
        return self._connection.info.user

    def check(self) -> None:
        """Raises ExtractionError, in one sentence, where changes cannot be read from this server by this user."""
        if self._connection.info.server_version < OLDEST_SERVER:
            raise ExtractionError("Changes are read from PostgreSQL 14 or newer; this server is older.")
        if self._row("select pg_is_in_recovery()")[0]:
            raise ExtractionError("The server is a standby: changes are read from its primary.")
        if self._row("select current_setting('wal_level')")[0] != "logical":
            raise ExtractionError(
                "The server keeps no log of changes: `alter system set wal_level = logical`, and restart it."
            )
        if not self._row(_MAY_REPLICATE)[0]:
            raise ExtractionError(f'User {self.user} may not read changes: `alter role "{self.user}" replication`.')
        function, may_mark = self._row(_MAY_MARK)
        if not may_mark:
            raise ExtractionError(
                f"User {self.user} may not mark a place in the log: "
                f'`grant execute on function {function} to "{self.user}"`.'
            )

    def table(self, name: str) -> Table:
        """A table by `schema.table`. Raises ExtractionError, in one sentence, where its changes cannot be read."""
        schema, _, table = name.rpartition(".")
        schema = schema or "public"
        found = self._row(_TABLE, schema, table)
        if not found or not found[1]:
            raise ExtractionError(f"There is no table {schema}.{table} in the database: correct sources.yml.")
        _, _, may_select, rows, is_identified = found
        if not may_select:
            raise ExtractionError(
                f'User {self.user} may not read {schema}.{table}: `grant select on {schema}.{table} to "{self.user}"`.'
            )
        if not is_identified:
            raise ExtractionError(
                f"{schema}.{table} has no primary key, and PostgreSQL would refuse updates of it once its changes are "
                f"published: add one, or `alter table {schema}.{table} replica identity full`."
            )
        return Table(schema, table, rows)

    def publish(self, tables: Iterable[Table]) -> set[Table]:
        """Make the publication of some tables, or add to it what it lacks; those that it did not have.

        Raises ExtractionError with the statement for a user who may.
        """
        is_there = self._row("select puballtables from pg_publication where pubname = %s", self.publication)
        query = "select schemaname, tablename from pg_publication_tables where pubname = %s"
        has = set(self._connection.execute(query, [self.publication]).fetchall())
        missing = {table for table in tables if (table.schema, table.name) not in has}
        if not missing:
            return missing
        names = sql.SQL(", ").join(
            sql.Identifier(table.schema, table.name) for table in sorted(missing, key=lambda table: table.called)
        )
        form = "alter publication {} add table {}" if is_there else "create publication {} for table {}"
        statement = sql.SQL(form).format(sql.Identifier(self.publication), names)
        try:
            self._connection.execute(statement)
        except psycopg.Error as error:
            text = statement.as_string(self._connection)
            raise ExtractionError(
                f"User {self.user} cannot publish the tables ({_first_line(error)}): their owner runs `{text}`."
            ) from error
        return missing

    def slot(self) -> Slot | None:
        """The slot of the source as it is; none where there is none."""
        found = self._row(_SLOT, self.slot_name)
        return Slot(*found) if found else None

    def check_slots(self) -> None:
        """Raises ExtractionError where no further slot can be made."""
        used, most = self._row(
            "select count(*), current_setting('max_replication_slots')::int from pg_replication_slots"
        )
        if used >= most:
            raise ExtractionError(
                f"All {most} replication slots of the server are taken: drop one, or raise max_replication_slots."
            )

    def confirm(self, position: int) -> None:
        """Let the server forget its log up to a position in bytes; nothing happens where the slot is further."""
        query = """
            select pg_replication_slot_advance(slot_name, '0/0'::pg_lsn + %s) from pg_replication_slots
            where slot_name = %s and not active and confirmed_flush_lsn < '0/0'::pg_lsn + %s
        """
        # A slot that the engine has let go of is in use for a moment; the next run confirms.
        with contextlib.suppress(psycopg.errors.ObjectInUse):
            self._row(query, position, self.slot_name, position)

    def drop_slot(self) -> bool:
        """Drop the slot, so that the server keeps no log for it; false where there was none.

        Raises ExtractionError where it is being read.
        """
        try:
            query = "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = %s"
            return self._row(query, self.slot_name) is not None
        except psycopg.errors.ObjectInUse as error:
            raise ExtractionError(f"Slot {self.slot_name} is being read: end that extraction first.") from error
        except psycopg.Error as error:
            raise ExtractionError(f"Slot {self.slot_name} cannot be dropped: {_first_line(error)}.") from error

    def mark(self, text: str) -> None:
        """Write a message into the log of changes. Whoever reads it has read all that was committed before."""
        self._row("select pg_logical_emit_message(true, %s, %s)", PREFIX, text)


@contextmanager
def connected(source: ChangeDataSource) -> Iterator[Server]:
    """A connection to the server of a source. Raises ExtractionError where there is none, or the login is refused."""
    connector_address(source)
    try:
        server = Server(source, _connection(source))
    except psycopg.Error as error:
        kind = ExtractionError if is_login(str(error)) else UnansweredError
        raise kind(f"The database of {source.name} cannot be used: {_first_line(error)}.") from error
    try:
        yield server
    except psycopg.OperationalError as error:
        raise UnansweredError(f"The connection to {source.name} broke: {_first_line(error)}.") from error
    finally:
        server.close()


def _connection(source: ChangeDataSource) -> psycopg.Connection:
    return psycopg.connect(source.address, autocommit=True, connect_timeout=SECONDS_TO_CONNECT)


def connector_address(source: ChangeDataSource) -> Mapping[str, str]:
    """The address of a source as Debezium's settings. Raises ExtractionError for an address of another database."""
    try:
        said = conninfo_to_dict(source.address)
    except psycopg.ProgrammingError as error:
        raise ExtractionError(
            f"The address of {source.name} is not one of PostgreSQL, such as postgresql://user:password@host/database; "
            "changes of other databases are not read."
        ) from error
    names = {
        "host": "database.hostname",
        "port": "database.port",
        "user": "database.user",
        "password": "database.password",
        "dbname": "database.dbname",
        "sslmode": "database.sslmode",
        "sslcert": "database.sslcert",
        "sslkey": "database.sslkey",
        "sslrootcert": "database.sslrootcert",
    }
    given = {names[key]: str(value) for key, value in said.items() if key in names}
    defaults = {"database.hostname": "localhost", "database.port": "5432", "database.dbname": said.get("user", "")}
    return {**defaults, **given}


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
