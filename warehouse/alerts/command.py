"""`make alerts`: find what is wrong, decide what is to be told, and tell it."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from warehouse.alerts.candidates import TIERS, Candidate, Found, find
from warehouse.alerts.causes import Alert, Lineage, explains, group
from warehouse.alerts.channels import CHANNELS, VARIABLES, NotDelivered, deliver, is_set
from warehouse.alerts.memory import Memory, Told, at, memory_file, only_one, remembered
from warehouse.alerts.settings import Settings, Window, read_settings
from warehouse.alerts.texts import full_text, headline, in_words
from warehouse.errors import PassingError, UsageError
from warehouse.screen import say

if TYPE_CHECKING:
    from warehouse.dbt_runs import Dbt

# They are what a cause leaves behind, for days, after it is over.
LASTING = ("budget", "quality_low")
# So long after an alert is over, a lower quality score is taken for what it has left behind.
DAYS_OF_QUALITY = 3


@dataclass
class Decision:
    """What is to be told now, and what is not, and why.

    Attributes:
        new: alerts that nobody was told of.
        grown: alerts that were told, and now are of a higher tier.
        joined: alerts that were told, with something new that needs no message.
        already: alerts that were told.
        in_window: alerts that a maintenance window is over, with the window.
        waiting: what has not been measured often enough in a row.
        over: alerts that were told and are over.
        ended: keys of what was told and is over.
    """

    new: list[Alert] = field(default_factory=list)
    grown: list[tuple[Alert, Told]] = field(default_factory=list)
    joined: list[tuple[Alert, Told]] = field(default_factory=list)
    already: list[tuple[Alert, Told]] = field(default_factory=list)
    in_window: list[tuple[Alert, Window]] = field(default_factory=list)
    waiting: list[Candidate] = field(default_factory=list)
    over: list[Told] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


def decide(found: Found, memory: Memory, settings: Settings, lineage: Lineage, now: datetime) -> Decision:
    """What is to be told of what was found."""
    decision = Decision()
    known = memory.known
    broken = [*found.candidates, *memory.still_broken(found)]
    # What was told stays told until it is over, also where it has to be measured three times to be told.
    enough = [candidate for candidate in broken if candidate.breaches >= candidate.needed or candidate.key in known]
    decision.waiting = [candidate for candidate in broken if candidate not in enough]
    alerts = group(enough, found, lineage, {told.root for told in memory.open})
    for alert in alerts:
        has_news = any(_is_news(member, known) for member in alert.members)
        told = next((told for told in memory.open if alert.root.key in told.members), None)
        window = next(
            (window for window in settings.windows if window.is_on(now) and window.covers(alert.root, lineage)), None
        )
        if cause := _left_behind_by(alert, found, memory, lineage, now):
            (decision.joined if has_news else decision.already).append((alert, cause))
        elif told:
            is_higher = TIERS.index(alert.tier) > TIERS.index(told.tier)
            if is_higher and window:
                decision.in_window.append((alert, window))
            elif is_higher:
                decision.grown.append((alert, told))
            else:
                (decision.joined if has_news else decision.already).append((alert, told))
        elif not _is_news(alert.root, known):
            # It was told with something that is over.
            pass
        elif window:
            decision.in_window.append((alert, window))
        else:
            decision.new.append(alert)
    if not found.in_use:
        root_of = {member.key: alert.root.key for alert in alerts for member in alert.members}
        decision.ended = sorted(set(known) - set(root_of))
        decision.over = [told for told in memory.open if _is_over(told, root_of)]
    return decision


def _is_news(candidate: Candidate, known: dict[str, list]) -> bool:
    """Whether something was not told, or as less urgent than it is now."""
    told_as = known.get(candidate.key)
    return not told_as or TIERS.index(candidate.tier) > TIERS.index(told_as[0])


def _is_over(told: Told, root_of: dict[str, str]) -> bool:
    """Whether nothing of an alert is left but what lasts, and what has another cause by now."""
    left = [key for key in told.members if root_of.get(key) in told.members]
    return told.root not in root_of and not [key for key in left if key.partition(" ")[0] not in LASTING]


def _left_behind_by(alert: Alert, found: Found, memory: Memory, lineage: Lineage, now: datetime) -> Told | None:
    """The alert that was told, of this tier at least, which explains a missed objective or a low score."""
    root = alert.root
    if root.key.partition(" ")[0] not in LASTING:
        return None
    days = f"{now - timedelta(days=DAYS_OF_QUALITY):%Y-%m-%d}", f"{now:%Y-%m-%d}"
    if root.rule != "quality_low":
        # The newest day on which the objective was missed.
        days = root.message[:10], root.message[:10]
    for told in reversed(memory.alerts):
        was_on = told.opened_at[:10] <= days[1] and (told.resolved_at or days[0])[:10] >= days[0]
        is_as_high = TIERS.index(told.tier) >= TIERS.index(alert.tier)
        if was_on and is_as_high and told.root != root.key and explains(told.cause, root, found, lineage):
            return told
    return None


def check(dbt: Dbt, now: datetime) -> tuple[Decision, Memory]:
    """What would be told now, and what has been."""
    memory, lineage = remembered(dbt), Lineage.of(dbt.target_path)
    return decide(_found(dbt, memory, now), memory, read_settings(dbt.project / "alerts.yml"), lineage, now), memory


def _found(dbt: Dbt, memory: Memory, now: datetime) -> Found:
    """What is beyond its limit, and what a scheduler has said."""
    try:
        found = find(dbt, now)
    except UsageError as error:
        # That there is no warehouse yet is no reason to keep what a scheduler knows.
        if not memory.faults:
            raise
        found = Found([], {}, {}, set(), str(error))
    return replace(found, candidates=[*found.candidates, *memory.faults.values()])


def _read_faults(faults: str) -> dict[str, str | list[str] | None]:
    """What is wrong by name, and None for what is over; a list has all tasks of the scheduler of that name. Raises
    UsageError for anything else."""
    try:
        said = json.loads(faults or "{}")
    except ValueError:
        said = None

    def is_known(fault: object) -> bool:
        return isinstance(fault, str | None) or (
            isinstance(fault, list) and all(isinstance(task, str) for task in fault)
        )

    if not isinstance(said, dict) or not all(map(is_known, said.values())):
        raise UsageError('FAULTS is a JSON object of names and texts, such as {"extract shop": "no answer"}.')
    return said


def alerts(dbt: Dbt, send: str, now: datetime | None = None, faults: str = "") -> None:
    """Print what would be sent and what not, and why; with send, send it.

    `faults` is what a scheduler knows and the run history cannot, as `_read_faults` takes it. It is remembered.
    """
    if send not in ("", "no", "yes"):
        raise UsageError(f"SEND={send} is neither yes nor no.")
    settings = read_settings(dbt.project / "alerts.yml")
    sending = send == "yes"
    said = _read_faults(faults)
    if sending and not any(map(is_set, CHANNELS)):
        raise UsageError(f"There is nobody to send alerts to: set {', '.join(VARIABLES.values())}.")
    now = now or datetime.now(UTC)
    with only_one(memory_file(dbt)) if sending or said else nullcontext():
        memory = remembered(dbt)
        if said:
            memory.write({"at": at(now), "event": "said", "faults": said})
        found = _found(dbt, memory, now)
        lineage = Lineage.of(dbt.target_path)
        decision = decide(found, memory, settings, lineage, now)
        say(*report(decision, found, settings, lineage, now))
        if sending:
            problems = _send(decision, memory, settings, lineage, now)
            unheard = [alert for alert in decision.new if alert.tier == "page" and not _is_heard("page", settings)]
            if unheard and not problems:
                names = " or ".join(VARIABLES[channel] for channel in settings.channels["page"])
                raise UsageError(f"A page goes to nobody: set {names or 'a channel for it in alerts.yml'}.")
            if problems:
                raise PassingError(f"Not all could be sent: {'; '.join(problems)}. The same command tries again.")


def report(decision: Decision, found: Found, settings: Settings, lineage: Lineage, now: datetime) -> list[str]:
    """What a check has come to, in lines."""
    lines = [found.in_use] if found.in_use else []
    if not lineage.manifest:
        lines.append("There is no target/manifest.json, so nobody knows what an alert hits: run `make build` first.")
    for alert in decision.new:
        lines += _block("NEW", full_text(alert, lineage), _to(alert.tier, settings))
    for alert, _told in decision.grown:
        lines += _block(
            "MORE", full_text(alert, lineage), f"was told before, but not as {alert.tier}: {_to(alert.tier, settings)}"
        )
    for told in decision.over:
        lines += _block("OVER", [told.text], _to(told.tier, settings))
    for alert, told in [*decision.joined, *decision.already]:
        lines += _block("TOLD", [headline(alert)], f"not sent again: told on {told.opened_at} UTC")
    for alert, window in decision.in_window:
        lines += _block("SILENT", [headline(alert)], f"not sent: maintenance window ({window.reason})")
    for candidate in decision.waiting:
        times = f"{candidate.breaches} of {candidate.needed} in a row"
        lines += _block("WAITING", [f"{candidate.tier.upper()}: {in_words(candidate)}"], f"not sent: {times}")
    return lines or ["Nothing is wrong."]


def _block(kind: str, text: list[str], outcome: str) -> list[str]:
    return [f"{kind:8}{text[0]}", *(f"{'':8}{line}" for line in text[1:]), f"{'':8}-> {outcome}"]


def _to(tier: str, settings: Settings) -> str:
    channels = [channel for channel in settings.channels[tier] if is_set(channel)]
    if channels:
        return f"to {', '.join(channels)}"
    return f"to nobody: no channel of {tier} is set ({', '.join(VARIABLES[name] for name in settings.channels[tier])})"


def _is_heard(tier: str, settings: Settings) -> bool:
    return any(map(is_set, settings.channels[tier]))


def _send(decision: Decision, memory: Memory, settings: Settings, lineage: Lineage, now: datetime) -> list[str]:
    """Send and remember, one alert after the other; what a channel did not take, in words."""
    problems: list[str] = []
    for channel, text in list(memory.undelivered):
        if is_set(channel):
            try:
                deliver(channel, text)
                memory.write({"at": at(now), "event": "delivered", "channel": channel, "text": text})
            except NotDelivered as problem:
                problems.append(str(problem))

    def tell(tier: str, text: str) -> None:
        for channel in settings.channels[tier]:
            if is_set(channel):
                try:
                    deliver(channel, text)
                except NotDelivered as problem:
                    problems.append(str(problem))
                    memory.write({"at": at(now), "event": "undelivered", "channel": channel, "text": text})

    for alert in decision.new:
        # Nobody was told, so it is new until somebody can be.
        if not _is_heard(alert.tier, settings):
            continue
        tell(alert.tier, "\n".join(full_text(alert, lineage)))
        event = {"event": "opened", "root": alert.root.key, "tier": alert.tier, "text": headline(alert)}
        members = {member.key: [member.tier, member.limit] for member in alert.members}
        memory.write({"at": at(now), **event, "members": members})
    for alert, told in decision.grown:
        tell(alert.tier, "\n".join(full_text(alert, lineage)))
        memory.write(_grown(alert, told, memory, now))
    for alert, told in decision.joined:
        memory.write(_grown(alert, told, memory, now))
    for told in decision.over:
        tell(told.tier, f"OVER: {told.text}")
        memory.write({"at": at(now), "event": "over", "root": told.root})
    for key in decision.ended:
        memory.write({"at": at(now), "event": "ended", "member": key})
    return list(dict.fromkeys(problems))


def _grown(alert: Alert, told: Told, memory: Memory, now: datetime) -> dict[str, object]:
    tier = max(alert.tier, told.tier, key=TIERS.index)
    members = {member.key: [member.tier, member.limit] for member in alert.members if _is_news(member, memory.known)}
    return {"at": at(now), "event": "grown", "root": told.root, "tier": tier, "members": members}
