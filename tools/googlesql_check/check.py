"""`make check-bigquery-sql`: run dbt twice with Google's analyzer in BigQuery's place, and report what it rejects."""

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from dbt.adapters.bigquery import connections, retry
from dbt.artifacts.schemas.results import NodeStatus
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.node_types import NodeType
from dbt_common.events.event_manager_client import cleanup_event_logger

from tools.googlesql_check import statement_log
from tools.googlesql_check.analyzer import Analyzer
from tools.googlesql_check.client import Client
from tools.googlesql_check.registry import Registry
from tools.googlesql_check.report import Problem, problems_of, render, summary
from tools.googlesql_check.session import Session
from tools.googlesql_check.statement_log import Statement

PROJECT_ID = "analyzed-project"
OUTPUT = Path("target") / "bigquery_sql"

# Models, seeds, snapshots and data tests on empty datasets; unit tests, which need the relations; then everything that
# has a second branch: incremental models merge, snapshots stage and merge, tables and views are replaced.
PASSES = {
    "first": ["build", "--exclude-resource-type", "unit_test"],
    "unit tests": ["test", "--select", "test_type:unit"],
    "second": ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"],
}
# Both branches of this project's models again, after the others, with ids of users as text.
_OF_TEXT = ["--resource-type", "model", "--exclude", "path:models/*/shipping", "--vars", "{user_id_type: string}"]
TEXT_IDS = {
    "first with text ids": ["build", "--full-refresh", *_OF_TEXT],
    "second with text ids": ["build", *_OF_TEXT],
}
# What analysts run by hand.
ANALYSES = {"analyses": ["show", "--select", "resource_type:analysis"]}
_WITHOUT_SQL = (NodeType.Exposure, NodeType.Operation, NodeType.SavedQuery)
_THREADS = min(os.cpu_count() or 1, 4)
_FAILED = (NodeStatus.Error, NodeStatus.Fail, NodeStatus.RuntimeErr)


class ProjectError(Exception):
    """dbt cannot read the project; says why in one sentence."""


def main(
    project_dir: Path | str, profiles_dir: Path | str | None = None, passes: Mapping[str, list[str]] = PASSES
) -> int:
    """Check the dbt project in `project_dir` (profiles in its folder `profiles` unless said otherwise).

    `passes` are the commands of dbt that are checked, each with a name for reports. Prints one line if Google accepts
    every statement, else each rejected one with its reason; returns the exit code, 0 or 1. All statements are left in
    `target/bigquery_sql/statements.jsonl` (see `statement_log`). Raises `ProjectError` if dbt cannot read the project.
    """
    project = Path(project_dir).resolve()
    check = _Check(project, Path(profiles_dir or project / "profiles").resolve())
    problems = check.run(passes)
    if problems:
        print(render(problems, check.skipped), file=sys.stderr)
        return 1
    print(summary(check.statements))
    return 0


class _Check:
    def __init__(self, project: Path, profiles: Path):
        self.project, self.profiles = project, profiles
        self.statements: list[Statement] = []
        self.skipped: set[str] = set()
        analyzer = Analyzer(_THREADS, say=lambda line: print(line, file=sys.stderr))
        self.client = Client(Session(analyzer, Registry(PROJECT_ID)), self.statements.append)
        self.manifest: Manifest | None = None

    def run(self, passes: Mapping[str, list[str]]) -> list[Problem]:
        """Run all passes; return what is wrong, each thing once."""
        failures: dict[str, str] = {}
        unchecked: set[str] = set()
        try:
            with _stand_in(self.client):
                self.manifest = self._invoke(["parse"]).result
                for name, arguments in passes.items():
                    self.client.run = name
                    if name in ("unit tests", "analyses"):
                        # What they read is broken already: they would say so again.
                        arguments = arguments + _exclude(self.manifest, set(failures) | self.skipped)
                    for result in self._invoke(arguments).result or []:
                        if result.status in _FAILED:
                            failures.setdefault(result.node.unique_id, result.message or "")
                        elif result.status == NodeStatus.Skipped:
                            self.skipped.add(result.node.unique_id)
                        elif result.node.resource_type not in _WITHOUT_SQL:
                            unchecked.add(result.node.unique_id)
        finally:
            statement_log.write(self.statements, self.project / OUTPUT / statement_log.FILE_NAME)
        unchecked -= {statement.node for statement in self.statements}
        failures |= dict.fromkeys(unchecked, "dbt built it without sending a statement")
        return problems_of(self.statements, failures, self.manifest)

    def _invoke(self, arguments: list[str]) -> Any:
        target = self.project / OUTPUT
        options = ["--project-dir", str(self.project), "--profiles-dir", str(self.profiles), "--target", "bigquery"]
        options += ["--target-path", str(target), "--log-path", str(target / "logs")]
        quiet = ["--quiet", "--no-print", "--log-level", "none", "--log-level-file", "none", "--no-version-check"]
        threads = [] if arguments == ["parse"] else ["--threads", str(_THREADS)]
        try:
            # Each run parses for itself: a manifest that was run once keeps half of what it compiled.
            outcome = dbtRunner().invoke([*quiet, "--no-send-anonymous-usage-stats", *arguments, *options, *threads])
        finally:
            cleanup_event_logger()
        if outcome.exception:
            raise ProjectError(f"dbt cannot run this project: {_one_line(outcome.exception)}")
        return outcome


def _exclude(manifest: Manifest | None, models: Iterable[str]) -> list[str]:
    """The options that leave out unit tests and analyses of these models."""
    analyses = [node for node in manifest.nodes.values() if node.resource_type == NodeType.Analysis]
    readers = [node for node in (*manifest.unit_tests.values(), *analyses) if set(node.depends_on.nodes) & set(models)]
    names = [f"resource_type:{node.resource_type},{node.name}" for node in readers]
    return ["--exclude", *names] if names else []


@contextlib.contextmanager
def _stand_in(client: Client) -> Iterator[None]:
    """Every connection that dbt-bigquery opens is `client`; no setting or login of the caller takes part."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("BIGQUERY_", "DBT_"))}
    with (
        mock.patch.dict(os.environ, settings | {"BIGQUERY_PROJECT": PROJECT_ID}, clear=True),
        mock.patch.object(connections, "create_bigquery_client", lambda _: client),
        mock.patch.object(retry, "create_bigquery_client", lambda _: client),
    ):
        yield


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
