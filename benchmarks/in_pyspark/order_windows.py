"""Order windows: orders of five minutes, without those that come after their window is final."""

from parsing import ARRIVAL, ARRIVAL_SCHEMA, decimal, integer, not_future, text, time
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812

WINDOW_MICROSECONDS = 300_000_000
DELAY_MICROSECONDS = 600_000_000


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
            F.sum("order_amount").alias("order_amount"),
            F.count_distinct("user_id").alias("customer_count"),
        )
        .select(
            F.expr("timestamp_micros(window_us)").alias("window_start_at"),
            F.expr("timestamp_micros(end_us)").alias("window_end_at"),
            F.expr("cast(timestamp_micros(window_us) as date)").alias("window_date"),
            "order_count",
            "order_amount",
            # exact, cut to millionths
            F.expr("cast(floor(order_amount * 1000000) as bigint) div order_count * 0.000001BD").alias(
                "average_order_amount"
            ),
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
        .select("order_id", "user_id", "order_amount", "ordered_us", "loaded_date", *ARRIVAL)
    )


def accepted_orders(spark: SparkSession, landing: str) -> DataFrame:
    """Every arrival of an order that breaks no rule."""
    return (
        spark.read.schema(
            "order_id string, customer_id string, quantity string, unit_price string, amount string, status string,"
            " ordered_at string," + ARRIVAL_SCHEMA
        )
        .parquet(f"{landing}/orders")
        .select(
            text("order_id").alias("order_id"),
            integer(text("customer_id")).alias("user_id"),
            text("quantity").alias("quantity"),
            text("unit_price").alias("unit_price"),
            decimal(text("amount"), "decimal(16, 9)").alias("order_amount"),
            text("status").alias("order_status"),
            time(text("ordered_at")).alias("ordered_at"),
            *ARRIVAL,
        )
        .where("order_id is not null and user_id > 0 and order_status is not null")
        .where("order_amount between 0 and 1000000")
        .where(F.col("quantity").isNull() | (integer(F.col("quantity")) >= 0))
        .where(F.col("unit_price").isNull() | (decimal(F.col("unit_price"), "decimal(38, 9)") >= 0))
        .where(not_future("ordered_at"))
    )
