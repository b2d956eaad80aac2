"""What an amount is worth in the reporting currency, by the exchange rates that are known when it is asked for."""

from bisect import bisect_right
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from arrivals import Order, Rate
from rules import DAY

REPORTING_CURRENCY = "EUR"


class Money(NamedTuple):
    """An amount of an order, in its own currency, and the day of the order, counted from 1970."""

    amount: Decimal
    currency: str
    day: int


def money_of(order: Order) -> Money:
    """What an order is about. Without a currency it is in the reporting currency."""
    return Money(order.order_amount, order.currency or REPORTING_CURRENCY, order.ordered_at // DAY)


class ExchangeRates:
    """The rates so far. Of one currency and day the last to arrive counts."""

    def __init__(self) -> None:
        self.by_currency: dict[str, dict[int, Decimal]] = {}

    def process(self, rate: Rate) -> None:
        """Take in the next record."""
        self.by_currency.setdefault(rate.currency, {})[rate.rate_day] = rate.exchange_rate

    def value(self, money: Money) -> Decimal | None:
        """In the reporting currency, rounded half away from zero to nine decimals; None where no rate is known."""
        if money.currency == REPORTING_CURRENCY:
            return money.amount
        rates = self.by_currency.get(money.currency, {})
        days = sorted(rates)
        number = bisect_right(days, money.day)
        if not number:
            return None
        return (money.amount * rates[days[number - 1]]).quantize(Decimal("1e-9"), ROUND_HALF_UP)

    def values(self, amounts: list[Money]) -> list[Decimal]:
        """Of those whose rate is known."""
        return [value for value in map(self.value, amounts) if value is not None]
