"""The models give what stream processors give that take one record after the other and keep no more than they must.

The processors are written from the rules alone; test_processors.py holds them against the specification. Here both get
random streams with times at the edges of the rules, the models in another order than that of arrival. `make test`
tries a few streams, always the same; `EXAMPLES=500 .venv/bin/pytest tests/python/streams -s` so many new ones for each
system and set of rules, and prints their seed: `SEED=…` tries them again.
"""

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

# Warehouses are made, and differences shown, as in the replay.
sys.path.append(str(Path(__file__).parents[1] / "replay"))

from compare import difference, explained, story
from histories import Batch
from rules import RULES, Rules
from steps import Stream
from stream_models import StreamModels, built, rows
from systems import SYSTEMS
from warehouses import FILE_NAME

IS_LONG_FORM = bool(os.environ.get("EXAMPLES"))
EXAMPLES = int(os.environ.get("EXAMPLES") or 30)
SEED = int(os.environ.get("SEED") or random.randrange(2**32))


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
