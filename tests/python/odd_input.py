"""A folder of raw files in which much is odd: every source in every format, the same for the same seed."""

import bz2
import csv
import gzip
import io
import json
import os
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.raw_contract import TABLES

# How many records a file has at most.
RECORDS_OF_A_FILE = 20_000
# What stands where something else should, or inside of it.
ODD = [
    *(
        "",
        " ",
        "\t",
        "null",
        "NULL",
        "None",
        "nan",
        "-",
        "+",
        "0",
        "-1",
        "1e5",
        "17850.0",
        "9223372036854775808",
        "é",
        "größe",
    ),
    *(
        "\\",
        '"',
        "'",
        ",",
        ";",
        "|",
        "=",
        "\r",
        "\u2028",
        "\u202e",
        "\ufeff",
        "\x00",
        "\x1b[31m",
        "[/b]",
        "</script>",
        "😀",
    ),
    *("{}", "[]", "{", "0001-01-01", "9999-12-31", "9999-12-31 23:59:59.999999", "2025-02-30", "24:00", "x" * 300),
]
TIMES = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S.%f+00",
    "%Y-%m-%d %H:%M:%S UTC",
    "%Y-%m-%dT%H:%M:%S.%f123+0100",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
]


class OddInput:
    """Writes raw files.

    Attributes:
        records: how many each table has got.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.records = dict.fromkeys(TABLES, 0)

    def write(self, root: Path, records: int) -> None:
        """So many records over all tables, in files of every format."""
        of_a_table = records // len(TABLES)
        for table in TABLES:
            formats = [_csv, _csv, _jsonl, _parquet] + ([_log, _log] if table == "app_logs" else [])
            number = 0
            while self.records[table] < of_a_table:
                count = min(RECORDS_OF_A_FILE, of_a_table - self.records[table], of_a_table // len(formats) + 1)
                rows = [self._row(table) for _ in range(count)]
                path = formats[number % len(formats)](self.rng, root / table / f"{number:04}", table, rows)
                arrived = datetime(2025, 3, 1, 6) + timedelta(hours=number)
                os.utime(path, (arrived.timestamp(), arrived.timestamp()))
                self.records[table] += count
                number += 1

    def _row(self, table: str) -> list[str | None]:
        """The fields of a record; one in five has something odd."""
        row: list[str | None] = _GOOD[table](self)
        if self.rng.random() < 0.2:
            at = self.rng.randrange(len(row))
            row[at] = self._odd(row[at])
        return row

    def _odd(self, text: str | None) -> str | None:
        kind = self.rng.randrange(4)
        odd = self.rng.choice(ODD)
        if kind == 0 or text is None:
            return None if odd == "" else odd
        at = self.rng.randrange(len(text) + 1)
        return odd if kind == 1 else text[:at] + odd + text[at + self.rng.randrange(3) :]

    def user(self) -> str:
        return str(self.rng.randrange(1, 300))

    def time(self) -> str:
        moment = datetime(2025, 2, 1) + timedelta(seconds=self.rng.randrange(28 * 86_400))
        return moment.strftime(self.rng.choice(TIMES))

    def of(self, *texts: str) -> str:
        return self.rng.choice(texts)

    def payload(self, **fields: object) -> list[str | None]:
        """A JSON document of which sometimes one field is odd, or is missing."""
        if self.rng.random() < 0.2:
            name = self.rng.choice(list(fields))
            fields[name] = self.rng.choice([None, True, 1.5, 1e300, 2**70, [], {"a": 1}, self._odd(str(fields[name]))])
        if self.rng.random() < 0.05:
            fields[self.of("new", "größe", 'a"b')] = self._odd("value")
        return [json.dumps(fields, ensure_ascii=self.rng.random() < 0.5)]


def _change(odd: OddInput) -> list[str | None]:
    moment = odd.rng.randrange(1_738_368_000_000, 1_740_700_000_000)
    row = {
        "shipment_id": f"s{odd.rng.randrange(500)}",
        "region": odd.of("north", "south"),
        "carrier": odd.of("DHL", "UPS"),
        "status": odd.of("created", "in_transit", "delivered"),
        "weight": odd.of("1.5", "2.25E0", "0.1"),
        "shipped_at": odd.time(),
        "promised_at": odd.time(),
        "delivered_at": None,
        "updated_at": odd.time(),
    }
    source = {"ts_ms": moment, "lsn": odd.rng.randrange(10**6)}
    return odd.payload(op=odd.of("c", "u", "r", "d"), before=None, after=row, source=source, ts_ms=moment)


_GOOD: dict[str, Callable[[OddInput], list[str | None]]] = {
    "app_logs": lambda odd: [
        f"2025-02-{odd.rng.randrange(1, 29):02}|user={odd.user()}|event={odd.of('view', 'buy')}|a=b"
    ],
    "users": lambda odd: [odd.user(), "Ann", "ann@example.com", "DE", odd.time(), odd.time()],
    "active_users": lambda odd: [odd.user(), odd.of("true", "t", "1", "no", "FALSE"), odd.time()],
    "orders": lambda odd: [
        f"o{odd.rng.randrange(10**6)}",
        odd.user(),
        "p1",
        odd.of("1", "2.0"),
        odd.of("9.99", "1e-05"),
        odd.of("19.98", "1E1"),
        odd.of("EUR", "usd", "JPY", "NOK"),
        odd.of("completed", "pending", "refunded"),
        odd.time(),
    ],
    "exchange_rates": lambda odd: [
        f"2025-0{odd.rng.randrange(1, 4)}-{odd.rng.randrange(1, 29):02}",
        odd.of("USD", "gbp", "JPY"),
        odd.of("0.92", "1e-05", "1.5E0", "0.915425317"),
    ],
    "user_events": lambda odd: [f"e{odd.rng.randrange(10**6)}", odd.user(), odd.of("view", "buy"), odd.time()],
    "web_events": lambda odd: [
        odd.of("click", "view"),
        odd.user(),
        "1.0",
        odd.time(),
        f"d{odd.rng.randrange(99)}",
        "web",
    ],
    "playback_heartbeats": lambda odd: odd.payload(
        user_id=odd.rng.randrange(1, 300),
        program_id="p",
        start_time="2025-02-01 00:00:00",
        session_id=odd.of("a", "b"),
        device="tv",
        event_time=odd.time(),
    ),
    "shipment_changes": _change,
    "shipment_scans": lambda odd: odd.payload(
        event_id=f"e{odd.rng.randrange(10**6)}",
        shipment_id=f"s{odd.rng.randrange(500)}",
        status=odd.of("in_transit", "delivered"),
        location="Ulm",
        event_time=odd.time(),
    ),
}


def _csv(rng: random.Random, path: Path, table: str, rows: list[list[str | None]]) -> Path:
    """Sometimes with lines that are no records, which count as one each."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator=rng.choice(["\n", "\r\n"]), quoting=csv.QUOTE_ALL)
    writer.writerow(TABLES[table])
    for row in rows:
        if rng.random() < 0.02:
            broken = ["a,b,c,d,e,f,g,h,i,j,k", 'x"y,"a"b', "1\r2"] + (["o2"] if len(row) > 1 else [])
            file.write(rng.choice(broken) + "\n")
        else:
            writer.writerow(row)
    return _written(rng, path, ".csv", file.getvalue())


