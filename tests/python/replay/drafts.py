"""Records and batches as a history written by hand names them."""

from datetime import datetime, timedelta

from histories import Batch
from records import Record

Draft = tuple[str, ...]
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


def order(order_id: str, user_id: str, ordered_at: str, amount: str = "10.00", status: str = "completed") -> Draft:
    """An order."""
    return "orders", order_id, user_id, "p1", "1", amount, amount, "EUR", status, ordered_at


def click(event_time: str, device: str = "d1", user_id: str | None = "1", name: str = "click") -> Draft:
    """A web event."""
    return "web_events", name, user_id, "1.0", event_time, device, "web"


def arriving(*drafts: Draft, file: str = "first", at: datetime = FIRST_LOAD, position: int = 1) -> tuple[Record, ...]:
    """Records from one file at one time, in this order."""
    return tuple(Record(draft[0], draft[1:], at, file, number) for number, draft in enumerate(drafts, position))


def later(*drafts: Draft, file: str = "second", at: datetime = FIRST_LOAD + timedelta(days=1)) -> Batch:
    """A batch of one file that is loaded a day later."""
    return Batch(arriving(*drafts, file=file, at=at))
