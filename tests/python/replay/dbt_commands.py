"""dbt as people call it, in two targets of one file, with what they have changed and what goes wrong."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import yaml
from changes import AS_IT_IS, Settings
from conftest import PROJECT
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.cli.requires import _wire_adapter_for_external_manifest
from dbt.config import RuntimeConfig
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode
from dbt.task import retry
from habits import A_TEST, CLONE, DEFER, DEV, PROD, Habit, Trouble
from killed_builds import STEP, headline
from warehouses import ParsedProject

# Schemas of the target `dev` have this before the names that they have in production.
PREFIX = f"{DEV}_"


@dataclass(frozen=True)
class Outcome:
    """How a command ended: whether it succeeded, what dbt says of failures, and the models built, in order."""

    succeeded: bool
    messages: tuple[str, ...]
    built: tuple[ModelNode, ...]


@dataclass
class DbtCommands:
    """Commands of dbt in this process.

    Attributes:
        projects: the project as it is read for each target.
        state: a folder with the manifest of production.
    """

    projects: dict[str, ParsedProject]
    state: Path

    @classmethod
    def prepared(cls, prod: ParsedProject) -> "DbtCommands":
        """A second target beside the one for which the project was read, and what to defer to."""
        profiles, state = prod.folder / "profiles", prod.folder / "state"
        profiles.mkdir()
        profile = yaml.safe_load((PROJECT / "profiles" / "profiles.yml").read_text())
        outputs = profile["commerce_warehouse"]["outputs"]
        outputs[DEV] = {**outputs[prod.target], "schema": DEV}
        (profiles / "profiles.yml").write_text(yaml.safe_dump(profile))
        prod.manifest.write(str(state / "manifest.json"))
        dev = copy(prod)
        dev.target, dev.profiles, dev.manifest = DEV, profiles, in_dev(prod.manifest)
        return cls({PROD: prod, DEV: dev}, state)

    def call(self, warehouse: Path, habit: Habit, settings: Settings = AS_IT_IS) -> Outcome:
        """One command, with a retry where the habit says so."""
        os.environ["WAREHOUSE_DUCKDB"] = str(warehouse)
        project = self.projects[habit.target]
        words = habit.words
        if DEFER in words or words[0] == CLONE[0]:
            words = (*words, "--state", str(self.state))
        words = (*words, "--vars", yaml.safe_dump(dict(settings.variables), default_flow_style=True))
        results = project.folder / project.target / "run_results.json"
        results.unlink(missing_ok=True)
        with settings.made_in(project.manifest):
            with going_wrong(habit.trouble, project.manifest):
                command = project.command(*words, "--threads", "1")
                outcome = _outcome(project.manifest, _writing_results(command) if habit.trouble else command)
            if habit.trouble and habit.trouble.is_retried and not outcome.succeeded:
                # Without results there is nothing to retry: who sees that calls the same again.
                return self._retry(project) if results.exists() else _outcome(project.manifest, command)
        return outcome

    def _retry(self, project: ParsedProject) -> Outcome:
        """`dbt retry`, which takes everything but where to look from the command before; it reads the project anew."""
        words = _writing_results(project.command("retry", "--threads", "1"))
        for taken_over in ("--target", "--vars"):
            del words[words.index(taken_over) : words.index(taken_over) + 2]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(retry, "parse_manifest", known_manifest(project.manifest))
            return _outcome(project.manifest, words)


def in_dev(manifest: Manifest) -> Manifest:
    """The project as dbt reads it for the target `dev`, in a thirtieth of the time: only names of schemas differ."""
    manifest = deepcopy(manifest)
    for node in manifest.nodes.values():
        schema = DEV if node.schema == "warehouse" else PREFIX + node.schema
        if getattr(node, "relation_name", None):
            node.relation_name = node.relation_name.replace(f'."{node.schema}".', f'."{schema}".')
        node.schema = schema
    manifest.build_flat_graph()
    return manifest


def known_manifest(manifest: Manifest) -> Callable[..., Manifest]:
    """In the place of reading the project: this is known, and only the adapter is made ready."""

    def made_ready(config: RuntimeConfig, *_: object) -> Manifest:
        _wire_adapter_for_external_manifest(config, manifest, [])
        return manifest

    return made_ready


def _writing_results(words: list[str]) -> list[str]:
    return ["--write-json" if word == "--no-write-json" else word for word in words]


def _outcome(manifest: Manifest, words: list[str]) -> Outcome:
    done = dbtRunner(manifest=manifest).invoke(words)
    results = list(getattr(done.result, "results", None) or ())
    messages = [f"{result.node.name}: {result.message}" for result in results if result.status in ("error", "fail")]
    models = [result.node for result in results if result.status == "success" and result.node.resource_type == "model"]
    built = [model for model in models if "run_history" not in model.tags]
    exception = [] if done.exception is None else [str(done.exception)]
    return Outcome(done.success, (*messages, *exception), tuple(built))


@contextmanager
def going_wrong(trouble: Trouble | None, manifest: Manifest) -> Iterator[None]:
    """While it lasts, this goes wrong once."""
    written = 0
    add_query = DuckDBConnectionManager.add_query

    def counted(manager: DuckDBConnectionManager, sql: str, *arguments: object, **options: object) -> tuple:
        nonlocal written
        is_over = written >= trouble.number
        statement = headline(sql)
        written += STEP.match(statement) is not None and not statement.startswith("create schema")
        is_now = not is_over and written >= trouble.number
        # To the file, dbt that is killed is dbt of which no statement is executed any more.
        if (is_over and trouble.kind != "killed") or not (is_over or is_now):
            return add_query(manager, sql, *arguments, **options)
        if is_now and trouble.done:
            add_query(manager, sql, *arguments, **options)
        with manager.exception_handler(sql):
            raise duckdb.OutOfMemoryException("This statement is made to fail.")

    with pytest.MonkeyPatch.context() as patch:
        if trouble and trouble.kind == "test fails":
            (test,) = [node for node in manifest.nodes.values() if node.name == A_TEST]
            patch.setattr(test, "raw_code", "select 1 as broken")
        elif trouble:
            patch.setattr(DuckDBConnectionManager, "add_query", counted)
        yield