def _jsonl(rng: random.Random, path: Path, table: str, rows: list[list[str | None]]) -> Path:
    def line(row: list[str | None]) -> str:
        record = dict(zip(TABLES[table], row, strict=True))
        if rng.random() < 0.1:
            record.pop(rng.choice(list(record)))
        if rng.random() < 0.05:
            record[rng.choice(["note", "größe", "[/b]"])] = rng.choice(ODD)
        text = json.dumps(record)
        return text[: rng.randrange(1, len(text))] if rng.random() < 0.02 else text

    # So that no key is missing everywhere.
    whole = json.dumps(dict(zip(TABLES[table], rows[0], strict=True)))
    return _written(rng, path, ".jsonl", "\n".join([whole, *map(line, rows[1:])]) + "\n")


def _log(rng: random.Random, path: Path, table: str, rows: list[list[str | None]]) -> Path:
    return _written(rng, path, ".log", "".join(f"{text or ''}\n" for (text,) in rows))


def _written(rng: random.Random, path: Path, ending: str, text: str) -> Path:
    compress = rng.choice([None, None, (".gz", gzip.compress), (".bz2", bz2.compress)])
    path = Path(f"{path}{ending}{compress[0] if compress else ''}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(compress[1](text.encode()) if compress else text.encode())
    return path


def _parquet(rng: random.Random, path: Path, table: str, rows: list[list[str | None]]) -> Path:
    """Columns have the narrowest type that some of their values have; other values are missing then."""
    columns = {}
    for name, values in zip(TABLES[table], zip(*rows, strict=True), strict=True):
        columns[name] = next(_typed(rng, list(values)))
    if rng.random() < 0.5:
        columns["note"] = pa.array([{"a": [1, None], "at": datetime(2025, 1, 1)}] * len(rows))
    path = path.with_name(path.name + ".parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def _typed(rng: random.Random, values: list[str | None]) -> Iterator[pa.Array]:
    texts = pa.array(values, pa.string())
    if rng.random() < 0.5:
        numbers = [_number(value) for value in values]
        if any(number is not None for number in numbers):
            yield pa.array(numbers, pa.float64())
        moments = [_moment(value) for value in values]
        if any(moments):
            yield pa.array(moments, pa.timestamp(rng.choice(["us", "ns"]), rng.choice([None, "UTC"])))
    yield texts.dictionary_encode() if rng.random() < 0.5 else texts


def _number(value: str | None) -> float | None:
    try:
        return float(value or "")
    except ValueError:
        return None


def _moment(value: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=None) if 1700 < moment.year < 2200 else None
