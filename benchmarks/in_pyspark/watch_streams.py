"""Watch streams: heartbeats of one session for one program, started once, with no gap of more than 60 seconds."""

from parsing import ARRIVAL, ARRIVAL_SCHEMA, integer, not_future, text, time
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812

TIMEOUT_MICROSECONDS = 60_000_000
FIELDS = ("user_id", "program_id", "start_time", "session_id", "device", "event_time")
_STRICT_JSON = {"allowSingleQuotes": "false", "allowNonNumericNumbers": "false"}
# An object without objects, lists and brackets in it: nothing can follow it, and its fields are texts and numbers.
_FLAT_OBJECT = r"^\s*\{[^{}\[\]]*\}\s*\z"


def watch_streams(spark: SparkSession, landing: str) -> DataFrame:
    """The streams that are over.

    Args:
        landing: the folder of the raw tables.

    Returns:
        One row a stream, with its duration in seconds and what ended it: `next_program` or `timeout`.
    """
    streams = _streams(_heartbeats(spark, landing)).persist()
    # The last heartbeat of all ends a stream, so the watermark is to be found here.
    (watermark_us,) = streams.agg(F.max("ended_us")).first()
    if watermark_us is None:
        watermark_us = 0
    first_of_program = Window.partitionBy("user_id", "session_id", "program_id", "start_us").orderBy("heartbeat_number")
    return (
        streams.withColumn("is_resumed", F.row_number().over(first_of_program) > 1)
        .where(f"next_us is not null or {watermark_us} - ended_us > {TIMEOUT_MICROSECONDS}")
        .withColumn("began_us", F.expr("if(is_resumed, first_us, start_us)"))
        .select(
            F.expr(
                "md5(concat('user_id=', user_id, '|session_id=', session_id, '|program_id=', program_id,"
                " '|device=', device, '|start_at=', start_us, '|first_heartbeat_at=', first_us))"
            ).alias("stream_id"),
            "user_id",
            "program_id",
            "session_id",
            "device",
            F.expr("cast(timestamp_micros(began_us) as date)").alias("stream_date"),
            F.expr("timestamp_micros(start_us)").alias("start_at"),
            F.expr("timestamp_micros(began_us)").alias("began_at"),
            F.expr("timestamp_micros(ended_us)").alias("ended_at"),
            F.expr("cast(ended_us - began_us as decimal(18, 0)) * 0.000001BD").alias("stream_duration_seconds"),
            "heartbeat_count",
            "is_resumed",
            F.expr(f"if(next_us - ended_us <= {TIMEOUT_MICROSECONDS}, 'next_program', 'timeout')").alias("ended_by"),
        )
    )


def _streams(heartbeats: DataFrame) -> DataFrame:
    """Streams, open ones too, with the time of the heartbeat after each."""
    by_time = Window.partitionBy("user_id", "session_id").orderBy("event_us", *ARRIVAL)
    same_program = "program_id = {0}_program and start_us = {0}_start_us"
    numbered = heartbeats.withColumn("heartbeat_number", F.row_number().over(by_time))
    for name, column in (("us", "event_us"), ("program", "program_id"), ("start_us", "start_us")):
        numbered = numbered.withColumn(f"previous_{name}", F.lag(column).over(by_time))
        numbered = numbered.withColumn(f"next_{name}", F.lead(column).over(by_time))
    return (
        numbered.withColumn(
            "goes_on", F.expr(f"event_us - previous_us <= {TIMEOUT_MICROSECONDS} and {same_program.format('previous')}")
        )
        .withColumn(
            "is_end",
            F.expr(
                f"not coalesce(next_us - event_us <= {TIMEOUT_MICROSECONDS} and {same_program.format('next')}, false)"
            ),
        )
        .withColumn("is_start", F.expr("not coalesce(goes_on, false)"))
        # The first and the last heartbeat of a stream follow each other here; of a single one both are the same.
        .where("is_start or is_end")
        .withColumn("following_us", F.lead("event_us").over(by_time))
        .withColumn("following_number", F.lead("heartbeat_number").over(by_time))
        .withColumn("following_next_us", F.lead("next_us").over(by_time))
        .where("is_start")
        .select(
            "user_id",
            "session_id",
            "program_id",
            "device",
            "start_us",
            "heartbeat_number",
            F.col("event_us").alias("first_us"),
            F.expr("if(is_end, event_us, following_us)").alias("ended_us"),
            F.expr("if(is_end, next_us, following_next_us)").alias("next_us"),
            F.expr("if(is_end, 1, following_number - heartbeat_number + 1)").alias("heartbeat_count"),
        )
    )


def _heartbeats(spark: SparkSession, landing: str) -> DataFrame:
    """Accepted heartbeats; of those that say the same, the first to arrive. Streams need no other shuffle."""
    same = ("user_id", "session_id", "event_us", "program_id", "start_us", "device")
    return (
        spark.read.schema("payload string," + ARRIVAL_SCHEMA)
        .parquet(f"{landing}/playback_heartbeats")
        .select(_fields().alias("fields"), *ARRIVAL)
        .select(*(text(f"fields.{name}").alias(name) for name in FIELDS), *ARRIVAL)
        .withColumn("user_id", integer(F.col("user_id")))
        .withColumn("start_at", time(F.col("start_time")))
        .withColumn("event_at", time(F.col("event_time")))
        .where("user_id > 0 and program_id is not null and session_id is not null and device is not null")
        .where("start_at <= event_at")
        .where(not_future("event_at"))
        .withColumn("event_us", F.expr("unix_micros(event_at)"))
        .withColumn("start_us", F.expr("unix_micros(start_at)"))
        .select(*same, *ARRIVAL)
        .repartition("user_id", "session_id")
        .withColumn("copy", F.row_number().over(Window.partitionBy(*same).orderBy(*ARRIVAL)))
        .where("copy = 1")
        .drop("copy")
    )


def _fields() -> Column:
    """The fields of a payload as text; null where it is no JSON object, or the field is an object or a list."""
    document = F.try_parse_json("payload")
    values = [F.try_variant_get(document, f"$.{name}", "variant") for name in FIELDS]
    nested = [
        F.when(~F.schema_of_variant(value).rlike("^(OBJECT|ARRAY)"), value.cast("string")).alias(name)
        for name, value in zip(FIELDS, values, strict=True)
    ]
    schema = ", ".join(f"{name} string" for name in FIELDS)
    return F.when(F.col("payload").rlike(_FLAT_OBJECT), F.from_json("payload", schema, _STRICT_JSON)).otherwise(
        F.struct(*nested)
    )
