"""System F's scans, one record after the other: the last status per shipment and window, and where a shipment is."""

from dataclasses import dataclass
from typing import NamedTuple

from arrivals import Scan
from rules import SECOND, Rules, window_start


class Decision(NamedTuple):
    """What became of a record: accepted, repeated or late; the watermark it met, None for the first; its window."""

    decision: str
    watermark_at: int | None
    window_start_at: int


class StatusWindow(NamedTuple):
    """What a window knows of a shipment."""

    shipment_id: str
    window_start_at: int
    window_end_at: int
    last_status: str
    last_location: str | None
    last_event_at: int
    scan_count: int
    is_complete: bool


class CurrentStatus(NamedTuple):
    """The newest scan of a shipment."""

    shipment_id: str
    last_status: str
    last_location: str | None
    last_event_at: int
    last_event_id: str


@dataclass
class Seen:
    """The last scan of a shipment in a window, and how many there were."""

    last: Scan
    count: int = 0


class ScanProcessor:
    """Its state: windows until they are given up, the newest scan of each shipment, and all ids for ever."""

    def __init__(self, rules: Rules) -> None:
        self.window_seconds = rules.scan_window_seconds
        self.delay = rules.scan_watermark_delay_seconds * SECOND
        self.lateness = rules.scan_allowed_lateness_seconds * SECOND
        self.watermark: int | None = None
        self.ids: set[str] = set()
        self.newest: dict[str, Scan] = {}
        self.open_windows: dict[int, dict[str, Seen]] = {}
        self.windows: list[StatusWindow] = []

    def process(self, scan: Scan) -> Decision:
        """Decide on the next record. A late one still says where its shipment is."""
        met = self.watermark
        start = window_start(scan.event_at, self.window_seconds)
        if scan.event_id in self.ids:
            decision = "repeated"
        elif met is not None and met >= self._end(start) + self.lateness:
            decision = "late"
        else:
            decision = "accepted"
            seen = self.open_windows.setdefault(start, {}).setdefault(scan.shipment_id, Seen(scan))
            seen.last, seen.count = newer(seen.last, scan), seen.count + 1
        if decision != "repeated":
            self.newest[scan.shipment_id] = newer(self.newest.get(scan.shipment_id, scan), scan)
        self.ids.add(scan.event_id)
        reached = scan.event_at - self.delay
        self.watermark = reached if met is None else max(met, reached)
        for start in [one for one in self.open_windows if self.watermark >= self._end(one) + self.lateness]:
            self._close(start)
        return Decision(decision, met, window_start(scan.event_at, self.window_seconds))

    def finish(self) -> list[StatusWindow]:
        """All windows, also those that are not given up yet."""
        for start in list(self.open_windows):
            self._close(start)
        return self.windows

    def statuses(self) -> list[CurrentStatus]:
        """Where the shipments are."""
        return [
            CurrentStatus(shipment_id, scan.shipment_status, scan.location, scan.event_at, scan.event_id)
            for shipment_id, scan in self.newest.items()
        ]

    def _end(self, start: int) -> int:
        return start + self.window_seconds * SECOND

    def _close(self, start: int) -> None:
        end = self._end(start)
        for shipment_id, seen in self.open_windows.pop(start).items():
            last = (seen.last.shipment_status, seen.last.location, seen.last.event_at)
            self.windows.append(StatusWindow(shipment_id, start, end, *last, seen.count, self.watermark >= end))


def newer(known: Scan, scan: Scan) -> Scan:
    """The later of two scans by their own times; of equal times the one that arrives now."""
    return scan if scan.event_at >= known.event_at else known
