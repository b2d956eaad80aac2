"""`python -m benchmarks <suite>`: what `make bench` calls."""

import sys
from pathlib import Path

import click
from rich.console import Console

from benchmarks import comparison, dbt_overhead, report, results, scaling
from benchmarks.processes import PROJECT
from benchmarks.tools import TOOLS, Tool
from warehouse.errors import UsageError

SMALLEST = 10_000
# The Makefile passes on what was given to make in environment variables.
size_option = click.option("--size", envvar="WAREHOUSE_OPTION_SIZE", default="10000000", help="Raw records.")
repeats_option = click.option(
    "--repeats", envvar="WAREHOUSE_OPTION_REPEATS", type=click.IntRange(min=1), default=3, help="How often each runs."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--folder", type=click.Path(path_type=Path), default=PROJECT / "target" / "benchmarks")
@click.pass_context
def main(context: click.Context, folder: Path) -> None:
    """Measures the warehouse. Raw data and what is built go to the folder; results to benchmarks/results."""
    folder.mkdir(parents=True, exist_ok=True)
    context.obj = folder.resolve()


@main.command("comparison")
@size_option
@repeats_option
@click.option("--tools", default=",".join(tool.name for tool in TOOLS), help="Which other tools, by comma.")
@click.pass_obj
def compare(folder: Path, size: str, repeats: int, tools: str) -> None:
    """The warehouse beside a hand-written script, Polars, PySpark and the lower bound: reading and hashing."""
    console = Console()
    chosen = chosen_tools(tools)
    measured = comparison.compare(checked_size(size), repeats, chosen, folder, say=console.log)
    _finish(console, "comparison", measured)
    wrong = [run for run in measured["runs"] if run["differing"]]
    if wrong:
        raise UsageError("Some rows differ from the warehouse's, so these tools have no times; see the table.")


@main.command()
@click.option("--sizes", default="1000000,10000000,100000000", help="Numbers of web events, by comma.")
@repeats_option
@click.pass_obj
def scale(folder: Path, sizes: str, repeats: int) -> None:
    """The warehouse with a growing number of web events."""
    numbers = [checked_size(size) for size in sizes.split(",")]
    console = Console()
    _finish(console, "scale", scaling.scale(numbers, repeats, folder, say=console.log))


@main.command()
@size_option
@repeats_option
@click.pass_obj
def hot_key(folder: Path, size: str, repeats: int) -> None:
    """The warehouse with a growing share of all records on one user."""
    console = Console()
    _finish(console, "hot_key", scaling.hot_key(checked_size(size), repeats, folder, say=console.log))


@main.command()
@size_option
@repeats_option
@click.pass_obj
def lateness(folder: Path, size: str, repeats: int) -> None:
    """The warehouse with a growing share of late records."""
    console = Console()
    _finish(console, "lateness", scaling.lateness(checked_size(size), repeats, folder, say=console.log))


@main.command()
@size_option
@repeats_option
@click.pass_obj
def streams(folder: Path, size: str, repeats: int) -> None:
    """The warehouse with change data of shipments, and with heartbeats."""
    console = Console()
    _finish(console, "streams", scaling.streams(checked_size(size), repeats, folder, say=console.log))


@main.command("dbt")
@repeats_option
@click.option(
    "--jaffle-shop",
    envvar="WAREHOUSE_OPTION_JAFFLE_SHOP",
    default="",
    help="A clone of dbt-labs/jaffle-shop with its packages; else it is cloned.",
)
@click.pass_obj
def dbt(folder: Path, repeats: int, jaffle_shop: str) -> None:
    """What dbt itself takes, on this project, on dbt-labs/jaffle-shop and on one that does nothing."""
    console = Console()
    clone = Path(jaffle_shop) if jaffle_shop else None
    _finish(console, "dbt_overhead", dbt_overhead.measure_overhead(repeats, clone, folder, say=console.log))


def _finish(console: Console, suite: str, measured: dict) -> None:
    before = results.read(suite)
    path = results.write(suite, measured)
    now = results.read(suite)
    report.TABLES[suite](console, now, before if results.is_same_kind_of_machine(before, now) else None)
    console.print(f"Results: {path.relative_to(PROJECT)}", soft_wrap=True)


def chosen_tools(names: str) -> list[Tool]:
    """The tools with these names. Raises UsageError when there is no such tool."""
    tools = {tool.name: tool for tool in TOOLS}
    unknown = [name for name in names.split(",") if name not in tools]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is no tool; use some of: {', '.join(tools)}.")
    return [tools[name] for name in names.split(",")]


def checked_size(size: str) -> int:
    """The number of raw records. Raises UsageError when it is none, or too small to say anything."""
    digits = size.replace("_", "").replace(",", "")
    if not digits.isdigit() or int(digits) < SMALLEST:
        raise UsageError(f"SIZE={size} is no number of raw records; give {SMALLEST} or more, such as SIZE=10000000.")
    return int(digits)


def run() -> None:
    """The command line with UsageErrors as one sentence on standard error and exit code 1."""
    try:
        main(prog_name="python -m benchmarks", standalone_mode=False)
    except UsageError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except click.ClickException as error:
        click.echo(f"{error.format_message()} See `python -m benchmarks --help`.", err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
