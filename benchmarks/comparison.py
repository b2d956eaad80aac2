"""The warehouse beside other tools: full, and with one more day."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.cases import CASES, records
from benchmarks.data import landing
from benchmarks.rows import differing_rows
from benchmarks.tools import Tool, run_tool
from benchmarks.warehouse_runs import Warehouse

PHASES = ("full", "one_more_day")
TOGETHER = "all_four"

Say = Callable[[str], None]


def compare(size: int, repeats: int, tools: Sequence[Tool], folder: Path, say: Say) -> dict:
    """Build every case with every tool, `repeats` times in turn, and compare the rows each time.

    The warehouse works off the last day; the other tools have no state and read everything again, which is done once.
    `all_four` is one run of dbt for the warehouse and the sum of the four for the others.

    Args:
        size: raw records.
        folder: for raw files and what is written on the way.
        say: takes a line of progress.

    Returns `records`, `records_of_last_day`, and `runs`: for each case, phase and tool the median seconds and each
    of them (`work`: of the statements or the job; `seconds`: of the process), the greatest memory (MiB), and the rows
    that differ from the warehouse's (None where a tool makes none). A tool whose rows differ has no seconds.
    """
    say(f"Making {size:,} raw records")
    raw = landing(folder / "data", **records(size))
    measured: dict[tuple[str, str, str], list[dict]] = defaultdict(list)
    for number in range(1, repeats + 1):
        for case in CASES:
            say(f"Run {number} of {repeats}: {case.title}")
            warehouse = Warehouse(folder / "warehouse", case.mart)
            for phase, files in zip(PHASES, (raw.before, raw.after), strict=True):
                measured[case.name, phase, "warehouse"].append(_of_warehouse(warehouse, files))
                # A tool without state does the same again with a day more: once is enough, to compare rows.
                for tool in tools if phase == "full" or number == 1 else ():
                    out = folder / f"{tool.name}{tool.suffix}"
                    run = run_tool(tool, case, files, out)
                    differing = differing_rows(case, warehouse.file, out) if tool.makes_rows else None
                    measured[case.name, phase, tool.name].append(
                        {
                            "work": run.work_seconds,
                            "seconds": run.seconds,
                            "peak_mib": run.peak_mib,
                            "differing": differing,
                        }
                    )
        say(f"Run {number} of {repeats}: all four in one warehouse")
        warehouse = Warehouse(folder / "warehouse", *(case.mart for case in CASES))
        for phase, files in zip(PHASES, (raw.before, raw.after), strict=True):
            measured[TOGETHER, phase, "warehouse"].append(_of_warehouse(warehouse, files))
    runs = [_summary(case, phase, tool, taken) for (case, phase, tool), taken in measured.items()]
    runs += [_sum_of_cases(runs, phase, tool.name) for phase in PHASES for tool in tools]
    return {"records": raw.rows_before, "records_of_last_day": raw.rows_of_last_day, "repeats": repeats, "runs": runs}


def _of_warehouse(warehouse: Warehouse, files: Path) -> dict:
    run = warehouse.run(files)
    return {"work": run.sql_seconds, "seconds": run.seconds, "peak_mib": run.peak_mib, "differing": 0}


def _summary(case: str, phase: str, tool: str, taken: list[dict]) -> dict:
    summary: dict = {"case": case, "phase": phase, "tool": tool}
    differing = [one["differing"] for one in taken if one["differing"] is not None]
    summary["differing"] = max(differing) if differing else None
    summary["peak_mib"] = round(max(one["peak_mib"] for one in taken))
    for kind in ("work", "seconds"):
        each = [round(one[kind], 3) for one in taken]
        summary[kind] = None if summary["differing"] else median(each)
        summary[f"each_{kind}"] = [] if summary["differing"] else each
    return summary


def _sum_of_cases(runs: list[dict], phase: str, tool: str) -> dict:
    cases = [run for run in runs if run["phase"] == phase and run["tool"] == tool]
    complete = all(run["work"] is not None for run in cases)
    return {
        "case": TOGETHER,
        "phase": phase,
        "tool": tool,
        "differing": None if tool == "lower_bound" else sum(run["differing"] for run in cases),
        "peak_mib": max(run["peak_mib"] for run in cases),
        "work": round(sum(run["work"] for run in cases), 3) if complete else None,
        "seconds": round(sum(run["seconds"] for run in cases), 3) if complete else None,
    }
