"""alerts.yml: who is told of which tier, and when nobody is told because somebody is at work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import yaml

from warehouse.alerts.candidates import TIERS, Candidate
from warehouse.alerts.causes import Lineage
from warehouse.alerts.channels import CHANNELS
from warehouse.errors import UsageError

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Window:
    """A time in which what is about something is not told."""

    begins: datetime | time
    ends: datetime | time
    about: str
    reason: str
    days: tuple[str, ...] = ()

    def is_on(self, now: datetime) -> bool:
        """Whether it is now. One of every week that ends before it begins goes on past midnight."""
        if isinstance(self.begins, datetime):
            return self.begins <= now < self.ends
        began_on = now if self.begins < self.ends or now.time() >= self.begins else now - timedelta(days=1)
        within = (
            self.begins <= now.time() < self.ends
            if self.begins < self.ends
            else now.time() >= self.begins or now.time() < self.ends
        )
        return within and (not self.days or DAYS[began_on.weekday()] in self.days)

    def covers(self, candidate: Candidate, lineage: Lineage) -> bool:
        """Whether a candidate is about what the window is about, or about what depends on that."""
        if self.about in ("all", candidate.source, candidate.subject):
            return True
        return bool(lineage.below(lineage.named(self.about)) & lineage.about(candidate))


@dataclass(frozen=True)
class Settings:
    """What alerts.yml says: the channels of each tier, and maintenance windows."""

    channels: dict[str, list[str]]
    windows: list[Window]


def read_settings(path: Path) -> Settings:
    """Raises UsageError with the entry that cannot be right."""
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        said = {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError(f"{path.name} cannot be read ({' '.join(str(error).split())}).") from error
    if not isinstance(said, dict) or (unknown := set(said) - {"tell", "maintenance"}):
        raise UsageError(
            f"{path.name} has `tell` and `maintenance`, and not {', '.join(sorted(map(str, unknown)))}."
            if isinstance(said, dict)
            else f"{path.name} is no mapping of `tell` and `maintenance`."
        )
    tell = said.get("tell") or {tier: ["webhook", "email", "file"] for tier in TIERS}
    for tier, channels in tell.items() if isinstance(tell, dict) else [(tell, [])]:
        if tier not in TIERS or not isinstance(channels, list) or set(map(str, channels)) - set(CHANNELS):
            raise UsageError(
                f"{path.name}: `tell` names for {', '.join(reversed(TIERS))} a list of {', '.join(CHANNELS)}, "
                f"and not {tier}: {channels}."
            )
    windows = said.get("maintenance") or []
    if not isinstance(windows, list):
        raise UsageError(f"{path.name}: `maintenance` is a list of windows.")
    return Settings({tier: tell.get(tier, []) for tier in TIERS}, [_window(entry, path.name) for entry in windows])


def _window(entry: object, name: str) -> Window:
    example = "{from: 2025-03-01 20:00, to: 2025-03-02 04:00, about: orders, reason: the shop moves}"
    try:
        if set(entry) - {"from", "to", "about", "reason", "days"}:
            raise ValueError
        days = tuple(str(day).lower() for day in entry.get("days", ()))
        begins, ends = (_moment(entry[edge], is_weekly="days" in entry) for edge in ("from", "to"))
        about = entry.get("about", "all")
        if not (isinstance(about, str) and about):
            raise ValueError
        if set(days) - set(DAYS) or ("days" in entry and not days) or (not days and begins >= ends):
            raise ValueError
        return Window(begins, ends, about, str(entry.get("reason", "maintenance")), days)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{name}: {entry} is no maintenance window; write one like {example}, in UTC.") from error


def _moment(value: object, *, is_weekly: bool) -> datetime | time:
    if is_weekly:
        # YAML takes 04:00 without quotes for 240 minutes.
        if isinstance(value, int):
            return time(value // 60, value % 60)
        moment = time.fromisoformat(str(value))
        if moment.tzinfo:
            raise ValueError
        return moment
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
