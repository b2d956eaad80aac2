"""What several tests look at, built once per run, and which tests may run side by side."""

import contextlib
import gc
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import dbt_once
import duckdb
import pytest
import templates
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli import main
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from filelock import FileLock
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tools.googlesql_check import check
from warehouse import cli
from warehouse.bigquery_emulator import running
from warehouse.packages import ensure_packages

PROJECT = Path(__file__).resolve().parents[2]
# Where dbt writes about the sample on the emulator.
EMULATED = str(PROJECT / "target" / "bigquery_emulator")
# dbt-core 1.12 warns of cumulative metrics in each command: it also writes a file (OSI) that has no way to say them.
ANY_WARNING_IS_AN_ERROR = ("--warn-error-options", '{"error": "all", "silence": ["MFConverterIssue"]}')
# `make test` runs files side by side, but one after the other those that share the emulator or a folder under target/.
# The longest stand first, so that none of them is left alone at the end.
GROUPS = {
    "test_engines": "emulator",
    "test_engines_corrections": "emulator",
    "test_user_ids": "emulator",
    "test_run_history": "emulator",
    "test_alerts_engines": "emulator",
    "test_replay": "replay",
    "test_habits": "replay",
    "test_rebuild": "rebuild",
    "test_raw_folder_build": "duckdb_source",
    "test_odd_input": "duckdb_source",
    "test_raw_schema_changes": "duckdb_source",
    "test_purge": "duckdb_source",
    "test_bigquery_sql": "bigquery_sql",
    "test_style": "bigquery_sql",
    "test_crash": "crash",
    "test_backfill": "backfill",
    "test_rebuild_late": "rebuild_late",
}


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: some wait for the emulator, or for dbt in a process of its own."""
    return min((os.cpu_count() or 1) + 1, 5)


class GroupScheduling(LoadScopeScheduling):
    """Gives a process a whole group at a time; a file that is in none is one of its own.

    xdist's own `--dist loadgroup` groups nothing with pytest 9.2 (pytest-dev/pytest-xdist#1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0]).stem
        return GROUPS.get(file, file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> GroupScheduling:
    """Let the groups wait in the order of the tests."""
    config.option.loadscopereorder = False
    return GroupScheduling(config, log)


def pytest_configure() -> None:
    """Give each process a log of dbt of its own: when it is long, dbt begins another, which two must not do at once.

    What dbt logs for debugging takes a twentieth of a build; a test that reads it asks for it. What `make test` hands
    down goes: a make that a test calls is not one within another.
    """
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
        os.environ.pop(name, None)
    do_once()
    os.environ.setdefault("DBT_LOG_LEVEL_FILE", "info")
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        os.environ.setdefault("DBT_LOG_PATH", str(PROJECT / "logs" / worker))


def do_once() -> None:
    """Have this process do once what dbt and jinja do again in each run."""
    # As `make build` does.
    gc.set_threshold(100_000, 20, 100)
    templates.compile_once()
    dbt_once.all_of_it()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests by group."""
    files = list(GROUPS)
    items.sort(key=lambda item: [*files, item.path.stem].index(item.path.stem))


@dataclass
class Warehouse:
    """A built DuckDB warehouse: its file and the folder of dbt's artifacts."""

    path: Path
    target_path: Path

    def rows(self, query: str) -> list[tuple]:
        """All rows of a query."""
        reader = _reader()
        # Views say the name of their database, which is that of the file.
        path = str(self.path).replace("'", "''")
        reader.execute(f"attach '{path}' as \"{self.path.stem}\" (read_only)")
        try:
            return reader.execute(f'use "{self.path.stem}"').execute(query).fetchall()
        finally:
            reader.execute("use memory").execute(f'detach "{self.path.stem}"')


@cache
def _reader() -> duckdb.DuckDBPyConnection:
    """What attaches warehouses to read them, which takes a quarter of a DuckDB of its own for each."""
    return duckdb.connect()


def run(*command: str, **environment: str) -> subprocess.CompletedProcess:
    """A command in the project's folder, with its output as text; it fails the test when it hangs."""
    return subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )


def dbt(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Plain dbt, in this process. A project that this process has read for the same variables is not read again."""
    return in_this_process(lambda: invoke_dbt(list(arguments)), environment)


def warehouse_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """`python -m warehouse …`, which is what the Makefile calls, in this process."""
    return in_this_process(lambda: cli.run(list(arguments)), environment)


def build_without_tests(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """`python -m warehouse build …` without data tests, for rows of which another build is tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "NOT_BUILT", (*cli.NOT_BUILT, "--exclude-resource-type", "test"))
        return warehouse_command("build", *arguments, **environment)


