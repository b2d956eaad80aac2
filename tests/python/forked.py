"""Commands in processes of their own that can be killed: copies of this one, which has dbt and the project read."""

import gc
import os
import sys
import traceback
import warnings
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import TextIO

import pytest
from conftest import PROJECT, RememberingRunner
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli import main


def started(command: Callable[[], None], **environment: str) -> tuple[BaseProcess, TextIO]:
    """Begin a command; its process, and what it prints.

    It ends as a process of dbt does, without an open warehouse, unless it is killed.
    """
    reading, writing = os.pipe()

    def work() -> None:
        os.close(reading)
        os.dup2(writing, 1)
        os.chdir(PROJECT)
        os.environ.update({"DBT_PROFILES_DIR": "profiles", **environment})
        sys.stdout = sys.stderr = os.fdopen(1, "w")
        try:
            command()
        except Exception:
            traceback.print_exc()
            sys.exit(2)
        finally:
            DuckDBConnectionManager.close_all_connections()
            gc.collect()
            sys.stdout.flush()

    process = get_context("fork").Process(target=work)
    with warnings.catch_warnings():
        # Python 3.12 warns of threads that a copy lacks. Those of DuckDB and of the test run wait for work.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    os.close(writing)
    return process, os.fdopen(reading)


def dbt_started(arguments: list[str], **environment: str) -> tuple[BaseProcess, TextIO]:
    """Begin plain dbt, with the project as this process reads it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        manifest = RememberingRunner.read(arguments)
    return started(lambda: sys.exit(0 if main.dbtRunner(manifest).invoke(arguments).success else 1), **environment)
