"""The command line: what a bad command, a bad file or a bug is answered with, and what a build ends with.

Commands run in this process, but where processes, make or the end of a process are what a test is about.
"""

import ast
import json
import os
import re
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.request import urlopen

import duckdb
import jinja2
import pytest
import yaml
from conftest import PROJECT, Warehouse, run, warehouse_command
from dbt.task.docs import DOCS_INDEX_FILE_PATH

from warehouse import cli, docs_pages, duckdb_files, screen, summary
from warehouse.dbt_messages import errors, readable
from warehouse.dbt_runs import Dbt
from warehouse.errors import UsageError
from warehouse.rejection_reasons import rejection_reasons

SEEDS = PROJECT / "seeds" / "raw"
Command = Callable[..., subprocess.CompletedProcess]


@pytest.fixture
def command(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`python -m warehouse …` in this process."""

    def run_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
        monkeypatch.setattr(sys, "argv", ["warehouse", *arguments])
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        try:
            cli.run()
            code = 0
        except SystemExit as end:
            code = end.code
        said = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, said.out, said.err)

    return run_command


def assert_one_sentence(result: subprocess.CompletedProcess, says: str, code: int = 1) -> None:
    """This exit code, a line on standard error that says what is needed, and no traceback."""
    assert result.returncode == code, result.stdout + result.stderr
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "Traceback" not in result.stdout + result.stderr


# Raw folders


def sample_folder(folder: Path) -> Path:
    """The committed sample laid out as a folder of files, as `make build RAW=…` reads it."""
    for seed in SEEDS.glob("*.csv"):
        (folder / seed.stem).mkdir(parents=True)
        (folder / seed.stem / seed.name).symlink_to(seed)
    return folder


def missing(folder: Path) -> str:
    return str(folder / "nowhere")


def empty(folder: Path) -> str:
    (folder / "empty").mkdir()
    return str(folder / "empty")


def wrong_columns(folder: Path) -> str:
    raw = sample_folder(folder / "wrong")
    (raw / "orders" / "orders.csv").unlink()
    (raw / "orders" / "orders.csv").write_text("order_id,customer\n1,2\n")
    return str(raw)


def unreadable(folder: Path) -> str:
    raw = sample_folder(folder / "unreadable")
    (raw / "orders" / "more.parquet").write_bytes(b"no parquet")
    return str(raw)


@pytest.mark.parametrize(
    ("make_raw", "says"),
    [(missing, "nowhere"), (empty, "empty"), (wrong_columns, "customer_id"), (unreadable, "more.parquet")],
)
def test_a_raw_folder_that_cannot_be_read_changes_nothing(make_raw, says, command, tmp_path):
    warehouse = tmp_path / "warehouse.duckdb"
    duckdb.connect(warehouse).execute("create table kept as select 1 as one").close()
    before = warehouse.read_bytes()
    assert_one_sentence(command("build", "--raw", make_raw(tmp_path), WAREHOUSE_DUCKDB=str(warehouse)), says)
    assert warehouse.read_bytes() == before
    absent = tmp_path / "absent.duckdb"
    assert_one_sentence(command("build", "--raw", missing(tmp_path), WAREHOUSE_DUCKDB=str(absent)), "nowhere")
    assert not absent.exists()


# Options and settings


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        (["build", "--target", "snowflake"], {}, "duckdb, bigquery, bigquery_emulator"),
        (["build", "--target", "bigquery"], {"BIGQUERY_PROJECT": ""}, "BIGQUERY_PROJECT"),
        (["build", "--target", "bigquery", "--raw", "files"], {}, "RAW_SCHEMA"),
        (
            ["build", "--target", "bigquery"],
            {"BIGQUERY_PROJECT": "p", "BIGQUERY_MAXIMUM_BYTES_BILLED": "10GB"},
            "is no number of bytes",
        ),
        (["build", "--full-refresh", "maybe"], {}, "FULL_REFRESH=maybe"),
        (["answers", "--target", "bigquery_emulator"], {}, "another TARGET"),
        (
            ["build", "--target", "bigquery"],
            {"BIGQUERY_PROJECT": "p", "GOOGLE_APPLICATION_CREDENTIALS": "nowhere.json"},
            "gcloud auth",
        ),
        (["build", "--raw", "files"], {"RAW_SCHEMA": "landing"}, "exclude each other"),
        (["build", "--vars", "{sesion_timeout_seconds: 1}"], {}, "did you mean session_timeout_seconds?"),
        (["build", "--vars", "{1: 2}"], {}, "There is no variable 1."),
        (["build", "--raw", "files", "--vars", "{raw_from: seeds}"], {}, "RAW says which raw is read"),
        (["report", "--vars", "{raw_schema: x}"], {"RAW_SCHEMA": "landing"}, "leave raw_schema out of VARS"),
        (["build", "--vars", "{pairs_from: 2025-02-30}"], {}, "has a day that is in no calendar"),
        (["build", "--selector", "shop"], {"WAREHOUSE_DUCKDB": "absent.duckdb"}, "SELECTOR=staging first"),
        (["answers"], {"WAREHOUSE_DUCKDB": "nowhere/warehouse.duckdb"}, "make build"),
        (["docs"], {"WAREHOUSE_DUCKDB": "nowhere/warehouse.duckdb"}, "make build"),
        (["rebuild"], {"WAREHOUSE_DUCKDB": "nowhere/warehouse.duckdb"}, "make build"),
        (
            ["explain", "--model", "a", "--where", "true"],
            {"WAREHOUSE_DUCKDB": "nowhere/warehouse.duckdb"},
            "make build",
        ),
        (["explain", "--model", "fct_orders"], {}, "MODEL and WHERE"),
        (
            ["explain", "--model", "fct_xyzzy", "--where", "true"],
            {"WAREHOUSE_SETTINGS": "WAREHOUSE_DUCKDB", "WAREHOUSE_DUKDB": "mine.duckdb"},
            "There is no setting WAREHOUSE_DUKDB; did you mean WAREHOUSE_DUCKDB?",
        ),
        (["explain", "--target", "bigquery"], {}, "DuckDB warehouse only"),
        (["explain", "--all", "maybe"], {}, "ALL=maybe"),
        (["build"], {"WAREHOUSE_MEMORY_LIMIT": "lots", "WAREHOUSE_DUCKDB": "no.duckdb"}, "WAREHOUSE_MEMORY_LIMIT"),
        (["bild"], {}, "bild"),
        (["docs-serve", "--port", "99999"], {}, "PORT=99999"),
        (["docs-serve", "--port", "web"], {}, "PORT=web"),
        (["drop-bigquery-datasets", "--prefix", "marts"], {"BIGQUERY_PROJECT": "p"}, "pr_"),
        (["build", "--tarjet", "duckdb"], {}, "--tarjet"),
    ],
)
def test_a_bad_command_gets_one_sentence(arguments, environment, says, command):
    assert_one_sentence(command(*arguments, **environment), says)


COMMANDS_ON_MODELS = (
    "build",
    "unit-test",
    "explain",
    "rebuild",
    "backfill",
    "rebuild-late",
    "purge-raw",
    "docs",
)


@pytest.mark.parametrize("name", [*COMMANDS_ON_MODELS, "docs-serve"])
@pytest.mark.parametrize("text", ["session_timeout_seconds", "[1]", "{a", "null"])
def test_vars_that_are_no_mapping_get_one_sentence(name, text, command):
    assert_one_sentence(command(name, WAREHOUSE_OPTION_VARS=text), f"VARS={text} is not a YAML mapping")


def test_unit_tests_that_do_not_run_are_no_success(copy, monkeypatch):
    monkeypatch.setattr(Dbt, "run", lambda *_: SimpleNamespace(success=True, result=SimpleNamespace(results=[])))
    result = warehouse_command("unit-test", WAREHOUSE_DUCKDB=str(copy.path))
    assert_one_sentence(result, "No unit test has run, for they read the sample: give VARS='{raw_from: seeds}'")


def test_vars_reach_dbt_beside_those_of_the_command(command, monkeypatch, small):
    passed = []
    monkeypatch.setattr(cli, "take_warehouse", lambda *_, **__: None)
    monkeypatch.setattr(cli, "provide_packages", lambda: None)
    failed = SimpleNamespace(success=False, result=None, exception=None)
    monkeypatch.setattr(Dbt, "build", lambda dbt, *_, **__: passed.append(dbt.variables) or failed)
    given = "{session_timeout_seconds: 1200, pairs_from: 2025-02-01, session_identity_columns: [user_id]}"
    for options, environment in (([], {}), (["--raw", "files"], {}), ([], {"RAW_SCHEMA": "landing"})):
        command("build", *options, WAREHOUSE_OPTION_VARS=given, **environment)
    variables = {"session_timeout_seconds": 1200, "pairs_from": "2025-02-01", "session_identity_columns": ["user_id"]}
    of_files = {"raw_from": "source", "raw_schema": "raw_files"}
    assert passed == [variables, variables | of_files, variables | of_files | {"raw_schema": "landing"}]
    # As dbt has them in a model.
    shown = "select '{{ var('session_timeout_seconds') + 1 }}' as seconds, '{{ var('pairs_from') }}' as pairs_from"
    assert Dbt(small.project, variables=passed[0]).query(shown) == [{"seconds": "1201", "pairs_from": "2025-02-01"}]


def test_no_vars_are_no_variables(monkeypatch):
    monkeypatch.delenv("RAW_SCHEMA", raising=False)
    assert cli.dbt_for("duckdb", "", "").variables == cli.dbt_for("duckdb", "", "{}").variables == {}


def test_an_option_comes_from_the_variable_that_make_sets(command):
    assert_one_sentence(command("build", WAREHOUSE_OPTION_FULL_REFRESH="maybe"), "FULL_REFRESH=maybe")


SLOW_TO_IMPORT = ("dbt", "duckdb", "google.auth", "requests", "rich", "pyarrow")


@pytest.mark.parametrize(
    ("arguments", "may_import"),
    [
        (["--help"], ()),
        (["build", "--tarjet"], ()),
        (["build", "--full-refresh", "maybe"], ()),
        (["build", "--raw", "nowhere"], ("duckdb", "pyarrow")),
        (["answers"], ("duckdb",)),
        (["docs-serve", "--port", "web"], ()),
        (["backfill"], ("duckdb", "rich")),
    ],
)
def test_a_command_imports_what_it_needs_and_no_more(arguments, may_import, tmp_path):
    code = "import sys; from warehouse import cli\ntry: cli.run()\nfinally: print('imported', *sys.modules)"
    result = run(sys.executable, "-c", code, *arguments, WAREHOUSE_DUCKDB=str(tmp_path / "no.duckdb"))
    imported = result.stdout[result.stdout.index("imported") :].split()
    assert set(imported) & set(SLOW_TO_IMPORT) <= set(may_import)


# The warehouse file


def sqlite_file(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + bytes(4096))


def damaged_file(path: Path) -> None:
    duckdb.connect(path).execute("create table t as select 1").close()
    content = bytearray(path.read_bytes())
    content[4096:12288] = os.urandom(8192)
    path.write_bytes(content)


NO_WAREHOUSES = {
    "random bytes": (lambda path: path.write_bytes(os.urandom(20_000)), "is no DuckDB file"),
    "another database": (sqlite_file, "is no DuckDB file"),
    "nothing in it": (Path.touch, "is empty"),
    "a folder": (Path.mkdir, "is a folder"),
    "a pipe": (os.mkfifo, "is a device"),
    "damaged": (damaged_file, "cannot be opened"),
}


@pytest.mark.parametrize("name", ["build", "answers", "rebuild"])
@pytest.mark.parametrize(("make", "says"), NO_WAREHOUSES.values(), ids=NO_WAREHOUSES)
def test_what_is_no_warehouse_is_named_and_left_alone(make, says, name, command, tmp_path):
    path = tmp_path / "warehouse.duckdb"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    result = command(name, WAREHOUSE_DUCKDB=str(path))
    assert_one_sentence(result, says)
    assert result.stderr.startswith(str(path))
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_path_that_cannot_be_a_file_is_named(command, tmp_path):
    result = command("build", WAREHOUSE_DUCKDB=str(tmp_path / "nowhere" / "warehouse.duckdb"))
    assert_one_sentence(result, f"There is no folder {tmp_path / 'nowhere'}")
    (tmp_path / "file").touch()
    result = command("build", WAREHOUSE_DUCKDB=str(tmp_path / "file" / "warehouse.duckdb"))
    assert_one_sentence(result, f"There is no folder {tmp_path / 'file'}")
    # Nobody can make files there, not even an administrator.
    assert_one_sentence(command("build", WAREHOUSE_DUCKDB="/sys/warehouse.duckdb"), "/sys cannot be written to")


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (
            "IO Error: Trying to read a database file with version number 999, but we can only read versions between "
            "64 and 68.\nThe database file was created with an newer version of DuckDB.",
            f"its storage version is 999), which DuckDB {duckdb.__version__} cannot read",
        ),
        ('IO Error: Cannot open file "w": Permission denied', "cannot be written to (Permission denied): make it"),
        ('IO Error: Could not write file "w": No space left on device', "The disk of w is full"),
        ("Conflicting lock is held in unknown", "in use by another program"),
        ("Binder Error: anything\nelse", "w cannot be opened (Binder Error: anything): set"),
    ],
)
def test_what_duckdb_says_becomes_one_sentence(message, says):
    assert says in str(duckdb_files.problem(Path("w"), message))
    assert "\n" not in str(duckdb_files.problem(Path("w"), message))


def test_a_full_disk_is_named(tmp_path):
    code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, {resource.RLIM_INFINITY}))"
    code += "; from warehouse import cli; cli.run()"
    result = run(sys.executable, "-c", code, "build", WAREHOUSE_DUCKDB=str(tmp_path / "warehouse.duckdb"))
    assert_one_sentence(result, "is full")


@pytest.mark.parametrize(
    ("setting", "file"),
    [
        (None, PROJECT / "warehouse.duckdb"),
        ("", PROJECT / "warehouse.duckdb"),
        ("other.duckdb", PROJECT / "other.duckdb"),
        ("../other.duckdb", PROJECT.parent / "other.duckdb"),
        ("/data/other.duckdb", Path("/data/other.duckdb")),
        ("~/other.duckdb", Path.home() / "other.duckdb"),
    ],
)
def test_commands_and_plain_dbt_mean_the_same_file(setting, file, monkeypatch):
    monkeypatch.delenv("WAREHOUSE_DUCKDB", raising=False)
    if setting is not None:
        monkeypatch.setenv("WAREHOUSE_DUCKDB", setting)
    assert duckdb_files.warehouse_file(PROJECT) == file
    monkeypatch.chdir(PROJECT)
    for folder in (PROJECT, PROJECT / "profiles", "profiles", "models/../profiles", "."):
        assert Path(os.path.abspath(profile_path(PROFILES_DIR=str(folder)))) == file, folder


def profile_path(**flags: str) -> str:
    """The path in profiles.yml as dbt renders it, in DuckDB's reading of `~`."""
    profile = yaml.safe_load((PROJECT / "profiles.yml").read_text())["commerce_warehouse"]["outputs"]["duckdb"]
    template = jinja2.Template(profile["path"])
    context = {"flags": SimpleNamespace(**flags)} if flags else {}
    return os.path.expanduser(template.render(env_var=lambda name, default: os.environ.get(name, default), **context))


def test_where_dbt_does_not_tell_its_folders_the_path_is_relative(monkeypatch):
    monkeypatch.delenv("WAREHOUSE_DUCKDB", raising=False)
    assert profile_path() == "warehouse.duckdb"


# Who has the file


@pytest.fixture(params=[False, True], ids=["writer", "reader"])
def holder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen]]:
    """A warehouse, and another process that has it open."""
    path = tmp_path / "warehouse.duckdb"
    duckdb.connect(path).close()
    code = f"import duckdb; c = duckdb.connect({str(path)!r}, read_only={request.param}); print(1, flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    process.stdout.readline()
    yield path, process
    process.communicate(b"\n", timeout=60)


