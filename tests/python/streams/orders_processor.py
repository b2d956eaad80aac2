"""System H, one record after the other: orders in windows that are final once the watermark has passed them."""

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

from arrivals import Order
from exchange_rates import ExchangeRates, Money, money_of
from rules import SECOND, Rules, window_start


class Decision(NamedTuple):
    """What became of a record: accepted, repeated or late; and the watermark that it met, None for the first record."""

    decision: str
    watermark_at: int | None


class OrderWindow(NamedTuple):
    """What a window has, in the reporting currency. The average of orders with a known rate is cut to millionths."""

    window_start_at: int
    order_count: int
    valued_order_count: int
    ordered_amount: Decimal
    average_ordered_amount: Decimal | None
    customer_count: int
    is_final: bool


@dataclass
class Window:
    """The orders of a window. What they are worth is open until the end: a rate may come at any time."""

    amounts: list[Money] = field(default_factory=list)
    customers: set[int] = field(default_factory=set)


class OrderProcessor:
    """Its state: windows that orders may come for until the watermark closes them. Amounts and ids stay for ever."""

    def __init__(self, rules: Rules) -> None:
        self.window_seconds = rules.order_window_seconds
        self.delay = rules.order_watermark_delay_seconds * SECOND
        self.watermark: int | None = None
        self.ids: set[str] = set()
        self.open_windows: dict[int, Window] = {}
        self.final_windows: dict[int, Window] = {}

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
            window = self.open_windows.setdefault(start, Window())
            window.amounts.append(money_of(order))
            window.customers.add(order.user_id)
        self.ids.add(order.order_id)
        reached = order.ordered_at - self.delay
        self.watermark = reached if met is None else max(met, reached)
        for passed in [start for start in self.open_windows if self.watermark >= self._end(start)]:
            self.final_windows[passed] = self.open_windows.pop(passed)
        return Decision(decision, met)

    def finish(self, rates: ExchangeRates) -> list[OrderWindow]:
        """All windows, also those that are open still, by the rates known now."""
        final = [_measured(start, window, rates, is_final=True) for start, window in self.final_windows.items()]
        still_open = [_measured(start, window, rates, is_final=False) for start, window in self.open_windows.items()]
        return final + still_open

    def _end(self, start: int) -> int:
        return start + self.window_seconds * SECOND


def _measured(start: int, window: Window, rates: ExchangeRates, is_final: bool) -> OrderWindow:
    values = rates.values(window.amounts)
    amount = sum(values, Decimal())
    average = (amount / len(values)).quantize(Decimal("0.000001"), ROUND_DOWN) if values else None
    return OrderWindow(start, len(window.amounts), len(values), amount, average, len(window.customers), is_final)
