"""Records as staging accepts them, which is what processors are given, and the raw text that they are made from."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from records import Record
from rules import DAY


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
    currency: str | None
    order_status: str
    ordered_at: int

    def raw(self) -> tuple[str, tuple[str | None, ...]]:
        """The raw table and its fields."""
        amount = f"{self.order_amount:f}"
        product = ("p1", "1", amount, amount, self.currency)
        return "orders", (self.order_id, str(self.user_id), *product, self.order_status, text(self.ordered_at))


class Rate(NamedTuple):
    """A record of `exchange_rates`. Its day is counted from 1970."""

    rate_day: int
    currency: str
    exchange_rate: Decimal

    def raw(self) -> tuple[str, tuple[str, ...]]:
        """The raw table and its fields."""
        return "exchange_rates", (date_text(self.rate_day), self.currency, f"{self.exchange_rate:f}")


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


class Scan(NamedTuple):
    """A record of `shipment_scans`."""

    event_id: str
    shipment_id: str
    shipment_status: str
    location: str | None
    event_at: int

    def raw(self) -> tuple[str, tuple[str, ...]]:
        """The raw table and its fields."""
        payload = {"event_id": self.event_id, "shipment_id": self.shipment_id, "status": self.shipment_status}
        payload |= {"location": self.location, "event_time": text(self.event_at)}
        return "shipment_scans", (json.dumps(payload),)


class Position(NamedTuple):
    """A place in the source's log, which orders changes: number of the file, offset and row."""

    log_number: int
    log_offset: int
    log_row: int


class Attributes(NamedTuple):
    """What a change says of a shipment."""

    region: str | None
    carrier: str | None
    shipment_status: str | None
    weight: Decimal | None
    shipped_at: int | None
    promised_at: int | None
    delivered_at: int | None
    updated_at: int | None


NO_ATTRIBUTES = Attributes(*[None] * len(Attributes._fields))


class Change(NamedTuple):
    """A record of `shipment_changes`: create, update, delete, read or truncate.

    A deletion has no attributes, and a truncate no shipment either. `untold` are the names of attributes that the
    change does not speak of, with `absent` where it has no such field and `unchanged` where it says so. `edge` is
    `first` or `last` where a row is that of a reading of the whole table.
    """

    shipment_id: str
    operation: str
    attributes: Attributes
    changed_at: int
    position: Position
    log_name: str = "shop"
    untold: tuple[tuple[str, str], ...] = ()
    edge: str | None = None

    def raw(self) -> tuple[str, tuple[str, ...]]:
        """The raw table and its fields."""
        key = {"shipment_id": self.shipment_id}
        one = self.attributes
        after = {"region": one.region, "carrier": one.carrier, "status": one.shipment_status}
        after["weight"] = None if one.weight is None else f"{one.weight:f}"
        for name in ("shipped_at", "promised_at", "delivered_at", "updated_at"):
            at = getattr(one, name)
            after[name] = None if at is None else text(at)
        for name, how in self.untold:
            name = name.removeprefix("shipment_")
            if how == "absent":
                del after[name]
            else:
                after[name] = "__debezium_unavailable_value"
        number, pos, row = self.position
        place = {"name": self.log_name, "snapshot": self.edge, "file": f"binlog.{number:06}", "pos": pos, "row": row}
        envelope = {
            "op": self.operation[0],
            "source": {"ts_ms": text(self.changed_at), **place},
            "before": key if self.operation == "delete" else None,
            "after": None if self.operation in ("delete", "truncate") else key | after,
        }
        return "shipment_changes", (json.dumps(envelope),)


Read = UserEvent | Order | Rate | Heartbeat | Scan | Change


class Arrival(NamedTuple):
    """What arrives: a record, or None where staging must reject the raw text."""

    record: Read | None
    raw: Record


def text(at: int) -> str:
    """A time as raw text."""
    return moment(at).isoformat(" ", "microseconds")


def date_text(day: int) -> str:
    """A day as raw text."""
    return str(moment(day * DAY).date())


def moment(at: int) -> datetime:
    """A time as Python and DuckDB have it: in UTC, without saying so."""
    return datetime(1970, 1, 1) + timedelta(microseconds=at)


def microseconds(at: datetime) -> int:
    """The reverse of `moment`."""
    return (at - datetime(1970, 1, 1)) // timedelta(microseconds=1)