def test_a_warehouse_in_use_gets_one_sentence_with_the_process(holder, command):
    path, process = holder
    for name in ("build", "rebuild"):
        result = command(name, WAREHOUSE_DUCKDB=str(path))
        assert_one_sentence(result, f"{path} is in use by process {process.pid} (", os.EX_TEMPFAIL)
        assert f"{Path(sys.executable).name} -c" in result.stderr


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dbt:
    """A project that dbt parses at once, for what goes wrong around models."""
    project = tmp_path / "small"
    (project / "models").mkdir(parents=True)
    (project / "models" / "one.sql").write_text("select 1 as one")
    (project / "macros").mkdir()
    (project / "macros" / "refuse.sql").write_text(
        "{% macro refuse() %}{% do exceptions.raise_compiler_error('Nothing was done.') %}{% endmacro %}"
    )
    (project / "dbt_project.yml").write_text("name: small\nversion: 0.1.0\nconfig-version: 2\nprofile: small\n")
    path = "{{ env_var('WAREHOUSE_DUCKDB') }}"
    output = f'{{type: duckdb, path: "{path}", config_options: {json.dumps(duckdb_files.NEWEST_FORMAT)}}}'
    (project / "profiles.yml").write_text(f"small: {{target: duckdb, outputs: {{duckdb: {output}}}}}")
    monkeypatch.setenv("WAREHOUSE_DUCKDB", str(tmp_path / "warehouse.duckdb"))
    return Dbt(project)


