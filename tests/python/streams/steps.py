"""Steps from one record of a random stream to the next, from which its times, ids and order of arrival follow."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import chain

from arrivals import Arrival, Read, moment
from hypothesis import strategies as st
from records import Record as Raw
from rules import SECOND, Rules, window_start

MOST_RECORDS = 24
# Where a stream begins: in our days, at 1970, shortly and long before it.
ORIGINS = st.sampled_from([1_741_649_400 * SECOND, 0, -20 * SECOND, -1_000_000_007 * SECOND])
# Everything arrives long after all event times, or it would be rejected as being in the future.
FIRST_ARRIVAL = timedelta(days=90)
# The next record arrives in the next line of a file, in the next file of the same time, or at a later time.
NEXT_LINE, NEXT_FILE = timedelta(0), timedelta(-1)
GAPS = [timedelta(microseconds=1), timedelta(seconds=1), timedelta(hours=7), timedelta(days=2)]
# What a record is rejected for: the first of these that it has.
UNREADABLE = {"user_id": "", "shipment_id": "", "exchange_rate": Decimal(0)}
FAR_AHEAD = 100_000 * SECOND


class Stream(list[Arrival]):
    """What arrives, in its order."""

    def __repr__(self) -> str:
        return f"<{len(self)} records, in the table above>"


@dataclass(frozen=True)
class Step:
    """How the next record follows from those before it.

    Attributes:
        base: from the `greatest` time so far, from the `edge` of the window that it is in, or from an `earlier` record.
        seconds, microseconds: how far from there.
        back: which earlier record, counted from the last one: for its time, and for its id.
        repeats: whether the id of that record comes again.
        user_id: whose record it is.
        kind: what else tells records of a stream apart.
        is_rate: whether it is an exchange rate, where there are orders.
        is_rejected: whether it is unreadable, with a time far ahead that must not count.
        arrival: when it arrives.
    """

    base: str
    seconds: int
    microseconds: int
    back: int
    repeats: bool
    user_id: int
    kind: int
    is_rate: bool
    is_rejected: bool
    arrival: timedelta


class Timeline:
    """The times of a stream so far; `everything` are those of a related stream too."""

    def __init__(self, origin: int, window_seconds: int, everything: list[int] | None = None) -> None:
        self.origin = origin
        self.window_seconds = window_seconds
        self.times: list[int] = []
        self.everything = [] if everything is None else everything

    def follow(self, step: Step) -> int:
        """The time that a step leads to. That of a rejected record leads nowhere."""
        greatest = max(self.times, default=self.origin)
        if step.is_rejected:
            return greatest + FAR_AHEAD
        bases = {
            "greatest": greatest,
            "edge": window_start(greatest, self.window_seconds),
            "earlier": earlier(self.everything, step),
        }
        # The first record is at the origin itself.
        at = bases[step.base] + step.seconds * SECOND + step.microseconds if self.everything else self.origin
        self.times.append(at)
        self.everything.append(at)
        return at


def earlier(records: list, step: Step) -> object:
    """The record that a step goes back to, None while there is none."""
    return records[-1 - step.back % len(records)] if records else None


def steps(*distances: int) -> st.SearchStrategy[list[Step]]:
    """Steps of no time, of a second, or that many seconds wide, more of them forth than back."""
    forth = [0, 1, *distances]
    step = st.builds(
        Step,
        base=st.sampled_from(["greatest", "edge", "earlier"]),
        seconds=st.sampled_from([*forth, *forth, *(-seconds for seconds in forth)]),
        microseconds=st.sampled_from([0, 0, 1, -1]),
        back=st.integers(0, 5),
        repeats=st.sampled_from([False, False, True]),
        user_id=st.sampled_from([1, 1, 1, 1, 2, 3]),
        kind=st.integers(0, 3),
        is_rate=st.sampled_from([False] * 4 + [True]),
        is_rejected=st.sampled_from([False] * 15 + [True]),
        arrival=st.sampled_from([NEXT_LINE] * 5 + [NEXT_FILE] + GAPS),
    )
    # Lists of lists, since a list by itself has five elements as a rule, and one with a least length hardly shrinks.
    groups = st.lists(st.lists(step, min_size=1, max_size=6), min_size=1, max_size=MOST_RECORDS)
    return groups.map(lambda lists: list(chain.from_iterable(lists))[:MOST_RECORDS])


def in_order(origin: int, made: Iterable[tuple[Step, Read]]) -> Stream:
    """Records with their places in the order of arrival. Only with equal times do files count, and then lines."""
    loaded_at, file_number, line = moment(origin) + FIRST_ARRIVAL, 1, 8
    stream = Stream()
    for step, record in made:
        if step.arrival == NEXT_LINE:
            line += 1
        elif step.arrival == NEXT_FILE:
            file_number, line = file_number + 1, 1
        else:
            loaded_at, file_number, line = loaded_at + step.arrival, 1, 8
        name = next(name for name in UNREADABLE if name in record._fields)
        read = record._replace(**{name: UNREADABLE[name]}) if step.is_rejected else record
        raw = Raw(*read.raw(), loaded_at, f"file{file_number:02}", line)
        stream.append(Arrival(None if step.is_rejected else record, raw))
    return stream


@st.composite
def streams(draw: st.DrawFn, make: Callable[..., Iterable[tuple[Step, Read]]], rules: Rules, *distances: int) -> Stream:
    """Streams of what `make` makes of rules, an origin and steps."""
    origin = draw(ORIGINS)
    return in_order(origin, make(rules, origin, draw(steps(*distances))))
