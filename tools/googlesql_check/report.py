"""Says what Google accepted, or what it rejected and where."""

import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tools.googlesql_check.statement_log import Statement, excerpt


@dataclass(frozen=True)
class Problem:
    """One thing to mend: the node, its file, the run it shows in, the reason, and the line with a caret if known."""

    node: str
    path: str
    run: str
    message: str
    excerpt: str


def problems_of(statements: list[Statement], failures: dict[str, str], manifest: Any) -> list[Problem]:
    """Rejected statements, each once, then nodes that failed in dbt itself (`failures`: node id -> dbt's words)."""
    found: dict[tuple[str, str], Problem] = {}
    for statement in statements:
        if statement.message is not None:
            place = (statement.node, statement.message)
            found.setdefault(place, _problem(manifest, *place, statement.run, excerpt(statement)))
    named = {node for node, _ in found}
    by_dbt = {node: message for node, message in failures.items() if node not in named}
    return [*found.values(), *(_problem(manifest, node, text, "dbt", "") for node, text in by_dbt.items())]


def render(problems: list[Problem], skipped: set[str]) -> str:
    """The problems as text for a terminal. `skipped` are the nodes that were not reached because of them."""
    parts = []
    for problem in problems:
        where = "dbt" if problem.run == "dbt" else f"{problem.run} run" if problem.run != "unit tests" else problem.run
        head = f"{problem.node} ({where})" + (f", {problem.path}" if problem.path else "")
        body = "\n".join(text for text in (problem.message.strip(), problem.excerpt) if text)
        parts.append(f"{head}\n{textwrap.indent(body, '  ')}")
    count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
    last = f"GoogleSQL does not accept this project: {count}"
    if skipped:
        last += f"; {len(skipped)} " + ("nodes behind them were" if len(skipped) != 1 else "node behind them was")
        last += " not checked"
    last += "."
    return "\n\n".join([*parts, last])


def summary(statements: list[Statement]) -> str:
    """The line for a project that Google accepts."""
    count = Counter(node.partition(".")[0] for node in {statement.node for statement in statements})
    kinds = (
        ("model", "model"),
        ("seed", "seed"),
        ("test", "test"),
        ("unit_test", "unit test"),
        ("snapshot", "snapshot"),
    )
    nodes = ", ".join(f"{count[kind]} {name}{'s' if count[kind] != 1 else ''}" for kind, name in kinds)
    return f"{len(statements)} statements ({nodes}; first and second run) accepted by GoogleSQL"


def _problem(manifest: Any, node: str, message: str, run: str, line: str) -> Problem:
    known = manifest.nodes.get(node) or manifest.unit_tests.get(node) if manifest else None
    return Problem(node, known.original_file_path if known else "", run, message, line)
