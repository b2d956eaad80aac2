"""GoogleSQL in this process: parse a script, name its tables, analyze a statement."""

import contextlib
import ctypes
import queue
import re
from collections.abc import Callable
from pathlib import Path

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from wasmtime import Config, Engine, Linker, Module, Store, Trap, WasiConfig, WasmtimeError
from zetasql.core.exceptions import ServerError
from zetasql.core.wasm_client import WasmClient, get_tzinfo_dir
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2
from zetasql.wasi._pb2.zetasql.proto import options_pb2, simple_catalog_pb2

from tools.googlesql_check import language
from tools.googlesql_check.module_cache import load_module

# Most statements are about tables that one of so many before was about too.
_CATALOGS_KEPT = 32
_POSITION = re.compile(r"\s*\[at (\d+):(\d+)\]")


class RejectedError(Exception):
    """Google rejects a statement: its message and, where known, line and column, both counted from 1."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None):
        super().__init__(message)
        self.message, self.line, self.column = message, line, column

    @classmethod
    def from_server(cls, error: ServerError) -> "RejectedError":
        text = error.raw_error.partition("Message: ")[2] or error.raw_error
        found = _POSITION.search(text)
        line, column = (int(found[1]), int(found[2])) if found else (None, None)
        return cls(_POSITION.sub("", text).strip(), line, column)


class Analyzer:
    """GoogleSQL, in `instances` copies: as many threads are served at the same time, others wait."""

    def __init__(self, instances: int = 1, say: Callable[[str], None] = print, cache_directory: Path | None = None):
        """Load GoogleSQL; `say` gets a line when that takes long (see `module_cache`)."""
        config = Config()
        with contextlib.suppress(AttributeError):
            config.shared_memory = True
        self._engine = Engine(config)
        self._module = load_module(self._engine, say, cache_directory)
        self._idle: queue.LifoQueue[_Wasm] = queue.LifoQueue()
        for _ in range(instances):
            self._idle.put(_Wasm(self._engine, self._module))
        full = self._call(
            "GetLanguageOptions",
            local_service_pb2.LanguageOptionsRequest(maximum_features=True),
            options_pb2.LanguageOptionsProto,
        )
        self._language = language.language_options(full)
        builtin = self._call(
            "GetBuiltinFunctions",
            options_pb2.ZetaSQLBuiltinFunctionOptionsProto(language_options=self._language),
            local_service_pb2.GetBuiltinFunctionsResponse,
        )
        self._options = language.analyzer_options(self._language)
        self._base_catalog = language.base_catalog(self._language, list(builtin.function))

    def new_catalog(self) -> simple_catalog_pb2.SimpleCatalogProto:
        """A catalog with BigQuery's functions and no tables, for the caller to fill."""
        catalog = simple_catalog_pb2.SimpleCatalogProto()
        catalog.CopyFrom(self._base_catalog)
        return catalog

    def parse_script(self, sql: str) -> Message:
        """The parse tree (`ASTScriptProto`) of one or more statements. Raises `RejectedError`."""
        request = local_service_pb2.ParseRequest(sql_statement=sql, options=self._language, allow_script=True)
        return self._call("Parse", request, local_service_pb2.ParseResponse).parsed_script

    def table_names(self, sql: str) -> list[tuple[str, ...]]:
        """The paths of the tables that a statement names, common table expressions aside. Raises `RejectedError`."""
        request = local_service_pb2.ExtractTableNamesFromStatementRequest(sql_statement=sql, options=self._language)
        response = self._call(
            "ExtractTableNamesFromStatement", request, local_service_pb2.ExtractTableNamesFromStatementResponse
        )
        return [tuple(name.table_name_segment) for name in response.table_name]

    def analyze_statement(self, sql: str, catalog: simple_catalog_pb2.SimpleCatalogProto) -> Message:
        """The resolved tree (`AnyResolvedStatementProto`) of one statement. Raises `RejectedError`."""
        return self._analyze(catalog, sql_statement=sql).resolved_statement

    def analyze_expression(self, sql: str, catalog: simple_catalog_pb2.SimpleCatalogProto) -> Message:
        """The resolved tree (`AnyResolvedExprProto`) of one expression. Raises `RejectedError`."""
        return self._analyze(catalog, sql_expression=sql).resolved_expression

    def _analyze(self, catalog: simple_catalog_pb2.SimpleCatalogProto, **text: str) -> Message:
        def ask(wasm: _Wasm) -> Message:
            known = wasm.registered_catalog_id(catalog)
            request = local_service_pb2.AnalyzeRequest(options=self._options, registered_catalog_id=known, **text)
            return wasm.call("Analyze", request, local_service_pb2.AnalyzeResponse)

        return self._ask(ask)

    def _call(self, name: str, request: Message, response_type: type[Message]) -> Message:
        return self._ask(lambda wasm: wasm.call(name, request, response_type))

    def _ask(self, ask: Callable[["_Wasm"], Message]) -> Message:
        wasm = self._idle.get()
        try:
            return ask(wasm)
        except ServerError as error:
            raise RejectedError.from_server(error) from None
        except (Trap, WasmtimeError) as error:
            # A failed assertion inside GoogleSQL leaves its memory in an unknown state.
            wasm = _Wasm(self._engine, self._module)
            raise RejectedError(f"GoogleSQL broke down on this statement: {str(error).splitlines()[-1]}") from None
        finally:
            self._idle.put(wasm)


