"""web_events: what happens in the browser, in sessions."""

import numpy as np
import pyarrow as pa

from datagen.arrow import blank, choose, join, number, spoil, weighted
from datagen.chunks import Chunk, Maker, twice
from datagen.people import actors, hot_user, strangers
from datagen.span import DAY, SECOND, chained

EVENTS = ("page_view", "search", "product_view", "add_to_cart", "checkout", "scroll", "login")
EVENT_WEIGHTS = (38, 14, 22, 8, 3, 12, 3)
# Events a session. Seven sessions in a row are one of these hands, shuffled: days stay steady even when there are few.
SESSION_HANDS = np.array(((1, 1, 2, 3, 5, 8, 12), (1, 1, 2, 4, 6, 7, 11), (1, 1, 1, 2, 4, 5, 18)))
# Gaps between two events of a session: seconds, minutes, long breaks, a tie, the timeout exactly, and just over it.
GAP_KINDS = ((1, 60), (60, 600), (600, 1700), (0, 1), (1800, 1801), (1800, 1801))
GAP_WEIGHTS = (620, 290, 70, 12, 4, 4)
OVER_TIMEOUT = 5
FRACTION_SHARE = 0.15
ANONYMOUS_SHARE = 0.06
LOGIN_LATER_SHARE = 0.05
NO_DEVICE_SHARE = 0.03
UPDATE_SHARE = 0.04
# A user has this many devices; the hot one is a shared account with many.
DEVICES, HOT_DEVICES = 3, 5000

FAULTS: tuple[dict[str, str | None], ...] = (
    {"event_time": None},
    {"event_time": "not a time"},
    {"event_time": "2025-02-30 10:00:00"},
    {"user_id": None, "device_id": None},
    {"user_id": "user-1"},
    {"event_name": None},
)


class WebEvents(Maker):
    """Web events: sessions that may cross midnight or an app update, with or without a known user or device."""

    table = "web_events"
    extension = "jsonl"

    @property
    def total(self) -> int:
        return self.dials.web_events

    def make(self, chunk: Chunk) -> pa.Table:
        rng = self.random(chunk)
        fresh, repeated = twice(chunk.count, self.dials.duplicate_share)
        lengths, midnight = self._sessions(rng, fresh)
        first_event = np.cumsum(lengths) - lengths
        session = np.repeat(np.arange(len(lengths)), lengths)
        times = self._times(rng, chunk, lengths, first_event, session, midnight)
        hours = self.span.arrival_hours(rng, times, self.dials.late_share, self.dials.late_hours)

        starts = times[first_event]
        place = np.arange(fresh) - first_event[session]
        columns = self._columns(rng, times, starts, session, place)
        again = self.pick(rng, fresh, repeated)
        record = np.concatenate([np.arange(fresh), again])
        hours = np.concatenate([hours, self.span.again_hours(rng, hours[again])])
        arrival = np.lexsort((times[record], hours))
        rows = pa.array(record[arrival])
        return self.arrange({name: values.take(rows) for name, values in columns.items()}, hours[arrival])

    def _sessions(self, rng: np.random.Generator, events: int) -> tuple[np.ndarray, np.ndarray]:
        """The lengths of sessions that have `events` events together, and which of them straddle midnight."""
        hands = SESSION_HANDS[rng.integers(0, len(SESSION_HANDS), events // int(SESSION_HANDS.sum(axis=1).min()) + 1)]
        lengths = rng.permuted(hands, axis=1).ravel()
        count = len(lengths)
        midnight = rng.random(count) < self.dials.midnight_share
        lengths = np.where(midnight, np.maximum(lengths, 2), lengths)
        used = int(np.searchsorted(np.cumsum(lengths), events)) + 1 if events else 0
        lengths, midnight = lengths[:used], midnight[:used]
        if used:
            lengths[-1] -= lengths.sum() - events
        return lengths, midnight & (lengths > 1)

    def _times(
        self,
        rng: np.random.Generator,
        chunk: Chunk,
        lengths: np.ndarray,
        first_event: np.ndarray,
        session: np.ndarray,
        midnight: np.ndarray,
    ) -> np.ndarray:
        """The time of every event, ascending within its session and before the end of the span."""
        sessions = len(lengths)
        kind = weighted(rng, GAP_WEIGHTS, len(session))
        low, high = np.array(GAP_KINDS).T
        gaps = rng.integers(low[kind], high[kind]) * SECOND + (kind == OVER_TIMEOUT)
        crossing = first_event[midnight] + 1
        gaps[crossing] = np.maximum(gaps[crossing], 2 * SECOND)
        starts = self.span.times(rng, sessions, *chunk.shares)
        starts += (rng.random(sessions) < FRACTION_SHARE) * rng.integers(0, SECOND, sessions)
        # The midnight before, for all but the first day; the second event is at it or after it.
        day = np.maximum(starts[midnight] // DAY, 1)
        starts[midnight] = day * DAY - SECOND * rng.integers(1, gaps[crossing] // SECOND + 1)
        return np.minimum(chained(starts, gaps, first_event, session), self.span.end - SECOND)

    def _columns(
        self, rng: np.random.Generator, times: np.ndarray, starts: np.ndarray, session: np.ndarray, place: np.ndarray
    ) -> dict[str, pa.Array]:
        """The text of every event, in the order of `times`; `place` counts events within their session from 0."""
        sessions, events = len(starts), len(times)
        user = actors(rng, starts, self.dials, self.span)
        hot = user == hot_user(self.dials)
        own_device = user * DEVICES + rng.integers(0, DEVICES, sessions)
        first_hot = (self.dials.users + strangers(self.dials) + 1) * DEVICES
        device = np.where(hot, first_hot + rng.integers(0, HOT_DEVICES, sessions), own_device)
        # How many of the first events of a session have no user yet.
        without_user = (rng.random(sessions) < LOGIN_LATER_SHARE) * 1
        without_user[rng.random(sessions) < ANONYMOUS_SHARE] = 1_000_000
        no_device = (rng.random(sessions) < NO_DEVICE_SHARE) & (without_user == 0)
        # A new version every two weeks; an update in the middle of a session brings the next one early.
        updated = (rng.random(sessions) < UPDATE_SHARE)[session] & (place >= 2)
        version = starts[session] // (14 * DAY) + updated
        versions = [f"{3 + n // 10}.{n % 10}.0" for n in range(int(self.span.end // (14 * DAY)) + 2)]
        columns = {
            "event_name": choose(EVENTS, weighted(rng, EVENT_WEIGHTS, events)),
            "user_id": blank(number(user).take(pa.array(session)), place < without_user[session]),
            "app_version": choose(versions, version),
            "event_time": self.span.mixed_text(rng, times),
            "device_id": blank(join("dev-", number(device, 6)), no_device).take(pa.array(session)),
            "client": choose(["web"], np.zeros(events, dtype=np.int64)),
        }
        broken = rng.random(events) < self.dials.malformed_share
        spoil(columns, broken, rng.integers(0, len(FAULTS), events), FAULTS)
        return columns
