"""Practice in screens, by keyboard: the list, the modes, a go at an exercise, questions, the reference."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Group
from rich.markdown import Markdown
from rich.syntax import Syntax
from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import DataTable, Footer, OptionList, Static
from textual.widgets.option_list import Option

from practice.checking import Verdict
from practice.exercises import Exercise, exercises
from practice.session import Session, clock
from practice.telling import told
from practice.work import Work, standing, step_brief

# How often the file is looked at, and the clock drawn.
POLL_SECONDS = 0.3
# A terminal that is narrower has the brief above the result instead of beside it.
NARROW = 110
ABOUT_MODES = {
    "guided": "one step at a time, with what and why, and up to three hints",
    "timed": "against the clock; the time is kept",
    "interview": "a limit, no hints, and questions to explain aloud in the end",
    "reference": "the finished models of this repository, and why they are so",
}


class ListScreen(Screen):
    """All exercises, with what they teach and how far one is."""

    BINDINGS: ClassVar = [Binding("q", "app.quit", "Quit")]

    def compose(self) -> ComposeResult:
        yield Static(
            "Practice: learn the pipelines by writing them. Choose an exercise with the arrows and Enter.",
            classes="title",
        )
        yield DataTable(cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(DataTable).add_columns("", "Exercise", "State", "Best", "Target", "What it teaches")

    def on_screen_resume(self) -> None:
        table, progress = self.query_one(DataTable), self.app.work.progress()
        at = table.cursor_row
        table.clear()
        for one in exercises().values():
            now = standing(one, progress)
            state = Text(now.says(one), style="green" if now.passed == len(one.steps) else "")
            times = clock(now.best_seconds), f"{one.minutes['target']} min"
            table.add_row(one.letter, one.title, state, *times, one.teaches, key=one.id)
        table.move_cursor(row=at)
        table.focus()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        self.app.push_screen(ModeScreen(exercises()[event.row_key.value]))


class ModeScreen(Screen):
    """The four ways to go at an exercise."""

    BINDINGS: ClassVar = [Binding("escape", "app.pop_screen", "Back"), Binding("q", "app.quit", "Quit")]

    def __init__(self, exercise: Exercise) -> None:
        super().__init__()
        self.exercise = exercise

    def compose(self) -> ComposeResult:
        minutes = self.exercise.minutes
        yield Static(f"{self.exercise.letter}  {self.exercise.title}", classes="title")
        yield OptionList(*(Option(f"{mode:<10} {about}", id=mode) for mode, about in ABOUT_MODES.items()))
        yield Static(
            f"Target {minutes['target']} minutes, an expert takes {minutes['expert']}; "
            f"an interview ends after {minutes['interview']}.",
            classes="note",
        )
        yield VerticalScroll(Static(Markdown(self.exercise.brief)))
        yield Footer()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.app.pop_screen()
        self.app.begin(self.exercise, event.option.id)


class GoScreen(Screen):
    """One go at an exercise: the brief of the step on one side, what its file is told on the other."""

    BINDINGS: ClassVar = [
        Binding("c", "check", "Check now"),
        Binding("h", "hint", "Hint"),
        Binding("n", "next", "Next step"),
        Binding("b", "brief", "Whole brief"),
        Binding("tab", "app.focus_next", "Other side", show=False),
        Binding("escape", "leave", "Leave"),
        Binding("q", "app.quit", "Quit"),
    ]

    def __init__(self, exercise: Exercise, mode: str, work: Work) -> None:
        super().__init__()
        self.session = Session(exercise, mode, work)
        self.hints: list[str] = []
        # The brief of the whole exercise is what one begins with.
        self.is_whole_brief = True
        self.is_checking = False
        self.last: Verdict | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="bar", classes="title")
        with Horizontal(id="sides"):
            with VerticalScroll(id="left"):
                yield Static(id="brief")
            with VerticalScroll(id="right"):
                yield Static(id="verdict")
        yield Footer()

    def on_mount(self) -> None:
        self.session.begin()
        self.draw()
        self.query_one("#verdict", Static).update(
            "Nothing is checked yet. Write the file in your editor; each save is checked."
        )
        self.set_interval(POLL_SECONDS, self.look)

    def on_resize(self) -> None:
        self.query_one("#sides").set_class(self.size.width < NARROW, "narrow")
        if self.last:
            self.draw_verdict(self.last)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        return self.session.mode == "guided" if action in ("hint", "next") else True

    def look(self) -> None:
        """Check what was saved, and draw the clock."""
        if self.session.stop_if_time_is_up():
            self.app.switch_screen(QuestionsScreen(self.session))
            return
        self.draw_bar()
        if not self.is_checking and self.session.was_saved():
            self.action_check()

    def draw_bar(self) -> None:
        session, minutes = self.session, self.session.exercise.minutes
        steps = len(session.exercise.steps)
        at = min(session.at + 1, steps)
        shown = f"{session.exercise.letter}  {session.exercise.title}   {session.mode}   step {at} of {steps}   "
        if session.mode == "interview":
            shown += f"{clock(session.seconds_left)} left"
        elif session.mode == "timed":
            shown += f"{clock(session.seconds)}   target {minutes['target']}:00, expert {minutes['expert']}:00"
        self.query_one("#bar", Static).update(shown)

    def draw(self) -> None:
        """The brief of the step, with the hints that were asked for."""
        self.draw_bar()
        session = self.session
        if session.step is None:
            return
        parts = [Markdown(session.exercise.brief)] if self.is_whole_brief else []
        parts.append(Markdown(step_brief(session.step)))
        if session.mode == "guided":
            parts.append(Markdown(f"**Why**: {session.step.why}"))
        parts += [Markdown(f"**Hint {n}**: {hint}") for n, hint in enumerate(self.hints, 1)]
        parts.append(Text(f"\nFile: {session.file()}", style="bold"))
        self.query_one("#brief", Static).update(Group(*parts))

    def action_brief(self) -> None:
        """Show the brief of the exercise above that of the step, or hide it."""
        self.is_whole_brief = not self.is_whole_brief
        self.draw()

    def action_check(self) -> None:
        """Check the file as it is."""
        if self.session.step is not None and not self.is_checking:
            self.is_checking = True
            self.query_one("#verdict", Static).update("Checking …")
            self.check_in_background()

    @work(thread=True)
    def check_in_background(self) -> None:
        at = self.session.at
        verdict = self.session.check()
        self.app.call_from_thread(self.show, verdict, at)

    def show(self, verdict: Verdict, at: int) -> None:
        """Show what came out; where steps follow each other without being asked, show the next one."""
        self.is_checking = False
        if not self.is_attached:
            return
        self.last = verdict
        self.draw_verdict(verdict)
        if self.session.at != at:
            self.arrive()

    def draw_verdict(self, verdict: Verdict) -> None:
        shown = told(verdict, self.query_one("#right").size.width - 2)
        if verdict.is_right and self.session.mode == "guided":
            shown = Group(shown, Text("Press n for the next step."))
        elif verdict.is_right and self.session.step is not None:
            shown = Group(shown, Text("The next step is on the left."))
        self.query_one("#verdict", Static).update(shown)

    def action_hint(self) -> None:
        """Show the next hint."""
        hint = self.session.hint()
        self.hints.append(hint) if hint not in self.hints else None
        self.draw()
        self.call_after_refresh(self.query_one("#left", VerticalScroll).scroll_end)

    def action_next(self) -> None:
        """Go on, if this step passes."""
        if not (self.session.verdict and self.session.verdict.is_right):
            self.notify("This step does not pass yet; c checks it.", severity="warning")
            return
        self.session.next_step()
        self.last = None
        self.query_one("#verdict", Static).update("Nothing is checked yet for this step.")
        self.arrive()

    def arrive(self) -> None:
        """Draw the step that the session has come to, or the end."""
        self.hints, self.is_whole_brief = [], False
        if self.session.step is None:
            if self.session.mode == "interview":
                self.app.switch_screen(QuestionsScreen(self.session))
            else:
                self.app.switch_screen(DoneScreen(self.session))
            return
        self.draw()
        self.query_one("#left", VerticalScroll).scroll_home(animate=False)

    def action_leave(self) -> None:
        """Back to the list; what was passed stays passed."""
        self.app.pop_screen()


class DoneScreen(Screen):
    """The end of a go."""

    BINDINGS: ClassVar = [Binding("escape,enter", "app.pop_screen", "To the list"), Binding("q", "app.quit", "Quit")]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def compose(self) -> ComposeResult:
        minutes = self.session.exercise.minutes
        best = standing(self.session.exercise, self.session.work.progress()).best_seconds
        lines = [f"{self.session.exercise.title}: every step passes. It took {clock(self.session.seconds)}."]
        if self.session.mode == "timed":
            lines.append(
                f"Target {minutes['target']}:00, expert {minutes['expert']}:00; your best time is {clock(best)}."
            )
        lines.append("The reference mode shows what the finished models do beyond this.")
        lines.append("make practice-report draws your times and mistakes.")
        yield Static("Done", classes="title")
        yield Static("\n\n".join(lines), classes="note")
        yield Footer()


class QuestionsScreen(Screen):
    """The questions of an interview: explain aloud, then see what a good answer names."""

    BINDINGS: ClassVar = [
        Binding("enter", "show", "Show what a good answer names"),
        Binding("escape", "app.pop_screen", "To the list"),
        Binding("q", "app.quit", "Quit"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.at, self.is_shown = 0, False

    def compose(self) -> ComposeResult:
        yield Static(id="bar", classes="title")
        yield Static(id="question", classes="note")
        yield Footer()

    def on_mount(self) -> None:
        self.draw()

    def draw(self) -> None:
        """The question, and after Enter what a good answer names."""
        questions = self.session.exercise.questions
        said = (
            "Time is up: say what is missing, too."
            if self.session.is_time_up
            else f"Finished in {clock(self.session.seconds)}."
        )
        if self.at == len(questions):
            self.query_one("#bar", Static).update(f"Interview   {said}")
            self.query_one("#question", Static).update("That were all questions. Escape goes back to the list.")
            return
        question = questions[self.at]
        self.query_one("#bar", Static).update(f"Interview   question {self.at + 1} of {len(questions)}   {said}")
        parts = [Text(question.ask, style="bold"), Text("\nExplain it aloud, then press Enter.")]
        if self.is_shown:
            names = "\n".join(f"- {name}" for name in question.names)
            parts = [Text(question.ask, style="bold"), Markdown(f"A good answer names\n\n{names}")]
            parts.append(
                Text(f"\nHow many of the {len(question.names)} did you name? Press 0 to {len(question.names)}.")
            )
        self.query_one("#question", Static).update(Group(*parts))

    def action_show(self) -> None:
        """Show what a good answer names."""
        if self.at < len(self.session.exercise.questions):
            self.is_shown = True
            self.draw()

    def on_key(self, event) -> None:
        questions = self.session.exercise.questions
        if not self.is_shown or self.at == len(questions) or not event.key.isdigit():
            return
        question = questions[self.at]
        if int(event.key) <= len(question.names):
            session = self.session
            session.work.note(
                session.exercise,
                session.mode,
                "answered",
                question=question.ask,
                named=int(event.key),
                of=len(question.names),
            )
            self.at, self.is_shown = self.at + 1, False
            self.draw()


class ReferenceScreen(Screen):
    """The finished models, one page each, with why they are so."""

    BINDINGS: ClassVar = [
        Binding("n,right", "turn(1)", "Next"),
        Binding("p,left", "turn(-1)", "Previous"),
        Binding("escape", "app.pop_screen", "To the list"),
        Binding("q", "app.quit", "Quit"),
    ]

    def __init__(self, exercise: Exercise) -> None:
        super().__init__()
        self.exercise = exercise
        self.pages = [(step, reference) for step in exercise.steps for reference in step.references]
        self.at = 0

    def compose(self) -> ComposeResult:
        yield Static(id="bar", classes="title")
        yield Horizontal(
            VerticalScroll(Static(id="why"), id="left"), VerticalScroll(Static(id="text"), id="right"), id="sides"
        )
        yield Footer()

    def on_mount(self) -> None:
        self.app.work.note(self.exercise, "reference", "started")
        self.draw()
        self.query_one("#right").focus()

    def on_resize(self) -> None:
        self.query_one("#sides").set_class(self.size.width < NARROW, "narrow")

    def draw(self) -> None:
        """One page."""
        step, reference = self.pages[self.at]
        self.query_one("#bar", Static).update(
            f"{self.exercise.letter}  {self.exercise.title}   reference   page {self.at + 1} of {len(self.pages)}"
        )
        why = "\n".join(f"{n}. {one}" for n, one in enumerate(reference.why, 1))
        self.query_one("#why", Static).update(
            Markdown(f"## {step.title}\n\n{step.why}\n\n**{reference.file}**\n\n{why}")
        )
        language = "python" if reference.file.endswith(".py") else "sql"
        self.query_one("#text", Static).update(Syntax(reference.text(), language, line_numbers=True, word_wrap=True))
        self.query_one("#right", VerticalScroll).scroll_home(animate=False)

    def action_turn(self, by: int) -> None:
        """To another page."""
        self.at = min(max(self.at + by, 0), len(self.pages) - 1)
        self.draw()


class Practice(App):
    """The program: begins with the list, or with what it was asked for."""

    TITLE = "Practice"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    .title { background: $primary; color: $text; padding: 0 1; text-style: bold; }
    .note { padding: 1 2; }
    OptionList { height: auto; margin: 1; }
    DataTable { height: 1fr; }
    #left { width: 2fr; padding: 0 1; }
    #right { width: 3fr; padding: 0 1; border-left: solid $primary; }
    #sides.narrow { layout: vertical; }
    #sides.narrow #left { width: 1fr; height: 2fr; }
    #sides.narrow #right { width: 1fr; height: 3fr; border-left: none; border-top: solid $primary; }
    """

    def __init__(self, work: Work, exercise: Exercise | None = None, mode: str = "") -> None:
        super().__init__()
        self.work, self.exercise, self.mode = work, exercise, mode

    def on_mount(self) -> None:
        self.push_screen(ListScreen())
        if self.exercise and self.mode:
            self.begin(self.exercise, self.mode)
        elif self.exercise:
            self.push_screen(ModeScreen(self.exercise))

    def begin(self, exercise: Exercise, mode: str) -> None:
        """A go at an exercise."""
        self.push_screen(ReferenceScreen(exercise) if mode == "reference" else GoScreen(exercise, mode, self.work))
