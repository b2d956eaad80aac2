"""What is compared: four marts that every tool makes from the same raw tables."""

from dataclasses import dataclass

USERS_A_CASE_HAS = 20_000


@dataclass(frozen=True)
class Case:
    """One mart.

    Attributes:
        name: also the name of the scripts and jobs of the other tools.
        title: what people call it.
        mart: the dbt model, in the schema `marts`.
        hashed_id: the column with an md5 of others, which a tool without md5 may leave out; "" if there is none.
    """

    name: str
    title: str
    mart: str
    hashed_id: str = ""


CASES = (
    Case("daily_fact", "daily user metrics", "fct_daily_user_metrics"),
    Case("web_sessions", "web sessions", "fct_web_sessions", "session_id"),
    Case("watch_streams", "watch streams", "fct_watch_streams", "stream_id"),
    Case("order_windows", "order windows", "fct_order_windows"),
)


def records(size: int) -> dict[str, int]:
    """How many records of each kind `size` raw records are, by dial of datagen. Users and rates come on top."""
    return {
        "log_lines": size * 4 // 10,
        "web_events": size * 3 // 10,
        "heartbeats": size * 2 // 10,
        "orders": size // 10,
        "users": min(USERS_A_CASE_HAS, max(size // 100, 100)),
    }
