"""The literal records of the streams: what is wrong with them, and what is just right or just not.

Records of one hour arrive in the order in which they stand here.
"""

import json

from datagen.literal import Dirt, message, whole_time


def _user_event(
    kind: str,
    hour: str,
    event: str | None,
    time: str | None,
    user: str | None = "2",
    event_type: str | None = "view",
) -> Dirt:
    """`time` is a whole time, or minute and second of the hour."""
    return Dirt(kind, hour, (event, user, event_type, time and whole_time(hour, time)))


USER_EVENTS = (
    _user_event("event_id null", "2025-02-09T09", None, "00:00"),
    _user_event("event_id blank", "2025-02-09T09", "  ", "00:01"),
    _user_event("user_id null", "2025-02-09T10", "x-01", "00:00", user=None),
    _user_event("user_id not an integer", "2025-02-09T10", "x-02", "00:01", user="abc"),
    _user_event("user_id zero", "2025-02-09T10", "x-03", "00:02", user="0"),
    _user_event("user_id beyond INT64", "2025-02-09T10", "x-04", "00:03", user="99999999999999999999"),
    _user_event("event_type null", "2025-02-09T11", "x-05", "00:00", event_type=None),
    _user_event("event_time null", "2025-02-09T11", "x-06", None),
    _user_event("event_time bad", "2025-02-09T11", "x-07", "2025-02-30 10:00:00"),
    _user_event("event_time in words", "2025-02-09T11", "x-08", "just now"),
    _user_event("event_time from the future", "2025-02-09T11", "x-09", "2035-02-09 11:00:00"),
    _user_event("offset in the text", "2025-02-09T11", "x-10", "2025-02-09T06:30:00-05:00"),
    _user_event("time of PostgreSQL", "2025-02-09T11", "x-13", "2025-02-09 11:30:01+00"),
    _user_event("time of BigQuery", "2025-02-09T11", "x-14", "2025-02-09 11:30:02 UTC"),
    _user_event("time of Snowflake", "2025-02-09T11", "x-15", "2025-02-09 13:30:03.000 +0200"),
    _user_event("time of .NET", "2025-02-09T11", "x-16", "2025-02-09 11:30:04.1234567 +00:00"),
    _user_event("time of Go", "2025-02-09T11", "x-17", "2025-02-09T11:30:05.123456789Z"),
    _user_event("time to the minute", "2025-02-09T11", "x-18", "2025-02-09 11:30"),
    _user_event("last second of the calendar", "2025-02-09T11", "x-19", "9999-12-31 23:59:59"),
    _user_event("user of pandas", "2025-02-09T11", "x-20", "30:06", user="9002.0"),
    _user_event("user of Spark", "2025-02-09T11", "x-21", "30:07", user="9.002E3"),
    _user_event("unknown user", "2025-02-09T12", "x-11", "00:00", user="9001"),
    # The worked example of late and repeated events, as seconds after 13:00.
    _user_event("example e1", "2025-02-09T13", "e1", "01:40", user="1", event_type="login"),
    _user_event("example e2", "2025-02-09T13", "e2", "01:42", user="1"),
    _user_event("example e1 again", "2025-02-09T13", "e1", "01:43", user="1", event_type="login"),
    _user_event("example e3", "2025-02-09T13", "e3", "01:44"),
    _user_event("example e4", "2025-02-09T13", "e4", "01:35", user="1", event_type="purchase"),
    _user_event("example e5", "2025-02-09T13", "e5", "01:48", user="1", event_type="logout"),
    # Windows of ten seconds and five more.
    _user_event("window just open: before", "2025-02-09T14", "l-1", "00:14.999999"),
    _user_event("window just open", "2025-02-09T14", "l-2", "00:00"),
    _user_event("window just closed: before", "2025-02-09T14", "l-3", "00:15"),
    _user_event("window just closed", "2025-02-09T14", "l-4", "00:09.999999"),
    _user_event("late, and again", "2025-02-09T14", "l-4", "00:09.999999"),
    _user_event("end of a window", "2025-02-09T14", "l-5", "00:10"),
    # Ids that come again.
    _user_event("again after 10 s: first", "2025-02-09T15", "d-1", "00:00"),
    _user_event("again after 10 s", "2025-02-09T15", "d-1", "00:10"),
    _user_event("again after more than 10 s", "2025-02-09T15", "d-1", "00:10.000001"),
    _user_event("again from long before", "2025-02-09T15", "d-1", "2025-02-08 15:00:00"),
    _user_event("remembered for a day: first", "2025-02-19T01", "d-2", "00:00"),
    _user_event("remembered for a day: a day later", "2025-02-20T01", "d-3", "00:00"),
    _user_event("remembered for a day", "2025-02-20T01", "d-2", "00:00"),
    _user_event("forgotten after a day: first", "2025-02-21T02", "d-4", "00:00"),
    _user_event("forgotten after a day: more than a day later", "2025-02-22T02", "d-5", "00:00.000001"),
    _user_event("forgotten after a day", "2025-02-22T02", "d-4", "00:00"),
    _user_event("20 days late", "2025-03-04T10", "x-12", "2025-02-12 10:00:00"),
    # Beside the literal order of 14:15:00 on 2025-02-08 (user 1) and the one of 12:15:00 on 2025-02-18 (user 5).
    _user_event("6 s before an order", "2025-02-08T14", "j-1", "14:54", user="1"),
    _user_event("5 s before an order", "2025-02-08T14", "j-2", "14:55", user="1"),
    _user_event("5 s after an order", "2025-02-08T14", "j-3", "15:05", user="1", event_type="purchase"),
    _user_event("more than 5 s after an order", "2025-02-08T14", "j-4", "15:05.000001", user="1"),
    _user_event("with an order of another user", "2025-02-18T12", "j-5", "15:00", user="4"),
    _user_event("with an order", "2025-02-18T12", "j-6", "15:00", user="5"),
)


