"""playback_heartbeats: what players send every four seconds, as JSON."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen.arrow import choose, join, number, overwrite, spoil, weighted
from datagen.chunks import Chunk, Maker, groups, twice
from datagen.people import actors
from datagen.span import SECOND, chained, order_of_stream

PROGRAMS = 300
DEVICES = ("tv", "phone", "tablet", "web")
# Heartbeats in a row of one program, four seconds apart; a lost one leaves twice as much.
PART_LENGTHS = (1, 4, 12, 30, 60, 150)
BEAT = 4 * SECOND
LOST_SHARE = 0.02
FRACTION_SHARE = 0.1
# How a part of a session follows the one before: in a new session, with another program, or with the same one after a
# pause that ends the stream, that is just not too long, or that is too long by a microsecond.
NEW_SESSION, SWITCH = 0, 1
PART_WEIGHTS = (40, 30, 20, 5, 5)
PART_GAPS = ((0, 1), (1, 20), (61, 1800), (60, 61), (60, 61))
TOO_LONG = 4
# A program begins at most this many seconds before its first heartbeat.
MOST_SECONDS_BEFORE = 3
# Of what comes twice: the ones that come in another file.
ANOTHER_FILE_SHARE = 0.3
REWRITTEN_SHARE = 0.5
MOST_SECONDS_LATER = 8

FIELDS = ("user_id", "program_id", "start_time", "session_id", "device", "event_time")
FIELD_FAULTS: tuple[dict[str, str | None], ...] = (
    {"user_id": "null"},
    {"user_id": '"abc"'},
    {"user_id": "0"},
    {"program_id": "null"},
    {"start_time": '"soon"'},
    {"start_time": '"2300-01-01 00:00:00"'},
    {"session_id": '""'},
    {"event_time": "null"},
    {"event_time": '"2025-02-30 10:00:00"'},
)
PAYLOAD_FAULTS: tuple[dict[str, str | None], ...] = (
    {"payload": None},
    {"payload": "{}"},
    {"payload": "[1, 2]"},
    {"payload": '{"user_id": 7, "program_id": "prog-00'},
    {"payload": "player restarted"},
)


class PlaybackHeartbeats(Maker):
    """Heartbeats of sessions in which users watch one program after another."""

    table = "playback_heartbeats"
    extension = "jsonl"

    @property
    def total(self) -> int:
        return self.dials.heartbeats

    def make(self, chunk: Chunk) -> pa.Table:
        rng = self.random(chunk)
        fresh, repeated = twice(chunk.count, self.dials.duplicate_share)
        times, fields = self._beats(rng, chunk, fresh)
        hours = self.span.arrival_hours(rng, times, self.dials.late_share, self.dials.late_hours)

        again = self.pick(rng, fresh, repeated)
        record = np.concatenate([np.arange(fresh), again])
        elsewhere = rng.random(repeated) < ANOTHER_FILE_SHARE
        again_hours = np.where(elsewhere, self.span.again_hours(rng, hours[again]), hours[again])
        hours = np.concatenate([hours, again_hours])
        waited = rng.integers(0, MOST_SECONDS_LATER + 1, repeated) * SECOND
        sent = np.concatenate([times, times[again] + waited])

        payloads = self._payloads(rng, fields, fresh)
        # What comes again may be written in another way: it is read alike.
        rewritten = np.concatenate([np.zeros(fresh, dtype=bool), rng.random(repeated) < REWRITTEN_SHARE])
        arrival = order_of_stream(rng, sent, hours)
        payloads, rewritten = payloads.take(pa.array(record[arrival])), rewritten[arrival]
        compact = pc.replace_substring(payloads.filter(pa.array(rewritten)), '": ', '":')
        return self.arrange({"payload": overwrite(payloads, rewritten, compact)}, hours[arrival])

    def _beats(self, rng: np.random.Generator, chunk: Chunk, beats: int) -> tuple[np.ndarray, dict[str, pa.Array]]:
        """Time and JSON fields of every heartbeat; a session is made of parts, and a part of heartbeats."""
        part, first_beat = groups(rng, PART_LENGTHS, beats)
        parts = len(first_beat)
        kind = weighted(rng, PART_WEIGHTS, parts)
        kind[:1] = NEW_SESSION
        session = np.cumsum(kind == NEW_SESSION) - 1
        first_part = np.flatnonzero(kind == NEW_SESSION)

        gaps = BEAT * (1 + (rng.random(beats) < LOST_SHARE))
        low, high = np.array(PART_GAPS).T
        gaps[first_beat] = rng.integers(low[kind], high[kind]) * SECOND + (kind == TOO_LONG)
        starts = self.span.steady_times(rng, len(first_part), *chunk.shares)
        starts += (rng.random(len(starts)) < FRACTION_SHARE) * rng.integers(0, SECOND, len(starts))
        times = np.minimum(chained(starts, gaps, first_beat[first_part], session[part]), self.span.end - SECOND)

        # A program begins with a session or a switch, and what resumes it says when that was.
        begins = (kind == NEW_SESSION) | (kind == SWITCH)
        program = np.cumsum(begins) - 1
        before = rng.integers(0, MOST_SECONDS_BEFORE + 1, int(begins.sum())) * SECOND
        began = np.maximum(times[first_beat][begins] // SECOND * SECOND - before, 0)
        of_session = {
            "user_id": number(actors(rng, starts, self.dials, self.span)),
            "session_id": _quoted(join("s-", number(chunk.first + 1 + np.arange(len(starts)), 9))),
            "device": _quoted(choose(DEVICES, rng.integers(0, len(DEVICES), len(starts)))),
        }
        of_program = {
            "program_id": _quoted(join("prog-", number(rng.integers(1, PROGRAMS + 1, len(began)), 4))),
            "start_time": _quoted(self.span.plain_text(began)),
        }
        fields = {name: values.take(pa.array(session[part])) for name, values in of_session.items()}
        fields |= {name: values.take(pa.array(program[part])) for name, values in of_program.items()}
        return times, fields | {"event_time": _quoted(self.span.mixed_text(rng, times))}

    def _payloads(self, rng: np.random.Generator, fields: dict[str, pa.Array], count: int) -> pa.Array:
        """The text of every heartbeat, some of them with a fault in a field or as a whole."""
        broken = rng.random(count) < self.dials.malformed_share
        kind = rng.integers(0, len(FIELD_FAULTS) + len(PAYLOAD_FAULTS), count)
        in_field = kind < len(FIELD_FAULTS)
        spoil(fields, broken & in_field, np.where(in_field, kind, 0), FIELD_FAULTS)
        parts = [part for name in FIELDS for part in (f', "{name}": ', fields[name])]
        whole = {"payload": join("{" + parts[0][2:], *parts[1:], "}")}
        spoil(whole, broken & ~in_field, np.where(in_field, 0, kind - len(FIELD_FAULTS)), PAYLOAD_FAULTS)
        return whole["payload"]


def _quoted(values: pa.Array) -> pa.Array:
    return join('"', values, '"')
