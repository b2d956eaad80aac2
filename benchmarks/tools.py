"""The other tools: each a program that writes a case's rows from a folder of raw files, and says how long it took."""

import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.processes import PROJECT, measure, python
from warehouse.errors import UsageError


@dataclass(frozen=True)
class Tool:
    """One tool.

    Attributes:
        name: as in the results.
        title: as people read it.
        program: what Python runs; further arguments are a case, a folder of raw files and where to write. It prints as
            its last line {"seconds": …}, which leaves out its own start.
        suffix: of what it writes.
        environment: the folder of the Python environment it runs in.
        makes_rows: whether it writes the rows of the mart, which then must be ours.
    """

    name: str
    title: str
    program: tuple[str, ...]
    suffix: str
    environment: str = ".venv"
    makes_rows: bool = True


TOOLS = (
    Tool("handwritten", "hand-written DuckDB script", ("benchmarks/in_duckdb.py", "handwritten"), ".duckdb"),
    Tool("polars", "Polars, streaming engine", ("benchmarks/in_polars/run.py",), ".parquet", ".venv-polars"),
    Tool("pyspark", "PySpark, local[2]", ("benchmarks/in_pyspark/run.py",), ".parquet", ".venv-pyspark"),
    Tool("lower_bound", "reading and hashing", ("benchmarks/in_duckdb.py", "lower_bound"), ".duckdb", makes_rows=False),
)


@dataclass(frozen=True)
class ToolRun:
    """One run of a tool: its own seconds without start-up, those of the whole process, the greatest memory (MiB)."""

    work_seconds: float
    seconds: float
    peak_mib: float


def run_tool(tool: Tool, case: Case, landing: Path, out: Path) -> ToolRun:
    """Run a tool. Raises UsageError when its environment is missing or it does not succeed."""
    if not (PROJECT / tool.environment).exists() and tool.environment != ".venv":
        raise UsageError(f"The environment of {tool.title} is not there; run `make bench`, which makes it.")
    run = measure([python(tool.environment), *tool.program, case.name, str(landing), str(out)])
    try:
        seconds = float(json.loads(run.output.strip().splitlines()[-1])["seconds"])
    except (ValueError, KeyError, IndexError) as error:
        raise UsageError(f"{tool.title} did not say how long it took: {run.output[-300:].strip()}") from error
    return ToolRun(seconds, run.seconds, run.peak_mib)
