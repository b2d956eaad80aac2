"""A literal record of the committed sample."""

from typing import NamedTuple


class Dirt(NamedTuple):
    """What it is, the hour of its file, and its fields.

    The fields are those of the raw table, in order. None is null (an empty field of the CSV). The hour is that of the
    file that brings the record; it arrives five minutes after that hour.
    """

    kind: str
    hour: str
    fields: tuple[str | None, ...]
