"""Practice in lines: for whoever wants no screens, and for tests. Commands are words on standard input."""

from __future__ import annotations

import sys
import time

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from practice.exercises import Exercise, exercises
from practice.session import Session, clock
from practice.telling import print_verdict
from practice.work import MODES, Work, standing, step_brief

COMMANDS = {
    "guided": "save (wait for a save), check, hint, next, brief, quit",
    "timed": "save (wait for a save), check, brief, clock, quit",
    "interview": "save (wait for a save), check, brief, clock, quit",
}
# How often the file is looked at.
POLL_SECONDS = 0.2


class Lines:
    """The screens, as lines."""

    def __init__(self, work: Work) -> None:
        self.work = work
        # Where no terminal says how wide it is, lines are as long as in a usual one that is wide.
        self.console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 120)

    def run(self, exercise: Exercise | None, mode: str) -> None:
        """Ask what is not said yet, and go through the exercise."""
        if exercise is None:
            self._list()
            letters = {key: one for one in exercises().values() for key in (one.letter, one.letter.lower(), one.id)}
            exercise = letters[self._ask("Which exercise (a letter)?", letters)]
        mode = mode or self._ask(f"Which mode ({', '.join(MODES)})?", dict.fromkeys(MODES))
        if mode == "reference":
            self.reference(exercise)
        else:
            self.go(Session(exercise, mode, self.work))

    def _list(self) -> None:
        table, progress = Table("", "exercise", "what it teaches", "state", "best", box=None), self.work.progress()
        for one in exercises().values():
            now = standing(one, progress)
            table.add_row(one.letter, one.title, one.teaches, now.says(one), clock(now.best_seconds))
        self.console.print(table)

    def _ask(self, question: str, answers: dict) -> str:
        while (said := self._read(question)) not in answers:
            self.console.print(f"{said or 'Nothing'} is none of them.")
        return said

    def _read(self, prompt: str) -> str:
        self.console.print(prompt, end=" ")
        line = sys.stdin.readline()
        if not line:
            raise KeyboardInterrupt
        return line.strip()

    def go(self, session: Session) -> None:
        """One go at an exercise."""
        folder, minutes = session.begin(), session.exercise.minutes
        self.console.print(Markdown(session.exercise.brief))
        self.console.print(f"\nYour folder is {folder}; each save is checked.")
        if session.mode == "timed":
            self.console.print(f"The target is {minutes['target']} minutes; an expert takes {minutes['expert']}.")
        if session.mode == "interview":
            self.console.print(f"You have {minutes['interview']} minutes and no hints.")
        self._brief(session)
        while session.step is not None:
            if session.stop_if_time_is_up():
                self.console.print("Time is up. Say aloud what is missing, then go on to the questions.")
                break
            command = self._read(f"[{COMMANDS[session.mode]}]\n>")
            if command == "quit":
                return
            self._do(session, command)
        if session.step is None:
            self.console.print(f"Finished in {clock(session.seconds)}.")
        if session.mode == "interview":
            self._questions(session)

    def _do(self, session: Session, command: str) -> None:
        at = session.at
        if command == "save":
            while not session.was_saved() and session.seconds_left != 0:
                time.sleep(POLL_SECONDS)
        if command in ("save", "check"):
            print_verdict(session.check(), self.console)
        elif command == "hint":
            self.console.print(Markdown(session.hint()))
        elif command == "brief":
            self._brief(session)
        elif command == "clock":
            self.console.print(clock(session.seconds_left if session.mode == "interview" else session.seconds))
        elif command == "next" and session.mode == "guided":
            if session.verdict and session.verdict.is_right:
                session.next_step()
            else:
                self.console.print("This step does not pass yet; check shows why.")
        else:
            self.console.print(f"{command or 'Nothing'} is no command here.")
        if session.at != at and session.step is not None:
            self._brief(session)

    def _brief(self, session: Session) -> None:
        step = session.step
        self.console.print(Markdown(step_brief(step) + (f"\nWhy: {step.why}" if session.mode == "guided" else "")))
        self.console.print(f"File: {session.file()}")

    def _questions(self, session: Session) -> None:
        self.console.print("Explain aloud; Enter shows what a good answer names.")
        for question in session.exercise.questions:
            self._read(f"\n{question.ask}")
            for name in question.names:
                self.console.print(f"  - {name}")
            named = self._ask(
                f"How many of the {len(question.names)} did you name?",
                {str(n): n for n in range(len(question.names) + 1)},
            )
            session.work.note(
                session.exercise,
                session.mode,
                "answered",
                question=question.ask,
                named=int(named),
                of=len(question.names),
            )

    def reference(self, exercise: Exercise) -> None:
        """The finished models of this repository, and why they are so."""
        self.work.note(exercise, "reference", "started")
        for step in exercise.steps:
            self.console.print(Markdown(f"# {step.title}\n\n{step.why}"))
            for reference in step.references:
                self.console.print(
                    Markdown(
                        f"## {reference.file}\n\n" + "\n".join(f"{n}. {why}" for n, why in enumerate(reference.why, 1))
                    )
                )
                self.console.print(reference.text())
