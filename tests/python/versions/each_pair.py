"""`make test-versions`: each pair of versions builds the sample in two parts and has the rows and types of the default.

`make test` leaves this file out, for each pair builds for minutes. A pair that cannot be installed is named with the
reason.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from builds import FIRST_PART_UNTIL, Building
from conftest import PROJECT
from contents import Relation, differences
from install import CannotInstallError
from pairs import DBT_2, DEFAULT, PAIRS, Pair

SIZES = {"web-events": 2000, "log-lines": 2000, "orders": 500, "user-events": 500, "heartbeats": 500}
SIZES |= {"shipment-changes": 200, "shipment-scans": 200, "users": 100, "malformed-share": 0.05}
FORMATS = {"parquet": (), "csv": ("--log-format", "text"), "jsonl": ()}


@dataclass(frozen=True)
class Default:
    """What the default pair makes: raw files by format, and the sample after each build; the third has nothing new."""

    building: Building
    raw_files: dict[str, dict[str, Relation]]
    first: dict[str, Relation]
    second: dict[str, Relation]
    third: dict[str, Relation]


@pytest.fixture(scope="module")
def landings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of raw files for each format."""
    folder = tmp_path_factory.mktemp("landing")
    for name, options in FORMATS.items():
        sizes = [f"--{dial}={value}" for dial, value in SIZES.items()]
        command = [sys.executable, "-m", "datagen", "files", str(folder / name), "--format", name, *options, *sizes]
        subprocess.run(command, cwd=PROJECT, capture_output=True, check=True)
    return {name: folder / name for name in FORMATS}


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory, landings: dict[str, Path]) -> Default:
    """Built once."""
    building = Building.begun(DEFAULT, tmp_path_factory.mktemp("default"))
    raw_files = {name: building.raw_files(landing) for name, landing in landings.items()}
    building.deliver(FIRST_PART_UNTIL)
    first = building.build()
    building.deliver()
    return Default(building, raw_files, first, building.build(), building.build())


def test_the_default_passes_its_unit_tests_and_the_second_build_has_news_for_most_relations(default: Default):
    default.building.unit_tests()
    changed = [name for name, relation in default.second.items() if relation != default.first.get(name)]
    assert len(changed) > 0.8 * len(default.second)


@pytest.mark.parametrize("pair", [*PAIRS, DBT_2], ids=lambda pair: pair.name)
def test_a_pair_builds_what_the_default_builds(
    pair: Pair, default: Default, landings: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture
):
    dbt = f"dbt {pair.version('dbt')}" if pair is DBT_2 else f"dbt-core {pair.version('dbt-core')}"
    versions = f"{dbt} with DuckDB {pair.version('duckdb')}"
    try:
        pair.install()
        if pair is DBT_2:
            pair.driver()
    except CannotInstallError as error:
        pytest.skip(f"{versions} cannot be installed: {error}")
    building = Building.begun(pair, tmp_path / "project")
    if pair is not DBT_2:
        for name, landing in landings.items():
            check(building.raw_files(landing), default.raw_files[name], f"{versions}, raw files in {name}")
    building.deliver(FIRST_PART_UNTIL)
    check(building.build(), default.first, f"{versions}, first build")
    building.deliver()
    second = building.build()
    check(second, default.second, f"{versions}, second build")
    building.unit_tests()
    # Who changes versions goes on with the same file.
    shutil.copy(default.building.warehouse, building.warehouse)
    check(building.build(), default.third, f"{versions}, a build with nothing new in the default's warehouse")
    rows = sum(relation.rows.total() for relation in second.values())
    with capsys.disabled():
        print(f"\n{versions}: {len(second)} relations with {rows:,} rows are those of the default after each build.")


def check(ours: dict[str, Relation], default: dict[str, Relation], when: str) -> None:
    """Fail the test with what differs."""
    found = differences(ours, default)
    assert not found, f"{when}: {len(found)} of {len(default)} relations differ\n" + "\n".join(found)
