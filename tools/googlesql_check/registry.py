"""The datasets and relations that statements have created so far: names and column types, no rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from google.cloud.bigquery import SchemaField, Table
from zetasql.wasi._pb2.zetasql.proto import function_pb2, simple_catalog_pb2
from zetasql.wasi._pb2.zetasql.public import type_pb2

from tools.googlesql_check import column_types, information_schema
from tools.googlesql_check.analyzer import RejectedError

Columns = dict[str, type_pb2.TypeProto]
Path = tuple[str, str, str]


@dataclass
class Relation:
    """A table or view. `kind` is the API's word: TABLE, VIEW, MATERIALIZED_VIEW.

    Who reads it has to filter on the column `required_filter`, if that is set.
    """

    path: Path
    kind: str
    columns: Columns
    description: str | None = None
    required_filter: str | None = None

    def to_api(self) -> Table:
        """The relation as the BigQuery client returns it, empty."""
        project, dataset, name = self.path
        fields = [column_types.to_schema_field(*column).to_api_repr() for column in self.columns.items()]
        return Table.from_api_repr(
            {
                "tableReference": {"projectId": project, "datasetId": dataset, "tableId": name},
                "type": self.kind,
                "schema": {"fields": fields},
                "numRows": "0",
                "description": self.description,
                "lastModifiedTime": "1735732800000",
            }
        )


@dataclass
class Registry:
    """All datasets and relations of one imaginary BigQuery. `project` completes names that lack one."""

    project: str
    datasets: set[tuple[str, str]] = field(default_factory=set)
    relations: dict[Path, Relation] = field(default_factory=dict)
    functions: list[function_pb2.FunctionProto] = field(default_factory=list)

    def full_path(self, parts: tuple[str, ...]) -> Path:
        """Project, dataset and name of a path as written, whose identifiers may hold dots. Raises `RejectedError`."""
        names = tuple(".".join(parts).split("."))
        if len(names) == 2:
            names = (self.project, *names)
        if len(names) != 3:
            written = ".".join(parts)
            raise RejectedError(f'Table "{written}" must be qualified with a dataset (e.g. dataset.table).')
        return names

    def create(self, relation: Relation, replace: bool = False, keep: bool = False) -> None:
        """Add a relation; raise `RejectedError` where BigQuery would not create or replace it."""
        project, dataset, name = relation.path
        if (project, dataset) not in self.datasets:
            raise RejectedError(f"Not found: Dataset {project}:{dataset}")
        existing = self.relations.get(relation.path)
        if existing and keep:
            return
        if existing and not replace:
            raise RejectedError(f"Already Exists: Table {project}:{dataset}.{name}")
        if existing and existing.kind != relation.kind:
            raise RejectedError(f"{dataset}.{name} is a {existing.kind}: it cannot be replaced by a {relation.kind}")
        relation.to_api()  # Rejects columns that no table can hold.
        self.relations[relation.path] = relation

    def get(self, path: Path) -> Relation:
        """The relation at a full path. Raises `RejectedError` if there is none."""
        if path not in self.relations:
            raise RejectedError("Not found: Table {}:{}.{}".format(*path))
        return self.relations[path]

    def load(self, path: Path, schema: list[SchemaField]) -> None:
        """Create or replace a table with the columns of a load job."""
        columns = {column.name: column_types.from_schema_field(column) for column in schema}
        self.create(Relation(path, "TABLE", columns), replace=True)

    def spellings(self) -> list[tuple[str, ...]]:
        """Every way to write the name of every relation."""
        written = []
        for path in list(self.relations):
            written += [path, (".".join(path),), (path[0], ".".join(path[1:]))]
            if path[0] == self.project:
                written += [path[1:], (".".join(path[1:]),)]
        return written

    def fill_catalog(self, catalog: simple_catalog_pb2.SimpleCatalogProto, names: list[tuple[str, ...]]) -> None:
        """Add to `catalog` those of the named tables that exist, each under the name as written."""
        for name in sorted(set(names)):
            relation = self._find(name)
            columns = relation.columns if relation else information_schema.columns(tuple(".".join(name).split(".")))
            if columns is not None:
                add_table(catalog, name, columns)

    def required_filters(self, names: list[tuple[str, ...]]) -> dict[str, str]:
        """Name as written -> required filter column, of those named relations that have one."""
        found = {".".join(name): relation for name in names if (relation := self._find(name))}
        return {name: relation.required_filter for name, relation in found.items() if relation.required_filter}

    def _find(self, name: tuple[str, ...]) -> Relation | None:
        parts = tuple(".".join(name).split("."))
        return self.relations.get((self.project, *parts) if len(parts) == 2 else parts)


def nested_catalog(
    catalog: simple_catalog_pb2.SimpleCatalogProto, path: Sequence[str]
) -> simple_catalog_pb2.SimpleCatalogProto:
    """The catalog at `path` inside `catalog`, created where it is missing."""
    for part in path:
        nested = next((inner for inner in catalog.catalog if inner.name == part), None)
        catalog = nested if nested is not None else catalog.catalog.add(name=part)
    return catalog


def add_table(catalog: simple_catalog_pb2.SimpleCatalogProto, name: tuple[str, ...], columns: Columns) -> None:
    """Add a table to `catalog` under a name of one or more parts."""
    table = nested_catalog(catalog, name[:-1]).table.add(name=name[-1], full_name=".".join(name))
    for column, column_type in columns.items():
        table.column.add(name=column, type=column_type)
