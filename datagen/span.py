"""Time: the days that are generated, when things happen in them, and when their files arrive.

All times are int64 microseconds since the first day's midnight (UTC), so that the arithmetic is exact on every machine.
"""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen.arrow import overwrite

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR

# Exchange rates are from before the span, too.
DAYS_NAMED_BEFORE = 3

# How busy an hour of the day and a day of the week (Monday first) is, relative to each other.
HOUR_WEIGHTS = (2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 13, 13, 12, 12, 12, 13, 14, 15, 16, 15, 12, 8, 4)
WEEKDAY_WEIGHTS = (10, 10, 10, 10, 10, 9, 9)
# Finer than the rows of a chunk, so that rows spread evenly over it.
WEIGHT_UNIT = 1000

# Files arrive five minutes after the hour they hold.
ARRIVAL_DELAY = 5 * 60 * SECOND
# Share of the records of a stream that are on their way for more than 3 seconds.
SLOW_SHARE = 0.06
# Shares of times written as 2025-01-08T12:34:56, with a trailing Z, and with an offset of two hours.
TIME_STYLE_SHARES = (0.006, 0.004, 0.003)


class Span:
    """`days` days from `start`, in UTC."""

    def __init__(self, start: date, days: int) -> None:
        self.start = int(np.datetime64(start, "us").astype(np.int64))
        self.hours = days * 24
        self.end = days * DAY
        weekdays = (np.arange(days) + start.weekday()) % 7
        weights = np.outer(np.take(WEEKDAY_WEIGHTS, weekdays), HOUR_WEIGHTS).ravel() * WEIGHT_UNIT
        self._cumulated = np.concatenate([[0], np.cumsum(weights, dtype=np.int64)])
        hours = np.datetime64(start, "h") + np.arange(-1, self.hours + 2)
        self._hour_names = np.datetime_as_string(hours, unit="h")
        self._day_names = pa.array(
            np.datetime_as_string(np.datetime64(start, "D") + np.arange(-DAYS_NAMED_BEFORE, days))
        )

    def times(self, rng: np.random.Generator, count: int, first: float, last: float) -> np.ndarray:
        """`count` whole-second times, about in order, in the part of the span between the shares `first` and `last`.

        They are spread evenly along the busy hours, so that the number a day is steady.
        """
        hour, _ = self._busy_hours(rng, count, first, last)
        return hour * HOUR + rng.integers(0, 3600, count) * SECOND

    def steady_times(self, rng: np.random.Generator, count: int, first: float, last: float) -> np.ndarray:
        """Like `times`, but each at or after the one before it."""
        hour, weight = self._busy_hours(rng, count, first, last)
        begin, end = self._cumulated[hour], self._cumulated[hour + 1]
        return hour * HOUR + np.minimum((weight - begin) * 3600 // (end - begin), 3599) * SECOND

    def _busy_hours(
        self, rng: np.random.Generator, count: int, first: float, last: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Hours in ascending order, busy ones more often, and the place of each on the scale of `_cumulated`."""
        low, high = (int(self._cumulated[-1] * share) for share in (first, last))
        width = max(1, high - low)
        weight = low + (np.arange(count) * width + rng.integers(0, width, count)) // max(1, count)
        hour = np.searchsorted(self._cumulated, weight, side="right") - 1
        return np.minimum(hour, self.hours - 1), weight

    def day_text(self, times: np.ndarray) -> pa.Array:
        """The date of each time, as `2025-01-08`; a time may be up to three days before the span."""
        return self._day_names.take(pa.array(times // DAY + DAYS_NAMED_BEFORE))

    def plain_text(self, times: np.ndarray) -> pa.Array:
        """Each time as `2025-01-08 12:34:56`, with six more digits only where there is a fraction of a second."""
        absolute = times + self.start
        text = pa.array(absolute // SECOND).cast(pa.timestamp("s")).cast(pa.string())
        fraction = absolute % SECOND != 0
        return overwrite(text, fraction, pa.array(absolute[fraction]).cast(pa.timestamp("us")).cast(pa.string()))

    def mixed_text(self, rng: np.random.Generator, times: np.ndarray) -> pa.Array:
        """Like plain_text, but a few in other ISO 8601 forms of the same instant (T, Z, +02:00)."""
        edges = np.cumsum(TIME_STYLE_SHARES)
        style = np.searchsorted(edges, rng.random(len(times)), side="right")
        text = self.plain_text(times)
        text = overwrite(text, style == 0, pc.replace_substring(self.plain_text(times[style == 0]), " ", "T"))
        text = overwrite(text, style == 1, _with_suffix(self.plain_text(times[style == 1]), "Z"))
        return overwrite(text, style == 2, _with_suffix(self.plain_text(times[style == 2] + 2 * HOUR), "+02:00"))

    def arrival_hours(
        self, rng: np.random.Generator, times: np.ndarray, late_share: float, late_hours: int
    ) -> np.ndarray:
        """The hour whose file brings each record: its own, or for late ones 1 to `late_hours` hours further on.

        What would come after the last day comes with its last file. Hour -1 brings what was there before the span.
        """
        hours = np.maximum(times // HOUR, -1)
        if late_hours:
            late = rng.random(len(times)) < late_share
            hours += late * rng.integers(1, late_hours + 1, len(times))
        return np.minimum(hours, self.hours - 1)

    def again_hours(self, rng: np.random.Generator, hours: np.ndarray) -> np.ndarray:
        """Arrival hours, 1 to 24 hours further on, of records that were first delivered in `hours`."""
        return np.minimum(hours + rng.integers(1, 25, len(hours)), self.hours)

    def loaded_at(self, hours: np.ndarray) -> pa.Array:
        """When the files of these hours arrived (timestamp without time zone, UTC)."""
        return pa.array(self.start + (hours + 1) * HOUR + ARRIVAL_DELAY).cast(pa.timestamp("us"))

    def source_files(self, table: str, extension: str, hours: np.ndarray) -> pa.Array:
        """Names such as `app_logs/2025-01-03T05.log`."""
        names = pa.array([f"{table}/{hour}.{extension}" for hour in self._hour_names])
        return names.take(pa.array(hours + 1))


class Positions:
    """Counts the records of every hourly file across chunks, so that file and position are unique."""

    def __init__(self, span: Span) -> None:
        self._next = np.ones(span.hours + 2, dtype=np.int64)

    def take(self, hours: np.ndarray) -> np.ndarray:
        """The positions (from 1) of records whose arrival hours are given in ascending order."""
        counts = np.bincount(hours + 1, minlength=len(self._next))
        begins = np.cumsum(counts) - counts
        positions = np.arange(len(hours)) + (self._next - begins)[hours + 1]
        self._next += counts
        return positions


def chained(starts: np.ndarray, gaps: np.ndarray, first: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The time of each record: the start of its group, and the gaps from the group's `first` record up to it.

    `gaps` holds the time since the record before it, which does not count for the first.
    """
    steps = gaps.copy()
    steps[first] = 0
    elapsed = np.cumsum(steps)
    return elapsed - elapsed[first][group] + starts[group]


def order_of_stream(rng: np.random.Generator, times: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """The order in which records arrive that were sent at `times` and come with the files of `hours`.

    Within a file it is the order of sending (of the minute and second, for what comes hours late), but for the seconds
    that each is on its way: 3 at most, for a few of them 4 to 12.
    """
    slow = rng.random(len(times)) < SLOW_SHARE
    delay = np.where(slow, rng.integers(4, 13, len(times)), rng.integers(0, 4, len(times))) * SECOND
    return np.lexsort((times % HOUR + delay, hours))


def _with_suffix(text: pa.Array, suffix: str) -> pa.Array:
    return pc.binary_join_element_wise(text, suffix, "")
