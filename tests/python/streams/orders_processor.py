"""System H, one record after the other: orders in windows that are final once the watermark has passed them."""

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

from arrivals import Order
from rules import SECOND, Rules, window_start


class Decision(NamedTuple):
    """What became of a record: accepted, repeated or late; and the watermark that it met, None for the first record."""

    decision: str
    watermark_at: int | None


class OrderWindow(NamedTuple):
    """What a window has. The average is cut to millionths."""

    window_start_at: int
    order_count: int
    order_amount: Decimal
    average_order_amount: Decimal
    customer_count: int
    is_final: bool


@dataclass
class Open:
    """A window that orders may still come for."""

    amounts: list[Decimal] = field(default_factory=list)
    customers: set[int] = field(default_factory=set)


class OrderProcessor:
    """Its state: windows until the watermark closes them. Ids of orders are remembered for ever."""

    def __init__(self, rules: Rules) -> None:
        self.window_seconds = rules.order_window_seconds
        self.delay = rules.order_watermark_delay_seconds * SECOND
        self.watermark: int | None = None
        self.ids: set[str] = set()
        self.open_windows: dict[int, Open] = {}
        self.windows: list[OrderWindow] = []

    def process(self, order: Order) -> Decision:
        """Decide on the next record."""
        met = self.watermark
        start = window_start(order.ordered_at, self.window_seconds)
        if order.order_id in self.ids:
            decision = "repeated"
        elif met is not None and met >= self._end(start):
            decision = "late"
        else:
            decision = "accepted"
            window = self.open_windows.setdefault(start, Open())
            window.amounts.append(order.order_amount)
            window.customers.add(order.user_id)
        self.ids.add(order.order_id)
        reached = order.ordered_at - self.delay
        self.watermark = reached if met is None else max(met, reached)
        for passed in [start for start in self.open_windows if self.watermark >= self._end(start)]:
            self._close(passed, is_final=True)
        return Decision(decision, met)

    def finish(self) -> list[OrderWindow]:
        """All windows, also those that are open still."""
        for start in list(self.open_windows):
            self._close(start, is_final=False)
        return self.windows

    def _end(self, start: int) -> int:
        return start + self.window_seconds * SECOND

    def _close(self, start: int, is_final: bool) -> None:
        window = self.open_windows.pop(start)
        count, amount = len(window.amounts), sum(window.amounts)
        average = (amount / count).quantize(Decimal("0.000001"), ROUND_DOWN)
        self.windows.append(OrderWindow(start, count, amount, average, len(window.customers), is_final))
