"""SQL and Python in the style of the project: complete here, fast in pre-commit."""

import subprocess
import sys
from functools import cache
from pathlib import Path
from types import CodeType

import jinja2
import pytest
from conftest import in_this_process, run
from sqlfluff.cli.commands import cli as sqlfluff

# sqlfluff's own, of a library that it uses.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pathspec")


def linted(*arguments: str) -> subprocess.CompletedProcess:
    """`sqlfluff lint` in this process.

    For each file sqlfluff compiles all macros of `load_macros_from_path` anew, which is half of its time. Here each
    text is compiled once for the same options of jinja.
    """
    compiled = jinja2.Environment.compile

    @cache
    def compile_once(options: tuple, source: str, name: str | None, filename: str | None) -> CodeType:
        return compiled(environments[options], source, name, filename)

    def compile_or_remember(
        environment: jinja2.Environment,
        source: str,
        name: str | None = None,
        filename: str | None = None,
        raw: bool = False,
        defer_init: bool = False,
    ) -> CodeType | str:
        if raw or not isinstance(source, str):
            return compiled(environment, source, name, filename, raw, defer_init)
        options = (type(environment), environment.autoescape, *sorted(environment.extensions))
        environments.setdefault(options, environment)
        return compile_once(options, source, name, filename)

    environments: dict[tuple, jinja2.Environment] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compile_or_remember)
        return in_this_process(lambda: sqlfluff(["lint", *arguments]), {})


def test_sql_is_clean_as_duckdb():
    result = linted("models", "tests", "snapshots", "--dialect", "duckdb")
    assert result.returncode == 0, result.stdout[-6000:]


def test_compiled_sql_is_clean_as_bigquery(bigquery_sql: Path):
    """Layout is judged where SQL is written; compiled SQL carries the line breaks of its macros."""
    compiled = bigquery_sql / "compiled" / "commerce_warehouse" / "models"
    # Folders named like yml files hold compiled unit and generic tests, whose SQL dbt writes.
    files = [str(path) for path in sorted(compiled.rglob("*.sql")) if ".yml" not in str(path)]
    assert len(files) >= 39
    rules = "layout,structure,convention.terminator,references.keywords"
    result = linted("--dialect", "bigquery", "--templater", "raw", "--exclude-rules", rules, *files)
    assert result.returncode == 0, result.stdout[-6000:]


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]])
def test_python_is_clean(command):
    result = run(sys.executable, "-m", "ruff", *command)
    assert result.returncode == 0, result.stdout
