"""Differences between two warehouses, and histories, as tables that a person can read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from histories import Batch
from records import RAW_COLUMNS
from rich import box
from rich.console import Console
from rich.table import Table
from warehouses import Rows

# A heartbeat's payload is not longer.
LONGEST_VALUE = 170
MOST_ROWS = 12


@dataclass(frozen=True)
class Difference:
    """The rows of one relation that only one of two warehouses has."""

    relation: str
    columns: tuple[str, ...]
    only_ours: Counter
    only_truth: Counter


def difference(relation: str, ours: Rows, truth: Rows) -> Difference | None:
    """What differs, or None when the same rows are there equally often."""
    assert ours.columns == truth.columns, f"{relation} has other columns: {ours.columns} and {truth.columns}"
    if ours.counts == truth.counts:
        return None
    return Difference(relation, ours.columns, ours.counts - truth.counts, truth.counts - ours.counts)


def story(batches: Sequence[Batch]) -> str:
    """What arrived in which batch, as one table a raw table, and how dbt ran."""
    text = "\n".join(f"batch {number}: run {batch.run}" for number, batch in enumerate(batches, 1))
    for name, columns in RAW_COLUMNS.items():
        rows = [
            (number, *record.row)
            for number, batch in enumerate(batches, 1)
            for record in batch.records
            if record.table == name
        ]
        if rows:
            text += "\n" + drawn(f"raw.{name}", ("batch", *columns, "loaded_at", "file", "position", "malformed"), rows)
    return text


def explained(differences: Iterable[Difference], ours: str = "incremental", truth: str = "full") -> str:
    """A table for each relation: the rows only here and the rows only there, of each the first few."""
    text = ""
    for found in differences:
        rows = [(f"only {ours}", *row) for row in found.only_ours.elements()][:MOST_ROWS]
        rows += [(f"only {truth}", *row) for row in found.only_truth.elements()][:MOST_ROWS]
        text += drawn(found.relation, ("", *found.columns), rows)
    return text


def drawn(title: str, columns: Sequence[str], rows: Sequence[Sequence]) -> str:
    """A table as text, without the columns that are empty in every row."""
    filled = [index for index in range(len(columns)) if any(row[index] is not None for row in rows)]
    table = Table(title=title, title_justify="left", box=box.SIMPLE)
    for index in filled:
        table.add_column(columns[index], no_wrap=True)
    for row in rows:
        table.add_row(*[shown(row[index]) for index in filled])
    console = Console(width=1000, no_color=True)
    with console.capture() as capture:
        console.print(table, markup=False)
    return "\n".join(line.rstrip() for line in capture.get().splitlines() if line.strip()) + "\n"


def shown(value: object) -> str:
    """A value on one line and not too long."""
    if value is None:
        return "-"
    text = value if isinstance(value, str) else str(value)
    text = repr(text)[1:-1] if not text.isprintable() or text == "" else text
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}… ({len(text)})"
