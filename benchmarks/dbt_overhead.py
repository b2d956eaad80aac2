"""What dbt itself takes: this project beside dbt-labs/jaffle-shop and one that does nothing, with the same dbt."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.processes import PROJECT, measure
from benchmarks.warehouse_runs import JSON_LOG, statement_seconds
from warehouse.errors import UsageError
from warehouse.packages import ensure_packages

JAFFLE_SHOP = "https://github.com/dbt-labs/jaffle-shop"
# Another commit would be another project.
JAFFLE_SHOP_COMMIT = "7be2c5838dbdeca8e915d4e46db70e910753d7f6"
PROFILE = {
    "default": {
        "target": "dev",
        "outputs": {"dev": {"type": "duckdb", "path": "{{ env_var('WAREHOUSE_DUCKDB') }}", "threads": 1}},
    }
}
CLONE_SECONDS = 180.0

# In the order in which they run, in a warehouse that each repeat starts anew.
STEPS = {
    "parse_cold": ("--no-partial-parse", "parse"),
    "parse_partial": ("parse",),
    "build_first": ("build",),
    "compile": ("compile",),
    "build_noop": ("build",),
    "build_noop_without_unit_tests": ("build", "--exclude-resource-type", "unit_test"),
}
RESOURCES = {"models": "model", "tests": "test", "unit_tests": "unit_test"}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Project:
    """A dbt project to measure.

    Attributes:
        name: as in the results.
        path: where dbt_project.yml is.
        profiles: where its profiles.yml is.
        folder: for the warehouse, dbt's artifacts and its log.
        start: the DuckDB file that its warehouse starts as, if it does not start empty.
    """

    name: str
    path: Path
    profiles: Path
    folder: Path
    start: Path | None = None

    @property
    def file(self) -> Path:
        """The DuckDB file of its warehouse."""
        return self.folder / "warehouse.duckdb"

    @property
    def log(self) -> Path:
        """dbt's log, in JSON lines."""
        return self.folder / "logs" / "dbt.log"

    def begin(self) -> None:
        """A warehouse in which nothing is built, and no artifacts."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if self.start:
            shutil.copy(self.start, self.file)

    def dbt(self, *arguments: str) -> float:
        """Wall seconds of one process of dbt. Raises UsageError when it does not succeed."""
        self.log.unlink(missing_ok=True)
        options = ["--project-dir", str(self.path), "--profiles-dir", str(self.profiles)]
        options += ["--target-path", str(self.folder / "target"), "--log-path", str(self.log.parent)]
        dbt = [str(Path(sys.executable).with_name("dbt")), "--quiet", *JSON_LOG]
        return measure([*dbt, *arguments, *options], WAREHOUSE_DUCKDB=str(self.file)).seconds


def measure_overhead(repeats: int, jaffle_shop: Path | None, folder: Path, say: Say) -> dict:
    """Measure dbt on the sample of this project, on one that does nothing and on jaffle-shop, in turn.

    Args:
        repeats: how often each project runs through STEPS.
        jaffle_shop: a clone of jaffle-shop with its packages installed. None: it is cloned, and left out with a
            sentence where that does not work.
        folder: for the clone, the project that does nothing and what is built.
        say: takes a line of progress.

    Returns `repeats` and `projects`: for each the number of nodes that a build runs, the median seconds of each step,
    and of the builds without new data the number of statements and the seconds in which at least one was running.
    Raises UsageError when `jaffle_shop` is no such clone, or a run of dbt does not succeed.
    """
    ensure_packages(PROJECT)
    ours = Project("commerce_warehouse", PROJECT, PROJECT / "profiles", folder / "overhead" / "sample")
    projects = [ours]
    clone = jaffle_shop or _cloned(folder / "jaffle-shop", say)
    if clone:
        projects.append(_with_its_data(clone.resolve(), folder / "overhead"))
    ours.begin()
    ours.dbt("parse")
    nodes = json.loads((ours.folder / "target" / "manifest.json").read_text())["nodes"].values()
    kinds = Counter(node["resource_type"] for node in nodes)
    projects.append(doing_nothing(kinds["model"], kinds["test"], folder / "overhead"))
    taken: dict[str, list[dict]] = defaultdict(list)
    for number in range(1, repeats + 1):
        for project in projects:
            say(f"Run {number} of {repeats}: {project.name}")
            taken[project.name].append(_once(project))
    return {"repeats": repeats, "projects": [_summary(project, taken[project.name]) for project in projects]}


def _once(project: Project) -> dict:
    """The seconds of each step; statements, their seconds, and nodes of the build without new data."""
    project.begin()
    figures: dict = {}
    for step, arguments in STEPS.items():
        figures[step] = project.dbt(*arguments)
        if step == "build_noop":
            figures["statements_noop"] = statement_count(project.log)
            figures["sql_noop"] = statement_seconds(project.log)
            figures |= node_counts(project.folder / "target" / "run_results.json")
    return figures


def _summary(project: Project, taken: list[dict]) -> dict:
    counts = ("nodes", *RESOURCES)
    summary: dict = {"project": project.name} | {name: taken[-1][name] for name in counts}
    summary |= {step: round(median(one[step] for one in taken), 3) for step in (*STEPS, "sql_noop")}
    return summary | {"statements_noop": round(median(one["statements_noop"] for one in taken))}


def statement_count(log: Path) -> int:
    """The number of statements in dbt's log in JSON lines, those that begin and end transactions included."""
    return sum(json.loads(line)["info"]["name"] == "SQLQuery" for line in log.read_text().splitlines())


