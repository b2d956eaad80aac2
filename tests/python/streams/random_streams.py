"""Random streams in which times stand at the edges of the rules: on them, and a microsecond before and after."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from arrivals import NO_ATTRIBUTES, Attributes, Change, Heartbeat, Order, Position, Rate, Scan, UserEvent
from hypothesis import strategies as st
from rules import DAY, SECOND, Rules
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
    """Orders at the edges of windows and of the watermark, and exchange rates of the days around them."""
    window, delay = rules.order_window_seconds, rules.order_watermark_delay_seconds
    return streams(_orders, rules, window, delay, delay + window, delay, 2 * window)


def _orders(rules: Rules, origin: int, taken: list[Step]) -> Iterable[tuple[Step, Order | Rate]]:
    timeline = Timeline(origin, rules.order_window_seconds)
    known: list[Order] = []
    for step in taken:
        yield step, rate(step, timeline) if step.is_rate else order(step, timeline.follow(step), known)


def order(step: Step, at: int, known: list[Order]) -> Order:
    """An order at this time, with a new id or that of an earlier one."""
    repeated = earlier(known, step) if step.repeats else None
    amount = Decimal(["50.00", "0", "0.000000001", "33.33"][step.kind])
    currency = ["USD", "USD", "JPY", "NOK", "EUR", None][step.back]
    status = ["completed", "completed", "cancelled", "pending"][step.back % 4]
    made = Order(repeated.order_id if repeated else f"o{len(known)}", step.user_id, amount, currency, status, at)
    known.append(made)
    return made


def rate(step: Step, timeline: Timeline) -> Rate:
    """A rate of the day of the last order, a day before or after, or long before. NOK never has one."""
    currency, exchange_rate = [
        ("USD", "0.915425317"),
        ("USD", "0.5"),
        ("USD", "1000000"),
        ("JPY", "0.006"),
        ("JPY", "0.000000001"),
        ("EUR", "1"),
    ][step.back]
    last_at = timeline.times[-1] if timeline.times else timeline.origin
    return Rate(last_at // DAY + [0, -1, 1, -40][step.kind], currency, Decimal(exchange_rate))


def activities(rules: Rules) -> st.SearchStrategy[Stream]:
    """Events and orders, at the edges of windows, of both watermarks and of what is a pair; and exchange rates."""
    tolerance, delay = rules.activity_join_tolerance_seconds, rules.activity_watermark_delay_seconds
    return streams(_activities, rules, tolerance, tolerance, delay, rules.activity_window_seconds)


def _activities(rules: Rules, origin: int, taken: list[Step]) -> Iterable[tuple[Step, UserEvent | Order | Rate]]:
    everything: list[int] = []
    event_times = Timeline(origin, rules.activity_window_seconds, everything)
    order_times = Timeline(origin, rules.activity_window_seconds, everything)
    events: list[UserEvent] = []
    known: list[Order] = []
    both: list[UserEvent | Order] = []
    for step in taken:
        if step.is_rate:
            yield step, rate(step, order_times)
            continue
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


def scans(rules: Rules) -> st.SearchStrategy[Stream]:
    """Scans at the edges of windows, of the watermark and of where a window is given up."""
    window, delay = rules.scan_window_seconds, rules.scan_watermark_delay_seconds
    given_up = window + delay + rules.scan_allowed_lateness_seconds
    return streams(_scans, rules, window, window + delay, window + delay, given_up, given_up)


def _scans(rules: Rules, origin: int, taken: list[Step]) -> Iterable[tuple[Step, Scan]]:
    timeline = Timeline(origin, rules.scan_window_seconds)
    known: list[Scan] = []
    for step in taken:
        at = timeline.follow(step)
        before = earlier(known, step)
        event_id = before.event_id if before and step.repeats else f"e{len(known)}"
        # What goes from the time of an earlier scan is of the same shipment, so that equal times meet.
        shipment_id = before.shipment_id if before and step.base == "earlier" else f"p{step.user_id}"
        status = ["picked_up", "in_transit", "delivered", "on_a_drone"][step.kind]
        scan = Scan(event_id, shipment_id, status, [None, "depot", "van"][step.back % 3], at)
        if not step.is_rejected:
            known.append(scan)
        yield step, scan


def changes(rules: Rules) -> st.SearchStrategy[Stream]:
    """Changes at positions that are new, known, and between those that are, made at times that need not follow them.

    Logs begin anew, tables are truncated and read as a whole, and changes do not speak of every attribute.
    """
    return streams(_changes, rules, 60, 3600, 86400)


def _changes(rules: Rules, origin: int, taken: list[Step]) -> Iterable[tuple[Step, Change]]:
    timeline = Timeline(origin, 60)
    known: list[Change] = []
    newest = Position(9, 900, 0)
    reading = newest
    for step in taken:
        at = timeline.follow(step)
        before = earlier([one for one in known if one.operation != "truncate"], step)
        operation, more = _operation(step)
        said = (
            attributes(step, origin, at, max(timeline.times, default=origin))
            if operation in ("create", "update", "read")
            else NO_ATTRIBUTES
        )
        if before and step.repeats and operation != "truncate":
            # The same once more, or something else at its position.
            is_same = step.kind == 0
            change = before if is_same else before._replace(operation=operation, attributes=said, changed_at=at, **more)
        elif before and step.base == "earlier" and operation != "truncate":
            # Between that position and the next.
            position = before.position._replace(log_row=before.position.log_row + 1)
            change = Change(before.shipment_id, operation, said, at, position, before.log_name, **more)
        else:
            if more.get("edge") == "last":
                position = reading
            elif step.kind == 3 and step.back == 0:
                # The log begins anew.
                position = newest = Position(9, 100, 0)
            elif step.kind == 3:
                position = newest = Position(newest[0] + 1, 4, 0)
            else:
                position = newest = newest._replace(log_offset=newest[1] + 60)
            if more.get("edge") == "first":
                reading = position
            log_name = "branch" if step.user_id == 3 and step.back > 2 else "shop"
            shipment_id = "" if operation == "truncate" else f"p{step.user_id}"
            change = Change(shipment_id, operation, said, at, position, log_name, **more)
        if not step.is_rejected:
            known.append(change)
        yield step, change


def _operation(step: Step) -> tuple[str, dict[str, object]]:
    """What is done, and what else a change says of itself."""
    if step.kind == 3 and step.back == 5 and not step.is_rejected:
        return "truncate", {"untold": (), "edge": None}
    edge = {4: "first", 5: "last"}.get(step.back) if step.kind == 2 else None
    operation = "read" if edge else ["create", "update", "update", "delete"][step.kind]
    untold = {3: (("carrier", "absent"),), 2: (("weight", "unchanged"), ("delivered_at", "absent"))}
    return operation, {"untold": untold.get(step.back, ()) if step.kind == 1 else (), "edge": edge}


def attributes(step: Step, origin: int, at: int, watermark: int) -> Attributes:
    """What a change says that is made at this time: promises kept, broken, and met by the watermark or not yet."""
    hour, day = 3600 * SECOND, 86400 * SECOND
    region, carrier, status, shipped_at, promised_at, delivered_at = [
        ("north", "dhl", "created", None, None, None),
        ("north", "dhl", "in_transit", origin - hour, watermark, None),
        ("north", "dhl", "in_transit", origin - hour, watermark + 1, None),
        (None, "dhl", "delivered", origin - hour, at, at),
        ("south", None, "delivered", origin - day, at - 1, at),
        ("north", "dhl", "delivered", origin - hour, None, origin + hour + 1),
    ][step.back]
    if delivered_at is not None:
        shipped_at = min(shipped_at, delivered_at)
    weight = [Decimal("1.5"), Decimal("1.5"), None, None][step.kind]
    # The first moment of 1970 is how MySQL's zero dates arrive.
    times = (at or None for at in (shipped_at, promised_at, delivered_at))
    said = Attributes(region, carrier, status, weight, *times, None)
    return said._replace(**{name: None for name, _ in _operation(step)[1]["untold"]})
