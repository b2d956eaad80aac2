"""What the processors say of a stream, as rows of the models that must say the same."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import random_streams
from activity_processor import EVENTS, ORDERS, Activity, ActivityProcessor, Matchable
from arrivals import Arrival, Attributes, Order, Position, Rate, microseconds, moment
from exchange_rates import ExchangeRates, money_of
from hypothesis import strategies as st
from order_history_processor import OrderHistoryProcessor, OrderVersion
from orders_processor import Decision as OrderDecision
from orders_processor import OrderProcessor, OrderWindow
from playback_processor import PlaybackProcessor, WatchStream, days
from rules import DAY, Rules
from scans_processor import CurrentStatus, ScanProcessor, StatusWindow
from scans_processor import Decision as ScanDecision
from shipments_consumer import Day, ShipmentConsumer
from steps import Stream
from user_events_processor import Count, Decision, UserEventProcessor
from warehouses import Rows

ARRIVAL = ("loaded_at", "source_file", "source_position")
Said = dict[str, Rows]


class System(NamedTuple):
    """A system of the specification: random streams for it, and what its processor says of one."""

    streams: Callable[[Rules], st.SearchStrategy[Stream]]
    said: Callable[[Rules, Stream], Said]


def accepted(stream: Stream) -> list[Arrival]:
    """What processors get to see."""
    return [arrival for arrival in stream if arrival.record]


def without_rates(stream: Stream) -> tuple[list[Arrival], ExchangeRates]:
    """What processors get to see, apart from exchange rates; and these."""
    rates = ExchangeRates()
    others = []
    for one in accepted(stream):
        if isinstance(one.record, Rate):
            rates.process(one.record)
        else:
            others.append(one)
    return others, rates


def arrival_of(arrival: Arrival) -> tuple:
    """The place of a record in the order of arrival, as a row has it."""
    return microseconds(arrival.raw.loaded_at), arrival.raw.source_file, arrival.raw.source_position


def table(columns: Sequence[str], rows: Iterable[tuple]) -> Rows:
    """Rows that can be compared."""
    return Rows(tuple(columns), Counter(tuple(row) for row in rows))


def user_events_said(rules: Rules, stream: Stream) -> Said:
    """System B."""
    processor = UserEventProcessor(rules)
    decided = [(*arrival_of(one), *processor.process(one.record)) for one in accepted(stream)]
    return {
        "intermediate.int_activity__user_events_decided": table((*ARRIVAL, *Decision._fields), decided),
        "marts.fct_user_event_counts": table(Count._fields, processor.finish()),
    }


def orders_said(rules: Rules, stream: Stream) -> Said:
    """System H, and every status that an order had."""
    arrivals, rates = without_rates(stream)
    history = OrderHistoryProcessor()
    for one in arrivals:
        history.process(one.record, microseconds(one.raw.loaded_at))
    processor = OrderProcessor(rules)
    decided = [(*arrival_of(one), *processor.process(one.record)) for one in arrivals]
    late = [(*arrival, watermark_at) for *arrival, decision, watermark_at in decided if decision == "late"]
    return {
        "intermediate.int_orders__orders_decided": table((*ARRIVAL, *OrderDecision._fields), decided),
        "marts.fct_order_windows": table(OrderWindow._fields, processor.finish(rates)),
        "marts.fct_order_windows_late": table((*ARRIVAL, "watermark_at"), late),
        "marts.dim_order_history": table(OrderVersion._fields, history.finish()),
    }


def activities_said(rules: Rules, stream: Stream) -> Said:
    """System C. What is a first arrival is said by the processor of each stream."""
    processor = ActivityProcessor(rules)
    upstream = {EVENTS: UserEventProcessor(rules), ORDERS: OrderProcessor(rules)}
    arrivals, rates = without_rates(stream)
    late = []
    for one in arrivals:
        kind = ORDERS if isinstance(one.record, Order) else EVENTS
        is_repetition = upstream[kind].process(one.record).decision not in ("accepted", "late")
        money = money_of(one.record) if kind == ORDERS else None
        record_id, user_id, at = one.record[0], one.record[1], one.record[-1]
        if processor.process(Matchable(kind, record_id, user_id, at, money), is_repetition):
            late.append((*arrival_of(one), kind == ORDERS))
    return {
        "intermediate.int_activity__events_and_orders_late": table((*ARRIVAL, "is_order"), late),
        "marts.fct_user_activity_windows": table(Activity._fields, processor.finish(rates)),
        "marts.fct_event_order_pairs": table(("event_id", "order_id"), processor.pairs),
    }


def heartbeats_said(rules: Rules, stream: Stream) -> Said:
    """System E."""
    processor = PlaybackProcessor(rules)
    for one in accepted(stream):
        processor.process(one.record)
    streams = processor.finish()
    closed, opened = ([one for one in streams if one.is_open is is_open] for is_open in (False, True))
    in_days = [(moment(day * DAY).date(), *rest) for day, *rest in days(streams)]
    day_columns = ("stream_date", "user_id", "session_count", "stream_count", "watch_seconds")
    ids = WatchStream._fields[:5]
    return {
        "intermediate.int_playback__watch_streams": table(WatchStream._fields, streams),
        "intermediate.int_playback__open_watch_streams": table(ids, [one[:5] for one in opened]),
        "marts.fct_watch_streams": table(ids, [one[:5] for one in closed]),
        "marts.fct_daily_user_playback": table(day_columns, in_days),
    }


def scans_said(rules: Rules, stream: Stream) -> Said:
    """System F, scans."""
    processor = ScanProcessor(rules)
    decided = [(*arrival_of(one), *processor.process(one.record)) for one in accepted(stream)]
    late = [one for one in decided if one[3] == "late"]
    columns = (*ARRIVAL, *ScanDecision._fields)
    return {
        "intermediate.int_shipping__scans_decided": table(columns, decided),
        "marts.fct_shipment_status_windows": table(StatusWindow._fields, processor.finish()),
        "marts.fct_shipment_scans_late": table((*ARRIVAL, *columns[4:]), [one[:3] + one[4:] for one in late]),
        "marts.shipment_current_status": table(CurrentStatus._fields, processor.statuses()),
    }


def changes_said(rules: Rules, stream: Stream) -> Said:
    """System F, changes."""
    consumer = ShipmentConsumer()
    for one in accepted(stream):
        consumer.process(one.record)
    history = consumer.history()
    version = ("shipment_id", "version_number", "operation", "is_deleted", *Attributes._fields)
    version += ("valid_from", "valid_to", "sequence_issue", "changed_at", *Position._fields, "is_current")
    rows = [(*one[:4], *one.attributes, *one[5:9], *one.position, one.is_current) for one in history]
    current = [(one.shipment_id, *one.attributes, one.valid_from) for one in history if one.is_current]
    return {
        "marts.dim_shipment_history": table(version, rows),
        "marts.dim_shipments": table(("shipment_id", *Attributes._fields, "valid_from"), current),
        "marts.fct_daily_shipments": table(Day._fields, consumer.days()),
    }


SYSTEMS = {
    "user events": System(random_streams.user_events, user_events_said),
    "orders": System(random_streams.orders, orders_said),
    "activities": System(random_streams.activities, activities_said),
    "heartbeats": System(random_streams.heartbeats, heartbeats_said),
    "scans": System(random_streams.scans, scans_said),
    "changes": System(random_streams.changes, changes_said),
}
