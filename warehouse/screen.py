"""What people see: plain text, whatever a file, a record or an error message holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console


def printable(text: str) -> str:
    """The text with every character that is not for reading, such as a tab or a terminal's escape, written out."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def say(*lines: str, to_stderr: bool = False) -> None:
    """Print each of the lines."""
    for line in lines:
        click.echo(printable(line), err=to_stderr)


def console() -> Console:
    """Where tables and progress are shown; no text is taken for markup."""
    # Rich takes a tenth of a second to import, and not every command shows a table.
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False)
