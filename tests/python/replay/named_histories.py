"""Histories written by hand, each for one thing that goes wrong elsewhere, on top of data that stays untouched."""

from dataclasses import replace
from datetime import datetime, timedelta

from drafts import FIRST_LOAD, active, arriving, changed, click, later, log, message, order, rate, user
from histories import Batch, History
from named_shipping_histories import NAMED_SHIPPING_HISTORIES, SHIPPING_BACKGROUND, scan
from named_stream_histories import NAMED_STREAM_HISTORIES, STREAM_BACKGROUND, event, heartbeat
from records import Record

# Two users on two days, one of them inactive later, and one whom nobody knows; sessions on three devices, one over
# midnight; every kind of rejected record that a later one can be taken for.
BACKGROUND = Batch(
    arriving(
        user("1", "Ann", "2024-01-01 00:00:00"),
        user("2", "Bob", "2024-01-01 00:00:00"),
        user("2", "Bobby", "2025-03-11 08:00:00"),
        active("1", "true", "2024-01-01 00:00:00"),
        active("2", "true", "2024-01-01 00:00:00"),
        active("2", "false", "2025-03-12 08:00:00"),
        log("1", "2025-03-10"),
        log("1", "2025-03-11", "buy"),
        log("2", "2025-03-11"),
        log("9", "2025-03-11"),
        log("x", "2025-03-11"),
        order("o1", "1", "2025-03-10 12:00:00"),
        order("o2", "2", "2025-03-11 12:00:00", "20.00"),
        order("o3", "9", "2025-03-11 12:00:00", "30.00"),
        order("o4", "1", "2025-03-12 12:00:00", "-1"),
        click("2025-03-10 10:00:00"),
        click("2025-03-10 10:40:00.000001"),
        click("2025-03-10 11:00:00"),
        click("2025-03-10 23:50:00", "d2", "2"),
        click("2025-03-11 00:10:00", "d2", "2"),
        click("2025-03-11 00:10:00", "d3", None),
        click("2025-03-11 00:10:00", "d3", None),
        *STREAM_BACKGROUND,
        *SHIPPING_BACKGROUND,
        rate("2025-03-10", "0.92"),
        order("m1", "1", "2025-03-10 12:10:00", currency="usd"),
        order("m2", "1", "2025-03-12 12:10:00", currency="USD"),
        order("m3", "1", "2025-03-11 12:10:00", "1500", currency="JPY"),
    )
)

# Something of each area that changes days which are there.
A_BIT_OF_ALL = later(
    log("1", "2025-03-12"),
    user("1", "Anna", "2025-03-11 00:00:00"),
    order("o1", "2", "2025-03-11 12:00:00"),
    click("2025-03-10 10:30:00"),
)

LAST_MINUTE = (
    log("1", "2025-03-10"),
    user("1", "Anna", "2025-03-11 00:00:00"),
    order("o1", "1", "2025-03-10 12:00:00", "5.00"),
    click("2025-03-10 12:00:00"),
    event("e1", 8),
    heartbeat(72),
    scan("s1", "p9", 300),
)

