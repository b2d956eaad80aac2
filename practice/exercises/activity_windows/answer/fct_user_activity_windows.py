from bisect import bisect_left
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

TOLERANCE = timedelta(seconds=5)


def model(ref):
    times, records = defaultdict(list), [one for one in ref("int_activity__events_and_orders") if not one["is_late"]]
    for record in records:
        times[record["user_id"], record["is_order"]].append(record["occurred_at"])
    for some in times.values():
        some.sort()
    windows = {}
    for record in records:
        key = record["user_id"], record["window_start_at"]
        row = windows.setdefault(
            key,
            {
                "user_id": key[0],
                "window_start_at": key[1],
                "event_count": 0,
                "order_count": 0,
                "ordered_amount": Decimal(0),
                "matched_event_count": 0,
                "matched_order_count": 0,
                "matched_ordered_amount": Decimal(0),
            },
        )
        partners = times[record["user_id"], not record["is_order"]]
        first = bisect_left(partners, record["occurred_at"] - TOLERANCE)
        is_matched = first < len(partners) and partners[first] <= record["occurred_at"] + TOLERANCE
        for prefix in ["", "matched_"][: 1 + is_matched]:
            if record["is_order"]:
                row[prefix + "order_count"] += 1
                row[prefix + "ordered_amount"] += record["order_amount"]
            else:
                row[prefix + "event_count"] += 1
    return windows.values()
