"""Checks a learner's file: runs it in a process of its own, and says what is wrong with it."""

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from practice.exercises import Step, rules

PROJECT = Path(__file__).resolve().parent.parent
# The child stops a model after seconds of CPU; this is for one that waits, or that cannot be stopped from within.
WALL_SECONDS = 20


@dataclass(frozen=True)
class Failure:
    """A case that fails.

    Attributes:
        rule: the id of the rule that it breaks.
        case, says: its name, and what it is about.
        given: by table the columns and rows, as text.
        is_smallest: whether rows were left out until each of them was needed.
        columns: those of expected and got.
        expected, got: rows as text, each with whether the other side lacks it.
    """

    rule: str
    case: str
    says: str
    given: dict[str, dict]
    is_smallest: bool
    columns: list[str]
    expected: list[dict]
    got: list[dict]

    @property
    def rule_says(self) -> str:
        """The rule in a sentence."""
        return rules()[self.rule]


@dataclass(frozen=True)
class Verdict:
    """What a file is told: that it passes, one sentence that says why it cannot be compared, or which cases fail.

    `cpu_seconds` is what the check took.
    """

    problem: str | None = None
    failures: list[Failure] = field(default_factory=list)
    passed: int = 0
    cpu_seconds: float = 0

    @property
    def is_right(self) -> bool:
        """Whether every case passes."""
        return self.problem is None and not self.failures

    @property
    def broken_rules(self) -> list[str]:
        """The rules that are broken, the one to look at first in front."""
        return list(dict.fromkeys(failure.rule for failure in self.failures))


class _Child:
    """The process in which files run, started when it is first needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None
        self._turn = threading.Lock()

    def verdict(self, task: dict) -> dict | None:
        """What the process says of a task; None where it ended without a word. Raises TimeoutError."""
        with self._turn:
            process = self._running()
            process.stdin.write(json.dumps(task) + "\n")
            process.stdin.flush()
            if not select.select([process.stdout], [], [], WALL_SECONDS)[0]:
                self.stop()
                raise TimeoutError
            return json.loads(process.stdout.readline() or "null")

    def _running(self) -> subprocess.Popen:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "practice.child"],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
        return self._process

    def stop(self) -> None:
        """End the process and all that it has started."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


_CHILD = _Child()
atexit.register(_CHILD.stop)


def check(step: Step, file: Path) -> Verdict:
    """Check the file of a step. Takes a second or two; never raises for what is in the file."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Verdict(f"There is no {file.name} in {file.parent} yet: write it there and save.")
    except (OSError, UnicodeDecodeError) as error:
        return Verdict(f"{file.name} cannot be read: {error}.")
    return check_text(step, file.name, text)


def check_text(step: Step, name: str, text: str) -> Verdict:
    """Check what would stand in a file of this name."""
    if not _code(text, name):
        return Verdict(f"{name} is empty: {step.begin_with(name)}")
    task = {"step": step.task(), "name": name, "text": text, "answer": step.answer_sql()}
    try:
        said = _CHILD.verdict(task)
    except TimeoutError:
        return Verdict(f"{name} was stopped after {WALL_SECONDS} seconds: it waits or never ends.")
    if said is None:
        return Verdict(f"{name} was stopped: it ended the process that it ran in, or took more than it may have.")
    failures = [Failure(**failure) for failure in said.get("failures", [])]
    return Verdict(said.get("problem"), failures, said.get("passed", 0), said["cpu_seconds"])


def _code(text: str, name: str) -> str:
    """A file without lines that are comments, by which one that says nothing is known."""
    mark = "#" if name.endswith(".py") else "--"
    return "".join(line for line in text.splitlines() if not line.strip().startswith(mark)).strip()
