"""dbt that does once in a process what it does in each run, or for each node: half of what a run takes beside SQL.

What it says, writes and sends to a warehouse stays the same.
"""

import json
import re
import shutil
import threading
from collections import ChainMap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from dbt import compilation
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.environments import Environment
from dbt.compilation import Compiler, Linker
from dbt.context.macros import MacroNamespace
from dbt.context.providers import BaseDatabaseWrapper, RuntimeDatabaseWrapper
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import (
    GenericTestNode,
    InjectedCTE,
    ManifestSQLNode,
    ParsedNode,
    SingularTestNode,
)
from dbt.flags import get_flags
from dbt.task import runnable
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.clients import agate_helper
from dbt_common.clients.jinja import BaseMacroGenerator, MacroFuzzTemplate, NativeSandboxTemplate
from dbt_common.dataclass_schema import dbtClassMixin
from dbt_common.events.base_types import BaseEvent, DebugLevel, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import get_event_manager
from jinja2.nodes import Template
from jinja2.sandbox import SandboxedEnvironment

# What the adapter says without looking at the warehouse.
_KNOWN_WITHOUT_LOOKING = ("dispatch", "quote", "type")
# What the SQL of a data test depends on beside the project and its variables.
_FLAGS = ("WHICH", "EMPTY", "SAMPLE", "FULL_REFRESH", "STORE_FAILURES")


def all_of_it() -> None:
    """Have this process do it once."""
    read_once()
    find_macros_once()
    dispatch_once()
    put_inputs_before_queries()
    compile_data_tests_once()
    write_manifests_once()
    say_only_what_is_heard()
    trust_templates()
    write_sql_beside_artifacts()
    draw_no_graph()
    set_up_duckdb_once()
    agate_helper.build_type_tester = _remembered_type_tester()


def read_once() -> None:
    """Take each text of a template apart once, and look once whether what is read of a project is of the right types.

    A project is read anew for other variables, with the same texts; what jinja makes of a text is only looked at.
    """
    parse, validate = SandboxedEnvironment.parse, dbtClassMixin.validate.__func__
    parsed: dict[tuple, Template] = {}
    valid: set[tuple[type, str]] = set()

    def parse_or_remember(
        self: SandboxedEnvironment, source: str, name: str | None = None, filename: str | None = None
    ) -> Template:
        key = type(self), *sorted(self.extensions), source
        if key not in parsed:
            parsed[key] = parse(self, source, name, filename)
        return parsed[key]

    def validate_or_remember(cls: type[dbtClassMixin], data: Any) -> None:
        key = cls, repr(data)
        if key not in valid:
            validate(cls, data)
            valid.add(key)

    SandboxedEnvironment.parse = parse_or_remember
    dbtClassMixin.validate = classmethod(validate_or_remember)


def find_macros_once() -> None:
    """Look each macro up and make it once for a node, instead of for each call.

    dbt looks for every name, `target` too, among all macros first, package by package.
    """
    found, made = MacroNamespace.__getitem__, BaseMacroGenerator.get_macro

    def contains(self: ChainMap, key: object) -> bool:
        # ChainMap's own is a generator for each map of maps.
        for mapping in self.maps:  # noqa: SIM110
            if key in mapping:
                return True
        return False

    def find(self: MacroNamespace, key: str) -> object:
        known = self.__dict__.setdefault("known", {})
        if key not in known:
            known[key] = found(self, key) if contains(self, key) else None
        if known[key] is None:
            raise KeyError(key)
        return known[key]

    def make(self: BaseMacroGenerator) -> Callable:
        if "made" not in self.__dict__:
            self.made = made(self)
        return self.made

    ChainMap.__contains__ = contains
    MacroNamespace.__getitem__ = find
    BaseMacroGenerator.get_macro = make


def dispatch_once() -> None:
    """Look once for a node which macro is the one of the engine."""
    dispatch = BaseDatabaseWrapper.dispatch

    def dispatch_or_remember(
        self: BaseDatabaseWrapper, macro_name: str, macro_namespace: str | None = None, packages: object = None
    ) -> object:
        known = self.__dict__.setdefault("dispatched", {})
        key = macro_name, macro_namespace
        if packages is not None or key not in known:
            known[key] = dispatch(self, macro_name, macro_namespace, packages)
        return known[key]

    BaseDatabaseWrapper.dispatch = dispatch_or_remember


def put_inputs_before_queries() -> None:
    """Put the inputs of a unit test before the query of its model without taking the query apart into all its words.

    That is three fifths of a unit test. Only the first word counts: `with`, or else none.
    """
    inject = compilation.inject_ctes_into_sql
    begins = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*with\s+(?:recursive\s+)?", re.IGNORECASE | re.DOTALL)
    texts_and_comments = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)

    def inject_before(sql: str, ctes: list[InjectedCTE]) -> str:
        found = begins.match(sql)
        if not ctes or not found or ";" in texts_and_comments.sub("", sql):
            return inject(sql, ctes)
        return f"{sql[: found.end()]}{', '.join(cte.sql for cte in ctes)}, {sql[found.end() :]}"

    compilation.inject_ctes_into_sql = inject_before


