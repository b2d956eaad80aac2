"""Watch streams: heartbeats of a session for the same program, without a gap of more than a minute."""

from pathlib import Path

import polars as pl
from fields import ARRIVAL, cleaned, in_millionths, is_not_future, scan, user, with_file_numbers, with_times
from heartbeats import TEXTS, with_fields

TIMEOUT = pl.duration(minutes=1)
SESSION = ("user_id", "session_id")
PROGRAM = ("program_id", "start_at")


def result(landing: Path) -> pl.LazyFrame:
    """The rows of fct_watch_streams but for stream_id."""
    repeated = _accepted_heartbeats(landing).sort(*SESSION, "event_at", *ARRIVAL).drop(ARRIVAL)
    heartbeats = _without_repeats(repeated.with_row_index("row").collect(engine="streaming"))
    previous_at = pl.col("event_at").shift(1)
    bounded = (
        heartbeats.lazy()
        .drop("row")
        .with_row_index("row")
        .with_columns(
            previous_at=previous_at,
            is_session_start=(pl.col("row") == 0) | _changed(*SESSION),
            is_stream_start=_changed(*PROGRAM) | (pl.col("event_at") - previous_at > TIMEOUT),
        )
        .filter(pl.col("is_session_start") | pl.col("is_stream_start"))
    )
    # A stream ends with the heartbeat before the start of the next one, so that nothing has to be grouped.
    next_at = pl.when(~pl.col("is_session_start").shift(-1, fill_value=True)).then(pl.col("event_at").shift(-1))
    is_over = pl.col("next_at").is_not_null() | (pl.lit(heartbeats["event_at"].max()) - pl.col("ended_at") > TIMEOUT)
    began_at = pl.when("is_resumed").then("event_at").otherwise("start_at")
    return (
        bounded.with_columns(
            next_at=next_at,
            ended_at=pl.col("previous_at").shift(-1, fill_value=heartbeats["event_at"].last()),
            heartbeat_count=pl.col("row").shift(-1, fill_value=heartbeats.height) - pl.col("row"),
            is_resumed=~pl.struct(*SESSION, *PROGRAM).is_first_distinct(),
        )
        .filter(is_over)
        .with_columns(began_at=began_at)
        .select(
            *SESSION,
            *PROGRAM,
            "device",
            "began_at",
            "ended_at",
            "heartbeat_count",
            "is_resumed",
            stream_date=pl.col("began_at").dt.date(),
            stream_duration_seconds=in_millionths((pl.col("ended_at") - pl.col("began_at")).dt.total_microseconds()),
            ended_by=pl.when(pl.col("next_at") - pl.col("ended_at") <= TIMEOUT)
            .then(pl.lit("next_program"))
            .otherwise(pl.lit("timeout")),
        )
    )


def _accepted_heartbeats(landing: Path) -> pl.LazyFrame:
    """Heartbeats that break no rule, repeated ones included."""
    return (
        with_file_numbers(scan(landing, "playback_heartbeats"))
        .pipe(with_fields)
        .pipe(cleaned, "user_id", *TEXTS)
        .pipe(with_times, start_at="start_time", event_at="event_time")
        .with_columns(user_id=user(pl.col("user_id")))
        .filter(
            pl.all_horizontal(pl.col(*SESSION, "program_id", "device").is_not_null()),
            is_not_future("event_at"),
            pl.col("start_at") <= pl.col("event_at"),
        )
        .select(*SESSION, *PROGRAM, "device", "event_at", *ARRIVAL)
    )


def _without_repeats(heartbeats: pl.DataFrame) -> pl.DataFrame:
    """The first of heartbeats that are alike. Only those of a session with equal times can be, and they are few."""
    is_like_previous = ~_changed(*SESSION, "event_at")
    repeats = heartbeats.filter(is_like_previous | is_like_previous.shift(-1, fill_value=False)).filter(
        ~pl.struct(*SESSION, *PROGRAM, "device", "event_at").is_first_distinct()
    )
    return heartbeats.filter(~pl.col("row").is_in(repeats["row"].implode()))


def _changed(*columns: str) -> pl.Expr:
    """Whether any of the columns differs from the row before; null in the first row."""
    return pl.any_horizontal(pl.col(column) != pl.col(column).shift(1) for column in columns)
