"""Raw orders that break no rule, for the three cases that read orders."""

import polars as pl
from fields import cleaned, currency, decimal, is_not_future, user, with_times
from rates import REPORTING_CURRENCY

MOST_AMOUNT = 1_000_000


def accepted_orders(records: pl.LazyFrame) -> pl.LazyFrame:
    """Checked orders with `user_id` Int64, `amount` Decimal(38, 9), `currency`, `ordered_at`, and all other columns."""
    given = ("order_id", "customer_id", "quantity", "unit_price", "amount", "currency", "status", "ordered_at")
    return (
        cleaned(records, *given)
        .rename({"ordered_at": "ordered_text"})
        .pipe(with_times, ordered_at="ordered_text")
        .with_columns(
            user_id=user(pl.col("customer_id")),
            amount=decimal("amount"),
            currency=pl.when(pl.col("currency").is_null())
            .then(pl.lit(REPORTING_CURRENCY))
            .otherwise(currency("currency")),
        )
        .filter(
            pl.col("order_id").is_not_null(),
            pl.col("user_id").is_not_null(),
            pl.col("amount").is_between(0, MOST_AMOUNT),
            pl.col("quantity").is_null() | (pl.col("quantity").cast(pl.Int64, strict=False) >= 0),
            pl.col("unit_price").is_null() | (decimal("unit_price") >= 0),
            pl.col("currency").is_not_null(),
            pl.col("status").is_not_null(),
            is_not_future("ordered_at"),
        )
    )
