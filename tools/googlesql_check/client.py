"""Stands in for `google.cloud.bigquery.Client` in dbt-bigquery: the same methods, answered from the registry."""

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

from dbt_common.events.contextvars import get_node_info
from google.api_core.exceptions import BadRequest, NotFound
from google.cloud.bigquery import Dataset, DatasetReference, SchemaField, Table, TableReference
from google.cloud.bigquery.table import Row
from zetasql.wasi._pb2.zetasql.public import type_pb2

from tools.googlesql_check import column_types
from tools.googlesql_check.analyzer import RejectedError
from tools.googlesql_check.registry import Columns, Path, Registry, Relation
from tools.googlesql_check.session import Outcome, Session
from tools.googlesql_check.statement_log import Statement

# How macros/incremental/progress.sql writes what is recorded of a relation, and asks for it.
_RECORD = re.compile(r"insert into (\S+`model_state`) \([^)]*\)\s+values \(\s*'(\w+)', (\d+), '+([^']*)'")
_RECORDS_ASKED_FOR = re.compile(
    r"select '([^']+)' as schema_name, relation_name, run_number, state from (\S+`model_state`) qualify"
)
_VERDICT_COLUMNS = ["failures", "should_warn", "should_error"]
_VERDICT_TYPES = [
    column_types.simple_type(kind) for kind in (type_pb2.TYPE_INT64, type_pb2.TYPE_BOOL, type_pb2.TYPE_BOOL)
]


class Result:
    """The rows of a query: `schema`, and none or one of them."""

    def __init__(self, columns: Columns, rows: list[tuple]):
        self.schema = [column_types.to_schema_field(*column) for column in columns.items()]
        self._names = {name: position for position, name in enumerate(columns)}
        self._rows = rows
        self.total_rows = len(rows)

    def __iter__(self) -> Iterator[Row]:
        return (Row(values, self._names) for values in self._rows)


class Job:
    """A finished query, load or copy job."""

    location = job_id = project = None  # No link to a console that knows nothing of this job.
    state = "DONE"
    error_result = errors = None
    total_bytes_processed = total_bytes_billed = slot_millis = num_dml_affected_rows = 0

    def __init__(self, statement_type: str = "LOAD", destination: Path | None = None, result: Result | None = None):
        self.statement_type, self.destination = statement_type, _reference(destination) if destination else None
        self._result = result

    def result(self, *_: Any, **__: Any) -> Any:
        """The rows of a query; of another job the job itself."""
        return self._result or self


