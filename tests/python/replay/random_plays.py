"""How long and where histories are played: in short for `make test`, at length for `make prove-incremental`."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from histories import History
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from shrink import smallest
from warehouses import FILE_NAME

IS_LONG_FORM = bool(os.environ.get("EXAMPLES"))
EXAMPLES = int(os.environ.get("EXAMPLES") or 1)
SEED = int(os.environ.get("SEED") or random.randrange(2**32))
SHRINK_SECONDS = 300
# Memory where the machine offers it; a disk only costs time.
MEMORY = Path("/dev/shm")


@contextmanager
def folder_to_play_in() -> Iterator[Path]:
    """A temporary folder for the warehouses of histories, which are all called alike."""
    with (
        TemporaryDirectory(prefix="replay_", dir=MEMORY if MEMORY.exists() else None) as folder,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("WAREHOUSE_DUCKDB", FILE_NAME)
        yield Path(folder)


def check_random_histories(histories: SearchStrategy[History], play: Callable[[History], Exception | None]) -> None:
    """Play random histories, always the same in the short form; raises the failure of the smallest that fails."""
    failures: dict[History, Exception | None] = {}

    # Hypothesis plays a history that fails a second time, which need not be.
    @settings(
        max_examples=EXAMPLES,
        derandomize=not IS_LONG_FORM,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories)
    def nothing_fails(history: History) -> None:
        if history not in failures:
            failures[history] = smallest_failure(history, play)
        if failures[history]:
            raise failures[history]

    if IS_LONG_FORM:
        print(f"SEED={SEED} EXAMPLES={EXAMPLES}", flush=True)
        nothing_fails = seed(SEED)(nothing_fails)
    nothing_fails()


def smallest_failure(history: History, play: Callable[[History], Exception | None]) -> Exception | None:
    """How the smallest history fails that can be found in this one; None when all is well."""
    failure = play(history)
    return failure and smallest(history, failure, play, SHRINK_SECONDS)
