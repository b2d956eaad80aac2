"""The process that serves the BigQuery emulator. Started by `warehouse.bigquery_emulator.running`, not by hand.

It takes free ports on 127.0.0.1, writes them as JSON to a pipe of its parent's, and lives until its standard input
closes, which the operating system sees to however the parent ends.
"""

import asyncio
import gc
import json
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import bqemulator.server
import duckdb
from bqemulator.config import LogFormat, LogLevel, PersistenceMode, Settings
from bqemulator.storage.engine import DuckDBEngine
from bqemulator.versioning.snapshots import SnapshotManager
from sqlglot.dialects import BigQuery, Dialect, DuckDB
from sqlglot.expressions import DataType, Expr, core
from sqlglot.generator import Generator
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = "127.0.0.1"
# Functions of the emulator that look at a parsed statement and change nothing in it.
ONLY_READERS = frozenset(
    {
        "_capture_dml_snapshots",
        "_detect_catalog_drop",
        "_detect_create_schema",
        "_detect_plain_create_table",
        "_detect_plain_create_view",
        "_extract_ddl_metadata",
        "_parse_for_classification",
        "_parse_statement",
        "_reject_dml_on_immutable",
        "build_catalog_schema",
        "detect_drop_routine",
    }
)
# Those that return the text that they were given, or write out the tree of it once they have changed it.
REWRITERS = frozenset(
    {
        "rewrite_aggregate_variants",
        "rewrite_create_table_schema_ctas",
        "rewrite_datetime_helpers",
        "rewrite_division_by_zero",
        "rewrite_for_row_access",
        "rewrite_json_helpers",
        "rewrite_safe_helpers",
        "rewrite_specialized_types",
        "rewrite_struct_helpers",
        "rewrite_table_refs",
        "rewrite_unnest_struct",
    }
)
# Those that change the tree of a text that mostly nobody asks for again.
LAST_READERS = frozenset({"_apply_rules"})
TREES_AT_MOST = 64
PLAIN = frozenset({bool, float, int, str, type(None)})


class FailAtOnce:
    """ASGI middleware that answers 400, with the cause, where the emulator would answer 500 or above.

    Google's client repeats a request that got `internalError` for ten minutes; here the same statement fails the same
    way each time, so dbt should hear of it at once.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        failed, body = False, b""

        async def send_unless_failed(message: Message) -> None:
            nonlocal failed, body
            if message["type"] == "http.response.start":
                failed = message["status"] >= 500
            if failed:
                body += message.get("body", b"")
            else:
                await send(message)

        cause = None
        try:
            await self.app(scope, receive, send_unless_failed)
        except Exception as error:
            if not failed:
                raise
            cause = f"The emulator failed: {type(error).__name__}: {error}"
        if failed:
            text = cause or _message_in(body)
            error = {"code": 400, "message": text, "errors": [{"reason": "invalidQuery", "message": text}]}
            await JSONResponse({"error": error}, status_code=400)(scope, receive, send)


def _message_in(body: bytes) -> str:
    try:
        return json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")


def _load_spatial(engine: DuckDBEngine) -> None:
    """Load DuckDB's spatial extension, which the emulator insists on, from its package: no download, no copy."""
    version = f"v{duckdb.__version__}"
    extension = files("duckdb_extension_spatial") / "extensions" / version / "spatial.duckdb_extension"
    engine.connection.load_extension(str(extension))


def _write_numeric_exactly() -> None:
    """Have BigQuery's NUMERIC written for DuckDB as what it is, DECIMAL(38, 9).

    The emulator forgets the precision of `cast(… as numeric(38, 9))` in every statement that it rewrites first, such as
    one that reads a view, and DuckDB's plain DECIMAL keeps three decimals.
    """
    transforms = DuckDB.generator_class.TRANSFORMS
    as_it_was = transforms[DataType]

    def exactly(generator: Generator, data_type: DataType) -> str:
        if data_type.this == DataType.Type.DECIMAL and not data_type.expressions:
            return "DECIMAL(38, 9)"
        return as_it_was(generator, data_type)

    transforms[DataType] = exactly


