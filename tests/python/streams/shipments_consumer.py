"""System F's changes, consumed one after the other: shipments as they are and were, by position in the source."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
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
    next_promised_at: int | None


@dataclass
class ShipmentConsumer:
    """Its state: of each shipment the changes by position, and the greatest time of a change."""

    watermark: int | None = None
    known: set[Change] = field(default_factory=set)
    shipments: dict[str, dict[Position, Change]] = field(default_factory=dict)

    def process(self, change: Change) -> bool:
        """Take the next record; whether it is an exact repetition, which changes nothing."""
        if change in self.known:
            return True
        self.known.add(change)
        self.shipments.setdefault(change.shipment_id, {})[change.position] = change
        self.watermark = change.changed_at if self.watermark is None else max(self.watermark, change.changed_at)
        return False

    def history(self) -> list[Version]:
        """The versions of all shipments."""
        return [version for changes in self.shipments.values() for version in versions(changes)]

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
        return len(shipments), len(transits), average, len(delayed), min(promises, default=None)

    def _is_delayed(self, one: Attributes) -> bool:
        reached = self.watermark if one.delivered_at is None else one.delivered_at
        return one.promised_at is not None and reached > one.promised_at


def versions(changes: dict[Position, Change]) -> list[Version]:
    """The versions of one shipment, in order of the source; each change is at least a microsecond after the last."""
    found: list[Version] = []
    effective_at: int | None = None
    before: Change | None = None
    for position, change in sorted(changes.items()):
        is_deleted = change.operation == "delete"
        effective_at = change.changed_at if effective_at is None else max(change.changed_at, effective_at + 1)
        was_deleted = before is not None and before.operation == "delete"
        if before is None or (is_deleted, change.attributes) != (was_deleted, before.attributes):
            issue = None
            if before is None and is_deleted:
                issue = "delete_of_unknown"
            elif was_deleted and change.operation == "update":
                issue = "update_after_delete"
            if found:
                found[-1] = found[-1]._replace(valid_to=effective_at)
            said = (change.operation, is_deleted, NO_ATTRIBUTES if is_deleted else change.attributes)
            number = len(found) + 1
            found.append(
                Version(change.shipment_id, number, *said, effective_at, None, issue, change.changed_at, position)
            )
        before = change
    return found
