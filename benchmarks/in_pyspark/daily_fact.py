"""Daily user metrics: events, orders and revenue of every active user on every day on which something happened."""

from order_windows import accepted_orders
from parsing import ARRIVAL, ARRIVAL_SCHEMA, date, integer, not_future, text, time
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812

LONGEST_LINE = 65536
PLACE = ("source_file", "source_position")


def daily_fact(spark: SparkSession, landing: str) -> DataFrame:
    """Events, completed orders and their revenue by user and day, with the name and country of the user on that day.

    Args:
        landing: the folder of the raw tables.

    Returns:
        One row for each day with an accepted event or order and each user who was active on it.
    """
    metrics = (
        _events(spark, landing)
        .unionByName(_orders(spark, landing))
        .groupBy("metric_date", "user_id")
        .agg(*(F.sum(name).alias(name) for name in ("total_events", "total_orders", "total_revenue")))
        .persist()
    )
    days = metrics.select("metric_date").distinct()
    active = _active(spark, landing)
    return (
        active.join(F.broadcast(days), F.expr("metric_date >= from_date and metric_date < to_date"))
        .join(metrics, ["metric_date", "user_id"], "left")
        .select(
            "metric_date",
            "user_id",
            "user_name",
            "country",
            F.expr("coalesce(total_events, 0)").alias("total_events"),
            F.expr("coalesce(total_orders, 0)").alias("total_orders"),
            F.expr("coalesce(total_revenue, 0)").alias("total_revenue"),
        )
    )


def _events(spark: SparkSession, landing: str) -> DataFrame:
    """Accepted log lines by day and user. What a place of a file delivers again is no new line."""
    raw = (
        spark.read.schema("log_line string," + ARRIVAL_SCHEMA)
        .parquet(f"{landing}/app_logs")
        .withColumn("place", F.xxhash64("source_file", "source_position"))
    )
    # Few places come twice, and only lines from there need to be compared.
    repeated = raw.groupBy("place").count().where("count > 1").select("place", F.lit(True).alias("is_repeated"))
    identity = ("source_file", "source_position", "event_name", "extra")
    return (
        raw.join(F.broadcast(repeated), "place", "left")
        .where(f"length(log_line) <= {LONGEST_LINE} and not contains(log_line, chr(0)) and contains(log_line, '|')")
        .withColumn("line", F.trim(F.rtrim("log_line", F.lit("\r\n"))))
        .withColumn("padded", F.expr("concat('|', line, '|')"))
        .withColumn("user_at", F.expr("locate('|user=', padded)"))
        .withColumn("event_at", F.expr("locate('|event=', padded)"))
        .where("user_at > 0 and event_at > 0")
        .where("locate('|user=', padded, user_at + 1) = 0 and locate('|event=', padded, event_at + 1) = 0")
        .withColumn("user_field", F.expr("substring_index(substr(padded, user_at + 6), '|', 1)"))
        .withColumn("event_field", F.expr("substring_index(substr(padded, event_at + 7), '|', 1)"))
        .withColumn("date_text", F.expr("trim(substring_index(line, '|', 1))"))
        .withColumn("user_text", F.trim("user_field"))
        .withColumn("event_name", F.trim("event_field"))
        .withColumn("metric_date", date(F.col("date_text")))
        .withColumn("user_id", integer(F.col("user_text")))
        .where("user_id > 0 and event_name != ''")
        .where(not_future("metric_date"))
        .withColumn("extra", _extra())
        .groupBy("metric_date", "user_id", *(F.expr(f"if(is_repeated, {name}, null)").alias(name) for name in identity))
        .agg(F.count("*").alias("lines"))
        .select(
            "metric_date",
            "user_id",
            F.expr("if(source_position is null, lines, 1L)").alias("total_events"),
            F.expr("0L").alias("total_orders"),
            F.expr("cast(0 as decimal(22, 9))").alias("total_revenue"),
        )
    )


def _extra() -> Column:
    """What is left of a line without its date, user and event."""
    rest = F.expr("substr(padded, locate('|', line) + 1)")
    for key in ("user", "event"):
        rest = F.replace(rest, F.concat(F.lit(f"|{key}="), f"{key}_field", F.lit("|")), F.lit("|"))
    return F.trim(rest, F.lit("|"))


def _orders(spark: SparkSession, landing: str) -> DataFrame:
    """The last arrival of each order: completed orders and their revenue in euros by day and user."""
    newest_first = Window.partitionBy("order_id").orderBy(*(F.desc(name) for name in ARRIVAL))
    return (
        accepted_orders(spark, landing)
        .select(
            "order_id",
            "user_id",
            F.col("order_date").alias("metric_date"),
            F.expr("order_status = 'completed'").alias("is_completed"),
            "ordered_amount",
            *ARRIVAL,
        )
        .withColumn("arrival_number", F.row_number().over(newest_first))
        .where("arrival_number = 1")
        .select(
            "metric_date",
            "user_id",
            F.expr("0L").alias("total_events"),
            F.expr("if(is_completed, 1L, 0L)").alias("total_orders"),
            F.expr("if(is_completed, coalesce(ordered_amount, 0), 0)").cast("decimal(22, 9)").alias("total_revenue"),
        )
    )


def _active(spark: SparkSession, landing: str) -> DataFrame:
    """Names and countries of users for the ranges of days, from inclusive, to exclusive, on which they were active."""
    names = _ranges(
        spark.read.schema(
            "user_id string, user_name string, country string, created_at string, updated_at string," + ARRIVAL_SCHEMA
        )
        .parquet(f"{landing}/users")
        .withColumn("user_name", text("user_name"))
        .withColumn("country", text("country"))
        .withColumn("created_at", text("created_at"))
        .where("user_name is not null")
        .where(F.col("created_at").isNull() | time(F.col("created_at")).isNotNull()),
        "user_name",
        "country",
    )
    active = _ranges(
        spark.read.schema("user_id string, is_active string, updated_at string," + ARRIVAL_SCHEMA)
        .parquet(f"{landing}/active_users")
        .withColumn("is_active", F.lower(text("is_active")))
        .where("is_active in ('true', 'false')"),
        "is_active",
    ).where("is_active = 'true'")
    return (
        names.alias("names")
        .join(active.alias("active"), "user_id")
        .select(
            "user_id",
            "user_name",
            "country",
            F.expr("greatest(names.from_date, active.from_date)").alias("from_date"),
            F.expr("least(names.to_date, active.to_date)").alias("to_date"),
        )
        .where("from_date < to_date")
    )


def _ranges(records: DataFrame, *values: str) -> DataFrame:
    """What users' records say, by ranges of days: the last of a day counts from then on, the first also before."""
    by_time = Window.partitionBy("user_id").orderBy("updated_at")
    newest_first = Window.partitionBy("user_id", "updated_at").orderBy(*(F.desc(name) for name in ARRIVAL))
    return (
        records.withColumn("user_id", integer(text("user_id")))
        .withColumn("updated_at", time(text("updated_at")))
        .where("user_id > 0")
        .where(not_future("updated_at"))
        .repartition("user_id")
        .withColumn("arrival_number", F.row_number().over(newest_first))
        .where("arrival_number = 1")
        .withColumn("number", F.row_number().over(by_time))
        .withColumn("next_updated_at", F.lead("updated_at").over(by_time))
        .select(
            "user_id",
            *values,
            F.expr("if(number = 1, date'0001-01-01', cast(updated_at as date))").alias("from_date"),
            F.expr("coalesce(cast(next_updated_at as date), date'9999-12-31')").alias("to_date"),
        )
        .where("from_date < to_date")
    )
