"""Alerts: the right ones and no others, on days that are made up; sent once, and resolved once."""

import http.server
import json
import os
import smtplib
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, Warehouse, warehouse_command
from made_up_history import FIRST_DAY, MANIFEST, TABLES, History, Run, inserts

from warehouse.alerts import candidates, causes, channels, command, memory, settings, texts
from warehouse.dbt_runs import Dbt
from warehouse.errors import UsageError

ORDERS_CHECK = "test.commerce_warehouse.assert_orders"
USERS_CHECK = "test.commerce_warehouse.assert_users"
ORDERS = "model.commerce_warehouse.stg_shop__orders"
FAILED = f"check_failed {ORDERS_CHECK}"
AS_USUAL = "as usual"


@dataclass(frozen=True)
class Day:
    """A day and the alerts that are right for it.

    Attributes:
        situation: what happens.
        runs: the builds of the day.
        new: alerts that are sent: tier and key of the root cause.
        over: alerts that are said to be over: key of the root cause.
        looked_at: the hours, in UTC, at which `make alerts SEND=yes` runs.
        window: a maintenance window in alerts.yml.
    """

    situation: str
    runs: tuple[Run, ...] = (Run(),)
    new: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    looked_at: tuple[float, ...] = (12,)
    window: str = ""


def usual(number: int) -> list[Day]:
    return [Day(AS_USUAL)] * number


def rejecting(factor: float, **more: object) -> Day:
    """Orders without a status are rejected so many times as often as usual."""
    rates = {("orders", "no_status"): 0.01 * factor}
    return Day(f"orders without a status x {factor}", (Run(rates=rates),), **more)


# No day of these has more alerts than it says, and the first seven have none, whatever happens: nothing is known yet.
DAYS = [
    Day("the first run of a warehouse: everything that is there arrives at once"),
    *usual(2),
    Day(
        "half of the orders are rejected on a day of which nothing is known",
        (Run(rates={("orders", "no_status"): 0.4}),),
    ),
    *usual(4),
    # 8
    Day("a reason is rare today, and was frequent once: no limit is broken"),
    Day("twice as many web events on one day, as in a sale", (Run(volume={"web_events": 2}),)),
    *usual(2),
    # 12: a holiday
    Day(
        "a holiday: a third of everything",
        (Run(volume=dict.fromkeys(("orders", "users", "web_events", "shipment_scans"), 0.3)),),
    ),
    *usual(2),
    # 15: a check
    Day(
        "a check fails, and the run is repeated without success",
        (Run(6, "failed", failed=(ORDERS_CHECK,)), Run(7, "failed", failed=(ORDERS_CHECK,))),
        new=(f"page {FAILED}",),
    ),
    Day("the run succeeds again", over=(FAILED,)),
    Day(
        "a check fails at six, and the second attempt succeeds before anybody looks: but that was one day too many",
        (Run(6, "failed", failed=(ORDERS_CHECK,)), Run(6.5)),
        new=("page budget checks_pass",),
    ),
    *usual(2),
    # 20: killed
    Day("a build is killed, and nobody repeats it", (Run(outcome="killed"),), new=("page run_killed build",)),
    Day("the next build succeeds", over=("run_killed build",)),
    *usual(2),
    # 24: a reason triples
    rejecting(3),
    rejecting(3),
    rejecting(3, new=("ticket rejections_high orders no_status",)),
    rejecting(3),
    rejecting(1, over=("rejections_high orders no_status",)),
    *usual(2),
    # 31: up and down is not three in a row
    rejecting(3),
    rejecting(3),
    rejecting(1),
    rejecting(3),
    rejecting(3),
    *usual(3),
    # 39: a source stops
    Day("no scans of shipments", (Run(volume={"shipment_scans": 0}),), new=("page source_stale shipment_scans",)),
    Day("still none", (Run(volume={"shipment_scans": 0}),)),
    Day("scans are there again", over=("source_stale shipment_scans",)),
    *usual(2),
    # 44: a column turns null
    Day(
        "users lose their name column",
        (Run(rates={("users", "no_user_name"): 0.98}),),
        new=("page source_rejected users",),
    ),
    Day("still", (Run(rates={("users", "no_user_name"): 0.98}),)),
    Day("the column is back", over=("source_rejected users",)),
    *usual(1),
    # 48: what brings the sources stops
    Day(
        "nothing arrives at all",
        (Run(volume=dict.fromkeys(("orders", "users", "web_events", "shipment_scans"), 0)),),
        new=("page source_stale",),
    ),
    Day("all is there again", over=("source_stale",)),
    # 50: a maintenance window
    Day(
        "orders are moved, and a window is on",
        (Run(volume={"orders": 0}),),
        window="{from: 2025-04-22 00:00, to: 2025-04-23 10:00, about: orders, reason: the shop moves}",
    ),
    Day(
        "they do not come back: told when the window ends",
        (Run(volume={"orders": 0}),),
        new=("page source_stale orders",),
        looked_at=(8, 12),
        window="{from: 2025-04-22 00:00, to: 2025-04-23 10:00, about: orders, reason: the shop moves}",
    ),
    Day("orders are back", over=("source_stale orders",)),
    *usual(1),
    # 54: nobody builds
    Day("the scheduler is down", (), new=("page no_run",), looked_at=(12, 23)),
    Day("it is up again", over=("no_run",)),
    # 56: a model fails, with all that reads it, and the run is killed next time
    Day(
        "a model and a check of another table fail",
        (Run(outcome="failed", failed=(ORDERS, USERS_CHECK)),),
        new=(f"page node_failed {ORDERS}", f"page check_failed {USERS_CHECK}"),
    ),
    Day("the next run is killed: what failed is not over", (Run(outcome="killed"),), new=("page run_killed build",)),
    Day("all is well", over=(f"check_failed {USERS_CHECK}", f"node_failed {ORDERS}", "run_killed build")),
    *usual(1),
]


