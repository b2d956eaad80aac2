"""shipment_scans: what the scanners of carriers report, as JSON."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen.arrow import choose, join, number, spoil
from datagen.chunks import Chunk, Maker, twice
from datagen.lives import Lives, gaps_between, json_times, lives, quoted
from datagen.span import SECOND, order_of_stream

LOCATIONS = 200
NOWHERE_SHARE = 0.03
# Scans of one shipment, eight on average.
SCAN_COUNTS = (3, 5, 7, 8, 9, 11, 13)
# Seconds between two of them: the same moment, inside a window of 300 s, exactly such a window, up to some hours.
GAP_KINDS = ((0, 1), (1, 300), (300, 301), (600, 57_600))
GAP_WEIGHTS = (3, 20, 2, 75)
STATUSES = ("created", "picked_up", "in_transit", "out_for_delivery", "delivered", "held_by_customs")
CREATED, PICKED_UP, IN_TRANSIT, OUT_FOR_DELIVERY, DELIVERED, HELD = range(6)
HELD_SHARE = 0.003
# Scanners out of reach send what they have when they are back, at most this many minutes later.
OUT_OF_REACH_SHARE = 0.04
MOST_MINUTES_OUT_OF_REACH = 90
# Of what comes twice: the ones that come in another file, and those that say another status and time.
ANOTHER_FILE_SHARE = 0.5
CORRECTED_SHARE = 0.3
MOST_SECONDS_CORRECTED = 900

FIELDS = ("event_id", "shipment_id", "status", "location", "event_time")
FIELD_FAULTS: tuple[dict[str, str | None], ...] = (
    {"event_id": "null"},
    {"event_id": '" "'},
    {"shipment_id": "null"},
    {"status": "null"},
    {"event_time": "null"},
    {"event_time": '"2025-02-30 10:00:00"'},
    {"event_time": "17"},
)
PAYLOAD_FAULTS: tuple[dict[str, str | None], ...] = (
    {"payload": None},
    {"payload": "{}"},
    {"payload": "[1, 2]"},
    {"payload": '{"event_id": "sc-00'},
    {"payload": "battery low"},
)


class ShipmentScans(Maker):
    """Scans of parcels on their way. What comes again is a delivery twice or, with the same id, another scan."""

    table = "shipment_scans"
    extension = "jsonl"

    @property
    def total(self) -> int:
        return self.dials.shipment_scans

    def make(self, chunk: Chunk) -> pa.Table:
        rng = self.random(chunk)
        fresh, repeated = twice(chunk.count, self.dials.duplicate_share)
        life = lives(rng, self.span, chunk, fresh, SCAN_COUNTS, gaps_between(rng, GAP_KINDS, GAP_WEIGHTS, fresh))
        waited = (rng.random(fresh) < OUT_OF_REACH_SHARE) * rng.integers(1, MOST_MINUTES_OUT_OF_REACH + 1, fresh)
        sent = np.minimum(life.times + waited * 60 * SECOND, self.span.end - SECOND)
        hours = self.span.arrival_hours(rng, sent, self.dials.late_share, self.dials.late_hours)

        again = self.pick(rng, fresh, repeated)
        record = np.concatenate([np.arange(fresh), again])
        elsewhere = rng.random(repeated) < ANOTHER_FILE_SHARE
        again_hours = np.where(elsewhere, self.span.again_hours(rng, hours[again]), hours[again])
        hours = np.concatenate([hours, again_hours])
        corrected = np.concatenate([np.zeros(fresh, dtype=bool), rng.random(repeated) < CORRECTED_SHARE])

        payloads = self._payloads(rng, chunk, life, record, corrected)
        arrival = order_of_stream(rng, sent[record], hours)
        return self.arrange({"payload": payloads.take(pa.array(arrival))}, hours[arrival])

    def _payloads(
        self, rng: np.random.Generator, chunk: Chunk, life: Lives, record: np.ndarray, corrected: np.ndarray
    ) -> pa.Array:
        """The text of every delivery, of scan `record[i]` each, some of them with a fault in a field or as a whole."""
        count = len(record)
        nowhere = rng.random(len(life.times)) < NOWHERE_SHARE
        where = quoted(join("depot-", number(rng.integers(1, LOCATIONS + 1, len(life.times)), 3)))
        once = {
            "event_id": quoted(join("sc-", number(chunk.first + 1 + np.arange(len(life.times)), 9))),
            "shipment_id": quoted(life.id_text()),
            "location": pc.if_else(pa.array(nowhere), "null", where),
        }
        fields = {name: values.take(pa.array(record)) for name, values in once.items()}
        status = self._statuses(rng, life)[record]
        fields["status"] = quoted(choose(STATUSES, np.where(corrected, np.minimum(status + 1, DELIVERED), status)))
        later = corrected * rng.integers(1, MOST_SECONDS_CORRECTED + 1, count) * SECOND
        fields["event_time"] = json_times(
            rng, self.span, np.minimum(life.times[record] + later, self.span.end - SECOND)
        )

        broken = rng.random(count) < self.dials.malformed_share
        kind = rng.integers(0, len(FIELD_FAULTS) + len(PAYLOAD_FAULTS), count)
        in_field = kind < len(FIELD_FAULTS)
        spoil(fields, broken & in_field, np.where(in_field, kind, 0), FIELD_FAULTS)
        parts = [part for name in FIELDS for part in (f', "{name}": ', fields[name])]
        whole = {"payload": join("{" + parts[0][2:], *parts[1:], "}")}
        spoil(whole, broken & ~in_field, np.where(in_field, 0, kind - len(FIELD_FAULTS)), PAYLOAD_FAULTS)
        return whole["payload"]

    @staticmethod
    def _statuses(rng: np.random.Generator, life: Lives) -> np.ndarray:
        """What every scan says: most shipments are handed over with the last one."""
        status = np.full(len(life.times), IN_TRANSIT)
        status[rng.random(len(status)) < HELD_SHARE] = HELD
        begins = ~life.goes_on[life.shipment]
        status[(life.step == 1) & begins] = PICKED_UP
        status[(life.step == 0) & begins] = CREATED
        status[(life.left == 1) & (life.step > 1)] = OUT_FOR_DELIVERY
        arrives = rng.random(len(life.first)) < 0.9
        status[(life.left == 0) & (life.step > 1) & arrives[life.shipment]] = DELIVERED
        return status
