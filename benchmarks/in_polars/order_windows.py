"""Five-minute windows of orders: what came before the window was final, each order once, by its first arrival."""

from pathlib import Path

import polars as pl
from fields import ARRIVAL, in_millionths, scan, with_file_numbers
from orders import accepted_orders
from rates import with_ordered_amount

WINDOW = pl.duration(minutes=5)
WATERMARK_DELAY = pl.duration(minutes=10)


def result(landing: Path) -> pl.LazyFrame:
    """The rows of fct_order_windows."""
    orders = (
        accepted_orders(with_file_numbers(scan(landing, "orders")))
        .pipe(with_ordered_amount, landing)
        .select("order_id", "user_id", "ordered_amount", "ordered_at", *ARRIVAL)
        .sort(ARRIVAL)
        .with_columns(
            window_start_at=pl.col("ordered_at").dt.truncate("5m"),
            greatest_ordered_at=pl.col("ordered_at").cum_max().shift(1),
            is_first=pl.col("order_id").is_first_distinct(),
        )
        .collect(engine="streaming")
    )
    watermark_at = orders["ordered_at"].max()
    window_end_at = pl.col("window_start_at") + WINDOW
    is_late = (pl.col("greatest_ordered_at") - WATERMARK_DELAY >= window_end_at).fill_null(False)
    return (
        orders.lazy()
        .filter("is_first", ~is_late)
        .group_by("window_start_at")
        .agg(
            order_count=pl.len(),
            ordered_amount=pl.col("ordered_amount").sum(),
            valued_order_count=pl.col("ordered_amount").count(),
            customer_count=pl.col("user_id").n_unique(),
        )
        .with_columns(
            window_end_at=window_end_at,
            window_date=pl.col("window_start_at").dt.date(),
            average_ordered_amount=in_millionths(
                (pl.col("ordered_amount") * 1_000_000).cast(pl.Int64) // pl.col("valued_order_count")
            ),
            is_final=window_end_at <= pl.lit(watermark_at) - WATERMARK_DELAY,
        )
    )