class Simulated:
    """A project whose warehouse gets the made-up days, and whose alerts go to a file."""

    def __init__(self, warehouse: Warehouse, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.warehouse = folder, warehouse
        self.history = History()
        (folder / "target").mkdir()
        (folder / "target" / "manifest.json").write_text(json.dumps(MANIFEST))
        (folder / "seeds").symlink_to(PROJECT / "seeds")
        for name in (*channels.VARIABLES.values(), "WAREHOUSE_ALERT_MEMORY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("WAREHOUSE_DUCKDB", str(warehouse.path))
        monkeypatch.setenv("WAREHOUSE_ALERT_FILE", str(folder / "alerts.txt"))
        (folder / "alerts.yml").write_text("maintenance: []")
        self.dbt = Dbt(folder)
        self.execute(*(f"delete from run_history.{table}" for table in TABLES))

    def execute(self, *statements: str) -> None:
        with duckdb.connect(self.warehouse.path) as connection:
            connection.begin()
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def day(self, number: int, *runs: Run) -> None:
        """Add a day to the history."""
        self.days([number], *runs)

    def days(self, numbers: Iterable[int], *runs: Run) -> None:
        """Add days that are alike."""
        self.execute(*(statement for number in numbers for statement in inserts(self.history.day(number, runs))))

    def look(self, number: int, hour: float) -> tuple[list[str], list[str]]:
        """`make alerts SEND=yes` on a day: what is told as new or as more than before, and what as over."""
        before = len(memory.remembered(self.dbt).path.read_text().splitlines()) if self.memory.exists() else 0
        command.alerts(self.dbt, "yes", at(number, hour))
        events = (
            [json.loads(line) for line in self.memory.read_text().splitlines()[before:]] if self.memory.exists() else []
        )
        new = [f"{event['tier']} {event['root']}" for event in events if event["event"] == "opened"]
        return new, [event["root"] for event in events if event["event"] == "over"]

    @property
    def memory(self) -> Path:
        return memory.memory_file(self.dbt)


def at(number: int, hour: float) -> datetime:
    return datetime.combine(FIRST_DAY, time(), UTC) + timedelta(days=number, hours=hour)


@pytest.fixture
def simulated(copy: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Simulated:
    return Simulated(copy, tmp_path, monkeypatch)


# In `make prove-incremental` alerts are looked at on each day; in `make test` on each on which something happens. What
# is told wrongly in between would be new on the next of those.
IS_LONG_FORM = bool(os.environ.get("EXAMPLES"))


# The right alert, and no other


def test_sixty_days_have_the_alerts_that_are_right_for_them(simulated):
    assert len(DAYS) == 60
    wrong = []
    for number, day in enumerate(DAYS):
        simulated.day(number, *day.runs)
        (simulated.folder / "alerts.yml").write_text(f"maintenance: [{day.window}]")
        new, over = [], []
        for hour in day.looked_at if IS_LONG_FORM or day.situation != AS_USUAL else ():
            of_hour = simulated.look(number, hour)
            new += of_hour[0]
            over += of_hour[1]
        if (sorted(new), sorted(over)) != (sorted(day.new), sorted(day.over)):
            wrong.append((number, day.situation, new, over))
    assert not wrong, "\n".join(map(str, wrong))


HOLIDAY = dict.fromkeys(("orders", "users", "web_events", "shipment_scans"), 0.3)


def test_ninety_healthy_days_with_a_weekly_rhythm_and_a_holiday_have_no_alert(simulated):
    told = []
    for number in range(90):
        simulated.day(number, Run(volume=HOLIDAY if number == 52 else {}))
        if IS_LONG_FORM or number in (14, 30, 52, 53, 54, 89):
            told += simulated.look(number, 12)[0]
    assert not told


# How soon


def healthy(simulated: Simulated, days: int, hours: tuple[float, ...] = (6,)) -> None:
    """So many days as usual, with a build at each of the hours."""
    simulated.days(range(days), *(Run(hour) for hour in hours))


def test_a_source_that_stops_is_told_by_the_first_build_after_a_quarter_more_than_its_longest_pause(simulated):
    """With a build each hour, and records until an hour before it: six hours is the least that counts as a stop."""
    hours = tuple(range(24))
    healthy(simulated, 10, hours)
    stopped = {"web_events": 0}
    for hour in hours:
        simulated.day(10, Run(hour, volume=stopped))
        if simulated.look(10, hour + 0.1)[0]:
            break
    # The last record came at 22:00 the day before, so it is more than six hours old when the build of 04:00 ends.
    assert hour == 4
    assert [told.root for told in memory.remembered(simulated.dbt).alerts] == ["source_stale web_events"]


def test_a_reason_that_triples_is_told_after_three_builds(simulated):
    """Three hours where builds are made each hour: how many a day has does not matter."""
    hours = tuple(range(24))
    healthy(simulated, 10, hours)
    told = []
    for hour in range(5):
        simulated.day(10, Run(hour, rates={("web_events", "no_user"): 0.03}))
        told.append(simulated.look(10, hour + 0.1)[0])
    assert told == [[], [], ["ticket rejections_high web_events no_user"], [], []]


def test_a_killed_build_is_told_at_once(simulated):
    healthy(simulated, 8)
    simulated.day(8, Run(outcome="killed"))
    assert simulated.look(8, 6.1)[0] == ["page run_killed build"]


def test_what_lasts_does_not_become_usual(simulated):
    """The limit of the day on which it was told counts until the rate is below it."""
    healthy(simulated, 12)
    events = []
    for number in range(12, 46):
        simulated.day(number, Run(rates={("orders", "no_status"): 0.04 if number < 44 else 0.01}))
        if IS_LONG_FORM or number in (12, 13, 14, 15, 24, 40, 44):
            events.append((number, *simulated.look(number, 12)))
    assert [number for number, new, _ in events if new] == [14]
    assert [number for number, _, over in events if over] == [44]


def noted_build(simulated: Simulated, began_at: datetime, **ended: str) -> None:
    """A build that `make build` has noted, and dbt has not recorded."""
    event = {"run_id": "b", "warehouse": simulated.dbt.place, "message": None}
    lines = [{**event, "event": "begun", "event_at": f"{began_at:%Y-%m-%d %H:%M:%S.%f}"}]
    lines += [{**event, "event": "ended", "event_at": lines[0]["event_at"], **ended}] if ended else []
    noted = "".join(json.dumps(line) + "\n" for line in lines)
    (simulated.folder / "target" / "unrecorded_runs.jsonl").write_text(noted + '{"run_id": "cut of')


def test_a_build_that_hangs_is_told_after_two_hours_though_nobody_can_open_the_warehouse(simulated, capsys):
    healthy(simulated, 8)
    noted_build(simulated, at(8, 6))
    code = f"import duckdb; c = duckdb.connect('{simulated.warehouse.path}'); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as build:
        build.stdout.readline()
        assert simulated.look(8, 7.9) == ([], [])
        assert " is in use by " in capsys.readouterr().out
        assert simulated.look(8, 8.1) == (["page run_hangs build"], [])
        assert simulated.look(8, 9) == ([], [])
        build.communicate(b"\n")
    # It was killed, and the next one succeeds.
    assert simulated.look(8, 9.1) == (["page run_killed build"], ["run_hangs build"])
    simulated.day(8, Run(9.5))
    assert simulated.look(8, 10) == ([], ["run_killed build"])


def test_a_build_that_could_not_begin_is_told_at_once_with_its_reason(simulated, capsys):
    healthy(simulated, 8)
    noted_build(simulated, at(8, 6), message="The folder landing is gone.")
    assert simulated.look(8, 6.1) == (["page run_stopped build"], [])
    assert "could not begin or was interrupted: The folder landing is gone." in capsys.readouterr().out


# Sent once


class Hook(http.server.BaseHTTPRequestHandler):
    """A webhook that notes what it is sent, and answers as the test wants."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, self.headers["Content-Type"], json.loads(body)))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Requests are no news."""


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[http.server.HTTPServer]:
    with http.server.HTTPServer(("127.0.0.1", 0), Hook) as server:
        server.taken, server.answer = [], 200
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/services/SECRET-TOKEN"
        monkeypatch.setenv("WAREHOUSE_ALERT_WEBHOOK", address)
        yield server
        server.shutdown()


@pytest.fixture
def failing(simulated: Simulated) -> Simulated:
    """A warehouse in which a check has failed in the last build, for a reason with markup in it."""
    healthy(simulated, 8)
    simulated.day(8, Run(outcome="failed", failed=(ORDERS_CHECK,)))
    message = "'<!channel> & \x1b[31m'"
    simulated.execute(
        f"update run_history.node_results set failure_count = null, message = {message} where status = 'fail'"
    )
    return simulated


def test_a_webhook_gets_an_alert_once_and_its_end_once(failing, webhook):
    for _ in range(3):
        failing.look(8, 12)
    ((path, content_type, form),) = webhook.taken
    assert (path, content_type) == ("/services/SECRET-TOKEN", "application/json")
    assert list(form) == ["text"]
    first, *more = form["text"].splitlines()
    assert first == "PAGE: the check assert_orders failed: &lt;!channel&gt; &amp; \\x1b[31m"
    assert more[0] == "Hits 1 mart: fct_orders, and 1 report: daily_revenue_report"
    failing.day(9, Run())
    for _ in range(3):
        failing.look(9, 12)
    assert [form["text"].partition("\n")[0] for *_, form in webhook.taken[1:]] == [f"OVER: {first}"]


def test_what_a_scheduler_says_is_told_once_and_its_end_once(failing, webhook):
    for faults in ('{"daily extract_shop": "no answer"}', '{"daily extract_shop": "no answer", "daily x": null}', ""):
        command.alerts(failing.dbt, "yes", at(8, 12), faults)
    command.alerts(failing.dbt, "yes", at(8, 13), '{"daily extract_shop": null}')
    told = [form["text"].partition("\n")[0] for *_, form in webhook.taken]
    fault = "PAGE: in the scheduler, `daily extract_shop` failed: no answer"
    assert [text for text in told if "scheduler" in text] == [fault, f"OVER: {fault}"]


def test_what_a_scheduler_has_no_more_has_no_fault(failing, webhook):
    command.alerts(
        failing.dbt, "yes", at(8, 12), '{"daily extract_shop": "gone", "daily build": "full", "other x": "bad"}'
    )
    command.alerts(failing.dbt, "yes", at(8, 13), '{"daily": ["build", "extract_new"]}')
    told = [form["text"].partition("\n")[0] for *_, form in webhook.taken]
    assert [text for text in told if text.startswith("OVER")] == [
        "OVER: PAGE: in the scheduler, `daily extract_shop` failed: gone"
    ]


def test_what_a_scheduler_says_is_told_where_there_is_no_warehouse(failing, webhook, monkeypatch):
    monkeypatch.setenv("WAREHOUSE_DUCKDB", str(failing.folder / "none.duckdb"))
    with pytest.raises(UsageError, match="There is no warehouse yet"):
        command.alerts(failing.dbt, "yes", at(8, 12))
    command.alerts(failing.dbt, "yes", at(8, 12), '{"daily deadline": "not ready by 08:00 UTC"}')
    assert [form["text"].partition("\n")[0] for *_, form in webhook.taken] == [
        "PAGE: in the scheduler, `daily deadline` failed: not ready by 08:00 UTC"
    ]


@pytest.mark.parametrize("faults", ["x", "[1]", '{"daily": 1}', '{"daily": [1]}'])
def test_what_no_scheduler_can_say_is_refused(failing, faults):
    with pytest.raises(UsageError, match="FAULTS is a JSON object of names and texts"):
        command.alerts(failing.dbt, "", at(8, 12), faults)


def test_without_send_nothing_is_sent_and_nothing_remembered(failing, webhook, capsys):
    for _ in range(2):
        command.alerts(failing.dbt, "", at(8, 12))
        assert "-> to webhook, file" in capsys.readouterr().out
    assert not webhook.taken
    assert not failing.memory.exists()
    assert not (failing.folder / "alerts.txt").exists()


def test_what_a_channel_does_not_take_is_sent_to_it_later_and_to_no_other_twice(failing, webhook, capsys, monkeypatch):
    webhook.answer = 500
    with pytest.raises(UsageError, match="the webhook answers with HTTP 500") as refused:
        failing.look(8, 12)
    assert "SECRET" not in str(refused.value) + capsys.readouterr().out + failing.memory.read_text()
    webhook.answer = 200
    failing.look(8, 13)
    failing.look(8, 14)
    assert len(webhook.taken) == 2
    assert (failing.folder / "alerts.txt").read_text().count("PAGE") == 1
    # A webhook that is not there, or leads elsewhere, is named without its address.
    monkeypatch.setenv("WAREHOUSE_ALERT_WEBHOOK", "http://127.0.0.1:9/SECRET-TOKEN")
    failing.day(9, Run())
    with pytest.raises(UsageError, match="the webhook cannot be reached") as refused:
        failing.look(9, 12)
    assert "SECRET" not in str(refused.value) + capsys.readouterr().out + failing.memory.read_text()


@pytest.mark.parametrize(
    ("variable", "address"),
    [("WAREHOUSE_ALERT_WEBHOOK", f"http://{'s' * 70}.example.com/x"), ("WAREHOUSE_ALERT_EMAIL", "a@[")],
)
def test_an_address_that_is_none_is_named_by_its_variable_only(variable, address, monkeypatch):
    monkeypatch.setenv(variable, address)
    monkeypatch.setenv("WAREHOUSE_ALERT_EMAIL_FROM", "a@example.com")
    channel = next(name for name, known in channels.VARIABLES.items() if known == variable)
    with pytest.raises(channels.NotDelivered) as problem:
        channels.deliver(channel, "text")
    assert address not in str(problem.value)


def test_an_e_mail_is_sent_with_a_password_only_over_an_encrypted_connection(failing, monkeypatch):
    sent = []

    class Server:
        def __init__(self, host: str, port: int, timeout: float) -> None:
            sent.append((host, port))

        __enter__ = lambda self: self  # noqa: E731
        __exit__ = lambda self, *_: None  # noqa: E731
        ehlo = lambda self: None  # noqa: E731
        has_extn = lambda self, name: Server.is_encrypted  # noqa: E731
        starttls = lambda self, context: sent.append("starttls")  # noqa: E731
        login = lambda self, user, password: sent.append((user, password))  # noqa: E731

        def send_message(self, message: object) -> None:
            sent.append((message["To"], message["From"], message["Subject"]))

    Server.is_encrypted = False
    monkeypatch.setattr(smtplib, "SMTP", Server)
    for name, value in (("", "a@shop.test"), ("_FROM", "w@shop.test")):
        monkeypatch.setenv(f"WAREHOUSE_ALERT_EMAIL{name}", value)
    for name, value in (("", "mail.test:587"), ("_USER", "me"), ("_PASSWORD", "SECRET")):
        monkeypatch.setenv(f"WAREHOUSE_ALERT_SMTP{name}", value)
    with pytest.raises(UsageError, match="no encryption, so the password was not sent"):
        failing.look(8, 12)
    assert sent == [("mail.test", 587)]
    Server.is_encrypted = True
    failing.look(8, 13)
    subject = "PAGE: the check assert_orders failed: <!channel> & \\x1b[31m"
    message = ("a@shop.test", "w@shop.test", subject)
    assert sent[1:] == [("mail.test", 587), "starttls", ("me", "SECRET"), message]


def test_a_memory_that_was_cut_off_is_read_up_to_there(failing, webhook):
    failing.look(8, 12)
    with failing.memory.open("a") as file:
        file.write('{"at": "2025')
    failing.look(8, 13)
    assert len(webhook.taken) == 1
    # What is written after it has a line of its own.
    command.alerts(failing.dbt, "yes", at(8, 14), '{"extract shop": "no answer"}')
    failing.look(8, 15)
    told = [form["text"].partition("\n")[0] for *_, form in webhook.taken[1:]]
    assert told == ["PAGE: in the scheduler, `extract shop` failed: no answer"]


def test_what_nobody_was_told_is_told_once_somebody_can_be(failing, webhook, monkeypatch):
    (failing.folder / "alerts.yml").write_text("tell: {page: [email], ticket: [email], note: [file]}")
    with pytest.raises(UsageError, match="A page goes to nobody: set WAREHOUSE_ALERT_EMAIL"):
        command.alerts(failing.dbt, "yes", at(8, 12))
    (failing.folder / "alerts.yml").write_text("tell: {page: [webhook]}")
    for _ in range(2):
        command.alerts(failing.dbt, "yes", at(8, 13))
    assert len(webhook.taken) == 1


# Settings


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("maintenance: [{from: 2025-03-01, to: 2025-02-01}]", "is no maintenance window"),
        ("maintenance: [{from: soon, to: 2025-02-01}]", "write one like"),
        ("maintenance: [{days: [someday], from: '01:00', to: '02:00'}]", "is no maintenance window"),
        ("maintenance: [{days: [monday], from: '01:00Z', to: '02:00'}]", "is no maintenance window"),
        ("maintenance: [{from: 2025-02-30, to: 2025-03-01}]", "cannot be read"),
        ("maintenance: [{from: 2025-02-01, to: 2025-03-01, about: [orders, users]}]", "is no maintenance window"),
        ("maintenance: 7", "is a list of windows"),
        ("tell: {page: [pager]}", "webhook, email, file"),
        ("tell: {alarm: [file]}", "alarm"),
        ("silence: []", "silence"),
        ("[a]", "no mapping"),
        ("a: [", "cannot be read"),
    ],
)
def test_settings_that_cannot_be_right_are_named(text, says, tmp_path):
    (tmp_path / "alerts.yml").write_text(text)
    with pytest.raises(UsageError, match=says) as problem:
        settings.read_settings(tmp_path / "alerts.yml")
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    ("window", "on", "off"),
    [
        ("{from: 2025-03-03 01:00, to: 2025-03-03 02:00}", [(0, 1), (0, 1.9)], [(0, 0.9), (0, 2), (1, 1)]),
        ("{from: 2025-03-03, to: 2025-03-04}", [(0, 0), (0, 23.9)], [(1, 0)]),
        ("{days: [monday], from: 02:00, to: 04:00}", [(0, 2), (7, 3.9)], [(0, 4), (1, 3)]),
        ("{days: [Sunday], from: '23:00', to: '01:00'}", [(6, 23.5), (7, 0.5)], [(6, 0.5), (7, 23.5), (6, 22)]),
    ],
)
def test_a_window_is_on_from_its_beginning_until_its_end(window, on, off, tmp_path):
    (tmp_path / "alerts.yml").write_text(f"maintenance: [{window}]")
    (read,) = settings.read_settings(tmp_path / "alerts.yml").windows
    assert all(read.is_on(at(*moment)) for moment in on)
    assert not any(read.is_on(at(*moment)) for moment in off)


