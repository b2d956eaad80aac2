"""The processors give what the examples of the specification say, what its words say at the edges, and forget."""

import sys
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "replay"))

from activity_processor import EVENTS, ORDERS, ActivityProcessor, Matchable
from arrivals import NO_ATTRIBUTES, Change, Heartbeat, Order, Position, Rate, Scan, UserEvent
from exchange_rates import ExchangeRates, Money, money_of
from order_history_processor import OrderHistoryProcessor
from orders_processor import OrderProcessor
from playback_processor import PlaybackProcessor
from rules import DAY, SECOND, Rules
from scans_processor import ScanProcessor
from shipments_consumer import ShipmentConsumer
from user_events_processor import UserEventProcessor

# System B: id, user, time.
USER_EVENTS = [("e1", 1, 100), ("e2", 1, 102), ("e1", 1, 103), ("e3", 2, 104), ("e4", 1, 95), ("e5", 1, 108)]


@pytest.mark.parametrize(
    ("late_rule", "e4", "counts"),
    [
        ("window", "accepted", {(90, 1, 1), (100, 1, 3), (100, 2, 1)}),
        ("strict", "late", {(100, 1, 3), (100, 2, 1)}),
    ],
)
def test_the_example_of_user_events(late_rule, e4, counts):
    processor = UserEventProcessor(Rules(user_event_late_rule=late_rule))
    decided = [processor.process(UserEvent(event, user, at * SECOND)) for event, user, at in USER_EVENTS]
    assert [one.decision for one in decided] == ["accepted", "accepted", "duplicate", "accepted", e4, "accepted"]
    assert [one.watermark_at and one.watermark_at // SECOND for one in decided] == [None, 100, 102, 103, 104, 104]
    assert decided[2].first_event_at == 100 * SECOND
    assert {(one.window_start_at // SECOND, one.user_id, one.event_count) for one in processor.finish()} == counts


@pytest.mark.parametrize(
    ("records", "last"),
    [
        ([("a", 105), ("b", 99.999999)], "late"),
        ([("a", 104.999999), ("b", 90)], "accepted"),
        ([("a", 105), ("b", 99), ("b", 99)], "duplicate"),
        ([("a", 105), ("b", 110), ("a", 115)], "duplicate"),
        ([("a", 105), ("b", 110), ("a", 115.000001)], "stale_duplicate"),
        ([("a", 105), ("b", 110), ("a", 94.999999)], "stale_duplicate"),
        # The watermark may advance by the retention since the id was last seen, which need not be the first time.
        ([("a", 0), ("b", 86400), ("a", 86400)], "stale_duplicate"),
        ([("a", 0), ("b", 86400.000001), ("a", 86401)], "accepted"),
        ([("a", 0), ("b", 80000), ("a", 0), ("c", 166400), ("a", 0)], "duplicate"),
        ([("a", 0), ("b", 86401), ("a", 0)], "late"),
    ],
)
def test_edges_of_user_events(records, last):
    processor = UserEventProcessor(Rules())
    decided = [processor.process(UserEvent(event, 1, round(at * SECOND))) for event, at in records]
    assert decided[-1].decision == last


def test_the_example_of_activity():
    processor = ActivityProcessor(Rules(pairs_from="1970-01-01", pairs_to="1970-01-02"))
    events = [("e1", 1, 100), ("e2", 1, 105), ("e3", 2, 106), ("e4", 1, 107), ("e5", 999, 108), ("e6", 999, 109)]
    orders = [("o1", 1, 50, 106), ("o2", 999, 20, 110), ("o3", 1, 30, 111)]
    for event, user, at in events:
        assert not processor.process(Matchable(EVENTS, event, user, at * SECOND))
    for order, user, amount, at in orders:
        assert not processor.process(Matchable(ORDERS, order, user, at * SECOND, Money(Decimal(amount), "EUR", 0)))
    assert {(one.window_start_at // SECOND, *one[1:]) for one in processor.finish(ExchangeRates())} == {
        (100, 1, 3, 1, 50, 2, 1, 50),
        (100, 2, 1, 0, 0, 0, 0, 0),
        (100, 999, 2, 0, 0, 2, 0, 0),
        (110, 1, 0, 1, 30, 0, 1, 30),
        (110, 999, 0, 1, 20, 0, 1, 20),
    }
    assert set(processor.pairs) == {("e2", "o1"), ("e4", "o1"), ("e4", "o3"), ("e5", "o2"), ("e6", "o2")}


@pytest.mark.parametrize(("at", "is_late"), [(97, False), (96.999999, True)])
def test_activity_is_late_when_it_is_older_than_the_watermark_of_its_own_stream(at, is_late):
    processor = ActivityProcessor(Rules())
    processor.process(Matchable(EVENTS, "e1", 1, 100 * SECOND))
    assert processor.process(Matchable(EVENTS, "e2", 1, round(at * SECOND))) is is_late
    assert not processor.process(Matchable(ORDERS, "o1", 1, round(at * SECOND)))


def test_order_windows():
    processor = OrderProcessor(Rules())
    records = [("a", 1, 0), ("b", 2, 299), ("c", 1, 899), ("d", 1, 100), ("a", 3, 200), ("e", 1, 900), ("f", 1, 299)]
    records += [("g", 1, 300), ("f", 1, 900)]
    amounts = {"a": 1}
    decided = [
        processor.process(Order(order, user, Decimal(amounts.get(order, 2)), None, "pending", at * SECOND))
        for order, user, at in records
    ]
    said = ["accepted", "accepted", "accepted", "accepted", "repeated", "accepted", "late", "accepted", "repeated"]
    assert [one.decision for one in decided] == said
    assert decided[2].watermark_at == -301 * SECOND
    assert {(one.window_start_at // SECOND, *one[1:]) for one in processor.finish(ExchangeRates())} == {
        (0, 3, 3, Decimal(5), Decimal("1.666666"), 2, True),
        (300, 1, 1, Decimal(2), 2, 1, False),
        (600, 1, 1, Decimal(2), 2, 1, False),
        (900, 1, 1, Decimal(2), 2, 1, False),
    }


# Rates as they come: day, rate. The order is of day 20,000.
@pytest.mark.parametrize(
    ("rates", "value"),
    [
        ([], None),
        ([(20_001, "2")], None),
        ([(20_000, "2")], "66.66"),
        # The last one until then, whenever it comes.
        ([(20_000, "2"), (19_000, "3"), (20_001, "4")], "66.66"),
        ([(19_999, "2"), (19_000, "3")], "66.66"),
        # Corrected: the last to arrive counts.
        ([(20_000, "2"), (20_000, "0.915425317"), (19_999, "3")], "30.511125816"),
    ],
)
def test_what_an_order_is_worth(rates, value):
    known = ExchangeRates()
    for day, rate in rates:
        known.process(Rate(day, "USD", Decimal(rate)))
    order = Order("a", 1, Decimal("33.33"), "USD", "pending", 20_001 * DAY - 1)
    assert known.value(money_of(order)) == (value and Decimal(value))
    assert known.value(money_of(order._replace(currency=None))) == Decimal("33.33")


def test_windows_add_up_what_has_a_rate_by_the_end():
    orders, activity, rates = OrderProcessor(Rules()), ActivityProcessor(Rules()), ExchangeRates()
    for number, (amount, currency) in enumerate([("0.000000001", "USD"), ("7", "NOK"), ("3", None)]):
        order = Order(f"o{number}", 1, Decimal(amount), currency, "pending", 0)
        orders.process(order)
        activity.process(Matchable(ORDERS, order.order_id, 1, 0, money_of(order)))
    rates.process(Rate(0, "USD", Decimal("0.5")))
    # Half away from zero.
    amount = Decimal("3.000000001")
    assert orders.finish(rates) == [(0, 3, 2, amount, Decimal("1.5"), 1, False)]
    assert activity.finish(rates) == [(0, 1, 0, 3, amount, 0, 0, 0)]


def test_a_window_without_a_known_rate_has_no_average():
    processor = OrderProcessor(Rules())
    processor.process(Order("a", 1, Decimal(5), "NOK", "pending", 0))
    assert processor.finish(ExchangeRates()) == [(0, 1, 0, 0, None, 1, False)]


def test_order_history():
    processor = OrderHistoryProcessor()
    for loaded_at, order_id, status in [
        (1, "a", "pending"),
        (2, "b", "pending"),
        (2, "a", "pending"),
        (3, "a", "done"),
    ]:
        processor.process(Order(order_id, 1, Decimal(5), "EUR", status, 0), loaded_at)
    # Without a currency it is in euros, as before; in another it is another.
    for amount, currency in [("5", None), ("5.000000001", None), ("5.000000001", "USD")]:
        processor.process(Order("a", 1, Decimal(amount), currency, "done", 0), 3)
    said = {(one.order_id, one.version_number, one.currency, one.order_status, *one[7:]) for one in processor.finish()}
    assert said == {
        ("a", 1, "EUR", "pending", 1, 3, False),
        ("a", 2, "EUR", "done", 3, 3, False),
        ("a", 3, "EUR", "done", 3, 3, False),
        ("a", 4, "USD", "done", 3, None, True),
        ("b", 1, "EUR", "pending", 2, None, True),
    }


# System E: what is watched (program, start) at which times, and the streams: program, begin, end, whether it is open.
@pytest.mark.parametrize(
    ("heartbeats", "streams"),
    [
        ([("p", 0, 4), ("p", 0, 64)], [("p", 0, 64, True)]),
        ([("p", 0, 4), ("p", 0, 65)], [("p", 0, 4, False), ("p", 65, 65, True)]),
        # In order of their times, not of their arrival; back again is another stream.
        ([("p", 0, 4), ("p", 0, 12), ("q", 7, 8)], [("p", 0, 4, False), ("q", 7, 8, False), ("p", 12, 12, True)]),
        ([("p", 0, 4), ("p", 5, 8)], [("p", 0, 4, False), ("p", 5, 8, True)]),
        ([("p", 0, 4), ("p", 0, 4)], [("p", 0, 4, True)]),
    ],
)
def test_watch_streams(heartbeats, streams):
    processor = PlaybackProcessor(Rules())
    for program, start, at in heartbeats:
        processor.process(Heartbeat(1, program, start * SECOND, "s", "tv", at * SECOND))
    said = [(one.program_id, one.began_at // SECOND, one.ended_at // SECOND, one.is_open) for one in processor.finish()]
    assert said == streams


@pytest.mark.parametrize(("at", "is_open"), [(64, True), (64.000001, False)])
def test_the_last_stream_of_a_session_is_open_until_the_watermark_has_left_it(at, is_open):
    processor = PlaybackProcessor(Rules())
    processor.process(Heartbeat(1, "p", 0, "s", "tv", 4 * SECOND))
    processor.process(Heartbeat(2, "p", 0, "s", "tv", round(at * SECOND)))
    assert [one.is_open for one in processor.finish() if one.user_id == 1] == [is_open]


# System F, scans: id, shipment, status, time.
def test_status_windows():
    processor = ScanProcessor(Rules())
    records = [("a", "p", "in", 299), ("b", "p", "out", 0), ("c", "p", "in", 899), ("d", "q", "in", 299)]
    records += [("a", "q", "out", 299), ("e", "p", "lost", 299), ("f", "p", "out", 900)]
    decided = [
        processor.process(Scan(scan, shipment, status, None, at * SECOND)) for scan, shipment, status, at in records
    ]
    assert [one.decision for one in decided] == [*["accepted"] * 4, "repeated", "accepted", "accepted"]
    assert [one.watermark_at and one.watermark_at // SECOND for one in decided] == [
        None,
        -301,
        -301,
        299,
        299,
        299,
        299,
    ]
    assert {(one[0], one[1] // SECOND, one[3], one[5] // SECOND, *one[6:]) for one in processor.finish()} == {
        ("p", 0, "lost", 299, 3, True),
        ("q", 0, "in", 299, 1, True),
        ("p", 600, "in", 899, 1, False),
        ("p", 900, "out", 900, 1, False),
    }
    assert {(one[0], one[1], one[4]) for one in processor.statuses()} == {("p", "out", "f"), ("q", "in", "d")}


@pytest.mark.parametrize(("watermark", "decision"), [(87300 - 0.000001, "accepted"), (87300, "late")])
def test_a_scan_is_late_when_its_window_is_given_up_and_still_says_where_the_shipment_is(watermark, decision):
    processor = ScanProcessor(Rules())
    processor.process(Scan("a", "p", "in", None, round(watermark * SECOND)))
    assert processor.process(Scan("b", "q", "out", "van", 0)).decision == decision
    assert ("q", "out", "van", 0, "b") in processor.statuses()


# System F, changes: operation, offset in the log, time; and the versions: operation, from, to, what is wrong.
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            [("create", 1, 0), ("update", 3, 9), ("update", 2, 5)],
            [("create", 0, 5), ("update", 5, 9), ("update", 9, None)],
        ),
        # The source's order counts, not its clock.
        (
            [("create", 1, 10), ("update", 2, 10), ("update", 3, 7)],
            [("create", 10, 11), ("update", 11, 12), ("update", 12, None)],
        ),
        (
            [("create", 1, 0), ("delete", 3, 9), ("update", 2, 5)],
            [("create", 0, 5), ("update", 5, 9), ("delete", 9, None)],
        ),
        (
            [("delete", 1, 0), ("update", 2, 5)],
            [("delete", 0, 5, "delete_of_unknown"), ("update", 5, None, "update_after_delete")],
        ),
        ([("create", 1, 0), ("delete", 2, 5), ("delete", 3, 6)], [("create", 0, 5), ("delete", 5, None)]),
        # At one position the last to arrive counts, but not what was delivered before.
        ([("create", 1, 0), ("update", 1, 5), ("create", 1, 0)], [("update", 5, None)]),
    ],
)
def test_versions_of_a_shipment(changes, said):
    consumer = ShipmentConsumer()
    for operation, offset, at in changes:
        # Every change says something else.
        attributes = (
            NO_ATTRIBUTES if operation == "delete" else NO_ATTRIBUTES._replace(shipment_status=f"{offset} {at}")
        )
        consumer.process(Change("p", operation, attributes, at, Position(0, offset, 0)))
    found = [(one.operation, one.valid_from, one.valid_to, one.sequence_issue) for one in consumer.history()]
    assert found == [(*one, *[None] * (4 - len(one))) for one in said]


@pytest.mark.parametrize(("watermark", "days"), [(200, [(2, 1, 2, 0, 0, 0, 200)]), (201, [(2, 1, 2, 1, 0, 1, None)])])
def test_days_of_shipments(watermark, days):
    """One is on its way and promised for 200; the other, of 2 h, came in time; a third has moved the clock."""
    consumer = ShipmentConsumer()
    left = NO_ATTRIBUTES._replace(region="north", shipped_at=0, promised_at=200)
    arrived = left._replace(delivered_at=7200 * SECOND, promised_at=7200 * SECOND)
    for number, (attributes, at) in enumerate([(left, 0), (arrived, 0), (NO_ATTRIBUTES, watermark)]):
        consumer.process(Change(f"p{number}", "create", attributes, at, Position(0, number, 0)))
    found = consumer.days()
    assert [(one.region, one.carrier) for one in found] == [("north", "unknown")]
    assert [one[3:] for one in found] == days


def test_what_is_remembered_does_not_grow_with_the_stream():
    rules = Rules(event_id_retention_seconds=60, scan_allowed_lateness_seconds=0)
    events, orders, activity = UserEventProcessor(rules), OrderProcessor(rules), ActivityProcessor(rules)
    scans = ScanProcessor(rules)
    for at in range(0, 20_000 * SECOND, SECOND):
        events.process(UserEvent(f"e{at}", 1, at))
        orders.process(Order(f"o{at}", 1, Decimal(1), None, "completed", at))
        scans.process(Scan(f"s{at}", "p1", "in_transit", None, at))
        activity.process(Matchable(EVENTS, f"e{at}", 1, at))
        activity.process(Matchable(ORDERS, f"o{at}", 1, at, Money(Decimal(1), "EUR", 0)))
    assert len(events.ids) == len(events.expiring) == 61
    assert len(events.open_windows) == 1
    assert len(orders.open_windows) == len(scans.open_windows) == 3
    assert all(len(stream.waiting[1]) == 9 for stream in activity.streams.values())
    assert len(activity.open_windows) == 1