@pytest.mark.parametrize("dbt_command", [["run"], ["run-operation", "drop_old_relation"], ["docs", "generate"]])
def test_a_holder_that_comes_after_the_check_is_named_too(dbt_command, small, holder):
    path, process = holder
    (small.project / "macros" / "drop.sql").write_text(
        "{% macro drop_old_relation() %}{% do run_query('select 1') %}{% endmacro %}"
    )
    with pytest.raises(UsageError, match=rf"^{path} is in use by process {process.pid} \(") as raised:
        small.run(*dbt_command)
    assert "\n" not in str(raised.value)


def test_a_command_that_has_ended_leaves_the_warehouse_to_others(small):
    assert small.run("run").success
    code = f"import duckdb; duckdb.connect({os.environ['WAREHOUSE_DUCKDB']!r})"
    assert f"PID {os.getpid()}" in run(sys.executable, "-c", code).stderr
    cli.free_warehouse()
    assert run(sys.executable, "-c", code).returncode == 0


def test_what_goes_wrong_is_printed(small, capsys):
    assert not small.run("run-operation", "refuse").success
    assert capsys.readouterr().out == "Nothing was done.\n"
    assert not small.run("run-operation", "nope").success
    assert capsys.readouterr().out.startswith("dbt could not find a macro with the name 'nope'")
    (small.project / "models" / "one.sql").write_text("select 1 as one from nowhere")
    assert not small.run("run").success
    assert capsys.readouterr().out.startswith("one (models/one.sql):\n  Catalog Error: Table with name nowhere")
    with pytest.raises(UsageError, match="No such table"):
        small.query("select 1 from nowhere", "No such table.")
    assert not capsys.readouterr().out
    assert small.query("select 1 as One, 'a' as b") == [{"one": 1, "b": "a"}]