def test_the_settings_of_the_project_can_be_read():
    assert settings.read_settings(PROJECT / "alerts.yml").channels["page"] == ["webhook", "email", "file"]


def test_every_rule_has_words_and_a_place_among_causes():
    rules = candidates._rules(PROJECT)
    assert set(rules) == set(causes.ORDER)
    for name, rule in rules.items():
        assert texts.in_words(candidates.Candidate(name, rule["tier"]))


# The command


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        (["--send", "maybe"], {}, "SEND=maybe is neither yes nor no."),
        (["--send", "yes"], {}, "There is nobody to send alerts to"),
        ([], {"WAREHOUSE_DUCKDB": "nowhere/w.duckdb"}, "make build"),
        (["--target", "bigquery_emulator"], {}, "another TARGET"),
    ],
)
def test_what_cannot_work_gets_one_sentence(arguments, environment, says, copy, monkeypatch):
    for name in channels.VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    # The project's own warehouse may be in use by another test.
    result = warehouse_command("alerts", *arguments, **{"WAREHOUSE_DUCKDB": str(copy.path), **environment})
    assert result.returncode == 1
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_warehouse_without_a_history_says_so(tmp_path):
    duckdb.connect(tmp_path / "w.duckdb").close()
    result = warehouse_command("alerts", WAREHOUSE_DUCKDB=str(tmp_path / "w.duckdb"))
    assert (result.returncode, result.stderr) == (1, "The warehouse has no alert rules yet; run `make build` first.\n")
