"""`python -m practice <command>`: what the Makefile calls."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from practice.exercises import PROJECT, Exercise, exercises
from practice.work import MODES, PROGRESS, Work
from warehouse.errors import UsageError


def option(name: str, text: str, default: str = ""):
    """An option that make gives as NAME=…: the Makefile passes its value on in an environment variable."""
    return click.option(f"--{name}", default=default, envvar=f"WAREHOUSE_OPTION_{name.upper()}", help=text)


exercise_option = option("exercise", "An exercise, by its name or its letter.")
folder_option = option("folder", "The folder that you work in.", default=str(PROJECT / "practice_work"))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Learn the pipelines of this warehouse by writing them."""


@main.command()
@exercise_option
@option("mode", "guided, timed, interview or reference.")
@folder_option
@option("plain", "yes: lines instead of screens.")
def start(exercise: str, mode: str, folder: str, plain: str) -> None:
    """Open the list of exercises, or one of them."""
    if mode not in ("", *MODES):
        raise UsageError(f"MODE={mode} is none of {', '.join(MODES)}.")
    if plain not in ("", "no", "yes"):
        raise UsageError(f"PLAIN={plain} is neither yes nor no.")
    chosen, work = found(exercise) if exercise else None, work_in(folder)
    if plain == "yes":
        from practice.plain import Lines

        Lines(work).run(chosen, mode)
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("Screens need a terminal; PLAIN=yes has lines instead.")
    from practice.screens import Practice

    Practice(work, chosen, mode).run()


@main.command()
@folder_option
@option("report", "Where to write the page.", default=str(PROJECT / "target" / "practice.html"))
def report(folder: str, report: str) -> None:
    """Write a page about times and mistakes."""
    from practice.report import write_report

    click.echo(f"Your progress is drawn in {write_report(work_in(folder), Path(report))}.")


@main.command()
@exercise_option
@folder_option
def reset(exercise: str, folder: str) -> None:
    """Forget the progress, and move the files aside."""
    aside = work_in(folder).reset([found(exercise)] if exercise else exercises().values())
    click.echo(f"Forgotten; what was there is in {aside}." if aside else "There was nothing to forget.")


def found(name: str) -> Exercise:
    """The exercise of a name or a letter."""
    for one in exercises().values():
        if name in (one.id, one.letter, one.letter.lower()):
            return one
    raise UsageError(f"EXERCISE={name} is no exercise; there are {', '.join(exercises())}.")


def work_in(folder: str) -> Work:
    """The folder of a learner, which need not be there yet."""
    path = Path(folder).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path} cannot be made ({error.strerror}); name another folder with FOLDER=….") from error
    if not (path / PROGRESS).exists() and any(not entry.name.startswith("before_") for entry in path.iterdir()):
        raise UsageError(f"{path} has files that practice did not make; name an empty or a new folder with FOLDER=….")
    return Work(path)


def run(arguments: list[str] | None = None) -> None:
    """The command line with every error as one sentence on standard error and exit code 1."""
    try:
        main(arguments, prog_name="python -m practice", standalone_mode=False)
    except UsageError as error:
        _fail(str(error))
    except click.ClickException as error:
        _fail(f"{error.format_message()} See `make` for the commands.")
    except (click.Abort, KeyboardInterrupt):
        _fail("Stopped.", 130)


def _fail(sentence: str, code: int = 1) -> None:
    sys.stdout.flush()
    print(sentence, file=sys.stderr)
    sys.exit(code)
