"""What every table and view of a warehouse holds, written by the DuckDB of one environment and compared with another's.

`contents.py WAREHOUSE OUT` is run by the Python of a pair, so that its DuckDB answers the views. Values are written
as text, which all versions have in common.
"""

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb

# What is recorded of relations and of raw files has names of builds, times and folders in it, which no two have in
# common: only what is recorded counts.
RECORDS = {"model_state": "relation_name", "known_files": "source_file"}
# Models about runs: each run has its own id and times.
OF_RUNS = {path.stem for path in (Path(__file__).parents[3] / "models" / "observability").glob("*/*.sql")}
MOST_ROWS = 3


@dataclass(frozen=True)
class Relation:
    """A table or view: its columns with their types, and how often each row is there."""

    columns: tuple[str, ...]
    rows: Counter


def write(warehouse: str, out: str) -> None:
    """Write all relations of a warehouse as JSON."""
    found = {}
    with duckdb.connect(warehouse, read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        columns = connection.execute(
            "select table_schema || '.' || table_name, column_name, data_type from information_schema.columns "
            "where table_catalog = current_database() order by table_schema, table_name, ordinal_position"
        ).fetchall()
        for relation in {relation for relation, *_ in columns}:
            schema, table = relation.split(".")
            if schema == "run_history" or table in OF_RUNS:
                continue
            named = [(name, type_) for one, name, type_ in columns if one == relation]
            recorded = RECORDS.get(table)
            named = [(name, type_) for name, type_ in named if recorded in (name, None)]
            texts = ", ".join(f'cast("{name}" as varchar)' for name, _ in named)
            distinct = "distinct" if recorded else ""
            rows = connection.execute(f"select {distinct} {texts} from {relation}").fetchall()
            found[relation] = {"columns": [" ".join(pair) for pair in named], "rows": rows}
    Path(out).write_text(json.dumps(found))


def read(written: Path) -> dict[str, Relation]:
    """The relations that `write` has written."""
    return {
        name: Relation(tuple(found["columns"]), Counter(map(tuple, found["rows"])))
        for name, found in json.loads(written.read_text()).items()
    }


def differences(ours: dict[str, Relation], default: dict[str, Relation]) -> list[str]:
    """What is not the same, one text a relation: its types, or the first rows that only one of the two has."""
    found = []
    for name in sorted(ours.keys() | default.keys()):
        if name not in ours or name not in default:
            found.append(f"{name} is {'missing' if name not in ours else 'not there in the default'}")
            continue
        mine, theirs = ours[name], default[name]
        if mine.columns != theirs.columns:
            wrong = sorted(set(mine.columns) ^ set(theirs.columns))
            found.append(f"{name} has other columns or types: {', '.join(wrong) or 'the same in another order'}")
        elif mine.rows != theirs.rows:
            only_ours, only_default = mine.rows - theirs.rows, theirs.rows - mine.rows
            found.append(
                f"{name} ({', '.join(mine.columns)}): {only_ours.total()} rows are only here, such as "
                f"{list(only_ours)[:MOST_ROWS]}, and {only_default.total()} only in the default, such as "
                f"{list(only_default)[:MOST_ROWS]}"
            )
    return found


if __name__ == "__main__":
    write(*sys.argv[1:])
