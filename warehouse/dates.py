"""Days as people write them on the command line."""

import re
from datetime import date

from warehouse.errors import UsageError


def read_day(name: str, text: str) -> date:
    """The text of the option `name` as a date. Raises UsageError when it is none."""
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{name}={text} is no date: write it like 2025-01-03.") from error
