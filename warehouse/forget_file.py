"""`make forget-file`: a raw file was changed or removed on purpose."""

from __future__ import annotations

import difflib
from pathlib import Path

import duckdb

from warehouse.dbt_runs import Dbt
from warehouse.duckdb_files import NEWEST_FORMAT, warehouse_file
from warehouse.errors import UsageError
from warehouse.raw_files.known import mark_not_built, read_known, write_known


def forget_file(dbt: Dbt, project: Path, name: str) -> str:
    """Forget what was read of a raw file, by its name below the root, or of all files of a table.

    Returns a sentence on what comes of it: the next build reads the file anew, if it is there, and builds in full what
    was made of its table. Raises UsageError where no such file was read, or the table cannot be built again.
    """
    warehouse = warehouse_file(project)
    known = read_known(warehouse)
    name = name.strip("/")
    if not name:
        raise UsageError("Name the file below the folder of raw files, such as FILE=orders/a.csv, or a table.")
    forgotten = [file for file in known.files.values() if name in (file.name, file.table)]
    if not forgotten:
        near = difflib.get_close_matches(name, known.files, n=1)
        raise UsageError(
            f"No raw file {name} has been read; "
            + (f"did you mean {near[0]}?" if near else "raw_files.known_files has those that were.")
        )
    if day := dbt.query("select '{{ raw_kept_from() or '' }}' as kept_from")[0]["kept_from"]:
        raise UsageError(
            f"Raw from before {day} may be gone, so {forgotten[0].table} cannot be built again without {name}: bring "
            "the file back as it was, or build another warehouse."
        )
    kept = [file for file in known.files.values() if file not in forgotten]
    with duckdb.connect(warehouse, config=NEWEST_FORMAT) as connection:
        connection.begin()
        write_known(connection, kept, "", "raw_files")
        mark_not_built(connection, [forgotten[0].table])
        connection.commit()
    files = name if len(forgotten) == 1 else f"{len(forgotten)} files of {name}"
    table = forgotten[0].table
    return f"{files}: forgotten. The next `make build` reads {table} anew, and builds in full what is made of it."
