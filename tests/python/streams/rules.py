"""The rules of the streams as numbers, under the names of the project's variables, and the time they are counted in."""

from dataclasses import asdict, dataclass

# Times are whole microseconds since 1970.
SECOND = 1_000_000
DAY = 86_400 * SECOND


@dataclass(frozen=True)
class Rules:
    """Seconds, the rule of lateness, and the times between which pairs are wanted; by default as specified."""

    maximum_seconds_ahead_of_arrival: int = 86400
    user_event_window_seconds: int = 10
    user_event_allowed_lateness_seconds: int = 5
    user_event_late_rule: str = "window"
    duplicate_horizon_seconds: int = 10
    event_id_retention_seconds: int = 86400
    activity_window_seconds: int = 10
    activity_join_tolerance_seconds: int = 5
    activity_watermark_delay_seconds: int = 3
    pairs_from: str | None = None
    pairs_to: str | None = None
    playback_timeout_seconds: int = 60
    order_window_seconds: int = 300
    order_watermark_delay_seconds: int = 600
    scan_window_seconds: int = 300
    scan_watermark_delay_seconds: int = 600
    scan_allowed_lateness_seconds: int = 86400

    @property
    def variables(self) -> dict[str, object]:
        """Those that differ from the specification: the others must be what the project has without being told."""
        return dict(asdict(self).items() - asdict(Rules()).items())


RULES = {
    "as specified": Rules(),
    # Small and odd numbers, so that windows do not begin at round times and ids are soon forgotten.
    "strict": Rules(
        user_event_window_seconds=7,
        user_event_allowed_lateness_seconds=2,
        user_event_late_rule="strict",
        duplicate_horizon_seconds=3,
        event_id_retention_seconds=12,
        activity_window_seconds=4,
        activity_join_tolerance_seconds=2,
        activity_watermark_delay_seconds=1,
        pairs_from="1970-01-01 00:00:00",
        pairs_to="2025-03-10 23:30:00",
        # As microseconds no longer a 32-bit number.
        playback_timeout_seconds=4000,
        order_window_seconds=60,
        order_watermark_delay_seconds=90,
        scan_window_seconds=7,
        scan_watermark_delay_seconds=5,
        scan_allowed_lateness_seconds=20,
    ),
    "nothing allowed": Rules(
        user_event_window_seconds=3,
        user_event_allowed_lateness_seconds=0,
        duplicate_horizon_seconds=0,
        event_id_retention_seconds=3,
        activity_window_seconds=1,
        activity_join_tolerance_seconds=0,
        activity_watermark_delay_seconds=0,
        pairs_from="1900-01-01 00:00:00",
        pairs_to="2100-01-01 00:00:00",
        playback_timeout_seconds=1,
        order_window_seconds=1,
        order_watermark_delay_seconds=0,
        scan_window_seconds=1,
        scan_watermark_delay_seconds=0,
        scan_allowed_lateness_seconds=0,
    ),
}


def window_start(at: int, seconds: int) -> int:
    """The start of the tumbling window that a time falls into, also before 1970."""
    return at - at % (seconds * SECOND)
