"""exchange_rates: what one unit of each currency is worth in euros, on weekdays. Some come late or are corrected."""

import numpy as np
import pyarrow as pa

from datagen.arrow import choose, join, number, spoil
from datagen.chunks import Chunk, Maker
from datagen.dials import Dials
from datagen.span import DAY, DAYS_NAMED_BEFORE, HOUR

# In billionths of a euro, on the first day.
FIRST_RATES = {
    "USD": 958_400_000,
    "GBP": 1_204_700_000,
    "CHF": 1_063_200_000,
    "PLN": 233_900_000,
    "SEK": 87_250_000,
    "JPY": 6_140_000,
}
# So that the first day has a rate, be it a Sunday: three days hold at least one weekday.
DAYS_BEFORE = DAYS_NAMED_BEFORE
# The rates of this currency begin only on this day of the span; what is ordered in it earlier has no rate.
LATE_CURRENCY, FIRST_DAY = "JPY", 12
# The hour after whose end the rates of a day are known.
HOUR_OF_RATES = 15
# In millionths of a rate: how far it moves in a day, and how far from the first one it may get.
MOST_STEP, MOST_MOVE = 4_000, 200_000
# Of the rates: how many come again with another value, up to ten days later, and how far off they were (millionths).
CORRECTED_SHARE, MOST_CORRECTION = 0.03, 5_000

FAULTS: tuple[dict[str, str | None], ...] = (
    {"rate_date": None},
    {"rate_date": "31.01.2025"},
    {"currency": None},
    {"currency": "Euro"},
    {"rate": None},
    {"rate": "n/a"},
    {"rate": "0"},
)


class ExchangeRates(Maker):
    """Rates of every weekday, for all but the reporting currency. It is made for ranges of days."""

    table = "exchange_rates"
    extension = "csv"

    def __init__(self, dials: Dials) -> None:
        super().__init__(dials)
        rng = self.random(Chunk(0, 0, self.total), stream=1)
        steps = rng.integers(-MOST_STEP, MOST_STEP + 1, (self.total, len(FIRST_RATES)))
        # Thrown back where it gets too far.
        way = (np.cumsum(steps, axis=0) + MOST_MOVE) % (4 * MOST_MOVE)
        first = np.array(list(FIRST_RATES.values()))
        self._rates = first + first * (MOST_MOVE - abs(way - 2 * MOST_MOVE)) // 1_000_000

    @property
    def total(self) -> int:
        return self.dials.days + DAYS_BEFORE

    def make(self, chunk: Chunk) -> pa.Table:
        rng = self.random(chunk)
        days = np.repeat(chunk.first + np.arange(chunk.count), len(FIRST_RATES))
        currency = np.tile(np.arange(len(FIRST_RATES)), chunk.count)
        weekday = (self.dials.start_date.weekday() - DAYS_BEFORE + days) % 7
        begins = np.where(currency == list(FIRST_RATES).index(LATE_CURRENCY), DAYS_BEFORE + FIRST_DAY, 0)
        known = (weekday < 5) & (days >= begins)
        days, currency = days[known], currency[known]
        rates, count = self._rates[days, currency], len(days)
        times = (days - DAYS_BEFORE) * DAY + HOUR_OF_RATES * HOUR
        hours = self.span.arrival_hours(rng, times, self.dials.late_share, self.dials.late_hours)

        corrected = self.pick(rng, count, int(count * CORRECTED_SHARE))
        by = rng.integers(-MOST_CORRECTION, MOST_CORRECTION + 1, len(corrected))
        corrections = np.minimum(hours[corrected] + rng.integers(24, 241, len(corrected)), self.span.hours - 1)
        again = self.pick(rng, count, int(count * self.dials.duplicate_share))
        which = np.concatenate([np.arange(count), corrected, again])
        rates = np.concatenate([rates, rates[corrected] + rates[corrected] * by // 1_000_000, rates[again]])
        hours = np.concatenate([hours, corrections, self.span.again_hours(rng, hours[again])])

        arrival = np.argsort(hours, kind="stable")
        which, rates = which[arrival], rates[arrival]
        columns = {
            "rate_date": self.span.day_text(times[which]),
            "currency": choose(list(FIRST_RATES), currency[which]),
            "rate": join(number(rates // 1_000_000_000), ".", number(rates % 1_000_000_000, 9)),
        }
        broken = rng.random(len(which)) < self.dials.malformed_share
        spoil(columns, broken, rng.integers(0, len(FAULTS), len(which)), FAULTS)
        return self.arrange(columns, hours[arrival])
