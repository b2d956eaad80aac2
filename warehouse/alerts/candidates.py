"""What is beyond its limit now: the rows of `alert_candidates`, and builds that the warehouse does not know of yet."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import PassingError
from warehouse.reading import reading

if TYPE_CHECKING:
    from warehouse.dbt_runs import Dbt

TIERS = ("note", "ticket", "page")
_NO_HISTORY = "The warehouse has no alert rules yet; run `make build` first."
_CANDIDATES = (
    "select rule_name, tier, source_table, subject, node_id, breach_count, breaches_needed, measured_value, "
    "limit_value, holds_from, message from {{ ref('alert_candidates') }}"
)
_MEASUREMENTS = "select rule_name, source_table, reason, measured_value, direction from {{ ref('alert_measurements') }}"
_LAST_SUCCESS = (
    "select max(began_at) as began_at from {{ ref('runs') }} "
    "where outcome = 'succeeded' and command = 'build' "
    "and coalesce(selection, '--selector rest') in ('--selector rest', '--selector observability')"
)
_OBJECTIVES = "select objective_name, measure, source_table from {{ ref('objective_definitions') }}"
_SOURCES = "select distinct source_table from {{ ref('source_run_rates') }}"


@dataclass(frozen=True)
class Candidate:
    """A rule that something breaks: a row of `alert_candidates`."""

    rule: str
    tier: str
    source: str = ""
    subject: str = ""
    node: str = ""
    breaches: int = 1
    needed: int = 1
    value: float | None = None
    limit: float | None = None
    since: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    message: str = ""

    @property
    def key(self) -> str:
        """What is one and the same trouble from one check to the next."""
        rule = "budget" if self.rule.startswith("budget_") else self.rule
        return " ".join(part for part in (rule, self.source, self.node or self.subject) if part)


@dataclass(frozen=True)
class Found:
    """What a check has found.

    Attributes:
        candidates: rules that are broken now.
        measured: by key the newest value of each rule that measures, and 1 or -1 where more or less is worse.
        objectives: measure and source of each objective.
        sources: the sources in the history.
        in_use: why the warehouse could not be read; then only builds have been looked at.
    """

    candidates: list[Candidate]
    measured: dict[str, tuple[float, int]]
    objectives: dict[str, tuple[str, str]]
    sources: set[str]
    in_use: str = ""


def find(dbt: Dbt, now: datetime) -> Found:
    """Look at the warehouse, and at the builds that are not in it. Raises UsageError where there is nothing to see."""
    rules = _rules(dbt.project)
    unrecorded = _unrecorded(dbt)
    try:
        with reading(dbt, _NO_HISTORY) as query:
            answers = [query(sql) for sql in (_CANDIDATES, _MEASUREMENTS, _LAST_SUCCESS, _OBJECTIVES, _SOURCES)]
    except PassingError as error:
        # What has the file may be a build: how long it has been going on can be said.
        limit = timedelta(minutes=float(rules["run_hangs"]["limit_value"]))
        hanging = [_hanging(run, rules) for run in unrecorded if not run["ended"] and run["at"] + limit <= now]
        return Found(hanging, {}, {}, set(), str(error))
    rows, measurements, last_success, objectives, sources = answers
    candidates = [_candidate(row) for row in rows]
    if dbt.target == "duckdb":
        # Nobody can read the file while a run is writing to it, so a run that has no end has been killed.
        candidates = [_killed(candidate) if candidate.rule == "run_hangs" else candidate for candidate in candidates]
    succeeded_at = _utc(last_success[0]["began_at"])
    known = {candidate.key for candidate in candidates}
    for run in unrecorded:
        # Elsewhere one that has no end may be going on.
        is_known = run["ended"] or dbt.target == "duckdb"
        found = _unrecorded_candidate(run, rules) if is_known else _hanging(run, rules)
        if (succeeded_at is None or run["at"] > succeeded_at) and found.key not in known:
            known.add(found.key)
            candidates.append(found)
    return Found(
        [candidate for candidate in candidates if candidate.since <= now],
        {
            " ".join(str(part) for part in (row["rule_name"], row["source_table"], row["reason"]) if part): (
                float(row["measured_value"]),
                int(row["direction"]),
            )
            for row in measurements
        },
        {row["objective_name"]: (row["measure"], row["source_table"] or "") for row in objectives},
        {row["source_table"] for row in sources},
    )


def _candidate(row: dict) -> Candidate:
    return Candidate(
        row["rule_name"],
        row["tier"],
        row["source_table"] or "",
        row["subject"] or "",
        row["node_id"] or "",
        int(row["breach_count"]),
        int(row["breaches_needed"]),
        None if row["measured_value"] is None else float(row["measured_value"]),
        None if row["limit_value"] is None else float(row["limit_value"]),
        _utc(row["holds_from"]),
        row["message"] or "",
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment and (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC))


def _killed(candidate: Candidate) -> Candidate:
    began_at = candidate.since - timedelta(minutes=candidate.limit)
    return replace(candidate, rule="run_killed", since=began_at, limit=None)


def _rules(project: Path) -> dict[str, dict[str, str]]:
    """The rules as the seed has them, for when the warehouse cannot be read."""
    with (project / "seeds" / "reference" / "alert_rules.csv").open(encoding="utf-8", newline="") as file:
        return {row["rule_name"]: row for row in csv.DictReader(file)}


def _unrecorded(dbt: Dbt) -> list[dict]:
    """Builds of this warehouse that dbt could not record: when each began, whether it ended, and why."""
    try:
        lines = (dbt.project / "target" / "unrecorded_runs.jsonl").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    runs: dict[str, dict] = {}
    for line in lines:
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            continue
        if event["warehouse"] == dbt.place:
            at = datetime.fromisoformat(event["event_at"]).replace(tzinfo=UTC)
            # As `run_problems` calls it.
            subject = " ".join(filter(None, ("build", event.get("selection"))))
            run = runs.setdefault(event["run_id"], {"at": at, "ended": False, "message": "", "subject": subject})
            if event["event"] == "ended":
                run.update(ended=True, message=event["message"] or "")
    return sorted(runs.values(), key=lambda run: run["at"], reverse=True)


def _unrecorded_candidate(run: dict, rules: dict[str, dict[str, str]]) -> Candidate:
    rule = "run_stopped" if run["ended"] else "run_killed"
    return Candidate(rule, rules[rule]["tier"], subject=run["subject"], since=run["at"], message=run["message"])


def _hanging(run: dict, rules: dict[str, dict[str, str]]) -> Candidate:
    rule = rules["run_hangs"]
    limit = float(rule["limit_value"])
    return Candidate(
        "run_hangs", rule["tier"], subject=run["subject"], limit=limit, since=run["at"] + timedelta(minutes=limit)
    )
