"""shipment_changes: what changes in the table of shipments, as Debezium reads it from PostgreSQL's log."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen.arrow import choose, join, number, overwrite, spoil, weighted
from datagen.chunks import Chunk, Maker, twice
from datagen.lives import Lives, gaps_between, json_times, lives, quoted
from datagen.span import DAY, HOUR, SECOND, order_of_stream

REGIONS = ("north", "south", "east", "west", None)
REGION_WEIGHTS = (40, 25, 20, 14, 1)
CARRIERS = ("dhl", "ups", "gls", "fedex", None)
CARRIER_WEIGHTS = (40, 25, 20, 14, 1)
# Changes of one shipment, eight on average.
CHANGE_COUNTS = (4, 6, 7, 8, 9, 10, 12)
# Seconds between two of them: the same moment, a correction soon after, some hours, a weekend.
GAP_KINDS = ((0, 1), (1, 60), (600, 57_600), (86_400, 200_000))
GAP_WEIGHTS = (2, 8, 85, 5)
STATUSES = (
    "created",
    "picked_up",
    "in_transit",
    "out_for_delivery",
    "delivered",
    "returned",
    "lost",
    "held_by_customs",
)
CREATED, PICKED_UP, IN_TRANSIT, OUT_FOR_DELIVERY, DELIVERED, RETURNED, LOST, HELD = range(8)
# How a shipment ends: delivered, not yet, returned after delivery, deleted after delivery, lost.
END_WEIGHTS = (82, 7, 4, 4, 3)
ENDS_DELIVERED, ENDS_OPEN, ENDS_RETURNED, ENDS_DELETED, ENDS_LOST = range(5)
# Shares of the changes that also weigh anew, put the promise off by a day, or give a status that nobody has heard of.
WEIGHED_SHARE, PUT_OFF_SHARE, HELD_SHARE = 0.04, 0.03, 0.003
# Of the shipments that are seen from the beginning: those that Debezium reads in its first pass over the table.
READ_SHARE = 0.02
OPERATIONS = ('"c"', '"u"', '"d"', '"r"')
CREATE, UPDATE, DELETE, READ = range(4)
# Positions in the log grow with time; a shipment has this many a millisecond.
POSITIONS_A_MILLISECOND = 65_536
MILLISECOND = SECOND // 1000
# Of what comes twice: the ones that come in another file, and those written in another way.
ANOTHER_FILE_SHARE = 0.7
REWRITTEN_SHARE = 0.3

AFTER = (
    *("shipment_id", "region", "carrier", "status", "weight"),
    *("shipped_at", "promised_at", "delivered_at", "updated_at"),
)
FIELD_FAULTS: tuple[dict[str, str | None], ...] = (
    {"op": '"x"'},
    {"op": "null"},
    {"lsn": "null"},
    {"changed_at": '"today"'},
    {"shipment_id": "null"},
    {"status": "null"},
    {"weight": '"heavy"'},
    {"weight": "-1.5"},
    {"promised_at": '"soon"'},
)
PAYLOAD_FAULTS: tuple[dict[str, str | None], ...] = (
    {"payload": "{}"},
    {"payload": "[1, 2]"},
    {"payload": '{"op": "u", "ts_ms": 17'},
    {"payload": "connector restarted"},
    {"payload": '{"op": "u", "ts_ms": 1738400000000, "source": {"lsn": 5}, "before": null, "after": null}'},
)


class ShipmentChanges(Maker):
    """Changes of shipments from label to delivery. Late ones arrive after newer ones; positions tell the order."""

    table = "shipment_changes"
    extension = "jsonl"

    @property
    def total(self) -> int:
        return self.dials.shipment_changes

    def make(self, chunk: Chunk) -> pa.Table:
        rng = self.random(chunk)
        fresh, repeated = twice(chunk.count, self.dials.duplicate_share)
        gaps = gaps_between(rng, GAP_KINDS, GAP_WEIGHTS, fresh)
        gaps += (gaps > 0) * rng.integers(0, 1000, fresh) * MILLISECOND
        life = lives(rng, self.span, chunk, fresh, CHANGE_COUNTS, gaps)
        payloads = self._payloads(rng, life)
        hours = self.span.arrival_hours(rng, life.times, self.dials.late_share, self.dials.late_hours)

        again = self.pick(rng, fresh, repeated)
        record = np.concatenate([np.arange(fresh), again])
        elsewhere = rng.random(repeated) < ANOTHER_FILE_SHARE
        again_hours = np.where(elsewhere, self.span.again_hours(rng, hours[again]), hours[again])
        hours = np.concatenate([hours, again_hours])
        # What comes again may be written in another way: it is read alike.
        rewritten = np.concatenate([np.zeros(fresh, dtype=bool), rng.random(repeated) < REWRITTEN_SHARE])
        arrival = order_of_stream(rng, life.times[record], hours)
        payloads, rewritten = payloads.take(pa.array(record[arrival])), rewritten[arrival]
        compact = pc.replace_substring(payloads.filter(pa.array(rewritten)), '": ', '":')
        return self.arrange({"payload": overwrite(payloads, rewritten, compact)}, hours[arrival])

    def _payloads(self, rng: np.random.Generator, life: Lives) -> pa.Array:
        """The text of every change, some of them with a fault in a field or as a whole."""
        fields = self._fields(rng, life)
        count = len(life.times)
        broken = rng.random(count) < self.dials.malformed_share
        kind = rng.integers(0, len(FIELD_FAULTS) + len(PAYLOAD_FAULTS), count)
        in_field = kind < len(FIELD_FAULTS)
        spoil(fields, broken & in_field, np.where(in_field, kind, 0), FIELD_FAULTS)

        deleted = pa.array(fields.pop("deleted"))
        key = join('{"shipment_id": ', fields["shipment_id"], "}")
        parts = [part for name in AFTER for part in (f', "{name}": ', fields[name])]
        after = join("{" + parts[0][2:], *parts[1:], "}")
        source = join(
            '{"name": "shop", "table": "shipments", "ts_ms": ', fields["changed_at"], ', "lsn": ', fields["lsn"], "}"
        )
        whole = {
            "payload": join(
                *('{"op": ', fields["op"], ', "ts_ms": ', fields["read_at"], ', "source": ', source),
                *(', "before": ', pc.if_else(deleted, key, "null"), ', "after": ', pc.if_else(deleted, "null", after)),
                "}",
            )
        }
        spoil(whole, broken & ~in_field, np.where(in_field, 0, kind - len(FIELD_FAULTS)), PAYLOAD_FAULTS)
        return whole["payload"]

    def _fields(self, rng: np.random.Generator, life: Lives) -> dict[str, pa.Array]:
        """The JSON fields of every change, and which of them are deletions."""
        count, shipments = len(life.times), len(life.first)
        times, step, left, shipment = life.times, life.step, life.left, life.shipment
        end = weighted(rng, END_WEIGHTS, shipments)
        lone = life.first == life.last
        end[lone] = ENDS_OPEN
        # How many changes follow the one that says delivered; none says so where that is less than nothing.
        after_delivery = np.choose(end, (0, -1, 1, 1, -1))
        delivery = np.minimum(life.last - after_delivery, life.last)
        is_delivered = (after_delivery[shipment] >= 0) & (left <= after_delivery[shipment]) & (step > 1)

        status = np.full(count, IN_TRANSIT)
        status[rng.random(count) < HELD_SHARE] = HELD
        status[(left == after_delivery[shipment] + 1) & (end[shipment] != ENDS_OPEN)] = OUT_FOR_DELIVERY
        begins = ~life.goes_on[shipment]
        status[(step == 1) & begins] = PICKED_UP
        status[(step == 0) & begins] = CREATED
        status[is_delivered] = DELIVERED
        status[(end[shipment] == ENDS_RETURNED) & (left == 0) & (step > 0)] = RETURNED
        status[(end[shipment] == ENDS_LOST) & (left == 0) & (step > 0)] = LOST
        deleted = (end[shipment] == ENDS_DELETED) & (left == 0) & (step > 0)

        operation = np.where(step > 0, UPDATE, CREATE)
        read = life.goes_on | (rng.random(shipments) < READ_SHARE)
        operation[(step == 0) & read[shipment]] = READ
        operation[deleted] = DELETE

        # It leaves with its second change; what goes on from before the first day left then.
        whole = times // SECOND * SECOND
        left_at = np.where(
            life.goes_on,
            whole[life.first] - rng.integers(3600, 2 * 86_400, shipments) * SECOND,
            whole[np.minimum(life.first + 1, life.last)],
        )
        has_left = (step > 0) | ~begins
        promised = whole[life.first] // DAY * DAY + (rng.integers(2, 6, shipments) * 24 + 18) * HOUR
        promised_at = promised[shipment] + self._so_far(rng, life, PUT_OFF_SHARE) * DAY
        grams = rng.integers(1, 400, shipments)[shipment] * 50 + self._so_far(rng, life, WEIGHED_SHARE) * 25

        columns = {
            "op": choose(OPERATIONS, operation),
            "read_at": number((times + self.span.start) // MILLISECOND + rng.integers(20, 2000, count)),
            "changed_at": number((times + self.span.start) // MILLISECOND),
            "lsn": number((times // MILLISECOND) * POSITIONS_A_MILLISECOND + (life.ids % 4096)[shipment] * 16 + step),
            "shipment_id": quoted(life.id_text()),
            "region": self._of_shipments(rng, life, REGIONS, REGION_WEIGHTS),
            "carrier": self._of_shipments(rng, life, CARRIERS, CARRIER_WEIGHTS),
            "status": quoted(choose(STATUSES, status)),
            "weight": join(number(grams // 1000), ".", number(grams % 1000, 3)),
            "shipped_at": _where(has_left, json_times(rng, self.span, left_at[shipment])),
            "promised_at": json_times(rng, self.span, promised_at),
            "delivered_at": _where(is_delivered, json_times(rng, self.span, whole[delivery][shipment])),
            "updated_at": json_times(rng, self.span, whole),
        }
        return columns | {"deleted": deleted}

    @staticmethod
    def _of_shipments(
        rng: np.random.Generator, life: Lives, words: tuple[str | None, ...], weights: tuple[int, ...]
    ) -> pa.Array:
        """A word of each shipment, for every record."""
        of_shipments = pc.fill_null(quoted(choose(words, weighted(rng, weights, len(life.first)))), "null")
        return of_shipments.take(pa.array(life.shipment))

    @staticmethod
    def _so_far(rng: np.random.Generator, life: Lives, share: float) -> np.ndarray:
        """How often something has happened to a shipment before each record; it happens in that share of records."""
        happened = np.cumsum(rng.random(len(life.times)) < share)
        return happened - happened[life.first][life.shipment]


def _where(mask: np.ndarray, values: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(mask), values, "null")
