"""Histories written by hand for the streams: arrivals out of order, at the edges of windows, lateness and memory."""

import json
from datetime import datetime, timedelta

from drafts import FIRST_LOAD, Draft, later, order
from histories import Batch

BEFORE = FIRST_LOAD - timedelta(hours=1)
# After all orders and events of the other histories, or everything would be late.
DAY = "2025-03-12"


def event(event_id: str, second: float, user_id: str = "1", day: str = DAY) -> Draft:
    """A user event so many seconds after 12:00."""
    return "user_events", event_id, user_id, "view", clock(second, day)


def order_at(order_id: str, second: float, user_id: str = "1", status: str = "completed") -> Draft:
    """An order so many seconds after 12:00."""
    return order(order_id, user_id, clock(second), status=status)


def heartbeat(second: float, program: str = "p1", session: str = "s1", start: float = 0, user_id: int = 1) -> Draft:
    """A heartbeat so many seconds after 12:00 of a program that began so many seconds after it."""
    fields = {"user_id": user_id, "program_id": program, "start_time": clock(start), "session_id": session}
    return "playback_heartbeats", json.dumps({**fields, "device": "tv", "event_time": clock(second)})


def clock(second: float, day: str = DAY) -> str:
    """The text of a time so many seconds after 12:00, also negative."""
    return str(datetime.fromisoformat(f"{day} 12:00") + timedelta(seconds=second))


# Windows that are final and not, ids at every distance, partners and none, watch streams that are open and over.
STREAM_BACKGROUND: tuple[Draft, ...] = (
    event("e1", 0),
    event("e2", 12),
    event("e1", 3),
    event("e3", 14, "2"),
    event("e4", 5),
    event("e2", 29),
    event("e5", 18),
    order_at("w1", 10),
    order_at("w2", 35, "2"),
    order_at("w3", 700),
    order_at("w4", 290),
    heartbeat(0),
    heartbeat(4),
    heartbeat(64),
    heartbeat(70, "p2", start=66),
    heartbeat(74, start=0),
    heartbeat(8, session="s2", user_id=2),
)

NAMED_STREAM_HISTORIES: dict[str, tuple[Batch, ...]] = {
    "streams go on": (
        later(event("e6", 30), event("e6", 33), order_at("w5", 705), heartbeat(78)),
        later(event("e7", 31), event("e4", 35), order_at("w6", 500), heartbeat(82), file="third"),
    ),
    "an event turns up that arrived before others and makes them late": (later(event("e6", 60), at=BEFORE),),
    "what has counted is late in a full build of which the marts are no part": (
        Batch(later(event("e6", 60), order_at("w5", 1500), at=BEFORE).records, "staging only"),
        Batch((), "intermediate in full"),
        Batch(()),
    ),
    "an event turns up between others of its file": (
        Batch((*later(event("e6", 60), file="first", at=FIRST_LOAD).records,)),
    ),
    "an id turns up that arrived before its first": (later(event("e1", -30), event("e2", 0), at=BEFORE),),
    "what was first is now the duplicate of a late one": (
        later(event("e9", 40), event("e5", 9), at=BEFORE),
        later(event("e5", 19), file="third"),
    ),
    "an event is late and touches nothing": (later(event("e6", -3600), event("e6", -3600)),),
    "a watermark reaches the end of a window and its lateness": (
        later(event("e6", 34.999999), event("e7", 21)),
        later(event("e8", 35), event("e9", 22), file="third"),
    ),
    "an id comes again after a day and is remembered for exactly that": (
        later(event("e6", 29, day="2025-03-13"), event("e2", 30, day="2025-03-13"), event("e5", 31, day="2025-03-13")),
        later(
            event("e7", 30, day="2025-03-14"),
            event("e2", 30, day="2025-03-14"),
            file="third",
            at=FIRST_LOAD + timedelta(days=2),
        ),
    ),
    "a day of arrival comes between two others": (
        later(event("e6", 50), order_at("w5", 900), at=FIRST_LOAD + timedelta(days=2)),
        later(event("e7", 70), order_at("w6", 2000), file="third", at=FIRST_LOAD + timedelta(days=1)),
        later(event("e8", 31), order_at("w7", 300), file="fourth", at=FIRST_LOAD + timedelta(days=3)),
    ),
    "a window of orders becomes final because time goes on elsewhere": (later(order_at("w5", 1200)),),
    "an order is late and comes again": (
        later(order_at("w5", 4000), order_at("w6", 0)),
        later(order_at("w6", 0, status="refunded"), order_at("w1", 10, status="refunded"), file="third"),
    ),
    "an order turns up that arrived before its first record": (
        later(order_at("w2", 700), order_at("w3", 900), at=BEFORE),
    ),
    "an order turns up that makes others late": (later(order_at("w5", 1500), at=BEFORE),),
    "partners come in different batches, exactly near enough and not": (
        later(event("e6", 695), order_at("w5", 709, "2")),
        later(event("e7", 714, "2"), event("e8", 714.000001, "2"), file="third"),
        later(order_at("w6", 719.000001, "2"), file="fourth"),
    ),
    "a window is written again whose event has its partner in the next": (
        later(event("e6", 708), order_at("w5", 712)),
        later(event("e7", 703), file="third"),
    ),
    "a partner turns out to be late": (later(order_at("w5", 13), at=BEFORE),),
    "a heartbeat fills a pause": (later(heartbeat(30)),),
    "a heartbeat of another program comes between two": (later(heartbeat(2, "p3", start=1)),),
    "a heartbeat comes before the first of its program": (
        later(heartbeat(1, "p2", start=1), heartbeat(69, "p2", start=66)),
    ),
    "an open stream is over because time goes on elsewhere": (
        later(heartbeat(134, session="s3")),
        later(heartbeat(134.000001, session="s3"), file="third"),
    ),
    "a stream that was over goes on": (
        later(heartbeat(500, session="s3")),
        later(heartbeat(80), file="third"),
    ),
    "a heartbeat turns up that arrived before what it repeats": (later(heartbeat(4), heartbeat(64), at=BEFORE),),
    "a stream that began with its program turns out to be resumed after midnight": (
        later(heartbeat(43300, session="s5", start=43000), heartbeat(43500, session="s6", start=43400)),
        later(heartbeat(43210, session="s5", start=43000), file="third"),
    ),
    "a stream moves over midnight": (
        later(heartbeat(43190, session="s4", start=43180), heartbeat(43210, session="s4", start=43180)),
        later(heartbeat(43180, session="s4", start=-50000), file="third"),
    ),
    "events are decided before anybody knows the day they came on": (
        Batch(later(event("e8", 16), event("e9", 40)).records, "streams without their days"),
        Batch(()),
    ),
}
