"""A task that takes too long is ended with the processes that it has started, and tried again."""

import os
import subprocess
import sys
from pathlib import Path

from running import PROJECT

DAG = """
from datetime import timedelta
from airflow.sdk import DAG
from warehouse_tasks import Command

with DAG("slow", schedule=None) as dag:
    Command(
        task_id="slow",
        command=["bash", "-c", "echo $$ >> {ids}; sleep 300 & echo $! >> {ids}; wait"],
        execution_timeout=timedelta(seconds=2),
        retries=1,
        retry_delay=timedelta(seconds=0),
    )
"""


def test_a_command_that_takes_too_long_is_ended_and_tried_again(tmp_path: Path):
    (tmp_path / "dags").mkdir()
    ids = tmp_path / "ids"
    (tmp_path / "dags" / "slow.py").write_text(DAG.format(ids=ids))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "WAREHOUSE"))}
    environment |= {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(PROJECT / "orchestration" / "dags"),
    }
    for command in (["db", "migrate"], ["dags", "test", "slow"]):
        airflow = str(Path(sys.executable).parent / "airflow")
        done = subprocess.run([airflow, *command], env=environment, capture_output=True, text=True, check=False)
    assert "AirflowTaskTimeout" in done.stdout + done.stderr
    begun = ids.read_text().split()
    assert len(begun) == 4
    assert not [process for process in begun if Path("/proc", process).exists()]
