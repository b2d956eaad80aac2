"""Records and batches as a history written by hand names them."""

import json
from datetime import datetime, timedelta

from histories import Batch
from moments import IN_MILLISECONDS
from records import Record

from warehouse.raw_contract import TABLES

Draft = tuple[str | None, ...]
FIRST_LOAD = datetime(2025, 3, 13, 6)


def log(user: str, day: str, event: str = "view") -> Draft:
    """A log line."""
    return "app_logs", f"{day}|user={user}|event={event}"


def user(user_id: str, name: str, updated_at: str) -> Draft:
    """A record of the users table."""
    return "users", user_id, name, f"{user_id}@x", "DE", "2024-01-01 00:00:00", updated_at


def active(user_id: str, is_active: str, updated_at: str) -> Draft:
    """The identity system's word."""
    return "active_users", user_id, is_active, updated_at


def order(
    order_id: str,
    user_id: str,
    ordered_at: str,
    amount: str = "10.00",
    status: str = "completed",
    currency: str | None = "EUR",
) -> Draft:
    """An order."""
    return "orders", order_id, user_id, "p1", "1", amount, amount, currency, status, ordered_at


def rate(rate_date: str, value: str, currency: str = "USD") -> Draft:
    """What a currency is worth from a day on."""
    return "exchange_rates", rate_date, currency, value


def message(table: str, payload: str) -> Draft:
    """A message among change data of users or orders."""
    return table, *(None,) * len(TABLES[table]), payload


def changed(row: Draft, position: int, op: str = "u", without: str | None = None, **source: str) -> Draft:
    """A user or an order as change data: a position of the log is as many milliseconds after the day before."""
    table, *values = row
    after = {column: value for column, value in zip(TABLES[table], values, strict=True) if column != without}
    made_at = IN_MILLISECONDS(FIRST_LOAD - timedelta(days=1)) + position
    place = {"name": "shop", "table": table, "ts_ms": made_at, "lsn": position, **source}
    images = {"before": after, "after": None} if op == "d" else {"before": None, "after": after}
    return message(table, json.dumps({"op": op, "ts_ms": made_at, "source": place, **images}))


def click(event_time: str, device: str = "d1", user_id: str | None = "1", name: str = "click") -> Draft:
    """A web event."""
    return "web_events", name, user_id, "1.0", event_time, device, "web"


def arriving(*drafts: Draft, file: str = "first", at: datetime = FIRST_LOAD, position: int = 1) -> tuple[Record, ...]:
    """Records from one file at one time, in this order."""
    return tuple(Record(draft[0], draft[1:], at, file, number) for number, draft in enumerate(drafts, position))


def later(*drafts: Draft, file: str = "second", at: datetime = FIRST_LOAD + timedelta(days=1)) -> Batch:
    """A batch of one file that is loaded a day later."""
    return Batch(arriving(*drafts, file=file, at=at))