class _Wasm(WasmClient):
    """The package's client for a module compiled before, with memory copied in one piece instead of byte by byte."""

    def __init__(self, engine: Engine, module: Module):
        wasi = WasiConfig()
        wasi.inherit_stderr()
        if zones := get_tzinfo_dir():
            wasi.preopen_dir(zones, "/usr/share/zoneinfo")
        self.store = Store(engine)
        self.store.set_wasi(wasi)
        self.module = module
        linker = Linker(engine)
        linker.define_wasi()
        self.instance = linker.instantiate(self.store, self.module)
        self.exports = self.instance.exports(self.store)
        with contextlib.suppress(KeyError):
            self.exports["_initialize"](self.store)
        self.memory = self.exports["memory"]
        self._catalog_ids: dict[bytes, int] = {}

    def call(self, name: str, request: Message, response_type: type[Message]) -> Message:
        """Have GoogleSQL's service of that name answer a request. Raises `ServerError`."""
        return self.call_grpc_func(f"ZetaSqlLocalService_{name}", request, response_type)

    def registered_catalog_id(self, catalog: simple_catalog_pb2.SimpleCatalogProto) -> int:
        """The number under which this copy knows a catalog: to take in all functions anew is half of an analysis."""
        content = catalog.SerializeToString(deterministic=True)
        if content not in self._catalog_ids:
            if len(self._catalog_ids) == _CATALOGS_KEPT:
                oldest = self._catalog_ids.pop(next(iter(self._catalog_ids)))
                self.call("UnregisterCatalog", local_service_pb2.UnregisterRequest(registered_id=oldest), Empty)
            request = local_service_pb2.RegisterCatalogRequest(simple_catalog=catalog)
            self._catalog_ids[content] = self.call(
                "RegisterCatalog", request, local_service_pb2.RegisterResponse
            ).registered_id
        # Those that were asked for last stay longest.
        self._catalog_ids[content] = self._catalog_ids.pop(content)
        return self._catalog_ids[content]

    def write_bytes(self, ptr: int, data: bytes) -> None:
        ctypes.memmove(self._address(ptr), data, len(data))

    def read_bytes(self, ptr: int, size: int) -> bytes:
        return ctypes.string_at(self._address(ptr), size)

    def _address(self, ptr: int) -> int:
        return ctypes.addressof(self.memory.data_ptr().contents) + ptr