def compile_data_tests_once() -> None:
    """Compile a data test once for a project that is read once, and for the same variables and flags.

    A test for which the warehouse is asked is compiled each time.
    """
    compile_node, look = Compiler.compile_node, RuntimeDatabaseWrapper.__getattr__
    here = threading.local()

    def look_and_say(self: RuntimeDatabaseWrapper, name: str) -> object:
        if name not in _KNOWN_WITHOUT_LOOKING:
            here.has_looked = True
        return look(self, name)

    def compile_or_remember(
        self: Compiler, node: ManifestSQLNode, manifest: Manifest, *others: object, **more: object
    ) -> ManifestSQLNode:
        here.has_looked = False
        flags = get_flags()
        if not isinstance(node, GenericTestNode | SingularTestNode) or any(others) or more or flags.DEFER:
            return compile_node(self, node, manifest, *others, **more)
        remembered = manifest.__dict__.setdefault("compiled_tests", {})
        variables = json.dumps(self.config.cli_vars, sort_keys=True, default=str)
        key = node.unique_id, node.raw_code, variables, *(str(getattr(flags, name, None)) for name in _FLAGS)
        if known := remembered.get(key):
            node.compiled_code, node.relation_name = known
            node.compiled = True
            self._write_node(node)
            return node
        compiled = compile_node(self, node, manifest, *others)
        if not here.has_looked and not compiled.extra_ctes:
            remembered[key] = compiled.compiled_code, compiled.relation_name
        return compiled

    RuntimeDatabaseWrapper.__getattr__ = look_and_say
    Compiler.compile_node = compile_or_remember


def write_manifests_once() -> None:
    """Write the manifest of a project out once, and copy that: each run writes ten megabytes of JSON.

    What was compiled since is not in a copy, so `dbt compile` writes its own.
    """
    write = runnable.write_manifest

    def write_or_copy(manifest: Manifest, target_path: str, which: str | None = None) -> None:
        written = manifest.__dict__.get("written")
        if written is None or not written.exists() or get_flags().WHICH == "compile":
            write(manifest, target_path, which)
            manifest.written = Path(target_path, "manifest.json")
        for file in ("manifest.json", "semantic_manifest.json"):
            source, copy = manifest.written.with_name(file), Path(target_path, file)
            if source != copy and source.exists():
                shutil.copyfile(source, copy)

    runnable.write_manifest = write_or_copy


def write_sql_beside_artifacts() -> None:
    """Do not write the SQL of each node where no artifact is asked for either."""
    write = ParsedNode.write_node

    def write_if_asked(self: ParsedNode, project_root: str, compiled_path: str, compiled_code: str) -> None:
        if get_flags().WRITE_JSON:
            write(self, project_root, compiled_path, compiled_code)

    ParsedNode.write_node = write_if_asked


def draw_no_graph() -> None:
    """Do not write the graph of nodes beside the manifest: nobody reads it, and each node is converted for it."""
    Linker.get_graph_summary = lambda *_: {}
    Compiler.write_graph_file = lambda *_: None


def set_up_duckdb_once() -> None:
    """Give a warehouse its settings when it is opened, not for each node; and one thread.

    There are as many tests at work as cores, and tables of so few rows are read by one thread anyway.
    """
    begin, open_file = Environment.initialize_cursor.__func__, Environment.initialize_db.__func__

    def open_and_set(cls: type, creds: DuckDBCredentials, *others: object) -> duckdb.DuckDBPyConnection:
        connection = open_file(cls, creds, *others)
        for name, value in {**(creds.settings or {}), "threads": 1}.items():
            connection.execute(f"set global {name} = '{value}'")
        return connection

    def begin_as_set(cls: type, creds: DuckDBCredentials, *others: object) -> object:
        settings, creds.settings = creds.settings, None
        try:
            return begin(cls, creds, *others)
        finally:
            creds.settings = settings

    Environment.initialize_db = classmethod(open_and_set)
    Environment.initialize_cursor = classmethod(begin_as_set)


def say_only_what_is_heard() -> None:
    """Do not put into words, nor into a message, what dbt would say for debugging where nobody logs it."""
    begin, look, fire_event = BaseEvent.__init__, BaseEvent.__getattr__, EventManager.fire_event

    def is_heard() -> bool:
        return any(logger.level == EventLevel.DEBUG for logger in get_event_manager().loggers)

    def begin_later(self: BaseEvent, *others: object, **said: object) -> None:
        if isinstance(self, DebugLevel) and not is_heard():
            self.__dict__["said"] = others, said
        else:
            begin(self, *others, **said)

    def fire_what_is_heard(
        manager: EventManager, e: BaseEvent, level: EventLevel | None = None, *others: object, **more: object
    ) -> None:
        if (level or e.level_tag()) != EventLevel.DEBUG or is_heard():
            fire_event(manager, e, level, *others, **more)

    def begin_now(self: BaseEvent, key: str) -> object:
        if "said" in self.__dict__:
            positional, said = self.__dict__.pop("said")
            begin(self, *positional, **said)
            return getattr(self, key)
        return look(self, key)

    BaseEvent.__init__, BaseEvent.__getattr__ = begin_later, begin_now
    EventManager.fire_event = fire_what_is_heard
    # For a message that nobody reads, each command would look through all modules for the one that called it.
    BehaviorFlagRendered._default_source = staticmethod(lambda: "an adapter")


def trust_templates() -> None:
    """Do not ask for each attribute and call in a template of the project whether it is safe, nor copy all names."""
    SandboxedEnvironment.is_safe_attribute = lambda *_: True
    SandboxedEnvironment.is_safe_callable = lambda *_: True
    NativeSandboxTemplate.new_context = MacroFuzzTemplate.new_context


def _remembered_type_tester() -> Callable[..., Any]:
    build = agate_helper.build_type_tester

    @cache
    def remembered(text_columns: tuple[str, ...], null_values: tuple[str, ...]) -> Any:
        return build(text_columns, null_values)

    def build_once(text_columns: Any, string_null_values: Any = ("null", "")) -> Any:
        return remembered(tuple(text_columns), tuple(string_null_values))

    return build_once
