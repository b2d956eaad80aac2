#!/usr/bin/env bash
# `OffsetPaginator` of dlt 1.31.0 leaves out rows, without a warning, when an API sends fewer at once than `limit` asks for.
#
# Many APIs send at most so many rows at once, also where more are asked for. dlt's next offset is the last one plus `limit`,
# however many rows have come, so those in between are never asked for. The answers say how many rows there are in all; dlt
# reads this number (`total_path`) to know where to end, and does not compare it with what has come.
#
# Below, an API has 250 orders and sends at most 100 at once; they are loaded into DuckDB.
#
# Seen on Linux with Python 3.11 and DuckDB 2.0.1:
#   limit 50: offsets 0, 50, 100, 150, 200, orders 250, warnings 0
#   limit 100: offsets 0, 100, 200, orders 250, warnings 0
#   limit 200: offsets 0, 200, orders 150, warnings 0
#
# Needs python3 and a package index. Listens on 127.0.0.1 only. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export RUNTIME__DLTHUB_TELEMETRY=false DLT_DATA_DIR="$folder/dlt"

python3 -m venv environment
environment/bin/python -m pip install --quiet --disable-pip-version-check 'dlt[duckdb]==1.31.0' duckdb==2.0.1

cat > orders.py <<'PYTHON'
import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

import dlt
import duckdb
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import OffsetPaginator

ORDERS = [{"order_id": number} for number in range(250)]
MOST_AT_ONCE = 100
asked = []
warnings = []


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        parameters = dict(parse_qsl(urlsplit(self.path).query))
        offset, limit = int(parameters["offset"]), int(parameters["limit"])
        asked.append(offset)
        body = json.dumps({"orders": ORDERS[offset : offset + min(limit, MOST_AT_ONCE)], "total": len(ORDERS)}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Warnings(logging.Handler):
    def emit(self, record):
        warnings.append(record)


@dlt.resource(write_disposition="replace")
def orders(address, limit):
    client = RESTClient(address, paginator=OffsetPaginator(limit=limit, total_path="total"), data_selector="orders")
    yield from client.paginate("orders")


pipeline = dlt.pipeline("shop", destination=dlt.destinations.duckdb("shop.duckdb"), dataset_name="raw")
logging.getLogger("dlt").addHandler(Warnings(logging.WARNING))
with HTTPServer(("127.0.0.1", 0), Api) as server, open("seen", "w") as seen:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for limit in (50, 100, 200):
        asked.clear()
        pipeline.run(orders(f"http://127.0.0.1:{server.server_port}", limit))
        with duckdb.connect("shop.duckdb") as connection:
            [count] = connection.execute("select count(*) from raw.orders").fetchone()
        print(f"limit {limit}: offsets {', '.join(map(str, asked))}, orders {count}, warnings {len(warnings)}", file=seen)
    server.shutdown()
PYTHON

environment/bin/python orders.py > log 2>&1 || { tail -n 50 log; exit 1; }
cat seen

diff seen - <<'EXPECTED'
limit 50: offsets 0, 50, 100, 150, 200, orders 250, warnings 0
limit 100: offsets 0, 100, 200, orders 250, warnings 0
limit 200: offsets 0, 200, orders 150, warnings 0
EXPECTED
