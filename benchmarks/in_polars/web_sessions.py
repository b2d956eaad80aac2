"""Web sessions: the events of a user and device without a gap of more than 30 minutes."""

from pathlib import Path

import polars as pl
from fields import ARRIVAL, cleaned, in_millionths, is_not_future, scan, user, with_file_numbers, with_times

TIMEOUT = pl.duration(minutes=30)
IDENTITY = ("user_id", "device_id")
OTHER_FIELDS = ("event_name", "app_version", "client")


def result(landing: Path) -> pl.LazyFrame:
    """The rows of fct_web_sessions but for session_id."""
    previous_at = pl.col("event_at").shift(1)
    same_identity = pl.all_horizontal(pl.col(column).eq_missing(pl.col(column).shift(1)) for column in IDENTITY)
    events = (
        _accepted_events(landing)
        .sort(*IDENTITY, "event_at", *ARRIVAL)
        .drop(ARRIVAL)
        .with_row_index("row")
        .with_columns(
            previous_at=previous_at,
            is_start=(pl.col("row") == 0) | ~same_identity | (pl.col("event_at") - previous_at > TIMEOUT),
        )
        .with_columns(session=pl.col("is_start").cum_sum())
        .collect(engine="streaming")
    )
    # A session ends with the event before the start of the next one, so that nothing has to be grouped.
    return (
        events.lazy()
        .filter("is_start")
        .with_columns(
            session_ended_at=pl.col("previous_at").shift(-1, fill_value=events["event_at"].last()),
            records=pl.col("row").shift(-1, fill_value=events.height) - pl.col("row"),
        )
        .join(_repeats(events.lazy()), on="session", how="left")
        .select(
            *IDENTITY,
            session_date=pl.col("event_at").dt.date(),
            session_started_at="event_at",
            session_ended_at="session_ended_at",
            session_duration_seconds=in_millionths(
                (pl.col("session_ended_at") - pl.col("event_at")).dt.total_microseconds()
            ),
            event_count=pl.col("records") - pl.col("repeats").fill_null(0),
            entry_event_name="event_name",
            app_version="app_version",
            client="client",
        )
    )


def _accepted_events(landing: Path) -> pl.LazyFrame:
    """Events that break no rule, repeated ones included."""
    return (
        with_file_numbers(scan(landing, "web_events"))
        .pipe(cleaned, "user_id", "device_id", "event_time", *OTHER_FIELDS)
        .pipe(with_times, event_at="event_time")
        .rename({"user_id": "user_text"})
        .with_columns(user_id=user(pl.col("user_text")))
        .filter(
            pl.when(pl.col("user_text").is_null())
            .then(pl.col("device_id").is_not_null())
            .otherwise(pl.col("user_id") > 0),
            pl.col("event_name").is_not_null(),
            is_not_future("event_at"),
        )
        .select(*IDENTITY, "event_at", *OTHER_FIELDS, *ARRIVAL)
    )


def _repeats(events: pl.LazyFrame) -> pl.LazyFrame:
    """How many events of a session are there a second time, by session.

    They can only be among events with equal times, which are few. The first of them is never a repeat.
    """
    is_like_previous = ~pl.col("is_start") & (pl.col("event_at") == pl.col("previous_at"))
    return (
        events.filter(is_like_previous | is_like_previous.shift(-1, fill_value=False))
        .group_by("session", "event_at", *OTHER_FIELDS)
        .agg(repeats=pl.len() - 1)
        .filter(pl.col("repeats") > 0)
        .group_by("session")
        .agg(pl.col("repeats").sum())
    )
