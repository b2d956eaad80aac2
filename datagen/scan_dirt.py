"""The literal records of shipment scans: what is wrong with them, what is just right or just late.

Records of one hour arrive in the order in which they stand here.
"""

from datagen.literal import ABSENT, Dirt, json_of, message, whole_time


def _scan(kind: str, hour: str, time: object, event: object, shipment: object = "x-40", /, **changed: object) -> Dirt:
    """A scan that is fine (in_transit, depot-001) but for what `changed` says; for `time`, see `whole_time`."""
    fields = {
        **{"event_id": event, "shipment_id": shipment, "status": "in_transit", "location": "depot-001"},
        "event_time": whole_time(hour, time) if isinstance(time, str) else time,
    }
    return message(kind, hour, json_of(fields | changed))


_MORNING = "2025-02-09T09"
SHIPMENT_SCANS = (
    message("payload null", _MORNING, None),
    message("payload blank", _MORNING, "  "),
    message("not JSON", _MORNING, "battery low"),
    message("JSON that is cut off", _MORNING, '{"event_id": "s-00'),
    message("JSON array", _MORNING, '[{"event_id": "s-00"}]'),
    message("JSON text", _MORNING, '"scan"'),
    message("JSON null", _MORNING, "null"),
    message("empty object", _MORNING, "{}"),
    _scan("event_id null", _MORNING, "00:01", None),
    _scan("event_id blank", _MORNING, "00:02", " "),
    _scan("shipment_id null", _MORNING, "00:03", "s-01", None),
    _scan("shipment_id missing", _MORNING, "00:04", "s-01", ABSENT),
    _scan("status null", _MORNING, "00:05", "s-01", status=None),
    _scan("status blank", _MORNING, "00:06", "s-01", status=""),
    _scan("unknown status", _MORNING, "00:07", "s-02", status="on_a_drone"),
    _scan("location null", _MORNING, "00:08", "s-03", location=None),
    _scan("location missing", _MORNING, "00:09", "s-04", location=ABSENT),
    _scan("other letters and quotes", _MORNING, "00:10", "s-05", location='Köln "Süd" 📦'),
    _scan("unknown field", _MORNING, "00:11", "s-06", temperature=4.5),
    _scan("event_time null", _MORNING, None, "s-07"),
    _scan("event_time missing", _MORNING, ABSENT, "s-07"),
    _scan("event_time bad", _MORNING, "2025-02-30 10:00:00", "s-07"),
    _scan("event_time in words", _MORNING, "just now", "s-07"),
    _scan("event_time too small for a time", _MORNING, 17, "s-07"),
    _scan("event_time from the future", _MORNING, "2035-02-09 09:00:00", "s-07"),
    _scan("event_time as seconds", _MORNING, 1739091600, "s-08"),
    _scan("event_time as milliseconds", _MORNING, 1739091600500, "s-09"),
    _scan("event_time as microseconds", _MORNING, 1739091600500001, "s-10"),
    _scan("event_time with an offset", _MORNING, "2025-02-09 11:00:01+02:00", "s-11"),
    # The same id, and the same time.
    _scan("repeated: first", "2025-02-09T10", "00:01", "s-12", "x-41"),
    _scan("repeated: again", "2025-02-09T10", "00:01", "s-12", "x-41"),
    _scan("repeated: time in another form", "2025-02-09T11", 1739095201, "s-12", "x-41"),
    _scan("same id, another status", "2025-02-09T11", "2025-02-09 10:00:01", "s-12", "x-41", status="lost"),
    _scan("same id, days later", "2025-02-12T11", "00:01", "s-12", "x-42"),
    _scan("equal times: first to arrive", "2025-02-09T10", "10:00", "s-13", "x-41", status="picked_up"),
    _scan("equal times: last to arrive", "2025-02-09T10", "10:00", "s-14", "x-41", status="out_for_delivery"),
    # Windows of 300 seconds, about which nothing new is expected 600 seconds after they end.
    _scan("window: its beginning", "2025-02-09T12", "05:00", "s-20", "x-43"),
    _scan("window: its last moment", "2025-02-09T12", "09:59.999999", "s-21", "x-43", status="lost"),
    _scan("window: between them, arrives last", "2025-02-09T12", "07:00", "s-22", "x-43", status="returned"),
    _scan("window: the next one", "2025-02-09T12", "10:00", "s-23", "x-43", status="out_for_delivery"),
    _scan("watermark just at the end of a window", "2025-02-09T12", "20:00", "s-24", "x-44"),
    _scan("over midnight: before", "2025-02-08T23", "59:59", "s-25", "x-45"),
    _scan("over midnight: after", "2025-02-09T00", "00:00", "s-26", "x-45", status="delivered"),
    # A window takes in what comes until the greatest time is 600 seconds and a day past its end.
    _scan("late by minutes", "2025-02-09T12", "01:00", "s-27", "x-44", status="picked_up"),
    _scan("greatest time for the scans below", "2025-03-05T12", "10:00", "s-30", "x-46"),
    _scan("just in time", "2025-03-05T12", "2025-03-04 12:00:00", "s-31", "x-46", status="picked_up"),
    _scan("just late", "2025-03-05T12", "2025-03-04 11:59:59.999999", "s-32", "x-46", status="created"),
    _scan("late, for another day", "2025-03-05T13", "2025-03-03 23:59:00", "s-33", "x-47", status="delivered"),
    _scan("late, repeated", "2025-03-05T13", "2025-03-04 11:59:59.999999", "s-32", "x-46", status="created"),
    _scan("late, for a window that has scans", "2025-03-05T13", "2025-02-09 12:07:00.000001", "s-34", "x-43"),
    _scan("late, and the newest of its shipment", "2025-03-05T13", "2025-02-20 12:00:00", "s-35", "x-41"),
)  # fmt: skip
