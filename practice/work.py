"""The folder of a learner: the files that he writes, and the progress that he has made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from practice.exercises import Exercise, Step
from warehouse.errors import UsageError
from warehouse.whole_lines import append_line

MODES = ("guided", "timed", "interview", "reference")
PROGRESS = "progress.jsonl"


@dataclass(frozen=True)
class Work:
    """A learner's folder. `progress.jsonl` has a line for each thing that happened, oldest first."""

    folder: Path

    def prepare(self, exercise: Exercise) -> Path:
        """Write the brief and files to begin with; what is there already stays. Returns the folder of the exercise."""
        folder = self.folder / exercise.id
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "brief.md").write_text(full_brief(exercise), encoding="utf-8")
            for step in exercise.steps:
                for file in step.files():
                    if not (folder / file).exists():
                        (folder / file).write_text(_beginning(step, file), encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"{folder} cannot be written ({error.strerror}); name another folder with FOLDER=…."
            ) from error
        return folder

    def file(self, exercise: Exercise, step: Step) -> Path:
        """The file of a step: of two languages the one that was saved last, if something stands in it."""
        files = [self.folder / exercise.id / file for file in step.files()]
        written = [file for file in files if file.exists() and not _is_untouched(step, file)] or files[:1]
        return max(written, key=lambda file: file.stat().st_mtime_ns if file.exists() else 0)

    def note(self, exercise: Exercise, mode: str, event: str, **more: object) -> None:
        """Write down what happened."""
        line = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "exercise": exercise.id,
            "mode": mode,
            "event": event,
            **more,
        }
        try:
            append_line(self.folder / PROGRESS, json.dumps(line))
        except OSError as error:
            raise UsageError(f"{self.folder / PROGRESS} cannot be written ({error.strerror}).") from error

    def progress(self) -> list[dict]:
        """All that happened, oldest first. A line that was cut off is left out."""
        try:
            lines = (self.folder / PROGRESS).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{self.folder / PROGRESS} cannot be read; make practice-reset begins anew.") from error
        return [line for line in map(_parsed, lines) if line]

    def reset(self, exercises: Iterable[Exercise]) -> Path | None:
        """Forget the progress in some exercises and move their files aside; returns where they are now."""
        ids = {exercise.id for exercise in exercises}
        kept = [line for line in self.progress() if line["exercise"] not in ids]
        aside = self.folder / f"before_{datetime.now(UTC):%Y%m%d_%H%M%S_%f}"
        folders = [self.folder / id_ for id_ in ids if (self.folder / id_).exists()]
        try:
            if (self.folder / PROGRESS).exists():
                aside.mkdir(parents=True)
                shutil.copy2(self.folder / PROGRESS, aside)
                (self.folder / PROGRESS).write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
            for folder in folders:
                aside.mkdir(parents=True, exist_ok=True)
                shutil.move(folder, aside)
        except OSError as error:
            raise UsageError(f"{self.folder} cannot be written ({error.strerror}).") from error
        return aside if aside.exists() else None


@dataclass(frozen=True)
class Standing:
    """How far a learner is in an exercise: steps passed, and seconds of the best finished run against the clock."""

    passed: int
    best_seconds: int | None
    is_started: bool

    def says(self, exercise: Exercise) -> str:
        """In a few words."""
        if self.passed == len(exercise.steps):
            return "finished"
        return f"{self.passed} of {len(exercise.steps)} steps" if self.is_started else "new"


def standing(exercise: Exercise, progress: Iterable[dict]) -> Standing:
    """How far a learner is in an exercise."""
    own = [line for line in progress if line["exercise"] == exercise.id]
    passed = {line["step"] for line in own if line["event"] == "passed"} & {step.name for step in exercise.steps}
    times = [line["seconds"] for line in own if line["event"] == "finished" and line["mode"] in ("timed", "interview")]
    return Standing(len(passed), min(times, default=None), bool(own))


def _parsed(line: str) -> dict | None:
    try:
        read = json.loads(line)
        return read if {"at", "exercise", "mode", "event"} <= read.keys() else None
    except (json.JSONDecodeError, AttributeError):
        return None


def full_brief(exercise: Exercise) -> str:
    """The brief, and of each step the file, its inputs and its columns."""
    return "\n".join([exercise.brief.rstrip(), "", *(step_brief(step) for step in exercise.steps)])


def step_brief(step: Step) -> str:
    """What a step asks for, in Markdown."""
    lines = [f"## {step.title}", "", f"Write {' or '.join(f'`{file}`' for file in step.files())}. {step.what}", ""]
    for table, columns in step.inputs.items():
        lines.append(f"- `ref('{table}')` has " + ", ".join(f"`{column}` {type_}" for column, type_ in columns.items()))
    if step.columns:
        lines.append(
            f"- {'the columns of the result' if step.kind == 'model' else 'its columns'}: "
            + ", ".join(f"`{c}` {t}" for c, t in step.columns.items())
        )
    return "\n".join([*lines, ""])


def _beginning(step: Step, file: str) -> str:
    mark = "#" if file.endswith(".py") else "--"
    text = [f"{step.title}: the brief is in brief.md.", step.begin_with(file)]
    return "".join(f"{mark} {line[0].upper()}{line[1:]}\n" for line in text)


def _is_untouched(step: Step, file: Path) -> bool:
    try:
        return file.read_text(encoding="utf-8") == _beginning(step, file.name)
    except (OSError, UnicodeDecodeError):
        return False
