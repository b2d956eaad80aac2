"""The committed sample: small generated tables with the literal records of dirt.py mixed in, as dbt seeds."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from datagen.chunks import Chunk, schema
from datagen.dials import Dials
from datagen.dirt import DIRT
from datagen.span import ARRIVAL_DELAY, HOUR
from datagen.tables import MAKERS
from warehouse.errors import UsageError

SEEDS = Path(__file__).resolve().parent.parent / "seeds" / "raw"
DIALS = Dials(
    seed=2041,
    web_events=2250,
    log_lines=2700,
    orders=460,
    user_events=860,
    heartbeats=860,
    shipment_changes=450,
    shipment_scans=450,
    users=60,
    late_share=0.04,
    malformed_share=0.0,
    duplicate_share=0.015,
    unknown_user_share=0.015,
    inactive_share=0.1,
    hot_key_share=0.08,
    midnight_share=0.03,
)
# What comes every few seconds or hours comes on some days only, so that there is enough of it at a time.
DENSE = {
    "user_events": (date(2025, 2, 10), 3),
    "playback_heartbeats": (date(2025, 2, 10), 3),
    "shipment_changes": (date(2025, 2, 10), 10),
    "shipment_scans": (date(2025, 2, 10), 10),
}
# The identity system does not know Eve. Those before her stay active, so that the worked examples can be recognised.
WITHOUT_IDENTITY = "5"
ALWAYS_ACTIVE = frozenset("1234")

Row = tuple[str, ...]


def sample(table: str, dials: Dials = DIALS) -> bytes:
    """The CSV text of one seed (UTF-8), rows in order of arrival; an empty field is null."""
    if table in DENSE:
        start, days = DENSE[table]
        dials = replace(dials, start_date=start, days=days)
    maker = MAKERS[table](dials)
    made = maker.make(Chunk(0, maker.total, maker.total))
    rows = [tuple("" if value is None else str(value) for value in row.values()) for row in made.to_pylist()]
    if table == "active_users":
        rows = [
            row for row in rows if row[0] != WITHOUT_IDENTITY and not (row[0] in ALWAYS_ACTIVE and row[1] == "false")
        ]
    # loaded_at, source_file and source_position are the last three fields.
    last: dict[str, int] = {}
    for *_, file, position in rows:
        last[file] = max(last.get(file, 0), int(position))
    for dirt in DIRT[table]:
        file = f"{table}/{dirt.hour}.{maker.extension}"
        last[file] = last.get(file, 0) + 1
        loaded_at = np.datetime64(dirt.hour, "us") + np.timedelta64(HOUR + ARRIVAL_DELAY, "us")
        fields = ("" if field is None else field for field in dirt.fields)
        rows.append((*fields, str(loaded_at.astype("datetime64[s]")).replace("T", " "), file, str(last[file])))
    rows.sort(key=lambda row: (row[-3], row[-2], int(row[-1])))
    lines = [",".join(map(_field, row)) for row in ((*schema(table).names,), *rows)]
    return ("\n".join(lines) + "\n").encode()


def _field(text: str) -> str:
    """A CSV field. The csv module of Python before 3.13 leaves a carriage return unquoted, which breaks readers."""
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in '",\r\n') else text


def write_sample(folder: Path = SEEDS) -> dict[str, int]:
    """Write all seeds into `folder`; the bytes written per table. Raises UsageError when that is not possible."""
    sizes = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for table in MAKERS:
            sizes[table] = (folder / f"{table}.csv").write_bytes(sample(table))
    except OSError as error:
        raise UsageError(f"Cannot write the seeds to {folder} ({error.strerror}): make it writable.") from error
    return sizes
