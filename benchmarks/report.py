"""Results as tables on the terminal."""

from rich.console import Console
from rich.table import Table

from benchmarks.cases import CASES
from benchmarks.comparison import PHASES, TOGETHER
from benchmarks.dbt_overhead import STEPS
from benchmarks.tools import TOOLS

# What the points of a curve differ in.
POINTS = ("web_events", "hot_key_share", "late_share", "stream")


def comparison(console: Console, result: dict, before: dict | None) -> None:
    """A table for each phase: seconds, and how many times the warehouse's SQL takes of each tool's time; and ratios.

    Here and below `before` is the last result, None where there is none of the same kind of machine.
    """
    titles = {case.name: case.title for case in CASES} | {TOGETHER: "all four"}
    runs = {(run["case"], run["phase"], run["tool"]): run for run in result["runs"]}
    tools = [tool for tool in TOOLS if any(run["tool"] == tool.name for run in result["runs"])]
    for phase in PHASES:
        rows = result["records"] if phase == "full" else result["records_of_last_day"]
        table = Table(title=f"{phase.replace('_', ' ')}: {rows:,} raw records, seconds (warehouse's SQL = … times)")
        table.add_column("")
        for title in ("warehouse, SQL", "and dbt", *(tool.title for tool in tools)):
            table.add_column(title, justify="right")
        for case, title in titles.items():
            ours = runs[case, phase, "warehouse"]
            cells = [f"{ours['work']:.2f}", f"{ours['seconds'] - ours['work']:.2f}"]
            table.add_row(title, *cells, *(_cell(runs[case, phase, tool.name], ours) for tool in tools))
        console.print(table)
    ratios(console, result, before)


def ratios(console: Console, result: dict, before: dict | None) -> None:
    """What the page "Benchmarks" has aims for, as ratios: of this result, of the last one, and of the two."""
    now, last = ratios_of(result), ratios_of(before) if before else {}
    table = Table(
        title="all four marts, ratios"
        + (f"; the last result is that of commit {before['machine']['commit']}" if before else "")
    )
    for title in ("", "now", "last result", "seconds now / then"):
        table.add_column(title, justify="right" if title else "left")
    for name, (over, under) in now.items():
        cells = [f"{over / under:.2f}"]
        if name in last:
            then_over, then_under = last[name]
            cells += [f"{then_over / then_under:.2f}", f"{over / then_over:.2f}"]
        table.add_row(name, *cells)
    console.print(table)


def ratios_of(result: dict) -> dict[str, tuple[float, float]]:
    """The two seconds of each ratio, by what it says. A tool whose rows differ has none."""
    runs = {(run["phase"], run["tool"]): run for run in result["runs"] if run["case"] == TOGETHER}
    full, day = (runs[phase, "warehouse"] for phase in PHASES)
    found = {
        "one more day / full, SQL": (day["work"], full["work"]),
        "one more day / full, processes": (day["seconds"], full["seconds"]),
    }
    for tool in TOOLS:
        theirs = runs.get((PHASES[0], tool.name), {}).get("work")
        if theirs:
            found[f"full: SQL / {tool.title}"] = (full["work"], theirs)
    return found


def _cell(theirs: dict, ours: dict) -> str:
    if theirs["differing"]:
        return f"{theirs['differing']:,} rows differ"
    return f"{theirs['work']:.2f} ({ours['work'] / theirs['work']:.2f})"


def overhead(console: Console, result: dict, _before: dict | None) -> None:
    """A column for each project: nodes, and the seconds of each step of dbt."""
    table = Table(title=f"dbt itself, seconds, median of {result['repeats']}")
    table.add_column("")
    for project in result["projects"]:
        table.add_column(project["project"], justify="right")
    for count in ("nodes", "models", "tests", "unit_tests"):
        table.add_row(count.replace("_", " "), *(f"{project[count]:,}" for project in result["projects"]))
    table.add_section()
    for step in STEPS:
        table.add_row(step.replace("_", " "), *(f"{project[step]:.1f}" for project in result["projects"]))
    table.add_section()
    table.add_row("statements noop", *(f"{project['statements_noop']:,}" for project in result["projects"]))
    table.add_row("sql noop", *(f"{project['sql_noop']:.1f}" for project in result["projects"]))
    console.print(table)


def scaling(console: Console, result: dict, before: dict | None) -> None:
    """A row for each point: seconds of SQL and of dbt, memory and disk, full and with one more day; SQL now / then."""
    table = Table(title=f"{result['suite'].replace('_', ' ')}, median of {result['repeats']}")
    measured = ("sql", "seconds", "peak_mib", "disk_mib")
    point_of, *_ = (name for name in result["points"][0] if name in POINTS)
    then = {point[point_of]: point for point in before["points"]} if before else {}
    columns = [f"{phase.replace('_', ' ')}, {name.replace('_', ' ')}" for phase in PHASES for name in measured]
    columns += [f"{phase.replace('_', ' ')}, sql now / then" for phase in PHASES if then]
    for title in (point_of.replace("_", " "), *columns):
        table.add_column(title, justify="right")
    for point in result["points"]:
        cells = [f"{point[phase][name]:,.1f}" for phase in PHASES for name in measured]
        name = point[point_of]
        if name in then:
            cells += [f"{point[phase]['sql'] / then[name][phase]['sql']:.2f}" for phase in PHASES]
        table.add_row(name.replace("_", " ") if isinstance(name, str) else f"{name:,}", *cells)
    console.print(table)


SCALING = dict.fromkeys(("scale", "hot_key", "lateness", "streams"), scaling)
TABLES = {"comparison": comparison, **SCALING, "dbt_overhead": overhead}
