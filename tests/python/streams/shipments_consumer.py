"""System F's changes, consumed one after the other: shipments as they are and were, by log and position in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from arrivals import NO_ATTRIBUTES, Attributes, Change, Position, moment
from rules import SECOND


class Version(NamedTuple):
    """A shipment from one change to the next that says something else."""

    shipment_id: str
    version_number: int
    operation: str
    is_deleted: bool
    attributes: Attributes
    valid_from: int
    valid_to: int | None
    sequence_issue: str | None
    changed_at: int
    position: Position

    @property
    def is_current(self) -> bool:
        """Whether the shipment is like this now."""
        return self.valid_to is None and not self.is_deleted


class Day(NamedTuple):
    """The shipments of a region and carrier that left on a day. The average is cut to millionths."""

    ship_date: date
    region: str
    carrier: str
    shipment_count: int
    delivered_count: int
    avg_transit_hours: Decimal | None
    delayed_count: int
    delivered_late_count: int
    overdue_count: int
    next_promised_at: int | None


class Place(NamedTuple):
    """Where a change stands among all: the log by its place among logs, and the position in it."""

    log_order: int
    position: Position

    @property
    def moment(self) -> tuple[int, int, int]:
        """The place without the row, which is the same for all that a statement, or a reading of the table, did."""
        return (self.log_order, *self.position[:2])


class Log(NamedTuple):
    """A log from where it began, after a change at a time with a position; the first has neither."""

    began_at: int
    name: str
    after: tuple[int, tuple[int, int]] | None


@dataclass
class ShipmentConsumer:
    """Its state: all changes in their order of arrival, and the greatest time of one."""

    watermark: int | None = None
    known: dict[Change, None] = field(default_factory=dict)

    def process(self, change: Change) -> bool:
        """Take the next record; whether it is an exact repetition, which changes nothing."""
        if change in self.known:
            return True
        self.known[change] = None
        self.watermark = change.changed_at if self.watermark is None else max(self.watermark, change.changed_at)
        return False

    def history(self) -> list[Version]:
        """The versions of all shipments."""
        order = logs(self.known)
        placed = [(Place(order.index(log_of(change, order)), change.position), change) for change in self.known]
        shipments: dict[str, dict[Place, Change]] = {}
        for place, change in placed:
            if change.operation != "truncate":
                shipments.setdefault(change.shipment_id, {})[place] = change
        for changes in shipments.values():
            changes.update(implied_deletes(list(changes.items()), placed))
        return [version for changes in shipments.values() for version in versions(changes)]

    def days(self) -> list[Day]:
        """Shipments that have left and are there still."""
        groups: dict[tuple[date, str, str], list[Attributes]] = {}
        for version in self.history():
            one = version.attributes
            if version.is_current and one.shipped_at is not None:
                key = (moment(one.shipped_at).date(), one.region or "unknown", one.carrier or "unknown")
                groups.setdefault(key, []).append(one)
        return [Day(*key, *self._measures(shipments)) for key, shipments in groups.items()]

    def _measures(self, shipments: list[Attributes]) -> tuple:
        transits = [one.delivered_at - one.shipped_at for one in shipments if one.delivered_at is not None]
        average = Decimal(sum(transits) * SECOND // (len(transits) * 3600 * SECOND)) / SECOND if transits else None
        delayed = [one for one in shipments if self._is_delayed(one)]
        promises = [
            one.promised_at
            for one in shipments
            if one.delivered_at is None and one.promised_at is not None and one not in delayed
        ]
        late = sum(one.delivered_at is not None for one in delayed)
        counts = len(delayed), late, len(delayed) - late
        return len(shipments), len(transits), average, *counts, min(promises, default=None)

    def _is_delayed(self, one: Attributes) -> bool:
        reached = self.watermark if one.delivered_at is None else one.delivered_at
        return one.promised_at is not None and reached > one.promised_at


def logs(changes: Iterable[Change]) -> list[Log]:
    """The logs in their order.

    One begins anew where the highest position of a minute is below that of the minute before in which there were
    changes: after that highest change.
    """
    minutes: dict[str, dict[int, tuple[tuple[int, int], int]]] = {}
    for change in changes:
        highest = minutes.setdefault(change.log_name, {})
        minute = change.changed_at // (60 * SECOND)
        reached = (change.position[:2], change.changed_at)
        highest[minute] = max(highest.get(minute, reached), reached)
    found = []
    for name, highest in minutes.items():
        found.append(Log(min(highest) * 60 * SECOND, name, None))
        for (_, (before, at)), (_, (after, _)) in pairwise(sorted(highest.items())):
            if after < before:
                found.append(Log(at, name, (at, before)))
    return sorted(found, key=lambda log: (log.began_at, log.after is not None, log.name))


def log_of(change: Change, order: list[Log]) -> Log:
    """The last of the logs of its name that began before the change."""
    before = [log for log in order if log.name == change.log_name and is_in(change, log)]
    return max(before, key=lambda log: (log.after is not None, log.began_at))


def is_in(change: Change, log: Log) -> bool:
    """Whether the change was made after the log began; at that very time, below the position that was left."""
    if log.after is None:
        return True
    at, left = log.after
    return change.changed_at > at or (change.changed_at == at and change.position[:2] < left)


def implied_deletes(changes: list[tuple[Place, Change]], placed: list[tuple[Place, Change]]) -> dict[Place, Change]:
    """Deletions of one shipment by truncates and by complete readings of the table that lack it."""
    whole: dict[tuple[str, tuple[int, int, int]], list[tuple[Place, Change]]] = {}
    for place, change in placed:
        if change.operation == "truncate" or change.edge:
            whole.setdefault((change.log_name, place.moment), []).append((place, change))
    found = {}
    for (name, moment_of_all), parts in whole.items():
        is_truncate = any(change.operation == "truncate" for _, change in parts)
        is_complete = {change.edge for _, change in parts} >= {"first", "last"}
        moments = [place.moment for place, change in changes if change.log_name == name]
        is_known = any(moment_of_one < moment_of_all for moment_of_one in moments)
        if (is_truncate or is_complete) and is_known and moment_of_all not in moments:
            row = max(place.position.log_row for place, _ in parts)
            place = Place(moment_of_all[0], Position(*moment_of_all[1:], row))
            operation = "truncate" if is_truncate else "missing_in_snapshot"
            at = max(change.changed_at for _, change in parts)
            shipment_id = changes[0][1].shipment_id
            found[place] = Change(shipment_id, operation, NO_ATTRIBUTES, at, place.position, name)
    return found


def told(change: Change, before: Change | None) -> Attributes:
    """What a change says, and what it does not speak of as it was before."""
    if before is None:
        return change.attributes
    return change.attributes._replace(**{name: getattr(before.attributes, name) for name, _ in change.untold})


def versions(changes: dict[Place, Change]) -> list[Version]:
    """The versions of one shipment, in order of the source; each change is at least a microsecond after the last."""
    found: list[Version] = []
    effective_at: int | None = None
    before: Change | None = None
    for _, one in sorted(changes.items()):
        is_deleted = one.operation not in ("create", "read", "update")
        change = one._replace(attributes=NO_ATTRIBUTES if is_deleted else told(one, before))
        effective_at = change.changed_at if effective_at is None else max(change.changed_at, effective_at + 1)
        was_deleted = before is not None and before.operation not in ("create", "read", "update")
        if before is None or (is_deleted, change.attributes) != (was_deleted, before.attributes):
            issue = None
            if before is None and is_deleted:
                issue = "delete_of_unknown"
            elif was_deleted and change.operation == "update":
                issue = "update_after_delete"
            if found:
                found[-1] = found[-1]._replace(valid_to=effective_at)
            said = (change.operation, is_deleted, change.attributes)
            times = (effective_at, None, issue, change.changed_at, change.position)
            found.append(Version(change.shipment_id, len(found) + 1, *said, *times))
        before = change
    return found
