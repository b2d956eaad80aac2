"""The charts of the docs, drawn from the results of the suites: one SVG a chart."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks import results
from benchmarks.cases import CASES
from benchmarks.chart_style import (
    FULL,
    LOWER_BOUND,
    ONE_MORE_DAY,
    OTHERS,
    STYLE,
    Bar,
    Line,
    draw_bars,
    draw_lines,
    figure,
    in_millions,
    logarithmic,
    short,
    size,
)
from benchmarks.comparison import TOGETHER
from benchmarks.tools import TOOLS

PHASES = (("full", "full", FULL), ("one_more_day", "one more day", ONE_MORE_DAY))
COMMANDS = {
    "parse_cold": "parse, all files",
    "parse_partial": "parse, nothing new",
    "compile": "compile",
    "build_first": "first build",
    "build_noop": "build, nothing new",
    "build_noop_without_unit_tests": "the same, no unit tests",
}
PROJECT_COLORS = {"commerce_warehouse": FULL, "jaffle_shop": ONE_MORE_DAY}


def draw_charts(folder: Path, measured: Path = results.FOLDER) -> list[Path]:
    """Draw every chart whose result is there, and remove those of results that are there no more.

    The same results give the same bytes.

    Args:
        folder: where `<chart>.svg` are written; it is made when it is not there.
        measured: the folder of the results, `<suite>.json`.

    Returns the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    with style.context(["default", STYLE]):
        for name, (suite, draw) in CHARTS.items():
            path = folder / f"{name}.svg"
            result = results.read(suite, measured)
            if result is None:
                path.unlink(missing_ok=True)
                continue
            draw(result).savefig(path, format="svg", metadata={"Date": None, "Creator": None})
            files.append(path)
    return files


def comparison_full(result: dict) -> Figure:
    """Each tool's seconds for all records, case by case and for all four."""
    made = figure(470, "Seconds for all records", f"{result['records']:,} raw records, {_how(result)}", _PALE_SAYS)
    return _cases(made, result, [(tool, "full", label, color) for tool, label, color in _tools()])


def comparison_one_more_day(result: dict) -> Figure:
    """The warehouse taking in one more day, beside itself in full and the tools that read everything again."""
    warehouse = [("warehouse", "one_more_day", "warehouse, one more day", ONE_MORE_DAY)]
    rows = [(tool, "one_more_day", label, color) for tool, label, color in _tools() if tool != "warehouse"]
    full = [("warehouse", "full", "warehouse, full build", FULL)]
    last_day = f"{result['records_of_last_day']:,} records after {result['records']:,}, {_how(result)}"
    return _cases(figure(530, "Seconds for one more day", last_day, _PALE_SAYS), result, warehouse + full + rows)


def scale(result: dict) -> Figure:
    """Seconds, memory and disk against the number of web events."""
    points = result["points"]
    places = [point["web_events"] for point in points]
    made = figure(500, "Web sessions, against the number of web events", f"Logarithmic axes, {_how(result)}")
    above, below = made.subfigures(2, 1, height_ratios=(1.3, 1))
    panels = (
        (above.add_subplot(), "Time", "sql", "seconds", short),
        (below.add_subplot(1, 2, 1), "Greatest memory", "peak_mib", "MiB", size),
        (below.add_subplot(1, 2, 2), "Warehouse on disk, one day later", "disk_mib", "MiB", size),
    )
    for axes, title, field, unit, write in panels:
        axes.set_title(title)
        logarithmic(axes, places, unit)
        lines = [Line(name, [point[phase][field] for point in points], color) for phase, name, color in PHASES]
        if field == "disk_mib":
            lines = [replace(lines[1], name="")]
        if field == "sql":
            lines += [
                Line(f"{name}, with dbt", [point[phase]["seconds"] for point in points], color, dashed=True)
                for phase, name, color in PHASES
            ]
            axes.set_xlabel("web events")
        draw_lines(axes, places, lines, write)
    return made


def hot_key(result: dict) -> Figure:
    """Seconds and memory, as multiples of those without a hot key, against the share of one user."""
    points = result["points"]
    places = [point["hot_key_share"] * 100 for point in points]
    made = figure(300, "All four marts, against the share of one user", _of_records(result))
    panels = (("Seconds of SQL", "sql"), ("Greatest memory", "peak_mib"))
    for axes, (title, field) in zip(made.subplots(1, 2, sharey=True), panels, strict=True):
        lines = []
        for phase, name, color in PHASES:
            values = [point[phase][field] for point in points]
            lines.append(Line(name, [value / values[0] for value in values], color))
        axes.set_title(title)
        axes.set_xticks(places, [f"{place:g} %" for place in places])
        axes.set_xlabel("share of one user")
        axes.margins(x=0.1)
        axes.set_ylim(0, max(1.5, 1.25 * max(max(line.values) for line in lines), axes.get_ylim()[1]))
        axes.grid(axis="y")
        draw_lines(axes, places, lines, lambda times: f"{times:.2f}")
    made.axes[0].set_ylabel("times that without such a user")
    return made