def test_nobody_can_take_the_warehouse_while_a_command_has_it(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    code = f"import duckdb; duckdb.connect({str(path)!r})"
    with duckdb_files.open_to_write(path):
        assert f"PID {os.getpid()}" in run(sys.executable, "-c", code).stderr
        # As a build from a folder does, which asks for the file before it reads the folder, and after it.
        with duckdb_files.open_to_write(path):
            assert f"PID {os.getpid()}" in run(sys.executable, "-c", code).stderr
        assert f"PID {os.getpid()}" in run(sys.executable, "-c", code).stderr
    assert run(sys.executable, "-c", code).returncode == 0


# Errors that nobody foresaw


def test_an_unexpected_error_is_one_sentence_and_its_traceback_is_in_the_log(command, monkeypatch, tmp_path):
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a bug\nof two lines\x1b[31m")

    monkeypatch.setattr(cli, "dbt_for", fail)
    assert_one_sentence(command("build", DBT_LOG_PATH=str(tmp_path)), "Unexpected error (ZeroDivisionError: a bug)")
    log = (tmp_path / "warehouse.log").read_text()
    assert "Traceback" in log
    assert r"of two lines\x1b[31m" in log
    assert "warehouse build" in log
    (tmp_path / "file").touch()
    assert_one_sentence(command("build", DBT_LOG_PATH=str(tmp_path / "file")), "test_command_line.py")


def test_an_error_inside_dbt_is_one_sentence_and_its_traceback_is_in_the_log(small, monkeypatch, tmp_path):
    def fail(event) -> None:
        if event.info.name == "MainReportArgs":
            raise OSError(28, "No space left on device")

    monkeypatch.setenv("DBT_LOG_PATH", str(tmp_path / "logs"))
    monkeypatch.setenv("DBT_LOG_LEVEL_FILE", "debug")
    with pytest.raises(UsageError, match=r"No space left on device.*dbt\.log") as raised:
        small.run("parse", callbacks=(fail,))
    assert "\n" not in str(raised.value)
    assert "Traceback" in (tmp_path / "logs" / "dbt.log").read_text()


def test_a_folder_of_the_project_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "target").touch()
    with pytest.raises(UsageError, match=r"target cannot be written to"):
        Dbt(tmp_path).run("parse")
    with pytest.raises(UsageError, match=r"^/sys cannot be written to"):
        duckdb_files.check_folder(Path("/sys"), "/sys", "work elsewhere")


def test_what_is_printed_is_plain_text(capsys):
    screen.say("[/b]\t\x1b[31mred\x07 é 🛒 \udcff\n")
    assert capsys.readouterr().out == "[/b]\\t\\x1b[31mred\\x07 é 🛒 \\udcff\\n\n"
    screen.console().print("[bold]:smile: 12")
    assert capsys.readouterr().out == "[bold]:smile: 12\n"


# The end of a build


@dataclass
class Outcome:
    """What dbt returns of a command."""

    result: SimpleNamespace | None = None
    exception: Exception | None = None


def node(name: str, status: str, kind: str = "test", **more: object) -> SimpleNamespace:
    """The result of a node, as dbt has it."""
    path = f"{kind}s/{name}.sql"
    of_node = SimpleNamespace(name=name, resource_type=kind, original_file_path=path, compiled_path=f"target/{path}")
    return SimpleNamespace(node=of_node, status=status, **{"message": None, "failures": None, **more})


def test_results_are_counted():
    results = [node("a", "success", "model"), node("h", "success", "operation"), node("e", "no-op", "exposure")]
    results += [node("b", "pass"), node("c", "warn"), node("d", "fail"), node("e", "error"), node("f", "skipped")]
    says = summary.count_results(SimpleNamespace(results=results), 12.34)
    assert says == "2 passed (1 built, 1 tests), 1 warned, 2 failed, 1 skipped in 12.3 s"


def test_each_error_is_said_once():
    message = "Runtime Error in model a (models/a.sql)\n  Catalog Error: no table x\n  \n  LINE 4: from x\n"
    message += "  > in macro m (macros/m.sql)\n  > called by model a\n  compiled code at target/a.sql"
    full = "Runtime Error in model {} (models/{}.sql)\n  IO Error: No space left on device"
    nodes = [node("a", "error", "model", message=message), node("assert_b", "fail", failures=1234)]
    nodes += [node(name, "error", "model", message=full.format(name, name)) for name in "cd"]
    nodes += [node("e", "skipped", "model"), node("f", "success", "model")]
    assert errors(Outcome(SimpleNamespace(results=nodes))) == [
        "a (models/a.sql):",
        "  Catalog Error: no table x",
        "  LINE 4: from x",
        "assert_b: 1,234 rows, shown by target/tests/assert_b.sql",
        "c (models/c.sql):",
        "  IO Error: No space left on device",
        "d (models/d.sql):",
        "  the same error",
    ]
    without = "Runtime Error in model b (models/b.sql)\n  Constraint Error: NOT NULL constraint failed: b.source_file"
    assert errors(Outcome(SimpleNamespace(results=[node("base_b", "error", "model", message=without)]))) == [
        "base_b (models/base_b.sql):",
        "  Constraint Error: NOT NULL constraint failed: b.source_file",
        "  Each record of a raw table needs loaded_at, source_file and source_position.",
    ]
    many = [node(f"assert_{number}", "fail", failures=1) for number in range(30)]
    assert errors(Outcome(SimpleNamespace(results=many)))[-1] == "and 20 more, in logs/dbt.log"


def test_an_error_that_ends_a_run_is_said_without_dbts_wrapping():
    check = "Compilation Error in operation p-on-run-start-0 (./dbt_project.yml)\n  The variable x must be a number."
    check += "\n  \n  > in macro check_variable (macros/variables/check_variables.sql)"
    assert errors(Outcome(exception=Exception(check))) == ["The variable x must be a number."]
    parse = "Compilation Error in model a (models/a.sql)\n  unexpected '}'\n    line 1"
    assert errors(Outcome(exception=Exception(parse))) == ["model a (models/a.sql):", "  unexpected '}'", "    line 1"]
    assert len(readable("\n".join(map(str, range(100))))) == 13


def test_the_first_warnings_are_named_with_the_query_that_shows_their_rows():
    warned = [node(f"assert_{number}", "warn", failures=number) for number in range(1, 6)]
    assert summary.warnings(SimpleNamespace(results=[*warned, node("b", "pass")])) == [
        "Warning: assert_1: 1 row, shown by target/tests/assert_1.sql",
        "Warning: assert_2: 2 rows, shown by target/tests/assert_2.sql",
        "Warning: assert_3: 3 rows, shown by target/tests/assert_3.sql",
        "and 2 more warnings, in logs/dbt.log",
    ]


def test_rejections_have_a_line_per_source_with_the_most_frequent_reasons():
    counts = [("users", "arrived", "", 2000), ("users", "accepted", "", 1940), ("orders", "arrived", "", 0)]
    counts += [("users", "rejected", reason, count) for reason, count in zip("abcde", (1, 2, 3, 4, 50), strict=True)]
    rows = [dict(zip(("subject", "section", "reason", "row_count"), count, strict=True)) for count in counts]
    assert summary.rejections(rows)[1:] == ["  orders      0   0", "  users   2,000  60  3.0%  e 50, d 4, c 3, 2 more"]


def test_a_cause_that_many_records_share_is_named_once():
    columns = (
        "source_table",
        "rejection_reason",
        "source_file",
        "row_count",
        "file_count",
        "first_loaded_at",
        "example",
    )
    shared = [
        ("user_events", "future", "user_events/clicks.csv", 199, 199, "1980-01-01 00:00:00", "event_id=e1|"),
        ("orders", "bad_time", "orders/a.csv", 60, 70, "2025-01-02 03:04:05", "ordered_at=1.1.|"),
        ("orders", "bad_time", "orders/b.csv", 80, 80, "2025-01-02 03:04:05", f"ordered_at={'2' * 200}|"),
        ("users", "future", "topic:1", 30, 40, "2025-01-02 03:04:05+00", "updated_at=2035-01-01 00:00:00|"),
        ("app_logs", "redelivered", "app_logs/a.log", 5, 9, "2025-01-02 03:04:05", None),
    ]
    rows = [dict(zip(columns, values, strict=True)) for values in shared]
    reasons = {reason: {"what_to_do": f"Do {reason}."} for reason in ("future", "bad_time", "redelivered")}
    assert summary.shared_causes(rows, reasons) == [
        "",
        "Rejected for one cause",
        "  all 199 records of user_events/clicks.csv are `future`: "
        "the time of the file, or its loaded_at, is 1980-01-01 00:00",
        "    Do future.",
        f"  140 of 150 records of 2 files such as orders/b.csv are `bad_time`, such as ordered_at={'2' * 149}…",
        "    Do bad_time.",
        "  30 of 40 records of users from topic:1 are `future`: "
        "the time of the file, or its loaded_at, is 2025-01-02 03:04, such as updated_at=2035-01-01 00:00:00|",
        "    Do future.",
        "  and 1 more",
    ]
    last = ["  5 of 9 records of app_logs/a.log are `redelivered`", "    Do redelivered."]
    assert summary.shared_causes(rows[4:], reasons)[2:] == last
    assert summary.shared_causes([], reasons) == []


def test_a_build_ends_with_one_screen(copy: Warehouse):
    """What is printed into a pipe: no terminal, so nothing is cut and nothing is colored."""
    result = warehouse_command("build", WAREHOUSE_DUCKDB=str(copy.path))
    assert result.returncode == 0, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    assert len(lines) <= 38, result.stdout
    assert "\x1b" not in result.stdout
    assert re.fullmatch(
        r"Build succeeded: [\d,]+ passed \(\d+ built, [\d,]+ tests\), 0 warned, 0 failed, 0 skipped in [\d.]+ s\.",
        lines[-1],
    )
    assert "make answers  " in result.stdout
    marts = copy.rows(
        "select table_name from information_schema.tables where table_schema = 'marts' and table_name <> 'model_state'"
    )
    assert all(name in result.stdout for (name,) in marts)
    sessions = copy.rows("select count(*) from marts.fct_web_sessions")[0][0]
    assert re.search(rf"fct_web_sessions +{sessions}\b", result.stdout)
    rejected = copy.rows("select source_table, count(*) from observability.rejected_records group by 1")
    assert len(rejected) == 10
    for source, count in rejected:
        assert re.search(rf"^  {source} +[\d,]+ +{count:,} +[\d.]+%  \w", result.stdout, re.MULTILINE), source
    lists = ("orders_without_exchange_rate", "shipment_sequence_issues", "shipment_status_conflicts")
    counts = [(name, copy.rows(f"select count(*) from observability.{name}")[0][0]) for name in lists]
    assert all(count for _, count in counts)
    odd = result.stdout.partition("Accepted, and worth a look")[2]
    for name, count in counts:
        assert re.search(rf"\b{name} {count}\b", odd), name
    run_results = json.loads((PROJECT / "target" / "run_results.json").read_text())
    assert run_results["args"]["which"] == "build"
    assert {entry["unique_id"] for entry in run_results["results"]} >= {
        "model.commerce_warehouse.fct_web_sessions",
        "model.commerce_warehouse.layer_row_counts",
    }


# Answers, explanations and docs


def test_rows_are_explained(copy: Warehouse, command):
    where = "user_id = 3 and metric_date = '2025-01-02'"
    asked = ("explain", "--model", "marts.fct_daily_user_metrics", "--where", where)
    result = command(*asked, WAREHOUSE_DUCKDB=str(copy.path))
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"fct_daily_user_metrics: 1 row where {where}\n")
    assert "orders/2025-01-03T23.csv:1  arrived 2025-01-04 00:05:00  accepted" in result.stdout
    for model, condition, says in [
        ("fct_daily_user_metrix", where, "near names: fct_daily_user_metrics"),
        ("fct_daily_user_metrics", "user_id =", "WHERE cannot be read"),
        ("fct_daily_user_metrics", "nobody = 3", 'Referenced column "nobody" not found'),
    ]:
        bad = command("explain", "--model", model, "--where", condition, WAREHOUSE_DUCKDB=str(copy.path))
        assert_one_sentence(bad, says)


