"""The sample, built in two parts by a pair of versions: first what arrived until a day, then all of it."""

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from conftest import PROJECT
from contents import Relation, read
from pairs import DBT_2, DEFAULT, Pair

PARTS = ("analyses", "macros", "models", "packages", "profiles", "seeds", "snapshots", "tests", "warehouse")
# In the middle of the days on which everything happens.
FIRST_PART_UNTIL = "2025-02-12 00:00:00"
# Left to the variables of whoever runs this, they would change what is built.
NOT_OURS = ("DBT_PROFILES_DIR", "DBT_TARGET", "RAW_SCHEMA", "WAREHOUSE_DUCKDB", "WAREHOUSE_MEMORY_LIMIT")
NOT_OURS += ("PYTHONPATH", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Building:
    """A copy of the project in which one pair builds.

    Attributes:
        pair: what builds it.
        folder: of the copy.
    """

    pair: Pair
    folder: Path

    @classmethod
    def begun(cls, pair: Pair, folder: Path) -> "Building":
        """A copy with nothing built."""
        ignored = shutil.ignore_patterns("python", "__pycache__")
        for part in PARTS:
            shutil.copytree(PROJECT / part, folder / part, ignore=ignored)
        for file in ("dbt_project.yml", "profiles.yml"):
            shutil.copy(PROJECT / file, folder)
        if pair is DBT_2:
            # It would ask the hub on its own.
            (folder / "packages.yml").write_text("packages:\n  - local: packages/dbt_expectations\n")
        else:
            shutil.copy(PROJECT / "packages.yml", folder)
        return cls(pair, folder)

    @property
    def warehouse(self) -> Path:
        """Views name the file they are in, so it has one name everywhere."""
        return self.folder / "warehouse.duckdb"

    def deliver(self, until: str = "9999") -> None:
        """Make the seeds those records of the sample that arrived before a time."""
        for seed in (PROJECT / "seeds" / "raw").glob("*.csv"):
            (header, _), *records = lines_of_records(seed.read_bytes().decode())
            arrived = [line for line, fields in records if fields[-3] < until]
            assert len(arrived) > 10, seed.name
            (self.folder / "seeds" / "raw" / seed.name).write_bytes((header + "".join(arrived)).encode())

    def build(self) -> dict[str, Relation]:
        """What `make build` does, and what is there then. Raises AssertionError with the output when it fails."""
        if self.pair is DBT_2:
            self._dbt("build", "--exclude-resource-type", "unit_test")
        else:
            self._run(self.python, "-m", "warehouse", "build")
        return self.contents()

    def unit_tests(self) -> None:
        """Run the unit tests in the built warehouse."""
        selected = ["--select", "test_type:unit"]
        if self.pair is DBT_2:
            # There, `overrides.vars` takes all variables of the project away but those of the command line, and changes
            # no type of a column; and the text "null" is null.
            variables = yaml.safe_load((self.folder / "dbt_project.yml").read_text())["vars"]
            variables = {name: value for name, value in variables.items() if ":" not in name}
            selected += ["--vars", yaml.safe_dump(variables, default_flow_style=True, width=10**6).strip()]
            selected += ["--exclude", *unit_tests_not_for_dbt_2(self.folder / "models")]
        self._dbt("test", *selected)

    def raw_files(self, landing: Path) -> dict[str, Relation]:
        """What the files below a folder are as raw tables."""
        register = (
            "import sys, pathlib, warehouse.raw_files as raw; raw.inspect(*map(pathlib.Path, sys.argv[1:])).register()"
        )
        # What one warehouse has read has to stay where it was.
        file = self.folder / "raw" / landing.name / "warehouse.duckdb"
        file.parent.mkdir(parents=True, exist_ok=True)
        self._run(self.python, "-c", register, str(landing), str(file))
        return self.contents(file)

    def contents(self, warehouse: Path | None = None) -> dict[str, Relation]:
        """What a warehouse holds, as this pair's DuckDB reads it."""
        out = self.folder / "contents.json"
        script = Path(__file__).with_name("contents.py")
        self._run(self.python, str(script), str(warehouse or self.warehouse), str(out))
        return read(out)

    @property
    def python(self) -> str:
        """The default pair is in the environment of the tests."""
        return sys.executable if self.pair is DEFAULT else str(self.pair.python)

    def _dbt(self, *arguments: str) -> None:
        if self.pair is DBT_2:
            dbt = str(self.pair.environment / "bin" / "dbt")
            self._run(dbt, *arguments, "--threads", "1", **self.pair.driver())
        else:
            self._run(self.python, "-m", "dbt.cli.main", *arguments)

    def _run(self, *command: str, **variables: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        # Neither the hub nor the site with dbt's newest version is asked.
        own = {"WAREHOUSE_DBT_PACKAGES": "stand-in", "DBT_DISABLE_VERSION_CHECK": "true"}
        own |= {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        done = subprocess.run(
            command, cwd=self.folder, env=inherited | own | variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{self.pair.name}: {done.stdout[-6000:]}{done.stderr[-2000:]}"


def lines_of_records(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each record of a CSV file, as it stands there and by fields; the header first."""
    read_so_far: list[str] = []

    def lines() -> Iterator[str]:
        for line in re.findall(r"[^\n]*\n", text):
            read_so_far.append(line)
            yield line

    for fields in csv.reader(lines()):
        yield "".join(read_so_far), fields
        read_so_far.clear()


def unit_tests_not_for_dbt_2(models: Path) -> list[str]:
    """The names of unit tests in which a value is the text `null`, and of those in which ids of users are text."""
    tests = [
        test
        for file in models.rglob("*.yml")
        for test in yaml.safe_load(file.read_text(encoding="utf-8")).get("unit_tests", [])
    ]
    variables = {test["name"]: test.get("overrides", {}).get("vars", {}) for test in tests}
    text_ids = {name for name, overrides in variables.items() if overrides.get("user_id_type") == "string"}
    # Rows may also be a query.
    rows = {test["name"]: [part["rows"] for part in (*test["given"], test["expect"])] for test in tests}
    return [
        name
        for name, parts in rows.items()
        if name in text_ids or any("null" in row.values() for part in parts if isinstance(part, list) for row in part)
    ]
