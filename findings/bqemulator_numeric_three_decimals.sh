#!/usr/bin/env bash
# bqemulator 1.4.0 keeps three decimals of a NUMERIC that is named without its precision; BigQuery keeps nine.
#
# It writes the type for DuckDB as plain DECIMAL, which there is DECIMAL(18, 3). A value is rounded when it is stored, cast
# or summed, without an error, so money and rates differ from what BigQuery gives.
#
# Below, 12.345678901 is cast to NUMERIC, stored in a table, and read directly and through a view.
#
# Seen on Linux with Python 3.11:
#   cast('12.345678901' as numeric): 12.346
#   sum(price) of the table: 12.346
#   cast(price as numeric) of the view: 12.346
#
# Needs python3 and a package index. Listens on 127.0.0.1 only. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv environment
environment/bin/python -m pip install --quiet --disable-pip-version-check \
    bqemulator==1.4.0 duckdb==1.5.5 duckdb-extension-spatial==1.5.5 numpy==2.4.6

cat > ask.py <<'PYTHON'
import asyncio
import json
import urllib.request
from importlib.resources import files

import duckdb
from bqemulator.config import PersistenceMode, Settings
from bqemulator.server import EmulatorServer
from bqemulator.storage.engine import DuckDBEngine


def load_spatial(engine):
    """From its package: nothing is downloaded while the emulator starts."""
    file = files("duckdb_extension_spatial") / "extensions" / f"v{duckdb.__version__}" / "spatial.duckdb_extension"
    engine.connection.load_extension(str(file))


def ask(port):
    def post(path, body):
        url = f"http://127.0.0.1:{port}/bigquery/v2/projects/made-up/{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def query(sql):
        return post("queries", {"query": sql, "useLegacySql": False})

    post("datasets", {"datasetReference": {"projectId": "made-up", "datasetId": "shop"}})
    exact = "cast('12.345678901' as numeric)"
    query(f"create table shop.prices as select {exact} as price")
    query("create view shop.seen as select price from shop.prices")
    with open("seen", "w") as seen:
        for name, sql in {
            exact: f"select {exact}",
            "sum(price) of the table": "select sum(price) from shop.prices",
            "cast(price as numeric) of the view": "select cast(price as numeric) from shop.seen",
        }.items():
            print(f"{name}: {query(sql)['rows'][0]['f'][0]['v']}", file=seen)


async def main():
    settings = {f"{kind}_{name}": value for kind in ("rest", "grpc") for name, value in (("host", "127.0.0.1"), ("port", 0))}
    server = EmulatorServer(
        Settings(
            **settings,
            persistence_mode=PersistenceMode.EPHEMERAL,
            default_project_id="made-up",
            enable_format_extensions=False,
            metrics_enabled=False,
        )
    )
    await server.start()
    await asyncio.to_thread(ask, server.rest_port)
    await server.stop()


DuckDBEngine._load_spatial = load_spatial
asyncio.run(main())
PYTHON

environment/bin/python ask.py > log 2>&1 || { cat log; exit 1; }
cat seen

diff seen - <<'EXPECTED'
cast('12.345678901' as numeric): 12.346
sum(price) of the table: 12.346
cast(price as numeric) of the view: 12.346
EXPECTED
