"""Warehouses that histories are replayed in: records go into raw tables, real dbt runs, and all rows are read."""

import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from types import MappingProxyType
from typing import NamedTuple

import duckdb
import yaml
from conftest import PROJECT, RememberingRunner
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from records import COLUMNS, RAW_COLUMNS, Record

from warehouse.duckdb_files import NEWEST_FORMAT

RAW_SCHEMA = "raw"
# Other variables of the project can be tried too, such as VARIABLES="{reporting_timezone: Europe/Berlin}".
# Few days of the calendar do, and are compared in no time.
VARIABLES = {
    "raw_from": "source",
    "raw_schema": RAW_SCHEMA,
    "calendar_from": "2025-01-01",
    "calendar_to": "2025-12-31",
    **yaml.safe_load(os.environ.get("VARIABLES") or "{}"),
}
# It counts runs, so it is the one column in which incremental and full may differ.
RUN_COUNTER = "change_number"
FILE_NAME = "replay.duckdb"


class Rows(NamedTuple):
    """What a relation holds: its columns, and how often each row is there."""

    columns: tuple[str, ...]
    counts: Counter


@dataclass
class ParsedProject:
    """The project, parsed once for one target, and dbt runs of it in this process: 1.5 s each instead of 10.

    Attributes:
        folder: where dbt writes; nothing of it is read.
        target: a target of profiles.yml.
        profiles: the folder of profiles.yml.
    """

    folder: Path
    target: str = "duckdb"
    profiles: Path = PROJECT / "profiles"
    manifest: Manifest = field(init=False)

    def __post_init__(self) -> None:
        self.manifest = RememberingRunner.read(self.command())
        for node in self.manifest.nodes.values():
            # Comments on columns are a third of a run's time and no rows.
            if node.resource_type == "model":
                node.config.persist_docs = {}

    def dbt(self, *arguments: str) -> list:
        """One dbt command; its results node by node. Raises AssertionError with dbt's messages when it fails."""
        done = dbtRunner(manifest=self.manifest).invoke(self.command(*arguments, "--threads", "1"))
        failures = [str(result.message) for result in done.result or () if result.status not in ("success", "skipped")]
        assert done.success, "\n".join([f"dbt {' '.join(arguments)} failed:", *failures, str(done.exception or "")])
        return list(done.result)

    def command(self, *arguments: str) -> list[str]:
        """A command with the options that all have: this project and target, its variables, and nothing said."""
        silent = ["--quiet", "--no-print", "--no-write-json", "--log-level", "none", "--log-level-file", "none"]
        folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(self.profiles)]
        folders += ["--target", self.target, "--target-path", str(self.folder / self.target)]
        folders += ["--log-path", str(self.folder / "logs")]
        own = yaml.safe_load(arguments[arguments.index("--vars") + 1]) if "--vars" in arguments else {}
        # Of an option that is given twice the last counts.
        return [*silent, *arguments, *folders, "--vars", yaml.safe_dump(VARIABLES | own, default_flow_style=True)]

    def relations(self) -> list[str]:
        """`schema.name` of every model, in no order."""
        return [f"{node.schema}.{node.alias}" for node in self.models()]

    def lasting(self) -> list[str]:
        """`schema.name` of those that a full refresh leaves as they are, because raw does not say what they say."""
        return [f"{node.schema}.{node.alias}" for node in self.models() if node.config.full_refresh is False]

    def models(self) -> list:
        """The models of the project, without those about runs, which each run changes."""
        models = [node for node in self.manifest.nodes.values() if node.resource_type == "model"]
        return [model for model in models if "run_history" not in model.tags]


class DuckDB:
    """A warehouse in a file of its own, held open so that dbt does not open and close it for every model."""

    def __init__(self, folder: Path, template: Path | None = None) -> None:
        """It begins as a copy of the file `template`, or with empty raw tables, in a new folder below `folder`."""
        # A new path each time, since whoever opens a path that is still open gets what is open, and not the file.
        self.path = Path(mkdtemp(dir=folder)) / FILE_NAME
        if template:
            shutil.copy(template, self.path)
        # As dbt opens it: two ways in one process are refused.
        self.connection = duckdb.connect(self.path, config=NEWEST_FORMAT)
        if not template:
            self.connection.execute(f"create schema {RAW_SCHEMA}")
            for table, columns in RAW_COLUMNS.items():
                texts = ", ".join(f"{column} varchar" for column in columns)
                arrival = "loaded_at timestamp, source_file varchar, source_position bigint, malformed_line varchar"
                self.connection.execute(f"create table {RAW_SCHEMA}.{table} ({texts}, {arrival})")

    def deliver(self, records: Iterable[Record]) -> None:
        """Append records to raw, many in a statement."""
        rows: dict[str, list[tuple]] = {}
        for record in records:
            rows.setdefault(record.table, []).append(record.row)
        for table, content in rows.items():
            names = (*RAW_COLUMNS[table], *COLUMNS)
            marks = f"({', '.join('?' * len(names))})"
            for first in range(0, len(content), 200):
                part = content[first : first + 200]
                self.connection.execute(
                    f"insert into {RAW_SCHEMA}.{table} ({', '.join(names)}) values {', '.join([marks] * len(part))}",
                    [value for row in part for value in row],
                )

    def rows(self, relation: str, without: str = RUN_COUNTER) -> Rows:
        """The rows of a relation with how often each is there, and its columns but for one."""
        result = self.connection.execute(f"select columns(lambda name: name <> '{without}') from {relation}")
        columns = [column for column, *_ in result.description]
        return Rows(tuple(columns), Counter(comparable(row) for row in result.fetchall()))

    def close(self) -> Path:
        """Give the file free, with everything in it, and say where it is."""
        self.connection.execute("force checkpoint")
        self.connection.close()
        return self.path

    def remove(self) -> None:
        """Close and delete it."""
        shutil.rmtree(self.close().parent)


