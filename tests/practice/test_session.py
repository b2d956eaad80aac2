"""A learner's way through an exercise: his folder, his progress, each mode, in screens and in lines."""

import asyncio
import json
import shutil
import sys
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from textual.widgets import DataTable, OptionList, Static

from practice import cli, plain
from practice.exercises import ENDINGS, PROJECT, exercises
from practice.report import render, write_report
from practice.screens import DoneScreen, GoScreen, ListScreen, Practice, QuestionsScreen, ReferenceScreen
from practice.session import Session, clock
from practice.work import Work, standing
from warehouse.errors import UsageError

ORDERS = exercises()["order_windows"]


def write(work: Work, exercise, step, text: str | None = None) -> None:
    """Save an answer, or another text, as the file of a step."""
    folder = work.prepare(exercise)
    (folder / f"{step.name}.sql").write_text(step.answer("sql") if text is None else text)


def run(capsys: pytest.CaptureFixture, *arguments: str) -> tuple[int, str, str]:
    """The command in this process: its exit code and what it prints."""
    code = 0
    try:
        cli.run(list(arguments))
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    return code, out, err


def test_a_guided_go_is_checked_step_by_step_and_goes_on_where_it_was_left(tmp_path):
    work = Work(tmp_path)
    session = Session(ORDERS, "guided", work)
    folder = session.begin()
    first, second = ORDERS.steps
    assert (folder / "brief.md").read_text().startswith("# Order windows")
    assert "is empty: " in session.check().problem
    assert [session.hint() for _ in range(3)] == list(first.hints)
    assert session.hint().startswith("That were all hints")
    assert not session.was_saved()
    write(work, ORDERS, first, first.answer("sql").replace(">= window_end_at", "> window_end_at"))
    assert session.was_saved() and not session.was_saved()
    assert session.check().broken_rules == ["boundary", "unit_test"]
    write(work, ORDERS, first)
    assert session.check().is_right and session.at == 0
    session.next_step()
    assert session.step is second and session.hints_shown == 0
    again = Session(ORDERS, "guided", work)
    again.begin()
    assert again.step is second
    assert standing(ORDERS, work.progress()).says(ORDERS) == "1 of 2 steps"
    assert [line["event"] for line in work.progress()] == [
        *["started", "checked", "hint", "hint", "hint", "checked", "checked", "passed", "started"]
    ]


def test_the_file_that_was_saved_last_is_checked_in_its_language(tmp_path):
    work, step = Work(tmp_path), ORDERS.steps[0]
    folder = work.prepare(ORDERS)
    (folder / f"{step.name}.py").write_text(step.answer("python"))
    assert work.file(ORDERS, step).suffix == ".py"
    write(work, ORDERS, step, "select 1")
    assert work.file(ORDERS, step).suffix == ".sql"
    assert work.prepare(ORDERS) and work.file(ORDERS, step).read_text() == "select 1"


def test_a_timed_go_moves_on_by_itself_and_keeps_its_time(tmp_path, monkeypatch):
    work = Work(tmp_path)
    session = Session(ORDERS, "timed", work)
    session.begin()
    assert session.hint() == "There are no hints in the timed mode."
    for step in ORDERS.steps:
        write(work, ORDERS, step)
    assert session.check().is_right and session.at == 1
    monkeypatch.setattr(session, "_begun", session._begun - 1000)
    assert session.check().is_right and session.step is None
    now = standing(ORDERS, work.progress())
    assert (now.says(ORDERS), now.passed) == ("finished", 2) and 1000 <= now.best_seconds < 1100
    monkeypatch.setattr("time.monotonic", lambda: session._begun + 9999)
    assert session.seconds == now.best_seconds, "its clock has stopped"
    assert clock(now.best_seconds).startswith("16:") and clock(3723) == "1:02:03" and clock(None) == "-"


