"""Generated tables, and questions in SQL to them."""

import dataclasses

import duckdb
import pyarrow as pa

from datagen.chunks import plan
from datagen.dials import Dials
from datagen.tables import MAKERS

QUIET = Dials(
    web_events=60_000, log_lines=60_000, orders=40_000, user_events=60_000, heartbeats=60_000,
    shipment_changes=40_000, shipment_scans=40_000, users=4000,
    late_share=0, duplicate_share=0, malformed_share=0,
    unknown_user_share=0, inactive_share=0, hot_key_share=0, midnight_share=0, order_update_share=0,
)  # fmt: skip
# DuckDB's cast of text to timestamp ignores the offset; this does not.
UTC = "({}::timestamptz at time zone 'UTC')"
# A JSON value that is a time, in UTC: text, or a number of seconds, milliseconds or microseconds.
TIME_OF_VALUE = """(case
    when {0} not similar to '[0-9]+' then {0}::timestamptz at time zone 'UTC'
    else make_timestamp({0}::bigint * case length({0}) when 10 then 1000000 when 13 then 1000 else 1 end)
end)"""
SCANNED_AT = TIME_OF_VALUE.format("(payload ->> 'event_time')")
CHANGED_AT = "epoch_ms((payload -> 'source' ->> 'ts_ms')::bigint)"


def made(table: str, **dials: float) -> pa.Table:
    """A whole table, with all dials off but those given."""
    maker = MAKERS[table](dataclasses.replace(QUIET, **dials))
    return pa.concat_tables([maker.make(chunk) for chunk in plan(maker.total)])


def rows_of(rows: pa.Table, query: str) -> list[tuple]:
    """The rows of a query over `rows`, with all times in UTC."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.from_arrow(rows).query("rows", query).fetchall()


def ask(rows: pa.Table, question: str) -> float:
    """The answer to one SQL expression over `rows`."""
    return float(rows_of(rows, f"select {question} from rows")[0][0])
