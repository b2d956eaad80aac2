"""Stands in for dbt's adapter when sqlfluff renders models with plain jinja: fast, and enough to judge style."""


def dispatch(name: str, namespace: str | None = None):
    """What DuckDB is given where engines differ; else a call with the macro's name, so that SQL around it parses."""
    if name == "on_engine":
        return lambda duckdb, bigquery: duckdb
    return lambda *arguments: f"{name}({', '.join(str(argument) for argument in arguments)})"
