"""Runs a SQL script on a new DuckDB file: `in_duckdb.py SCRIPTS CASE LANDING OUT.duckdb` runs `SCRIPTS/CASE.sql`.

The settings are those of the warehouse's profile. Prints the seconds of the statements, commit included.
"""

import json
import os
import sys
import time
from pathlib import Path

import duckdb

SETTINGS = {
    "memory_limit": os.environ.get("WAREHOUSE_MEMORY_LIMIT", "3GB"),
    "preserve_insertion_order": "false",
    "wal_autocheckpoint": "256MB",
    "storage_compatibility_version": "v1.5.0",
}


def main(scripts: str, case: str, landing: str, out: str) -> None:
    """Run the script; it reads the folder of raw files from the variable `landing`."""
    script = (Path(__file__).parent / scripts / f"{case}.sql").read_text()
    Path(out).unlink(missing_ok=True)
    with duckdb.connect(out, config=SETTINGS) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set variable landing = ?", [landing])
        began = time.perf_counter()
        for statement in duckdb.extract_statements(script):
            connection.execute(statement).fetchall()
        seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("Say which scripts, which case, where the raw files are and which file to write.")
    main(*sys.argv[1:])
