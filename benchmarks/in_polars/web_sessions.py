"""Web sessions: the events of a user and device without a gap of more than 30 minutes, and the orders that follow."""

from pathlib import Path

import polars as pl
from fields import ARRIVAL, cleaned, in_millionths, is_not_future, scan, user, with_file_numbers, with_times
from orders import accepted_orders
from rates import with_ordered_amount

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
        .join(_session_orders(events, landing), on="session", how="left")
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
            order_count=pl.col("order_count").fill_null(0),
            ordered_amount=pl.col("ordered_amount").fill_null(0),
            is_converted=pl.col("order_count").is_not_null(),
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


def _session_orders(events: pl.DataFrame, landing: Path) -> pl.LazyFrame:
    """Orders by session: that of their user's last event, of events at one time the last to arrive."""
    orders = (
        accepted_orders(with_file_numbers(scan(landing, "orders")))
        .pipe(with_ordered_amount, landing)
        .select("order_id", "user_id", "ordered_at", "ordered_amount", *ARRIVAL)
        .sort(ARRIVAL)
        .filter(pl.col("order_id").is_last_distinct())
        .select("user_id", "ordered_at", "ordered_amount")
        .sort("ordered_at")
        .collect(engine="streaming")
    )
    user_events = (
        events.lazy()
        .filter(pl.col("user_id").is_in(orders["user_id"].unique().implode()))
        .unique([*IDENTITY, "event_at", *OTHER_FIELDS], keep="first", maintain_order=True)
        .sort("event_at", *ARRIVAL)
        .select("user_id", "event_at", "session")
    )
    return (
        orders.lazy()
        .join_asof(
            user_events,
            left_on="ordered_at",
            right_on="event_at",
            by="user_id",
            tolerance="30m",
            # Both are sorted; Polars cannot check it by user, and would say so.
            check_sortedness=False,
        )
        .filter(pl.col("session").is_not_null())
        .group_by("session")
        .agg(order_count=pl.len(), ordered_amount=pl.col("ordered_amount").sum())
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
