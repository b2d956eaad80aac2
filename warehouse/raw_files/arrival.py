"""Times and positions that are text, by one rule: in Python for text files, in SQL for Parquet.

Times are read as staging reads them, see docs/values.md.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

# With the decimals that pandas writes beside nulls.
_POSITION = "([-+]?[0-9]+)(?:[.]0+)?"
# Decimals beyond microseconds are cut off.
_TIME = (
    "([0-9]{4}-[0-9]{2}-[0-9]{2})"
    "(?:[ T]((?:[01][0-9]|2[0-3]):[0-5][0-9])(?::([0-5][0-9])(?:[.]([0-9]{1,6})[0-9]*)?)?"
    "( ?Z| UTC| ?([-+])(0[0-9]|1[0-4])(?::?([0-5][0-9]))?)?)?"
)
_PARTS = ["day", "minute", "second", "decimals", "zone", "sign", "hours", "minutes"]
_LONGEST_OFFSET = timedelta(hours=14)
_FIRST, _LAST = (f"timestamp '{moment}'" for moment in (datetime.min, datetime.max))


def time_of(text: str, zone: tzinfo = UTC) -> datetime | None:
    """The time in UTC, without a zone; `zone` is that of a time without an offset. None where the text is no time."""
    found = re.fullmatch(_TIME, text.strip(" "))
    if not found:
        return None
    day, minute, second, decimals, own_zone, sign, hours, minutes = found.groups(default="")
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if offset > _LONGEST_OFFSET:
        return None
    try:
        moment = datetime.fromisoformat(f"{day} {minute or '00:00'}:{second or '00'}.{decimals:0<6}")
        if own_zone:
            return moment + offset if sign == "-" else moment - offset
        return moment.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def position_of(text: str) -> int | None:
    """A whole number of 64 bits. None where the text is no such number."""
    found = re.fullmatch(_POSITION, text.strip(" "))
    # Python reads no more than some thousand digits.
    number = int(found[1]) if found and len(found[1]) < 100 else 2**63
    return number if -(2**63) <= number < 2**63 else None


def time_in_sql(text: str) -> str:
    """What time_of() says of an expression."""
    # As DuckDB writes a time, which it tells several times faster.
    usual = f"try_cast({text} as timestamp)"
    is_usual = f"cast({usual} as varchar) = {text} and {text}[5] = '-' and {text}[14] = ':'"
    part = f"regexp_extract(trim({text}, ' '), '^{_TIME}$', {_PARTS})"
    moment = (
        f"try_cast({part}.day || ' ' || if({part}.minute = '', '00:00', {part}.minute) || ':' || "
        f"if({part}.second = '', '00', {part}.second) || '.' || {part}.decimals || '0' as timestamp)"
    )
    offset = f"to_minutes(60 * cast('0' || {part}.hours as int) + cast('0' || {part}.minutes as int))"
    in_utc = f"if({part}.sign = '-', {moment} + {offset}, {moment} - {offset})"
    hours = int(_LONGEST_OFFSET / timedelta(hours=1))
    is_time = f"{offset} <= to_hours({hours}) and {in_utc} between {_FIRST} and {_LAST}"
    return f"case when {is_usual} then {usual} when {is_time} then {in_utc} end"


def position_in_sql(text: str) -> str:
    """What position_of() says of an expression."""
    return f"try_cast(regexp_extract(trim({text}, ' '), '^{_POSITION}$', 1) as bigint)"