class IncrementalWarehouse(DuckDB):
    """A warehouse in which dbt runs as it does every day."""

    def __init__(self, project: ParsedProject, folder: Path, template: Path | None = None) -> None:
        super().__init__(folder, template)
        self.project = project

    def dbt(self, *arguments: str) -> list:
        """A dbt command in this warehouse."""
        os.environ["WAREHOUSE_DUCKDB"] = str(self.path)
        return self.project.dbt(*arguments)

    def run(self, *arguments: str) -> list:
        """`dbt run`."""
        return self.dbt("run", *arguments)


class FullRefresh(DuckDB):
    """The truth: what a full refresh of the records gives, by the SQL that dbt compiled for one, in 0.2 s instead of 3.

    That this SQL does not depend on what is in raw is no assumption: histories end with real full refreshes too. What
    reads the same rows by the same query as before gives the same, and is not built again.
    """

    def __init__(self, statements: list[tuple[str, str]], folder: Path, template: Path) -> None:
        """`statements` are relations and their queries, in an order in which they can be built."""
        super().__init__(folder, template)
        self.statements = statements
        self.versions: Counter[str] = Counter()
        self.made_of: dict[str, tuple] = {}
        self.known: dict[tuple[str, str], tuple[int, Rows]] = {}
        profile = yaml.safe_load((PROJECT / "profiles" / "profiles.yml").read_text())
        for setting, value in profile["commerce_warehouse"]["outputs"]["duckdb"]["settings"].items():
            if "{{" not in str(value):
                self.connection.execute(f"set {setting} = '{value}'")
        for schema in {relation.split(".")[0] for relation, _ in statements}:
            self.connection.execute(f"create schema if not exists {schema}")

    def forget(self) -> None:
        """Empty raw again."""
        for table in RAW_COLUMNS:
            if self.connection.execute(f"delete from {RAW_SCHEMA}.{table}").fetchone() != (0,):
                self.versions[f"{RAW_SCHEMA}.{table}"] += 1

    def deliver(self, records: Iterable[Record]) -> None:
        """Append records to raw."""
        records = list(records)
        super().deliver(records)
        self.versions.update({f"{RAW_SCHEMA}.{record.table}" for record in records})

    def run(self, lasting: Mapping[str, Rows] = MappingProxyType({})) -> None:
        """Build everything; `lasting` are rows of relations that a full refresh leaves as they are."""
        for relation, query in self.statements:
            read = [f"{schema}.{name}" for schema, name in re.findall(r'"\w+"\."(\w+)"\."(\w+)"', query)]
            made_of = (query, [self.versions[name] for name in read], lasting.get(relation))
            if self.made_of.get(relation) == made_of:
                continue
            self.connection.execute(f"create or replace table {relation} as {query}")
            for row in lasting[relation].counts if relation in lasting else ():
                marks = ", ".join("?" * len(row))
                self.connection.execute(
                    f"insert into {relation} ({', '.join(lasting[relation].columns)}) values ({marks})", row
                )
            self.versions[relation] += 1
            self.made_of[relation] = made_of

    def rows(self, relation: str, without: str = RUN_COUNTER) -> Rows:
        """The rows of a relation; those of one that has not changed since are known."""
        key = (relation, without)
        version = self.versions[relation]
        if self.known.get(key, (None,))[0] != version:
            self.known[key] = (version, super().rows(relation, without))
        return self.known[key][1]

    def undo(self) -> None:
        """Take back what was done in a transaction, where nothing had been built before it."""
        self.connection.rollback()
        self.made_of.clear()
        self.known.clear()


def failure_in(warehouse: DuckDB, play: Callable[[], None]) -> AssertionError | None:
    """What is not as it should be when something is played in a warehouse, which is removed then; or None."""
    try:
        play()
    except AssertionError as error:
        return error
    finally:
        warehouse.remove()
    return None


def comparable(row: Iterable) -> tuple:
    """A row that can be counted."""
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)
