from datetime import datetime, timedelta

WINDOW, DELAY = timedelta(minutes=5), timedelta(minutes=10)
BEGINNING = datetime(1970, 1, 1)


def model(ref):
    greatest, seen = None, set()
    for order in ref("stg_shop__orders"):
        at, order_id = order["ordered_at"], order["order_id"]
        window_end = at - (at - BEGINNING) % WINDOW + WINDOW
        if order_id in seen:
            decision = "repeated"
        elif greatest is not None and greatest - DELAY >= window_end:
            decision = "late"
        else:
            decision = "accepted"
        seen.add(order_id)
        greatest = at if greatest is None else max(greatest, at)
        yield {"source_position": order["source_position"], "order_id": order_id, "decision": decision}
