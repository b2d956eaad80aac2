"""System B, one record after the other: which events count, which are duplicates or late, and how many a window has."""

from collections import Counter, deque
from dataclasses import dataclass
from typing import NamedTuple

from arrivals import UserEvent
from rules import SECOND, Rules, window_start


class Decision(NamedTuple):
    """What became of a record.

    Attributes:
        decision: accepted, duplicate, stale_duplicate or late.
        watermark_at: the watermark that it met, None for the first record.
        first_event_at: the time of the event that it repeats, or its own.
    """

    decision: str
    watermark_at: int | None
    first_event_at: int


class Count(NamedTuple):
    """How many events of a user a window has accepted."""

    window_start_at: int
    user_id: int
    event_count: int


@dataclass
class Sighting:
    """An id that is remembered: the event time of the first, and the watermark after it was seen last."""

    first_event_at: int
    watermark_at: int


class UserEventProcessor:
    """Its state: ids until the watermark is a retention further, and windows until the watermark closes them."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.watermark: int | None = None
        self.ids: dict[str, Sighting] = {}
        self.expiring: deque[tuple[int, str]] = deque()
        self.open_windows: dict[int, Counter] = {}
        self.counts: list[Count] = []

    def process(self, event: UserEvent) -> Decision:
        """Decide on the next record."""
        met = self.watermark
        self.watermark = event.event_at if met is None else max(met, event.event_at)
        known = self.ids.get(event.event_id)
        decided = Decision(self._decision(event, met, known), met, known.first_event_at if known else event.event_at)
        self.ids[event.event_id] = Sighting(decided.first_event_at, self.watermark)
        self.expiring.append((self.watermark, event.event_id))
        if decided.decision == "accepted":
            start = window_start(event.event_at, self.rules.user_event_window_seconds)
            self.open_windows.setdefault(start, Counter())[event.user_id] += 1
        self._forget_ids()
        self._close_windows()
        return decided

    def finish(self) -> list[Count]:
        """The counts of all windows, also of those that are open still."""
        for start in list(self.open_windows):
            self._close(start)
        return self.counts

    def _decision(self, event: UserEvent, met: int | None, known: Sighting | None) -> str:
        if known:
            is_near = abs(event.event_at - known.first_event_at) <= self.rules.duplicate_horizon_seconds * SECOND
            return "duplicate" if is_near else "stale_duplicate"
        return "late" if met is not None and self._is_late(event.event_at, met) else "accepted"

    def _is_late(self, event_at: int, watermark: int) -> bool:
        lateness = self.rules.user_event_allowed_lateness_seconds * SECOND
        if self.rules.user_event_late_rule == "strict":
            return event_at < watermark - lateness
        return watermark >= self._end(window_start(event_at, self.rules.user_event_window_seconds)) + lateness

    def _end(self, start: int) -> int:
        return start + self.rules.user_event_window_seconds * SECOND

    def _forget_ids(self) -> None:
        """Ids that were last seen more than a retention before the watermark, which is what the next record meets."""
        while self.expiring[0][0] < self.watermark - self.rules.event_id_retention_seconds * SECOND:
            seen_at, event_id = self.expiring.popleft()
            if event_id in self.ids and self.ids[event_id].watermark_at == seen_at:
                del self.ids[event_id]

    def _close_windows(self) -> None:
        lateness = self.rules.user_event_allowed_lateness_seconds * SECOND
        for start in [start for start in self.open_windows if self.watermark >= self._end(start) + lateness]:
            self._close(start)

    def _close(self, start: int) -> None:
        self.counts += [Count(start, user_id, count) for user_id, count in self.open_windows.pop(start).items()]
