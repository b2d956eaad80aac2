"""`make rebuild-late`: takes scans that came too late into their windows, by building the dates they touch again."""

from dataclasses import replace
from datetime import date

from rich.console import Console

from warehouse.dbt_runs import Dbt
from warehouse.errors import UsageError

# The table that says what was asked for, and with it the windows and the list that are built from it.
MODELS = "int_shipping__rebuilt_scan_dates+"
LATE = "select window_date, count(*) as scans from {{ ref('fct_shipment_scans_late') }} group by 1"


def rebuild_late(dbt: Dbt, console: Console) -> None:
    """Build each date that a late scan waits for again, all in one step, which empties the list of late scans.

    Raises UsageError when the build or a test of it fails; late scans that are not in their windows are still on the
    list then.
    """
    dates = late_dates(dbt)
    if not dates:
        console.print("No scan waits for its date to be built again.")
        return
    asking = replace(dbt, variables={**dbt.variables, "rebuild_late": True})
    has_succeeded = asking.build("--select", MODELS, "--exclude-resource-type", "unit_test").success
    if late_dates(dbt):
        raise UsageError(
            "The dates could not be built again: the errors stand above, and in full in logs/dbt.log. "
            "Scans that are not in their windows are still in fct_shipment_scans_late; run `make rebuild-late` again."
        )
    for day, scans in sorted(dates.items()):
        console.print(f"{day}  {scans:,} late scan{'s' if scans > 1 else ''} taken in", highlight=False)
    console.print(f"{len(dates)} date{'s' if len(dates) > 1 else ''} built again.", highlight=False)
    if not has_succeeded:
        raise UsageError("The late scans are in their windows now. What else failed stands above: run `make build`.")


def late_dates(dbt: Dbt) -> dict[date, int]:
    """The number of scans that wait, by the date they touch."""
    return {row["window_date"]: int(row["scans"]) for row in dbt.query(LATE)}
