"""Raw data for benchmarks: made once for each set of dials, and divided into what is there and one more day."""

import os
import shutil
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import duckdb

from datagen.dials import Dials
from datagen.write import Output, write_tables

RECORD_DIALS = ("log_lines", "web_events", "heartbeats", "orders", "user_events", "shipment_changes", "shipment_scans")
NOTHING = dict.fromkeys(RECORD_DIALS, 0)


@dataclass(frozen=True)
class Landing:
    """Two folders of raw files: `before` holds all but what came with the last day, `after` all."""

    before: Path
    after: Path
    # Records in `before`, and in the last day's files.
    rows_before: int
    rows_of_last_day: int


def landing(folder: Path, **dials: float) -> Landing:
    """Raw files made with these dials of datagen (tables that are not named are empty), in a folder below `folder`.

    They are made once and found again, since the same dials give the same bytes.
    """
    dials = NOTHING | {"users": 100} | dials
    made = Dials(**dials)  # type: ignore[arg-type]
    name = "-".join(f"{dial}={value}" for dial, value in sorted(dials.items()) if value)
    root = folder / name
    if not (root / "complete").exists():
        shutil.rmtree(root, ignore_errors=True)
        write_tables(made, Output(root / "made", "parquet", False), False, lambda _table, _units: None)
        # The first file of a day comes five minutes after its first hour.
        last_day = datetime.combine(made.start_date, time()) + timedelta(days=made.days - 1, minutes=30)
        _divide(root, last_day)
        shutil.rmtree(root / "made")
        (root / "complete").touch()
    return Landing(root / "before", root / "after", _rows(root / "before", "before"), _rows(root / "after", "last_day"))


def _divide(root: Path, last_day: datetime) -> None:
    with duckdb.connect() as connection:
        for table in sorted(path.name for path in (root / "made").iterdir()):
            for folder in ("before", "after"):
                (root / folder / table).mkdir(parents=True)
            for part, condition in (("before", "<"), ("last_day", ">=")):
                connection.execute(
                    f"copy (from read_parquet('{root}/made/{table}/*.parquet') where loaded_at {condition} ?) "
                    f"to '{root}/after/{table}/{part}.parquet'",
                    [last_day],
                )
            os.link(root / "after" / table / "before.parquet", root / "before" / table / "before.parquet")


def _rows(folder: Path, part: str) -> int:
    with duckdb.connect() as connection:
        (rows,) = connection.execute(
            f"select sum(num_rows) from parquet_file_metadata('{folder}/*/{part}.parquet')"
        ).fetchone()
    return int(rows)
