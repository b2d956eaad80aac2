"""Alerts in words."""

from __future__ import annotations

from warehouse.alerts.candidates import Candidate
from warehouse.alerts.causes import Alert, Lineage

# More names than these are counted.
MOST_NAMES = 12
LONGEST_MESSAGE = 200


def in_words(candidate: Candidate) -> str:
    """What is wrong, in one line."""
    value, limit = _number(candidate.value), _number(candidate.limit)
    message = " ".join(candidate.message.split())
    message = message if len(message) <= LONGEST_MESSAGE else message[:LONGEST_MESSAGE] + "…"
    because = f": {message}" if message else ""
    where, subject = candidate.source, candidate.subject
    return {
        "run_killed": f"`{subject}` was killed: it never ended",
        "run_hangs": f"`{subject}` has been going on for more than {limit} minutes",
        "no_run": f"no run has begun for more than {limit} hours",
        "run_stopped": f"`{subject}` could not begin or was interrupted{because}",
        "run_failed": f"`{subject}` failed{because}",
        "task_failed": f"in the scheduler, `{subject}` failed{because}",
        "node_failed": f"{subject} failed{because}",
        "check_failed": f"the check {subject} failed" + (f" on {value} rows" if value else because),
        "source_stale": (
            f"nothing has arrived in {where} for {value} hours; the limit is {limit}"
            if where
            else f"nothing arrives in {message}"
        ),
        "source_rejected": f"{value} % of what {where} brought were rejected",
        "rejections_high": f"{value} % of {where} are rejected as {subject}; up to {limit} % are usual",
        "volume_low": f"{value} records of {where} came on a day; {limit} or more are usual",
        "volume_high": f"{value} records of {where} came on a day; up to {limit} are usual",
        "runs_slow": f"a build takes {value} seconds; up to {limit} are usual",
        "budget_spent": f"the objective {subject} is out of budget; missed on {message}",
        "budget_low": f"the objective {subject} has {value} % of its budget left; missed on {message}",
        "quality_low": f"the quality score is {value}; {limit} or more are usual",
    }[candidate.rule]


def headline(alert: Alert) -> str:
    """The alert in one line."""
    return f"{alert.tier.upper()}: {in_words(alert.root)}"


def full_text(alert: Alert, lineage: Lineage) -> list[str]:
    """The alert with all it says."""
    lines = [headline(alert)]
    marts, reports = lineage.hits(alert.root)
    if marts:
        lines.append(f"Hits {_names(marts, 'mart')}" + (f", and {_names(reports, 'report')}" if reports else ""))
    lines += [f"With it: {in_words(effect)}" for effect in alert.effects]
    lines.append(f"Since {alert.root.since:%Y-%m-%d %H:%M} UTC. Rule: {alert.root.rule}")
    return lines


def _names(names: list[str], kind: str) -> str:
    more = len(names) - MOST_NAMES
    kind += "s" if len(names) > 1 else ""
    return f"{len(names)} {kind}: " + ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _number(value: float | None) -> str:
    """A number with up to two decimals, as people read it."""
    return "" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")
