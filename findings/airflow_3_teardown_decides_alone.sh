#!/usr/bin/env bash
# Airflow 3.3.2 calls a run a success in which the work has failed, where its teardown has `on_failure_fail_dagrun=True`.
#
# A teardown does not decide the state of a run, unless this is set: then a teardown that fails makes the run fail. It also
# makes the teardown the last task, in the place of the task before it. So when the work fails and the teardown succeeds,
# as it should, the run is green. Without the setting the same run fails.
#
# Seen on Linux with Python 3.11:
#   on_failure_fail_dagrun=False: work failed, clean success, run failed
#   on_failure_fail_dagrun=True: work failed, clean success, run success
#
# Needs python3 and a package index. Exits with 1 when the output is another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv airflow
airflow/bin/python -m pip install --quiet --disable-pip-version-check "apache-airflow==3.3.2"
export AIRFLOW_HOME="$folder" AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__CORE__DAGS_FOLDER="$folder/dags"
mkdir dags
cat > dags/two.py <<'PYTHON'
from airflow.sdk import DAG, task


@task
def work():
    raise ValueError("failed")


@task
def clean():
    pass


for decides in (False, True):
    with DAG(f"decides_{decides}", schedule=None) as dag:
        work() >> clean().as_teardown(on_failure_fail_dagrun=decides)
    globals()[dag.dag_id] = dag
PYTHON
airflow/bin/airflow db migrate > migrate.log 2>&1
for decides in False True; do
    airflow/bin/airflow dags test "decides_$decides" > "$decides.log" 2>&1 || true
    airflow/bin/python - "$decides" <<'PYTHON'
import sqlite3
import sys

decides = sys.argv[1]
with sqlite3.connect("airflow.db") as database:
    tasks = dict(database.execute("select task_id, state from task_instance where dag_id = ?", (f"decides_{decides}",)))
    ((run,),) = database.execute("select state from dag_run where dag_id = ?", (f"decides_{decides}",))
print(f"on_failure_fail_dagrun={decides}: work {tasks['work']}, clean {tasks['clean']}, run {run}")
PYTHON
done | tee seen

diff seen - <<'EXPECTED'
on_failure_fail_dagrun=False: work failed, clean success, run failed
on_failure_fail_dagrun=True: work failed, clean success, run success
EXPECTED
