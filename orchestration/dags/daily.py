"""The day's run: extract each source, build staging, build the rest, tell people."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, DeadlineAlert, DeadlineReference, SyncCallback, TriggerRule
from warehouse_tasks import (
    LANDING,
    POOL,
    RETRIES,
    SOURCES,
    TARGET,
    BuildStaging,
    Command,
    Tell,
    build,
    extraction,
    marts,
    of_day,
    sources,
    tell_of_deadline,
    warehouse,
)

STARTS_AT = of_day("WAREHOUSE_STARTS_AT", "06:00")
READY_BY = of_day("WAREHOUSE_READY_BY", "08:00")
# The logical date of a run is the start of its day, a day before it begins.
SINCE_LOGICAL_DATE = timedelta(
    days=1, hours=READY_BY.hour - STARTS_AT.hour, minutes=READY_BY.minute - STARTS_AT.minute
) + timedelta(days=READY_BY <= STARTS_AT)
# Parts of selectors.yml that BigQuery builds side by side, with the folders of the marts that each has.
AREAS = {"shop": ["activity", "calendar", "orders", "web"], "playback": ["playback"], "shipping": ["shipping"]}

with DAG(
    "warehouse",
    description="Extracts every source and builds what has arrived.",
    schedule=CronDataIntervalTimetable(f"{STARTS_AT.minute} {STARTS_AT.hour} * * *", timezone="UTC"),
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    # A run takes all that has arrived since the one before: there is nothing to catch up on.
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    deadline=DeadlineAlert(
        name=f"ready by {READY_BY:%H:%M} UTC",
        reference=DeadlineReference.DAGRUN_LOGICAL_DATE,
        interval=SINCE_LOGICAL_DATE,
        callback=SyncCallback(tell_of_deadline, {"name": "warehouse", "ready_by": f"{READY_BY:%H:%M}"}),
    ),
    default_args={**RETRIES, "execution_timeout": timedelta(hours=2)},
) as dag:
    extracts = [
        Command(
            task_id=f"extract_{name}",
            command=extraction("extract", "--source", name, "--sources", str(SOURCES), "--landing", LANDING),
            execution_timeout=timedelta(hours=1),
        )
        for name in sources()
    ]
    # A source that fails is late, and the others are built.
    staging = BuildStaging(
        task_id="build_staging", command=build("staging"), pool=POOL, trigger_rule=TriggerRule.ALL_DONE
    )
    if TARGET == "bigquery":
        areas = [
            Command(task_id=f"build_{area}", command=build(area), outlets=marts(*folders))
            for area, folders in AREAS.items()
        ]
        last = Command(task_id="build_observability", command=build("observability"))
        builds = [staging, *areas, last]
        extracts >> staging >> areas >> last
    else:
        last = Command(task_id="build_rest", command=build("rest"), pool=POOL, outlets=marts())
        builds = [staging, last]
        extracts >> staging >> last

    # They run whatever has become of the run, and do not decide whether it succeeded; with `on_failure_fail_dagrun`
    # they alone would.
    report = Command(task_id="report", command=warehouse("report"), pool=POOL).as_teardown()
    tell = Tell(task_id="alerts", command=[]).as_teardown()
    [*extracts, *builds] >> tell
    last >> report
