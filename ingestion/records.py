"""Messages and records of APIs as the text columns of a raw table, read as the warehouse reads JSON lines."""

from collections.abc import Sequence
from datetime import datetime

import orjson
import pyarrow as pa

from warehouse.raw_contract import ARRIVAL_COLUMNS, MALFORMED_LINE, NAMES_OF_SCANS, PAYLOAD, TABLES, is_whole_message
from warehouse.raw_files.read import DEEPEST_VALUE, json_batches


def text_table(table: str, messages: Sequence[bytes]) -> pa.Table:
    """JSON objects as a table of texts: one row a message, with the columns of the raw table and what else there is.

    What is no JSON object has nulls, and its text in MALFORMED_LINE: the warehouse rejects it with its place.
    """
    lines = [_one_line(message) for message in messages]
    if _are_whole_messages(table, lines):
        columns = {PAYLOAD: pa.array(lines, pa.string())}
        return pa.table(_complete(table, columns, len(lines)))
    (batch,) = json_batches(iter([b"\n".join(lines)]), table, set()) if lines else ({},)
    own = (*ARRIVAL_COLUMNS, *NAMES_OF_SCANS)
    columns = {name: _texts(values) for name, values in batch.items() if name not in own}
    return pa.table(_complete(table, columns, len(lines)))


def with_arrival(records: pa.Table, loaded_at: datetime, source_file: str, positions: Sequence[int]) -> pa.Table:
    """Records with the columns that say when (UTC), from where and in which order they arrived."""
    rows = records.num_rows
    arrival = {
        "loaded_at": pa.repeat(pa.scalar(loaded_at, pa.timestamp("us")), rows),
        "source_file": pa.repeat(source_file, rows),
        "source_position": pa.array(positions, pa.int64()),
    }
    for name, values in arrival.items():
        records = records.append_column(pa.field(name, values.type), values)
    return records


def _complete(table: str, columns: dict[str, pa.Array], rows: int) -> dict[str, pa.Array]:
    missing = dict.fromkeys((*TABLES[table], MALFORMED_LINE), pa.nulls(rows, pa.string()))
    return {**columns, **{name: nulls for name, nulls in missing.items() if name not in columns}}


def _are_whole_messages(table: str, lines: Sequence[bytes]) -> bool:
    """Whether every line is plainly a payload as it stands: several times as fast as reading what is in it.

    What orjson refuses may still be a payload for the warehouse's reader, which is less strict.
    """
    for line in lines:
        try:
            record = orjson.loads(line)
        except ValueError:
            return False
        if not isinstance(record, dict) or not is_whole_message(table, record):
            return False
        if line.count(b"{") + line.count(b"[") > DEEPEST_VALUE:
            return False
    return bool(lines)


def _texts(values: Sequence[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        # Half a surrogate pair, which JSON can spell and no UTF-8 text can hold.
        return pa.array([value and value.encode("utf-8", "backslashreplace").decode() for value in values], pa.string())


def _one_line(message: bytes) -> bytes:
    """A message as one line of UTF-8. A blank one is kept as a record: two quotes, which are no JSON object."""
    try:
        text = message.decode()
    except UnicodeDecodeError:
        text = message.decode("utf-8", "backslashreplace")
        # It is to be rejected, whatever the rest of it says.
        text = "not UTF-8: " + text
    return text.replace("\n", " ").encode() if text.strip() else b'""'
