"""Amounts in euros, for the three cases that read orders."""

from datetime import timedelta
from pathlib import Path

import polars as pl
from fields import ARRIVAL, cleaned, currency, decimal, scan

REPORTING_CURRENCY = "EUR"
MOST_RATE = 1_000_000
# Twice the decimals of an amount or a rate: their product is exact.
EXACT = pl.Decimal(38, 18)


def with_ordered_amount(orders: pl.LazyFrame, landing: Path) -> pl.LazyFrame:
    """Accepted orders with `ordered_amount`: in euros, by the rate of their day; null where there is none."""
    product = pl.col("amount").cast(EXACT) * pl.col("exchange_rate").cast(EXACT)
    rounded = product.round(9, mode="half_away_from_zero").cast(pl.Decimal(38, 9))
    return (
        orders.with_columns(order_date=pl.col("ordered_at").dt.date())
        .join(_daily_rates(landing), on=("currency", "order_date"), how="left")
        .with_columns(
            ordered_amount=pl.when(pl.col("currency") == REPORTING_CURRENCY).then("amount").otherwise(rounded)
        )
    )


def _daily_rates(landing: Path) -> pl.LazyFrame:
    """`currency`, `order_date`, `exchange_rate` of each day on which there may be orders: the last one until then."""
    (last_arrival,) = scan(landing, "orders").select(pl.col("loaded_at").max()).collect().to_series()
    end = last_arrival.date() + timedelta(days=2)
    next_rate_date = pl.col("rate_date").shift(-1).over("currency").fill_null(end)
    date_text = pl.col("rate_date")
    return (
        cleaned(scan(landing, "exchange_rates"), "rate_date", "currency", "rate")
        .with_columns(
            rate_date=pl.when(date_text.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))
            .then(date_text)
            .str.to_date("%Y-%m-%d", strict=False),
            currency=currency("currency"),
            exchange_rate=decimal("rate"),
        )
        .filter(
            pl.col("rate_date") < end,
            pl.col("rate_date").dt.year() > 0,
            pl.col("currency") != REPORTING_CURRENCY,
            pl.col("exchange_rate") > 0,
            pl.col("exchange_rate") <= MOST_RATE,
        )
        .sort(ARRIVAL)
        .unique(["currency", "rate_date"], keep="last")
        .sort("currency", "rate_date")
        .select("currency", "exchange_rate", order_date=pl.date_ranges("rate_date", next_rate_date, closed="left"))
        .explode("order_date", empty_as_null=False)
    )
