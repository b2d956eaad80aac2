"""One go at an exercise in one mode: the step it is at, the clock, the hints, what was checked.

Screens and lines share it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from practice.checking import Verdict, check
from practice.exercises import Exercise, Step
from practice.work import Work


@dataclass
class Session:
    """A go at an exercise.

    Attributes:
        at: the number of the step, from 0; the number of steps when all are done.
        hints_shown: of this step.
        verdict: of the last check of this step.
        is_time_up: whether the limit of an interview has passed.
    """

    exercise: Exercise
    mode: str
    work: Work
    at: int = 0
    hints_shown: int = 0
    verdict: Verdict | None = None
    is_time_up: bool = False
    _begun: float = field(default_factory=time.monotonic)
    _step_begun: float = field(default_factory=time.monotonic)
    _ended: float | None = None
    _seen: tuple = ()

    def begin(self) -> Path:
        """Lay out the folder and start the clock; a guided go goes on after the steps that are done."""
        folder = self.work.prepare(self.exercise)
        if self.mode == "guided":
            passed = {
                line["step"]
                for line in self.work.progress()
                if line["event"] == "passed" and line["exercise"] == self.exercise.id
            }
            self.at = next((n for n, step in enumerate(self.exercise.steps) if step.name not in passed), 0)
        self.work.note(self.exercise, self.mode, "started")
        self._begun = self._step_begun = time.monotonic()
        self._seen = self._saved()
        return folder

    @property
    def step(self) -> Step | None:
        """The step it is at; None when all are done."""
        return self.exercise.steps[self.at] if self.at < len(self.exercise.steps) else None

    @property
    def seconds(self) -> int:
        """How long this go has taken, to the end of its last step."""
        return round((self._ended or time.monotonic()) - self._begun)

    @property
    def seconds_left(self) -> int | None:
        """Of an interview."""
        return max(0, self.exercise.minutes["interview"] * 60 - self.seconds) if self.mode == "interview" else None

    def file(self) -> Path:
        """The file of the step it is at."""
        return self.work.file(self.exercise, self.step)

    def was_saved(self) -> bool:
        """Whether the file of this step has been saved since this was last asked."""
        before, self._seen = self._seen, self._saved()
        return self._seen != before

    def _saved(self) -> tuple:
        if self.step is None:
            return ()
        files = [self.work.folder / self.exercise.id / file for file in self.step.files()]
        return tuple((file.stat().st_mtime_ns, file.stat().st_size) if file.exists() else None for file in files)

    def check(self) -> Verdict:
        """Check the file of this step, and write down what came out."""
        step, verdict = self.step, check(self.step, self.file())
        if step is not self.step:
            return verdict
        self.verdict = verdict
        seconds = round(time.monotonic() - self._step_begun)
        self.work.note(
            self.exercise,
            self.mode,
            "checked",
            step=step.name,
            rules=verdict.broken_rules,
            problem=verdict.problem,
            passed=verdict.passed,
        )
        if verdict.is_right:
            self.work.note(self.exercise, self.mode, "passed", step=step.name, seconds=seconds, hints=self.hints_shown)
            if self.mode != "guided":
                self.next_step()
        return verdict

    def hint(self) -> str:
        """The next hint; a sentence that says so where there is none."""
        if self.mode != "guided":
            return f"There are no hints in the {self.mode} mode."
        if self.step is None or self.hints_shown == len(self.step.hints):
            return "That were all hints; the reference shows the finished model."
        self.hints_shown += 1
        self.work.note(self.exercise, self.mode, "hint", step=self.step.name, number=self.hints_shown)
        return self.step.hints[self.hints_shown - 1]

    def next_step(self) -> None:
        """Go on; after the last step the go is finished, and its time is kept."""
        if self.step is None:
            return
        self.at += 1
        self.hints_shown, self.verdict, self._step_begun = 0, None, time.monotonic()
        self._seen = self._saved()
        if self.step is None:
            self._ended = time.monotonic()
            self.work.note(self.exercise, self.mode, "finished", seconds=self.seconds)

    def stop_if_time_is_up(self) -> bool:
        """End an interview whose limit has passed, once; whether that was just now."""
        if self.seconds_left != 0 or self.step is None or self.is_time_up:
            return False
        self.is_time_up = True
        self.work.note(self.exercise, self.mode, "time_up", step=self.step.name, seconds=self.seconds)
        return True


def clock(seconds: int | None) -> str:
    """Seconds as 1:02:03 or 02:03; a dash where there are none."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