class Client:
    """One imaginary BigQuery for all threads of dbt.

    There is no lock: dbt never lets two threads touch the same relation, and each change here is one step of Python.
    `session` judges statements, `record` gets each of them; `run` names the pass that is under way. A rejected data
    test is answered with a pass, so that dbt goes on and meets the other errors too; anything else rejected fails.
    What is recorded of models is the one thing that comes back as it was written, for it decides which way a run goes.
    """

    def __init__(self, session: Session, record: Callable[[Statement], None]):
        self.run = ""
        self._session, self._record = session, record
        self._numbers = itertools.count()
        self._anonymous: dict[Path, Relation] = {}
        self._records: dict[str, dict[str, tuple[str, int, str]]] = {}

    @property
    def registry(self) -> Registry:
        """The datasets and relations that exist."""
        return self._session.registry

    def query(self, query: str, job_config: Any = None, **_: Any) -> Job:
        """Judge a statement or script; raises `BadRequest` with Google's message."""
        node = (get_node_info() or {}).get("unique_id") or "dbt"
        statement = Statement(self.run, node, query)
        try:
            outcome = self._session.execute(query)
            statement.kinds = outcome.kinds
            statement.created = ".".join(outcome.created) if outcome.created else None
            for table, name, number, state in _RECORD.findall(query):
                self._records.setdefault(table, {})[name] = (name, int(number), state)
            if asked := _RECORDS_ASKED_FOR.findall(query):
                found = [
                    (schema, *record) for schema, table in asked for record in self._records.get(table, {}).values()
                ]
                return self._answered(outcome, found)
            return self._finished(node, outcome)
        except RejectedError as rejection:
            statement.message = rejection.message
            statement.line, statement.column = rejection.line, rejection.column
            if node.startswith("test."):
                return self._passed_test()
            raise _bad_request(rejection) from None
        finally:
            self._record(statement)

    def _finished(self, node: str, outcome: Outcome) -> Job:
        if outcome.statement_type in ("SELECT", "SCRIPT") and outcome.columns:
            return self._answered(outcome, _rows(node, outcome))
        return Job(outcome.statement_type, outcome.created, Result({}, []))

    def _answered(self, outcome: Outcome, rows: list[tuple]) -> Job:
        destination = (self.registry.project, "_anonymous", f"result_{next(self._numbers)}")
        self._anonymous[destination] = Relation(destination, "TABLE", outcome.columns)
        return Job(outcome.statement_type, destination, Result(outcome.columns, rows))

    def _passed_test(self) -> Job:
        columns = dict(zip(_VERDICT_COLUMNS, _VERDICT_TYPES, strict=True))
        return self._finished("test.", Outcome("SELECT", columns=columns))

    def get_table(self, table: TableReference, **_: Any) -> Table:
        """The table or view; raises `NotFound`."""
        path = _path(table)
        found = self.registry.relations.get(path) or self._anonymous.get(path)
        if not found:
            raise NotFound("Not found: Table {}:{}.{}".format(*path))
        return found.to_api()

    def list_tables(self, dataset: DatasetReference, **_: Any) -> Iterator[Table]:
        """The tables and views of a dataset; raises `NotFound` on the first step if there is no such dataset."""
        key = (dataset.project, dataset.dataset_id)
        if key not in self.registry.datasets:
            raise NotFound("Not found: Dataset {}:{}".format(*key))
        found = [relation for path, relation in list(self.registry.relations.items()) if path[:2] == key]
        return iter([relation.to_api() for relation in found])

    def list_datasets(self, project: str, **_: Any) -> list[Dataset]:
        """The datasets of a project."""
        return [Dataset(f"{name}.{dataset}") for name, dataset in self.registry.datasets if name == project]

    def list_routines(self, *_: Any, **__: Any) -> list[Any]:
        """No routines: dbt manages none here."""
        return []

    def get_routine(self, reference: Any, **_: Any) -> None:
        """Raises `NotFound`, always."""
        raise NotFound(f"Not found: Routine {reference}")

    def create_dataset(self, dataset: DatasetReference, **_: Any) -> Dataset:
        """Create a dataset unless it exists."""
        self.registry.datasets.add((dataset.project, dataset.dataset_id))
        return self.get_dataset(dataset)

    def get_dataset(self, dataset: DatasetReference, **_: Any) -> Dataset:
        """A dataset, without access entries."""
        return Dataset(dataset)

    def update_dataset(self, dataset: Dataset, *_: Any, **__: Any) -> Dataset:
        """Accept new access entries."""
        return dataset

    def delete_dataset(self, dataset: DatasetReference, **_: Any) -> None:
        """Drop a dataset with all that is in it."""
        key = (dataset.project, dataset.dataset_id)
        self.registry.datasets.discard(key)
        for path in [path for path in list(self.registry.relations) if path[:2] == key]:
            del self.registry.relations[path]

    def delete_table(self, table: TableReference, **_: Any) -> None:
        """Drop a table or view if it exists."""
        self.registry.relations.pop(_path(table), None)

    def update_table(self, table: Table, fields: list[str], **_: Any) -> Table:
        """Take over a description, and columns that were added."""
        relation = self.registry.relations[_path(table.reference)]
        if "schema" in fields:
            relation.columns = {field.name: column_types.from_schema_field(field) for field in table.schema}
        if "description" in fields:
            relation.description = table.description
        return relation.to_api()

    def load_table_from_file(self, _: Any, destination: TableReference, job_config: Any = None, **__: Any) -> Job:
        """Create the table that a load job (a seed) would fill; its rows do not matter."""
        statement = Statement(self.run, (get_node_info() or {}).get("unique_id") or "dbt", "", ["Load"])
        schema: list[SchemaField] = list(job_config.schema or [])
        try:
            self.registry.load(_path(destination), schema)
            statement.created = ".".join(_path(destination))
        except RejectedError as rejection:
            statement.message = rejection.message
            raise _bad_request(rejection) from None
        finally:
            self._record(statement)
        return Job(destination=_path(destination))

    def copy_table(self, sources: Any, destination: TableReference, **_: Any) -> Job:
        """Copy the columns of a table, or of a partition (`name$20250101`)."""
        source = sources[0] if isinstance(sources, list) else sources
        columns = self.registry.get(_path(source)).columns
        if "$" not in destination.table_id:
            self.registry.create(Relation(_path(destination), "TABLE", dict(columns)), replace=True)
        return Job("COPY", _path(destination))

    def close(self) -> None:
        """Nothing to close: other threads go on with this client."""


def _rows(node: str, outcome: Outcome) -> list[tuple]:
    """One row of sample values, so that macros that loop over results have something to loop over.

    A data test finds no failure. A unit test gets nothing: then actual equals expected, and its verdict is not ours.
    """
    if outcome.empty or node.startswith("unit_test."):
        return []
    if node.startswith("test.") and list(outcome.columns) == _VERDICT_COLUMNS:
        return [(0, False, False)]
    return [tuple(column_types.sample_value(column_type) for column_type in outcome.columns.values())]


def _path(table: TableReference) -> Path:
    return table.project, table.dataset_id, table.table_id.partition("$")[0]


def _reference(path: Path) -> TableReference:
    return TableReference(DatasetReference(*path[:2]), path[2])


def _bad_request(rejection: RejectedError) -> BadRequest:
    return BadRequest(rejection.message, errors=[{"message": rejection.message, "reason": "invalidQuery"}])
