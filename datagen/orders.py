"""orders: what users buy. A change of status is a new record with the same order_id."""

import numpy as np
import pyarrow as pa

from datagen.arrow import choose, join, number, spoil, weighted
from datagen.chunks import Chunk, Maker, twice
from datagen.people import actors
from datagen.span import order_of_stream

PRODUCTS = 500
QUANTITY_WEIGHTS = (60, 22, 10, 5, 3)
STATUSES = ("completed", "pending", "cancelled", "refunded", "on_hold", None)
STATUS_WEIGHTS = (880, 50, 40, 27, 2, 1)
COMPLETED, PENDING, REFUNDED = 0, 1, 3
# Of the orders that change: how many are refunded in the end.
REFUND_SHARE = 0.3

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "PLN", "SEK", "JPY", "NOK", "usd", None)
# Nobody says what NOK is worth, and JPY not before some days have passed. An order without currency is in euros.
CURRENCY_WEIGHTS = (800, 64, 36, 22, 22, 16, 20, 6, 6, 8)

FAULTS: tuple[dict[str, str | None], ...] = (
    {"order_id": None},
    {"customer_id": None},
    {"customer_id": "abc"},
    {"amount": None},
    {"amount": "-25.00"},
    {"amount": "1000000000000.00"},
    {"amount": "twelve"},
    {"amount": "12,50"},
    {"quantity": "two"},
    {"ordered_at": None},
    {"ordered_at": "2025-13-45 10:00:00"},
)


class Orders(Maker):
    """Orders: `--order-update-share` of them come as pending, then completed, and a part of those then refunded."""

    table = "orders"
    extension = "csv"

    @property
    def total(self) -> int:
        return self.dials.orders

    def make(self, chunk: Chunk) -> pa.Table:
        rng = self.random(chunk)
        share = self.dials.order_update_share
        records, repeated = twice(chunk.count, self.dials.duplicate_share)
        changed = int(records * share / (1 + share * (1 + REFUND_SHARE)))
        refunded = int(changed * REFUND_SHARE)
        fresh = records - changed - refunded

        times = self.span.times(rng, fresh, *chunk.shares)
        hours = self.span.arrival_hours(rng, times, self.dials.late_share, self.dials.late_hours)
        status = weighted(rng, STATUS_WEIGHTS, fresh)
        order = np.arange(fresh)

        changing = self.pick(rng, fresh, changed)
        status[changing] = PENDING
        completed_hours = hours[changing] + rng.integers(1, 49, changed)
        refunding = self.pick(rng, changed, refunded)
        refunded_hours = completed_hours[refunding] + rng.integers(24, 241, refunded)

        order = np.concatenate([order, changing, changing[refunding]])
        status = np.concatenate([status, np.full(changed, COMPLETED), np.full(refunded, REFUNDED)])
        hours = np.minimum(np.concatenate([hours, completed_hours, refunded_hours]), self.span.hours - 1)
        again = self.pick(rng, records, repeated)
        record = np.concatenate([np.arange(records), again])
        hours = np.concatenate([hours, self.span.again_hours(rng, hours[again])])

        columns = self._columns(rng, chunk, times, order, status)
        arrival = order_of_stream(rng, times[order][record], hours)
        rows = pa.array(record[arrival])
        return self.arrange({name: values.take(rows) for name, values in columns.items()}, hours[arrival])

    def _columns(
        self, rng: np.random.Generator, chunk: Chunk, times: np.ndarray, order: np.ndarray, status: np.ndarray
    ) -> dict[str, pa.Array]:
        """The text of every record: record i is about order `order[i]` and has status `status[i]`."""
        fresh = len(times)
        product = rng.integers(1, PRODUCTS + 1, fresh)
        cents = product * 7919 % 19_900 + 99
        quantity = weighted(rng, QUANTITY_WEIGHTS, fresh) + 1
        once = {
            "order_id": join("o-", number(chunk.first + 1 + np.arange(fresh), 7)),
            "customer_id": number(actors(rng, times, self.dials, self.span)),
            "product_id": join("p-", number(product, 4)),
            "quantity": number(quantity),
            "unit_price": _money(cents),
            "amount": _money(cents * quantity),
            "currency": choose(CURRENCIES, weighted(self.random(chunk, stream=1), CURRENCY_WEIGHTS, fresh)),
            "ordered_at": self.span.mixed_text(rng, times),
        }
        columns = {name: values.take(pa.array(order)) for name, values in once.items()}
        columns["status"] = choose(STATUSES, status)
        broken = rng.random(len(order)) < self.dials.malformed_share
        spoil(columns, broken, rng.integers(0, len(FAULTS), len(order)), FAULTS)
        return columns


def _money(cents: np.ndarray) -> pa.Array:
    return join(number(cents // 100), ".", number(cents % 100, 2))
