"""System C, one record after the other: events and orders of a user in windows, and which of them have a partner."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from arrivals import microseconds
from exchange_rates import ExchangeRates, Money
from rules import SECOND, Rules, window_start

EVENTS, ORDERS = "events", "orders"
OTHER = {EVENTS: ORDERS, ORDERS: EVENTS}


class Activity(NamedTuple):
    """What one user did in one window. Amounts are in the reporting currency, of orders with a known rate."""

    window_start_at: int
    user_id: int
    event_count: int
    order_count: int
    ordered_amount: Decimal
    matched_event_count: int
    matched_order_count: int
    matched_ordered_amount: Decimal


@dataclass
class Matchable:
    """A record to match: of an event there is no money."""

    stream: str
    record_id: str
    user_id: int
    at: int
    money: Money | None = None
    is_matched: bool = False


@dataclass
class Stream:
    """What is remembered of a stream: its greatest time, and the records that may yet find a partner, by user."""

    greatest_at: int | None = None
    waiting: dict[int, deque[Matchable]] = field(default_factory=dict)


class ActivityProcessor:
    """Its state: records until the other stream's watermark is out of their reach, windows until that of both is.

    What has passed is remembered by window and user, without a value: a rate may come at any time.
    """

    def __init__(self, rules: Rules) -> None:
        self.streams = {EVENTS: Stream(), ORDERS: Stream()}
        self.delay = rules.activity_watermark_delay_seconds * SECOND
        self.tolerance = rules.activity_join_tolerance_seconds * SECOND
        self.window_seconds = rules.activity_window_seconds
        self.open_windows: dict[int, list[Matchable]] = {}
        self.closed_windows: dict[int, list[Matchable]] = {}
        self.pairs_between = [
            microseconds(datetime.fromisoformat(at)) for at in (rules.pairs_from, rules.pairs_to) if at
        ]
        self.pairs: list[tuple[str, str]] = []

    def process(self, record: Matchable, is_repetition: bool = False) -> bool:
        """Take the next record; whether it is late. A repetition moves the watermark of its stream and does no more."""
        watermark = self._watermark(record.stream)
        is_late = not is_repetition and watermark is not None and record.at < watermark
        greatest_at = self.streams[record.stream].greatest_at
        self.streams[record.stream].greatest_at = record.at if greatest_at is None else max(greatest_at, record.at)
        if not is_repetition and not is_late:
            self._keep(record)
        self._forget(OTHER[record.stream], self._watermark(record.stream))
        self._close_windows()
        return is_late

    def finish(self, rates: ExchangeRates) -> list[Activity]:
        """What all windows have, also those that are open still, by the rates known now."""
        activities = []
        for start, records in [*self.closed_windows.items(), *self.open_windows.items()]:
            for user_id in {record.user_id for record in records}:
                of_user = [record for record in records if record.user_id == user_id]
                matched = [record for record in of_user if record.is_matched]
                activities.append(Activity(start, user_id, *_measures(of_user, rates), *_measures(matched, rates)))
        return activities

    def _watermark(self, stream: str) -> int | None:
        greatest_at = self.streams[stream].greatest_at
        return None if greatest_at is None else greatest_at - self.delay

    def _keep(self, record: Matchable) -> None:
        for partner in self.streams[OTHER[record.stream]].waiting.get(record.user_id, ()):
            if abs(partner.at - record.at) <= self.tolerance:
                partner.is_matched = record.is_matched = True
                self._pair(*((record, partner) if record.stream == EVENTS else (partner, record)))
        self.streams[record.stream].waiting.setdefault(record.user_id, deque()).append(record)
        self.open_windows.setdefault(window_start(record.at, self.window_seconds), []).append(record)

    def _pair(self, event: Matchable, order: Matchable) -> None:
        """A pair belongs to the time of its event."""
        if self.pairs_between and self.pairs_between[0] <= event.at < self.pairs_between[1]:
            self.pairs.append((event.record_id, order.record_id))

    def _forget(self, stream: str, watermark: int) -> None:
        """What the other stream, which is so far now, cannot match any more."""
        waiting = self.streams[stream].waiting
        for user_id, records in list(waiting.items()):
            while records and records[0].at + self.tolerance < watermark:
                records.popleft()
            if not records:
                del waiting[user_id]

    def _close_windows(self) -> None:
        """Those whose last record can find no partner any more."""
        watermarks = [self._watermark(stream) for stream in self.streams]
        if None not in watermarks:
            reached = min(watermarks) - self.tolerance - self.window_seconds * SECOND
            for start in [start for start in self.open_windows if start <= reached]:
                self.closed_windows[start] = self.open_windows.pop(start)


def _measures(records: list[Matchable], rates: ExchangeRates) -> tuple[int, int, Decimal]:
    """Number of events, number of orders, what the orders are worth."""
    amounts = [record.money for record in records if record.money]
    return len(records) - len(amounts), len(amounts), sum(rates.values(amounts), Decimal())
