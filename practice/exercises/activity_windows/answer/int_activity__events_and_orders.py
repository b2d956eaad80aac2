from datetime import timedelta

DELAY = timedelta(seconds=3)


def model(ref):
    for event in ref("events"):
        met = event["event_watermark_at"]
        is_late = met is not None and event["event_at"] < met - DELAY
        yield {"is_order": False, "record_id": event["event_id"], "is_late": is_late}
    for order in ref("orders"):
        met = order["greatest_ordered_at"]
        is_late = met is not None and order["ordered_at"] < met - DELAY
        yield {"is_order": True, "record_id": order["order_id"], "is_late": is_late}
