"""A run history that is made up: days of a warehouse with four sources, on which goes wrong what a test wants."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

FIRST_DAY = date(2025, 3, 3)  # a Monday
# Records on a usual weekday, what part of them comes on Saturdays and Sundays, and why some are rejected.
SOURCES = {
    "orders": (4_000, 0.6, {"no_status": 0.010, "exact_duplicate": 0.020}),
    "users": (300, 0.5, {"bad_time": 0.010}),
    "web_events": (60_000, 1.3, {"no_user": 0.004, "future": 0.001}),
    "shipment_scans": (9_000, 0.2, {"no_status": 0.020}),
}
NODES = {
    "model.commerce_warehouse.base_shop__orders": ("base_shop__orders", "model", "staging"),
    "model.commerce_warehouse.stg_shop__orders": ("stg_shop__orders", "model", "staging"),
    "model.commerce_warehouse.fct_orders": ("fct_orders", "model", "marts"),
    "test.commerce_warehouse.assert_orders": ("assert_orders", "test", "marts"),
    "test.commerce_warehouse.assert_users": ("assert_users", "test", "marts"),
}
# In place of a manifest, as far as alerts look at it.
MANIFEST = {
    "nodes": {
        node: {"name": name, "resource_type": kind, "fqn": ["commerce_warehouse", layer, name]}
        for node, (name, kind, layer) in {
            **NODES,
            "model.commerce_warehouse.dim_users": ("dim_users", "model", "marts"),
            "model.commerce_warehouse.fct_web_sessions": ("fct_web_sessions", "model", "marts"),
            "model.commerce_warehouse.dim_shipments": ("dim_shipments", "model", "marts"),
        }.items()
    },
    "parent_map": {
        "seed.commerce_warehouse.orders": [],
        "seed.commerce_warehouse.users": [],
        "seed.commerce_warehouse.web_events": [],
        "seed.commerce_warehouse.shipment_scans": [],
        "model.commerce_warehouse.base_shop__orders": ["seed.commerce_warehouse.orders"],
        "model.commerce_warehouse.stg_shop__orders": ["model.commerce_warehouse.base_shop__orders"],
        "model.commerce_warehouse.fct_orders": [
            "model.commerce_warehouse.stg_shop__orders",
            "model.commerce_warehouse.dim_users",
        ],
        "model.commerce_warehouse.dim_users": ["seed.commerce_warehouse.users"],
        "model.commerce_warehouse.fct_web_sessions": ["seed.commerce_warehouse.web_events"],
        "model.commerce_warehouse.dim_shipments": ["seed.commerce_warehouse.shipment_scans"],
        "test.commerce_warehouse.assert_orders": ["model.commerce_warehouse.fct_orders"],
        "test.commerce_warehouse.assert_users": ["model.commerce_warehouse.dim_users"],
        "exposure.commerce_warehouse.daily_revenue_report": ["model.commerce_warehouse.fct_orders"],
    },
}


@dataclass(frozen=True)
class Run:
    """A build of the whole project and what is not as usual with it.

    Attributes:
        hour: when it begins, in UTC.
        outcome: succeeded, failed, stopped, or killed: it has no end.
        seconds: how long it takes; None for about 300.
        failed: ids of nodes that fail.
        volume: by source, the factor of its usual number of records; 0 where it has stopped.
        rates: by source and reason, the share of rejected records.
    """

    hour: float = 6
    outcome: str = "succeeded"
    seconds: float | None = None
    failed: tuple[str, ...] = ()
    volume: dict[str, float] = field(default_factory=dict)
    rates: dict[tuple[str, str], float] = field(default_factory=dict)


class History:
    """Rows of the tables of the run history, day by day."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.totals: dict[tuple[str, str, str | None], int] = {}
        self.newest: dict[str, datetime] = {}
        self.last_hour = -24.0
        self.runs = 0

    def day(self, number: int, runs: Iterable[Run]) -> dict[str, list[tuple]]:
        """The rows of a day, by table. Each run brings what has come since the one before."""
        rows: dict[str, list[tuple]] = {name: [] for name in TABLES}
        for run in runs:
            day = FIRST_DAY + timedelta(days=number)
            began_at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=run.hour)
            self._run(run, began_at, rows)
        return rows

    def _run(self, run: Run, began_at: datetime, rows: dict[str, list[tuple]]) -> None:
        self.runs += 1
        run_id = f"r{self.runs:04}"
        head = (run_id, began_at.date())
        what = ("build", None, False, "duckdb", "1.12.6", None, None, None)
        rows["run_events"].append((*head, "begun", began_at, *what, None, None))
        seconds = run.seconds or self.random.gauss(300, 8)
        ended_at = began_at + timedelta(seconds=seconds)
        if run.outcome != "killed":
            message = f"{NODES[run.failed[0]][0]}: went wrong" if run.failed else None
            if run.outcome == "stopped":
                message = "The project cannot be read."
            rows["run_events"].append((*head, "ended", ended_at, *what, run.outcome, message))
        if run.outcome in ("killed", "stopped"):
            return
        for node, (name, kind, layer) in NODES.items():
            is_test = kind == "test"
            status = "pass" if is_test else "success"
            if node in run.failed:
                status = "fail" if is_test else "error"
            failures = (7 if status == "fail" else 0) if is_test else None
            rows["node_results"].append((*head, node, name, kind, layer, status, 50, None, failures))
        # A failed run has not come to the end of the project.
        if run.outcome == "succeeded":
            self._count(run, began_at, head, rows)

    def _count(self, run: Run, began_at: datetime, head: tuple, rows: dict[str, list[tuple]]) -> None:
        hour = (began_at - datetime(2025, 3, 3, tzinfo=UTC)) / timedelta(hours=1)
        share_of_day, self.last_hour = (hour - self.last_hour) / 24, hour
        for source, (usual, weekend, reasons) in SOURCES.items():
            mean = usual * (weekend if began_at.weekday() >= 5 else 1) * share_of_day * run.volume.get(source, 1)
            arrived = max(round(self.random.gauss(mean, mean * 0.06)), 0)
            if arrived:
                # What arrived last did so an hour before the run.
                self.newest[source] = began_at - timedelta(hours=1)
            rejected = {}
            for reason in {**reasons, **{key[1]: 0 for key in run.rates if key[0] == source}}:
                rate = run.rates.get((source, reason), reasons.get(reason, 0))
                deviation = (arrived * rate * (1 - rate)) ** 0.5
                rejected[reason] = min(max(round(self.random.gauss(arrived * rate, deviation)), 0), arrived)
            outcomes = {("raw", "arrived", None): arrived}
            outcomes |= {("staging", "accepted", None): max(arrived - sum(rejected.values()), 0)}
            outcomes |= {("staging", "rejected", reason): count for reason, count in rejected.items()}
            for (_layer, outcome, reason), count in outcomes.items():
                key = (source, outcome, reason)
                self.totals[key] = self.totals.get(key, 0) + count
            for (of, outcome, reason), total in self.totals.items():
                if of == source and (total or outcome != "rejected"):
                    layer = "raw" if outcome == "arrived" else "staging"
                    newest = self.newest.get(source) if outcome == "arrived" else None
                    rows["source_rows"].append((*head, source, layer, outcome, reason, total, newest))
        rows["mart_rows"].append((*head, "fct_orders", self.totals["orders", "accepted", None]))


# The columns of the tables, in order.
TABLES = {
    "run_events": (
        "run_id, run_date, event, event_at, command, selection, is_full_refresh, target_name, dbt_version, "
        "project_commit, variables_checksum, scheduled_try, outcome, message"
    ),
    "node_results": (
        "run_id, run_date, node_id, node_name, node_type, layer, status, duration_milliseconds, message, failure_count"
    ),
    "source_rows": "run_id, run_date, source_table, layer, outcome, reason, row_count, newest_loaded_at",
    "mart_rows": "run_id, run_date, mart_name, row_count",
}


def literal(value: object) -> str:
    """A value in SQL, for both engines."""
    if value is None:
        return "null"
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"timestamp '{value:%Y-%m-%d %H:%M:%S.%f}'"
    if isinstance(value, date):
        return f"date '{value}'"
    return "'" + str(value).replace("'", "\\'") + "'"


def inserts(rows: dict[str, list[tuple]], schema: str = "run_history") -> list[str]:
    """Statements that add the rows of some days."""
    return [
        f"insert into {schema}.{table} ({TABLES[table]}) values "
        + ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in of_table)
        for table, of_table in rows.items()
        if of_table
    ]
