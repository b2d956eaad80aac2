"""What can be set, and what is refused."""

from dataclasses import dataclass, fields
from datetime import date

from warehouse.errors import UsageError

LATEST_DAY = date(2200, 1, 1)
# Beyond this the arithmetic in microseconds would leave 64 bits.
LARGEST = 1_000_000_000


@dataclass(frozen=True)
class Dials:
    """The dials of the generator. Shares are between 0 and 1, sizes are counts of records unless said otherwise.

    Raises UsageError for a value that cannot work.
    """

    seed: int = 42
    web_events: int = 100_000
    log_lines: int = 100_000
    orders: int = 20_000
    user_events: int = 100_000
    heartbeats: int = 100_000
    shipment_changes: int = 100_000
    shipment_scans: int = 100_000
    users: int = 1_000
    days: int = 90
    start_date: date = date(2025, 1, 1)
    late_share: float = 0.03
    late_hours: int = 48
    duplicate_share: float = 0.02
    malformed_share: float = 0.005
    unknown_user_share: float = 0.01
    inactive_share: float = 0.1
    hot_key_share: float = 0.05
    midnight_share: float = 0.02
    order_update_share: float = 0.1

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            flag = "--" + field.name.replace("_", "-")
            if field.name.endswith("_share") and not 0 <= value <= 1:
                raise UsageError(f"{flag} is a share: give a number from 0 to 1, not {value}.")
            if field.type is int and value < 0:
                raise UsageError(f"{flag} cannot be negative: give 0 or more, not {value}.")
            if field.type is int and field.name != "seed" and value > LARGEST:
                raise UsageError(f"{flag} is too large: give at most {LARGEST:,}, not {value:,}.")
        if self.users < 1 or self.days < 1:
            raise UsageError("--users and --days must be at least 1.")
        if self.start_date.year < 1900 or (LATEST_DAY - self.start_date).days < self.days:
            raise UsageError(f"--start-date and --days must stay between 1900-01-01 and {LATEST_DAY}.")