def _parse_once() -> None:
    """Remember the trees of the last texts, for the emulator parses each statement some twenty-five times.

    A copy takes as long as parsing. Those who look have none, nor have those who rewrite: what they have changed they
    write out, once, and then nobody gets it any more. The last to ask for a text takes its tree along. Anybody else has
    a copy. The emulator names dialects without settings of their own.
    """
    parse = Dialect.parse
    remembered: OrderedDict[tuple, list[Expr | None]] = OrderedDict()

    def parse_once(dialect: Dialect, sql: str, **options: object) -> list[Expr | None]:
        key = (type(dialect), sql, *options.items())
        if key not in remembered:
            remembered[key] = parse(dialect, sql, **options)
        remembered.move_to_end(key)
        if len(remembered) > TREES_AT_MOST:
            remembered.popitem(last=False)
        asker = _asker()
        if asker in LAST_READERS:
            return remembered.pop(key)
        trees = remembered[key]
        return trees if asker in ONLY_READERS | REWRITERS else [tree and tree.copy() for tree in trees]

    def generate_and_forget(dialect: Dialect, expression: Expr, copy: bool = True, **options: object) -> str:
        if copy and expression.parent is None and _asker() in REWRITERS | LAST_READERS:
            for key in [key for key, trees in remembered.items() if any(tree is expression for tree in trees)]:
                del remembered[key]
            copy = False
        with idle_generator(dialect, **options) as generator:
            return generator.generate(expression, copy=copy)

    Dialect.parse, Dialect.generate = parse_once, generate_and_forget


_idle_generators: dict[tuple, list[Generator]] = {}


@contextmanager
def idle_generator(dialect: Dialect, **options: object) -> Iterator[Generator]:
    """A generator of a dialect that nobody is using: DuckDB's parses ten templates whenever one is made."""
    idle = _idle_generators.setdefault((type(dialect), *options.items()), [])
    generator = idle.pop() if idle else dialect.generator(**options)
    try:
        yield generator
    finally:
        idle.append(generator)


def _copy_plainly() -> None:
    """Copy a dict of plain values as one: sqlglot has one for each word of a statement, with its place."""
    deepcopy = core.deepcopy

    def copy(value: object) -> object:
        if type(value) is dict and PLAIN.issuperset(map(type, value.values())):
            return value.copy()
        return deepcopy(value)

    core.deepcopy = copy


def _asker() -> str:
    """The name of the function outside of sqlglot that has called whoever calls this."""
    asker = sys._getframe(2)
    while asker.f_globals["__name__"].startswith("sqlglot"):
        asker = asker.f_back
    return asker.f_code.co_name


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


async def _serve(project: str, ports_fd: int) -> None:
    emulator = bqemulator.server.EmulatorServer(
        Settings(
            rest_host=HOST,
            rest_port=0,
            grpc_host=HOST,
            grpc_port=0,
            persistence_mode=PersistenceMode.EPHEMERAL,
            default_project_id=project,
            enable_format_extensions=False,
            metrics_enabled=False,
            log_level=LogLevel.WARNING,
            log_format=LogFormat.CONSOLE,
        )
    )
    await emulator.start()
    with os.fdopen(ports_fd, "w") as ports:
        json.dump({"rest_port": emulator.rest_port, "grpc_port": emulator.grpc_port}, ports)
    await asyncio.Event().wait()


def main() -> None:
    """Serve the project that the first argument names until standard input closes; the second is the pipe for ports."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    create_app = bqemulator.server.create_app
    bqemulator.server.create_app = lambda context: FailAtOnce(create_app(context))
    DuckDBEngine._load_spatial = _load_spatial
    _write_numeric_exactly()
    _parse_once()
    _copy_plainly()
    # To know `from t, t.list` without unnest(), which nothing here has, sqlglot copies each joined query as it parses.
    BigQuery.parser_class.SUPPORTS_IMPLICIT_UNNEST = False
    # Trees come and go by the thousand; looking for garbage as often as Python does unasked takes half of the time.
    gc.set_threshold(500_000, 20, 100)
    # No time travel: the emulator would keep a copy of the whole table for each statement that changes it.
    SnapshotManager.capture = lambda *_, **__: None
    asyncio.run(_serve(project=sys.argv[1], ports_fd=int(sys.argv[2])))


if __name__ == "__main__":
    main()
