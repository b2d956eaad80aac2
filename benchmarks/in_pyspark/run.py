"""Makes one of the benchmarked results with PySpark: run.py CASE LANDING OUT"""

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from daily_fact import daily_fact
from order_windows import order_windows
from pyspark.sql import SparkSession
from watch_streams import watch_streams
from web_sessions import web_sessions

CASES = {case.__name__: case for case in (daily_fact, web_sessions, watch_streams, order_windows)}
CORES = 2
# The JVM leaves long methods to the interpreter, and those that Spark writes for a stage are long.
JAVA_OPTIONS = "-XX:-UsePerfData -XX:+UseParallelGC -XX:-DontCompileHugeMethods"

SETTINGS = {
    "spark.driver.memory": "6g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.shuffle.partitions": str(CORES),
    # Filters stand where they belong. Pushed further down they would parse every text a second time.
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.PushDownPredicates",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}


def main(arguments: list[str]) -> None:
    """Run one case and print the seconds that it took as JSON.

    Raises SystemExit with a sentence when the command line is no good or there is no Java.
    """
    if len(arguments) != 3 or arguments[0] not in CASES:
        sys.exit(f"Give a case ({', '.join(CASES)}), the folder of the raw tables and the folder to write.")
    case, landing, out = arguments
    if not Path(landing).is_dir():
        sys.exit(f"There is no folder {landing}.")
    if not _has_java():
        sys.exit("There is no Java: put java on the PATH or set JAVA_HOME.")
    # A run that is ended from outside cleans up as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("The run was ended."))
    with tempfile.TemporaryDirectory(prefix="spark-", ignore_cleanup_errors=True) as scratch:
        spark = _session(scratch)
        try:
            began = time.perf_counter()
            CASES[case](spark, landing).write.mode("overwrite").parquet(out)
            seconds = time.perf_counter() - began
        finally:
            spark.stop()
    print(json.dumps({"seconds": seconds}))


def _has_java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return shutil.which(f"{home}/bin/java" if home else "java") is not None


def _session(scratch: str) -> SparkSession:
    """A local session that has done a job, keeps its files in `scratch` and listens on 127.0.0.1 only."""
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["SPARK_LOCAL_DIRS"] = scratch
    builder = SparkSession.builder.master(f"local[{CORES}]").appName("benchmark")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = (
        builder.config("spark.local.dir", scratch)
        .config("spark.sql.warehouse.dir", f"{scratch}/warehouse")
        .config("spark.driver.extraJavaOptions", f"-Djava.io.tmpdir={scratch} {JAVA_OPTIONS}")
        .getOrCreate()
    )
    spark.range(1).count()
    return spark


if __name__ == "__main__":
    main(sys.argv[1:])