def lateness(result: dict) -> Figure:
    """Seconds of taking in one more day, and of a full build to compare with, against the share of late records."""
    made = figure(250, "All four marts, against the share of late records", _of_records(result), _PALE_SAYS)
    for axes, (phase, name, color) in zip(made.subplots(1, 2), reversed(PHASES), strict=True):
        bars = [
            _bar(f"{point['late_share'] * 100:g} %", point[phase] | {"work": point[phase]["sql"]}, color)
            for point in result["points"]
        ]
        axes.set_title(name.capitalize())
        draw_bars(axes, bars, "seconds", has_labels=phase == "one_more_day")
    made.axes[0].set_ylabel("late records")
    return made


def dbt_overhead(result: dict) -> Figure:
    """Seconds of dbt's commands, and milliseconds a node, for this project and others."""
    made = figure(450, "Commands of dbt on DuckDB", f"Whole processes, {_how(result)}")
    panels = (("In all", "seconds"), ("For each node", "milliseconds a node"))
    for axes, (title, unit) in zip(made.subplots(1, 2), panels, strict=True):
        bars = []
        for command, label in COMMANDS.items():
            measured = [project for project in result["projects"] if project.get(command) is not None]
            for number, project in enumerate(measured):
                value = project[command] if unit == "seconds" else project[command] * 1000 / _nodes(project, command)
                name = f"  {project['project'].replace('_', ' ')}" if len(bars) < len(measured) else ""
                color = PROJECT_COLORS.get(project["project"], OTHERS)
                bars.append(Bar("" if number else label, value, color, short(value) + name, begins_group=not number))
        axes.set_title(title)
        draw_bars(axes, bars, unit, has_labels=unit == "seconds")
    return made


CHARTS: dict[str, tuple[str, Callable[[dict], Figure]]] = {
    "comparison_full": ("comparison", comparison_full),
    "comparison_one_more_day": ("comparison", comparison_one_more_day),
    "scale": ("scale", scale),
    "hot_key": ("hot_key", hot_key),
    "lateness": ("lateness", lateness),
    "dbt_overhead": ("dbt_overhead", dbt_overhead),
}
_PALE_SAYS = "Solid: the statements or the job. Pale: what starting Python, dbt or Spark adds."


def _tools() -> list[tuple[str, str, str]]:
    """Name, label and colour of each tool, the warehouse first."""
    others = [(tool.name, tool.title, OTHERS if tool.makes_rows else LOWER_BOUND) for tool in TOOLS]
    return [("warehouse", "warehouse", FULL), *others]


def _how(result: dict) -> str:
    machine, repeats = result["machine"], result["repeats"]
    times = f"medians of {repeats} runs" if repeats > 1 else "one run"
    return f"{times}, {machine['cores']} cores, {machine['memory_gib']} GiB"


def _nodes(project: dict, command: str) -> int:
    """How many nodes a command is about: all, or all but the unit tests."""
    return project["nodes"] - (project["unit_tests"] if command == "build_noop_without_unit_tests" else 0)


def _of_records(result: dict) -> str:
    return f"{in_millions(result['records'])} raw records, {_how(result)}"


def _cases(made: Figure, result: dict, rows: list[tuple[str, str, str, str]]) -> Figure:
    """All four at the top, the cases below in two columns; in each a bar for each row: tool, phase, label, colour."""
    runs = {(run["case"], run["tool"], run["phase"]): run for run in result["runs"]}
    panels: list[tuple[Axes, str, str]] = []
    grid = made.add_gridspec(3, 2)
    panels.append((made.add_subplot(grid[0, :]), TOGETHER, "All four"))
    for number, case in enumerate(CASES):
        panels.append((made.add_subplot(grid[1 + number // 2, number % 2]), case.name, case.title.capitalize()))
    for number, (axes, case, title) in enumerate(panels):
        found = [(runs.get((case, tool, phase)), label, color) for tool, phase, label, color in rows]
        axes.set_title(title)
        bars = [_bar(label, run, color) for run, label, color in found if run]
        draw_bars(axes, bars, "seconds", has_labels=number % 2 == 1 or not number)
    return made


def _bar(label: str, run: dict, color: str) -> Bar:
    if run["work"] is None:
        return Bar(label, 0, color, f"{run['differing']:,} rows differ")
    start = max(run["seconds"] - run["work"], 0)
    return Bar(label, run["work"], color, f"{short(run['work'])} + {short(start)} s", start)