def in_this_process(command: Callable[[], None], environment: dict[str, str]) -> subprocess.CompletedProcess:
    """What a command would print and exit with as a process of its own in the project's folder.

    It ends as a process does: without an open warehouse, and with the environment as it was.
    """
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.chdir(PROJECT)
        for name, value in {"DBT_PROFILES_DIR": "profiles", **environment}.items():
            patch.setenv(name, value)
        if "TARGET" in environment:
            patch.setenv("DBT_TARGET", environment["TARGET"])
        # What a command sets for itself is taken back too.
        before = dict(os.environ)
        try:
            command()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            DuckDBConnectionManager.close_all_connections()
            gc.collect()
            for name in set(os.environ) - set(before):
                del os.environ[name]
            os.environ.update(before)
    return subprocess.CompletedProcess([], code, out.getvalue(), err.getvalue())


def invoke_dbt(arguments: list[str]) -> None:
    """Run dbt, and exit as it does."""
    result = main.dbtRunner().invoke(arguments)
    if result.exception:
        print(result.exception)
    sys.exit(0 if result.success else 1)


class RememberingRunner(dbtRunner):
    """dbt that reads a project once per process for the same target, names of data sets and variables that matter then.

    Other processes of this run find what it read in the folder `parsed`, and only look whether files have changed.
    """

    parsed: Path
    manifests: ClassVar[dict[tuple, Manifest]] = {}

    def invoke(self, args: list[str], **options: object) -> dbtRunnerResult:
        # The check of BigQuery's SQL runs each pass on a project that nothing has been compiled of, and a test that has
        # a project of its own may change it.
        is_another = "--project-dir" in args and Path(args[args.index("--project-dir") + 1]) != PROJECT
        if self.manifest is None and not is_another and not {"deps", "--no-version-check"} & set(args):
            self.manifest = self.read(args)
            if "parse" in args:
                return dbtRunnerResult(success=True, result=self.manifest)
        return super().invoke(args, **options)

    @classmethod
    def read(cls, args: list[str]) -> Manifest:
        """The project as a command with these arguments reads it."""
        target = args[args.index("--target") + 1] if "--target" in args else os.environ.get("DBT_TARGET") or "duckdb"
        variables = yaml.safe_load(args[args.index("--vars") + 1]) if "--vars" in args else {}
        matter = {name: value for name, value in variables.items() if name in variables_for_reading()}
        file = Path(os.environ.get("WAREHOUSE_DUCKDB", "warehouse.duckdb")).name
        place = file if target == "duckdb" else os.environ.get("BIGQUERY_DATASET")
        key = (target, place, *sorted(matter.items()))
        if key not in cls.manifests:
            folder = cls.parsed / hashlib.md5(repr(key).encode()).hexdigest()
            options = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target", target]
            options += ["--vars", yaml.safe_dump(matter, default_flow_style=True), "--target-path", str(folder)]
            with FileLock(f"{folder}.lock"), pytest.MonkeyPatch.context() as environment:
                # Another folder, in which the file has the same name, is no reason for dbt to read all of it again.
                environment.setenv("WAREHOUSE_DUCKDB", file if file == ":memory:" else str(cls.parsed / file))
                environment.delenv("DBT_TARGET", raising=False)
                read = dbtRunner().invoke(["--quiet", "parse", "--no-write-json", *options])
            if read.exception:
                raise read.exception
            cls.manifests[key] = read.result
            gc.collect()
            gc.freeze()
        return cls.manifests[key]


@cache
def variables_for_reading() -> set[str]:
    """The variables that properties, configurations and names depend on; others count when a model is compiled."""
    properties = [PROJECT / "dbt_project.yml", *PROJECT.glob("models/**/*.yml")]
    named = [text for path in properties for text in re.findall(r"{{.*?}}", path.read_text(), re.DOTALL)]
    models = [
        path.read_text() for folder in ("models", "snapshots", "tests") for path in PROJECT.glob(f"{folder}/**/*.sql")
    ]
    named += [text for model in models for text in re.findall(r"config\(.*?\)\s*}}", model, re.DOTALL)]
    named.append((PROJECT / "macros" / "overrides" / "generate_schema_name.sql").read_text())
    found = {name for text in named for name in re.findall(r"var\('(\w+)'", text)}
    assert found >= {"raw_from", "raw_schema"}
    return found


