"""Whether a tool has made the rows that the warehouse made."""

from pathlib import Path

import duckdb

from benchmarks.cases import Case


def differing_rows(case: Case, warehouse: Path, out: Path) -> int:
    """The number of rows that only one of the two has, after casting the tool's to the types of the mart.

    Args:
        warehouse: the DuckDB file of the warehouse.
        out: what the tool wrote: a DuckDB file with a table called like the case, a Parquet file, or a folder of them.
    """
    with duckdb.connect(config={"memory_limit": "6GB"}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        mart = f"warehouse.marts.{case.mart}"
        if out.suffix == ".duckdb":
            connection.execute(f"attach '{out}' as tool (read_only)")
            theirs = f"tool.main.{case.name}"
        else:
            theirs = f"read_parquet('{out}/*.parquet')" if out.is_dir() else f"read_parquet('{out}')"
        types = {name: type_ for name, type_, *_ in connection.execute(f"describe {mart}").fetchall()}
        given = {name for name, *_ in connection.execute(f"describe select * from {theirs}").fetchall()}
        columns = [name for name in types if name in given or name != case.hashed_id]
        ours_query = f"select {', '.join(columns)} from {mart}"
        casts = ", ".join(f"cast({name} as {types[name]}) as {name}" for name in columns)
        theirs_query = f"select {casts} from {theirs}"
        (differing,) = connection.execute(
            f"select count(*) from (({ours_query} except all {theirs_query}) "
            f"union all ({theirs_query} except all {ours_query}))"
        ).fetchone()
    return differing
