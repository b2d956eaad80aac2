"""Raw text as typed columns; what breaks a rule is null."""

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

ARRIVAL = ("loaded_at", "source_file", "source_position")
ARRIVAL_SCHEMA = "loaded_at timestamp_ntz, source_file string, source_position bigint"

# Casts let more pass, such as times without seconds and numbers with white space around them.
_INTEGER = r"^[+-]?[0-9]+\z"
_DECIMAL = r"^[+-]?(?:[0-9]+(?:[.][0-9]{0,9}0*)?|[.][0-9]{1,9}0*)\z"
_CURRENCY = r"^[A-Za-z]{3}\z"
_DATE = r"^(?!000[01])[0-9]{4}-[0-9]{2}-[0-9]{2}\z"
_TIME = (
    r"^(?!000[01]|9999)[0-9]{4}-[0-9]{2}-[0-9]{2}[ T](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,6})?"
    r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?\z"
)


def text(column: str | Column) -> Column:
    """Text without spaces around it; null where nothing is left."""
    return F.nullif(F.trim(column), F.lit(""))


def integer(value: Column) -> Column:
    """Text of an optional sign and digits as a 64-bit integer."""
    return F.when(value.rlike(_INTEGER), value.try_cast("bigint"))


def decimal(value: Column, kind: str) -> Column:
    """Plain digits with at most one point and nine decimals, zeros at its end aside, as the type `kind`."""
    return F.when(value.rlike(_DECIMAL), value.try_cast(kind))


def currency(value: Column) -> Column:
    """Three letters, as capitals."""
    return F.when(value.rlike(_CURRENCY), F.upper(value))


def date(value: Column) -> Column:
    """Text `YYYY-MM-DD` as a date."""
    return F.when(value.rlike(_DATE), value.try_cast("date"))


def time(value: Column) -> Column:
    """ISO 8601 text as a time; without an offset it is UTC, the time zone of the session."""
    return F.when(value.rlike(_TIME), value.try_cast("timestamp"))


def not_future(at: str) -> Column:
    """Whether a time or date is at most a day after its record arrived."""
    return F.expr(f"{at} <= loaded_at + interval 1 day")
