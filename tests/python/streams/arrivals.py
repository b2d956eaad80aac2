"""Records as staging accepts them, which is what processors are given, and the raw text that they are made from."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from records import Record


class UserEvent(NamedTuple):
    """An event of `user_events`."""

    event_id: str
    user_id: int
    event_at: int

    def raw(self) -> tuple[str, tuple[str, ...]]:
        """The raw table and its fields."""
        return "user_events", (self.event_id, str(self.user_id), "view", text(self.event_at))


class Order(NamedTuple):
    """A record of `orders`."""

    order_id: str
    user_id: int
    order_amount: Decimal
    order_status: str
    ordered_at: int

    def raw(self) -> tuple[str, tuple[str, ...]]:
        """The raw table and its fields."""
        amount = f"{self.order_amount:f}"
        product = ("p1", "1", amount, amount, "EUR")
        return "orders", (self.order_id, str(self.user_id), *product, self.order_status, text(self.ordered_at))


class Heartbeat(NamedTuple):
    """A record of `playback_heartbeats`."""

    user_id: int
    program_id: str
    start_at: int
    session_id: str
    device: str
    event_at: int

    def raw(self) -> tuple[str, tuple[str, ...]]:
        """The raw table and its fields."""
        times = {"start_time": text(self.start_at), "event_time": text(self.event_at)}
        others = ("user_id", "program_id", "session_id", "device")
        payload = {name: getattr(self, name) for name in others} | times
        return "playback_heartbeats", (json.dumps(payload),)


class Arrival(NamedTuple):
    """What arrives: a record, or None where staging must reject the raw text."""

    record: UserEvent | Order | Heartbeat | None
    raw: Record


def text(at: int) -> str:
    """A time as raw text."""
    return moment(at).isoformat(" ", "microseconds")


def moment(at: int) -> datetime:
    """A time as Python and DuckDB have it: in UTC, without saying so."""
    return datetime(1970, 1, 1) + timedelta(microseconds=at)


def microseconds(at: datetime) -> int:
    """The reverse of `moment`."""
    return (at - datetime(1970, 1, 1)) // timedelta(microseconds=1)
