"""How raw text is read, once more in plain Python: what the macros of `macros/parsing/` are compared with.

Each reader takes a text and gives the value that it means, or None; docs/values.md says the same in a table.
"""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

DIGITS = frozenset("0123456789")
INT64 = range(-(2**63), 2**63)
_FLAGS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "1.0"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "0.0"), False),
}


class _Cursor:
    """A text that is read from the left."""

    def __init__(self, text: str) -> None:
        self.rest = text

    def one_of(self, *choices: str) -> str:
        """The first of these that the rest begins with, taken away; empty where it begins with none."""
        for choice in choices:
            if self.rest.startswith(choice):
                self.rest = self.rest[len(choice) :]
                return choice
        return ""

    def digits(self, most: int = 10**6) -> str:
        """As many digits as there are, up to so many, taken away."""
        end = 0
        while end < min(most, len(self.rest)) and self.rest[end] in DIGITS:
            end += 1
        found, self.rest = self.rest[:end], self.rest[end:]
        return found

    def two_digits(self, below: int) -> int:
        """A number of two digits. Raises ValueError."""
        found = self.digits(2)
        if len(found) != 2 or int(found) >= below:
            raise ValueError(self.rest)
        return int(found)


def _number(text: str) -> tuple[Fraction, str, str, str] | None:
    """The value, and what stands before the point, from the point on, and after it."""
    cursor = _Cursor(text)
    sign = -1 if cursor.one_of("+", "-") == "-" else 1
    whole, point = cursor.digits(), cursor.one_of(".")
    decimals = cursor.digits() if point else ""
    exponent = 0
    if not whole + decimals:
        return None
    if cursor.one_of("e", "E"):
        exponent_sign = -1 if cursor.one_of("+", "-") == "-" else 1
        power = cursor.digits()
        if not 1 <= len(power) <= 3 or len(whole) > 9 or len(decimals) > 20:
            return None
        exponent = exponent_sign * int(power)
    if cursor.rest:
        return None
    value = sign * int(whole + decimals) * Fraction(10) ** (exponent - len(decimals))
    return value, whole, point, decimals


def whole_number(text: str) -> int | None:
    """A whole number of whatever size."""
    found = _number(text)
    if not found:
        return None
    value, whole, point, decimals = found
    return int(value) if value.denominator == 1 and whole and bool(point) == bool(decimals) else None


def integer(text: str) -> int | None:
    """A whole number within INT64."""
    number = whole_number(text)
    return number if number is not None and number in INT64 else None


def exact_decimal(text: str) -> Decimal | None:
    """A number that NUMERIC(38, 9) holds exactly."""
    found = _number(text)
    if not found or (found[0] * 10**9).denominator != 1 or abs(found[0]) >= 10**29:
        return None
    return Decimal(f"{int(found[0] * 10**9)}E-9")


def flag(text: str) -> bool | None:
    """True and false in the words of databases."""
    return _FLAGS.get(text.lower())


def day(text: str) -> date | None:
    """A date alone."""
    try:
        parts = [text[:4], text[5:7], text[8:]]
        if text[4:5] + text[7:8] != "--" or [len(part) for part in parts] != [4, 2, 2] or set("".join(parts)) - DIGITS:
            return None
        return date(*map(int, parts))
    except ValueError:
        return None


def time(text: str) -> datetime | None:
    """A time in UTC, cut to microseconds."""
    date_ = day(text[:10])
    if not date_:
        return None
    at = datetime(date_.year, date_.month, date_.day)
    if len(text) == 10:
        return at
    cursor = _Cursor(text[10:])
    try:
        if not cursor.one_of("T", " "):
            return None
        at += timedelta(hours=cursor.two_digits(24))
        if not cursor.one_of(":"):
            return None
        at += timedelta(minutes=cursor.two_digits(60))
        if cursor.one_of(":"):
            at += timedelta(seconds=cursor.two_digits(60))
            if cursor.one_of("."):
                decimals = cursor.digits()
                if not decimals:
                    return None
                at += timedelta(microseconds=int(f"{decimals}000000"[:6]))
        if cursor.one_of(" UTC", " Z", "Z"):
            return None if cursor.rest else at
        sign = cursor.one_of(" +", " -", "+", "-").strip()
        if sign:
            offset = timedelta(hours=cursor.two_digits(15))
            if cursor.one_of(":") or cursor.rest:
                offset += timedelta(minutes=cursor.two_digits(60))
            if offset > timedelta(hours=14):
                return None
            at = at - offset if sign == "+" else at + offset
        return None if cursor.rest else at
    except (ValueError, OverflowError):
        return None


def time_or_epoch(text: str) -> datetime | None:
    """A time, or seconds, milliseconds or microseconds since 1970 by their size."""
    number = None if text.startswith("-") else integer(text)
    for unit, least in ((10**6, 10**8), (10**3, 10**11), (1, 10**14)):
        if number is not None and least <= number < least * 1000:
            return datetime(1970, 1, 1) + timedelta(microseconds=number * unit)
    return time(text) if number is None else None


def json_fields(text: str, names: tuple[str, ...]) -> tuple[str | None, ...] | None:
    """The fields of a JSON object as texts, numbers as they are written; None where the text is no JSON object."""

    def first_of_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
        return dict(reversed(pairs))

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        fields = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=refuse, object_pairs_hook=first_of_each
        )
    except ValueError:
        return None
    return tuple(_field_text(fields.get(name)) for name in names) if isinstance(fields, dict) else None


def _field_text(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else None
