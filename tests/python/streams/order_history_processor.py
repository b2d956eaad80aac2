"""The history of orders, one record after the other: what a record changes is a version of its order."""

from decimal import Decimal
from typing import NamedTuple

from arrivals import Order
from exchange_rates import REPORTING_CURRENCY


class OrderVersion(NamedTuple):
    """What an order was for a time. `valid_to` is None for the version that still holds."""

    order_id: str
    version_number: int
    user_id: int
    order_amount: Decimal
    currency: str
    order_status: str
    ordered_at: int
    valid_from: int
    valid_to: int | None
    is_current: bool


class OrderHistoryProcessor:
    """Its state: the newest version of each order. Those before are passed on when they end."""

    def __init__(self) -> None:
        self.newest: dict[str, OrderVersion] = {}
        self.ended: list[OrderVersion] = []

    def process(self, order: Order, loaded_at: int) -> None:
        """Take in the next record to arrive, a row of the shop."""
        said = order._replace(currency=order.currency or REPORTING_CURRENCY)[1:]
        before = self.newest.get(order.order_id)
        number = 1
        if before:
            if before[2:7] == said:
                return
            self.ended.append(before._replace(valid_to=loaded_at, is_current=False))
            number = before.version_number + 1
        self.newest[order.order_id] = OrderVersion(order.order_id, number, *said, loaded_at, None, is_current=True)

    def finish(self) -> list[OrderVersion]:
        """All versions."""
        return [*self.ended, *self.newest.values()]
