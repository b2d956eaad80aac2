"""Order windows: orders of five minutes, without those that come after their window is final; amounts in euros."""

from parsing import ARRIVAL, ARRIVAL_SCHEMA, currency, date, decimal, integer, not_future, text, time
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812

WINDOW_MICROSECONDS = 300_000_000
DELAY_MICROSECONDS = 600_000_000
REPORTING_CURRENCY = "EUR"


def order_windows(spark: SparkSession, landing: str) -> DataFrame:
    """The windows with their orders, amounts and customers.

    An order is late when an earlier arrival, whatever its order, has brought the watermark to the end of its window.

    Args:
        landing: the folder of the raw tables.

    Returns:
        One row a window with an order that was not late.
    """
    orders = _orders(spark, landing).persist()
    days = orders.groupBy("loaded_date").agg(F.max("ordered_us").alias("greatest_us"))
    before = Window.orderBy("loaded_date").rowsBetween(Window.unboundedPreceding, -1)
    days_before = days.select("loaded_date", F.max("greatest_us").over(before).alias("greatest_before_us"))
    (greatest_us,) = days.agg(F.max("greatest_us")).first()
    earlier = Window.partitionBy("loaded_date").orderBy(*ARRIVAL).rowsBetween(Window.unboundedPreceding, -1)
    by_arrival = Window.partitionBy("order_id").orderBy(*ARRIVAL)
    return (
        orders.withColumn("greatest_within_us", F.max("ordered_us").over(earlier))
        .join(F.broadcast(days_before), "loaded_date")
        .withColumn("window_us", F.expr(f"ordered_us - pmod(ordered_us, {WINDOW_MICROSECONDS})"))
        .withColumn("end_us", F.expr(f"window_us + {WINDOW_MICROSECONDS}"))
        .withColumn(
            "is_late",
            F.expr(
                f"end_us + {DELAY_MICROSECONDS} <= coalesce(greatest(greatest_before_us, greatest_within_us), end_us)"
            ),
        )
        .withColumn("arrival_number", F.row_number().over(by_arrival))
        .where("arrival_number = 1 and not is_late")
        .groupBy("window_us", "end_us")
        .agg(
            F.count("*").alias("order_count"),
            F.expr("coalesce(sum(ordered_amount), 0)").alias("ordered_amount"),
            F.count("ordered_amount").alias("valued_order_count"),
            F.count_distinct("user_id").alias("customer_count"),
        )
        .select(
            F.expr("timestamp_micros(window_us)").alias("window_start_at"),
            F.expr("timestamp_micros(end_us)").alias("window_end_at"),
            F.expr("cast(timestamp_micros(window_us) as date)").alias("window_date"),
            "order_count",
            "ordered_amount",
            # exact, cut to millionths
            F.expr(
                "cast(floor(ordered_amount * 1000000) as bigint) div nullif(valued_order_count, 0) * 0.000001BD"
            ).alias("average_ordered_amount"),
            "valued_order_count",
            "customer_count",
            (F.col("end_us") <= F.lit(greatest_us) - DELAY_MICROSECONDS).alias("is_final"),
        )
    )


def _orders(spark: SparkSession, landing: str) -> DataFrame:
    """Accepted arrivals of orders."""
    return (
        accepted_orders(spark, landing)
        .withColumn("ordered_us", F.expr("unix_micros(ordered_at)"))
        .withColumn("loaded_date", F.expr("cast(loaded_at as date)"))
        .select("order_id", "user_id", "ordered_amount", "ordered_us", "loaded_date", *ARRIVAL)
    )


def accepted_orders(spark: SparkSession, landing: str) -> DataFrame:
    """Every arrival of an order that breaks no rule. `ordered_amount` is in euros, null where no rate is known."""
    orders = (
        spark.read.schema(
            "order_id string, customer_id string, quantity string, unit_price string, amount string,"
            " currency string, status string, ordered_at string," + ARRIVAL_SCHEMA
        )
        .parquet(f"{landing}/orders")
        .select(
            text("order_id").alias("order_id"),
            integer(text("customer_id")).alias("user_id"),
            text("quantity").alias("quantity"),
            text("unit_price").alias("unit_price"),
            decimal(text("amount"), "decimal(16, 9)").alias("order_amount"),
            text("currency").alias("currency_text"),
            text("status").alias("order_status"),
            time(text("ordered_at")).alias("ordered_at"),
            *ARRIVAL,
        )
        .where("order_id is not null and user_id > 0 and order_status is not null")
        .where("order_amount between 0 and 1000000")
        .where(F.col("quantity").isNull() | (integer(F.col("quantity")) >= 0))
        .where(F.col("unit_price").isNull() | (decimal(F.col("unit_price"), "decimal(38, 9)") >= 0))
        .where(not_future("ordered_at"))
        .withColumn(
            "currency",
            F.when(F.col("currency_text").isNull(), REPORTING_CURRENCY).otherwise(currency(F.col("currency_text"))),
        )
        .where("currency is not null")
        .withColumn("order_date", F.expr("cast(ordered_at as date)"))
    )
    in_euros = f"if(currency = '{REPORTING_CURRENCY}', order_amount, round(order_amount * exchange_rate, 9))"
    return orders.join(F.broadcast(_daily_rates(spark, landing)), ["currency", "order_date"], "left").withColumn(
        "ordered_amount", F.expr(f"cast({in_euros} as decimal(22, 9))")
    )


def _daily_rates(spark: SparkSession, landing: str) -> DataFrame:
    """The rate of each currency on each day on which there may be orders: the last one until then."""
    orders = spark.read.schema(ARRIVAL_SCHEMA).parquet(f"{landing}/orders")
    (last_day,) = orders.select(F.expr("cast(max(loaded_at) as date) + 1")).first()
    newest_first = Window.partitionBy("currency", "rate_date").orderBy(*(F.desc(name) for name in ARRIVAL))
    next_rate_date = F.lead("rate_date").over(Window.partitionBy("currency").orderBy("rate_date"))
    return (
        spark.read.schema("rate_date string, currency string, rate string," + ARRIVAL_SCHEMA)
        .parquet(f"{landing}/exchange_rates")
        .select(
            date(text("rate_date")).alias("rate_date"),
            currency(text("currency")).alias("currency"),
            decimal(text("rate"), "decimal(16, 9)").alias("exchange_rate"),
            *ARRIVAL,
        )
        .where("exchange_rate > 0 and exchange_rate <= 1000000")
        .where((F.col("rate_date") <= F.lit(last_day)) & (F.col("currency") != REPORTING_CURRENCY))
        .withColumn("arrival_number", F.row_number().over(newest_first))
        .where("arrival_number = 1")
        .withColumn("last_date", F.coalesce(F.date_sub(next_rate_date, 1), F.lit(last_day)))
        .select("currency", "exchange_rate", F.expr("explode(sequence(rate_date, last_date))").alias("order_date"))
    )
