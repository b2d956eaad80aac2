import json
from decimal import Decimal, InvalidOperation


def consume(topic, lake, write_parquet):
    checkpoint = lake / "_checkpoint.json"
    state = json.loads(checkpoint.read_text()) if checkpoint.exists() else {"topic_id": topic.topic_id, "next": {}}
    if state["topic_id"] != topic.topic_id:
        raise RuntimeError("The topic was made anew; say which of its records are to be read.")
    for partition in topic.partitions:
        following = state["next"].get(str(partition), 0)
        if topic.begin(partition) > following:
            raise RuntimeError(
                f"Partition {partition} has lost the records {following} to {topic.begin(partition) - 1}."
            )
        topic.seek(partition, following)
    while records := topic.poll():
        files = {}
        for record in records:
            folder, row = landed(record)
            files.setdefault((folder, record.partition), []).append(row)
            state["next"][str(record.partition)] = record.offset + 1
        # Read again after a kill, the batch is the same, and so are its files: they are replaced by themselves.
        for (folder, partition), rows in files.items():
            staged = lake / "_staged.parquet"
            write_parquet(staged, rows)
            target = lake / folder / f"{partition}-{rows[0]['offset']}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target)
        new = lake / "_checkpoint.new"
        new.write_text(json.dumps(state))
        new.replace(checkpoint)


def landed(record):
    """The folder of a record below the lake, and its row."""
    place = {"partition": record.partition, "offset": record.offset}
    try:
        value = json.loads(record.value)
        row = {**place, "order_id": value["order_id"], "amount": Decimal(value["amount"])}
    except (ValueError, KeyError, TypeError, InvalidOperation):
        return "dead_letters", {**place, "value": record.value}
    return f"orders/{record.arrived_at:year=%Y/month=%m/day=%d/hour=%H}", row
