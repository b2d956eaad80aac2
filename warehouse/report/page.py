"""The page: what the data says in words, tables and charts. Whatever is a text in the data stays one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from warehouse.errors import UsageError
from warehouse.reading import reading
from warehouse.report.data import DAYS, Data, read
from warehouse.screen import printable

if TYPE_CHECKING:
    from warehouse.alerts.memory import Told
    from warehouse.dbt_runs import Dbt

# More reasons, programs or countries than these are summed up.
MOST = 5
MOST_ALERTS = 20
_NO_HISTORY = "The warehouse has nothing to report yet; run `make build` first."
_MISSING = "-"


def write_report(dbt: Dbt, now: datetime | None = None) -> Path:
    """Write the page into target/ and return its file. Raises UsageError where there is no warehouse to read."""
    from warehouse.alerts.command import check

    now = now or datetime.now(UTC)
    with reading(dbt, _NO_HISTORY) as query:
        data = read(query, dbt.project)
    decision, memory = check(dbt, now)
    page = dbt.project / "target" / "report.html"
    place = Path(dbt.place).name if dbt.target == "duckdb" else dbt.place.strip()
    try:
        page.parent.mkdir(exist_ok=True)
        page.write_text(render(data, _alerts(decision, memory.alerts), now, place), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{page} cannot be written to ({error.strerror}): make it writable.") from error
    return page


def render(data: Data, alerts: dict[str, list[dict]], now: datetime, place: str) -> str:
    """The page about the warehouse `place` as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(number=number, moment=moment, duration=duration, text=_text)
    return environment.get_template("page.html").render(
        now=now,
        place=place,
        days=DAYS,
        alerts=alerts,
        runs=_runs(data),
        sources=_sources(data),
        quality=_quality(data),
        objectives=_objectives(data),
        rejections=_rejections(data),
        rows=_rows(data),
        marts=_marts(data),
        data=data,
    )


def number(value: object, decimals: int = 1) -> str:
    """A number as people read it, without zeros at its end."""
    if value is None:
        return _MISSING
    text = f"{float(value):,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def moment(value: datetime | None) -> str:
    """A time to the minute."""
    return _MISSING if value is None else f"{value:%Y-%m-%d %H:%M}"


def duration(seconds: object) -> str:
    """Seconds as people say them."""
    if seconds is None:
        return _MISSING
    seconds = float(seconds)
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def hours(value: object) -> str:
    """Hours as people say them."""
    if value is None:
        return "not known yet"
    return f"{number(value)} hours" if float(value) < 72 else f"{number(float(value) / 24, 0)} days"


def _text(value: object) -> str:
    """A text with all that is not for reading written out; a null is a dash."""
    return _MISSING if value is None else printable(" ".join(str(value).split()))


def _alerts(decision, told: list[Told]) -> dict[str, list[dict]]:
    from warehouse.alerts.texts import headline, in_words

    waiting = [
        {"text": in_words(candidate), "times": f"{candidate.breaches} of {candidate.needed} in a row"}
        for candidate in decision.waiting
    ]
    new = [{"text": headline(alert), "with": len(alert.effects)} for alert in decision.new]
    silent = [{"text": headline(alert), "reason": window.reason} for alert, window in decision.in_window]
    is_open = [vars(alert) for alert in reversed(told) if not alert.resolved_at]
    resolved = [vars(alert) for alert in reversed(told) if alert.resolved_at][:MOST_ALERTS]
    return {"new": new, "open": is_open, "silent": silent, "waiting": waiting, "resolved": resolved}


def _runs(data: Data) -> dict:
    from warehouse.report.charts import lines, stacked

    days = data["days"]
    if not days:
        return {}
    dates = [row["history_date"] for row in days]
    outcomes = {
        name: [row[f"{name}_count"] for row in days]
        for name in ("succeeded", "failed", "stopped", "killed")
        if name == "succeeded" or any(row[f"{name}_count"] for row in days)
    }
    sums = {name: sum(values) for name, values in outcomes.items()}
    count = sum(sums.values())
    says = (
        f"{count:,} {'runs' if count > 1 else 'run'} in {len(days)} {'days' if len(days) > 1 else 'day'}: "
        + ", ".join(f"{sums[name]:,} {name}" for name in sums)
    )
    minutes = {
        "median": [_divided(row["median_duration_seconds"], 60) for row in days],
        "95th percentile": [_divided(row["p95_duration_seconds"], 60) for row in days],
    }
    known = [value for value in minutes["median"] if value is not None]
    last = f"The newest day's median is {duration(60 * known[-1])}." if known else "No run has ended yet."
    return {
        "says": f"{says}.",
        "outcomes": stacked("runs", says, dates, outcomes),
        "last": last,
        "durations": lines("durations", f"Minutes that runs took. {last}", dates, minutes),
    }


