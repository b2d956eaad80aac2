"""Raw records as they can arrive, from a small world: few users, days and instants, so that everything collides."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st
from moments import (
    EVENING,
    MICROSECOND,
    MIDNIGHT,
    SESSION_TIMEOUT,
    any_of,
    around_midnight,
    mostly,
    text,
    text_elsewhere,
)
from shipment_records import CHANGE_PAYLOADS, CHANGED_AT, SCAN_PAYLOADS, spoilt

from warehouse.raw_contract import ARRIVAL_COLUMNS, CHANGE_DATA_TABLES, MALFORMED_LINE, PAYLOAD, TABLES

# The columns of raw tables, some of which may hold change data; and what all of them have beside.
RAW_COLUMNS = {
    table: (*columns, *((PAYLOAD,) if table in CHANGE_DATA_TABLES else ())) for table, columns in TABLES.items()
}
COLUMNS = (*ARRIVAL_COLUMNS, MALFORMED_LINE)


@dataclass(frozen=True)
class Record:
    """One raw record: the texts of its fields, in the order of RAW_COLUMNS, its arrival, and its malformed line.

    A row has no payload, which may be left out.
    """

    table: str
    fields: tuple[str | None, ...]
    loaded_at: datetime
    source_file: str
    source_position: int
    malformed_line: str | None = None

    @property
    def row(self) -> tuple:
        """In the order of COLUMNS after those of the table."""
        left_out = (None,) * (len(RAW_COLUMNS[self.table]) - len(self.fields))
        return *self.fields, *left_out, self.loaded_at, self.source_file, self.source_position, self.malformed_line

    @property
    def arrival(self) -> tuple:
        """What no two records of raw share."""
        return self.table, self.loaded_at, self.source_file, self.source_position

    def delivered_again(self, loaded_at: datetime) -> "Record":
        """The same record of the same place of the same file, at another time."""
        return replace(self, loaded_at=loaded_at)


# Gaps of exactly the session timeout, of a microsecond more, of none; other days, beyond all data too.
_EVENT_TIMES = st.builds(
    lambda write, day, gaps, microseconds: write(
        EVENING + timedelta(days=day, microseconds=microseconds) + gaps * SESSION_TIMEOUT
    ),
    st.sampled_from([text, text, text, text_elsewhere]),
    mostly([0, 0, 0, 1, 2, -1], -365, 3650),
    st.sampled_from([0, 1, 2, 3, 4, -8]),
    st.sampled_from([0, 0, 0, 1, 2]),
)
EVENT_TIMES = any_of(*[_EVENT_TIMES] * 19, st.sampled_from([None, "", "yesterday", "2025-02-30 10:00:00"]))


# Ends of windows of 10 s and 5 s after them, horizons of 10 s, joins of 5 s, watermarks of 3 s; with the days, what is
# remembered for exactly a day.
USER_EVENT_TIMES = around_midnight(
    *(0, 0, MICROSECOND, 3, 5, 5 + MICROSECOND, 8),
    *(10 - MICROSECOND, 10, 10 + MICROSECOND, 11),
    *(15 - MICROSECOND, 15, 20, 25),
    *(-MICROSECOND, -3, -5, -5 - MICROSECOND, -6, -10, -15),
    odd=(None, "", "noon", text_elsewhere(MIDNIGHT), text(MIDNIGHT + timedelta(days=3650))),
)
# And windows of 300 s with a watermark of 600 s.
ORDER_TIMES = any_of(
    EVENT_TIMES,
    around_midnight(
        *(-300, -5, 0, 2, 3, 5, 6, 10, 300 - MICROSECOND, 300, 600),
        *(900 - MICROSECOND, 900, 900 + MICROSECOND),
    ),
)
# Gaps of 60 s and around it, after more than one heartbeat.
HEARTBEAT_TIMES = around_midnight(
    *(-61, -60, -56, 0, 0, 4, 8, 59, 60, 60 + MICROSECOND, 61, 64, 68),
    *(119, 120, 120 + MICROSECOND, 121, 124, 181, 3600),
    odd=(None, "", "noon", text_elsewhere(MIDNIGHT), text(MIDNIGHT + timedelta(days=3650))),
)
CHANGE_TIMES = mostly(
    [text(EVENING + timedelta(days=day)) for day in (0, -400, -1, 1)] + [text(EVENING + timedelta(hours=1))],
    text_elsewhere(EVENING),
    None,
    "noon",
    text(EVENING + timedelta(days=3650)),
)
DAYS = mostly(["2025-03-10", "2025-03-11", "2025-03-09", "2025-03-12"], "2024-03-10", "2035-03-10", "2025-13-01", "")
# Of the days around midnight, before all orders, after them, and of no calendar.
RATE_DATES = mostly(
    ["2025-03-10", "2025-03-11", "2025-03-09", "2025-03-12"],
    *("2025-03-01", "2024-03-10", "2035-03-10", "2025-02-30", "2025-03-10 00:00:00", "", None),
)
RATES = mostly(["0.92", "0.915425317", "0.5", "0.000000001", "1000000"], "1", "0", "-1", "1000000.01", "0,92", None)
USERS = mostly(["1", "2", "3", "4"], "5", " 1 ", "+2", None, "", "0", "x", "99999999999999999999")
WEB_USERS = mostly(["1", "2", None], "", "x", "-1")
HEARTBEAT_FIELDS = ("user_id", "program_id", "start_time", "session_id", "device", "event_time")
LOG_LINES = any_of(
    *[
        st.builds(
            "{}|user={}|event={}{}".format, DAYS, USERS, mostly(["view", "buy"], ""), mostly([""], "|ip=1", "|user=2")
        )
    ]
    * 9,
    st.sampled_from([None, "", "\r\n", "nothing", "2025-03-10|user=1|event=\x00", "2025-03-10|" + "x" * 65536]),
)

PAYLOADS = any_of(
    *[
        st.builds(
            lambda *fields: json.dumps(dict(zip(HEARTBEAT_FIELDS, fields, strict=True))),
            mostly([1, 1, 2], "1", None, 0, "x"),
            mostly(["p1", "p1", "p2"], None, ""),
            mostly(
                [text(MIDNIGHT - timedelta(seconds=400)), text(MIDNIGHT - timedelta(seconds=3700))],
                text(MIDNIGHT),
                None,
            ),
            mostly(["s1", "s1", "s2"], None),
            mostly(["tv", "tv", "phone"], None),
            HEARTBEAT_TIMES,
        )
    ]
    * 19,
    st.sampled_from([None, "", "{}", "[1]", "null", '{"user_id": 1', "stopped"]),
)

FIELDS: dict[str, tuple[st.SearchStrategy, ...]] = {
    "app_logs": (LOG_LINES,),
    "users": (
        USERS,
        mostly(["Ann", "Bob"], None),
        mostly(["a@x", "b@x"], None),
        mostly(["DE", "FR"], None),
        mostly([text(EVENING - timedelta(days=400))], None, "long ago"),
        CHANGE_TIMES,
    ),
    "active_users": (USERS, mostly(["true", "true", "false"], "FALSE", None, "maybe"), CHANGE_TIMES),
    "orders": (
        mostly(["o1", "o2", "o3", "o4", "o5"], None),
        USERS,
        mostly(["p1"], None),
        mostly(["1", "2"], None, "-1"),
        mostly(["2.50"], None, "cheap"),
        mostly(["10.00", "0.000000001", "20"], None, "-1", "1e2", "1000000.01"),
        mostly(["EUR", "USD", "USD", "jpy"], None, "NOK", "Euro"),
        mostly(["completed", "completed", "refunded", "pending"], "lost", "lost", None),
        ORDER_TIMES,
    ),
    "exchange_rates": (RATE_DATES, mostly(["USD", "USD", "JPY"], "usd", "EUR", None, "Yen"), RATES),
    "user_events": (
        mostly(["e1", "e1", "e2", "e3", "e4", "e5", "e6"], None),
        mostly(["1", "1", "2"], None, "x"),
        mostly(["view", "buy"], None),
        USER_EVENT_TIMES,
    ),
    "web_events": (
        mostly(["click", "view"], None),
        WEB_USERS,
        mostly(["1.0", "1.0", "2.0"], None),
        EVENT_TIMES,
        mostly(["d1", "d2"], None),
        mostly(["web"], "tv", None),
    ),
    "playback_heartbeats": (PAYLOADS,),
    "shipment_changes": (CHANGE_PAYLOADS,),
    "shipment_scans": (SCAN_PAYLOADS,),
}
assert {table: len(fields) for table, fields in FIELDS.items()} == {table: len(TABLES[table]) for table in TABLES}

# What is wrong with change data of users and orders: where, and what stands there.
ROW_CHANGE_FAULTS: list[tuple[tuple[str, ...], object]] = [
    *((("op",), value) for value in (None, "x", "m", "t")),
    *((("source",), value) for value in (None, {"lsn": -1}, {"lsn": 3, "ts_ms": "noon"})),
    *((("source", "table"), value) for value in ("carts", "debezium_signal")),
    *((("after",), value) for value in (None, {}, {"note": "all else is gone"})),
]


def row_changes(table: str) -> st.SearchStrategy[str]:
    """Change data of users or orders, at few positions of one log: the same rows, good and bad, and other messages."""
    changes = st.builds(
        lambda op, at, lsn, row: {"op": op, "ts_ms": at, "source": {"ts_ms": at, "lsn": lsn}, "after": row},
        *(mostly(["c", "u", "u", "r"], "d"), CHANGED_AT, st.integers(1, 4)),
        st.fixed_dictionaries(dict(zip(TABLES[table], FIELDS[table], strict=True))),
    )
    faulty = st.builds(lambda change, fault: spoilt(change, *fault), changes, st.sampled_from(ROW_CHANGE_FAULTS))
    other = st.sampled_from(["", "[1]", "null", '{"op": "u"', '{"ts_ms": 1741649400000}', '{"payload": null}'])
    return any_of(*[changes.map(json.dumps)] * 7, *[faulty.map(json.dumps)] * 2, other)


# Morning loads, some of them in one minute, and clocks that are days wrong, years ahead, or not set at all.
LOAD_TIMES = mostly(
    [datetime(2025, 3, 13, 6) + timedelta(seconds=seconds) for seconds in (0, 0, 1, 60, 86400, -86400, -3 * 86400)],
    datetime(2026, 3, 13, 6),
    datetime(2035, 3, 13, 6),
    datetime(1969, 12, 31, 23, 59, 30),
)
FILES = st.sampled_from(["a", "b"])
POSITIONS = st.integers(1, 4)


def records(table: str) -> st.SearchStrategy[Record]:
    """Records of a raw table, good and bad, some of them change data, and lines that are no records."""
    nothing = (None,) * len(TABLES[table])
    kinds = [st.tuples(*FIELDS[table])] * 14
    if table in CHANGE_DATA_TABLES:
        kinds += [row_changes(table).map(lambda payload: (*nothing, payload))] * 5
    whole = st.builds(Record, st.just(table), any_of(*kinds), LOAD_TIMES, FILES, POSITIONS)
    lines = st.sampled_from(["o2,1,p1", '{"a'])
    torn = st.builds(Record, st.just(table), st.just(nothing), LOAD_TIMES, FILES, POSITIONS, lines)
    return any_of(*[whole] * 19, torn)