def test_an_interview_ends_when_its_time_is_up(tmp_path, monkeypatch):
    session = Session(ORDERS, "interview", Work(tmp_path))
    session.begin()
    assert not session.stop_if_time_is_up()
    monkeypatch.setattr(session, "_begun", session._begun - ORDERS.minutes["interview"] * 60)
    assert session.seconds_left == 0
    assert session.stop_if_time_is_up() and not session.stop_if_time_is_up()
    assert session.work.progress()[-1]["event"] == "time_up"


# Lines


def lines(work: Work, monkeypatch: pytest.MonkeyPatch, *said: str) -> str:
    """What practice prints in lines when a learner says these."""
    monkeypatch.setattr(sys, "stdin", StringIO("\n".join(said) + "\n"))
    out = StringIO()
    talk = plain.Lines(work)
    talk.console = plain.Console(file=out, width=120, highlight=False)
    talk.run(None, "")
    return out.getvalue()


def test_lines_lead_through_an_interview(tmp_path, monkeypatch):
    work = Work(tmp_path)
    for step in ORDERS.steps:
        write(work, ORDERS, step)
    questions = [answer for question in ORDERS.questions for answer in ("", str(len(question.names)))]
    said = lines(work, monkeypatch, "X", "H", "interview", "hint", "leap", "clock", "check", "check", *questions)
    assert (
        "X is none of them." in said
        and "leap is no command here." in said
        and "There are no hints in the interview mode." in said
    )
    assert "Right: all 8 cases pass." in said and "Finished in 00:0" in said
    assert all(name in said for question in ORDERS.questions for name in question.names)
    answered = [line for line in work.progress() if line["event"] == "answered"]
    assert [line["named"] for line in answered] == [len(question.names) for question in ORDERS.questions]


def test_lines_name_the_rule_and_show_the_smallest_input(tmp_path, monkeypatch):
    work, step = Work(tmp_path), ORDERS.steps[0]
    write(work, ORDERS, step, step.answer("sql").replace(">= window_end_at", "> window_end_at"))
    said = lines(work, monkeypatch, "h", "guided", "next", "hint", "check", "brief", "quit")
    assert "This step does not pass yet" in said and step.hints[0] in said
    assert "A boundary is on the wrong side." in said and "The smallest input that shows it:" in said
    shown = said[said.index("The smallest input") :]
    # Of six records the two that are needed: the one that moves the watermark to the end, and the one that is late.
    assert [order in shown for order in ("o1", "o2", "o3", "o4", "o5", "o6")] == [
        False,
        False,
        False,
        True,
        True,
        False,
    ]
    assert "Each row has loaded_at 2025-01-01 11:00:00, source_file a" in shown
    assert "expected" in shown and "got" in shown and "late" in shown


def test_lines_wait_for_a_save(tmp_path, monkeypatch):
    work, step = Work(tmp_path), ORDERS.steps[0]
    monkeypatch.setattr(plain.time, "sleep", lambda _: write(work, ORDERS, step))
    said = lines(work, monkeypatch, "h", "timed", "save", "quit")
    assert "The target is 50 minutes; an expert takes 20." in said
    assert "Right: all 8 cases pass." in said and "Write fct_order_windows.sql" in said


def test_lines_show_the_reference(tmp_path, monkeypatch):
    said = lines(Work(tmp_path), monkeypatch, "h", "reference")
    assert "int_orders__orders_decided.sql" in said and "decided_by_first_arrival" in said
    assert "Orders are remembered for ever." in said


# Screens


def shown(screen) -> str:
    """All texts of a screen, as a person reads them."""
    out = StringIO()
    console = plain.Console(file=out, width=120)
    for one in screen.query(Static):
        console.print(one.content)
    return out.getvalue()


async def until(pilot, condition) -> None:
    """Wait for something that happens in the background."""
    for _ in range(200):
        if condition():
            return
        await pilot.pause(0.1)
    raise AssertionError(shown(pilot.app.screen))


