"""Web sessions: events of one user on one device with no gap of more than 30 minutes."""

from parsing import ARRIVAL, ARRIVAL_SCHEMA, integer, not_future, text, time
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812

TIMEOUT_MICROSECONDS = 1_800_000_000


def web_sessions(spark: SparkSession, landing: str) -> DataFrame:
    """The sessions of all users and devices.

    Args:
        landing: the folder of the raw tables.

    Returns:
        One row a session, with its duration in seconds.
    """
    identity = ("user_id", "device_id")
    by_time = Window.partitionBy(*identity).orderBy("event_us", *ARRIVAL)
    numbered = (
        _events(spark, landing)
        .withColumn("event_number", F.row_number().over(by_time))
        .withColumn("previous_us", F.lag("event_us").over(by_time))
        .withColumn("next_us", F.lead("event_us").over(by_time))
        .withColumn("is_start", F.expr(f"coalesce(event_us - previous_us > {TIMEOUT_MICROSECONDS}, true)"))
        .withColumn("is_end", F.expr(f"coalesce(next_us - event_us > {TIMEOUT_MICROSECONDS}, true)"))
    )
    # The first and the last event of a session follow each other here; of a single one both are the same.
    return (
        numbered.where("is_start or is_end")
        .withColumn("following_us", F.lead("event_us").over(by_time))
        .withColumn("following_number", F.lead("event_number").over(by_time))
        .where("is_start")
        .withColumn("ended_us", F.expr("if(is_end, event_us, following_us)"))
        .select(
            F.expr(
                "md5(concat(coalesce(concat('user_id=', user_id), ''), '|',"
                " coalesce(concat('device_id=', device_id), ''), '|', event_us))"
            ).alias("session_id"),
            *identity,
            F.expr("cast(timestamp_micros(event_us) as date)").alias("session_date"),
            F.expr("timestamp_micros(event_us)").alias("session_started_at"),
            F.expr("timestamp_micros(ended_us)").alias("session_ended_at"),
            F.expr("cast(ended_us - event_us as decimal(18, 0)) * 0.000001BD").alias("session_duration_seconds"),
            F.expr("if(is_end, 1, following_number - event_number + 1)").alias("event_count"),
            F.col("event_name").alias("entry_event_name"),
            "app_version",
            "client",
        )
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
