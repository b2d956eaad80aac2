"""Tables in DuckDB: rows in, rows out, and whether two of them are the same."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import duckdb

Row = dict[str, object]
# What a column may be instead of the type that a brief names, where the values are the same.
_FAMILIES = {
    "number": (
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "UHUGEINT",
        "DECIMAL",
        "BIGNUM",
    ),
    "float": ("FLOAT", "DOUBLE"),
    "text": ("VARCHAR",),
    "date": ("DATE",),
    "timestamp": ("TIMESTAMP",),
    "boolean": ("BOOLEAN",),
}


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def create(
    con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], rows: Iterable[Row] | Mapping[str, str]
) -> None:
    """Make a table of these columns, types by name, with the rows in this order; what a row lacks is null.

    Instead of rows there may be the query `sql` that makes them.
    """
    definition = ", ".join(f"{quoted(column)} {type_}" for column, type_ in columns.items())
    con.execute(f"create or replace table {name} ({definition})")
    if isinstance(rows, Mapping):
        con.execute(f"insert into {name} by name {rows['sql']}")
        return
    places = ", ".join(f"cast(? as {type_})" for type_ in columns.values())
    # As text, as a dbt unit test writes them: a float in YAML would not be the decimal that stands there.
    values = [[_text(row.get(column)) for column in columns] for row in rows]
    if values:
        con.executemany(f"insert into {name} values ({places})", values)


def _text(value: object) -> object:
    return str(value) if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) else value


def typed(con: duckdb.DuckDBPyConnection, columns: Mapping[str, str], rows: Iterable[Row]) -> list[tuple]:
    """Rows as Python values of the types of `columns`."""
    create(con, "memory.main.__typed", columns, rows)
    return con.execute("from memory.main.__typed").fetchall()


def family(type_: str) -> str:
    """The kind of values a DuckDB type has; the type itself where it is none of the usual ones."""
    if type_.endswith("[]"):
        return family(type_[:-2]) + "s"
    name = type_.split("(")[0].upper()
    return next((kind for kind, types in _FAMILIES.items() if name in types), name.lower())


def differ(one: Sequence[tuple], other: Sequence[tuple]) -> bool:
    """Whether two tables hold other rows, whatever their order."""
    return Counter(map(_comparable, one)) != Counter(map(_comparable, other))


def only_in(one: Sequence[tuple], other: Sequence[tuple]) -> list[bool]:
    """For each row of `one` whether `other` lacks it."""
    rest = Counter(map(_comparable, other))
    lacking = []
    for row in map(_comparable, one):
        lacking.append(rest[row] == 0)
        rest[row] -= 1 if rest[row] else 0
    return lacking


def marked(rows: Sequence[tuple], others: Sequence[tuple]) -> list[dict]:
    """Rows as they are shown, in an order of their own, each with whether `others` lacks it."""
    ordered = sorted(rows, key=lambda row: [shown(value) for value in row])
    lacking = only_in(ordered, others)
    return [
        {"row": [shown(value) for value in row], "differs": lacks} for row, lacks in zip(ordered, lacking, strict=True)
    ]


def _comparable(row: tuple) -> tuple:
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)


def shown(value: object) -> str:
    """A value as a person reads it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        text = value.isoformat(sep=" ")
        return text.rstrip("0") if "." in text else text
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, tuple):
        # A float where an exact number should be.
        return shown(value[1])
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return str(value)
