"""How the files of a table are written, where that is not as usual: `<root>/<table>/_format.yml`."""

import codecs
from dataclasses import dataclass, fields
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from warehouse.errors import UsageError

NAME = "_format.yml"
# What every encoding of text must give back.
_SAMPLE = "a,b\n"


@dataclass(frozen=True)
class Dialect:
    """How text, CSV and JSON lines of a table are written; Parquet says it itself.

    Attributes:
        delimiter: what stands between the fields of a CSV record: one character.
        quote: what stands around a field of CSV that holds a delimiter or a line end; none when there is no such thing.
        escape: what stands before a quote inside a quoted field of CSV; none when a quote is doubled there.
        encoding: Python's name of it.
        time_zone: of times that do not say theirs, by its IANA name.
    """

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    encoding: str = "utf-8"
    time_zone: str = "UTC"


def read_dialect(folder: Path) -> Dialect:
    """What `_format.yml` in a folder says; the usual where there is none. Raises UsageError, naming the file."""
    path = folder / NAME
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Dialect()
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError(f"{path} cannot be read as YAML ({str(error).splitlines()[0]}).") from error
    return dialect_of(given, str(path))


def dialect_of(given: object, path: str) -> Dialect:
    """What a mapping says that was read at `path`. Raises UsageError, naming that."""
    names = [field.name for field in fields(Dialect)]
    if not isinstance(given, dict):
        raise UsageError(f"{path} must be a YAML mapping with some of {', '.join(names)}.")
    if unknown := [str(name) for name in given if name not in names]:
        raise UsageError(f"{path} has {', '.join(unknown)}, and must have nothing but some of {', '.join(names)}.")
    dialect = Dialect(**given)
    for name in ("delimiter", "quote", "escape"):
        value = getattr(dialect, name)
        is_left_out = value is None and name != "delimiter"
        if not is_left_out and (not isinstance(value, str) or len(value) != 1 or value in "\r\n"):
            raise UsageError(f'{path}: {name} must be one character, not {value!r}; a tab is written "\\t".')
    try:
        encoding = codecs.lookup(dialect.encoding).name
        if codecs.getincrementaldecoder(encoding)().decode(_SAMPLE.encode(encoding), final=True) != _SAMPLE:
            raise LookupError(encoding)
    except (LookupError, TypeError, ValueError) as error:
        raise UsageError(f"{path}: there is no encoding {dialect.encoding!r}; write one such as latin-1.") from error
    try:
        ZoneInfo(dialect.time_zone)
    except (KeyError, OSError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path}: there is no time zone {dialect.time_zone!r}; write one such as Europe/Berlin."
        ) from error
    return Dialect(dialect.delimiter, dialect.quote, dialect.escape, encoding, dialect.time_zone)