NAMED_HISTORIES: dict[str, tuple[Batch, ...]] = {
    **NAMED_STREAM_HISTORIES,
    **NAMED_SHIPPING_HISTORIES,
    "an order is refunded": (later(order("o1", "1", "2025-03-10 12:00:00", status="refunded")),),
    "an order has a day of its own and moves away from there": (
        later(order("o6", "1", "2025-02-01 12:00:00")),
        later(order("o6", "1", "2025-03-11 12:00:00"), file="third"),
    ),
    "an order of an unknown user gets a known one": (
        later(order("o7", "8", "2025-03-11 12:00:00")),
        later(order("o7", "1", "2025-03-11 12:00:00"), file="third"),
    ),
    "an order moves to another user": (later(order("o1", "2", "2025-03-10 12:00:00")),),
    "an order changes its currency": (later(order("m1", "1", "2025-03-10 12:10:00", currency="JPY")),),
    "a rate is corrected, and then by one that is rejected": (
        later(rate("2025-03-10", "0.95")),
        later(rate("2025-03-10", "0"), file="third"),
    ),
    "a rate comes after the orders it is for": (later(rate("2025-03-11", "0.915425317")),),
    "the first rate of a currency is for days before its orders": (later(rate("2025-03-01", "0.00614", "jpy")),),
    "a rate comes, and a run ends after staging": (
        Batch(later(rate("2025-03-11", "0.5")).records, "staging only"),
        later(rate("2025-03-12", "0.25"), file="third"),
    ),
    "two rates come at once, and only the earlier is for an order": (
        later(order("m5", "2", "2025-03-10 09:00:00", currency="USD")),
        later(rate("2025-03-10", "0.97"), rate("2025-03-13", "0.96"), file="third"),
    ),
    "a rate comes for the day that an order has left": (
        later(order("m6", "1", "2025-03-12 09:00:00", currency="USD")),
        later(order("m6", "1", "2025-03-10 09:00:00", currency="USD"), file="third"),
        later(rate("2025-03-12", "0.91"), file="fourth"),
    ),
    "only rates are built, and then all": (
        Batch(later(rate("2025-03-11", "0.5"), order("m4", "2", "2025-03-11 12:00:00")).records, "rates only"),
        Batch(()),
    ),
    "an order comes before the session it belongs to": (
        later(order("s1", "1", "2025-03-10 14:10:00")),
        later(click("2025-03-10 14:00:00"), file="third"),
    ),
    "a session begins earlier under its order": (
        later(order("s2", "1", "2025-03-10 11:05:00")),
        later(click("2025-03-10 10:20:00"), file="third"),
    ),
    "an event on another device takes an order out of its session": (
        later(order("s3", "1", "2025-03-10 11:20:00", "7.00")),
        later(click("2025-03-10 11:10:00", "d9"), file="third"),
    ),
    # Played on its own: among others, both days are looked at anyway.
    "an order after midnight leaves the session of the day before": (
        Batch(
            later(order("s4", "2", "2025-03-11 00:30:00"), order("s5", "2", "2025-03-11 00:05:00")).records,
            "all, twice",
        ),
        later(click("2025-03-10 23:55:00", "d8", "2"), file="third"),
    ),
    "an order leaves its session for another day and user": (
        later(order("s6", "1", "2025-03-10 11:25:00"), order("s7", "1", "2025-03-10 11:26:00")),
        later(order("s6", "1", "2025-03-12 11:25:00"), order("s7", "2", "2025-03-10 11:26:00"), file="third"),
    ),
    # Played on its own: nothing else may touch the session of the day before.
    "an order after midnight moves away, and its session of the day before stays": (
        Batch(
            later(click("2025-03-10 23:50:00", "d6", "4"), order("s10", "4", "2025-03-11 00:05:00")).records,
            "all, twice",
        ),
        later(order("s10", "4", "2025-03-12 12:00:00"), file="third"),
    ),
    "the order of a session gets another value": (
        later(order("s8", "2", "2025-03-11 00:12:00", currency="USD")),
        later(rate("2025-03-11", "0.8"), file="third"),
    ),
    "an event at the time of another takes its order": (
        later(order("s9", "1", "2025-03-10 11:00:00")),
        later(click("2025-03-10 11:00:00", "d7"), file="third"),
    ),
    # Played on its own: among others, windows become final at the same time and are written anyway.
    "nothing comes but a rate, for orders in windows": (
        Batch(later(order("w99", "1", "2025-03-13 12:00:00", currency="USD")).records, "all, twice"),
        later(rate("2025-03-13", "0.5"), file="third"),
    ),
    "users of orders change, as of the day and before": (
        later(order("u1", "5", "2025-03-11 12:00:00"), order("u2", "2", "2025-03-12 12:00:00")),
        later(user("5", "Eve", "2025-03-13 00:00:00"), user("2", "Rob", "2025-03-12 00:00:00"), file="third"),
    ),
    "an order gets a status nobody knows": (later(order("o1", "1", "2025-03-10 12:00:00", status="lost")),),
    "an older word about an order comes after a newer one": (
        later(order("o1", "1", "2025-03-10 12:00:00", "1.00"), at=FIRST_LOAD - timedelta(days=1)),
    ),
    "a user is renamed from a day on": (later(user("1", "Anna", "2025-03-11 23:59:59")),),
    "a user was renamed before what is known": (later(user("2", "Robert", "2025-03-10 23:00:00")),),
    "a user's change is corrected at the same time": (later(user("2", "Rob", "2025-03-11 08:00:00")),),
    "users and orders come as change data, the newest state first": (
        later(
            changed(user("1", "Anna", "2025-03-11 08:00:00"), 20),
            changed(order("o1", "1", "2025-03-10 12:00:00", status="refunded"), 21),
            changed(order("o8", "2", "2025-03-12 12:00:00"), 22, "c"),
        ),
        later(
            changed(user("1", "Annie", "2025-03-11 08:00:00"), 10),
            changed(order("o1", "2", "2025-03-11 12:00:00", status="pending"), 11),
            file="third",
        ),
    ),
    "rows come after change data of the same users and orders": (
        later(changed(order("o2", "2", "2025-03-11 12:00:00", "7.00"), 30)),
        later(
            order("o2", "2", "2025-03-11 12:00:00", "9.00"),
            user("1", "An", "2025-03-11 08:00:00"),
            changed(user("2", "Rob", "2025-03-11 08:00:00"), 31),
            file="third",
        ),
    ),
    "change data of users and orders are delivered again at other times": (
        later(changed(order("o9", "1", "2025-03-12 12:00:00"), 40), changed(user("1", "A", "2025-03-12 08:00:00"), 41)),
        later(
            changed(order("o9", "1", "2025-03-12 12:00:00"), 40),
            changed(user("1", "A", "2025-03-12 08:00:00"), 41),
            file="third",
            at=FIRST_LOAD - timedelta(days=1),
        ),
    ),
    "change data of users and orders hold messages that change no row": (
        later(
            changed(order("o1", "1", "2025-03-10 12:00:00"), 50, "d"),
            changed(user("1", "Ann", "2025-03-10 12:00:00"), 51, "d"),
            changed(order("o1", "1", "2025-03-10 12:00:00", "1.00"), 52, without="status"),
            changed(order("o1", "1", "2025-03-10 12:00:00", "1.00"), 53, table="carts"),
            changed(user("x", "Ann", "2025-03-10 12:00:00"), 54),
            changed(order("o1", "1", "2025-03-10 12:00:00", "-1"), 55),
            message("users", '{"schema": null, "payload": null}'),
            message("orders", '{"ts_ms": 1741649400000}'),
            message("orders", "connector restarted"),
        ),
    ),
    "a user becomes inactive from a day on": (later(active("1", "false", "2025-03-11 00:00:00")),),
    "a user becomes active again": (later(active("2", "true", "2025-03-13 00:00:00"), log("2", "2025-03-13")),),
    "a user becomes known only now": (
        later(user("9", "Nina", "2025-03-11 13:00:00")),
        later(active("9", "true", "2025-03-11 13:00:00"), file="third"),
    ),
    "a file is delivered again": (
        Batch(tuple(record.delivered_again(FIRST_LOAD + timedelta(days=1)) for record in BACKGROUND.records)),
    ),
    "a file is delivered again as if it had come earlier": (
        Batch(tuple(record.delivered_again(FIRST_LOAD - timedelta(minutes=1)) for record in BACKGROUND.records)),
    ),
    "events come a year late": (
        later(log("1", "2024-03-10"), order("o5", "2", "2024-03-10 12:00:00"), click("2024-03-10 12:00:00")),
    ),
    "an event bridges two sessions": (later(click("2025-03-10 10:30:00")),),
    "an event comes exactly the timeout before a session": (later(click("2025-03-10 09:30:00")),),
    "an event comes a microsecond more before a session": (later(click("2025-03-10 09:29:59.999999")),),
    "an event comes exactly the timeout after a session": (later(click("2025-03-10 11:30:00")),),
    "a session moves over midnight": (
        later(click("2025-03-10 23:45:00", "d3", None), click("2025-03-10 23:20:00", "d2", "2")),
    ),
    "an event ties with the first of a session but came before it": (
        later(click("2025-03-10 10:00:00", name="view"), at=FIRST_LOAD - timedelta(hours=1)),
    ),
    "a repeat has come before what it repeats": (
        later(
            click("2025-03-10 10:00:00"), click("2025-03-11 00:10:00", "d3", None), at=FIRST_LOAD - timedelta(hours=1)
        ),
    ),
    "a clock is years ahead and then right again": (
        later(
            log("1", "2025-03-10"),
            click("2025-03-10 12:00:00"),
            order("o1", "1", "2025-03-10 12:00:00"),
            user("1", "Anna", "2025-03-11 00:00:00"),
            at=datetime(2035, 1, 1),
        ),
        later(
            log("1", "2025-03-10"),
            click("2025-03-10 12:05:00"),
            order("o1", "1", "2025-03-10 12:00:00", "5.00"),
            user("1", "An", "2025-03-11 00:00:00"),
            file="third",
        ),
    ),
    "a clock is in the last minute of the calendar": (
        later(*LAST_MINUTE, at=datetime(9999, 12, 31, 23, 59, 30)),
        later(*LAST_MINUTE, file="third", at=datetime(9999, 12, 31, 23, 59, 59, 999999)),
        later(log("1", "2025-03-10"), click("2025-03-10 12:05:00"), file="fourth"),
    ),
    "records of one file and time come in two batches": (
        Batch(
            arriving(
                log("1", "2025-03-10"),
                order("o1", "2", "2025-03-10 12:00:00"),
                click("2025-03-10 12:00:00"),
                position=50,
            )
        ),
    ),
    "a clock was never set": (
        later(log("1", "2025-03-10"), user("x", "Ann", "1969-12-31 00:00:00"), at=datetime(1969, 12, 31, 23, 59, 30)),
    ),
    "nothing comes": (Batch(()), Batch((), "all, twice")),
    "a run ends after staging": (
        Batch(A_BIT_OF_ALL.records, "staging only"),
        later(log("1", "2025-03-11"), user("1", "An", "2025-03-11 00:00:00"), file="third"),
    ),
    "a run ends before the marts": (Batch(A_BIT_OF_ALL.records, "all but marts"), Batch(())),
    "a run ends after staging, and the daily fact runs alone": (
        Batch(A_BIT_OF_ALL.records, "staging only"),
        Batch((), "daily fact only"),
        Batch(()),
    ),
    "a full refresh between two batches": (
        Batch(later(log("1", "2025-03-12"), click("2025-03-10 10:30:00")).records, "all, in full"),
        later(
            log("1", "2025-03-11"), order("o1", "2", "2025-03-11 12:00:00"), click("2025-03-10 12:30:00"), file="third"
        ),
    ),
}


def named_history(name: str) -> History:
    """The background and what comes after it."""
    return History((BACKGROUND, *NAMED_HISTORIES[name]))


def all_in_one(batches: int) -> History:
    """The background, and then what comes in any of the named histories, in so many batches."""
    contents: list[list[Record]] = [[] for _ in range(batches)]
    for number, history in enumerate(NAMED_HISTORIES.values()):
        for position, batch in enumerate(history, number):
            # A file of each history's own, unless it is a new delivery of the background's.
            contents[position % batches] += [
                record
                if record.source_file == "first"
                else replace(record, source_file=f"{record.source_file} {number}")
                for record in batch.records
            ]
    return History((BACKGROUND, *[Batch(tuple(content)) for content in contents]))