def _heartbeat(kind: str, hour: str, time: str | None, **changed: str | int | None) -> Dirt:
    """A heartbeat that is fine (user 2 watches prog-0007) but for what `changed` says; `time` as for user events."""
    at = time and whole_time(hour, time)
    start = f"{hour.replace('T', ' ')}:00:00"
    fine = {"user_id": 2, "program_id": "prog-0007", "start_time": start, "session_id": "s-1", "device": "tv"}
    return Dirt(kind, hour, (json.dumps(fine | {"event_time": at} | changed, ensure_ascii=False),))


def _without(dirt: Dirt, *names: str) -> Dirt:
    """The same heartbeat without some of its fields."""
    fields = json.loads(dirt.fields[0])
    return dirt._replace(fields=(json.dumps({name: fields[name] for name in fields if name not in names}),))


PLAYBACK_HEARTBEATS = (
    message("payload null", "2025-02-09T09", None),
    message("payload blank", "2025-02-09T09", "  "),
    message("not JSON", "2025-02-09T09", "player restarted"),
    message("JSON that is cut off", "2025-02-09T09", '{"user_id": 2, "program_id": "prog-00'),
    message("JSON array", "2025-02-09T09", '[{"user_id": 2}]'),
    message("JSON text", "2025-02-09T09", '"heartbeat"'),
    message("JSON null", "2025-02-09T09", "null"),
    message("empty object", "2025-02-09T09", "{}"),
    _without(_heartbeat("user_id missing", "2025-02-09T10", "00:01"), "user_id"),
    _heartbeat("user_id null", "2025-02-09T10", "00:02", user_id=None),
    _heartbeat("user_id as text", "2025-02-09T10", "00:03", user_id="2"),
    _heartbeat("user_id not an integer", "2025-02-09T10", "00:04", user_id="abc"),
    _heartbeat("user_id zero", "2025-02-09T10", "00:05", user_id=0),
    _heartbeat("user_id beyond INT64", "2025-02-09T10", "00:06", user_id=99999999999999999999),
    _without(_heartbeat("program_id missing", "2025-02-09T10", "00:07"), "program_id"),
    _heartbeat("program_id blank", "2025-02-09T10", "00:08", program_id=" "),
    _heartbeat("session_id null", "2025-02-09T10", "00:09", session_id=None),
    _heartbeat("device null", "2025-02-09T10", "00:10", device=None),
    _heartbeat("start_time null", "2025-02-09T10", "00:11", start_time=None),
    _heartbeat("start_time bad", "2025-02-09T10", "00:12", start_time="soon"),
    _heartbeat("start_time after event_time", "2025-02-09T10", "00:13", start_time="2025-02-09 10:00:13.000001"),
    _heartbeat("start_time is event_time", "2025-02-09T10", "00:14", start_time="2025-02-09 10:00:14"),
    _heartbeat("event_time null", "2025-02-09T10", None),
    _heartbeat("event_time bad", "2025-02-09T10", "2025-02-30 10:00:00"),
    _heartbeat("event_time from the future", "2025-02-09T10", "2035-02-09 10:00:00"),
    _heartbeat("offset in the text", "2025-02-09T10", "2025-02-09T12:01:00+02:00"),
    _heartbeat("unknown field", "2025-02-09T10", "01:04", quality="4K"),
    _heartbeat("other letters and quotes", "2025-02-09T10", "01:08", device='größe "XL" 📺'),
    _heartbeat("repeated: first", "2025-02-09T11", "00:04", session_id="s-2"),
    _heartbeat("repeated: again", "2025-02-09T11", "00:04", session_id="s-2"),
    _heartbeat("repeated: time in another form", "2025-02-09T12", "2025-02-09T11:00:04Z", session_id="s-2",
               start_time="2025-02-09 11:00:00"),
    _heartbeat("repeated but for the device", "2025-02-09T11", "00:04", session_id="s-2", device="phone"),
    _heartbeat("gap of exactly 60 s: before", "2025-02-09T13", "00:04", session_id="s-3"),
    _heartbeat("gap of exactly 60 s: after", "2025-02-09T13", "01:04", session_id="s-3"),
    _heartbeat("gap just over 60 s: the same program resumed", "2025-02-09T13", "02:04.000001", session_id="s-3"),
    _heartbeat("moves on to another program", "2025-02-09T13", "02:08", session_id="s-3", program_id="prog-0008",
               start_time="2025-02-09 13:02:06"),
    _heartbeat("moves back", "2025-02-09T13", "02:20", session_id="s-3"),
    _heartbeat("tie in time: one", "2025-02-09T13", "02:24", session_id="s-3"),
    _heartbeat("tie in time: other", "2025-02-09T13", "02:24", session_id="s-3", program_id="prog-0009"),
    _heartbeat("session of another user", "2025-02-09T13", "02:28", session_id="s-3", user_id=3),
    _heartbeat("over midnight: before", "2025-02-09T23", "59:58", session_id="s-4",
               start_time="2025-02-09 23:59:50"),
    _heartbeat("over midnight: at", "2025-02-10T00", "00:00", session_id="s-4", start_time="2025-02-09 23:59:50"),
    _heartbeat("over midnight: after", "2025-02-10T00", "00:04", session_id="s-4", start_time="2025-02-09 23:59:50"),
    _heartbeat("user of pandas", "2025-02-14T10", "00:04", session_id="s-7", user_id=9002.0),
    _heartbeat("user of Spark", "2025-02-14T10", "00:08", session_id="s-7", user_id="9.002E3"),
    _heartbeat("time of BigQuery", "2025-02-14T10", "2025-02-14 10:00:12 UTC", session_id="s-7"),
    _heartbeat("time of .NET", "2025-02-14T10", "2025-02-14 10:00:16.1234567 +00:00", session_id="s-7"),
    _heartbeat("hours late, inside a stream", "2025-02-10T05", "2025-02-09 13:00:34", session_id="s-3",
               start_time="2025-02-09 13:00:00"),
    _heartbeat("20 days late", "2025-03-01T10", "2025-02-09 11:00:08", session_id="s-2",
               start_time="2025-02-09 11:00:00"),
    _heartbeat("still open at the end: before", "2025-03-31T22", "59:50", session_id="s-5"),
    _heartbeat("still open at the end", "2025-03-31T22", "59:54", session_id="s-5"),
    _heartbeat("over 60 s before the end", "2025-03-31T22", "58:53", session_id="s-6"),
)  # fmt: skip
