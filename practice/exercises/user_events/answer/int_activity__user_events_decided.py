from datetime import datetime, timedelta

WINDOW, LATENESS, HORIZON = timedelta(seconds=10), timedelta(seconds=5), timedelta(seconds=10)
BEGINNING = datetime(1970, 1, 1)


def model(ref):
    watermark, first_seen = None, {}
    for record in ref("base_app__user_events"):
        at, event_id = record["event_at"], record["event_id"]
        window_end = at - (at - BEGINNING) % WINDOW + WINDOW
        if event_id in first_seen:
            decision = "duplicate" if abs(at - first_seen[event_id]) <= HORIZON else "stale_duplicate"
        elif watermark is not None and watermark >= window_end + LATENESS:
            decision = "late"
        else:
            decision = "accepted"
        first_seen.setdefault(event_id, at)
        watermark = at if watermark is None else max(watermark, at)
        yield {"source_position": record["source_position"], "event_id": event_id, "decision": decision}
