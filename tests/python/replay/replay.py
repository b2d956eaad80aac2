"""Plays a history: delivers batch after batch, runs dbt after each, and compares every model with a full refresh."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from compare import difference, explained, story
from histories import COMPLETE_RUNS, LATE_SCANS_TOO, RUNS, Batch, History
from records import Record
from warehouses import RAW_SCHEMA, FullRefresh, IncrementalWarehouse, ParsedProject, Rows, failure_in

from warehouse.raw_contract import TABLES

# A view is the same text in every run; making it again would be a third of the time.
LEAVE_VIEWS = ("--exclude", "config.materialized:view")


class Warehouse(Protocol):
    """Where records arrive, dbt runs and rows are read."""

    project: ParsedProject

    def deliver(self, records: Sequence[Record]) -> None: ...

    def run(self, *arguments: str) -> object: ...

    def rows(self, relation: str, without: str = ...) -> Rows: ...


@dataclass
class Replay:
    """The truth and the folder for histories on DuckDB.

    Attributes:
        project: the project, parsed.
        folder: of the warehouse that is replayed.
        truth: what a full refresh gives.
        empty: a warehouse without records in which nothing has run.
    """

    project: ParsedProject
    folder: Path
    truth: FullRefresh
    empty: Path

    @classmethod
    def prepared(cls, folder: Path) -> "Replay":
        """Everything ready in a folder: dbt parses the project, loads reference seeds and compiles a full refresh."""
        project = ParsedProject(folder)
        warehouse = IncrementalWarehouse(project, folder)
        warehouse.dbt("seed")
        empty = warehouse.close()
        scratch = IncrementalWarehouse(project, folder, empty)
        statements = [
            (f"{result.node.schema}.{result.node.alias}", result.node.compiled_code)
            for result in scratch.run("--full-refresh")
            if result.node.resource_type == "model"
        ]
        scratch.remove()
        return cls(project, folder, FullRefresh(statements, folder, empty), empty)

    def play(self, history: History) -> AssertionError | None:
        """What is not as it should be, with the history and the differences as tables; None when all is well."""
        warehouse = IncrementalWarehouse(self.project, self.folder, self.empty)
        return failure_in(warehouse, lambda: self.play_in(warehouse, history))

    def play_in(self, warehouse: Warehouse, history: History, first: int = 0) -> None:
        """Raises AssertionError as `play` returns it; in a warehouse that has seen the first so many batches."""
        self.truth.forget()
        self.truth.deliver([record for batch in history[:first] for record in batch.records])
        # Views are made by the first run of everything. What is played on top changes what is given something.
        options = (*LEAVE_VIEWS, *self._not_reached_by(history[first:])) if first else ()
        for number, batch in enumerate(history[first:], first + 1):
            try:
                warehouse.deliver(batch.records)
                self.truth.deliver(batch.records)
                warehouse.run(*RUNS[batch.run], *options)
                if batch.run in COMPLETE_RUNS:
                    options = options or LEAVE_VIEWS
                    self._check(warehouse, history[:number])
                if batch.run == LATE_SCANS_TOO:
                    self._check_that_no_late_scan_waits(warehouse)
                if batch.run == "all, twice":
                    self._check_that_a_run_changes_nothing(warehouse)
            except AssertionError as error:
                raise AssertionError(f"after batch {number}:\n{error}\n{story(history[:number])}") from None

    def _not_reached_by(self, batches: Sequence[Batch]) -> list[str]:
        """The names of models that none of these records can change."""
        reached = {f"{RAW_SCHEMA}.{record.table}" for batch in batches for record in batch.records}
        models, before = self.project.models(), -1
        while before != len(reached):
            before = len(reached)
            for model in models:
                if any(parent in reached or parent.split(".", 2)[2] in reached for parent in model.depends_on.nodes):
                    reached.add(model.unique_id)
        return [model.name for model in models if model.unique_id not in reached]

    def _check(self, warehouse: Warehouse, batches: Sequence[Batch]) -> None:
        """Every record is there, and every model is what a full refresh gives."""
        self.truth.run({name: warehouse.rows(name) for name in self.project.lasting()})
        delivered = Counter(record.table for batch in batches for record in batch.records)
        for table in TABLES:
            (base,) = self._readers(table)
            for place in (f"{RAW_SCHEMA}.{table}", base):
                counts = {count_of(warehouse.rows(place)), count_of(self.truth.rows(place))}
                assert counts == {delivered[table]}, f"{place} has {counts} of {delivered[table]} records"
        compared = [difference(name, warehouse.rows(name), self.truth.rows(name)) for name in self.project.relations()]
        found = [one for one in compared if one]
        assert not found, f"{len(found)} of {len(compared)} models differ\n{explained(found)}"

    def _check_that_no_late_scan_waits(self, warehouse: Warehouse) -> None:
        """The list is empty in the same step."""
        late = warehouse.rows("marts.fct_shipment_scans_late")
        nothing = Rows(late.columns, Counter())
        found = difference("marts.fct_shipment_scans_late", late, nothing)
        assert not found, f"late scans still wait\n{explained([found], 'still', 'none')}"

    def _check_that_a_run_changes_nothing(self, warehouse: Warehouse) -> None:
        """Nothing has arrived: no row changes, and none counts as changed."""
        names = self.project.relations()
        before = {name: warehouse.rows(name, without="") for name in names}
        warehouse.run(*LEAVE_VIEWS)
        compared = [difference(name, warehouse.rows(name, without=""), before[name]) for name in names]
        found = [one for one in compared if one]
        assert not found, f"a run with nothing new changed rows\n{explained(found, 'after', 'before')}"

    def _readers(self, table: str) -> list[str]:
        """The base models of a raw table: one, or lineage is not what it should be."""
        return [
            f"{node.schema}.{node.alias}"
            for node in self.project.models()
            if node.name.startswith("base_")
            and any(parent.endswith(f".{RAW_SCHEMA}.{table}") for parent in node.depends_on.nodes)
        ]


def count_of(rows: Rows) -> int:
    """How many rows there are."""
    return rows.counts.total()
