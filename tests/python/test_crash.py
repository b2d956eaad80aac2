"""A build that is killed with SIGKILL at any point is made good by running it again, with no step by hand.

CRASHES says how many kills there are: a few in `make test`, many in `make prove-incremental`. Half of the builds are
killed twice: the second time while they recover. The points are random, from a fixed seed, and spread over all steps.
"""

import os
import random
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from killed_builds import Build, Point, build, contents, land, unfinished, warehouse

CRASHES = int(os.environ.get("CRASHES", "3"))
TRIALS = max(2, CRASHES * 2 // 3)
# A build from nothing, and one of what arrived since: about half of the sample each.
FIRST, NEXT = "loaded_at < timestamp '2025-02-14'", "loaded_at >= timestamp '2025-02-14'"
# Each case: what was built before, the options of the build that is killed, and of the builds after it.
CASES = {
    "next batch": ("first", [], []),
    "full refresh, then a usual run": ("first", ["--full-refresh"], []),
    "first build": ("nothing", [], []),
    "full refresh": ("first", ["--full-refresh"], ["--full-refresh"]),
}
# Seconds after a step has begun.
DELAYS = [0, 0.001, 0.01, 0.05, 0.2]
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
def references(tmp_path_factory: pytest.TempPathFactory, packages: None) -> dict[str, Reference]:
    """What each case gives when nothing is killed."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("nothing", "first", "next", "refresh")}
    assert land(folders["nothing"], FIRST) > 2000

    def built(source: str, name: str, *options: str, arrivals: str = "false") -> Reference:
        shutil.copytree(folders[source], folders[name], dirs_exist_ok=True)
        land(folders[name], arrivals)
        done = build(folders[name], *options)
        assert done.exit_code == 0, done.errors
        return Reference(folders[source], done, contents(folders[name]), unfinished(folders[name]))

    first = built("nothing", "first")
    assert land(folders["first"], NEXT) > 2000
    with ThreadPoolExecutor(2) as pool:
        later = [pool.submit(built, "first", "next"), pool.submit(built, "first", "refresh", "--full-refresh")]
    following, refresh = (future.result() for future in later)
    return {
        "next batch": following,
        "first build": first,
        "full refresh": refresh,
        "full refresh, then a usual run": refresh,
    }


def points(number: int, reference: Build) -> list[Point]:
    """The points of a trial: one or two, the first in a part of the build's steps that is this trial's own.

    One in eight is a time before the first step, when dbt starts and reads the project.
    """
    chance = random.Random(f"crash {number}")
    of_its_case = len(range(number % len(CASES), TRIALS, len(CASES)))
    share = (number // len(CASES) + chance.random()) / of_its_case
    found = [Point(1 + int(share * len(reference.steps)), chance.choice(DELAYS))]
    if (number + number // len(CASES)) % 2 == 0:
        found.append(Point(1 + int(chance.random() * len(reference.steps) / 2), chance.choice(DELAYS)))
    if chance.random() < 1 / 8:
        found[0] = Point(0, chance.random() * reference.seconds / 3)
    return found


def tried(number: int, reference: Reference, folder: Path) -> Trial:
    """Kill a build at the points of this trial, run it again, and look at what is there."""
    case = list(CASES)[number % len(CASES)]
    _, options, options_again = CASES[case]
    shutil.copytree(reference.began, folder, dirs_exist_ok=True)
    killed = []
    for point in points(number, reference.build):
        killed.append(build(folder, *(options_again if killed else options), point=point))
    again = build(folder, *options_again)
    left, undone = contents(folder), unfinished(folder)
    files = sorted(path.name for path in folder.iterdir() if path.name not in ("logs", "target"))
    shutil.rmtree(folder)
    return Trial(case, killed, again, left, undone, files)


@pytest.fixture(scope="module")
def trials(references: dict[str, Reference], tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    """All trials, two at a time."""
    cases = list(CASES)
    with ThreadPoolExecutor(2) as pool:
        return list(
            pool.map(
                lambda number: tried(
                    number, references[cases[number % len(cases)]], tmp_path_factory.mktemp(f"killed{number}")
                ),
                range(TRIALS),
            )
        )


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
