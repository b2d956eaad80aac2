"""A literal record of the committed sample."""

import json
from typing import NamedTuple

# A field that is left out of its JSON object.
ABSENT = object()


class Dirt(NamedTuple):
    """What it is, the hour of its file, and its fields.

    The fields are those of the raw table, in order. None is null (an empty field of the CSV). The hour is that of the
    file that brings the record; it arrives five minutes after that hour.
    """

    kind: str
    hour: str
    fields: tuple[str | None, ...]


def whole_time(hour: str, time: str) -> str:
    """A time that is given as a whole, or as minute and second of an hour such as `2025-02-09T09`."""
    return f"{hour.replace('T', ' ')}:{time}" if time[2:3] == ":" else time


def json_of(fields: dict[str, object]) -> str:
    """A JSON object, without what is ABSENT in it or in an object right below."""
    inner = {name: _present(value) if isinstance(value, dict) else value for name, value in fields.items()}
    return json.dumps(_present(inner), ensure_ascii=False)


def _present(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not ABSENT}


def message(kind: str, hour: str, payload: str | None) -> Dirt:
    """A record of a table whose only field is a payload."""
    return Dirt(kind, hour, (payload,))
