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
MOST_PAIRS = 3


def told(verdict: Verdict, width: int) -> RenderableType:
    """A verdict for so many columns of a terminal, with expected and got side by side."""
    if verdict.problem:
        return Text(verdict.problem, style="yellow")
    if verdict.is_right:
        return Text(f"Right: all {verdict.passed} cases pass.", style="bold green")
    failure = verdict.failures[0]
    sides = _beside_each_other(failure) if _fits(failure, width) else _by_column(failure)
    return Group(*_input(failure), *sides, *_others(verdict))


def _input(failure: Failure) -> list[RenderableType]:
    about = "The smallest input that shows it" if failure.is_smallest else "The input"
    parts: list[RenderableType] = [
        Text(failure.rule_says, style="bold red"),
        Text(f"{failure.says} (case {failure.case})"),
        Text(f"\n{about}:", style="bold"),
    ]
    for table, content in failure.given.items():
        if content["rows"]:
            parts += _given(table, content["columns"], content["rows"])
        else:
            parts.append(Text(f"  {table} is empty"))
    return parts


def _beside_each_other(failure: Failure) -> list[RenderableType]:
    both = Table.grid(padding=(0, 3))
    both.add_row(_side("expected", failure.columns, failure.expected), _side("got", failure.columns, failure.got))
    return [both]


def _by_column(failure: Failure) -> list[RenderableType]:
    """For each row that differs a table with a line a column: for rows that are wider than the terminal."""
    parts: list[RenderableType] = []
    pairs = _pairs(failure)
    for expected, got in pairs[:MOST_PAIRS]:
        table = Table("", "expected", "got", box=SIMPLE_HEAD, pad_edge=False)
        for place, column in enumerate(failure.columns):
            left, right = (row[place] if row else "no such row" for row in (expected, got))
            style = "bold" if left != right else "dim"
            table.add_row(Text(("> " if left != right else "  ") + column), Text(left), Text(right), style=style)
        parts.append(table)
    if len(pairs) > MOST_PAIRS:
        parts.append(Text(f"… and {len(pairs) - MOST_PAIRS} more rows that differ"))
    return parts


def _pairs(failure: Failure) -> list[tuple[list[str] | None, list[str] | None]]:
    """The rows that differ, each expected one with the row of those that came out that is most like it."""
    left = [row["row"] for row in failure.expected if row["differs"]]
    right = [row["row"] for row in failure.got if row["differs"]]
    pairs: list[tuple[list[str] | None, list[str] | None]] = []
    for expected in left:
        nearest = max(right, key=lambda got: sum(map(str.__eq__, expected, got)), default=None)
        if nearest is not None:
            right.remove(nearest)
        pairs.append((expected, nearest))
    return [*pairs, *((None, got) for got in right)]


def _others(verdict: Verdict) -> list[RenderableType]:
    other = [rule for rule in verdict.broken_rules if rule != verdict.failures[0].rule]
    parts: list[RenderableType] = [Text(f"{verdict.passed} cases pass, {len(verdict.failures)} fail.")]
    if other:
        parts.append(Text("Also: " + " ".join(rules()[rule] for rule in other)))
    return parts


def _given(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[RenderableType]:
    """An input: what is the same in all rows in a line, the rest as a table."""
    same = [place for place in range(len(columns)) if len({row[place] for row in rows}) == 1]
    different = [place for place in range(len(columns)) if place not in same]
    parts: list[RenderableType] = [Text(f"\n{title}", style="italic")]
    if same:
        count = "One row has" if len(rows) == 1 else "Each row has"
        parts.append(Text(f"  {count} " + ", ".join(f"{columns[place]} {rows[0][place]}" for place in same)))
    if not different:
        return parts if len(rows) == 1 else [*parts, Text(f"  There are {len(rows)} such rows.")]
    table = Table(*(columns[place] for place in different), box=SIMPLE_HEAD, pad_edge=False)
    for row in rows[:MOST_ROWS]:
        table.add_row(*(Text(row[place]) for place in different))
    if len(rows) > MOST_ROWS:
        table.add_row(f"… {len(rows) - MOST_ROWS} more")
    return [*parts, table]


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


def _fits(failure: Failure, width: int) -> bool:
    def wide(rows: Iterable[dict]) -> int:
        cells = [failure.columns, *(row["row"] for row in rows)]
        return sum(max(len(row[place]) for row in cells) + 3 for place in range(len(failure.columns))) + 5

    return wide(failure.expected) + wide(failure.got) <= width


def print_verdict(verdict: Verdict, console: Console) -> None:
    """A verdict as lines."""
    console.print(told(verdict, console.width))
