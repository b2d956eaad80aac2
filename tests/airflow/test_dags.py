"""The DAGs as Airflow imports them: without a warning, quickly, and as settings say."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys

import pytest
from running import PROJECT

from orchestration import local

DAGS = PROJECT / "orchestration" / "dags"
MOST_SECONDS = 5
# Prints the CPU seconds that the DAGs take beyond Airflow itself, and each DAG with the tasks before each task.
IMPORTED = """
import json, time, warnings
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
warnings.simplefilter("error")
before = time.process_time()
import backfill, daily, upkeep
dags = [backfill.dag, daily.dag, upkeep.dag]
for dag in dags:
    DagSerialization.to_dict(dag)
tasks = {dag.dag_id: {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks} for dag in dags}
print(json.dumps([time.process_time() - before, tasks, str(daily.SINCE_LOGICAL_DATE)]))
"""


def imported(tmp_path, **settings: str) -> subprocess.CompletedProcess:
    """What comes of importing all DAGs in a process of its own, in which each warning is an error."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "WAREHOUSE"))}
    environment |= {"AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(DAGS), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    return subprocess.run(
        [sys.executable, "-c", IMPORTED],
        env=environment | settings,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


def dags(tmp_path, **settings: str) -> tuple[float, dict, str]:
    done = imported(tmp_path, **settings)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_dags_are_imported_quickly_and_without_a_warning(tmp_path):
    seconds, tasks, deadline = dags(tmp_path)
    assert seconds < MOST_SECONDS
    assert set(tasks) == {"warehouse", "warehouse_backfill", "warehouse_upkeep"}
    extracts = [
        f"extract_{name}" for name in ("drop_folder", "event_topics", "identity_api", "shop_changes", "shop_database")
    ]
    assert tasks["warehouse"] == {
        **{name: [] for name in extracts},
        "build_staging": extracts,
        "build_rest": ["build_staging"],
        "report": ["build_rest"],
        "alerts": sorted([*extracts, "build_staging", "build_rest"]),
    }
    assert set(tasks["warehouse_upkeep"]) == {"rebuild_late", "alerts"}
    # Eight o'clock is 26 hours after the beginning of the day that is over at six.
    assert deadline == "1 day, 2:00:00"


def test_areas_are_built_side_by_side_on_bigquery(tmp_path):
    _, tasks, _ = dags(tmp_path, WAREHOUSE_TARGET="bigquery", WAREHOUSE_KEEP_RAW_DAYS="90", WAREHOUSE_READY_BY="05:30")
    areas = ["build_playback", "build_shipping", "build_shop"]
    assert {name: tasks["warehouse"][name] for name in areas} == {name: ["build_staging"] for name in areas}
    assert tasks["warehouse"]["build_observability"] == areas
    assert tasks["warehouse_upkeep"]["purge_raw"] == ["rebuild_late"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"WAREHOUSE_STARTS_AT": "six"}, "WAREHOUSE_STARTS_AT=six is no time of day; write it like 06:00."),
        ({"WAREHOUSE_KEEP_RAW_DAYS": "many"}, "WAREHOUSE_KEEP_RAW_DAYS=many is no number of days; write it like 90."),
        (
            {"WAREHOUSE_RETRY_SECONDS": "soon"},
            "WAREHOUSE_RETRY_SECONDS=soon is no number of seconds; write it like 60.",
        ),
        ({"WAREHOUSE_SOURCES": "/nowhere.yml"}, "WAREHOUSE_SOURCES=/nowhere.yml has no sources that can be read"),
        ({"WAREHOUSE_TARGET": "oracle"}, "WAREHOUSE_TARGET=oracle is not known; use duckdb or bigquery."),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(tmp_path, settings, says):
    done = imported(tmp_path, **settings)
    assert done.returncode != 0
    assert says in done.stderr.splitlines()[-1]


def test_make_says_which_port_cannot_be_used():
    environment = {**os.environ, "WAREHOUSE_OPTION_PORT": "http"}
    command = [sys.executable, "-m", "orchestration.local"]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "PORT=http is no port; give a free one, such as PORT=8081.\n")


def test_only_one_airflow_runs_in_a_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(local, "HOME", tmp_path)
    monkeypatch.setenv("WAREHOUSE_OPTION_PORT", "18734")
    with (tmp_path / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SystemExit, match="is running already; end it first"):
            local.main()
