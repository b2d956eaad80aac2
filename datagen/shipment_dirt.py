"""The literal records of shipment changes: what is wrong with them, what is just right, and what is out of order.

Records of one hour arrive in the order in which they stand here.
"""

from datetime import UTC, datetime

from datagen.literal import ABSENT, Dirt, json_of, message, whole_time

# The log of a database of their own, so that their low positions are no restart of the log that is made up.
_LOG = "counter"


def _milliseconds(hour: str, time: str) -> int:
    """A time as for `whole_time`, as milliseconds since 1970."""
    return int(datetime.fromisoformat(whole_time(hour, time)).replace(tzinfo=UTC).timestamp()) * 1000


def _change(
    kind: str, hour: str, time: str, shipment: object, lsn: object, op: object = "u", /, **changed: object
) -> Dirt:
    """A change of a shipment that is fine (in_transit, 2.5 kg, promised for the 20th) but for what `changed` says.

    `changed` names attributes, or `ts_ms`, `source`, `before`, `after` as a whole; ABSENT leaves one out. `time` is
    whole, or minute and second of the hour.
    """
    at = _milliseconds(hour, time)
    attributes = {
        **{"shipment_id": shipment, "region": "north", "carrier": "dhl", "status": "in_transit", "weight": 2.5},
        **{"shipped_at": "2025-02-08 09:00:00", "promised_at": "2025-02-20 18:00:00", "delivered_at": None},
        "updated_at": at,
    }
    envelope = {
        **{"op": op, "ts_ms": at + 250, "source": {"name": _LOG, "ts_ms": at, "lsn": lsn}},
        "before": {"shipment_id": shipment} if op == "d" else None,
        "after": None if op == "d" else {name: changed.get(name, value) for name, value in attributes.items()},
    }
    envelope |= {name: value for name, value in changed.items() if name not in attributes}
    if isinstance(envelope["source"], dict):
        envelope["source"] = {"name": _LOG} | envelope["source"]
    return message(kind, hour, json_of(envelope))


def _binlog(file: object, pos: object, row: int, hour: str, time: str) -> dict[str, object]:
    """A position in the binary log of MySQL or MariaDB."""
    return {"name": "counter-mysql", "ts_ms": _milliseconds(hour, time), "file": file, "pos": pos, "row": row}


def _in_branch(
    kind: str, hour: str, time: str, shipment: object, lsn: object, op: object = "u", /, **more: object
) -> Dirt:
    """A change in the log of another database, whose table is emptied, read as a whole and moved.

    `more` are attributes, as for `_change`, or fields of `source`.
    """
    known = ("sequence", "snapshot", "table")
    source = {"name": "branch", "ts_ms": _milliseconds(hour, time), "table": "shipments", "lsn": lsn}
    source |= {name: more.pop(name) for name in known if name in more}
    return _change(kind, hour, time, shipment, lsn, op, source=source, **more)


