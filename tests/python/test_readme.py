"""Every command of the README works as it stands there, in its order, in a copy of the project."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from conftest import PROJECT

# What does not run here, and what runs instead.
ELSEWHERE = {
    "make test": "this is it",
    "make docs-serve": "test_docs_are_served_to_this_machine_and_nothing_else_is",
    "make extract": "tests/ingestion",
    "make demo": "tests/ingestion",
    "make practice": "tests/practice",
    "make airflow": "tests/airflow",
    "gcloud auth application-default login": "needs an account",
    "BIGQUERY_PROJECT=<project> make build TARGET=bigquery": "needs an account; test_engines.py has the emulator",
}
# All the rest of it; the unit tests have passed in the build of the sample that all tests share.
INSTEAD = {
    "source .venv/bin/activate; dbt build": "source .venv/bin/activate; dbt build --exclude-resource-type unit_test"
}
SECONDS_AT_MOST = 500


def commands() -> list[str]:
    """The lines of code blocks and the code spans that are commands, in their order."""
    found = []
    for line in (PROJECT / "README.md").read_text().splitlines():
        block = re.fullmatch(r"    ((?:make|gcloud|[A-Z_]+=\S+ make)\b.*)", line)
        found += [block[1]] if block else re.findall(r"`(make \w[^`]*|source [^`]+)`", line)
    return list(dict.fromkeys(found))


def test_every_command_of_the_readme_works_in_its_order(tmp_path: Path):
    copy = tmp_path / "project"
    hidden = (".git", ".venv*", "target", "logs", "data", "landing", "*.duckdb*", ".*_cache", "__pycache__", "*.jsonl")
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(*hidden), symlinks=True)
    for environment in (".venv", ".venv-metrics"):
        (copy / environment).symlink_to(PROJECT / environment)
    for table in (PROJECT / "seeds" / "raw").glob("*.csv"):
        (copy / "landing" / table.stem).mkdir(parents=True)
        shutil.copy(table, copy / "landing" / table.stem)
    # Pytest and the machine it runs on have their own.
    settings = {
        name: value for name, value in os.environ.items() if not name.startswith(("WAREHOUSE_", "DBT_", "PYTEST"))
    }

    to_run = [command for command in commands() if command not in ELSEWHERE]
    assert len(to_run) >= 7 and {*ELSEWHERE, *INSTEAD} <= set(commands())
    for command in to_run:
        done = subprocess.run(
            ["bash", "-c", INSTEAD.get(command, command)],
            cwd=copy,
            env=settings,
            capture_output=True,
            text=True,
            timeout=SECONDS_AT_MOST,
        )
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]} {done.stderr[-2000:]}"
        assert "Installing" not in done.stdout + done.stderr
        if command.startswith("make"):
            assert "\x1b" not in done.stdout, "colors, where no terminal is"
    assert (copy / "target" / "report.html").exists() and (copy / "target" / "pages" / "index.html").exists()
