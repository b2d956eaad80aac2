"""Texts to read: right ones in every way to write them, nearly right ones, and others. The same each time."""

import random
import re
from collections.abc import Callable
from datetime import date, timedelta

_ODD = [*"0123456789+-.:, eEtTzZ_xu/'\"\\", "UTC", "00", "e5", " \t", "\N{ARABIC-INDIC DIGIT ONE}", "é", "\0", ""]
# Before large numbers in these places a message is JSON for some engines only: docs/values.md.
_ODD_PLACE = re.compile(r'[\s{\[,:\\]"\s*:\s*-?[0-9]|[\[,]\s*-?[0-9][0-9.]*[eE][-+]?[0-9]{3}')
_EDGES = [date.min, date.max, date(2024, 2, 29), date(1970, 1, 1), date(1, 12, 31), date(9999, 1, 1)]


def texts(kind: str, count: int, seed: int) -> list[str]:
    """So many texts of a kind; none is empty or has a blank at an end, for those are cut off before."""
    rng = random.Random(f"{kind} {seed}")
    write = _WRITERS[kind]
    found: list[str] = []
    while len(found) < count:
        text = write(rng)
        for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
            text = _spoilt(rng, text)
        if text.strip() == text != "" and not (write is _json and _ODD_PLACE.search(text)):
            found.append(text)
    return found


def _spoilt(rng: random.Random, text: str) -> str:
    """The text with something else in one place."""
    at, length = rng.randrange(len(text) + 1), rng.choice([0, 0, 1, 1, 2])
    return text[:at] + rng.choice(_ODD) + text[at + length :]


def _digits(rng: random.Random, most: int) -> str:
    return "".join(rng.choices("0001234567899", k=rng.randint(0, most)))


def _number(rng: random.Random) -> str:
    most = rng.choice([2, 5, 9, 10, 18, 20, 30, 40])
    edge = rng.choice([2**63, 2**63 - 1, 2**64, 10**29, 10**29 - 1, 10**18, 17850, 1])
    whole = rng.choice([_digits(rng, most), _digits(rng, most), str(edge)])
    decimals = rng.choice(["", "", ".", ".0", ".00", f".{_digits(rng, most)}", f".{_digits(rng, 9)}000"])
    power = rng.choice([0, 0, 1, 3, 5, 9, 10, 18, 28, 29, 300, 999, 1000])
    exponent = rng.choice(["", "", "", f"{rng.choice('eE')}{rng.choice(['', '+', '-', '-0', '+0'])}{power}"])
    return rng.choice(["", "", "-", "+"]) + whole + decimals + exponent


def _day(rng: random.Random) -> str:
    days = rng.choice([date(2025, 1, 1) + timedelta(days=rng.randint(-500, 500)), rng.choice(_EDGES)])
    return rng.choice(
        [str(days), str(days), f"{rng.randint(0, 9999):04}-{rng.randint(0, 13):02}-{rng.randint(0, 32):02}"]
    )


def _time(rng: random.Random) -> str:
    hour, minute, second = (rng.choice([0, rng.randint(0, last), last]) for last in (rng.choice([23, 23, 24]), 59, 59))
    decimals = rng.choice(["", f".{_digits(rng, 7)}", f".{_digits(rng, 12)}", ".999999999", ".000000", ".", ",5"])
    seconds = rng.choice(["", f":{second:02}", f":{second:02}", f":{second:02}{decimals}", ":60"])
    hours, minutes = rng.choice([0, 0, 1, 5, 12, 13, 14, 15]), rng.choice([0, 0, 30, 45, 59, 60])
    numbers = rng.choice(
        [f"{hours:02}", f"{hours:02}{minutes:02}", f"{hours:02}:{minutes:02}", f"{hours}:{minutes:02}"]
    )
    offset = rng.choice(
        ["", "", "Z", " Z", " UTC", "UTC", f"{rng.choice('+-')}{numbers}", f" {rng.choice('+-')}{numbers}"]
    )
    return rng.choice([_day(rng), f"{_day(rng)}{rng.choice(' TT t')}{hour:02}:{minute:02}{seconds}{offset}"])


def _time_or_epoch(rng: random.Random) -> str:
    number = str(rng.randint(1, 9)) + "".join(rng.choices("0123456789", k=rng.randint(6, 18)))
    return rng.choice([_time(rng), number, f"{number}.0", f"-{number}", f"{number[0]}.{number[1:]}E{len(number) - 1}"])


def _flag(rng: random.Random) -> str:
    word = rng.choice(
        ["true", "t", "yes", "y", "1", "1.0", "false", "f", "no", "n", "0", "0.0", "on", "null", _digits(rng, 9)]
    )
    return "".join(rng.choice([letter, letter.upper()]) for letter in word)


def _json(rng: random.Random) -> str:
    def string() -> str:
        inside = [
            "a",
            ":5",
            '\\"',
            '\\":1.50',
            ", ",
            "}",
            "e999",
            "nan",
            "\\\\",
            "{",
            "12:00:00.500",
            "-0",
            "größe",
            "\\u0041",
        ]
        return '"' + "".join(rng.choices(inside, k=rng.randint(0, 4))) + '"'

    def number() -> str:
        whole = rng.choice([*"0129", "17850", "123456789012345", _digits(rng, 20), "9223372036854775808"]) or "0"
        decimals = rng.choice(["", "", ".5", ".50", ".0", ".00001", f".{_digits(rng, 20)}", f".{'1' * 250}", "."])
        return (
            rng.choice(["", "-"])
            + whole
            + decimals
            + rng.choice(["", "", "", "e5", "E0", "E-05", "e+308", "e400", "e"])
        )

    def value(depth: int) -> str:
        choice = rng.random()
        if choice < 0.5:
            return number()
        if choice < 0.9 or depth:
            return rng.choice(
                [
                    string(),
                    string(),
                    "true",
                    "false",
                    "null",
                    "NaN",
                    "[]",
                    "[1, 2.50]",
                    '["x"]',
                    f"[{odd()}, 1]",
                    f"[1, {odd()}]",
                ]
            )
        return record(depth + 1)

    def odd() -> str:
        return rng.choice(["", " ", "-"]) + rng.choice(["NaN", "nan", "Infinity", "-inf", "2.50", ""])

    def record(depth: int = 0) -> str:
        comma, colon = rng.choice([", ", ",", " ,\n "]), rng.choice([": ", ":", " :\t"])
        names = rng.choices(["a", "b", "c", "d_1", "größe", "-", ""], k=rng.randint(0, 4))
        return "{" + comma.join(f'"{name}"{colon}{value(depth)}' for name in names) + "}"

    return record() if rng.random() < 0.95 else rng.choice([value(1), odd()])


_WRITERS: dict[str, Callable[[random.Random], str]] = {
    "integer": _number,
    "decimal": _number,
    "flag": _flag,
    "date": _day,
    "time": _time,
    "time_or_epoch": _time_or_epoch,
    "json": _json,
    "json_fields": _json,
}
