"""Reads tables of a PostgreSQL database, as a whole or by a cursor; each row as it was at one moment lands once.

Values land as the text that PostgreSQL writes: the warehouse parses them, see docs/values.md. A commit has all that one
transaction has seen of a table.

Without a cursor a table lands as a whole whenever a checksum of its rows, made by the database, has changed.

With a cursor the rows from the last cursor on are read, less the lag, since a row may be committed after others with a
later cursor. Which of them have landed is known by their hashes: a *listing*, a Parquet file beside the log of commits,
holds those of all rows that the next reading sees again. So it is with rows without a cursor, when their checksum has
changed. DuckDB compares hashes a block of rows at a time, so memory does not grow with the lag.

With `compare_keys`, listings hold the keys of all rows that have landed. From time to time all keys of the table are
compared with them, on the disk: rows that are gone are named, and land as deletions where the table can also come as
change data; rows that were committed later than the lag allows are read by their keys. Where that is switched on later,
all keys that are there count as landed, which is said: what was deleted or missed before is not found.

Another table or view in the settings is read from the beginning.

A reader needs no more than these rights:

    create role reader login password '…';
    grant connect on database shop to reader;
    grant usage on schema public to reader;
    grant select on public.users, public.orders to reader;
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial

import duckdb
import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.errors import CommittedElsewhereError, ExtractionError
from ingestion.landing import DIGITS, ParquetFiles, StagedFile, Stream
from ingestion.postgres import Column, Database, Relation, literal, quoted, sentence
from ingestion.records import with_arrival
from ingestion.report import Extracted, Progress, Trouble, failure
from ingestion.settings import DatabaseSource, DatabaseTable
from ingestion.storage import Storage
from warehouse.errors import UsageError
from warehouse.raw_contract import (
    ARRIVAL_COLUMNS,
    CHANGE_DATA_TABLES,
    MALFORMED_LINE,
    NAMES_OF_SCANS,
    PAYLOAD,
    TABLES,
    check_distinct,
    extra_columns,
)

# How each type of cursor is read: the present as the type writes it. Numbers have no present.
CURSORS = {
    "timestamptz": "now()",
    "timestamp": "now()::timestamp",
    "date": "now()::date",
    "int2": None,
    "int4": None,
    "int8": None,
}
# A number says nothing of time. Until the table has been read for as long as the lag, so many numbers are read again.
NUMBERS_READ_AGAIN = 100_000
# Of earlier readings by a number, so many are remembered within the lag.
READINGS_IN_LAG = 20
# Listings of keys are put together when there are so many.
MOST_KEY_LISTINGS = 32
# Rows that were missed are read by their keys, so many in a query.
KEYS_IN_A_QUERY = 10_000
MEMORY_OF_COMPARISONS = "512MB"
# The checksum of none.
NO_ROWS = "0:0"
# The folder of listings, beside the log of commits.
LISTINGS = "listings"
# Of a row, of those of its columns that are always there, and of its key.
HASHES = pa.schema([("whole", pa.int64()), ("row", pa.int64()), ("key", pa.int64())])


def extract(
    source: DatabaseSource, storage: Storage, progress: Progress, *, follow: bool = False, skip_lost: bool = False
) -> Extracted:
    """Land what is new in each table; one that cannot be read is a failure, and the others are read.

    Raises ExtractionError where the database cannot be reached at first.
    """
    if follow:
        raise ExtractionError("FOLLOW=yes is for topics and change data.")
    if skip_lost:
        raise ExtractionError("SKIP_LOST=yes is for topics.")
    done = Extracted()
    for table, failed in _each_table(source, storage, lambda reading: reading.land(progress, done)):
        if failed:
            done.failures.append(failure(sentence(failed, source, table), failed))
    return done


def planned(source: DatabaseSource, storage: Storage) -> list[str]:
    """What would be read of each table, a line each; a Trouble where that cannot be said.

    Raises ExtractionError where the database cannot be reached.
    """
    return _lines(source, storage, lambda reading: reading.plan())


def status(source: DatabaseSource, storage: Storage) -> list[str]:
    """How far each table has been read and what waits in it, a line each. Raises ExtractionError like `planned`."""
    return _lines(source, storage, lambda reading: reading.position())


def _lines(source: DatabaseSource, storage: Storage, line: Callable[["_Reading"], str]) -> list[str]:
    lines: list[str] = []
    for table, failed in _each_table(source, storage, lambda reading: lines.append(line(reading))):
        if failed:
            lines.append(Trouble(sentence(failed, source, table)))
    return lines


def _each_table(
    source: DatabaseSource, storage: Storage, work: Callable[["_Reading"], None]
) -> Iterator[tuple[str, Exception | None]]:
    """Do something with each table in a transaction of its own; tables, each with what was raised."""
    with closing(Database(source)) as database:
        for table, settings in source.tables.items():
            failed = None
            try:
                _check_settings(settings)
                stream = Stream(storage, source.name, table)
                with database.reading(settings.table) as relation:
                    work(_Reading(database, relation, stream, table, settings))
            except (ExtractionError, psycopg.Error, duckdb.Error, pa.ArrowException, OSError) as error:
                failed = error
            yield table, failed


def _check_settings(settings: DatabaseTable) -> None:
    if settings.cursor and not settings.key:
        raise ExtractionError(f"{settings.table} has a cursor and no key: name the columns that tell its rows apart.")
    if settings.compare_keys is not None and not settings.key:
        raise ExtractionError(f"{settings.table} has compare_keys and no key: name the columns of its key.")


@dataclass
class _Reading:
    """One table in an open transaction.

    Attributes:
        database, relation: from where it is read.
        stream: where it lands.
        table: the raw table.
        settings: how it is read.
    """

    database: Database
    relation: Relation
    stream: Stream
    table: str
    settings: DatabaseTable
    state: Mapping[str, object] = field(init=False)

    def __post_init__(self) -> None:
        self.state = self.stream.state
        if self.is_another:
            # Read from elsewhere: all rows are new, and those of the other table are not missed.
            self.state = {"columns": self.state.get("columns", {})}
        elif self.state.get("cursor_column", self.settings.cursor) != self.settings.cursor:
            # Read in another way: all rows are new, and which keys have landed is still known.
            kept = ("columns", "key", "keys", "compared_at")
            self.state = {name: value for name, value in self.state.items() if name in kept}

    @property
    def is_another(self) -> bool:
        """Whether the raw table has been read from another table or view before."""
        return self.stream.state.get("relation", self.relation.label) != self.relation.label

    # What a table is.

    @cached_property
    def columns(self) -> list[Column]:
        """What lands: the columns of the raw table, then others that are carried along.

        Raises ExtractionError for one that the raw table, key or cursor needs and that is not there, or not to be read.
        """
        found = {column.name: column for column in self.relation.columns}
        taken = [name for name in found if name.lower() not in (*ARRIVAL_COLUMNS, MALFORMED_LINE)]
        wanted = list(TABLES[self.table])
        if self.table in CHANGE_DATA_TABLES and PAYLOAD in found and not set(wanted) & set(found):
            wanted = [PAYLOAD]
        missing = [name for name in wanted if name not in found]
        if missing:
            raise ExtractionError(self._says_missing(missing, taken))
        try:
            check_distinct(self.relation.label, taken)
        except UsageError as error:
            raise ExtractionError(str(error)) from error
        needed = [*self.settings.key, *([self.settings.cursor] if self.settings.cursor else [])]
        carried = [name for name in extra_columns(self.table, taken)[0] if name not in (*wanted, *NAMES_OF_SCANS)]
        extra = [name for name in carried if found[name].is_readable]
        for name in needed:
            if name not in (*wanted, *extra):
                raise ExtractionError(f"{self.relation.label} has no column {name} that can be read.")
        unreadable = [quoted(name) for name in wanted if not found[name].is_readable]
        if unreadable:
            raise ExtractionError(
                f"Columns of {self.relation.label} must not be read: grant select ({', '.join(unreadable)}) on "
                f"{self.relation.sql} to the user that reads."
            )
        return [found[name] for name in (*wanted, *extra)]

    def _says_missing(self, missing: Sequence[str], found: Sequence[str]) -> str:
        known = self.state.get("columns")
        new = [name for name in found if name not in (known or TABLES[self.table])]
        is_gone = known and set(missing) <= set(known)
        many = len(missing) > 1
        what = f"column{'s' * many} {', '.join(missing)} {'are' if many else 'is'} {'gone' if is_gone else 'not there'}"
        others = f"; new {'are' if len(new) > 1 else 'is'} {', '.join(new)[:300]}" if new and is_gone else ""
        there = "" if is_gone else f"; it has {', '.join(found)[:300] or 'none'}"
        return f"{what} in {self.relation.label}{others}{there}: bring back the name, or read a view that has it."

    def notices(self) -> list[str]:
        """What is new about its columns. Raises ExtractionError where values mean something else than before."""
        known = self.state.get("columns") or {}
        now = {column.name: column for column in self.columns}
        notices = []
        if self.is_another:
            before = self.stream.state["relation"]
            notices.append(f"it is read in the place of {before}, from the beginning; rows that only {before} has stay")
        elif self.settings.compare_keys is not None and not self._knows_keys and "columns" in self.state:
            were_missed = " or were committed later than the lag allowed" if "cursor" in self.state else ""
            notices.append(f"keys are compared from now on; rows that were deleted{were_missed} before are not found")
        for name, (type_, kind) in known.items():
            if name not in now:
                notices.append(f"column {name} is gone")
            elif now[name].type != type_:
                change = f"column {name} is now {now[name].type}, and was {type_}"
                if name in TABLES[self.table] and now[name].kind != kind and "text" not in (now[name].kind, kind):
                    raise ExtractionError(
                        f"{change}, so that its values mean something else: change it back, or read a view that has "
                        f"{type_}; nothing of {self.relation.label} is loaded."
                    )
                notices.append(f"{change}: its text lands as it is")
        new = [name for name in now if name not in known and name not in TABLES[self.table]]
        if new:
            notices.append(f"new columns are carried along: {', '.join(new)}")
        left_out = [column.name for column in self.relation.columns if column.name not in now]
        if left_out and not known:
            notices.append(f"columns are left out: {', '.join(left_out)[:300]}")
        return [f"{self.table} of {self.relation.label}: {notice}." for notice in notices]

    def _column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @cached_property
    def keys(self) -> list[Column]:
        """The columns of the key."""
        return [self._column(name) for name in self.settings.key]

    @cached_property
    def cursor(self) -> "_Cursor | None":
        """The cursor, if it is read by one. Raises ExtractionError where its type has no order of time."""
        if not self.settings.cursor:
            return None
        column = self._column(self.settings.cursor)
        if column.type_name not in CURSORS:
            raise ExtractionError(
                f"{column.name} of {self.relation.label} is {column.type}, which is no cursor: name a column with a "
                "time, a date or a whole number, or read the table as a whole."
            )
        return _Cursor(self.database, self.relation, column, self.settings.lag, self.state)

    # What is in it.

    def _checksum(self, where: str = "true") -> tuple[int, str]:
        """How many rows there are, and what does not depend on their order and changes with them."""
        row = f"row({', '.join(column.sql for column in self.columns)})::text"
        total = f"coalesce(sum(hashtextextended({row}, 0)::numeric), 0)"
        ((rows, total),) = self.database.rows(f"select count(*), {total} from {self.relation.sql} where {where}")
        return rows, f"{rows}:{total}"

    def _count(self, where: str) -> int:
        ((rows,),) = self.database.rows(f"select count(*) from {self.relation.sql} where {where}")
        return rows

    # What a person sees.

    def plan(self) -> str:
        """What would be read."""
        notices = "".join(f" ({notice})" for notice in self.notices())
        if self.cursor:
            rows, start = self._count(self.cursor.where), self.cursor.start
            since = f" from {self.cursor.column.name} {start} on, some of which have landed" if start else ""
            what = f"{rows:,} rows of {self.relation.label}{since}"
            without, checksum = self._checksum(self.cursor.where_null)
            if checksum != self.state.get("nulls_checksum", NO_ROWS):
                what += f", and {without:,} without {self.cursor.column.name}"
        else:
            rows, checksum = self._checksum()
            has_changed = checksum != self.state.get("checksum")
            what = f"all {rows:,} rows of {self.relation.label}" if has_changed else "nothing, it has not changed"
        comparison = "; all keys are compared" if self._is_time_to_compare else ""
        return f"{self.table}: {what}{comparison}{notices}"

    def position(self) -> str:
        """How far it has been read, and what waits. Raises ExtractionError where its columns do not fit."""
        self.notices()
        cursor, newest = self.cursor, self.stream.newest
        if not newest or self.is_another:
            return f"{self.table}: nothing has landed of {self.relation.label}"
        landed = f"last landed {newest.loaded_at:%Y-%m-%d %H:%M:%S} UTC"
        if cursor:
            waiting = self._count(cursor.where_new)
            last = f"read up to {cursor.column.name} {self.state.get('cursor')}"
            return f"{self.table}: {last}, {landed}, {waiting:,} newer rows wait"
        has_changed = self._checksum()[1] != self.state.get("checksum")
        return f"{self.table}: read as a whole, {landed}, {'has changed' if has_changed else 'unchanged'} since"

    # How it lands.

    def land(self, progress: Progress, done: Extracted) -> None:
        """Land what is new in one commit. Raises ExtractionError or what psycopg raises; then nothing has landed."""
        notices = self.notices()
        _remove_old_listings(self.stream)
        with _Landing(self, progress) as landing:
            state = dict(self.state) | {
                "columns": {column.name: [column.type, column.kind] for column in self.columns},
                "cursor_column": self.settings.cursor,
                "relation": self.relation.label,
                "hashed": self.hashed,
            }
            state |= self._land_by_cursor(landing) if self.cursor else self._land_whole(landing)
            state |= self._land_compared(landing) if self.settings.compare_keys is not None else {"keys": None}
            if landing.rows or state != self.stream.state:
                landing.commit(state)
                _remove_old_listings(self.stream)
        done.rows[self.table] += landing.rows
        done.notices += notices + landing.notices

    def _land_whole(self, landing: "_Landing") -> dict[str, object]:
        rows, checksum = self._checksum()
        if checksum != self.state.get("checksum"):
            landing.take([_Part()], rows)
        return {"checksum": checksum}

    def _land_by_cursor(self, landing: "_Landing") -> dict[str, object]:
        cursor, parts, state = self.cursor, [], {}
        after = cursor.after()
        if after:
            window = landing.listing("window", HASHES)
            parts.append(_Part(cursor.where, self.state.get("window"), window, cursor.from_(after["start"])))
        _, checksum = self._checksum(cursor.where_null)
        if checksum != self.state.get("nulls_checksum", NO_ROWS) or (self.state.get("nulls") and not self.is_hashed):
            nulls = landing.listing("nulls", HASHES)
            parts.append(_Part(cursor.where_null, self.state.get("nulls"), nulls))
            state |= {"nulls_checksum": checksum, "nulls": nulls.name}
        landing.take(parts)
        if after and (landing.rows or not self.is_hashed):
            return state | after | {"window": window.name}
        if after:
            # The next reading looks at the same rows again, and knows them from the listing that there is.
            landing.drop("window")
        return state

    @property
    def hashed(self) -> list[str]:
        """What the hashes of whole rows cover."""
        return [f"{column.name} {column.type}" for column in self.columns]

    @property
    def is_hashed(self) -> bool:
        """Whether the listings have hashes of the same."""
        return self.state.get("hashed") == self.hashed

    @property
    def _knows_keys(self) -> bool:
        return self.state.get("keys") is not None and self.state.get("key") == self.settings.key

    @property
    def lists_keys(self) -> bool:
        """Whether the keys of what lands are added to those that have landed."""
        return self.settings.compare_keys is not None and self._knows_keys

    @property
    def _is_time_to_compare(self) -> bool:
        if self.settings.compare_keys is None or not self._knows_keys:
            return self.settings.compare_keys is not None
        passed = self.stream.loaded_at() - datetime.fromisoformat(self.state["compared_at"])
        return passed >= self.settings.compare_keys

    def _land_compared(self, landing: "_Landing") -> dict[str, object]:
        known = list(self.state["keys"]) if self._knows_keys else []
        landed = landing.close("keys")
        if not self._is_time_to_compare:
            if landed:
                known.append(landed.name)
            if len(known) > MOST_KEY_LISTINGS:
                known = [landing.merged(known, landed).name]
            return {"keys": known}
        now = landing.listing("all-keys", self.key_schema)
        keys = ", ".join(column.text_sql for column in self.keys)
        has_key = " and ".join(f"{column.sql} is not null" for column in self.keys)
        query = f"select {keys} from {self.relation.sql} where {has_key}"
        self.database.copied(query, self.key_schema.types, now.write)
        landing.close("all-keys")
        if self._knows_keys:
            landing.take_differences(known, landed, now)
        landing.drop("keys")
        return {"key": self.settings.key, "keys": [now.name], "compared_at": landing.loaded_at.isoformat()}

    @property
    def key_schema(self) -> pa.Schema:
        """Of listings of keys: texts, named by their number in the key."""
        return pa.schema([(str(number), pa.string()) for number in range(len(self.settings.key))])

    def with_keys(self, keys: pa.Table) -> str:
        """The rows with these keys, given as texts, as SQL that can use an index."""
        names = [f"key_{number}" for number in range(len(self.keys))]
        lists = ", ".join(f"{literal(column.to_pylist())}::text[]" for column in keys.columns)
        given = ", ".join(f"{name}::{column.type}" for name, column in zip(names, self.keys, strict=True))
        own = ", ".join(column.sql for column in self.keys)
        return f"({own}) in (select {given} from unnest({lists}) as given ({', '.join(names)}))"


class _Cursor:
    """The column by which a table is read, and from where on.

    Attributes:
        column: the column.
        start: where the reading begins, as text; none where it begins with the first row.
    """

    def __init__(
        self, database: Database, relation: Relation, column: Column, lag: timedelta, state: Mapping[str, object]
    ) -> None:
        self.column, self.start = column, state.get("start")
        self._database, self._relation, self._lag, self._state = database, relation, lag, state

    @property
    def where(self) -> str:
        """The rows that a reading looks at, as SQL."""
        return self.from_(self.start) if self.start is not None else f"{self.column.sql} is not null"

    @property
    def where_null(self) -> str:
        """Those that have no cursor."""
        return f"{self.column.sql} is null"

    @property
    def where_new(self) -> str:
        """Those after the last one that was read."""
        last = self._state.get("cursor")
        return f"{self.column.sql} > {self._typed(last)}" if last is not None else f"{self.column.sql} is not null"

    def from_(self, start: object) -> str:
        """Those from a place on."""
        return f"{self.column.sql} >= {self._typed(start)}"

    def after(self) -> dict[str, object] | None:
        """The state after a reading: `cursor`, `start`, and of numbers `readings`. None where no row has a cursor.

        The cursor of a row may be ahead of the clock; the reading never is, so that nothing behind it is missed.
        """
        return self._after_time() if CURSORS[self.column.type_name] else self._after_number()

    def _after_time(self) -> dict[str, object] | None:
        type_, now = self.column.type_name, CURSORS[self.column.type_name]
        lag = f"interval '{self._lag.total_seconds()} seconds'"
        ((last, start),) = self._database.rows(
            f"select last::text, greatest({self._typed(self.start)}, (last - {lag})::{type_})::text from (select "
            f"greatest({self._typed(self._state.get('cursor'))}, least(max({self.column.sql}), {now})) as last "
            f"from {self._relation.sql} where {self.where}) as newest"
        )
        return {"cursor": last, "start": start} if last is not None else None

    def _after_number(self) -> dict[str, object] | None:
        ((newest, now),) = self._database.rows(
            f"select max({self.column.sql}), extract(epoch from now())::float8 from {self._relation.sql} "
            f"where {self.where}"
        )
        known = [number for number in (newest, self._state.get("cursor")) if number is not None]
        if not known:
            return None
        readings = [*self._state.get("readings", []), [now, max(known)]]
        lag = self._lag.total_seconds()
        # What was given out after that reading has been committed by now, if the lag is right.
        old = [number for at, number in readings if at <= now - lag]
        start = old[-1] if old else max(readings[0][1] - NUMBERS_READ_AGAIN, -(2**63))
        start = max(start, self.start) if self.start is not None else start
        return {"cursor": max(known), "start": start, "readings": self._thinned(readings[max(len(old) - 1, 0) :])}

    def _thinned(self, readings: Sequence[list]) -> list[list]:
        kept = [readings[0]]
        for reading in readings[1:]:
            if reading is readings[-1] or reading[0] - kept[-1][0] >= self._lag.total_seconds() / READINGS_IN_LAG:
                kept.append(reading)
        return kept

    def _typed(self, value: object) -> str:
        # A number may be less than what the column can hold.
        type_ = self.column.type_name if CURSORS[self.column.type_name] else "int8"
        return f"{literal(str(value)) if value is not None else 'null'}::{type_}"


class _Listing:
    """A Parquet file beside the log of a stream, which counts with the commit that names it."""

    def __init__(self, stream: Stream, what: str, schema: pa.Schema) -> None:
        self.staged = stream.staged_name()
        self.name = f"{stream.folder}/{LISTINGS}/{stream.next_place:0{DIGITS}}-{what}.parquet"
        self.schema, self.rows = schema, 0
        self._stack = ExitStack()
        file = self._stack.enter_context(stream.storage.writer(self.staged))
        self._writer = self._stack.enter_context(
            pq.ParquetWriter(file, schema, compression="zstd", compression_level=1, use_dictionary=False)
        )

    def write(self, table: pa.Table) -> None:
        """Add rows, whose columns have the order of the schema."""
        if table.num_rows:
            self._writer.write_table(table.rename_columns(self.schema.names))
            self.rows += table.num_rows

    def close(self) -> None:
        """It can be read when it is closed."""
        self._stack.close()


@dataclass(frozen=True)
class _Part:
    """Rows of a table that are read together.

    Attributes:
        where: which, as SQL.
        before: name of the listing of those that have landed; none where none of them has.
        listing: where those are listed that the next reading sees again; none where all rows land.
        remembered: which of them these are, as SQL.
        lists_keys: whether their keys are to be listed, if keys are.
    """

    where: str = "true"
    before: str | None = None
    listing: _Listing | None = None
    remembered: str = "true"
    lists_keys: bool = True


class _Landing:
    """What is about to be committed of a table. If it has not been tried at the end of the block, it is removed.

    Attributes:
        loaded_at: of all rows.
        rows: how many there are.
        notices: what a person should know.
    """

    def __init__(self, reading: _Reading, progress: Progress) -> None:
        self._reading, self._progress = reading, progress
        self._stream, self._storage = reading.stream, reading.stream.storage
        self.loaded_at = self._stream.loaded_at()
        self.rows, self.notices = 0, []
        self._files = ParquetFiles(self._stream, reading.table, self.loaded_at)
        self._listings: dict[str, _Listing] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "_Landing":
        return self

    def __exit__(self, *_: object) -> None:
        for what in list(self._listings):
            self.drop(what)
        self._stream.discard(self._files.files)
        self._stack.close()

    def commit(self, state: Mapping[str, object]) -> None:
        """Let it count. Raises CommittedElsewhereError where another process was first."""
        for listing in self._listings.values():
            listing.close()
        listed = [StagedFile(listing.staged, listing.name, 0) for listing in self._listings.values()]
        files = [*self._files.files, *listed]
        # What a commit may name is never removed, however this ends: Stream.open knows what does not count.
        self._files.files.clear()
        self._listings.clear()
        self._stream.commit(files, state, self.loaded_at)

    def listing(self, what: str, schema: pa.Schema) -> _Listing:
        """A listing of the next commit, to be written."""
        if what not in self._listings:
            self._listings[what] = _Listing(self._stream, what, schema)
        return self._listings[what]

    def close(self, what: str) -> _Listing | None:
        """A listing, to be read; none where nothing has been written."""
        listing = self._listings.get(what)
        if listing:
            listing.close()
        return listing

    def drop(self, what: str) -> None:
        """Leave a listing out of the commit."""
        listing = self._listings.pop(what, None)
        if listing:
            listing.close()
            self._storage.remove(listing.staged)

    @cached_property
    def _duckdb(self) -> duckdb.DuckDBPyConnection:
        folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        config = {"memory_limit": MEMORY_OF_COMPARISONS, "temp_directory": folder, "threads": 2}
        return self._stack.enter_context(duckdb.connect(config=config))

    @contextmanager
    def _paths(self, names: Sequence[str]) -> Iterator[list[str]]:
        """Files to be read in the block. Raises CommittedElsewhereError where another process removes one."""
        try:
            with ExitStack() as stack:
                yield [stack.enter_context(self._storage.local(name)) for name in names]
        except (OSError, duckdb.Error) as error:
            if all(map(self._storage.exists, names)):
                raise
            raise CommittedElsewhereError(
                f"Another extraction of {self._stream.source} ({self._stream.name}) has ended meanwhile: run it again."
            ) from error

    def take(self, parts: Iterable[_Part], total: int | None = None) -> None:
        """Read rows that have not landed; `total` is how many there are, where it is known."""
        columns = self._reading.columns
        schema = pa.schema([(column.name, pa.string()) for column in columns])
        with self._files.writing(_with_arrival_columns(schema)) as writer:
            for part in parts:
                with self._paths([part.before] if part.before else []) as before:
                    query, types = self._query(part)
                    add = partial(self._add, part, before, writer.write, total)
                    self._reading.database.copied(query, types, add)

    def _query(self, part: _Part) -> tuple[str, list[pa.DataType]]:
        reading = self._reading
        values = [column.text_sql for column in reading.columns]
        types = [pa.string()] * len(values)
        if part.listing:
            # Also of columns that are always there, so that rows are known when others are added or dropped.
            names = dict.fromkeys((*TABLES[reading.table], *reading.settings.key, reading.settings.cursor))
            known = [column.sql for column in reading.columns if column.name in names]
            all_ = [column.sql for column in reading.columns]
            for hashed in (all_, known, [column.sql for column in reading.keys]):
                hash_ = f"hashtextextended(row({', '.join(hashed)})::text, 0)"
                values.append(hash_ if part.before else f"case when {part.remembered} then {hash_} end")
            values.append(f"({part.remembered})")
            types += [*HASHES.types, pa.bool_()]
        return f"select {', '.join(values)} from {reading.relation.sql} where {part.where}", types

    def _add(
        self, part: _Part, before: Sequence[str], write: Callable[[pa.Table], None], total: int | None, read: pa.Table
    ) -> None:
        reading, width = self._reading, len(self._reading.columns)
        values = read.select(range(width)).rename_columns([column.name for column in reading.columns])
        if part.listing:
            hashes = read.select(range(width, width + len(HASHES))).rename_columns(HASHES.names)
            part.listing.write(hashes.filter(read.column(width + len(HASHES))))
            if before:
                values = values.filter(self._have_not_landed(hashes, before))
        if part.lists_keys and reading.lists_keys and values.num_rows:
            keys = values.select(reading.settings.key)
            self.listing("keys", reading.key_schema).write(keys.drop_null())
        positions = np.arange(self.rows + 1, self.rows + values.num_rows + 1)
        if values.num_rows:
            write(with_arrival(values, self.loaded_at, self._source_file, positions))
        self.rows += values.num_rows
        self._progress.read(reading.table, values.num_rows, total)

    @property
    def _source_file(self) -> str:
        return f"{self._stream.source}/{self._reading.relation.label}/{self._stream.next_place:0{DIGITS}}"

    def _have_not_landed(self, hashes: pa.Table, before: Sequence[str]) -> pa.Array:
        row = "whole" if self._reading.is_hashed else "row"
        numbered = hashes.append_column("number", pa.array(np.arange(hashes.num_rows)))
        with closing(self._duckdb.cursor()) as cursor:
            cursor.register("numbered", numbered)
            # First of the listing, which may be long, what is in the block.
            landed = cursor.execute(
                f"with known as (select * from read_parquet($1) as listing semi join numbered using ({row}, key)) "
                f"select number from numbered semi join known using ({row}, key)",
                [list(before)],
            ).fetchnumpy()["number"]
        is_new = np.ones(hashes.num_rows, dtype=bool)
        is_new[landed] = False
        return pa.array(is_new)

    def merged(self, known: Sequence[str], landed: _Listing | None) -> _Listing:
        """All listings of keys as one, which takes the place of the last."""
        all_ = self.listing("all-keys", self._reading.key_schema)
        with self._paths(self._staged_or_there(known, landed)) as paths:
            for table in self._tables("select distinct * from read_parquet($1)", paths):
                all_.write(table)
        self.drop("keys")
        return all_

    def _staged_or_there(self, known: Sequence[str], landed: _Listing | None) -> list[str]:
        there = [name for name in known if not landed or name != landed.name]
        return [*there, *([landed.staged] if landed else [])]

    def _tables(self, query: str, *parameters: object) -> Iterator[pa.Table]:
        with closing(self._duckdb.cursor()) as cursor:
            for batch in cursor.sql(query, params=list(parameters)).to_arrow_reader(KEYS_IN_A_QUERY):
                yield pa.Table.from_batches([batch])

    def take_differences(self, known: Sequence[str], landed: _Listing | None, now: _Listing) -> None:
        """Take deletions of the keys that have landed and are gone, and the rows of those that have not landed.

        `known` and `landed` are listings of keys that have landed, before and in this commit, `now` that of all keys.
        """
        reading, label = self._reading, self._reading.relation.label
        difference = (
            "select distinct one.* from read_parquet($1) as one anti join read_parquet($2) as other using "
            f"({', '.join(map(quoted, now.schema.names))}) order by all"
        )
        with self._paths([now.staged]) as there, self._paths(self._staged_or_there(known, landed)) as have_landed:
            gone = _Found()
            self._take_deletions(gone.counted(self._tables(difference, have_landed, there)))
            missed = _Found()
            tables = missed.counted(self._tables(difference, there, have_landed))
            self.take(_Part(reading.with_keys(keys), lists_keys=False) for keys in tables)
        if gone.rows:
            landed_too = "; deletions of them have landed" if reading.table in CHANGE_DATA_TABLES else ""
            self.notices.append(f"{reading.table}: gone from {label}: {gone}{landed_too}.")
        if missed.rows:
            self.notices.append(
                f"{reading.table}: committed in {label} later than the lag of {reading.settings.lag} allows: {missed}; "
                "they have landed now, but make the lag longer."
            )

    def _take_deletions(self, tables: Iterable[pa.Table]) -> None:
        """Changes as Debezium writes them, with the key alone, where the raw table takes change data."""
        reading = self._reading
        names = [*(name for name in TABLES[reading.table] if name != PAYLOAD), PAYLOAD]
        schema = pa.schema([(name, pa.string()) for name in names])
        milliseconds = round(self.loaded_at.replace(tzinfo=UTC).timestamp() * 1000)
        with self._files.writing(_with_arrival_columns(schema)) as writer:
            for table in tables:
                if reading.table not in CHANGE_DATA_TABLES:
                    continue
                payloads = [
                    json.dumps({"op": "d", "ts_ms": milliseconds, "before": before, "after": None}, ensure_ascii=False)
                    for before in table.rename_columns(reading.settings.key).to_pylist()
                ]
                columns = [pa.nulls(table.num_rows, pa.string())] * (len(names) - 1)
                deletions = pa.table([*columns, pa.array(payloads, pa.string())], schema)
                positions = range(self.rows + 1, self.rows + table.num_rows + 1)
                writer.write(with_arrival(deletions, self.loaded_at, self._source_file, positions))
                self.rows += table.num_rows


class _Found:
    """Counts keys that pass, and keeps the first three."""

    def __init__(self) -> None:
        self.rows = 0
        self._first: list[str] = []

    def counted(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """The same tables of keys."""
        for table in tables:
            self.rows += table.num_rows
            for row in table.slice(0, 3 - len(self._first)).to_pylist():
                self._first.append("-".join(row.values())[:100])
            yield table

    def __str__(self) -> str:
        others = ", …" if self.rows > len(self._first) else ""
        return f"{self.rows:,} row{'s' * (self.rows > 1)} ({', '.join(self._first)}{others})"


def _with_arrival_columns(schema: pa.Schema) -> pa.Schema:
    return with_arrival(schema.empty_table(), datetime.min, "", []).schema


def _remove_old_listings(stream: Stream) -> None:
    """Remove listings that no state names any more. Those of the next place may be another process's."""
    folder, state = f"{stream.folder}/{LISTINGS}", stream.state
    named = {state.get("window"), state.get("nulls"), *(state.get("keys") or [])}
    for name in stream.storage.names(folder):
        if f"{folder}/{name}" not in named and int(name.split("-")[0]) < stream.next_place:
            stream.storage.remove(f"{folder}/{name}")
