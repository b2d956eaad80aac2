"""Daily metrics: events and orders of every user who is active on a day, for every day with an event or order."""

from datetime import date
from pathlib import Path

import polars as pl
from fields import ARRIVAL, cleaned, is_not_future, scan, user, with_file_numbers, with_times
from log_lines import daily_user_events
from orders import accepted_orders
from rates import with_ordered_amount

USER_DAY = ("metric_date", "user_id")


def result(landing: Path) -> pl.LazyFrame:
    """The rows of fct_daily_user_metrics."""
    events = daily_user_events(landing).collect(engine="streaming")
    orders = _daily_user_orders(landing).collect(engine="streaming")
    days = pl.concat([events["metric_date"], orders["metric_date"]]).unique().sort()
    return (
        _active_user_days(landing, days)
        .join(events.lazy(), on=USER_DAY, how="left")
        .join(orders.lazy(), on=USER_DAY, how="left")
        .with_columns(pl.col("total_events", "total_orders", "total_revenue").fill_null(0))
    )


def _daily_user_orders(landing: Path) -> pl.LazyFrame:
    """Completed orders and their amount in euros by day and user; an order counts as its last record says."""
    is_completed = pl.col("status") == "completed"
    return (
        accepted_orders(with_file_numbers(scan(landing, "orders")))
        .pipe(with_ordered_amount, landing)
        .select("order_id", "user_id", "status", "ordered_amount", pl.col("order_date").alias("metric_date"), *ARRIVAL)
        .sort(ARRIVAL)
        .filter(pl.col("order_id").is_last_distinct())
        .group_by(USER_DAY)
        .agg(
            total_orders=is_completed.sum(),
            total_revenue=pl.when(is_completed).then("ordered_amount").sum(),
        )
    )


def _active_user_days(landing: Path, days: pl.Series) -> pl.LazyFrame:
    """`metric_date`, id, name and country of the users active on each day, by their last change until its end."""
    changes = pl.concat([_profiles(landing), _identities(landing)], how="diagonal")
    of_user = pl.col("profile", "is_active").forward_fill().backward_fill().over("user_id")
    number = pl.int_ranges("first_day", "end_day")
    versions = (
        changes.group_by("user_id", "changed_at")
        .agg(pl.col("profile", "is_active").drop_nulls().first())
        .sort("user_id", "changed_at")
        # The first record of a kind holds for the time before it, too. Users are those with a profile.
        .with_columns(of_user)
        .filter(pl.col("profile").is_not_null())
        .with_columns(
            change_date=pl.when(pl.col("user_id") == pl.col("user_id").shift(1))
            .then(pl.col("changed_at").dt.date())
            .otherwise(date.min)
        )
        .unique(["user_id", "change_date"], keep="last", maintain_order=True)
        .with_columns(
            first_day=pl.lit(days).search_sorted(pl.col("change_date")),
            end_day=pl.lit(days).search_sorted(pl.col("change_date").shift(-1).over("user_id").fill_null(date.max)),
        )
        .filter("is_active")
    )
    return (
        versions.select("user_id", "profile", day=number)
        .unnest("profile")
        .explode("day", empty_as_null=False)
        .select("user_id", "user_name", "country", metric_date=pl.lit(days).gather(pl.col("day")))
    )


def _profiles(landing: Path) -> pl.LazyFrame:
    """Names and countries of users by `changed_at`; of records with the same time the last to arrive counts."""
    return (
        with_file_numbers(scan(landing, "users"))
        .pipe(cleaned, "user_id", "user_name", "country", "created_at", "updated_at")
        .pipe(with_times, changed_at="updated_at", created="created_at")
        .with_columns(user_id=user(pl.col("user_id")))
        .filter(
            pl.col("user_id").is_not_null() & pl.col("user_name").is_not_null(),
            pl.col("created_at").is_null() | pl.col("created").is_not_null(),
            is_not_future("changed_at"),
        )
        .sort(ARRIVAL)
        .unique(["user_id", "changed_at"], keep="last")
        .select("user_id", "changed_at", profile=pl.struct("user_name", "country"))
    )


def _identities(landing: Path) -> pl.LazyFrame:
    """Whether users are active by `changed_at`; of records with the same time the last to arrive counts."""
    is_active = pl.col("is_active").str.to_lowercase()
    return (
        with_file_numbers(scan(landing, "active_users"))
        .pipe(cleaned, "user_id", "is_active", "updated_at")
        .pipe(with_times, changed_at="updated_at")
        .with_columns(
            user_id=user(pl.col("user_id")),
            is_active=pl.when(is_active.is_in(["true", "false"])).then(is_active == "true"),
        )
        .filter(
            pl.col("user_id").is_not_null() & pl.col("is_active").is_not_null(),
            is_not_future("changed_at"),
        )
        .sort(ARRIVAL)
        .unique(["user_id", "changed_at"], keep="last")
        .select("user_id", "changed_at", "is_active")
    )
