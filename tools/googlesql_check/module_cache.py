"""Keeps the compiled WebAssembly module of GoogleSQL on disk, because compiling it takes far longer than using it."""

import contextlib
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from wasmtime import Engine, Module, WasmtimeError
from zetasql.wasi import get_wasm_path

COMPILING = "Compiling Google's SQL analyzer for this machine: up to two minutes, once."


def default_cache_directory() -> Path:
    """The per-user directory of compiled modules: `$XDG_CACHE_HOME`, else `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "commerce-warehouse" / "googlesql"


def cache_file_name() -> str:
    """A file name that changes whenever the compiled code would: package, WebAssembly runtime or platform."""
    parts = ("zetasql", version("zetasql"), "wasmtime", version("wasmtime"), sys.platform, platform.machine())
    return "-".join(parts).replace("/", "_") + ".module"


def load_module(engine: Engine, say: Callable[[str], None], directory: Path | None = None) -> Module:
    """Return the GoogleSQL module for `engine`, from the cache or else compiled and then cached.

    `say` gets one line before a compilation. A cache that cannot be read is compiled anew, one that cannot be written
    is done without.
    """
    path = (directory or default_cache_directory()) / cache_file_name()
    if path.is_file():
        with contextlib.suppress(WasmtimeError):
            return Module.deserialize_file(engine, str(path))
    say(COMPILING)
    module = Module.from_file(engine, get_wasm_path())
    with contextlib.suppress(OSError):
        _write(path, module.serialize())
    return module


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        try:
            part.write(content)
            part.close()
            os.replace(part.name, path)  # In one step: a second process never reads half a file.
        finally:
            Path(part.name).unlink(missing_ok=True)
