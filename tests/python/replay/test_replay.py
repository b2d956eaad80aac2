"""Incremental runs give what a full refresh gives, whatever arrives and however it is split into batches.

`make test` plays what comes in all named histories together in one warehouse, a history on its own for each way to run
dbt, and a random one, always the same. `make prove-incremental EXAMPLES=200` plays each named history on its own and so
many new random ones, whose seed it prints: `SEED=…` plays them again.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from emulated import EmulatedWarehouse
from histories import Batch, History, histories
from named_histories import BACKGROUND, NAMED_HISTORIES, all_in_one, named_history
from random_plays import IS_LONG_FORM, check_random_histories, folder_to_play_in, smallest_failure
from replay import Replay
from warehouses import IncrementalWarehouse, ParsedProject

from warehouse.bigquery_emulator import running

# Into how many batches the named histories are divided, and on the emulator, where a run takes ten times as long.
TURNS = 4
BATCHES = int(os.environ.get("BATCHES") or 1)


def played_on_their_own() -> list[str]:
    """Named histories that say how dbt is run: each that has a way of which none before it has any; at length, all."""
    seen, chosen = {"all"}, []
    for name, batches in NAMED_HISTORIES.items():
        ways = {batch.run for batch in batches}
        if IS_LONG_FORM or ways - seen:
            chosen.append(name)
        seen |= ways
    return chosen


@pytest.fixture(scope="module")
def replay(packages: None) -> Iterator[Replay]:
    """The project parsed and the truth ready."""
    with folder_to_play_in() as folder:
        yield Replay.prepared(folder)


@pytest.fixture(scope="module")
def background(replay: Replay) -> Path:
    """The file of a warehouse that has seen the background of the named histories."""
    warehouse = IncrementalWarehouse(replay.project, replay.folder, replay.empty)
    replay.play_in(warehouse, History((BACKGROUND,)))
    return warehouse.close()


def test_all_named_histories(replay: Replay) -> None:
    if failure := smallest_failure(all_in_one(TURNS), replay.play):
        raise failure


@pytest.mark.parametrize("name", played_on_their_own())
def test_named_history(name: str, replay: Replay, background: Path) -> None:
    warehouse = IncrementalWarehouse(replay.project, replay.folder, background)
    replay.play_in(warehouse, named_history(name), first=1)
    warehouse.remove()


def test_bigquery(replay: Replay) -> None:
    """On the emulator, all named histories at once, against the same truth: a full refresh on DuckDB.

    At length, dbt is used as people use it before the first records, and between the last and the run that is compared.
    """
    history = all_in_one(BATCHES)
    if IS_LONG_FORM:
        *batches, last = history
        habits = [Batch((), run) for run in ("empty", "intermediate in full", "all")]
        history = History((Batch((), "empty"), *batches, replace(last, run="staging only"), *habits))
    with running(replay.folder / "emulator.log") as endpoint, pytest.MonkeyPatch.context() as environment:
        environment.setenv("BIGQUERY_EMULATOR_ENDPOINT", endpoint)
        project = ParsedProject(replay.folder, "bigquery_emulator")
        replay.play_in(EmulatedWarehouse(project, endpoint), history)


def test_random_histories(replay: Replay) -> None:
    check_random_histories(histories(), replay.play)
