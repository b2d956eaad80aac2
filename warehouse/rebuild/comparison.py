"""The present and the rebuilt version of a model, compared in the warehouse: only counts and a sample leave it."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from warehouse.dbt_runs import Dbt
from warehouse.rebuild.model import Model

# Counts runs, so it differs where nothing else does.
BOOKKEEPING = "change_number"
SAMPLE_ROWS = 10
Columns = dict[str, str]


@dataclass
class State:
    """A table as it is now: its numbers of rows and of different keys, and a fingerprint of all its rows."""

    row_count: int
    key_count: int
    fingerprint: str


@dataclass
class Comparison:
    """How the rebuilt rows of a model differ from the present ones.

    Attributes:
        present, rebuilt: the two tables.
        by_day: number of rows by day (None for rows, and models, without one) and difference: added, removed, changed.
        by_column: number of changed rows in which the column differs.
        sample: key, difference, and before and after of each column that differs, of a few rows.
        new, gone: columns that only the rebuilt, or only the present table has, with their types.
        retyped: columns of both whose types differ, with both types.
    """

    present: State
    rebuilt: State
    by_day: dict[tuple[date | None, str], int] = field(default_factory=dict)
    by_column: Counter = field(default_factory=Counter)
    sample: list[tuple[dict, str, dict]] = field(default_factory=list)
    new: Columns = field(default_factory=dict)
    gone: Columns = field(default_factory=dict)
    retyped: dict[str, tuple[str, str]] = field(default_factory=dict)

    def count(self, difference: str) -> int:
        """Number of rows that were added, removed or changed."""
        return sum(count for (_, found), count in self.by_day.items() if found == difference)

    @property
    def is_equal(self) -> bool:
        """Whether a swap would change nothing."""
        return not (
            self.by_day
            or self.new
            or self.gone
            or self.retyped
            or (self.present.row_count, self.present.key_count) != (self.rebuilt.row_count, self.rebuilt.key_count)
        )


def columns_of_tables(dbt: Dbt, model: Model) -> dict[str, Columns]:
    """Columns and types of the model's tables `present`, `rebuilt` and `previous`; one that is not there has none."""
    tables: dict[str, Columns] = {"present": {}, "rebuilt": {}, "previous": {}}
    rows = dbt.query(call("rebuild_columns", model.name))
    for row in sorted(rows, key=lambda row: row["position"]):
        tables[row["table_name"]][row["column_name"]] = row["data_type"]
    return tables


def states(dbt: Dbt, model: Model) -> dict[str, State]:
    """The states of the model's `present` and `rebuilt` tables, which are both there."""
    rows = dbt.query(call("rebuild_states", model.name, model.key), _problem(model))
    return {
        row["table_name"]: State(int(row["row_count"]), int(row["key_count"]), str(row["fingerprint"])) for row in rows
    }


def compare(dbt: Dbt, model: Model) -> Comparison:
    """Compare the model's two tables, which are both there, by their common columns."""
    tables = columns_of_tables(dbt, model)
    present, rebuilt = tables["present"], tables["rebuilt"]
    comparison = Comparison(**states(dbt, model))
    comparison.new = {name: rebuilt[name] for name in rebuilt if name not in present}
    comparison.gone = {name: present[name] for name in present if name not in rebuilt}
    common = [name for name in rebuilt if name in present and name != BOOKKEEPING]
    comparison.retyped = {name: (present[name], rebuilt[name]) for name in common if present[name] != rebuilt[name]}
    columns = [(name, rebuilt[name]) for name in common if name not in comparison.retyped]
    if not all(name in dict(columns) for name in model.key):
        return comparison
    day = next((number for number, (_, kind) in enumerate(columns, start=1) if kind.upper() == "DATE"), 0)
    for row in dbt.query(call("rebuild_counts", model.name, model.key, columns, day), _problem(model)):
        comparison.by_day[row["compared_day"], row["difference"]] = int(row["row_count"])
        for number, (name, _) in enumerate(columns, start=1):
            comparison.by_column[name] += int(row[f"changed_{number}"])
    comparison.by_column = +comparison.by_column
    if comparison.by_day:
        query = call("rebuild_sample", model.name, model.key, columns, SAMPLE_ROWS)
        for row in dbt.query(query, _problem(model)):
            key = {name: row[f"key_{number}"] for number, name in enumerate(model.key, start=1)}
            values = {name: (row[f"old_{n}"], row[f"new_{n}"]) for n, (name, _) in enumerate(columns, start=1)}
            differing = {name: pair for name, pair in values.items() if pair[0] != pair[1] and name not in model.key}
            comparison.sample.append((key, row["difference"], differing))
    return comparison


def call(macro: str, *arguments: object) -> str:
    """The call of a macro as dbt's templates write it."""
    return f"{{{{ {macro}({', '.join(json.dumps(argument) for argument in arguments)}) }}}}"


def _problem(model: Model) -> str:
    return f"The two versions of {model.name} cannot be compared: see the end of logs/dbt.log."