def play(work: Work, way, exercise=None, mode: str = "") -> None:
    """Open the screens and go a way through them."""

    async def go() -> None:
        app = Practice(work, exercise, mode)
        async with app.run_test(size=(140, 50)) as pilot:
            await pilot.pause()
            await way(app, pilot)

    asyncio.run(go())


def test_screens_from_the_list_to_the_end_of_a_guided_go(tmp_path):
    work = Work(tmp_path)
    first, second = ORDERS.steps

    async def way(app, pilot) -> None:
        assert isinstance(app.screen, ListScreen)
        table = app.screen.query_one(DataTable)
        assert table.row_count == len(exercises())
        await pilot.press(*["down"] * list(exercises()).index("order_windows"), "enter")
        assert app.screen.query_one(OptionList).option_count == 4
        await pilot.press("enter")
        assert isinstance(app.screen, GoScreen)
        assert first.why.split()[0] in shown(app.screen) and "guided   step 1 of 2" in shown(app.screen)
        await pilot.press("h")
        assert "Hint 1" in shown(app.screen)
        await pilot.press("n")
        assert app.screen.session.at == 0
        # A save is noticed by itself.
        write(work, ORDERS, first, first.answer("sql").replace(">= window_end_at", "> window_end_at"))
        await until(pilot, lambda: "A boundary is on the wrong side." in shown(app.screen))
        write(work, ORDERS, first)
        await until(pilot, lambda: "Press n for the next step." in shown(app.screen))
        await pilot.press("n", "c")
        await until(pilot, lambda: "is empty: begin with select" in shown(app.screen))
        write(work, ORDERS, second)
        await until(pilot, lambda: "Press n for the next step." in shown(app.screen))
        await pilot.press("n")
        assert isinstance(app.screen, DoneScreen) and "every step passes" in shown(app.screen)
        await pilot.press("escape")
        row = app.screen.query_one(DataTable).get_row("order_windows")
        assert str(row[2]) == "finished"

    play(work, way)


def test_screens_of_an_interview_end_in_questions(tmp_path, monkeypatch):
    work = Work(tmp_path)

    async def way(app, pilot) -> None:
        assert "left" in shown(app.screen) and "Why" not in shown(app.screen)
        await pilot.press("h")
        assert "Hint 1" not in shown(app.screen)
        app.screen.session._begun -= ORDERS.minutes["interview"] * 60
        await until(pilot, lambda: isinstance(app.screen, QuestionsScreen))
        for question in ORDERS.questions:
            assert question.ask in shown(app.screen) and question.names[0] not in shown(app.screen)
            await pilot.press("enter")
            assert all(name in shown(app.screen) for name in question.names)
            await pilot.press("9", "1")
        assert "That were all questions." in shown(app.screen)
        await pilot.press("escape")
        assert isinstance(app.screen, ListScreen)

    play(work, way, ORDERS, "interview")
    assert [line["named"] for line in work.progress() if line["event"] == "answered"] == [1] * len(ORDERS.questions)


def test_screens_of_the_reference_turn_pages(tmp_path):
    async def way(app, pilot) -> None:
        assert isinstance(app.screen, ReferenceScreen)
        assert "page 1 of 4" in shown(app.screen) and "decided_by_first_arrival" in shown(app.screen)
        await pilot.press("n", "n", "n", "n")
        assert "page 4 of 4" in shown(app.screen) and "fct_order_windows_late.sql" in shown(app.screen)
        await pilot.press("p")
        assert "page 3 of 4" in shown(app.screen)

    play(Work(tmp_path), way, ORDERS, "reference")


