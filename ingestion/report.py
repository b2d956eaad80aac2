"""What extractors tell while they read, and what they have done."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from ingestion.errors import is_passing


class Progress(Protocol):
    """Hears how far an extraction is."""

    def read(self, table: str, rows: int, total: int | None = None) -> None:
        """So many more rows of a table have been read, of so many if that is known."""


@dataclass
class Extracted:
    """What one source has brought.

    Attributes:
        rows: landed, by raw table.
        notices: sentences that a person should read: lines set aside, new columns, rows that are gone.
        failures: sentences about tables that could not be read; the others have been.
    """

    rows: Counter = field(default_factory=Counter)
    notices: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


class Trouble(str):
    """A line about what cannot be asked, among lines that say how it is."""


class Passing(str):
    """A failure that may be over when the source is read again later."""


def failure(sentence: str, error: Exception) -> str:
    """A sentence for `failures`, as a Passing where its error passes."""
    return Passing(sentence) if is_passing(error) else sentence
