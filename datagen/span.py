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

# How busy an hour of the day and a day of the week (Monday first) is, relative to each other.
HOUR_WEIGHTS = (2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 13, 13, 12, 12, 12, 13, 14, 15, 16, 15, 12, 8, 4)
WEEKDAY_WEIGHTS = (10, 10, 10, 10, 10, 9, 9)
# Finer than the rows of a chunk, so that rows spread evenly over it.
WEIGHT_UNIT = 1000

# Files arrive five minutes after the hour they hold.
ARRIVAL_DELAY = 5 * 60 * SECOND
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
        self._day_names = pa.array(np.datetime_as_string(np.datetime64(start, "D") + np.arange(days)))

    def times(self, rng: np.random.Generator, count: int, first: float, last: float) -> np.ndarray:
        """`count` whole-second times, about in order, in the part of the span between the shares `first` and `last`.

        They are spread evenly along the busy hours, so that the number a day is steady.
        """
        low, high = (int(self._cumulated[-1] * share) for share in (first, last))
        width = max(1, high - low)
        weight = low + (np.arange(count) * width + rng.integers(0, width, count)) // max(1, count)
        hour = np.searchsorted(self._cumulated, weight, side="right") - 1
        return np.minimum(hour, self.hours - 1) * HOUR + rng.integers(0, 3600, count) * SECOND

    def day_text(self, times: np.ndarray) -> pa.Array:
        """The date of each time, as `2025-01-08`."""
        return self._day_names.take(pa.array(times // DAY))

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


def _with_suffix(text: pa.Array, suffix: str) -> pa.Array:
    return pc.binary_join_element_wise(text, suffix, "")
