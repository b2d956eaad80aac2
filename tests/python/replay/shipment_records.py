"""Payloads of shipment changes and scans as they can arrive: few shipments, positions, scans and instants."""

import json
from datetime import datetime, timedelta

from hypothesis import strategies as st
from moments import IN_MILLISECONDS, MICROSECOND, MIDNIGHT, any_of, around_midnight, at, mostly, text


def spoilt(message: dict, path: tuple[str, ...], value: object) -> dict:
    """The message with another value in one place; unchanged where that place is in something that is null."""
    if len(path) == 1:
        return message | {path[0]: value}
    inner = message[path[0]]
    return message if inner is None else message | {path[0]: spoilt(inner, path[1:], value)}


def shipment_change(operation: str, times: tuple[int, int], source: dict, attributes: dict, form: int) -> dict:
    """A change as Debezium writes it: `times` are those of the source and of reading; what was before has the key only.

    `form` 1 says nothing of the source's time, 2 has what a deletion takes away beside it, as a few connectors do, 3
    stands beside a schema, 4 leaves out an attribute, and 5 says of one that it is as it was.
    """
    key = {"shipment_id": attributes["shipment_id"]}
    if form == 4:
        attributes = {name: value for name, value in attributes.items() if name != "carrier"}
    elif form == 5:
        attributes = attributes | {"weight": "__debezium_unavailable_value", "promised_at": 253402300799000}
    envelope = {
        "op": operation,
        "ts_ms": times[1],
        "source": source if form == 1 else {"ts_ms": times[0]} | source,
        "before": key if operation == "d" else None,
        "after": None if operation == "t" or (operation == "d" and form != 2) else attributes,
    }
    return {"schema": {"type": "struct", "fields": []}, "payload": envelope} if form == 3 else envelope


# Positions that come twice, and out of order, from PostgreSQL's log and from the numbered files of MySQL; a second log,
# and readings of the whole table.
SOURCES = any_of(
    *[st.builds(lambda lsn: {"lsn": lsn}, st.integers(1, 6))] * 4,
    st.builds(lambda lsn: {"name": "branch", "table": "shipments", "lsn": lsn}, st.integers(1, 3)),
    st.builds(
        lambda edge, lsn: {"snapshot": edge, "lsn": None, "sequence": f'[null,"{lsn}"]'},
        *(st.sampled_from(["first", "true", "last", "incremental"]), st.sampled_from([3, 7])),
    ),
    st.builds(
        lambda file, pos, row: {"file": f"binlog.{file:06}", "pos": pos, "row": row},
        *(st.sampled_from([9, 10]), st.sampled_from([4, 700]), st.sampled_from([0, 0, 1])),
    ),
)
# A clock that stands still and goes back, and changes that say what was said before.
CHANGED_AT = st.sampled_from(
    [
        IN_MILLISECONDS(MIDNIGHT + timedelta(days=day, milliseconds=milliseconds))
        for day in (0, 0, 1, -1)
        for milliseconds in (0, 0, 1, -1, 60_000)
    ]
)
SHIPPED, DELIVERED = (MIDNIGHT + timedelta(seconds=seconds) for seconds in (-1, 36 * 3600))
SHIPMENT_ATTRIBUTES = st.fixed_dictionaries(
    {
        "shipment_id": st.sampled_from(["p1", "p1", "p1", "p2", "p3"]),
        "region": st.sampled_from(["north", "north", "south", None]),
        "carrier": st.sampled_from(["dhl", "dhl", "ups", None]),
        "status": mostly(["created", "in_transit", "delivered"], "on_a_drone"),
        "weight": st.sampled_from([1.5, 1.5, "1.50", 2, 0, None]),
        "shipped_at": st.none() | at(SHIPPED, SHIPPED, MIDNIGHT, SHIPPED - timedelta(days=40)),
        # Promises that are kept, broken, and not yet due when files arrive.
        "promised_at": st.none() | at(DELIVERED, DELIVERED - timedelta(seconds=1), datetime(2025, 3, 13, 6)),
        "delivered_at": st.none() | at(DELIVERED, DELIVERED, MIDNIGHT),
        "updated_at": st.none() | at(MIDNIGHT),
    }
)
SHIPMENT_CHANGES = st.builds(
    shipment_change,
    st.sampled_from(["c", "u", "u", "u", "u", "d", "r", "r", "t"]),
    st.tuples(CHANGED_AT, CHANGED_AT),
    *(SOURCES, SHIPMENT_ATTRIBUTES, mostly([0], 1, 2, 3, 4, 5)),
)
CHANGE_FAULTS: list[tuple[tuple[str, ...], object]] = [
    *((("op",), value) for value in (None, "x", "m")),
    *((("source", "table"), value) for value in ("orders", "debezium_signal")),
    *((("source",), value) for value in (None, {}, {"lsn": "3"}, {"lsn": "here"}, {"lsn": -1}, {"lsn": 3, "ts_ms": 0})),
    *((("source", "ts_ms"), value) for value in ("noon", IN_MILLISECONDS(MIDNIGHT + timedelta(days=3650)))),
    *((("after",), value) for value in (None, "gone", {})),
    *((("before",), value) for value in (None, {})),
    *((("after", "shipment_id"), value) for value in (None, " ")),
    *((("after", "status"), value) for value in (None, "")),
    *((("after", "weight"), value) for value in ("heavy", -1, "NaN", "MDk=")),
    *((("after", name), "soon") for name in ("shipped_at", "promised_at", "delivered_at", "updated_at")),
    *((("after", "promised_at"), value) for value in (1, "infinity", "1970-01-01T00:00:00Z")),
    (("after", "delivered_at"), text(SHIPPED - timedelta(days=50))),
]
CHANGE_PAYLOADS = any_of(
    *[SHIPMENT_CHANGES.map(json.dumps)] * 17,
    *[
        st.builds(
            lambda change, fault: json.dumps(spoilt(change, *fault)), SHIPMENT_CHANGES, st.sampled_from(CHANGE_FAULTS)
        )
    ]
    * 2,
    st.sampled_from([None, "", "{}", "[1]", "null", '{"op": "u"', "connector restarted", '{"ts_ms": 1741649400000}']),
)

# Windows of 300 s with a watermark of 600 s; a window ends in lateness a day after that: 87000 s after its end.
SCAN_TIMES = any_of(
    *[
        around_midnight(
            *(-300, -MICROSECOND, 0, 0, 1, 299, 300 - MICROSECOND, 300, 600, 601),
            *(900 - MICROSECOND, 900, 900 + MICROSECOND),
            *(87000 - MICROSECOND, 87000, 87300 - MICROSECOND, 87300, 87300 + MICROSECOND),
            odd=(None, "", "noon", 0, text(MIDNIGHT + timedelta(days=3650))),
        )
    ]
    * 4,
    at(MIDNIGHT, MIDNIGHT + timedelta(seconds=300)),
)
SCAN_PAYLOADS = any_of(
    *[
        st.builds(
            lambda **fields: json.dumps(fields),
            event_id=mostly(["e1", "e1", "e2", "e3", "e4", "e5", "e6"], None),
            shipment_id=mostly(["p1", "p1", "p2"], None),
            status=mostly(["in_transit", "delivered"], "on_a_drone", None),
            location=st.sampled_from(["depot", "depot", "van", None]),
            event_time=SCAN_TIMES,
        )
    ]
    * 19,
    st.sampled_from([None, "", "{}", "[1]", "null", '{"event_id": "e1', "beep"]),
)
