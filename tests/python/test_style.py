"""SQL and Python in the style of the project: complete here, fast in pre-commit."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT, run


def linted(*arguments: str) -> subprocess.CompletedProcess:
    """`sqlfluff lint`."""
    return run(sys.executable, str(PROJECT / "tests" / "python" / "templates.py"), "lint", *arguments)


def test_sql_is_clean_as_duckdb():
    result = linted("models", "analyses", "tests", "snapshots", "--dialect", "duckdb")
    assert result.returncode == 0, result.stdout[-6000:]


def test_compiled_sql_is_clean_as_bigquery(bigquery_sql: Path):
    """Layout is judged where SQL is written; compiled SQL has the line breaks and brackets of macros."""
    compiled = bigquery_sql / "compiled" / "commerce_warehouse" / "models"
    # Folders named like yml files hold compiled unit and generic tests, whose SQL dbt writes.
    files = [str(path) for path in sorted(compiled.rglob("*.sql")) if ".yml" not in str(path)]
    assert len(files) >= 39
    rules = "layout,structure,convention.terminator,references.keywords,aliasing.required"
    result = linted("--dialect", "bigquery", "--templater", "raw", "--exclude-rules", rules, *files)
    assert result.returncode == 0, result.stdout[-6000:]


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]])
def test_python_is_clean(command):
    result = run(sys.executable, "-m", "ruff", *command)
    assert result.returncode == 0, result.stdout


def test_no_file_of_macros_is_longer_than_80_lines():
    lines = {path.name: len(path.read_text().splitlines()) for path in (PROJECT / "macros").rglob("*.sql")}
    assert len(lines) >= 60
    assert {name: count for name, count in lines.items() if count > 80} == {}
