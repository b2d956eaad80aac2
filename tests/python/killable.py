"""Commands in processes of their own that can be killed, and need no seconds to begin.

They are copies of a process that has dbt, has read the project and has no thread. A copy of a process with threads, as
the test run and DuckDB have them, can break.
"""

import json
import os
import sys
import traceback
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TextIO

import pytest
from conftest import PROJECT, RememberingRunner, do_once, invoke_dbt
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli import main
from dbt_common.clients import jinja

from warehouse import cli

# Tells the process that is copied what to read: the folder of RememberingRunner, and the arguments of a command.
TO_READ = "WAREHOUSE_TEST_TO_READ"


def start(program: str, *arguments: str, **environment: str) -> tuple[BaseProcess, TextIO]:
    """Begin `dbt …` or `python -m warehouse …`; its process, and what it prints."""
    RememberingRunner.read(list(arguments))
    copies = get_context("forkserver")
    copies.set_forkserver_preload([__name__])
    reading, writing = copies.Pipe(duplex=False)
    variables = {**os.environ, "DBT_PROFILES_DIR": "profiles", **environment}
    process = copies.Process(target=_work, args=(writing, program, arguments, variables))
    with pytest.MonkeyPatch.context() as patch:
        # What is copied begins with the first command.
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        patch.setenv(TO_READ, json.dumps([str(RememberingRunner.parsed), arguments]))
        process.start()
    writing.close()
    return process, os.fdopen(os.dup(reading.fileno()))


def _work(writing: Connection, program: str, arguments: tuple[str, ...], variables: dict[str, str]) -> None:
    os.dup2(writing.fileno(), 1)
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(PROJECT)
    sys.stdout = sys.stderr = os.fdopen(1, "w")
    try:
        (invoke_dbt if program == "dbt" else cli.run)(list(arguments))
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    finally:
        # As at the end of a process of dbt.
        DuckDBConnectionManager.close_all_connections()
        sys.stdout.flush()


def _read(folder: str, arguments: list[str]) -> None:
    """Have what all copies need: the project, and the programs of its templates."""
    do_once()
    RememberingRunner.parsed = Path(folder)
    main.dbtRunner = RememberingRunner
    os.chdir(PROJECT)
    project = RememberingRunner.read(arguments)
    environment = jinja.get_environment()
    for macro in project.macros.values():
        if macro.package_name == project.metadata.project_name:
            environment.from_string(macro.macro_sql)
    for node in project.nodes.values():
        environment.from_string(node.raw_code)


if TO_READ in os.environ:
    _read(*json.loads(os.environ.pop(TO_READ)))
