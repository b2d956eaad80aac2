"""Random streams in which times stand at the edges of the rules: on them, and a microsecond before and after."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from arrivals import Heartbeat, Order, UserEvent
from hypothesis import strategies as st
from rules import SECOND, Rules
from steps import Step, Stream, Timeline, earlier, streams


def user_events(rules: Rules) -> st.SearchStrategy[Stream]:
    """Events at the edges of windows, of lateness, of the horizon of duplicates and of the memory of ids."""
    window, lateness = rules.user_event_window_seconds, rules.user_event_allowed_lateness_seconds
    horizon, retention = rules.duplicate_horizon_seconds, rules.event_id_retention_seconds
    return streams(_user_events, rules, lateness, lateness, horizon, window, window + lateness, retention)


def _user_events(rules: Rules, origin: int, taken: list[Step]) -> Iterable[tuple[Step, UserEvent]]:
    timeline = Timeline(origin, rules.user_event_window_seconds)
    events: list[UserEvent] = []
    for step in taken:
        yield step, user_event(step, timeline.follow(step), events)


def user_event(step: Step, at: int, events: list[UserEvent]) -> UserEvent:
    """An event at this time, with a new id or that of an earlier one."""
    repeated = earlier(events, step) if step.repeats else None
    event = UserEvent(repeated.event_id if repeated else f"e{len(events)}", step.user_id, at)
    events.append(event)
    return event


def orders(rules: Rules) -> st.SearchStrategy[Stream]:
    """Orders at the edges of windows and of the watermark."""
    window, delay = rules.order_window_seconds, rules.order_watermark_delay_seconds
    return streams(_orders, rules, window, delay, delay + window, delay, 2 * window)


def _orders(rules: Rules, origin: int, taken: list[Step]) -> Iterable[tuple[Step, Order]]:
    timeline = Timeline(origin, rules.order_window_seconds)
    known: list[Order] = []
    for step in taken:
        yield step, order(step, timeline.follow(step), known)


def order(step: Step, at: int, known: list[Order]) -> Order:
    """An order at this time, with a new id or that of an earlier one."""
    repeated = earlier(known, step) if step.repeats else None
    amount = Decimal(["50.00", "0", "0.000000001", "33.33"][step.kind])
    status = ["completed", "completed", "cancelled", "pending"][step.back % 4]
    made = Order(repeated.order_id if repeated else f"o{len(known)}", step.user_id, amount, status, at)
    known.append(made)
    return made


def activities(rules: Rules) -> st.SearchStrategy[Stream]:
    """Events and orders, at the edges of windows, of both watermarks and of what is a pair."""
    tolerance, delay = rules.activity_join_tolerance_seconds, rules.activity_watermark_delay_seconds
    return streams(_activities, rules, tolerance, tolerance, delay, rules.activity_window_seconds)


def _activities(rules: Rules, origin: int, taken: list[Step]) -> Iterable[tuple[Step, UserEvent | Order]]:
    everything: list[int] = []
    event_times = Timeline(origin, rules.activity_window_seconds, everything)
    order_times = Timeline(origin, rules.activity_window_seconds, everything)
    events: list[UserEvent] = []
    known: list[Order] = []
    both: list[UserEvent | Order] = []
    for step in taken:
        # What goes from the time of an earlier record is what that one may be matched with.
        partner = earlier(both, step) if step.base == "earlier" else None
        own = replace(step, user_id=partner.user_id) if partner else step
        if isinstance(partner, Order) or (partner is None and step.kind % 2):
            record = user_event(own, event_times.follow(own), events)
        else:
            record = order(own, order_times.follow(own), known)
        if not step.is_rejected:
            both.append(record)
        yield step, record


def heartbeats(rules: Rules) -> st.SearchStrategy[Stream]:
    """Heartbeats with gaps around the timeout, of few sessions, in which programs and their starts change."""
    timeout = rules.playback_timeout_seconds
    return streams(_heartbeats, rules, 0, 0, timeout, timeout)


def _heartbeats(rules: Rules, origin: int, taken: list[Step]) -> Iterable[tuple[Step, Heartbeat]]:
    timeline = Timeline(origin, rules.playback_timeout_seconds)
    known: list[Heartbeat] = []
    for step in taken:
        at = timeline.follow(step)
        program_id, start = [("p1", -100), ("p1", -100), ("p1", 30), ("p2", -100)][step.kind]
        user_id, session_id = (1, "s2") if step.user_id == 3 else (step.user_id, "s1")
        device = "tv" if step.back < 3 else "phone"
        heartbeat = Heartbeat(user_id, program_id, origin + start * SECOND, session_id, device, at)
        before = earlier(known, step)
        if before and step.repeats:
            # The same once more, with a time that has no part in it.
            heartbeat = before
        elif before and step.base == "earlier":
            # Of the same program, so that nothing but time can end its stream.
            heartbeat = before._replace(event_at=at, device=device)
        heartbeat = heartbeat._replace(start_at=min(heartbeat.start_at, heartbeat.event_at))
        if not step.is_rejected:
            known.append(heartbeat)
        yield step, heartbeat