def test_answers_say_each_figure_once(copy: Warehouse):
    result = run(sys.executable, "-m", "warehouse", "answers", WAREHOUSE_DUCKDB=str(copy.path))
    assert result.returncode == 0, result.stderr
    said = " ".join(result.stdout.split())
    for number, question, answer in copy.rows(
        "select question_number, question, answer from marts.web_activity_insights"
    ):
        assert f"{number}. {question} {answer}" in said
    assert len(re.findall("average|mean", said, re.IGNORECASE)) == 2, "the question and its answer"


def test_the_rows_of_a_query_are_printed(copy: Warehouse, command):
    place = {"WAREHOUSE_DUCKDB": str(copy.path)}
    said = command("query", "--sql", "select 'a' as name, 1 as number union all select null, 20 order by 2", **place)
    assert said.stdout.splitlines() == ["name  number", "a          1", "-         20"]
    many = command("query", "--sql", "from range(101)", **place).stdout.splitlines()
    assert len(many) == 102 and many[-1].startswith(
        "There are more than these 100 rows: `order by … limit 100 offset 100`"
    )
    count = "select count(*) as count from {{ ref('fct_web_sessions') }}"
    sessions = copy.rows("select count(*) from marts.fct_web_sessions")[0][0]
    assert command("query", "--sql", count, **place).stdout.split() == ["count", str(sessions)]
    assert_one_sentence(command("query", "--sql", "select 1 as a, x", **place), 'Referenced column "x" was not found')
    assert_one_sentence(command("query", "--sql", "drop table marts.fct_web_sessions", **place), "read-only")
    assert_one_sentence(command("query", **place), "Give the query")


