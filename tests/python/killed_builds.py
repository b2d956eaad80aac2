"""Builds of small warehouses in processes of their own that can be killed at a chosen point, and what they leave."""

import json
import re
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import duckdb
from conftest import PROJECT
from killable import start

RAW_SCHEMA = "landing"
LEDGER = "model_state"
# Models about runs: each run has its own id and times.
OF_RUNS = {path.stem for path in (PROJECT / "models" / "observability").glob("*/*.sql")}
COMMAND = ["build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
# Statements that change rows or tables, or make changes last; views and comments follow from the project alone.
STEP = re.compile(
    r"((alter|create|create temporary|drop|truncate) table|commit|copy|create schema|delete|insert|merge|update)\b",
    re.IGNORECASE,
)
# A build that takes longer hangs.
SECONDS_AT_MOST = 300


@dataclass(frozen=True)
class Point:
    """When to kill a build: `delay` seconds after its `step`-th step began. Step 0 is the start of the process.

    Steps are statements that change rows or tables, and the end of dbt's work, when the file is about to be closed.
    """

    step: int
    delay: float


@dataclass(frozen=True)
class Build:
    """A build that has ended, by itself or killed.

    Attributes:
        exit_code: as of a process; the negative number of the signal when killed.
        seconds: from start to end.
        steps: what was begun, in order: the node (or `dbt`) and its statement.
        running: the nodes that had begun and not ended.
        errors: the messages of dbt's errors.
    """

    exit_code: int
    seconds: float
    steps: list[str]
    running: list[str]
    errors: list[str]

    @property
    def was_killed(self) -> bool:
        return self.exit_code == -signal.SIGKILL

    def __str__(self) -> str:
        place = f"step {len(self.steps)}, {self.steps[-1]}" if self.steps else "no step yet"
        return f"after {self.seconds:.1f} s at {place}; running: {', '.join(self.running) or 'no node'}"


def build(folder: Path, *options: str, point: Point | None = None) -> Build:
    """Build `folder`/warehouse.duckdb from its raw tables, without tests; kill the process at `point`, if any."""
    arguments = ["--log-level", "debug", "--log-format", "json", "--log-level-file", "none"]
    arguments += ["--log-path", str(folder / "logs"), *COMMAND, *options]
    arguments += ["--target-path", str(folder / "target"), "--vars", f"{{raw_from: source, raw_schema: {RAW_SCHEMA}}}"]
    began = time.monotonic()
    process, printed = start("dbt", *arguments, WAREHOUSE_DUCKDB=str(warehouse(folder)))

    def kill_in(seconds: float) -> Timer:
        timer = Timer(seconds, process.kill)
        timer.start()
        return timer

    steps: list[str] = []
    running: dict[str, None] = {}
    errors: list[str] = []
    timers = [kill_in(SECONDS_AT_MOST if point is None or point.step else point.delay)]
    for line in printed:
        try:
            event = json.loads(line)
        except ValueError:  # The last line of a killed process.
            continue
        kind, node = event["info"]["name"], event["data"].get("node_info", {}).get("node_name", "dbt")
        if kind == "NodeStart":
            running[node] = None
        elif kind == "NodeFinished":
            running.pop(node, None)
        if event["info"]["level"] == "error":
            errors.append(event["info"]["msg"])
        if kind == "CommandCompleted" or (kind == "SQLQuery" and STEP.match(headline(event["data"]["sql"]))):
            steps.append(f"{node}: {headline(event['data'].get('sql', 'end'))}")
            if point and len(steps) == point.step:
                timers.append(kill_in(point.delay))
    for timer in timers:
        timer.cancel()
        timer.join()
    process.join()
    return Build(process.exitcode, time.monotonic() - began, steps, list(running), errors)


def headline(sql: str) -> str:
    """The first words of a statement, without dbt's comment."""
    return " ".join(re.sub(r"/\*.*?\*/", "", sql, flags=re.DOTALL).split())[:70]


def warehouse(folder: Path) -> Path:
    """The DuckDB file that is built in a folder."""
    return folder / "warehouse.duckdb"


def land(folder: Path, condition: str) -> int:
    """Append the records of the sample that meet a condition on loaded_at to the raw tables; how many there were."""
    records = 0
    with duckdb.connect(warehouse(folder)) as connection:
        connection.execute(f"create schema if not exists {RAW_SCHEMA}")
        for path in sorted((PROJECT / "seeds" / "raw").glob("*.csv")):
            table = f"{RAW_SCHEMA}.{path.stem}"
            connection.execute(
                f"create view sample as select * replace (loaded_at::timestamp as loaded_at, "
                f"source_position::bigint as source_position) from read_csv('{path}', all_varchar = true)"
            )
            connection.execute(f"create table if not exists {table} as select * from sample limit 0")
            records += connection.execute(f"insert into {table} select * from sample where {condition}").fetchone()[0]
            connection.execute("drop view sample")
    return records


def contents(folder: Path) -> dict[str, tuple[list, Counter]]:
    """Columns and rows of every relation but raw; schemas, what is recorded of relations, and runs only by name.

    Two things are left out of the rows: change numbers, for they count the runs of a model, which a killed one adds to,
    and dbt_scd_id, dbt's hash of what the row of a snapshot holds anyway.
    """
    found = {}
    with duckdb.connect(warehouse(folder)) as connection:
        for (schema,) in connection.execute("select schema_name from duckdb_schemas() where not internal").fetchall():
            found[schema] = ([], Counter())
        relations = connection.execute(
            "select table_schema || '.' || table_name, table_type from information_schema.tables "
            f"where table_schema <> '{RAW_SCHEMA}'"
        ).fetchall()
        for relation, kind in relations:
            columns = connection.execute(f"describe {relation}").fetchall()
            kept = ", ".join(row[0] for row in columns if row[0] not in ("change_number", "dbt_scd_id"))
            schema, name = relation.split(".")
            is_record = schema == "run_history" or name in {LEDGER, *OF_RUNS}
            rows = [] if is_record else connection.execute(f"select {kept} from {relation}").fetchall()
            found[relation] = ([kind, *(row[:2] for row in columns)], Counter(map(repr, rows)))
    return found


def unfinished(folder: Path) -> list[tuple]:
    """What is recorded wrongly: (table, its input) that is read up to another run, or (table, newer rows than that)."""
    with duckdb.connect(warehouse(folder)) as connection:
        schemas = connection.execute(
            f"select schema_name from duckdb_tables() where table_name = '{LEDGER}'"
        ).fetchall()
        states = {}
        for (schema,) in schemas:
            newest = f"select relation_name, max_by(state, run_number) from {schema}.{LEDGER} group by all"
            for name, state in connection.execute(newest).fetchall():
                states[f"{schema}.{name}"] = json.loads(state)
        behind = [
            (relation, read["place"])
            for relation, state in states.items()
            for read in state.get("inputs", {}).values()
            if read.get("number") and read["number"] != states[read["place"]]["number"]
        ]
        feeds = connection.execute(
            "select schema_name || '.' || table_name from duckdb_columns() where column_name = 'change_number'"
        ).fetchall()
        for (relation,) in feeds:
            (newest,) = connection.execute(f"select max(change_number) from {relation}").fetchone()
            # What a killed build has left beside a table is dropped by the next one.
            if newest and newest > states.get(relation, {}).get("number", newest):
                behind.append((relation, "newer rows"))
    return behind
