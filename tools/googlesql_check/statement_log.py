"""Every statement that dbt sent, with the node that sent it and Google's verdict."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

FILE_NAME = "statements.jsonl"


@dataclass
class Statement:
    """One text sent as one query job, or one load job (then `sql` is empty).

    `run` is `first`, `unit tests` or `second`, `node` dbt's unique id (`dbt` where no node runs), `kinds` the GoogleSQL
    nodes in it (`ResolvedCreateTableAsSelectStmt`, …), `created` the last relation created, as `project.dataset.name`.
    `message`, `line` and `column` (from 1) are Google's reason to reject it; `message` is None if it is accepted.
    """

    run: str
    node: str
    sql: str
    kinds: list[str] = field(default_factory=list)
    created: str | None = None
    message: str | None = None
    line: int | None = None
    column: int | None = None


def write(statements: Iterable[Statement], path: Path) -> None:
    """Write statements as JSON lines, in the order sent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(statement), ensure_ascii=False) + "\n" for statement in statements)


def read(path: Path) -> list[Statement]:
    """Read what `write` wrote."""
    with path.open(encoding="utf-8") as file:
        return [Statement(**json.loads(line)) for line in file]


def excerpt(statement: Statement) -> str:
    """The offending line of a rejected statement with a caret below, or an empty text if the place is unknown."""
    lines = statement.sql.splitlines()
    if not statement.line or not 0 < statement.line <= len(lines):
        return ""
    text = lines[statement.line - 1].expandtabs(8)
    start = len(text) - len(text.lstrip())
    # A window around the caret: generated SQL has very long lines.
    first = max(start, (statement.column or 1) - 1 - 100)
    last = first + 160
    shown = ("… " if first > start else "") + text[first:last].rstrip() + (" …" if last < len(text) else "")
    offset = (statement.column or 1) - 1 - first + (2 if first > start else 0)
    return f"{shown}\n{' ' * max(offset, 0)}^"
