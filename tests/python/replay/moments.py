"""The instants of the small world of random histories, and the ways in which they are written."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain, repeat

from hypothesis import strategies as st

# Half past eleven in the evening, so that sessions cross midnight.
EVENING = datetime(2025, 3, 10, 23, 30)
SESSION_TIMEOUT = timedelta(seconds=1800)
# What streams decide by seconds is decided around midnight, at which an order may be too.
MIDNIGHT = EVENING + SESSION_TIMEOUT
MICROSECOND = 0.000001


def mostly(good: list, *odd: object) -> st.SearchStrategy:
    """One of the good values nineteen times of twenty, else one of the odd ones."""
    return st.sampled_from([*chain.from_iterable(repeat(good, -(-19 * len(odd) // len(good)))), *odd])


def any_of(*strategies: st.SearchStrategy) -> st.SearchStrategy:
    """One of the strategies, each as often as it stands here; `st.one_of` takes one that stands there twice once."""
    return st.sampled_from(strategies).flatmap(lambda chosen: chosen)


def text(moment: datetime) -> str:
    """A time as raw text."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def text_elsewhere(moment: datetime) -> str:
    """The same time as clocks two hours east write it: each program in its own way, some with more decimals."""
    ending = ("+02:00", "+0200", " +02", "999+02:00")[moment.second % 4]
    return (moment + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S.%f") + ending


def epoch(unit: timedelta) -> Callable[[datetime], int]:
    """Writes a time as the whole number of units since 1970."""
    return lambda moment: (moment - datetime(1970, 1, 1)) // unit


def around_midnight(*seconds: float, odd: tuple = ()) -> st.SearchStrategy[str]:
    """Times so many seconds from midnight, on that day or another, sometimes an odd one."""
    days = st.sampled_from([0] * 15 + [1, 1, -1, 30])
    times = st.builds(
        lambda second, day: text(MIDNIGHT + timedelta(days=day, seconds=second)), st.sampled_from(seconds), days
    )
    return any_of(*[times] * 19, st.sampled_from(odd)) if odd else times


IN_MILLISECONDS = epoch(timedelta(milliseconds=1))
TIME_FORMS = st.sampled_from(
    [text, text, text_elsewhere, epoch(timedelta(seconds=1)), IN_MILLISECONDS, epoch(timedelta(microseconds=1))]
)


def at(*moments: datetime) -> st.SearchStrategy[str | int]:
    """One of these times, in one of the forms in which databases and scanners write them."""
    return st.builds(lambda write, moment: write(moment), TIME_FORMS, st.sampled_from(moments))
