"""Runs one case of the benchmarks in Polars and prints how long it took.

    python benchmarks/in_polars/run.py CASE LANDING OUT.parquet

CASE is daily_fact, web_sessions, watch_streams or order_windows. LANDING holds the raw tables as folders of Parquet
files. The rows of the mart go to OUT.parquet, without the ids that are md5 sums. The last line printed is JSON,
{"seconds": S}: wall-clock seconds from after the imports until the file is written. A bad command line gives one
sentence and exit code 2.
"""

import json
import sys
from pathlib import Path
from time import perf_counter

import daily_fact
import order_windows
import watch_streams
import web_sessions

CASES = {
    "daily_fact": (daily_fact, ("app_logs", "users", "active_users", "orders", "exchange_rates")),
    "web_sessions": (web_sessions, ("web_events", "orders", "exchange_rates")),
    "watch_streams": (watch_streams, ("playback_heartbeats",)),
    "order_windows": (order_windows, ("orders", "exchange_rates")),
}


def main(arguments: list[str]) -> int:
    """Run the case that the command line names; the exit code, 0 or 2."""
    if len(arguments) != 3 or arguments[0] not in CASES:
        print(f"Give a case ({', '.join(CASES)}), the folder of the raw tables and a file to write.", file=sys.stderr)
        return 2
    module, tables = CASES[arguments[0]]
    landing, out = Path(arguments[1]), Path(arguments[2])
    missing = [table for table in tables if not any((landing / table).glob("*.parquet"))]
    if missing:
        print(f"There are no Parquet files in {landing / missing[0]}.", file=sys.stderr)
        return 2
    if not out.parent.is_dir():
        print(f"There is no folder {out.parent} to write {out.name} to.", file=sys.stderr)
        return 2
    started = perf_counter()
    module.result(landing).sink_parquet(out, compression="zstd", compression_level=1, engine="streaming")
    print(json.dumps({"seconds": perf_counter() - started}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
