from datetime import datetime, timedelta

WINDOW, DELAY, LATENESS = timedelta(minutes=5), timedelta(minutes=10), timedelta(hours=24)
BEGINNING = datetime(1970, 1, 1)


def model(ref):
    greatest, seen = None, set()
    for scan in ref("base_shipping__shipment_scans"):
        at, event_id = scan["event_at"], scan["event_id"]
        window_start = at - (at - BEGINNING) % WINDOW
        if event_id in seen:
            decision = "repeated"
        elif greatest is not None and greatest - DELAY >= window_start + WINDOW + LATENESS:
            decision = "late"
        else:
            decision = "accepted"
        seen.add(event_id)
        greatest = at if greatest is None else max(greatest, at)
        yield {
            "source_position": scan["source_position"],
            "event_id": event_id,
            "decision": decision,
            "window_start_at": window_start,
        }
