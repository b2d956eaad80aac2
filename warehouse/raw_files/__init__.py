"""Raw tables from a folder of files: checks the files, then shows them in a warehouse as views.

    folder = inspect(Path("landing"), Path("warehouse.duckdb"))
    folder.register()

The layout is `<root>/<table>/**/<file>`. Parquet is read where it lies; plain text, CSV and JSON lines are converted
to Parquet once, in a cache next to the warehouse.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.duckdb_files import NEWEST_FORMAT
from warehouse.errors import UsageError
from warehouse.raw_contract import (
    ARRIVAL_COLUMNS,
    MALFORMED_LINE,
    MOST_EXTRA_COLUMNS,
    TABLES,
    check_columns,
    check_distinct,
    extra_columns,
)
from warehouse.raw_files.convert import ConvertedPart, Part, convert, goes_on, is_complete, parts_in
from warehouse.raw_files.dialect import NAME as FORMAT_FILE
from warehouse.raw_files.find import RawFile, find_files
from warehouse.raw_files.known import KnownFile, KnownFiles, KnownPart, changed, mark_not_built, read_known, write_known
from warehouse.raw_files.views import (
    ParquetSource,
    check_only_views_over_files,
    copy_parquet,
    parquet_source,
    text_literal,
    view_query,
)

__all__ = ["ARRIVAL_COLUMNS", "MALFORMED_LINE", "TABLES", "RawFolder", "RawTable", "inspect"]

# Files up to this size are converted together: thousands of small ones would cost every later read as many openings.
SMALL_FILE_BYTES = 32 * 2**20
# As many Parquet files of at most this size are copied together too, whether they have come at once or one by one.
MANY_FILES, SMALL_PARQUET_BYTES = 100, 2**20


@dataclass(frozen=True)
class RawTable:
    """One raw table: its files as Parquet."""

    name: str
    # Absolute paths of converted files.
    converted: tuple[str, ...]
    sources: tuple[ParquetSource, ...]
    rows: int
    # Columns of the files that the table does not have, by name: those that the view carries along, and those that it
    # leaves out (of JSON keys only some).
    extra_columns: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def query(self) -> str:
        """That of the view."""
        return view_query(self.name, self.converted, self.sources, self.extra_columns)

    @property
    def notice(self) -> str:
        """A sentence about what is left out, empty if nothing is."""
        if not self.left_out:
            return ""
        names = ", ".join(map(repr, self.left_out[:5])) + (" and more" if len(self.left_out) > 5 else "")
        return f"{self.name}: left out, for only {MOST_EXTRA_COLUMNS} new columns with plain names are taken: {names}"


@dataclass(frozen=True)
class RawFolder:
    """A folder of raw files that were all found readable, and the warehouse they are meant for."""

    root: Path
    warehouse: Path
    cache: Path
    # Every table of the contract, also those without files.
    tables: dict[str, RawTable]
    files: tuple[KnownFile, ...]
    # Sentences about what is left out, or left for later.
    notices: tuple[str, ...]
    # Tables of which a record that was read is another now, or may be.
    to_build_in_full: tuple[str, ...]
    # Whether the warehouse shows all this already.
    is_registered: bool

    def register(self, schema: str = "raw_files") -> None:
        """Creates or replaces one view per table in the warehouse, in one transaction.

        Columns: the table's, all VARCHAR; then loaded_at TIMESTAMP (UTC), source_file VARCHAR, source_position BIGINT,
        malformed_line VARCHAR; then the extra columns, all VARCHAR, null where a file does not have them.
        The views name files by absolute path, because other processes read them later: they hold until the files are
        moved or the cache is removed. Raises UsageError if the warehouse cannot be written, or has something else of
        one of these names; it is then as before.
        """
        if self.is_registered:
            return
        try:
            with duckdb.connect(self.warehouse, config=NEWEST_FORMAT) as connection:
                check_only_views_over_files(connection, schema)
                connection.begin()
                connection.execute(f'create schema if not exists "{schema}"')
                for table in self.tables.values():
                    view = f'"{schema}".{table.name}'
                    connection.execute(f"create or replace view {view} as\n{table.query}")
                    # Later commands read the same folder unless they are told otherwise.
                    connection.execute(f"comment on view {view} is {text_literal(os.path.abspath(self.root))}")
                    (rows,) = connection.execute(f"select count(*) from {view}").fetchone()
                    if rows != table.rows:
                        raise UsageError(f"The files of {table.name} changed while they were read: run this again.")
                write_known(connection, self.files, _checksum_of_views(self.root, self.tables.values()), schema)
                if self.to_build_in_full:
                    mark_not_built(connection, self.to_build_in_full)
                connection.commit()
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise UsageError(f"The warehouse {self.warehouse} cannot take the raw files ({reason}).") from error
        self._forget_unused()

    def _forget_unused(self) -> None:
        """Removes converted files that no view of this warehouse names any more."""
        used = {path for table in self.tables.values() for path in table.converted}
        for path in self.cache.glob("*"):
            if str(path) not in used:
                path.unlink(missing_ok=True)


def inspect(root: Path, warehouse: Path, kept_from: str | None = None, *, anew: bool = False) -> RawFolder:
    """Checks every file below `root` without touching the warehouse.

    Of files that the warehouse knows, only what is new is read. New text, CSV and JSON is converted, into
    `target/raw_files/<warehouse>/` beside the warehouse file; of Parquet, footer and columns are checked. Records that
    arrived before `kept_from`, a day as text, may be gone; with `anew` nothing is known, and all is read.

    Raises UsageError, in one sentence, for a folder or file that cannot be read, an unknown folder or file type, a
    missing column, columns that differ in letter case only, and a known file of which something is gone.
    """
    warehouse = Path(os.path.abspath(warehouse))
    cache = warehouse.parent / "target" / "raw_files" / warehouse.name
    known = KnownFiles() if anew else read_known(warehouse)
    found, notices = find_files(root, frozenset(known.files))
    names = [file.name for files in found.values() for file in files]
    known.check_that_none_is_gone(names, kept_from)
    reader = _Reader(root, cache, known, frozenset(names), notices, kept_from)
    tables = {table: reader.table(table, found[table]) for table in found}
    views = _checksum_of_views(root, tables.values())
    is_registered = not reader.has_news and set(names) == set(known.files) and views == known.views
    # Should a full refresh not come to its end, no table goes on from records that have another arrival now.
    in_full = tuple(TABLES if anew else reader.to_build_in_full)
    return RawFolder(root, warehouse, cache, tables, tuple(reader.files), tuple(reader.notices), in_full, is_registered)


class _Reader:
    """Reads what is new in a folder.

    Attributes:
        files: what is known of each file now.
        notices: sentences about what is left for later.
        has_news: whether any file has changed.
        to_build_in_full: tables of which a record that was read is another now.
    """

    def __init__(
        self,
        root: Path,
        cache: Path,
        known: KnownFiles,
        names: frozenset[str],
        notices: list[str],
        kept_from: str | None,
    ) -> None:
        self.root, self.cache = root, cache
        self.known = KnownFiles({name: file for name, file in known.files.items() if name in names})
        self.files: list[KnownFile] = []
        self.notices, self.has_news = list(notices), False
        self.kept_from, self.to_build_in_full = kept_from, set()
        self._stored: dict[str, bool] = {}

    def table(self, table: str, files: list[RawFile]) -> RawTable:
        """Everything about one table."""
        # Parquet first: it takes no time to refuse.
        sources, copied = self._parquet(table, [file for file in files if file.format == "parquet"])
        converted = [*copied, *self._read([file for file in files if file.format != "parquet"])]
        self.files.extend(converted)
        # Only Parquet has it as a column: there an extraction says what was no record.
        columns = {column for source in sources for column in source.columns} - {MALFORMED_LINE}
        formats = {file.name: file.format for file in files}
        json_keys: set[str] = set()
        json_rows = rows = 0
        for file in converted:
            found = {column for part in file.parts for column in part.found}
            columns |= found
            rows += file.parts[-1].last_record if file.parts else 0
            if formats[file.name] == "json" and file.parts:
                json_keys |= found
                json_rows += file.parts[-1].last_record
        if json_rows and json_keys:
            # A key may be missing in a record or a whole file, but not everywhere.
            check_columns(table, f"Every JSON record in {self.root / table}", sorted(json_keys))
        extra, left_out = extra_columns(table, columns)
        check_distinct(str(self.root / table), [*TABLES[table], *ARRIVAL_COLUMNS, *extra])
        stored = dict.fromkeys(part.stored_in for file in converted for part in file.parts)
        rows += sum(source.rows for source in sources)
        return RawTable(table, tuple(stored), tuple(sources), rows, tuple(extra), tuple(left_out))

    def _parquet(self, table: str, files: list[RawFile]) -> tuple[list[ParquetSource], list[KnownFile]]:
        """The Parquet files that are read where they lie, and those of which copies are read together."""
        copied: list[KnownFile] = []
        placed: list[tuple[KnownFile, ParquetSource]] = []
        connection = duckdb.connect()
        for file in files:
            known = self.known.files.get(file.name)
            copy = known.parts[0].stored_in if known and known.parts else None
            if copy and self._is_stored(copy):
                if not known.is_unchanged(file):
                    self.has_news = True
                    if known.parts[0].checksum != _checksum(file.path):
                        raise changed(file.name)
                copied.append(replace(known, identity=file.identity))
            elif known and not copy and known.is_unchanged(file):
                placed.append((known, ParquetSource(str(file.path), file.name, file.path_columns, **known.source)))
            else:
                placed.append(self._new_parquet(connection, file, known))
                self.has_news = True
        small = [one for one in placed if one[0].identity[0] <= SMALL_PARQUET_BYTES]
        if len(small) >= MANY_FILES:
            placed = [one for one in placed if one[0].identity[0] > SMALL_PARQUET_BYTES]
            copied += self._copied(connection, table, small)
            self.has_news = True
        self.files += [known for known, _ in placed]
        return [source for _, source in placed], copied

    def _new_parquet(
        self, connection: duckdb.DuckDBPyConnection, file: RawFile, known: KnownFile | None
    ) -> tuple[KnownFile, ParquetSource]:
        source = parquet_source(connection, file)
        checksum = _checksum(file.path)
        if known and known.parts:
            if known.parts[0].checksum != checksum:
                raise changed(file.name)
            source = replace(source, modified_at=datetime.fromisoformat(known.parts[0].loaded_at))
        loaded_at = source.modified_at.isoformat()
        part = KnownPart(file.status.st_size, checksum, False, source.rows, loaded_at, (), source.newest, None)
        return KnownFile(
            file.name, file.identity, (part,), types=source.types, says_its_arrival=source.says_its_arrival
        ), source

    def _copied(
        self, connection: duckdb.DuckDBPyConnection, table: str, small: list[tuple[KnownFile, ParquetSource]]
    ) -> list[KnownFile]:
        """Thousands of small files as one, since every look at them would cost as many openings."""
        parts = []
        for known, source in small:
            (part,) = known.parts
            place = (known.name, part.end, part.checksum, False)
            parts.append(ConvertedPart(*place, (), part.last_record, tuple(source.columns), part.newest, 0))
        self.cache.mkdir(parents=True, exist_ok=True)
        path = str(copy_parquet(connection, table, [source for _, source in small], parts, self.cache))
        return [
            replace(known, parts=(replace(known.parts[0], found=part.found, stored_in=path),))
            for (known, _), part in zip(small, parts, strict=True)
        ]

    def _read(self, files: list[RawFile]) -> list[KnownFile]:
        """What is known of text files once all that is new has been converted."""
        now = {file.name: self.known.files.get(file.name) or KnownFile(file.name, (), ()) for file in files}
        changed_files = [file for file in files if not now[file.name].is_unchanged(file)]
        for file in changed_files:
            if now[file.name].is_read_otherwise(file):
                raise UsageError(
                    f"{FORMAT_FILE} of {file.table} has changed since {file.name} was read: to have it read again, "
                    f"`make forget-file FILE={file.name}`, or FILE={file.table} for all files of the table."
                )
            self._forget_what_goes_on(file, now)
        lost = [part for file in files for part in self._lost_parts(file, now[file.name])]
        self.has_news = self.has_news or bool(changed_files) or bool(lost)
        for part, stored, converted in self._converted(lost):
            known = now[part.file.name]
            if converted.checksum not in [one.checksum for one in known.parts]:
                raise changed(known.name)
            parts = [replace(one, stored_in=stored) if one.end == part.end else one for one in known.parts]
            now[known.name] = replace(known, parts=tuple(parts))
        for part, stored, converted in self._converted([_next_part(file, now[file.name]) for file in changed_files]):
            now[part.file.name] = self._with_news(part, stored, converted, now[part.file.name])
        return list(now.values())

    def _forget_what_goes_on(self, file: RawFile, now: dict[str, KnownFile]) -> None:
        """Of a file whose last line was read before it was finished, nothing is known any more."""
        known = now[file.name]
        if not known.parts or not known.parts[-1].ends_in_line or not goes_on(_next_part(file, known)):
            return
        if self.kept_from is not None:
            raise changed(file.name)
        now[file.name] = self.known.files[file.name] = KnownFile(file.name, (), ())
        self.to_build_in_full.add(file.table)
        self.notices.append(
            f"{file.name}: its last line was read before it was finished, so the file is read anew, and what is made "
            f"of {file.table} is built in full."
        )

    def _lost_parts(self, file: RawFile, known: KnownFile) -> Iterable[Part]:
        """Parts that were read before, and whose converted files are gone."""
        before: KnownPart | None = None
        for one in known.parts:
            if not self._is_stored(one.stored_in):
                loaded_at = datetime.fromisoformat(one.loaded_at)
                yield replace(_part_after(file, known, before), loaded_at=loaded_at, end=one.end)
            before = one

    def _is_stored(self, path: str) -> bool:
        """Whether a converted file is there, and holds nothing of a file that is gone or was forgotten."""
        if path not in self._stored:
            held = parts_in(Path(path)) if is_complete(Path(path)) else []
            known = {(file.name, part.end) for file in self.known.files.values() for part in file.parts}
            self._stored[path] = bool(held) and known.issuperset((part.name, part.end) for part in held if part.records)
        return self._stored[path]

    def _with_news(self, part: Part, stored: str, converted: ConvertedPart, known: KnownFile) -> KnownFile:
        if converted.unfinished:
            self.notices.append(
                f"{known.name}: the last line has no line end, and the file is being written: it is left for a later "
                "build."
            )
        # A line that was left may be read later, though nobody touches the file any more.
        identity = () if converted.unfinished else part.file.identity
        parts = list(known.parts)
        if part.file.format == "csv" and not converted.header:
            # A file that may still get its header.
            return replace(known, identity=identity)
        if converted.end > part.start:
            new = KnownPart(
                converted.end,
                converted.checksum,
                converted.ends_in_line,
                part.records + converted.records,
                part.loaded_at.isoformat(),
                converted.found,
                converted.newest,
                stored,
            )
            parts.append(new)
        return replace(known, identity=identity, parts=tuple(parts), header=converted.header)

    def _converted(self, parts: Sequence[Part]) -> Iterable[tuple[Part, str, ConvertedPart]]:
        """Each part with the path of the converted file and what became of it; small ones are converted together."""
        small = [part for part in parts if part.file.status.st_size <= SMALL_FILE_BYTES]
        large = [[part] for part in parts if part.file.status.st_size > SMALL_FILE_BYTES]
        for group in [small, *large] if small else large:
            try:
                self.cache.mkdir(parents=True, exist_ok=True)
                path, converted = convert(group[0].file.table, group, self.cache)
            except OSError as error:
                raise UsageError(
                    f"{group[0].file.path} cannot be converted into {self.cache}: {error.strerror or error}."
                ) from error
            yield from ((part, str(path), one) for part, one in zip(group, converted, strict=True))


def _checksum_of_views(root: Path, tables: Iterable[RawTable]) -> str:
    queries = "\n".join([os.path.abspath(root), *(table.query for table in tables)])
    return hashlib.sha256(queries.encode()).hexdigest()


def _next_part(file: RawFile, known: KnownFile) -> Part:
    return _part_after(file, known, known.parts[-1] if known.parts else None)


def _part_after(file: RawFile, known: KnownFile, before: KnownPart | None) -> Part:
    if before is None:
        return Part(file, file.modified_at)
    place = (before.end, before.checksum, before.ends_in_line)
    return Part(file, file.modified_at, *place, tuple(known.header), before.last_record)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
