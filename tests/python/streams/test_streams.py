"""The models give what stream processors give that take one record after the other and keep no more than they must.

The processors are written from the rules alone; test_processors.py holds them against the specification. Here both get
random streams with times at the edges of the rules, the models in another order than that of arrival. `make test`
tries a few streams, always the same; `make prove-incremental EXAMPLES=200` so many new ones for each system and set of
rules, and prints their seed: `SEED=…` tries them again.
"""

import json
import os
import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

# Warehouses are made, and differences shown, as in the replay.
sys.path.append(str(Path(__file__).parents[1] / "replay"))

from compare import difference, explained, story
from histories import Batch
from records import Record
from rules import RULES, Rules
from steps import Stream
from stream_models import StreamModels, built, rows
from systems import SYSTEMS
from warehouses import FILE_NAME

IS_LONG_FORM = bool(os.environ.get("EXAMPLES"))
EXAMPLES = int(os.environ.get("EXAMPLES") or 8)
SEED = int(os.environ.get("SEED") or random.randrange(2**32))
ARRIVAL_DAYS = (
    "intermediate.int_activity__user_event_arrival_days",
    "intermediate.int_orders__order_arrival_days",
    "intermediate.int_playback__heartbeat_arrival_days",
    "intermediate.int_shipping__scan_arrival_days",
    "intermediate.int_shipping__change_arrival_days",
)
DECIDED = (
    "intermediate.int_activity__user_events_decided",
    "intermediate.int_orders__orders_decided",
)


@pytest.fixture(scope="module", params=RULES.values(), ids=RULES)
def rules(request: pytest.FixtureRequest) -> Rules:
    return request.param


@pytest.fixture(scope="module")
def models(rules: Rules, packages: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StreamModels]:
    """The models of all systems, compiled for these rules."""
    relations = [relation for system in SYSTEMS.values() for relation in system.said(rules, [])]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WAREHOUSE_DUCKDB", FILE_NAME)
        yield StreamModels.compiled(tmp_path_factory.mktemp("streams"), rules, relations)


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_models_give_what_the_processor_gives(name: str, rules: Rules, models: StreamModels) -> None:
    system = SYSTEMS[name]
    warehouse = models.warehouse(system.said(rules, []))

    @settings(
        max_examples=EXAMPLES,
        derandomize=not IS_LONG_FORM,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(system.streams(rules))
    def give_the_same(stream: Stream) -> None:
        said = system.said(rules, stream)
        records = [arrival.raw for arrival in stream]
        # In another order than that of arrival, so that whoever relies on the order of raw is found out.
        with built(warehouse, reversed(records)):
            compared = [
                difference(relation, rows(warehouse, relation, expected.columns), expected)
                for relation, expected in said.items()
            ]
        found = [one for one in compared if one]
        assert not found, "\n" + explained(found, "models", "processor") + story([Batch(tuple(records))])

    if IS_LONG_FORM:
        print(f"SEED={SEED} EXAMPLES={EXAMPLES}", flush=True)
        give_the_same = seed(SEED)(give_the_same)
    give_the_same()


def ten_records_after_one_that_is_ahead(ahead: timedelta) -> Iterator[Record]:
    """Of each stream, a record that claims to be ahead of its arrival, then ten of a right clock, one a minute."""
    for number in range(11):
        loaded_at = datetime(2025, 3, 10, 8) + timedelta(minutes=number)
        time = str(loaded_at + ahead if number == 0 else loaded_at)
        scan = {"event_id": f"e{number}", "shipment_id": "s1", "status": "in_transit", "event_time": time}
        heartbeat = {"user_id": 1, "program_id": "p1", "start_time": "2025-03-10 07:00:00", "session_id": "s1"}
        after = {"shipment_id": "s1", "status": "packed"}
        change = {"op": "u", "source": {"ts_ms": time, "lsn": number}, "after": after}
        fields = {
            "user_events": (f"e{number}", "1", "view", time),
            "orders": (f"o{number}", "1", None, None, None, "5.00", "EUR", "completed", time),
            "playback_heartbeats": (json.dumps({**heartbeat, "device": "tv", "event_time": time}),),
            "shipment_scans": (json.dumps(scan),),
            "shipment_changes": (json.dumps(change),),
        }
        for table, texts in fields.items():
            yield Record(table, texts, loaded_at, "a", number)


@pytest.mark.parametrize(
    ("limit", "ahead", "late"),
    [
        # The default protects from a clock that is wrong by days, and not from this one.
        (86400, timedelta(hours=23, minutes=59), True),
        (300, timedelta(hours=23, minutes=59), False),
    ],
)
def test_a_clock_beyond_the_limit_moves_no_watermark(limit, ahead, late, packages, tmp_path, monkeypatch):
    monkeypatch.setenv("WAREHOUSE_DUCKDB", FILE_NAME)
    relations = (*ARRIVAL_DAYS, *DECIDED)
    models = StreamModels.compiled(tmp_path, Rules(maximum_seconds_ahead_of_arrival=limit), relations)
    warehouse = models.warehouse(relations)
    records = list(ten_records_after_one_that_is_ahead(ahead))
    with built(warehouse, records):
        ask = warehouse.connection.execute
        for relation in ARRIVAL_DAYS:
            ((greatest,),) = ask(f"select greatest_event_at from {relation}").fetchall()
            assert greatest == (records[0].loaded_at + ahead if late else records[-1].loaded_at), relation
        for relation in DECIDED:
            decisions = ask(f"select decision, count(*) from {relation} group by decision").fetchall()
            assert dict(decisions) == ({"accepted": 1, "late": 10} if late else {"accepted": 10}), relation
