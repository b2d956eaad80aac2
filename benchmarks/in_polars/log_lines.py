"""Events read from log lines: a date, then `key=value` fields with `|` between them."""

from pathlib import Path

import polars as pl
from fields import cleaned, scan, trimmed, user, with_file_numbers

MOST_CHARACTERS = 65_536
PLACE = ("source_file", "source_position")
# How most lines are written: date, user and event in this order, after them nothing but fields of other keys.
USUAL = (
    r"^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})\|user=(?<user>[1-9][0-9]{0,17})\|event=[!-{}~]+"
    r"(?:\|[a-df-tv-z][a-z]*=[!-{}~]*)*$"
)


def daily_user_events(landing: Path) -> pl.LazyFrame:
    """The number of events by `metric_date` and `user_id`."""
    events = _accepted_lines(landing).collect(engine="streaming")
    is_repeated = pl.len().over(PLACE) > 1
    # What a place of a file delivers again is the same event if its fields are the same. Few places come again.
    padded = pl.format("|{}|", "line")
    again = (
        events.lazy()
        .filter(is_repeated)
        .with_columns(event=trimmed(_value(padded, "event")), extra=_extra(padded))
        .unique(["metric_date", "user_id", "event", "extra", *PLACE])
    )
    counted = [lines.select("metric_date", "user_id") for lines in (events.lazy().filter(~is_repeated), again)]
    return pl.concat(counted).group_by("metric_date", "user_id").agg(total_events=pl.len())


def _accepted_lines(landing: Path) -> pl.LazyFrame:
    """Lines that break no rule, repeated ones included, with `metric_date` and `user_id`."""
    line, padded = pl.col("line"), pl.col("padded")
    is_readable = (
        line.str.contains("|", literal=True)
        & ~pl.col("log_line").str.contains("\0", literal=True)
        & trimmed(_value(padded, "event")).is_not_null()
        & ~_is_key_repeated(padded, "user")
        & ~_is_key_repeated(padded, "event")
    )
    return (
        with_file_numbers(scan(landing, "app_logs"))
        .filter(pl.col("log_line").str.len_chars() <= MOST_CHARACTERS)
        .with_columns(line=pl.col("log_line").str.strip_chars_end("\r\n"))
        .pipe(cleaned, "line")
        .with_columns(line.str.extract_groups(USUAL).alias("usual"))
        .unnest("usual")
        # What is not usual is read by the rules; nulls cost little.
        .with_columns(padded=pl.format("|{}|", pl.when(pl.col("date").is_null()).then(line)))
        .with_columns(padded=pl.when(is_readable).then(padded))
        .with_columns(
            pl.coalesce("date", trimmed(padded.str.extract(r"^\|([^|]*)\|"))),
            pl.coalesce("user", trimmed(_value(padded, "user"))),
        )
        .with_columns(
            metric_date=pl.when(pl.col("date").str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))
            .then(pl.col("date"))
            .str.to_date("%Y-%m-%d", strict=False),
            user_id=user(pl.col("user")),
        )
        .filter(
            pl.col("user_id").is_not_null(),
            pl.col("date").is_between(pl.lit("0002"), pl.lit("9999")),
            pl.col("metric_date").cast(pl.Datetime("us")) <= pl.col("loaded_at") + pl.duration(days=1),
        )
        .select("metric_date", "user_id", "line", *PLACE)
    )


def _value(padded: pl.Expr, key: str) -> pl.Expr:
    """The value of a key in a line that has a `|` before and after it."""
    return padded.str.extract(rf"\|{key}=([^|]*)\|")


def _is_key_repeated(padded: pl.Expr, key: str) -> pl.Expr:
    return (padded.str.split(f"|{key}=").list.get(2, null_on_oob=True) != "").fill_null(False)


def _extra(padded: pl.Expr) -> pl.Expr:
    """What is left of a line without its date, user and event."""
    fields = padded.str.replace(r"^\|[^|]*", "")
    return fields.str.replace(r"\|user=[^|]+\|", "|").str.replace(r"\|event=[^|]+\|", "|").str.strip_chars("|")
