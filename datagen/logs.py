"""app_logs: lines such as `2025-01-03|user=17|event=view`."""

import numpy as np
import pyarrow as pa

from datagen.arrow import choose, join, number, overwrite, weighted
from datagen.chunks import Chunk, Maker, twice
from datagen.people import actors

EVENTS = ("view", "search", "add_to_cart", "login", "logout", "purchase")
EVENT_WEIGHTS = (40, 20, 12, 12, 10, 6)
EXTRAS = ("", *(f"|ip=10.0.{n * 7 % 250}.{n * 31 % 250 + 1}|channel={('app', 'web')[n % 2]}" for n in range(40)))
EXTRAS_WEIGHTS = (360, *[1] * 40)

# A broken line is prefix + date + suffix; None as suffix leaves out the date.
FAULTS: tuple[tuple[str, str | None], ...] = (
    ("", None),
    ("   ", None),
    ("service restarted", None),
    ("2025-02-30|user=1|event=login", None),
    ("yesterday|user=1|event=view", None),
    ("", "|event=view"),
    ("", "|user=|event=view"),
    ("", "|user=abc|event=view"),
    ("", "|user=-5|event=view"),
    ("", "|user=1.5|event=view"),
    ("", "|user=99999999999999999999|event=view"),
    ("", "|user=1"),
    ("", "|user=1|event="),
    ("", "|user=1|user=2|event=view"),
    ("", "|user=1|event=view|event=login"),
)


class LogLines(Maker):
    """Log lines. A line delivered again keeps its file and position: only its arrival differs."""

    table = "app_logs"
    extension = "log"

    @property
    def total(self) -> int:
        return self.dials.log_lines

    def make(self, chunk: Chunk) -> pa.Table:
        rng = self.random(chunk)
        fresh, repeated = twice(chunk.count, self.dials.duplicate_share)
        times = self.span.times(rng, fresh, *chunk.shares)
        hours = self.span.arrival_hours(rng, times, self.dials.late_share, self.dials.late_hours)
        order = np.lexsort((times, hours))
        times, hours = times[order], hours[order]

        users = actors(rng, times, self.dials, self.span)
        event = choose(EVENTS, weighted(rng, EVENT_WEIGHTS, fresh))
        extra = choose(EXTRAS, weighted(rng, EXTRAS_WEIGHTS, fresh))
        dates = self.span.day_text(times)
        lines = join(dates, "|user=", number(users), "|event=", event, extra)

        broken = rng.random(fresh) < self.dials.malformed_share
        kind = rng.integers(0, len(FAULTS), fresh)[broken]
        prefix = choose([prefix for prefix, _ in FAULTS], kind)
        suffix = choose([suffix or "" for _, suffix in FAULTS], kind)
        dated = np.array([suffix is not None for _, suffix in FAULTS])[kind]
        broken_dates = overwrite(
            dates.filter(pa.array(broken)), ~dated, pa.array([""] * int((~dated).sum()), pa.string())
        )
        lines = overwrite(lines, broken, join(prefix, broken_dates, suffix))

        again = self.pick(rng, fresh, repeated)
        rows = pa.array(np.concatenate([np.arange(fresh), again]))
        positions = pa.array(self.positions.take(hours)).take(rows)
        arrivals = np.concatenate([hours, self.span.again_hours(rng, hours[again])])
        files = self.span.source_files(self.table, self.extension, hours).take(rows)
        return self.assemble({"log_line": lines.take(rows)}, self.span.loaded_at(arrivals), files, positions)
