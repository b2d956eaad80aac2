"""user_events: what users do, as a stream delivers it: almost in order, some of it twice."""

import numpy as np
import pyarrow as pa

from datagen.arrow import choose, join, number, spoil, weighted
from datagen.chunks import Chunk, Maker, groups, twice
from datagen.people import actors
from datagen.span import HOUR, SECOND, chained, order_of_stream

EVENTS = ("view", "login", "add_to_cart", "purchase", "logout")
EVENT_WEIGHTS = (60, 10, 15, 5, 10)
# Events in a row of one user.
ROW_LENGTHS = (1, 2, 3, 5, 8, 13)
# Seconds between two of them: a tie, inside a window of 10 s, exactly such a window, further apart.
GAP_KINDS = ((0, 1), (1, 10), (10, 11), (11, 60))
GAP_WEIGHTS = (5, 60, 5, 30)
FRACTION_SHARE = 0.15
# What comes twice: seconds by which its time differs then. The same event, nearly, at the horizon of 10 s, beyond it.
SHIFT_KINDS = ((0, 1), (1, 10), (10, 11), (11, 60))
SHIFT_WEIGHTS = (65, 15, 5, 15)
# Of those, the ones that come hours later, by when the id may be forgotten; half of them are another event by then.
HOURS_LATER_SHARE = 0.1
MOST_HOURS_LATER = 48
MOST_SECONDS_LATER = 8

FAULTS: tuple[dict[str, str | None], ...] = (
    {"event_id": None},
    {"user_id": None},
    {"user_id": "abc"},
    {"user_id": "-3"},
    {"event_type": None},
    {"event_time": None},
    {"event_time": "2025-02-30 10:00:00"},
)


class UserEvents(Maker):
    """Events of users, in rows of some seconds each. An id that comes again is most often a delivery seconds later."""

    table = "user_events"
    extension = "jsonl"

    @property
    def total(self) -> int:
        return self.dials.user_events

    def make(self, chunk: Chunk) -> pa.Table:
        rng = self.random(chunk)
        fresh, repeated = twice(chunk.count, self.dials.duplicate_share)
        users, times = self._rows(rng, chunk, fresh)
        sent = times.copy()
        hours = self.span.arrival_hours(rng, times, self.dials.late_share, self.dials.late_hours)

        again = self.pick(rng, fresh, repeated)
        record = np.concatenate([np.arange(fresh), again])
        later = rng.random(repeated) < HOURS_LATER_SHARE
        waited = later * rng.integers(1, MOST_HOURS_LATER + 1, repeated)
        kind = weighted(rng, SHIFT_WEIGHTS, repeated)
        low, high = np.array(SHIFT_KINDS).T
        shift = rng.integers(low[kind], high[kind]) * rng.choice([-1, 1], repeated) * SECOND
        shift = np.where(rng.random(repeated) < 0.5, shift, shift + waited * HOUR)
        times = self._within(np.concatenate([times, times[again] + shift]))
        sent = np.concatenate([sent, sent[again] + rng.integers(0, MOST_SECONDS_LATER + 1, repeated) * SECOND])
        hours = np.minimum(np.concatenate([hours, hours[again] + waited]), self.span.hours)

        columns = self._columns(rng, chunk, users, times, record)
        arrival = order_of_stream(rng, sent, hours)
        rows = pa.array(arrival)
        return self.arrange({name: values.take(rows) for name, values in columns.items()}, hours[arrival])

    def _rows(self, rng: np.random.Generator, chunk: Chunk, events: int) -> tuple[np.ndarray, np.ndarray]:
        """User and time of every event."""
        row, first = groups(rng, ROW_LENGTHS, events)
        starts = self.span.steady_times(rng, len(first), *chunk.shares)
        kind = weighted(rng, GAP_WEIGHTS, events)
        low, high = np.array(GAP_KINDS).T
        gaps = rng.integers(low[kind], high[kind]) * SECOND
        gaps += (rng.random(events) < FRACTION_SHARE) * rng.integers(0, SECOND, events) * (gaps > 0)
        return actors(rng, starts, self.dials, self.span)[row], self._within(chained(starts, gaps, first, row))

    def _within(self, times: np.ndarray) -> np.ndarray:
        return np.clip(times, 0, self.span.end - SECOND)

    def _columns(
        self, rng: np.random.Generator, chunk: Chunk, users: np.ndarray, times: np.ndarray, record: np.ndarray
    ) -> dict[str, pa.Array]:
        """The text of every delivery: delivery i is of event `record[i]` and says that it happened at `times[i]`."""
        fresh = len(users)
        once = {
            "event_id": join("e-", number(chunk.first + 1 + np.arange(fresh), 9)),
            "user_id": number(users),
            "event_type": choose(EVENTS, weighted(rng, EVENT_WEIGHTS, fresh)),
        }
        columns = {name: values.take(pa.array(record)) for name, values in once.items()}
        columns["event_time"] = self.span.mixed_text(rng, times)
        broken = rng.random(len(record)) < self.dials.malformed_share
        spoil(columns, broken, rng.integers(0, len(FAULTS), len(record)), FAULTS)
        return columns
