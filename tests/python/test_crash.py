"""A build that is killed with SIGKILL at any point is made good by running it again, with no step by hand.

CRASHES says how many kills there are. In `make test` it is two: a build of what arrived since, and its recovery. In
`make prove-incremental` it is many, of builds in full and from nothing too, and half of them are killed while they
recover. The points are random, from a fixed seed, and spread over all steps.
"""

import os
import random
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from killed_builds import Build, Point, build, contents, land, unfinished, warehouse

CRASHES = int(os.environ.get("CRASHES", "2"))
TRIALS = max(1, CRASHES * 2 // 3)
# A build from nothing, and one of what arrived since: about half of the sample each.
FIRST, NEXT = "loaded_at < timestamp '2025-02-14'", "loaded_at >= timestamp '2025-02-14'"
# Each case: what was built before, the options of the build that is killed, and of the builds after it.
CASES = {
    "next batch": ("first", [], []),
    "full refresh, then a usual run": ("first", ["--full-refresh"], []),
    "first build": ("nothing", [], []),
    "full refresh": ("first", ["--full-refresh"], ["--full-refresh"]),
}
CASES_TRIED = list(CASES)[:TRIALS]
# Seconds after a step has begun.
DELAYS = [0, 0.001, 0.01, 0.05, 0.2]
OF_DBT = ("logs", "target")
TEMPORARY = re.compile(r"__dbt_|__tmp|dbt_temp|_backup")


@dataclass
class Reference:
    """A warehouse that was never killed: the folder it began from, the build and what came out."""

    began: Path
    build: Build
    contents: dict
    unfinished: list


@dataclass
class Trial:
    """A build killed once or twice and run again: what each build met, what came out, what should have, files left."""

    case: str
    killed: list[Build]
    again: Build
    contents: dict
    unfinished: list
    files: list[str]

    def __str__(self) -> str:
        return f"{self.case}, killed " + ", then ".join(map(str, self.killed))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that everything is built in, for with another path dbt would read the whole project again."""
    return tmp_path_factory.mktemp("place")


def keep(place: Path, copy: Path) -> Path:
    """Copy what is in the place, but for what dbt writes about it."""
    return Path(shutil.copytree(place, copy, ignore=shutil.ignore_patterns(*OF_DBT)))


def put_back(copy: Path, place: Path) -> None:
    """Have in the place what is in a copy, and nothing else."""
    for path in files_in(place):
        path.unlink()
    shutil.copytree(copy, place, dirs_exist_ok=True)


def files_in(place: Path) -> list[Path]:
    """What builds have left, but for what dbt writes about them."""
    return sorted(path for path in place.iterdir() if path.name not in OF_DBT)


@pytest.fixture(scope="module")
def references(place: Path, tmp_path_factory: pytest.TempPathFactory, packages: None) -> dict[str, Reference]:
    """What each case gives when nothing is killed."""
    copies = tmp_path_factory.mktemp("began")

    def built(began: Path, *options: str) -> Reference:
        done = build(place, *options)
        assert done.exit_code == 0, done.errors
        return Reference(began, done, contents(place), unfinished(place))

    assert land(place, FIRST) > 2000
    first = built(keep(place, copies / "nothing"))
    assert land(place, NEXT) > 2000
    began = keep(place, copies / "first")
    found = {"next batch": built(began), "first build": first}
    if set(CASES_TRIED) - set(found):
        put_back(began, place)
        found |= dict.fromkeys(("full refresh", "full refresh, then a usual run"), built(began, "--full-refresh"))
    return found


def points(number: int, reference: Build) -> list[Point]:
    """The points of a trial: one or two, the first in a part of the build's steps that is this trial's own.

    The second is in the first half of the steps that are left. One in eight is a time from the start of dbt on.
    """
    chance = random.Random(f"crash {number}")
    of_its_case = len(range(number % len(CASES), TRIALS, len(CASES)))
    share = (number // len(CASES) + chance.random()) / of_its_case
    found = [Point(1 + int(share * len(reference.steps)), chance.choice(DELAYS))]
    if (number + number // len(CASES)) % 2 == 0:
        left = len(reference.steps) - found[0].step
        found.append(Point(1 + int(chance.random() * left / 2), chance.choice(DELAYS)))
    if chance.random() < 1 / 8:
        found[0] = Point(0, chance.random() * reference.seconds / 3)
    return found


def tried(number: int, reference: Reference, place: Path) -> Trial:
    """Kill a build at the points of this trial, run it again, and look at what is there."""
    case = list(CASES)[number % len(CASES)]
    _, options, options_again = CASES[case]
    put_back(reference.began, place)
    killed = []
    for point in points(number, reference.build):
        killed.append(build(place, *(options_again if killed else options), point=point))
    again = build(place, *options_again)
    files = [path.name for path in files_in(place)]
    return Trial(case, killed, again, contents(place), unfinished(place), files)


@pytest.fixture(scope="module")
def trials(references: dict[str, Reference], place: Path) -> list[Trial]:
    """All trials, one after the other."""
    cases = list(CASES)
    return [tried(number, references[cases[number % len(cases)]], place) for number in range(TRIALS)]


def test_nothing_temporary_is_left_where_nothing_is_killed(references):
    names = {name for reference in references.values() for name in reference.contents}
    assert len(names) > 40
    assert not any(reference.unfinished for reference in references.values())
    assert not [name for name in names if TEMPORARY.search(name)]


@pytest.mark.timeout(300 + 30 * CRASHES)
@pytest.mark.parametrize("number", range(TRIALS))
def test_a_killed_build_is_made_good_by_running_it_again(number, trials, references):
    trial = trials[number]
    print(trial)
    expected = references[trial.case].contents
    assert all(killed.was_killed for killed in trial.killed), f"ended before it was killed: {trial}"
    assert trial.again.exit_code == 0, f"{trial}: {trial.again.errors}"
    assert trial.files == ["warehouse.customer_summary.parquet", warehouse(Path()).name], f"{trial}"
    assert trial.unfinished == [], f"{trial}"
    assert sorted(trial.contents) == sorted(expected), f"{trial}"
    for relation, (columns, rows) in expected.items():
        columns_left, rows_left = trial.contents[relation]
        assert columns_left == columns, f"{trial}: {relation}"
        missing, surplus = rows - rows_left, rows_left - rows
        assert not missing and not surplus, (
            f"{trial}: {relation} lacks {missing.total()} rows and has {surplus.total()} too many, "
            f"such as {list(missing)[:2]} and {list(surplus)[:2]}"
        )


def test_enough_builds_were_killed(trials):
    assert sum(len(trial.killed) for trial in trials) >= CRASHES
