"""The raw tables that files can provide, and their columns, as `models/staging/_raw.yml` describes them."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path

import yaml

from warehouse.errors import UsageError

# Where a record came from and when it arrived. Files may leave these out.
ARRIVAL_COLUMNS = ("loaded_at", "source_file", "source_position")


def _tables() -> dict[str, tuple[str, ...]]:
    path = Path(__file__).resolve().parents[1] / "models" / "staging" / "_raw.yml"
    # What anchors stand for is read once, and the loader in C takes a tenth of the time.
    (raw,) = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))["sources"]
    names = {table["name"]: [column["name"] for column in table["columns"]] for table in raw["tables"]}
    return {table: tuple(name for name in found if name not in ARRIVAL_COLUMNS) for table, found in names.items()}


# The columns of each table, without those of arrival.
TABLES = _tables()

# The text of a line that is no record of its format, null for all others. Only files have it, of which Parquet may say
# it itself: what was no record where it was extracted.
MALFORMED_LINE = "malformed_line"

# Under these names a scan of Parquet gives the path of a record and its row number (from 0): no column may have one.
NAMES_OF_SCANS = ("raw_file_path", "file_row_number")

# Times, which files may give in a time zone of their own.
TIME_COLUMNS = frozenset({"created_at", "updated_at", "ordered_at", "event_time"})

# The table whose records may also be lines of plain text.
TEXT_TABLE = "app_logs"

# Tables whose records may also be change data, and the column that holds it then: the JSON text of an envelope.
CHANGE_DATA_TABLES = frozenset({"users", "orders"})
PAYLOAD = "payload"

# Columns that a table does not have are carried along up to this many, since data can leak into names.
MOST_EXTRA_COLUMNS = 100


def check_columns(table: str, where: str, found: Collection[str]) -> None:
    """Raises UsageError naming every column of the table that `found` lacks."""
    missing = [column for column in TABLES[table] if column not in found]
    if missing and not (table in CHANGE_DATA_TABLES and PAYLOAD in found):
        columns = ", ".join(found)[:300] or "none"
        sign = next((sign for sign in ";\t|" if sign in columns), "")
        raise UsageError(
            f"{where} lacks {', '.join(missing)}: {table} needs {', '.join(TABLES[table])}; the columns are {columns}."
            + (
                f" Where {sign!r} parts them, {table}/_format.yml must say so: `delimiter: {json.dumps(sign)}`."
                if sign
                else ""
            )
        )


def check_distinct(where: str, found: Iterable[str]) -> None:
    """Raises UsageError naming every column that `found` has twice; engines do not tell `Note` from `note`."""
    spellings: dict[bytes, list[str]] = {}
    for column in found:
        spellings.setdefault(folded(column), []).append(column)
    doubled = sorted({column for group in spellings.values() if len(group) > 1 for column in group})
    if doubled:
        raise UsageError(f"{where} has more than one column named {', '.join(doubled)} (in whatever letter case).")


def folded(column: str) -> bytes:
    """What is the same for all spellings of a name. As DuckDB compares names: only ASCII letters have two cases."""
    return column.encode("utf-8", "surrogatepass").lower()


def extra_columns(table: str, found: Iterable[str]) -> tuple[list[str], list[str]]:
    """The columns in `found` that the table does not have: those to carry along, and those to leave out, by name.

    Left out is what is too many, a name that is blank or cannot be printed, and one that means something else, or has
    another spelling of a name that is there: engines do not tell `Note` from `note`.
    """
    extra = sorted(set(found).difference(TABLES[table], ARRIVAL_COLUMNS))
    taken = {folded(name) for name in (*TABLES[table], *ARRIVAL_COLUMNS, MALFORMED_LINE)}
    plain = []
    for column in extra:
        if column.strip() and column.isprintable() and folded(column) not in taken:
            taken.add(folded(column))
            plain.append(column)
    carried = plain[:MOST_EXTRA_COLUMNS]
    return carried, sorted(set(extra).difference(carried))


def is_whole_message(table: str, record: dict[str, object]) -> bool:
    """Whether a JSON object is itself the message of a table of messages or of change data.

    It is not where it has a column of the table, or a message under PAYLOAD, perhaps with its place and time of
    arrival. A payload beside its schema is a message.
    """
    if PAYLOAD in record:
        return "schema" in record
    if table in CHANGE_DATA_TABLES:
        return bool(record.keys() & {"op", "ts_ms"}) and not record.keys() & set(TABLES[table])
    return TABLES[table] == (PAYLOAD,) and not record.keys() <= set(ARRIVAL_COLUMNS)
