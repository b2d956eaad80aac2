"""The smallest history that still fails. Hypothesis, knowing nothing of batches, would take hundreds of runs."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from time import monotonic

from histories import Batch, History

Failure = Exception | None


def smallest(history: History, failure: Exception, play: Callable[[History], Failure], seconds: float) -> Exception:
    """The failure of the smallest history found.

    Takes away batches and records and mends runs for as long as what is left fails, whichever way, and time lasts.

    Args:
        history: one that fails.
        failure: how it fails.
        play: says how a history fails, None when it does not.
        seconds: the time it may take; another play is begun while any is left.
    """
    end = monotonic() + seconds
    candidates, position, in_vain = list(simpler(history)), 0, 0
    while in_vain < len(candidates) and monotonic() < end:
        candidate = candidates[position % len(candidates)]
        found = play(candidate)
        if found:
            failure, candidates, in_vain = found, list(simpler(candidate)), 0
        else:
            position, in_vain = position + 1, in_vain + 1
    return failure


def simpler(history: History) -> Iterator[History]:
    """Histories with less in them, those with much less first."""
    for number in range(len(history) - 1, 0, -1):
        yield History(history[:number])
    for number, batch in enumerate(history):
        for plainer in batch.plainer():
            yield with_batch(history, number, plainer)
        if number + 1 < len(history):
            together = replace(history[number + 1], records=batch.records + history[number + 1].records)
            yield History((*history[:number], together, *history[number + 2 :]))
    everything = [record for batch in history for record in batch.records]
    for table in dict.fromkeys(record.table for record in everything):
        yield without(history, {record.arrival for record in everything if record.table == table})
    size = len(everything) // 2
    while size:
        for start in range(0, len(everything), size):
            yield without(history, {record.arrival for record in everything[start : start + size]})
        size //= 2


def with_batch(history: History, number: int, batch: Batch) -> History:
    """The history with another batch in this place."""
    return History((*history[:number], batch, *history[number + 1 :]))


def without(history: History, arrivals: set[tuple]) -> History:
    """The history without these records."""
    return History(
        replace(batch, records=tuple(record for record in batch.records if record.arrival not in arrivals))
        for batch in history
    )
