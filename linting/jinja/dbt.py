"""Stands in for dbt's own macros when sqlfluff renders models with plain jinja."""


def hash(field: str) -> str:
    """As dbt.hash on DuckDB."""
    return f"md5({field})"


def split_part(text: str, delimiter: str, part: int) -> str:
    """As dbt.split_part on DuckDB."""
    return f"split_part({text}, {delimiter}, {part})"


def date_trunc(part: str, time: str) -> str:
    """As dbt.date_trunc on DuckDB."""
    return f"date_trunc('{part}', {time})"
