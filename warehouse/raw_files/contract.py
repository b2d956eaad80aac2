"""The raw tables that files can provide, and their columns."""

from collections.abc import Collection

from warehouse.errors import UsageError

TABLES: dict[str, tuple[str, ...]] = {
    "app_logs": ("log_line",),
    "users": ("user_id", "user_name", "email", "country", "created_at", "updated_at"),
    "active_users": ("user_id", "is_active", "updated_at"),
    "orders": (
        "order_id",
        "customer_id",
        "product_id",
        "quantity",
        "unit_price",
        "amount",
        "currency",
        "status",
        "ordered_at",
    ),
    "web_events": ("event_name", "user_id", "app_version", "event_time", "device_id", "client"),
}

# Where a record came from and when it arrived. Files may leave these out.
ARRIVAL_COLUMNS = ("loaded_at", "source_file", "source_position")

# The table whose records may also be lines of plain text.
TEXT_TABLE = "app_logs"


def check_columns(table: str, where: str, found: Collection[str]) -> None:
    """Raises UsageError naming every column of the table that `found` lacks."""
    missing = [column for column in TABLES[table] if column not in found]
    if missing:
        columns = ", ".join(found)[:300] or "none"
        raise UsageError(
            f"{where} lacks {', '.join(missing)}: {table} needs {', '.join(TABLES[table])}; the columns are {columns}."
        )
