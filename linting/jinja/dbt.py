"""Stands in for dbt's own macros when sqlfluff renders models with plain jinja."""


def hash(field: str) -> str:  # noqa: A001 - the macro's name
    """As dbt.hash on DuckDB."""
    return f"md5({field})"