_MORNING, _NOON = "2025-02-09T09", "2025-02-09T12"
SHIPMENT_CHANGES = (
    message("tombstone after a deletion", _MORNING, None),
    message("payload blank", _MORNING, "  "),
    message("not JSON", _MORNING, "connector restarted"),
    message("JSON that is cut off", _MORNING, '{"op": "u", "ts_ms": 17390'),
    message("JSON array", _MORNING, '[{"op": "u"}]'),
    message("JSON text", _MORNING, '"u"'),
    message("JSON null", _MORNING, "null"),
    message("empty object", _MORNING, "{}"),
    _change("op missing", _MORNING, "00:01", "x-01", 1, ABSENT),
    _change("op null", _MORNING, "00:02", "x-01", 2, None),
    _change("op unknown", _MORNING, "00:03", "x-01", 3, "x"),
    _change("op in capitals", _MORNING, "00:04", "x-01", 4, "U"),
    _change("after missing", _MORNING, "00:05", "x-02", 5, after=ABSENT),
    _change("after null", _MORNING, "00:06", "x-02", 6, "c", after=None),
    _change("after not an object", _MORNING, "00:07", "x-02", 7, after="in_transit"),
    _change("shipment_id null", _MORNING, "00:08", None, 8),
    _change("shipment_id missing", _MORNING, "00:09", ABSENT, 9),
    _change("shipment_id blank", _MORNING, "00:10", " ", 10),
    _change("deletion without a key", _MORNING, "00:11", "x-03", 11, "d", before=None),
    _change("source missing", _MORNING, "00:12", "x-04", 12, source=ABSENT),
    _change("lsn null", _MORNING, "00:13", "x-04", None),
    _change("lsn not a number", _MORNING, "00:14", "x-04", "0/16B3748"),
    _change("lsn negative", _MORNING, "00:15", "x-04", -15),
    _change("binlog file without number", _MORNING, "00:16", "x-04", 0,
            source=_binlog("binlog", 120, 0, _MORNING, "00:16")),
    _change("binlog without pos", _MORNING, "00:17", "x-04", 0,
            source=_binlog("binlog.000007", None, 0, _MORNING, "00:17")),
    _change("status null", _MORNING, "00:18", "x-05", 18, status=None),
    _change("status missing", _MORNING, "00:19", "x-05", 19, status=ABSENT),
    _change("status blank", _MORNING, "00:20", "x-05", 20, status=" "),
    _change("weight in words", _MORNING, "00:21", "x-05", 21, weight="heavy"),
    _change("weight negative", _MORNING, "00:22", "x-05", 22, weight=-2.5),
    _change("weight zero", _MORNING, "00:23", "x-06", 23, weight=0),
    _change("weight null", _MORNING, "00:24", "x-06", 24, weight=None),
    _change("weight as text", _MORNING, "00:25", "x-06", 25, weight="2.50"),
    _change("weight with an exponent", _MORNING, "00:25", "x-15", 25, weight="2.25E0"),
    _change("column that is new", _MORNING, "00:25", "x-15", 27,
            after={"shipment_id": "x-15", "status": "in_transit", "insured": 12.5, "size": {"height": 3}}),
    _change("weight with a tenth decimal", _MORNING, "00:25", "x-15", 26, weight="2.2500000001"),
    _change("shipped_at bad", _MORNING, "00:26", "x-05", 26, shipped_at="2025-02-30 09:00:00"),
    _change("promised_at bad", _MORNING, "00:27", "x-05", 27, promised_at="soon"),
    _change("delivered_at bad", _MORNING, "00:28", "x-05", 28, delivered_at=20250209),
    _change("updated_at bad", _MORNING, "00:29", "x-05", 29, updated_at="now"),
    _change("delivered before shipped", _MORNING, "00:30", "x-05", 30, delivered_at="2025-02-08 08:59:59"),
    _change("delivered as it was shipped", _MORNING, "00:31", "x-07", 31, delivered_at="2025-02-08 09:00:00"),
    _change("delivered without having been shipped", _MORNING, "00:32", "x-08", 32, shipped_at=None,
            delivered_at="2025-02-09 08:00:00", status="delivered"),
    _change("no time at all", _MORNING, "00:33", "x-09", 33, source={"lsn": 33}, ts_ms=ABSENT),
    _change("time of reading only", _MORNING, "00:34", "x-10", 34, source={"lsn": 34}),
    _change("ts_ms in words", _MORNING, "00:35", "x-09", 35, source={"lsn": 35, "ts_ms": "today"}),
    _change("ts_ms too small for a time", _MORNING, "00:36", "x-09", 36, source={"lsn": 36, "ts_ms": 17}),
    _change("ts_ms from the future", _MORNING, "00:37", "x-09", 37, source={"lsn": 37, "ts_ms": 2054624400000}),
    _change("unknown status", _MORNING, "00:38", "x-11", 38, status="on_a_drone"),
    _change("status in capitals", _MORNING, "00:39", "x-11", 39, status="IN_TRANSIT"),
    _change("region and carrier null", _MORNING, "00:40", "x-12", 40, region=None, carrier=None),
    _change("other letters and quotes", _MORNING, "00:41", "x-12", 41, region='größe "XL" 📦'),
    _change("unknown attribute and field", _MORNING, "00:42", "x-13", 42,
            transaction={"id": "77", "total_order": 1}, before={"shipment_id": "x-13", "status": "created"}),
    _change("read in the first pass", _MORNING, "00:43", "x-14", 43, "r"),
    # The same times in every form: one version.
    _change("times as ISO text with T and Z", "2025-02-09T10", "00:01", "x-20", 101, "c",
            shipped_at="2025-02-08T09:00:00Z", promised_at="2025-02-20T20:00:00+02:00", updated_at=1739091600),
    _change("times as seconds", "2025-02-09T10", "00:02", "x-20", 102, shipped_at=1739005200,
            promised_at=1740074400, updated_at=1739091600),
    _change("times as milliseconds", "2025-02-09T10", "00:03", "x-20", 103, shipped_at=1739005200000,
            promised_at=1740074400000, updated_at=1739091600000),
    _change("times as microseconds", "2025-02-09T10", "00:04", "x-20", 104, shipped_at=1739005200000000,
            promised_at=1740074400000000, updated_at=1739091600000000),
    _change("times as numbers in text", "2025-02-09T10", "00:05", "x-20", 105, shipped_at="1739005200",
            promised_at="1740074400000", updated_at="2025-02-09 09:00:00.000"),
    # Positions tell the order, neither arrival nor clock.
    _change("out of order: first", "2025-02-09T11", "00:10", "x-21", 201, "c", status="created", shipped_at=None),
    _change("out of order: newest", "2025-02-09T11", "20:00", "x-21", 203, status="delivered",
            delivered_at="2025-02-09 11:19:00"),
    _change("out of order: between, a day later", "2025-02-10T11", "2025-02-09T11:10:00", "x-21", 202),
    _change("re-delivered: first", "2025-02-09T11", "30:00", "x-22", 211),
    _change("re-delivered: again", "2025-02-09T11", "30:00", "x-22", 211, ts_ms=1739101801000),
    _change("re-delivered: times in another form", "2025-02-09T11", "30:00", "x-22", 211,
            shipped_at=1739005200, weight="2.500"),
    _change("same position, another status", "2025-02-09T11", "30:00", "x-22", 211, status="lost"),
    _change("clock goes back: before", "2025-02-09T11", "40:30", "x-23", 221, "c", status="created"),
    _change("clock goes back", "2025-02-09T11", "40:00", "x-23", 222),
    _change("clock stands still", "2025-02-09T11", "40:00", "x-23", 223, status="out_for_delivery"),
    _change("says the same again", "2025-02-09T11", "50:00", "x-23", 224, status="out_for_delivery",
            updated_at=_milliseconds("2025-02-09T11", "40:00")),
    # Deletions.
    _change("deleted: before", _NOON, "00:01", "x-24", 301, "c"),
    _change("deleted", _NOON, "00:02", "x-24", 302, "d"),
    _change("update after the deletion", _NOON, "00:03", "x-24", 303, status="returned"),
    _change("deletion of an unknown shipment", _NOON, "00:04", "x-25", 304, "d"),
    _change("deleted and created anew: before", _NOON, "00:05", "x-26", 305, "c"),
    _change("deleted and created anew: deletion", _NOON, "00:06", "x-26", 306, "d"),
    _change("deleted and created anew", _NOON, "00:07", "x-26", 307, "c", region="south"),
    _change("deletion arrives before the change it follows", _NOON, "00:09", "x-27", 309, "d"),
    _change("change arrives after its deletion", _NOON, "00:08", "x-27", 308, "c"),
    _change("deletion with all that was there before", _NOON, "00:10", "x-28", 310, "d",
            before={"shipment_id": "x-28", "region": "east", "status": None, "weight": -1}),
    # MySQL: the number of the file counts before the place in it, and rows of one place follow each other.
    _change("binlog: second file", _NOON, "00:22", "x-29", 0, source=_binlog("binlog.000010", 4, 0, _NOON, "00:22"),
            status="delivered", delivered_at="2025-02-09 12:00:21"),
    _change("binlog: first file", _NOON, "00:20", "x-29", 0,
            source=_binlog("binlog.000009", 98765, 0, _NOON, "00:20"), status="created"),
    _change("binlog: second row of a place", _NOON, "00:21", "x-29", 0,
            source=_binlog("binlog.000009", 98765, 1, _NOON, "00:20")),
    # Ship dates and promises.
    _change("shipped just before midnight", "2025-02-11T08", "00:01", "x-30", 401, "c",
            shipped_at="2025-02-10 23:59:59.999999"),
    _change("ship date corrected to the next day", "2025-02-12T08", "00:01", "x-30", 402,
            shipped_at="2025-02-11 00:00:00"),
    _change("delivered at the promised moment", "2025-02-20T19", "00:01", "x-31", 503, status="delivered",
            delivered_at="2025-02-20 18:00:00"),
    _change("delivered just after the promised moment", "2025-02-20T19", "00:02", "x-32", 504, status="delivered",
            delivered_at="2025-02-20 18:00:00.000001"),
    _change("no promise", "2025-02-20T19", "00:03", "x-33", 505, promised_at=None),
    _change("promised for when nothing arrives any more", "2025-02-20T19", "00:04", "x-34", 506,
            promised_at="2025-05-01 18:00:00"),
    _change("delivery taken back: delivered", "2025-02-20T19", "00:05", "x-35", 507, status="delivered",
            delivered_at="2025-02-20 12:00:00"),
    _change("delivery taken back", "2025-02-20T19", "00:06", "x-35", 508),
    _change("30 days late, at a position that is taken", "2025-03-11T12", "2025-02-09T11:15:00", "x-21", 202,
            status="picked_up"),
    _change("changes weeks later", "2025-03-11T12", "00:01", "x-23", 525, status="returned"),
    # The forms in which Debezium writes values.
    _change("number that is no time for certain", "2025-02-13T09", "00:01", "x-36", 411, promised_at=99999999),
    _change("last day of the calendar", "2025-02-13T09", "00:02", "x-36", 412, promised_at=253402300799000),
    _change("infinity", "2025-02-13T09", "00:03", "x-36", 413, promised_at="infinity", updated_at=9223372036825200000),
    _change("infinity as ISO text", "2025-02-13T09", "00:04", "x-36", 414, promised_at="+294247-01-10T04:00:25.2Z"),
    _change("zero date", "2025-02-13T09", "00:05", "x-36", 415, promised_at=0, updated_at="1970-01-01T00:00:00Z"),
    _change("not a number", "2025-02-13T09", "00:06", "x-36", 416, weight="NaN"),
    _change("time in nanoseconds", "2025-02-13T09", "00:07", "x-36", 417, promised_at=1740074400000000000),
    _change("decimal without its scale", "2025-02-13T09", "00:08", "x-36", 418, weight="MDk="),
    _change("decimal with its scale", "2025-02-13T09", "00:09", "x-36", 419, weight={"scale": 3, "value": "MDk="}),
    _change("decimal below zero", "2025-02-13T09", "00:10", "x-36", 420, weight={"scale": 3, "value": "z8c="}),
    _change("column that is gone", "2025-02-13T09", "00:11", "x-36", 421, carrier=ABSENT, status="delivered"),
    _change("value that is as it was", "2025-02-13T09", "00:12", "x-36", 422, region="__debezium_unavailable_value"),
    # Messages that are no changes.
    message("heartbeat", "2025-02-13T09", '{"ts_ms": 1739437200000}'),
    message("transaction", "2025-02-13T09", '{"status": "BEGIN", "id": "7:1", "event_count": null, "ts_ms": 17394372}'),
    message("change of the schema", "2025-02-13T09", '{"source": {"name": "counter"}, "ddl": "drop table carriers"}'),
    message("flattened row", "2025-02-13T09", '{"shipment_id": "x-36", "status": "lost", "__op": "u"}'),
    message("schema beside nothing", "2025-02-13T09", '{"schema": null, "payload": null}'),
    _in_branch("logical message", "2025-02-13T09", "00:13", "x-36", 1, "m"),
    _in_branch("another table", "2025-02-13T09", "00:14", "x-36", 1, table="parcels"),
    _in_branch("signal", "2025-02-13T09", "00:15", "x-36", 1, "c", table="debezium_signal"),
    # A table that is read as a whole, once to its end, and once not; and that is emptied.
    _in_branch("known before the reading", "2025-02-14T09", "00:01", "x-40", 10, "c"),
    _in_branch("known before the reading, and gone in it", "2025-02-14T09", "00:02", "x-41", 11, "c"),
    _in_branch("reading: first", "2025-02-14T09", "10:00", "x-40", None, "r", snapshot="first", sequence='[null,"50"]'),
    _in_branch("reading: last", "2025-02-14T09", "10:00", "x-42", None, "r", snapshot="last", sequence='["9","50"]'),
    _in_branch("reading that is given up: first", "2025-02-14T09", "20:00", "x-42", 60, "r", snapshot="first"),
    _in_branch("row of a table that changes", "2025-02-14T09", "25:00", "x-42", 61, "r",
               snapshot="incremental"),
    _in_branch("before the table is emptied", "2025-02-14T09", "30:00", "x-43", 65, "c"),
    _in_branch("the table is emptied", "2025-02-14T09", "31:00", None, 70, "t", before=None, after=None),
    _in_branch("after the table is emptied", "2025-02-14T09", "32:00", "x-43", 71, "c"),
    # The database is moved: positions begin anew, and a change of the old log arrives last.
    _in_branch("after the move", "2025-02-15T09", "00:01", "x-43", 5, status="delivered",
               delivered_at="2025-02-15 08:00:00"),
    _in_branch("before the move, a day late", "2025-02-16T09", "2025-02-14T09:40:00", "x-43", 75, status="lost"),
)  # fmt: skip
