"""Each week: the dates for which scans came too late, and raw records that are old enough to go."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable
from warehouse_tasks import POOL, RETRIES, Command, Tell, number, warehouse

# How many days of raw are kept; unset, nothing is deleted.
KEEP_RAW_DAYS = number("WAREHOUSE_KEEP_RAW_DAYS", 0, "days", 90)

with DAG(
    "warehouse_upkeep",
    description="Builds dates again for which scans came too late, and deletes raw records that are old enough.",
    schedule=CronDataIntervalTimetable("0 10 * * 0", timezone="UTC"),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    # Somebody has to want it.
    is_paused_upon_creation=True,
    default_args={**RETRIES, "execution_timeout": timedelta(hours=4)},
) as dag:
    steps = [Command(task_id="rebuild_late", command=warehouse("rebuild-late"), pool=POOL)]
    if KEEP_RAW_DAYS:
        keep_from = f"{{{{ macros.ds_add(data_interval_end | ds, -{KEEP_RAW_DAYS}) }}}}"
        steps.append(Command(task_id="purge_raw", command=warehouse("purge-raw", "--keep-from", keep_from), pool=POOL))
        steps[0] >> steps[1]
    steps >> Tell(task_id="alerts", command=[]).as_teardown()