def test_answers_need_a_build(command, tmp_path):
    duckdb.connect(tmp_path / "warehouse.duckdb").close()
    assert_one_sentence(command("answers", WAREHOUSE_DUCKDB=str(tmp_path / "warehouse.duckdb")), "make build")


@pytest.fixture
def documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dbt:
    """A project whose docs have just been written."""
    monkeypatch.setenv("WAREHOUSE_DUCKDB", "warehouse.duckdb")
    for path in (
        "models/a.sql",
        "models/b.md",
        "benchmarks/results/c.json",
        "docs/README.md",
        "warehouse.duckdb",
        "target/run_results.json",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("before")
    (tmp_path / "docs" / "README.md").write_text("# Docs\n\n## How\n- [Docs](README.md): these\n")
    (tmp_path / "dbt_project.yml").write_text("vars: {}")
    monkeypatch.setattr("warehouse.packages.ensure_packages", lambda _: "")
    monkeypatch.setattr("benchmarks.charts.draw_charts", lambda _: None)
    monkeypatch.setattr(docs_pages, "rejection_reasons", lambda _: {})

    def generate(dbt: Dbt, *_: str, **settings: object) -> SimpleNamespace:
        assert settings == {"full_refresh": True}
        dbt.target_path.mkdir(parents=True, exist_ok=True)
        (dbt.target_path / "index.html").write_text('["MANIFEST.JSON INLINE DATA","CATALOG.JSON INLINE DATA"]')
        (dbt.target_path / "manifest.json").write_text('{"nodes":{},"sources":{}}')
        (dbt.target_path / "catalog.json").write_text('{"nodes":{},"sources":{}}')
        (dbt.target_path / "run_results.json").write_text("of the docs")
        return SimpleNamespace(success=True)

    monkeypatch.setattr(Dbt, "run", generate)
    assert docs_pages.write_docs(Dbt(tmp_path)) == tmp_path / "target" / "static_index.html"
    return Dbt(tmp_path)


def test_docs_leave_what_a_build_has_written(documented):
    assert (documented.project / "target" / "run_results.json").read_text() == "before"


def test_the_page_of_the_docs_holds_raw_text_as_text(tmp_path):
    """With dbt's own page. In its search it shows a name that was found as HTML."""
    name = "<!--<" + "/script><img src=x onerror=alert(1)>\x1b[31m\u202e"
    catalog = {"sources": {"source.p.raw.users": {"columns": {name: {"name": name, "index": 7}}}}}
    manifest = {"nodes": {"model.p.a": {"description": "A <b>b</b> <" + "/script> é"}}}
    manifest["nodes"]["seed.p.rejection_reasons"] = {"description": "Reasons."}
    reasons = rejection_reasons(PROJECT)
    page = Path(DOCS_INDEX_FILE_PATH).read_text()
    (tmp_path / "index.html").write_text(page)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    docs_pages.write_page(tmp_path, reasons)
    html = (tmp_path / "static_index.html").read_text()
    assert "INLINE DATA" not in html
    for tag in ("<" + "/script", "<!--", "<img src=x", "\x1b", "\u202e"):
        assert html.count(tag) == page.count(tag), tag
    read = json.JSONDecoder().raw_decode
    nodes = read(html, html.index("n={manifest:") + 12)[0]["nodes"]
    assert nodes["model.p.a"] == manifest["nodes"]["model.p.a"], "what the project says is unchanged"
    table = nodes["seed.p.rejection_reasons"]["description"].splitlines()[2:]
    assert len(table) == len(reasons) + 2
    assert {line.count("|") for line in table} == {4}
    assert all(f"| `{reason}` |" in "\n".join(table) for reason in reasons)
    shown = r"\x3c!--\x3c/script>\x3cimg src=x onerror=alert(1)>\x1b[31m\u202e"
    columns = read(html, html.index(",catalog:{") + 9)[0]["sources"]["source.p.raw.users"]["columns"]
    assert columns == {shown: {"name": shown, "index": 7}}


def test_the_page_of_a_model_begins_with_what_it_is(tmp_path):
    """And not with its meta, which dbt's own page shows first."""
    model = {
        "description": "Orders. One row per order.",
        "meta": {"grain": ["order_id", "order_date"], "day": "order_date"},
    }
    (tmp_path / "index.html").write_text('["MANIFEST.JSON INLINE DATA","CATALOG.JSON INLINE DATA"]')
    (tmp_path / "manifest.json").write_text(json.dumps({"nodes": {"model.p.a": model, "model.p.b": {"meta": {}}}}))
    (tmp_path / "catalog.json").write_text("{}")
    docs_pages.write_page(tmp_path, {})
    nodes = json.loads((tmp_path / "static_index.html").read_text())[0]["nodes"]
    says = "Orders. One row per order.\n\nMeta: grain `order_id, order_date`; day `order_date`"
    assert nodes == {"model.p.a": {"description": says}, "model.p.b": {}}


def test_docs_are_new_until_something_changes_that_they_are_made_from(documented, monkeypatch):
    written = (documented.target_path / "static_index.html").stat().st_mtime
    assert docs_pages.docs_are_new(documented)
    for path in ("models/a.sql", "docs/README.md", "benchmarks/results/c.json", "warehouse.duckdb", "models"):
        os.utime(documented.project / path, (written + 1, written + 1))
        assert not docs_pages.docs_are_new(documented), path
        os.utime(documented.project / path, (written, written))
    assert docs_pages.docs_are_new(documented)
    (documented.project / "other.duckdb").touch()
    os.utime(documented.project / "other.duckdb", (written, written))
    monkeypatch.setenv("WAREHOUSE_DUCKDB", "other.duckdb")
    assert not docs_pages.docs_are_new(documented)


def test_docs_are_served_to_this_machine_and_nothing_else_is(documented):
    with docs_pages.docs_server(documented, "0") as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.server_address
        assert host == "127.0.0.1"
        for path in ("/", "/index.html", "/static_index.html"):
            with urlopen(f"http://127.0.0.1:{port}{path}") as page:
                assert page.read() == b'[{"nodes":{},"sources":{}},{"nodes":{},"sources":{}}]'
        with urlopen(f"http://127.0.0.1:{port}/column_lineage.html") as page:
            assert b"<title>Lineage by column</title>" in page.read()
        with urlopen(f"http://127.0.0.1:{port}/pages/index.html") as page:
            assert b'<h1 id="docs">Docs</h1>' in page.read()
        for path in ("/run_results.json", "/../warehouse.duckdb"):
            with pytest.raises(HTTPError, match="404"):
                urlopen(f"http://127.0.0.1:{port}{path}")
        with pytest.raises(UsageError, match=f"PORT={port} cannot be used"):
            docs_pages.docs_server(documented, str(port))
        server.shutdown()


# make


SHELL_CODE = ['x"; touch pwned; "', "x'; touch pwned; '", "`touch pwned`", "$(shell touch pwned)", "$$(touch pwned)"]


@pytest.mark.parametrize("value", [*SHELL_CODE, "a\nb", "#x"])
@pytest.mark.parametrize("option", ["RAW", "VARS", "TARGET", "WAREHOUSE_DUCKDB"])
def test_what_is_given_to_make_never_reaches_a_shell(option, value, tmp_path):
    others = [] if option == "RAW" else ["RAW=nowhere"]
    text = f"nowhere/{value}" if option == "WAREHOUSE_DUCKDB" else value
    # Builds that could not begin are not of the project's own warehouse, whose report would name them.
    result = run("make", "build", f"{option}={text}", *others, WAREHOUSE_DUCKDB=str(tmp_path / "w.duckdb"))
    assert result.returncode != 0
    said = result.stderr.splitlines()[0]
    if option != "WAREHOUSE_DUCKDB":
        assert screen.printable(value) in said
    assert "Traceback" not in result.stdout + result.stderr
    assert not (PROJECT / "pwned").exists()


def test_recipes_are_constant_text():
    recipes = [line for line in (PROJECT / "Makefile").read_text().splitlines() if line.startswith("\t")]
    assert len(recipes) > 20
    # `$$` is the shell's, and the names of a rule's own files are constant.
    assert not [line for line in recipes if "$" in re.sub(r"\$[$<@*]", "", line)]


def test_only_what_is_given_to_make_is_an_option():
    inherited = {
        "RAW": "nowhere",
        "TARGET": "snowflake",
        "FULL_REFRESH": "maybe",
        "MODEL": "x",
        "FROM": "x",
        "TO": "x",
        "VARS": "x",
    }
    inherited |= {"WAREHOUSE_OPTION_RAW": "nowhere", "WAREHOUSE_OPTION_MODEL": "x"}
    for flags in ([], ["-e"]):
        result = run("make", *flags, "build", "FULL_REFRESH=given", **inherited)
        assert result.stderr.startswith("FULL_REFRESH=given is neither yes nor no."), result.stderr
        result = run("make", *flags, "backfill", WAREHOUSE_DUCKDB="nowhere/w.duckdb", **inherited)
        assert result.stderr.startswith("There is no warehouse yet"), result.stderr


@pytest.mark.parametrize("name", ["RWA", "WAREHOUSE_DUKDB", "BIGQUERY_DATSET", "WAREHOUSE_OPTION_RAW"])
def test_make_names_an_option_or_setting_that_nothing_knows(name):
    result = run("make", "build", f"{name}=landing")
    assert result.returncode != 0
    assert f"{name} is no option of any command, and no setting" in result.stderr
    assert not result.stdout


def test_make_knows_the_settings_that_are_described():
    pages = [PROJECT / "README.md", *PROJECT.glob("docs/*.md"), *PROJECT.glob("*/README.md")]
    named = {name for page in pages for name in re.findall(r"\b(?:WAREHOUSE|BIGQUERY)_[A-Z_]+\b", page.read_text())}
    assert len(named) >= 20
    result = run("make", "clean", "--dry-run", *(f"{name}=x" for name in sorted(named)))
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["clean", "RAW=landing"], "RAW is no option of make clean, which has none."),
        (["unit-test", "QUERY=x"], "QUERY is no option of make unit-test, which has VARS."),
        (["docs", "report", "MODEL=x"], "MODEL is no option of make docs report, which has RAW TARGET VARS."),
        (["PORT=80"], "PORT is no option of make help, which has none."),
    ],
)
def test_make_names_an_option_that_a_command_does_not_have_before_it_does_anything(arguments, says):
    result = run("make", *arguments)
    assert result.returncode != 0
    assert says in result.stderr
    assert not result.stdout