# Commands


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["start", "--exercise", "Z"], "EXERCISE=Z is no exercise; there are daily_user_metrics, "),
        (["start", "--mode", "slow"], "MODE=slow is none of guided, timed, interview, reference."),
        (["start", "--plain", "maybe"], "PLAIN=maybe is neither yes nor no."),
        (["start"], "Screens need a terminal; PLAIN=yes has lines instead."),
        (["start", "--folder", "/proc/nowhere"], "name another folder with FOLDER="),
        (["reset", "--folder", str(PROJECT / "seeds")], "has files that practice did not make"),
        (["report"], "There is no progress yet; make practice begins."),
        (["begin"], "No such command 'begin'"),
    ],
)
def test_a_wrong_command_gets_one_sentence(tmp_path, capsys, arguments, says):
    folder = [] if "--folder" in arguments or arguments == ["begin"] else ["--folder", str(tmp_path)]
    code, out, err = run(capsys, *arguments, *folder)
    assert code == 1 and says in err and len(err.strip().splitlines()) == 1 and not out


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path):
    work = Work(tmp_path)
    work.note(ORDERS, "timed", "started")
    with (tmp_path / "progress.jsonl").open("a") as file:
        file.write('{"at": "2025')
    work.note(ORDERS, "timed", "finished", seconds=60)
    assert [line["event"] for line in work.progress()] == ["started", "finished"]


def test_reset_forgets_one_exercise_or_all_and_throws_nothing_away(tmp_path, capsys):
    work, other = Work(tmp_path), exercises()["user_events"]
    for exercise in (ORDERS, other):
        write(work, exercise, exercise.steps[0], "select 1")
        work.note(exercise, "guided", "started")
    code, out, _ = run(capsys, "reset", "--exercise", "H", "--folder", str(tmp_path))
    assert code == 0 and "Forgotten; what was there is in" in out
    assert {line["exercise"] for line in work.progress()} == {"user_events"}
    assert (tmp_path / "user_events").exists() and not (tmp_path / "order_windows").exists()
    run(capsys, "reset", "--folder", str(tmp_path))
    assert not work.progress()
    kept = {path.name for aside in tmp_path.glob("before_*") for path in aside.rglob("*.sql")}
    assert {f"{ORDERS.steps[0].name}.sql", f"{other.steps[0].name}.sql"} <= kept
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    assert "nothing to forget" in run(capsys, "reset", "--folder", str(tmp_path))[1]


def test_the_page_draws_times_and_mistakes_and_asks_nothing_from_outside(tmp_path):
    work = Work(tmp_path)
    work.note(ORDERS, "timed", "checked", step=ORDERS.steps[0].name, rules=["boundary", "tie"], problem=None, passed=3)
    work.note(ORDERS, "timed", "passed", step=ORDERS.steps[0].name, seconds=60, hints=0)
    work.note(ORDERS, "timed", "finished", seconds=1200)
    work.note(ORDERS, "interview", "answered", question="Why <b>?", named=2, of=3)
    with (tmp_path / "progress.jsonl").open("a") as file:
        file.write('{"at": "cut off')
    page = write_report(work, tmp_path / "page.html", datetime(2025, 1, 8, tzinfo=UTC)).read_text()
    assert "20:00" in page and "1 of 2 steps" in page and "A boundary is on the wrong side." in page
    assert page.count("<svg") == 2 and "Why &lt;b&gt;?" in page and "2 of 3" in page
    assert "<script" not in page and "://" not in page
    assert "No check has failed" in render([work.progress()[2]], datetime.now(UTC))


def test_a_report_without_a_place_is_said_in_one_sentence(tmp_path):
    work = Work(tmp_path)
    work.note(ORDERS, "guided", "started")
    with pytest.raises(UsageError, match="cannot be written"):
        write_report(work, Path("/proc/nowhere/page.html"))


def test_progress_is_lines_of_json(tmp_path):
    work = Work(tmp_path)
    work.note(ORDERS, "guided", "hint", step="x", number=1)
    (line,) = (tmp_path / "progress.jsonl").read_text().splitlines()
    assert json.loads(line) | {"at": ""} == {
        **{"at": "", "exercise": "order_windows", "mode": "guided", "event": "hint", "step": "x", "number": 1}
    }
    assert set(ENDINGS) == {"sql", "python"}
