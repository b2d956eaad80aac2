"""System C, one record after the other: events and orders of a user in windows, and which of them have a partner."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from arrivals import microseconds
from rules import SECOND, Rules, window_start

EVENTS, ORDERS = "events", "orders"
OTHER = {EVENTS: ORDERS, ORDERS: EVENTS}


class Activity(NamedTuple):
    """What one user did in one window."""

    window_start_at: int
    user_id: int
    total_events: int
    total_orders: int
    total_revenue: Decimal
    matched_events: int
    matched_orders: int
    matched_revenue: Decimal


@dataclass
class Matchable:
    """A record to match: of an event there is no amount."""

    stream: str
    record_id: str
    user_id: int
    at: int
    amount: Decimal = Decimal()
    is_matched: bool = False


@dataclass
class Stream:
    """What is remembered of a stream: its greatest time, and the records that may yet find a partner, by user."""

    greatest_at: int | None = None
    waiting: dict[int, deque[Matchable]] = field(default_factory=dict)


class ActivityProcessor:
    """Its state: records until the other stream's watermark is out of their reach, windows until that of both is."""

    def __init__(self, rules: Rules) -> None:
        self.streams = {EVENTS: Stream(), ORDERS: Stream()}
        self.delay = rules.activity_watermark_delay_seconds * SECOND
        self.tolerance = rules.activity_join_tolerance_seconds * SECOND
        self.window_seconds = rules.activity_window_seconds
        self.open_windows: dict[int, list[Matchable]] = {}
        self.activities: list[Activity] = []
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

    def finish(self) -> list[Activity]:
        """What all windows have, also those that are open still."""
        for start in list(self.open_windows):
            self._close(start)
        return self.activities

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
                self._close(start)

    def _close(self, start: int) -> None:
        records = self.open_windows.pop(start)
        for user_id in {record.user_id for record in records}:
            totals = [record for record in records if record.user_id == user_id]
            matched = [record for record in totals if record.is_matched]
            self.activities.append(Activity(start, user_id, *_measures(totals), *_measures(matched)))


def _measures(records: list[Matchable]) -> tuple[int, int, Decimal]:
    """Number of events, number of orders, revenue."""
    orders = [record.amount for record in records if record.stream == ORDERS]
    return len(records) - len(orders), len(orders), sum(orders, Decimal())
