"""Web sessions: events of one user on one device with no gap of more than 30 minutes, and the orders that follow."""

from order_windows import accepted_orders
from parsing import ARRIVAL, ARRIVAL_SCHEMA, integer, not_future, text, time
from pyspark.sql import Column, DataFrame, SparkSession, Window, WindowSpec
from pyspark.sql import functions as F  # noqa: N812

TIMEOUT_MICROSECONDS = 1_800_000_000
IDENTITY = ("user_id", "device_id")


def web_sessions(spark: SparkSession, landing: str) -> DataFrame:
    """The sessions of all users and devices.

    Args:
        landing: the folder of the raw tables.

    Returns:
        One row a session, with its duration in seconds, its orders and what they are worth in euros.
    """
    events = _events_in_order(spark, landing).persist()
    orders = _session_orders(spark, landing, events)
    by_time = _by_time()
    # The first and the last event of a session follow each other here; of a single one both are the same.
    return (
        events.where("is_start or is_end")
        .withColumn("following_us", F.lead("event_us").over(by_time))
        .withColumn("following_number", F.lead("event_number").over(by_time))
        .where("is_start")
        .withColumn("ended_us", F.expr("if(is_end, event_us, following_us)"))
        .withColumn("session_id", _session_id())
        .join(orders, "session_id", "left")
        .select(
            "session_id",
            *IDENTITY,
            F.expr("cast(timestamp_micros(event_us) as date)").alias("session_date"),
            F.expr("timestamp_micros(event_us)").alias("session_started_at"),
            F.expr("timestamp_micros(ended_us)").alias("session_ended_at"),
            F.expr("cast(ended_us - event_us as decimal(18, 0)) * 0.000001BD").alias("session_duration_seconds"),
            F.expr("if(is_end, 1, following_number - event_number + 1)").alias("event_count"),
            F.expr("coalesce(order_count, 0)").alias("order_count"),
            F.expr("coalesce(ordered_amount, 0)").alias("ordered_amount"),
            F.expr("order_count is not null").alias("is_converted"),
            F.col("event_name").alias("entry_event_name"),
            "app_version",
            "client",
        )
    )


def _by_time() -> WindowSpec:
    return Window.partitionBy(*IDENTITY).orderBy("event_us", *ARRIVAL)


def _session_id() -> Column:
    """Of a session that begins at `session_started_us`."""
    return F.expr(
        "md5(concat(coalesce(concat('user_id=', user_id), ''), '|',"
        " coalesce(concat('device_id=', device_id), ''), '|', session_started_us))"
    )


def _events_in_order(spark: SparkSession, landing: str) -> DataFrame:
    """Accepted events with their number, and where sessions start and end."""
    by_time = _by_time()
    return (
        _events(spark, landing)
        .withColumn("event_number", F.row_number().over(by_time))
        .withColumn("previous_us", F.lag("event_us").over(by_time))
        .withColumn("next_us", F.lead("event_us").over(by_time))
        .withColumn("is_start", F.expr(f"coalesce(event_us - previous_us > {TIMEOUT_MICROSECONDS}, true)"))
        .withColumn("is_end", F.expr(f"coalesce(next_us - event_us > {TIMEOUT_MICROSECONDS}, true)"))
        .withColumn("session_started_us", F.max(F.expr("if(is_start, event_us, null)")).over(by_time))
    )


def _session_orders(spark: SparkSession, landing: str, events: DataFrame) -> DataFrame:
    """Orders by session: that of the last event of their user, if it is no longer ago than the timeout."""
    newest_first = Window.partitionBy("order_id").orderBy(*(F.desc(name) for name in ARRIVAL))
    orders = (
        accepted_orders(spark, landing)
        .withColumn("arrival_number", F.row_number().over(newest_first))
        .where("arrival_number = 1")
        .withColumn("at_us", F.expr("unix_micros(ordered_at)"))
        .select("user_id", "at_us", "ordered_amount", F.lit(1).alias("is_order"))
        .persist()
    )
    # At one time the event that arrived last comes last, and orders after it.
    by_time = Window.partitionBy("user_id").orderBy("at_us", "is_order", *ARRIVAL)
    return (
        events.join(F.broadcast(orders.select("user_id").distinct()), "user_id", "left_semi")
        .withColumn("at_us", F.col("event_us"))
        .select("user_id", "at_us", "event_us", "device_id", "session_started_us", *ARRIVAL)
        .unionByName(orders, allowMissingColumns=True)
        .withColumn("event", F.expr("if(is_order = 1, null, struct(event_us, device_id, session_started_us))"))
        .withColumn("last_event", F.last("event", ignorenulls=True).over(by_time))
        .where(f"is_order = 1 and at_us - last_event.event_us <= {TIMEOUT_MICROSECONDS}")
        .select("user_id", "last_event.device_id", "last_event.session_started_us", "ordered_amount")
        .groupBy(_session_id().alias("session_id"))
        .agg(F.count("*").alias("order_count"), F.sum("ordered_amount").alias("ordered_amount"))
    )


def _events(spark: SparkSession, landing: str) -> DataFrame:
    """Accepted events; of those that say the same, the first to arrive. One shuffle, which serves the sessions too."""
    same = ("user_id", "device_id", "event_us", "event_name", "app_version", "client")
    return (
        spark.read.schema(
            "event_name string, user_id string, app_version string, event_time string, device_id string, client string,"
            + ARRIVAL_SCHEMA
        )
        .parquet(f"{landing}/web_events")
        .select(
            *(text(name).alias(name) for name in ("event_name", "app_version", "device_id", "client")),
            text("user_id").alias("user_text"),
            time(text("event_time")).alias("event_at"),
            *ARRIVAL,
        )
        .withColumn("user_id", integer(F.col("user_text")))
        .where("user_id > 0 or (user_text is null and device_id is not null)")
        .where("event_name is not null")
        .where(not_future("event_at"))
        .select("user_id", "device_id", F.expr("unix_micros(event_at)").alias("event_us"), *same[3:], *ARRIVAL)
        .repartition("user_id", "device_id")
        .withColumn("copy", F.row_number().over(Window.partitionBy(*same).orderBy(*ARRIVAL)))
        .where("copy = 1")
        .drop("copy")
    )