@pytest.fixture(scope="session", autouse=True)
def remembering_runner(shared: Path) -> None:
    """Every dbt in these processes, that of the command line included, reads the project once."""
    RememberingRunner.parsed = shared / "parsed"
    RememberingRunner.parsed.mkdir(exist_ok=True)
    main.dbtRunner = RememberingRunner


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A temporary folder that all processes of this run have in common."""
    folder = tmp_path_factory.getbasetemp()
    return folder if worker_id == "master" else folder.parent


@pytest.fixture(scope="session", autouse=True)
def packages(shared: Path) -> None:
    """dbt packages are there, from the hub or from their stand-ins."""
    with FileLock(shared / "packages.lock"):
        ensure_packages(PROJECT)


@pytest.fixture(scope="session")
def sample(shared: Path, packages: None) -> Iterator[Warehouse]:
    """The committed sample, built and tested by a plain `dbt build` in which any warning is an error.

    All processes read the same file, so nobody may write to it: dbt gets a `copy`.
    """
    built = Warehouse(shared / "sample" / "warehouse.duckdb", shared / "sample" / "target")
    succeeded = shared / "sample" / "succeeded"
    with FileLock(shared / "sample.lock"):
        if not succeeded.exists():
            built.path.parent.mkdir(exist_ok=True)
            result = dbt(
                *ANY_WARNING_IS_AN_ERROR,
                "build",
                "--target-path",
                str(built.target_path),
                "--show-all-deprecations",
                TARGET="duckdb",
                WAREHOUSE_DUCKDB=str(built.path),
            )
            assert result.returncode == 0, result.stdout[-8000:]
            succeeded.write_text(str(built.path.stat().st_mtime_ns))
    yield built
    assert built.path.stat().st_mtime_ns == int(succeeded.read_text()), "a test has written to the sample"


@pytest.fixture(scope="session")
def documented(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `make docs` has dbt write of the sample, the SQL of a full build in it, and a copy of it."""
    folder = tmp_path_factory.mktemp("documented")
    file = Path(shutil.copy(sample.path, folder))
    command = ["--quiet", "docs", "generate", "--target-path", str(folder)]
    result = in_this_process(
        lambda: sys.exit(0 if main.dbtRunner().invoke(command, full_refresh=True).success else 1),
        {"WAREHOUSE_DUCKDB": str(file)},
    )
    assert result.returncode == 0, result.stdout
    return folder


@pytest.fixture
def copy(sample: Warehouse, shared: Path, worker_id: str) -> Iterator[Warehouse]:
    """A copy of the sample to change, of the same name, for views name the file they are in.

    It has the same path in all tests of a process: where the path is another, dbt parses the project again.
    """
    folder = shared / f"copy_{worker_id}"
    folder.mkdir()
    yield Warehouse(Path(shutil.copy(sample.path, folder)), folder / "target")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def bigquery_sql(packages: None) -> Path:
    """The folder where `make check-bigquery-sql` leaves what BigQuery would get, all of it accepted.

    What unit tests send is models with rows written out for their inputs. To have all of it analyzed takes as long as
    everything else together: here it is the SQL that is nested deepest, in `make check-bigquery-sql` it is all, and the
    emulator runs all. So it is with text for ids of users, of which the emulator runs all models.
    """
    passes = check.PASSES | {"unit tests": ["test", "--select", "the_time_of_a_change_is_that_of_the_source"]}
    result = in_this_process(lambda: sys.exit(check.main(PROJECT, passes=passes)), {})
    assert result.returncode == 0, result.stdout + result.stderr
    assert "accepted by GoogleSQL" in result.stdout
    return PROJECT / "target" / "bigquery_sql"


@pytest.fixture(scope="session")
def emulator(packages: None) -> Iterator[bigquery.Client]:
    """The committed sample on a BigQuery emulator of this run's own, with every unit test.

    Its rows are compared with those of the sample, on which the data tests have passed. There is one for all tests of
    the group `emulator`; those that change it put it right again.
    """
    with running() as endpoint:
        options = ("--exclude-resource-type", "test", "--target", "bigquery_emulator", "--target-path", EMULATED)
        result = dbt(*ANY_WARNING_IS_AN_ERROR, "build", *options, BIGQUERY_EMULATOR_ENDPOINT=endpoint)
        assert result.returncode == 0, result.stdout[-8000:]
        yield bigquery.Client(
            project="test-project", credentials=AnonymousCredentials(), client_options={"api_endpoint": endpoint}
        )