def options_in(module: str) -> dict[str, set[str]]:
    """The commands of a module's command line, each with the options that it reads from what make sets."""

    def name_of(call: ast.expr) -> set[str]:
        if isinstance(call, ast.Name):
            return shared.get(call.id, set())
        assert isinstance(call, ast.Call)
        if isinstance(call.func, ast.Name) and call.func.id == "option":
            return {call.args[0].value.removeprefix("--").replace("-", "_").upper()}
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        return {given["envvar"].value.removeprefix("WAREHOUSE_OPTION_")} if "envvar" in given else set()

    tree = ast.parse((PROJECT / module / "cli.py").read_text())
    shared: dict[str, set[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id.endswith("_option"):
            shared[node.targets[0].id] = name_of(node.value)
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            first, *others = node.decorator_list
            if ast.unparse(first).startswith("main.command("):
                name = first.args[0].value if first.args else node.name.replace("_", "-")
                options = [name_of(other) for other in others if ast.unparse(other) != "click.pass_obj"]
                found[name] = set().union(*options)
    return found


def test_make_has_the_options_that_its_commands_read():
    makefile = (PROJECT / "Makefile").read_text()
    table = {name: set(said.split()) for name, said in re.findall(r"(?m)^OPTIONS_OF_([\w-]+) := (.*)$", makefile)}
    known = {module: options_in(module) for module in ("warehouse", "ingestion", "practice", "benchmarks")}
    read: dict[str, set[str]] = {}
    for target, recipe in re.findall(r"(?m)^([a-z-]+):.*## .*\n((?:\t.*\n)+)", makefile):
        calls = re.findall(r"-m (warehouse|ingestion|practice|benchmarks) ([\w-]+)", recipe)
        read[target] = set().union(*(known[module][name] for module, name in calls))
        read[target] |= set(re.findall(r"\$\{WAREHOUSE_OPTION_(\w+):", recipe))
    # Its settings are those of Airflow's environment, which are not read as options.
    assert table.pop("airflow") == {"SOURCES", "LANDING", "TARGET", "PORT"}
    assert len(table) >= 25
    assert table == {target: options for target, options in read.items() if options}


# Plain dbt


def test_plain_dbt_works_from_the_root_without_an_export_and_from_every_folder_in_the_same_warehouse(copy: Warehouse):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "WAREHOUSE_"))}
    # A relative path begins at the project, wherever dbt is called.
    environment |= {"WAREHOUSE_DUCKDB": os.path.relpath(copy.path, PROJECT), "DBT_TARGET_PATH": str(copy.target_path)}
    show = [sys.executable, "-m", "dbt.cli.main", "--quiet", "show", "--output", "json"]

    def rows(*arguments: str, folder: Path, **more: str) -> list[dict]:
        done = subprocess.run(
            [*show, *arguments], cwd=folder, env={**environment, **more}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout[done.stdout.index("{") :])["show"]

    shown = rows("--select", "fct_web_sessions", "--limit", "5", folder=PROJECT)
    known = {session for (session,) in copy.rows("select session_id from marts.fct_web_sessions")}
    assert len(shown) == 5
    assert {row["session_id"] for row in shown} <= known
    count = "select count(*) as sessions from marts.fct_web_sessions"
    marts = PROJECT / "models" / "marts"
    assert rows("--inline", count, folder=marts, DBT_PROFILES_DIR=str(PROJECT)) == [{"sessions": len(known)}]
    assert not list(marts.glob("*.duckdb"))
