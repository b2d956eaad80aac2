"""Histories written by hand for shipments: changes out of the source's order, contradictions, and scans of long ago."""

import json
from datetime import datetime, timedelta

from drafts import FIRST_LOAD, Draft, later
from histories import LATE_SCANS_TOO, Batch
from moments import IN_MILLISECONDS
from named_stream_histories import BEFORE, clock

# A window of scans is given up so many seconds after its start: 300 of its own, 600 of the watermark, and a day.
GIVEN_UP = 87300


def change(
    shipment_id: str,
    position: int | tuple[int, int, int],
    second: float,
    op: str = "u",
    log: str = "shop",
    edge: str | None = None,
    without: str | None = None,
    **told: object,
) -> Draft:
    """A change made so many seconds after 12:00, at a position of PostgreSQL's log or MySQL's: file, offset, row.

    `edge` is that of a reading of the whole table; `without` names an attribute of which it does not speak.
    """
    place = {"name": log, "table": "shipments", "snapshot": edge or "false"}
    if isinstance(position, int):
        place |= {"lsn": position}
    else:
        place |= {"file": f"binlog.{position[0]:06}", "pos": position[1], "row": position[2]}
    attributes = {"region": "north", "carrier": "dhl", "status": "in_transit", "weight": 1.5}
    times = {"shipped_at": "2025-03-11 08:00:00", "promised_at": clock(86400)}
    row = {"shipment_id": shipment_id, **attributes, **times, **told}
    made_at = IN_MILLISECONDS(datetime.fromisoformat(clock(second)))
    row.pop(without, None)
    before, after = ({"shipment_id": shipment_id} if op == "d" else None, None if op in "dt" else row)
    envelope = {"op": op, "ts_ms": made_at, "source": {"ts_ms": made_at, **place}, "before": before, "after": after}
    return "shipment_changes", json.dumps(envelope)


def scan(
    event_id: str, shipment_id: str, second: float, status: str = "in_transit", location: str | None = "depot"
) -> Draft:
    """A scan so many seconds after 12:00."""
    fields = {"event_id": event_id, "shipment_id": shipment_id, "status": status, "location": location}
    return "shipment_scans", json.dumps({**fields, "event_time": clock(second)})


def days_later(days: int) -> datetime:
    """A time of arrival so many days after the first."""
    return FIRST_LOAD + timedelta(days=days)


# Shipments under way, delivered, deleted, and deleted without being known; one alone on its day with a promise that is
# still open; scans in windows that are complete and not, an id that repeats another, and one that is rejected.
SHIPPING_BACKGROUND: tuple[Draft, ...] = (
    change("p1", 10, 0, "c", status="created", shipped_at=None),
    change("p1", 20, 60, status="picked_up"),
    change("p1", 30, 120),
    change("p1", 30, 120),
    change("p2", 11, 0, "c"),
    change("p2", 21, 90, "d"),
    change("p3", 12, 30, "c", shipped_at="2025-03-09 08:00:00", promised_at=clock(200)),
    change("p4", 13, 40, region="south", carrier="ups", status="delivered", delivered_at=clock(20)),
    change("p5", 14, 50, "d"),
    change("p6", (9, 900, 0), 70, region=None, carrier=None, promised_at=None),
    change("p4", 15, 80, status=None),
    scan("s1", "p1", 0),
    scan("s2", "p1", 60),
    scan("s3", "p2", 10, location=None),
    scan("s4", "p1", 400, "delivered"),
    scan("s1", "p1", 20, "lost"),
    scan("s5", "p1", 70, ""),
)

