"""The steps of `make demo`. Whatever it starts listens on 127.0.0.1 and ends with it."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import duckdb
import psycopg

from ingestion.demo.api_server import api_server
from ingestion.demo.broker import broker
from ingestion.demo.postgres_server import postgres_server
from ingestion.demo.shop import Shop, lives

PROJECT = Path(__file__).resolve().parents[2]
# What was extracted and built stays here to be looked at; the next demo begins anew.
FOLDER = PROJECT / "target" / "demo"
WAREHOUSE = FOLDER / "warehouse.duckdb"
API_TOKEN = "demo"
# What has happened before, what happens while it is extracted, and what happens after the first build.
SHARES = (0.6, 0.2, 0.2)
# What the database says, and the table of the warehouse that is to say the same.
SAME = {
    "users": ("select count(*) from users", "select count(*) from marts.dim_users"),
    "orders": ("select count(*) from orders", "select count(*) from marts.fct_orders"),
    "shipments": ("select count(*) from shipments", "select count(*) from marts.dim_shipments"),
    "orders in euro": (
        "select sum(amount) from orders where coalesce(upper(currency), 'EUR') = 'EUR'",
        "select sum(order_amount) from marts.fct_orders where currency = 'EUR'",
    ),
}


def main() -> int:
    """Run the demo; 1 where source and warehouse differ in the end."""
    began = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "drop").mkdir(parents=True)
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="demo-")))
        say("Starting PostgreSQL, a broker that speaks Kafka's protocol, and an API.")
        database = stack.enter_context(postgres_server())
        shop = Shop(database.address(), stack.enter_context(broker(data)), FOLDER / "drop")
        api = stack.enter_context(api_server())
        api.records, api.token = shop.identities, API_TOKEN
        environment = {
            "SHOP_DATABASE_URL": shop.database,
            "IDENTITY_API_URL": api.address,
            "IDENTITY_API_TOKEN": API_TOKEN,
            "KAFKA_BROKERS": shop.brokers,
            "DROP_FOLDER": str(shop.drop),
            "WAREHOUSE_OPTION_LANDING": str(FOLDER / "landing"),
        }
        before, meanwhile, after = lives(SHARES)
        shop.open()
        say("The first days happen in the shop.")
        shop.live(before)
        say("Extracting, while the next days happen.")
        happening = threading.Thread(target=shop.live, args=[meanwhile])
        happening.start()
        extract(environment)
        happening.join()
        build()
        say("The last days happen. Extracting what is new, and building again.")
        shop.live(after)
        extract(environment)
        build()
        differences = compare(shop)
    print(f"\nAll that was started has ended. {time.monotonic() - began:.0f} s; the warehouse is {shown(WAREHOUSE)}.")
    return int(differences)


def extract(environment: dict[str, str]) -> None:
    """`make extract`, of all sources."""
    run([sys.executable, "-m", "ingestion", "extract"], environment)


def build() -> None:
    """`make build RAW=…`."""
    options = {"WAREHOUSE_OPTION_RAW": str(FOLDER / "landing"), "WAREHOUSE_DUCKDB": str(WAREHOUSE)}
    run([str(PROJECT / ".venv" / "bin" / "python"), "-m", "warehouse", "build"], options)


def compare(shop: Shop) -> bool:
    """Print what each source says and what the warehouse says; whether they differ anywhere."""
    lines = []
    with psycopg.connect(shop.database) as source, duckdb.connect(WAREHOUSE, read_only=True) as warehouse:
        for name, (theirs, ours) in SAME.items():
            lines.append((name, source.execute(theirs).fetchone()[0], warehouse.execute(ours).fetchone()[0]))
        for table, records in shop.records.items():
            (landed,) = warehouse.execute(f"select count(*) from raw_files.{table}").fetchone()
            lines.append((f"records of {table}", records, landed))
    say("What the sources say, and what the warehouse says:")
    for name, theirs, ours in lines:
        print(f"  {name:<32}{theirs:>14,.0f}{ours:>14,.0f}{'' if theirs == ours else '   different'}")
    return any(theirs != ours for _, theirs, ours in lines)


def run(command: list[str], environment: dict[str, str]) -> None:
    """A command of the project with more environment variables. What it says is seen; if it fails, the demo ends."""
    done = subprocess.run(command, cwd=PROJECT, env={**os.environ, **environment}, check=False)
    if done.returncode:
        sys.exit("The demo ends here: what stands above has not succeeded.")


def say(sentence: str) -> None:
    """A step."""
    print(f"\n== {sentence}", flush=True)


def shown(path: Path) -> str:
    """A path as one would type it in the project's folder."""
    return path.relative_to(PROJECT).as_posix()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(str(error))
