"""VARS=…: the dbt variables that are given to a command of make."""

from __future__ import annotations

import difflib
from datetime import date
from pathlib import Path

from warehouse.errors import UsageError


def read_variables(project: Path, text: str) -> dict[str, object]:
    """The variables that a YAML mapping such as `{session_timeout_seconds: 1200}` gives; none for an empty text.

    A day or a time stays the text that it is in YAML. Raises UsageError when the text is no mapping, or names what is
    no variable of the project, which dbt would not notice.
    """
    if not text:
        return {}
    import yaml

    try:
        given = yaml.safe_load(text)
    except ValueError as error:
        raise UsageError(f"VARS={text} has a day that is in no calendar, or a number that is none.") from error
    except (yaml.YAMLError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise UsageError(f"VARS={text} is not a YAML mapping; write VARS='{{session_timeout_seconds: 1200}}'.")
    known = _of_project(project)
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            raise UsageError(f"There is no variable {name}{f'; did you mean {near[0]}?' if near else '.'}")
    return {name: str(value) if isinstance(value, date) else value for name, value in given.items()}


def kept_from(project: Path, given: dict[str, object]) -> str | None:
    """The day from which on raw is kept, as text, by these variables or the project's own; None if it is complete."""
    day = given.get("raw_kept_from", _of_project(project)["raw_kept_from"])
    return None if day is None else str(day)


def _of_project(project: Path) -> dict[str, object]:
    import yaml

    return yaml.safe_load((project / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
