"""How the warehouse's time and memory grow: with size, with one busy user, with late records; and streams of JSON."""

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.cases import CASES, records
from benchmarks.data import Landing, landing
from benchmarks.warehouse_runs import Warehouse, WarehouseRun

Say = Callable[[str], None]
MARTS = tuple(case.mart for case in CASES)
EVENTS_A_USER = 100
HOT_KEY_SHARES = (0.0, 0.1, 0.25, 0.5)
LATE_SHARES = (0.0, 0.01, 0.05, 0.3)
HOURS_LATE_AT_MOST = 30
# Streams of JSON by dial of datagen: their share of the records that are asked for, and the marts made of them.
STREAMS = {
    "shipment_changes": (0.8, ("dim_shipments", "fct_daily_shipments")),
    "heartbeats": (0.49, ("fct_watch_streams", "fct_daily_user_playback")),
}


def scale(sizes: Sequence[int], repeats: int, folder: Path, say: Say) -> dict:
    """Web sessions of so many web events: full and with one more day, for each of `sizes`."""
    points = []
    for size in sizes:
        say(f"{size:,} web events")
        raw = landing(folder / "data", web_events=size, users=max(size // EVENTS_A_USER, 100))
        points.append({"web_events": size} | _point(raw, ["fct_web_sessions"], repeats, folder, say))
    return {"repeats": repeats, "points": points}


def hot_key(size: int, repeats: int, folder: Path, say: Say) -> dict:
    """All four marts from `size` raw records, of which one user has a growing share."""
    points = []
    for share in HOT_KEY_SHARES:
        say(f"{share:.0%} of all records on one user")
        raw = landing(folder / "data", **records(size), hot_key_share=share)
        points.append({"hot_key_share": share} | _point(raw, MARTS, repeats, folder, say))
    return {"repeats": repeats, "records": size, "points": points}


def lateness(size: int, repeats: int, folder: Path, say: Say) -> dict:
    """All four marts from `size` raw records, of which a growing share comes up to 30 hours late."""
    points = []
    for share in LATE_SHARES:
        say(f"{share:.0%} of all records late")
        raw = landing(folder / "data", **records(size), late_share=share, late_hours=HOURS_LATE_AT_MOST)
        points.append({"late_share": share} | _point(raw, MARTS, repeats, folder, say))
    return {"repeats": repeats, "records": size, "points": points}


def streams(size: int, repeats: int, folder: Path, say: Say) -> dict:
    """Shipments from change data, and watch time from heartbeats: 8 and 4.9 million for a size of 10 million."""
    points = []
    for stream, (share, marts) in STREAMS.items():
        records_of_stream = round(size * share)
        say(f"{records_of_stream:,} {stream.replace('_', ' ')}")
        raw = landing(folder / "data", days=30, users=max(size // EVENTS_A_USER, 100), **{stream: records_of_stream})
        points.append({"stream": stream} | _point(raw, marts, repeats, folder, say))
    return {"repeats": repeats, "points": points}


def _point(raw: Landing, marts: Sequence[str], repeats: int, folder: Path, say: Say) -> dict:
    taken: dict[str, list[WarehouseRun]] = {"full": [], "one_more_day": []}
    for number in range(1, repeats + 1):
        say(f"  run {number} of {repeats}")
        warehouse = Warehouse(folder / "warehouse", *marts)
        taken["full"].append(warehouse.run(raw.before))
        taken["one_more_day"].append(warehouse.run(raw.after))
    sizes = {"records": raw.rows_before, "records_of_last_day": raw.rows_of_last_day}
    return sizes | {phase: _summary(runs) for phase, runs in taken.items()}


def _summary(runs: list[WarehouseRun]) -> dict:
    return {
        "sql": median(round(run.sql_seconds, 3) for run in runs),
        "seconds": median(round(run.seconds, 3) for run in runs),
        "peak_mib": round(max(run.peak_mib for run in runs)),
        "disk_mib": round(max(run.disk_mib for run in runs)),
    }
