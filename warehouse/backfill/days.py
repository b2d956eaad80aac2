"""Which days, and which models, a backfill builds again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from warehouse.dates import read_day
from warehouse.dbt_runs import Dbt
from warehouse.errors import UsageError

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


@dataclass(frozen=True)
class Models:
    """Names of models.

    Attributes:
        of_a_day: tables with a scope, which says which rows a day touches; most of them are divided by day.
        of_all_days: tables built from those as a whole, such as totals: built again once, after the days.
        days: the column that holds the day, of each table that has one, raw records included.
    """

    of_a_day: tuple[str, ...]
    of_all_days: tuple[str, ...]
    days: dict[str, str]


def read_range(first: str, last: str) -> tuple[date, date]:
    """FROM and TO as dates. Raises UsageError when one is missing or no date, or they are the wrong way round."""
    if not first or not last:
        raise UsageError("Give the first and the last day, such as: make backfill FROM=2025-01-03 TO=2025-01-09.")
    days = [read_day("FROM", first), read_day("TO", last)]
    if days[0] > days[1]:
        raise UsageError(f"FROM={first} is after TO={last}: give the earlier day first.")
    return days[0], days[1]


def models_of_days(manifest: Manifest) -> Models:
    """The models that a backfill builds, from what they say of themselves in their `meta`."""
    models = [node for node in manifest.nodes.values() if node.resource_type == "model"]
    divided = [node for node in models if node.config.meta.get("day")]
    # Not staging, which keeps one row per raw record, nor what decides records: no day can change that.
    of_a_day = [node for node in models if "call scope()" in node.raw_code]
    built_from_days = _descendants(manifest, {node.unique_id for node in of_a_day})
    whole = [node for node in models if node.config.materialized == "incremental" and not node.config.unique_key]
    return Models(
        of_a_day=tuple(sorted(node.name for node in of_a_day)),
        of_all_days=tuple(sorted(node.name for node in whole if node.unique_id in built_from_days)),
        # A day of arrival is no day of the data.
        days={node.name: node.config.meta["day"] for node in divided if node.config.meta["day"] != "loaded_date"},
    )


def days_with_data(dbt: Dbt, models: Models, first: date, last: date) -> list[date]:
    """The days from `first` to `last` on which a table has rows, oldest first. Raises UsageError when there is none."""
    rows = dbt.query(
        " union distinct ".join(
            f"select distinct {day} as day_with_data from {{{{ ref('{name}') }}}} "
            f"where {day} between date '{first}' and date '{last}'"
            for name, day in models.days.items()
        )
    )
    if not rows:
        raise UsageError(f"There is no data from {first} to {last}: nothing to build again.")
    return sorted(row["day_with_data"] for row in rows)


def next_day(day: date) -> date:
    """The day after."""
    return day + timedelta(days=1)


def _descendants(manifest: Manifest, unique_ids: set[str]) -> set[str]:
    """Everything that is built from these, directly or not."""
    found: set[str] = set()
    pending = list(unique_ids)
    while pending:
        for child in manifest.child_map.get(pending.pop(), ()):
            if child not in found:
                found.add(child)
                pending.append(child)
    return found
