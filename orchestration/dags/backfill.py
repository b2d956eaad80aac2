"""Builds a range of days again, each on its own, when somebody asks for it."""

from datetime import timedelta

from airflow.sdk import DAG, Param
from warehouse_tasks import POOL, RETRIES, Command, Tell, warehouse

DAY = {"type": "string", "format": "date"}

with DAG(
    "warehouse_backfill",
    description="Builds the days of a range again, the last one included. Run again, it builds only what failed.",
    schedule=None,
    max_active_runs=1,
    params={
        "from": Param("2025-01-01", description="The first day.", **DAY),
        "to": Param("2025-01-01", description="The last day.", **DAY),
    },
    default_args={**RETRIES, "execution_timeout": timedelta(hours=12)},
) as dag:
    days = Command(
        task_id="backfill",
        command=warehouse("backfill", "--from", "{{ params['from'] }}", "--to", "{{ params['to'] }}"),
        pool=POOL,
    )
    days >> Tell(task_id="alerts", command=[]).as_teardown()