def _divided(value: object, by: float) -> float | None:
    return None if value is None else float(value) / by


def _sources(data: Data) -> dict:
    from warehouse.report.charts import bars, lines

    by_source: dict[str, list[dict]] = {}
    for row in data["sources"]:
        by_source.setdefault(row["source_table"], []).append(row)
    pauses = data["pauses"]
    volumes = []
    for source, rows in by_source.items():
        # All that was there before the first day came at once.
        rows = [row for row in rows if not row["is_first_day"]]
        if not rows:
            continue
        dates = [row["history_date"] for row in rows]
        counts = [row["arrived_count"] for row in rows]
        usual = [_usual(row) for row in rows]
        band = [low for low, _ in usual], [high for _, high in usual]
        says = f"{source}: {counts[-1]:,} records on {dates[-1]}"
        says += (
            f"; {number(max(band[0][-1], 0), 0)} to {number(band[1][-1], 0)} are usual"
            if usual[-1][0] is not None
            else ""
        )
        chart = lines(f"volume-{source}", says, dates, {"arrived": counts}, band=band, height=150)
        volumes.append({"says": says, "chart": chart, "is_known": usual[-1][0] is not None})
    freshness = bars(
        "freshness",
        "Hours since the newest arrival of each source, when it was last counted",
        [row["source_table"] for row in pauses],
        [float(row["measured_value"]) for row in pauses],
        [
            hours(row["measured_value"])
            + (f"; more than {hours(row['limit_value'])} is an alert" if row["limit_value"] is not None else "")
            for row in pauses
        ],
        [_divided(row["limit_value"], 1) for row in pauses],
    )
    return {
        "freshness": freshness if pauses else None,
        "is_limit_known": any(row["limit_value"] is not None for row in pauses),
        "volumes": volumes,
    }


def _usual(row: dict) -> tuple[float | None, float | None]:
    """The limits of `alert_series` for the records of a day; None where too few days are known."""
    if row["volume_deviations"] is None:
        return None, None
    kind = "weekday" if row["weekday_day_count"] >= 4 else "recent"
    mean, deviation = float(row[f"{kind}_mean_count"]), float(row[f"{kind}_stddev_count"] or 0)
    deviation = max(deviation, mean / 10, 1)
    return mean - 2 * deviation, mean + 2 * deviation


def _quality(data: Data) -> dict:
    from warehouse.report.charts import lines

    scores = data["scores"]
    if not scores:
        return {}
    newest = scores[-1]
    dates = [row["history_date"] for row in scores]
    says = f"The quality score of {newest['history_date']} is {number(newest['quality_score'], 2)} of 100"
    chart = lines("quality", says, dates, {"score": [row["quality_score"] for row in scores]}, highest=103)
    losses = [row for row in data["losses"] if row["history_date"] == newest["history_date"]]
    points: Counter = Counter()
    for row in data["losses"]:
        points[row["cause"], row["source_table"] or ""] += row["points"]
    most = [{"cause": cause, "source": source, "points": lost} for (cause, source), lost in points.most_common(MOST)]
    return {"says": says, "chart": chart, "losses": losses, "most": most, "score": newest["quality_score"]}


def _objectives(data: Data) -> dict:
    from warehouse.report.charts import calendar

    kept: dict[str, dict[date, bool | None]] = {}
    for row in data["objectives"]:
        kept.setdefault(row["objective_name"], {})[row["history_date"]] = row["is_met"]
    if not kept:
        return {}
    says = "Days on which each objective was met (full), missed (crossed), or not measured (dot)"
    return {"chart": calendar("objectives", says, kept), "says": says}


def _rejections(data: Data) -> dict:
    from warehouse.report.charts import stacked

    rows, days = data["rejections"], [row["history_date"] for row in data["days"]]
    totals: Counter = Counter()
    for row in rows:
        totals[row["reason"]] += row["row_count"]
    if not totals:
        return {}
    names = [reason for reason, _ in totals.most_common(MOST)]
    more = len(totals) - len(names)
    series = {name: dict.fromkeys(days, 0) for name in [*names, *([f"{more} more"] if more else [])]}
    for row in rows:
        series[row["reason"] if row["reason"] in names else f"{more} more"][row["history_date"]] += row["row_count"]
    says = f"{sum(totals.values()):,} records rejected: " + ", ".join(f"{name} {totals[name]:,}" for name in names)
    says += f", {more} more reasons" if more else ""
    return {
        "says": says,
        "chart": stacked("rejections", says, days, {name: list(values.values()) for name, values in series.items()}),
        "totals": totals.most_common(15),
    }