NAMED_SHIPPING_HISTORIES: dict[str, tuple[Batch, ...]] = {
    "changes of shipments go on": (
        later(change("p1", 40, 130, status="delivered", delivered_at=clock(100)), change("p7", 41, 140, "c")),
        later(change("p7", 50, 150, status="lost"), change("p1", 51, 160, "d"), file="third"),
    ),
    "a change comes between two that are known": (
        later(change("p1", 25, 90, status="lost", region="west", shipped_at="2025-03-10 08:00:00")),
    ),
    "a change comes between two that are known, from an earlier file": (
        later(change("p1", 25, 90, status="lost"), change("p3", 5, 0, shipped_at=None), at=BEFORE),
    ),
    "the newest change has come before the others": (later(change("p1", 35, 125, carrier="ups"), at=BEFORE),),
    "the first change of a shipment comes last": (
        later(change("p1", 5, -60, "c", region="west")),
        later(change("p3", (1, 1, 1), -60, "c", status="created"), file="third"),
    ),
    "a change is delivered again at other times": (
        later(change("p1", 20, 60, status="picked_up"), at=BEFORE),
        later(change("p1", 30, 120), change("p2", 21, 90, "d"), file="early", at=FIRST_LOAD),
        later(
            change("p4", 13, 40, region="south", carrier="ups", status="delivered", delivered_at=clock(20)),
            file="third",
        ),
    ),
    "a change was the only one on its day of arrival and turns out to be a duplicate": (
        later(change("p1", 40, 300)),
        later(change("p1", 40, 300), at=BEFORE),
    ),
    "two changes at one position say different things": (
        later(change("p1", 30, 120, status="lost")),
        later(change("p1", 30, 121, region="west"), at=BEFORE),
    ),
    "a change at a known position has come before it": (
        later(change("p1", 30, 119, status="lost", shipped_at="2025-03-08 08:00:00"), at=BEFORE),
        later(change("p1", 20, 61, "d"), file="third"),
    ),
    "a deletion is followed by an older update": (later(change("p2", 15, 60, status="lost")),),
    "a deletion is taken back and comes again": (
        later(change("p2", 31, 130, region="west")),
        later(change("p2", 41, 140, "d"), file="third"),
        later(change("p2", 40, 135, "c"), change("p2", 51, 150, "r"), file="fourth"),
    ),
    "a deletion of a shipment that becomes known later": (
        later(change("p5", 16, 55)),
        later(change("p5", 4, 20, "c", status="created"), file="third"),
    ),
    "a shipment moves to another day, region and carrier, and back": (
        later(change("p1", 40, 130, shipped_at="2025-03-10 08:00:00", region="south", carrier="ups")),
        later(change("p1", 50, 140), file="third"),
    ),
    "a shipment has not left after all, and then it has": (
        later(change("p1", 40, 130, shipped_at=None)),
        later(change("p3", 41, 130, shipped_at=None), change("p1", 50, 140), file="third"),
    ),
    "the only shipment of a day is deleted": (later(change("p3", 40, 130, "d")),),
    "the only shipment of a day is deleted and was deleted before": (
        later(change("p3", 40, 130, "d"), at=BEFORE),
        later(change("p3", 35, 125, "d"), file="third"),
    ),
    "the clock of the source goes back and stands still": (
        later(
            change("p1", 40, -3600, status="lost"), change("p1", 41, -3600, status="delivered", delivered_at=clock(0))
        ),
        later(change("p1", 42, -90000, "d"), change("p1", 43, -3600), file="third"),
    ),
    "a change that said nothing new says something when another comes between": (
        later(change("p1", 40, 130)),
        later(change("p1", 35, 125, weight=2), file="third"),
        later(change("p1", 36, 126, weight="1.50"), file="fourth"),
    ),
    "a promise passes because time goes on elsewhere": (
        later(
            change("p7", 40, 200, "c"),
            change("p8", 41, 150, "c", shipped_at="2025-03-09 09:00:00", promised_at=None),
        ),
        later(change("p7", 42, 200.001), file="third"),
    ),
    "a promise passes though the change that says so was read before": (
        later(change("p7", 40, 300, "c", status=None), change("p7", 41, 180, "c"), at=BEFORE),
        Batch(later(change("p7", 42, 200.001), file="third").records, "staging only"),
        Batch(()),
    ),
    "an open promise is given up, kept and broken": (
        later(change("p3", 40, 130, shipped_at="2025-03-09 08:00:00", promised_at=None)),
        later(
            change("p3", 50, 140, shipped_at="2025-03-09 08:00:00", promised_at=clock(90), delivered_at=clock(90)),
            file="third",
        ),
        later(
            change(
                "p3", 60, 150, shipped_at="2025-03-09 08:00:00", promised_at=clock(90), delivered_at=clock(90.000001)
            ),
            file="fourth",
        ),
    ),
    "the newest change turns out to have been made on another day": (
        later(change("p1", 30, 86400, status="lost")),
        later(change("p1", 40, 43200), change("p1", 41, 43199.999, weight=2), file="third"),
    ),
    "positions are those of numbered files": (
        later(change("p6", (10, 900, 0), 80, status="lost")),
        later(change("p6", (10, 4, 0), 79), change("p6", (9, 900, 1), 81, status="delivered"), file="third"),
        later(change("p6", (9, 1000, 0), 82, "d"), change("p6", 7, 84), file="fourth"),
    ),
    "shipments are built in parts": (
        Batch(later(change("p1", 25, 90, status="lost"), change("p3", 40, 130, "d")).records, "staging only"),
        Batch(later(change("p2", 31, 210), scan("s6", "p1", 900), file="third").records, "intermediate in full"),
        Batch(later(scan("s7", "p1", 30), file="fourth").records, "marts in full"),
        Batch(()),
    ),
    "a run ends before the marts of shipments": (
        Batch(later(change("p3", 40, 210, "d"), scan("s6", "p1", 30), scan("s7", "p9", 900)).records, "all but marts"),
        later(change("p1", 30, 120), scan("s2", "p2", 30), at=BEFORE),
    ),
    "only shipments are built, and then all": (
        Batch(later(change("p3", 40, 210, "d"), scan("s6", "p1", 900)).records, "shipments only"),
        Batch(later(change("p1", 25, 210), scan("s1", "p2", 0), file="third").records, "scans only"),
        Batch(()),
    ),
    "a log begins anew": (
        later(change("p1", 3, 600, status="lost"), change("p2", 4, 700, "c")),
        later(change("p1", 40, 200, status="delivered"), file="third"),
        later(change("p1", 5, 800, carrier="ups"), change("p7", 2, 500, "c"), file="fourth"),
    ),
    "a log begins anew in the minute of its last change": (
        later(change("p1", 50, 610), change("p1", 3, 620, status="lost"), change("p1", 51, 610, weight=3)),
        later(change("p1", 4, 700, region="west"), file="third"),
        later(change("p4", 55, 615, status="lost"), at=BEFORE),
    ),
    "a log begins anew again, and then never did": (
        later(change("p1", 90, 600), change("p1", 40, 700, status="lost"), change("p3", 20, 800)),
        later(change("p3", 91, 750), change("p1", 92, 850, weight=7), file="third"),
        later(change("p3", 95, 705), file="fourth"),
    ),
    "a database fails over to another log and back": (
        later(change("p1", 900, 600, log="standby", status="lost"), change("p9", 901, 650, "c", log="standby")),
        later(change("p1", 60, 700, status="delivered"), change("p9", 61, 710), file="third"),
        later(
            change("p1", 902, 800, log="standby", region="west"), change("p1", 1, -90000, log="standby"), file="fourth"
        ),
    ),
    "the table is emptied": (
        later(change("p1", 41, 600, "t"), change("p7", 42, 610, "c")),
        later(change("p3", 40, 590, region="west"), change("p8", 43, 620), file="third"),
        later(change("p5", 3, 0, "c"), change("p1", 44, 700), file="fourth"),
    ),
    "the table of another log is emptied": (
        later(
            change("p1", 5, 600, log="branch"),
            change("p9", 6, 610, "c", log="branch"),
            change("p9", 7, 620, "t", log="branch"),
        ),
    ),
    "a table is read as a whole, in parts": (
        later(change("p1", 60, 600, "r", edge="first"), change("p3", 60, 600, "r", edge="true")),
        later(change("p4", 60, 600, "r", edge="last"), file="third"),
        later(change("p6", 60, 600, "r", edge="true"), change("p2", 70, 700, "c"), file="fourth"),
        later(change("p6", 60, 600, "r", edge="last"), change("p9", 55, 590, "c"), file="fifth"),
    ),
    "a reading of the table is given up and begun again": (
        later(change("p1", 60, 600, "r", edge="first"), change("p3", 60, 600, "r", edge="true")),
        later(change("p1", 61, 660, "r", edge="first_in_data_collection"), file="third"),
        later(change("p4", 61, 660, "r", edge="last_in_data_collection"), change("p3", 61, 660), file="fourth"),
    ),
    "a table is read one part after the other while it changes": (
        later(change("p1", 60, 600, "r", edge="incremental"), change("p3", 61, 610, "r", edge="incremental")),
    ),
    # In the background the log begins anew after p6, but not when p8 is known.
    "shipments change by what is said of others": (
        Batch(later(change("p8", (9, 950, 0), 130, "c"), change("p3", 1, -172800, "c")).records, "all but marts"),
        later(change("p8", (9, 960, 0), 140), file="third"),
        later(change("p11", 3, -86400, "r", edge="first"), change("p12", 3, -86400, "r", edge="last"), file="fourth"),
        later(change("p8", 4, -86300, "t"), file="fifth"),
    ),
    "changes do not speak of everything": (
        later(change("p1", 40, 130, without="carrier", status="lost"), change("p9", 41, 140, "c", without="weight")),
        later(
            change("p1", 35, 125, carrier="ups"),
            change("p1", 45, 150, weight="__debezium_unavailable_value"),
            file="third",
        ),
        later(change("p1", 41, 131, "d"), change("p1", 50, 160, without="shipped_at"), file="fourth"),
    ),
    "scans go on": (
        later(scan("s6", "p1", 410, location=None), scan("s7", "p2", 290)),
        later(scan("s8", "p1", 420), scan("s9", "p1", 300), file="third"),
    ),
    "a window of scans is complete because time goes on elsewhere": (
        later(scan("s6", "p9", 899.999999)),
        later(scan("s7", "p9", 900), file="third"),
        later(scan("s8", "p1", 1), file="fourth"),
    ),
    "a scan comes when its window is given up, and a microsecond before": (
        later(scan("s6", "p9", GIVEN_UP - 0.000001)),
        later(scan("s7", "p1", 299), file="third", at=days_later(2)),
        later(scan("s8", "p9", GIVEN_UP), scan("s9", "p1", 1), scan("s10", "p1", 300), file="fourth", at=days_later(3)),
    ),
    "scans turn out to be late by one that arrived before": (later(scan("s6", "p9", GIVEN_UP), at=BEFORE),),
    "a scan that has counted is late in a full build of which the marts are no part": (
        Batch(later(scan("s6", "p9", GIVEN_UP), at=BEFORE).records, "staging only"),
        Batch((), "intermediate in full"),
        Batch(()),
    ),
    "an id is scanned again in other files": (
        later(scan("s4", "p1", 500, "lost"), scan("s4", "p2", 0), scan("s6", "p1", 500)),
        later(scan("s6", "p1", -500), scan("s2", "p3", 86400), file="third"),
    ),
    "an id turns up that was scanned before its first": (
        later(scan("s4", "p2", 20, "lost"), at=BEFORE),
        later(scan("s2", "p3", -600), at=BEFORE - timedelta(days=1)),
    ),
    "scans at equal times": (
        later(scan("s6", "p1", 400, "lost"), scan("s7", "p2", 10, "lost")),
        later(scan("s8", "p1", 400, "returned"), scan("s9", "p1", 60, "returned"), at=BEFORE),
    ),
    "a scan comes years late and is the newest of its shipment": (
        later(scan("s6", "p8", -3 * 365 * 86400, "lost")),
        later(scan("s7", "p8", -3 * 365 * 86400 + 1, location="van"), scan("s8", "p1", -3 * 365 * 86400), file="third"),
    ),
    "days of arrival bring nothing, or nothing that counts": (
        later(scan("s6", "p1", 950), change("p7", 40, 250), at=days_later(2)),
        later(scan("s7", "p1", 80, ""), scan("s6", "p1", 90), change("p7", 41, 260, status=""), file="third"),
        later(scan("s7", "p1", 100), change("p7", 39, 240), file="fourth", at=days_later(5)),
        later(scan("s8", "p1", 5000), change("p7", 38, 230), file="fifth", at=days_later(-1)),
    ),
    "a day is built again for its late scans": (
        later(
            scan("s6", "p9", GIVEN_UP + 600),
            scan("s7", "p1", 61, "lost"),
            scan("s8", "p1", -600),
            scan("s9", "p1", -86400),
            scan("s10", "p2", 600),
        ),
        Batch((), LATE_SCANS_TOO),
        later(
            scan("s11", "p1", 62),
            scan("s12", "p9", GIVEN_UP + 601),
            file="third",
            at=days_later(1) + timedelta(hours=1),
        ),
        Batch((), "all, in full"),
        Batch((), LATE_SCANS_TOO),
        Batch((), "all, twice"),
    ),
    "a late scan turns up that arrived before its day was built again": (
        later(scan("s6", "p9", GIVEN_UP + 300), scan("s7", "p1", 61, "lost"), at=days_later(2)),
        Batch((), LATE_SCANS_TOO),
        later(scan("s8", "p1", 62), scan("s9", "p2", -1000), file="third", at=days_later(2)),
        later(scan("s7", "p1", 63), scan("s10", "p1", -86400), file="fourth"),
        Batch((), LATE_SCANS_TOO),
    ),
    # On a day of their own, after the last that had arrived before.
    "late scans are taken in by a run that has not seen all": (
        Batch(later(scan("s6", "p9", 43200 + GIVEN_UP), scan("s7", "p1", 43200, "lost")).records, "all but marts"),
        Batch(later(scan("s8", "p1", 43201), file="third").records, LATE_SCANS_TOO),
        Batch(()),
    ),
}
