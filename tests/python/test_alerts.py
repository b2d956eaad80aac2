"""Alerts: the right ones and no others, on days that are made up; sent once, and resolved once."""

import http.server
import json
import smtplib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from conftest import PROJECT, Warehouse
from made_up_history import FIRST_DAY, MANIFEST, TABLES, History, Run, inserts

from warehouse import cli
from warehouse.alerts import candidates, causes, channels, command, memory, settings
from warehouse.dbt_runs import Dbt
from warehouse.errors import UsageError

ORDERS_CHECK = "test.commerce_warehouse.assert_orders"
USERS_CHECK = "test.commerce_warehouse.assert_users"
ORDERS = "model.commerce_warehouse.stg_shop__orders"
FAILED = f"check_failed {ORDERS_CHECK}"


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
    return [Day("as usual")] * number


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
        "a check fails at six, and the second attempt succeeds before anybody looks",
        (Run(6, "failed", failed=(ORDERS_CHECK,)), Run(6.5)),
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
        self.execute(*inserts(self.history.day(number, runs)))

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


# The right alert, and no other


def test_sixty_days_have_the_alerts_that_are_right_for_them(simulated):
    assert len(DAYS) == 60
    wrong = []
    for number, day in enumerate(DAYS):
        simulated.day(number, *day.runs)
        (simulated.folder / "alerts.yml").write_text(f"maintenance: [{day.window}]")
        new, over = [], []
        for hour in day.looked_at:
            of_hour = simulated.look(number, hour)
            new += of_hour[0]
            over += of_hour[1]
        if (sorted(new), sorted(over)) != (sorted(day.new), sorted(day.over)):
            wrong.append((number, day.situation, new, over))
    assert not wrong, "\n".join(map(str, wrong))
