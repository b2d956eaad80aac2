"""How text of the raw tables is read, as expressions: null where it is not what it should be."""

from pathlib import Path

import polars as pl

# What Unicode calls a space separator; tabs and line ends stay.
SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
# Sorts records as they came.
ARRIVAL = ("loaded_at", "source_file", "source_position")
SECONDS = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-5][0-9]"
DECIMALS = r"(?:\.[0-9]{1,6})?"
OFFSET = r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"


def scan(landing: Path, table: str) -> pl.LazyFrame:
    """All files of a raw table under `landing`."""
    return pl.scan_parquet(landing / table / "*.parquet")


def cleaned(records: pl.LazyFrame, *columns: str) -> pl.LazyFrame:
    """Text without spaces around it; nothing but spaces is null."""
    return records.with_columns(trimmed(pl.col(column)) for column in columns)


def trimmed(text: pl.Expr) -> pl.Expr:
    """The same for an expression."""
    stripped = text.str.strip_chars(SPACES)
    return pl.when(stripped != "").then(stripped)


def user(text: pl.Expr) -> pl.Expr:
    """A user id as Int64; null where it is no positive integer."""
    number = text.cast(pl.Int64, strict=False)
    return pl.when(number > 0).then(number)


def decimal(column: str) -> pl.Expr:
    """Plain digits with at most one point and nine decimals, zeros at the end aside, as Decimal(38, 9)."""
    is_exact = ~pl.col(column).str.contains(r"[eE]|\.[0-9]{9}[0-9]*[1-9]")
    return pl.when(is_exact).then(pl.col(column)).cast(pl.Decimal(38, 9), strict=False)


def currency(column: str) -> pl.Expr:
    """Three letters, as capitals."""
    is_code = pl.col(column).str.contains("^[A-Za-z]{3}$")
    return pl.when(is_code).then(pl.col(column)).str.to_uppercase()


def with_times(records: pl.LazyFrame, **columns: str) -> pl.LazyFrame:
    """ISO 8601 text as UTC times in microseconds, years 2 to 9998, under new names; without an offset it is UTC.

    The usual form goes first. Others are few. They stand in empty text, since functions read what is behind a null.
    """
    for name, column in columns.items():
        text, time, rest = pl.col(column), pl.col(name), pl.col("rest")
        zoned = pl.col("zoned").str.replace("Z", "+00:00", literal=True)
        is_plain = text.str.contains(f"^{SECONDS.replace('[ T]', ' ')}$")
        records = (
            records.with_columns(
                _parsed(pl.when(is_plain).then(text), "%Y-%m-%d %H:%M:%S").alias(name),
                pl.when(~is_plain).then(text).otherwise(pl.lit("")).str.replace("T", " ", literal=True).alias("rest"),
            )
            .with_columns(
                rest=pl.when(rest.str.contains(f"^{SECONDS}{DECIMALS}$")).then(rest).otherwise(pl.lit("")),
                zoned=pl.when(rest.str.contains(f"^{SECONDS}{DECIMALS}{OFFSET}$")).then(rest).otherwise(pl.lit("")),
            )
            .with_columns(
                pl.coalesce(
                    time,
                    _parsed(rest, "%Y-%m-%d %H:%M:%S%.f"),
                    _parsed(zoned, "%Y-%m-%d %H:%M:%S%.f%:z").dt.replace_time_zone(None),
                ).alias(name)
            )
            .with_columns(pl.when(text.is_between(pl.lit("0002"), pl.lit("9999"))).then(time).alias(name))
            .drop("rest", "zoned")
        )
    return records


def _parsed(text: pl.Expr, form: str) -> pl.Expr:
    return text.str.to_datetime(form, time_unit="us", strict=False, cache=False)


def is_not_future(time: str) -> pl.Expr:
    """Whether a time is at most a day after its record arrived."""
    return pl.col(time) <= pl.col("loaded_at") + pl.duration(days=1)


def with_file_numbers(records: pl.LazyFrame) -> pl.LazyFrame:
    """The records with their `source_file` as an Enum: alike in order, and faster to sort than text."""
    files = records.select(pl.col("source_file").unique().sort()).collect(engine="streaming").to_series()
    return records.with_columns(pl.col("source_file").cast(pl.Enum(files)))


def in_millionths(number: pl.Expr) -> pl.Expr:
    """Whole millionths, such as microseconds, as exact Decimal(38, 9)."""
    return number.cast(pl.Decimal(38, 9)) / 1_000_000