def node_counts(run_results: Path) -> dict[str, int]:
    """How many nodes a run of dbt has worked on (`nodes`), and how many of them are models, tests and unit tests."""
    results = json.loads(run_results.read_text())["results"]
    kinds = Counter(result["unique_id"].split(".")[0] for result in results if result["status"] != "no-op")
    return {"nodes": kinds.total()} | {name: kinds[kind] for name, kind in RESOURCES.items()}


def doing_nothing(models: int, tests: int, folder: Path) -> Project:
    """A project of so many models and data tests, each of which looks at one row: what it takes is dbt's own."""
    path = folder / "doing_nothing"
    files = {"dbt_project.yml": json.dumps({"name": "doing_nothing", "profile": "default"})}
    files |= {f"models/model_{number}.sql": "select 1 as id" for number in range(models)}
    for number in range(tests):
        files[f"tests/test_{number}.sql"] = f"select id from {{{{ ref('model_{number % models}') }}}} where id <> 1"
    shutil.rmtree(path, ignore_errors=True)
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    return Project("doing_nothing", path, _profiles(folder), folder / "doing_nothing_built")


def _profiles(folder: Path) -> Path:
    """The folder of a profile for projects that have none."""
    profiles = folder / "profiles"
    profiles.mkdir(parents=True, exist_ok=True)
    # JSON is YAML too.
    (profiles / "profiles.yml").write_text(json.dumps(PROFILE))
    return profiles


def _with_its_data(clone: Path, folder: Path) -> Project:
    """jaffle-shop with a profile, and a warehouse that has its data as its own README loads it."""
    for needed in ("dbt_project.yml", "seeds/jaffle-data/raw_orders.csv", "dbt_packages/dbt_utils/dbt_project.yml"):
        if not (clone / needed).exists():
            raise UsageError(
                f"{clone} is no clone of {JAFFLE_SHOP} with its packages: {needed} is not there; "
                "clone it and run `dbt deps` in it, or leave --jaffle-shop out."
            )
    profiles = _profiles(folder)
    loading = Project("jaffle_shop", clone, profiles, folder / "jaffle_shop_data")
    loading.begin()
    loading.dbt("seed", "--vars", "{load_source_data: true}")
    return Project("jaffle_shop", clone, profiles, folder / "jaffle_shop", start=loading.file)


def _cloned(folder: Path, say: Say) -> Path | None:
    """A clone of jaffle-shop with its packages, or None when it cannot be had; then it says so."""
    if (folder / "complete").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    git = ["git", "-C", str(folder)]
    commands = [
        ["git", "init", "--quiet", str(folder)],
        [*git, "fetch", "--quiet", "--depth", "1", JAFFLE_SHOP, JAFFLE_SHOP_COMMIT],
        [*git, "checkout", "--quiet", "FETCH_HEAD"],
        [str(Path(sys.executable).with_name("dbt")), "--quiet", "deps", "--project-dir", str(folder)],
    ]
    environment = os.environ | {"GIT_TERMINAL_PROMPT": "0", "DBT_LOG_PATH": str(folder / "logs")}
    try:
        for command in commands:
            subprocess.run(command, env=environment, capture_output=True, timeout=CLONE_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        say(f"{JAFFLE_SHOP} or its packages cannot be reached, so it is left out.")
        return None
    (folder / "complete").touch()
    return folder
