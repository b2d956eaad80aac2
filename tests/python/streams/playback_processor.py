"""System E: the heartbeats of a session, put in order of their times as they come, make streams of one program each."""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import NamedTuple

from arrivals import Heartbeat
from rules import DAY, SECOND, Rules


class WatchStream(NamedTuple):
    """One program watched without a longer pause. `ended_by`: next_program, timeout, or None while it is open."""

    user_id: int
    session_id: str
    program_id: str
    start_at: int
    device: str
    began_at: int
    ended_at: int
    stream_duration_seconds: Decimal
    heartbeat_count: int
    is_resumed: bool
    is_open: bool
    ended_by: str | None


@dataclass
class Run:
    """Heartbeats that belong together so far."""

    first: Heartbeat
    last: Heartbeat
    count: int = 1

    def goes_on_with(self, heartbeat: Heartbeat, timeout: int) -> bool:
        """Whether the next heartbeat of the session is of the same program, and soon enough."""
        is_same = (heartbeat.program_id, heartbeat.start_at) == (self.last.program_id, self.last.start_at)
        return is_same and heartbeat.event_at - self.last.event_at <= timeout


class PlaybackProcessor:
    """Its state: the heartbeats of each session, in order of time and, where that is equal, of arrival."""

    def __init__(self, rules: Rules) -> None:
        self.timeout = rules.playback_timeout_seconds * SECOND
        self.watermark: int | None = None
        self.sessions: dict[tuple[int, str], list[Heartbeat]] = {}

    def process(self, heartbeat: Heartbeat) -> bool:
        """Take the next record; whether it is an exact repetition, which changes nothing."""
        known = self.sessions.setdefault((heartbeat.user_id, heartbeat.session_id), [])
        if heartbeat in known:
            return True
        insort(known, heartbeat, key=lambda one: one.event_at)
        self.watermark = heartbeat.event_at if self.watermark is None else max(self.watermark, heartbeat.event_at)
        return False

    def finish(self) -> list[WatchStream]:
        """The streams of all sessions, closed and open."""
        return [stream for heartbeats in self.sessions.values() for stream in self._streams(heartbeats)]

    def _streams(self, heartbeats: list[Heartbeat]) -> list[WatchStream]:
        runs: list[Run] = []
        for heartbeat in heartbeats:
            if runs and runs[-1].goes_on_with(heartbeat, self.timeout):
                runs[-1].last, runs[-1].count = heartbeat, runs[-1].count + 1
            else:
                runs.append(Run(heartbeat, heartbeat))
        watched: set[tuple[str, int]] = set()
        streams = []
        for run, following in zip_longest(runs, runs[1:]):
            first, ended_at = run.first, run.last.event_at
            is_resumed = (first.program_id, first.start_at) in watched
            watched.add((first.program_id, first.start_at))
            began_at = first.event_at if is_resumed else first.start_at
            is_open = following is None and self.watermark - ended_at <= self.timeout
            has_moved_on = following is not None and following.first.event_at - ended_at <= self.timeout
            streams.append(
                WatchStream(
                    user_id=first.user_id,
                    session_id=first.session_id,
                    program_id=first.program_id,
                    start_at=first.start_at,
                    device=first.device,
                    began_at=began_at,
                    ended_at=ended_at,
                    stream_duration_seconds=Decimal(ended_at - began_at) / SECOND,
                    heartbeat_count=run.count,
                    is_resumed=is_resumed,
                    is_open=is_open,
                    ended_by=None if is_open else "next_program" if has_moved_on else "timeout",
                )
            )
        return streams


def days(streams: Iterable[WatchStream]) -> list[tuple[int, int, int, int, Decimal]]:
    """For each day and user, closed streams only: day since 1970, user, sessions, streams, seconds watched."""
    closed: dict[tuple[int, int], list[WatchStream]] = {}
    for stream in streams:
        if not stream.is_open:
            closed.setdefault((stream.began_at // DAY, stream.user_id), []).append(stream)
    return [
        (
            day,
            user_id,
            len({one.session_id for one in some}),
            len(some),
            sum(one.stream_duration_seconds for one in some),
        )
        for (day, user_id), some in closed.items()
    ]