def _rows(data: Data) -> dict:
    from warehouse.report.charts import flows

    layers: dict[tuple[str, str], list[dict]] = {}
    for row in data["row_counts"]:
        layers.setdefault((row["source_table"], row["layer"]), []).append(row)
    bars = []
    unexplained = 0
    for (source, layer), rows in layers.items():
        if layer == "raw":
            continue
        parts: Counter = Counter()
        for row in rows:
            kind = row["outcome"] if row["outcome"] != "accepted" or not row["reason"] else f"accepted, {row['reason']}"
            parts[kind] += row["row_count"]
        came = sum(row["row_count"] for row in layers.get((source, "raw"), []))
        if layer == "staging":
            unexplained += came - sum(parts.values())
        reasons = [row for row in rows if row["outcome"] == "rejected"]
        shown = ", ".join(f"{row['reason']} {row['row_count']:,}" for row in reasons[:2])
        more = len(reasons) - 2
        counts = ", ".join(f"{count:,} {kind}" for kind, count in parts.items() if kind != "accepted")
        below = shown + (f" and {more} more" if more > 0 else "") if layer == "staging" else counts
        title = source if layer == "staging" else f"{source} in {layer}"
        rejected = parts["rejected"]
        text = f"{came:,} in, {rejected:,} rejected" if layer == "staging" else f"{sum(parts.values()):,} in"
        bars.append((title, text, sorted(parts.items(), key=lambda part: _KINDS.get(part[0], 1)), below))
    says = "Every record that came in was accepted, or rejected for a reason"
    if unexplained:
        says = f"{unexplained:,} records are not accounted for"
    return {"says": says, "chart": flows("rows", says, bars) if bars else None}


_KINDS = {"accepted": 0, "current": 0, "rejected": 9, "deleted": 8}


def _marts(data: Data) -> dict:
    from warehouse.report.charts import bars, lines

    users = data["daily_active_users_by_day"][-DAYS:]
    revenue: Counter = Counter()
    by_day: Counter = Counter()
    for row in data["revenue_by_day_and_country"]:
        revenue[row["user_country"] or "unknown"] += row["total_revenue"] or 0
        by_day[row["order_date"]] += row["total_revenue"] or 0
    days = sorted(by_day)[-DAYS:]
    sessions = data["conversion_from_session_to_order"][-DAYS:]
    programs = sorted(data["average_watch_time_by_program"], key=lambda row: -row["stream_count"])[: 2 * MOST]
    carriers = sorted(data["late_shipments_by_carrier"], key=lambda row: -float(row["late_shipment_rate"] or 0))[
        : 2 * MOST
    ]
    made: dict[str, object] = {"countries": revenue.most_common(2 * MOST)}
    if users:
        says = f"{users[-1]['daily_active_users']:,} daily active users on {users[-1]['metric_date']}"
        dates = [row["metric_date"] for row in users]
        made["users"] = (
            says,
            lines("users", says, dates, {"users": [row["daily_active_users"] for row in users]}, height=150),
        )
    if days:
        total, newest = sum(by_day.values()), by_day[days[-1]]
        says = f"{total:,.2f} of revenue in all, {newest:,.2f} on {days[-1]}, in the reporting currency"
        made["revenue"] = says, lines("revenue", says, days, {"revenue": [by_day[day] for day in days]}, height=150)
    if sessions:
        converted, all_of_them = (
            sum(row[name] for row in sessions) for name in ("converted_session_count", "session_count")
        )
        share = number(100 * converted / all_of_them)
        says = f"{share} % of {all_of_them:,} sessions on the last {len(sessions)} days led to an order"
        dates = [row["session_date"] for row in sessions]
        shares = [100 * float(row["session_conversion_rate"]) for row in sessions]
        made["conversion"] = says, lines("conversion", says, dates, {"percent": shares}, height=150)
    if programs:
        seconds = [float(row["average_watch_seconds"]) for row in programs]
        texts = [
            f"{duration(value)} of {row['stream_count']:,} {'stream' if row['stream_count'] == 1 else 'streams'}"
            for value, row in zip(seconds, programs, strict=True)
        ]
        names = [_text(row["program_id"]) for row in programs]
        made["programs"] = bars("programs", "Of the programs with most streams", names, seconds, texts)
    if carriers:
        shares = [100 * float(row["late_shipment_rate"] or 0) for row in carriers]
        texts = [
            f"{number(share)} % of {row['shipment_count']:,} late" for share, row in zip(shares, carriers, strict=True)
        ]
        names = [_text(row["carrier"]) for row in carriers]
        made["carriers"] = bars("carriers", "Late shipments by carrier", names, shares, texts)
    return made
