"""A comparison of two versions of a model as tables on the screen."""

from collections import Counter

from rich.console import Console
from rich.table import Table

from warehouse.rebuild.comparison import Comparison
from warehouse.rebuild.model import Model
from warehouse.screen import printable

DIFFERENCES = ("added", "removed", "changed")
DAYS_SHOWN = 31


def show(comparison: Comparison, model: Model, console: Console) -> None:
    """Print what differs: in all, by day, by column, and a few rows."""
    present, rebuilt = comparison.present, comparison.rebuilt
    counts = ", ".join(f"{comparison.count(difference):,} {difference}" for difference in DIFFERENCES)
    console.print(
        f"{model.name}: {present.row_count:,} rows at present, {rebuilt.row_count:,} rebuilt; {counts} "
        f"(by {', '.join(model.key)}).",
        highlight=False,
    )
    for state, name in ((present, "present"), (rebuilt, "rebuilt")):
        if state.row_count != state.key_count:
            console.print(f"The {name} rows are not unique: they have {state.key_count:,} keys.", highlight=False)
    for columns, says in ((comparison.new, "are new"), (comparison.gone, "are gone")):
        if columns:
            console.print(f"Columns that {says}: {', '.join(columns)}.", highlight=False)
    if comparison.by_day:
        console.print(_by_day(comparison))
    if comparison.by_column:
        rows = [(name, f"{count:,}") for name, count in comparison.by_column.most_common()]
        console.print(_table("By column", ("column", ">changed rows"), rows))
    if comparison.sample:
        console.print(_sample(comparison, model))


def _by_day(comparison: Comparison) -> Table:
    """Rows by day: the days with the most differences when there are many, then the others in one line, then all."""
    days: dict[object, Counter] = {}
    for (day, difference), count in comparison.by_day.items():
        days.setdefault(day, Counter())[difference] += count
    most = sorted(days, key=lambda day: -days[day].total())[:DAYS_SHOWN]
    shown = sorted(most, key=lambda day: (day is not None, str(day)))
    rows = [(str(day or "no day"), days[day]) for day in shown]
    if others := [day for day in days if day not in shown]:
        rows.append((f"{len(others):,} other days", sum((days[day] for day in others), Counter())))
    rows.append(("all", sum(days.values(), Counter())))
    return _table(
        "By day",
        ("day", *(f">{difference}" for difference in DIFFERENCES)),
        [(day, *(f"{counts[difference]:,}" for difference in DIFFERENCES)) for day, counts in rows],
    )


def _sample(comparison: Comparison, model: Model) -> Table:
    """A few rows: of changed ones the columns that differ, of others all that have a value."""
    rows = []
    for key, difference, values in comparison.sample:
        if difference == "changed":
            details = [f"{name} {_text(old)} -> {_text(new)}" for name, (old, new) in values.items()]
        else:
            side = 1 if difference == "added" else 0
            details = [f"{name} {_text(pair[side])}" for name, pair in values.items()]
        rows.append((*(_text(key[name]) for name in model.key), difference, ", ".join(details)))
    return _table("Some of the rows", (*model.key, "difference", "values"), rows)


def _text(value: object) -> str:
    return "null" if value is None else printable(str(value))


def _table(title: str, headings: tuple[str, ...], rows: list[tuple]) -> Table:
    """A table of texts; columns whose heading begins with `>` are right-aligned."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for heading in headings:
        table.add_column(heading.removeprefix(">"), justify="right" if heading.startswith(">") else "left")
    for row in rows:
        table.add_row(*row)
    return table
