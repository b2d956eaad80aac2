"""What a verdict looks like: as rich tables for screens, as lines for a plain terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from practice.checking import Failure, Verdict
from practice.exercises import rules

# More rows of a table would hide the one that matters.
MOST_ROWS = 14


def told(verdict: Verdict) -> RenderableType:
    """A verdict for a screen."""
    if verdict.problem:
        return Text(verdict.problem, style="yellow")
    if verdict.is_right:
        return Text(f"Right: all {verdict.passed} cases pass.", style="bold green")
    return Group(*_failure(verdict.failures[0]), *_others(verdict))


def _failure(failure: Failure) -> list[RenderableType]:
    about = "The smallest input that shows it" if failure.is_smallest else "The input"
    parts: list[RenderableType] = [
        Text(failure.rule_says, style="bold red"),
        Text(f"{failure.says} (case {failure.case})"),
    ]
    parts += [Text(f"\n{about}:", style="bold")]
    for table, content in failure.given.items():
        if content["rows"]:
            parts.append(_table(table, content["columns"], content["rows"]))
        else:
            parts.append(Text(f"  {table} is empty"))
    parts += [_side("expected", failure.columns, failure.expected), _side("got", failure.columns, failure.got)]
    return parts


def _others(verdict: Verdict) -> list[RenderableType]:
    other = [rule for rule in verdict.broken_rules if rule != verdict.failures[0].rule]
    parts: list[RenderableType] = [Text(f"{verdict.passed} cases pass, {len(verdict.failures)} fail.")]
    if other:
        parts.append(Text("Also: " + " ".join(rules()[rule] for rule in other)))
    return parts


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(*columns, title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for row in rows[:MOST_ROWS]:
        table.add_row(*map(Text, row))
    if len(rows) > MOST_ROWS:
        table.add_row(f"… {len(rows) - MOST_ROWS} more")
    return table


def _side(title: str, columns: Sequence[str], rows: Sequence[dict]) -> RenderableType:
    """Expected or got; rows that the other side lacks have a mark and a colour."""
    if not rows:
        return Text(f"{title}: no rows", style="bold")
    table = Table("", *columns, title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    color = "green" if title == "expected" else "red"
    for row in sorted(rows, key=lambda one: not one["differs"])[:MOST_ROWS]:
        style = color if row["differs"] else "dim"
        table.add_row(">" if row["differs"] else "", *map(Text, row["row"]), style=style)
    if len(rows) > MOST_ROWS:
        table.add_row("", f"… {len(rows) - MOST_ROWS} more")
    return table


def side_by_side(verdict: Verdict, width: int) -> RenderableType:
    """A verdict for a screen that is wide enough to have expected and got beside each other."""
    if verdict.is_right or verdict.problem or not _fits(verdict.failures[0], width):
        return told(verdict)
    failure = verdict.failures[0]
    *above, expected, got = _failure(failure)
    both = Table.grid(padding=(0, 3))
    both.add_row(expected, got)
    return Group(*above, both, *_others(verdict))


def _fits(failure: Failure, width: int) -> bool:
    def wide(rows: Iterable[dict]) -> int:
        cells = [failure.columns, *(row["row"] for row in rows)]
        return sum(max(len(row[place]) for row in cells) + 2 for place in range(len(failure.columns))) + 4

    return wide(failure.expected) + wide(failure.got) + 3 <= width


def print_verdict(verdict: Verdict, console: Console) -> None:
    """A verdict as lines."""
    console.print(side_by_side(verdict, console.width))
