"""Lives of shipments: a row of changes or scans each, hours apart, at any time as many beginning as ending."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from datagen.arrow import join, number, overwrite, weighted
from datagen.chunks import Chunk, groups
from datagen.span import SECOND, Span, chained

# Shares of times that are written as ISO 8601 text, and as seconds, milliseconds and microseconds since 1970.
TIME_FORM_WEIGHTS = (70, 10, 15, 5)


@dataclass(frozen=True)
class Lives:
    """The records of some shipments: those of one stand together, in order of time.

    Attributes:
        times: of every record, in microseconds since the first day.
        shipment: of every record, counted from 0.
        first: the first record of every shipment.
        last: the last record of every shipment.
        ids: of every shipment, as numbers.
        goes_on: which shipments had a life before the first day, of which no records are left.
    """

    times: np.ndarray
    shipment: np.ndarray
    first: np.ndarray
    last: np.ndarray
    ids: np.ndarray
    goes_on: np.ndarray

    @property
    def step(self) -> np.ndarray:
        """The number of every record in its shipment, from 0."""
        return np.arange(len(self.times)) - self.first[self.shipment]

    @property
    def left(self) -> np.ndarray:
        """How many records of its shipment follow every record."""
        return self.last[self.shipment] - np.arange(len(self.times))

    def id_text(self) -> pa.Array:
        """The id of every record's shipment."""
        return join("sh-", number(self.ids, 9)).take(pa.array(self.shipment))


def lives(
    rng: np.random.Generator, span: Span, chunk: Chunk, count: int, lengths: Sequence[int], gaps: np.ndarray
) -> Lives:
    """Shipments with `count` records in all, of one of the `lengths` each; `gaps` is the time from each to the next.

    What would be after the last day is moved to the first days, as the end of another shipment.
    """
    begun, first = groups(rng, lengths, count)
    starts = span.steady_times(rng, len(first), *chunk.shares)
    round_, times = np.divmod(chained(starts, gaps, first, begun), span.end)
    changes = (np.diff(begun, prepend=-1) != 0) | (np.diff(round_, prepend=0) != 0)
    first = np.flatnonzero(changes)
    return Lives(
        times,
        np.cumsum(changes) - 1,
        first,
        np.append(first[1:], count) - 1,
        chunk.first + 1 + begun[first] + round_[first] * chunk.total,
        round_[first] > 0,
    )


def gaps_between(
    rng: np.random.Generator, kinds: Sequence[tuple[int, int]], weights: Sequence[int], count: int
) -> np.ndarray:
    """`count` times between two records, in microseconds. A kind is a range of whole seconds, its end not included."""
    kind = weighted(rng, weights, count)
    low, high = np.array(kinds).T
    return rng.integers(low[kind], high[kind]) * SECOND


def json_times(rng: np.random.Generator, span: Span, times: np.ndarray) -> pa.Array:
    """Whole-second times as JSON values: text in some ISO 8601 form or a number since 1970, all of the same instant."""
    form = weighted(rng, TIME_FORM_WEIGHTS, len(times))
    values = quoted(span.mixed_text(rng, times))
    for which, unit in ((1, SECOND), (2, SECOND // 1000), (3, 1)):
        values = overwrite(values, form == which, number((times[form == which] + span.start) // unit))
    return values


def quoted(values: pa.Array) -> pa.Array:
    """Texts without any mark that JSON escapes, as JSON; null stays null."""
    return join('"', values, '"')
