"""The page of a learner: times and mistakes over time. It has no script and asks nothing from outside."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from pathlib import Path

import jinja2

from practice.exercises import exercises, rules
from practice.session import clock
from practice.work import Work, standing
from warehouse.errors import UsageError
from warehouse.report import charts

# More rules than these would be colours that nobody can tell apart.
MOST_RULES = 6
CLOCKED = ("timed", "interview")


def write_report(work: Work, page: Path, now: datetime | None = None) -> Path:
    """Write the page and return its file. Raises UsageError where there is nothing to draw, or no place for it."""
    progress = work.progress()
    if not progress:
        raise UsageError("There is no progress yet; make practice begins.")
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(render(progress, now or datetime.now(UTC)), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{page} cannot be written ({error.strerror}); name another file with --report.") from error
    return page


def render(progress: list[dict], now: datetime) -> str:
    """The page as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    return environment.get_template("report.html").render(
        now=now,
        rows=_rows(progress),
        times=_times(progress),
        mistakes=_mistakes(progress),
        rules=_rules(progress),
        answers=_answers(progress),
        checks=sum(line["event"] == "checked" for line in progress),
        hints=sum(line["event"] == "hint" for line in progress),
    )


def _day(line: dict) -> date:
    return datetime.fromisoformat(line["at"]).date()


def _rows(progress: list[dict]) -> list[dict]:
    """How far each exercise is."""
    rows = []
    for one in exercises().values():
        now, own = standing(one, progress), [line for line in progress if line["exercise"] == one.id]
        checks = [line for line in own if line["event"] == "checked"]
        rows.append(
            {
                "exercise": one,
                "state": now.says(one),
                "best": clock(now.best_seconds),
                "checks": len(checks),
                "hints": sum(line["event"] == "hint" for line in own),
                "last": max(map(_day, own), default=None),
            }
        )
    return rows


def _times(progress: list[dict]) -> list[dict]:
    """A chart for each exercise that was finished against the clock: minutes over time, with the target."""
    drawn = []
    for one in exercises().values():
        ends = [
            line
            for line in progress
            if line["exercise"] == one.id and line["event"] == "finished" and line["mode"] in CLOCKED
        ]
        if not ends:
            continue
        days = [_day(line) for line in ends]
        minutes = [line["seconds"] / 60 for line in ends]
        says = f"Minutes of each finished go at {one.title}: {', '.join(f'{m:.1f}' for m in minutes)}"
        target, expert = ([one.minutes[kind]] * len(days) for kind in ("target", "expert"))
        drawn.append(
            {
                "exercise": one,
                "chart": charts.lines(
                    f"time-{one.id}", says, days, {"yours": minutes, "target": target, "expert": expert}
                ),
            }
        )
    return drawn


def _broken(progress: list[dict]) -> list[tuple[date, str]]:
    """The day and the rule of each check that failed by one; the rule to look at first counts."""
    return [(_day(line), line["rules"][0]) for line in progress if line["event"] == "checked" and line.get("rules")]


def _mistakes(progress: list[dict]) -> object:
    """Mistakes a day, by rule."""
    broken = _broken(progress)
    if not broken:
        return None
    most = [rule for rule, _ in Counter(rule for _, rule in broken).most_common(MOST_RULES)]
    by_day: dict[date, Counter] = defaultdict(Counter)
    for day, rule in broken:
        by_day[day][rule if rule in most else "others"] += 1
    days = sorted(by_day)
    names = most + (["others"] if any(day["others"] for day in by_day.values()) else [])
    series = {name.replace("_", " "): [by_day[day][name] for day in days] for name in names}
    return charts.stacked("mistakes", f"Checks that failed on {len(days)} days, by rule", days, series)


def _rules(progress: list[dict]) -> list[dict]:
    """Each rule that was broken: how often, when last, and in which exercises."""
    found: dict[str, list[dict]] = defaultdict(list)
    for line in progress:
        if line["event"] == "checked" and line.get("rules"):
            found[line["rules"][0]].append(line)
    rows = [
        {
            "says": rules().get(rule, rule),
            "count": len(lines),
            "last": max(map(_day, lines)),
            "steps": sorted({line.get("step", "") for line in lines}),
        }
        for rule, lines in found.items()
    ]
    return sorted(rows, key=lambda row: -row["count"])


def _answers(progress: list[dict]) -> list[dict]:
    """What was named of good answers, the newest first."""
    return [line | {"day": _day(line)} for line in reversed(progress) if line["event"] == "answered"]
