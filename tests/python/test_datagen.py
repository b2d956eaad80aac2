"""The generator of raw data: the same bytes for the same dials, dials that do what they say, bounded memory, errors."""

import csv
import dataclasses
import hashlib
import io
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest
from datagen_tables import CHANGED_AT, SCANNED_AT, UTC, ask, made, rows_of

from datagen.chunks import CHUNK_ROWS, COLUMNS, schema
from datagen.cli import run
from datagen.dials import Dials
from datagen.dirt import DIRT
from datagen.sample import DIALS, SEEDS, sample, write_sample
from datagen.tables import MAKERS
from datagen.text import LONG_LINE, NUL_LINE
from datagen.write import Output, write_tables

ROOT = Path(__file__).resolve().parents[2]
SMALL = Dials(
    web_events=3000, log_lines=3000, orders=1000, user_events=3000, heartbeats=3000,
    shipment_changes=3000, shipment_scans=3000, users=100,
)  # fmt: skip
# The tables of which a dial says how many records they have.
SIZES = {
    "app_logs": "log_lines",
    "web_events": "web_events",
    "orders": "orders",
    "user_events": "user_events",
    "playback_heartbeats": "heartbeats",
    "shipment_changes": "shipment_changes",
    "shipment_scans": "shipment_scans",
}
EVENT_TIME, ORDERED_AT = UTC.format("event_time"), UTC.format("ordered_at")
PLAYED_AT = UTC.format("(payload ->> 'event_time')")
STREAMS = {"orders": ORDERED_AT, "user_events": EVENT_TIME, "playback_heartbeats": PLAYED_AT}
ARRIVAL = ("loaded_at", "source_file", "source_position")
LOG_USER = "split_part(split_part(log_line, '|', 2), '=', 2)::int"
GAPS = f"""
    with timed as (
        select {EVENT_TIME} as happened_at, user_id || device_id as who, * from rows
        where user_id is not null and device_id is not null
    )
    select *, happened_at - lag(happened_at) over (partition by who order by happened_at) as gap from timed
"""
SESSIONS = f"""
    with numbered as (
        select *, count_if(gap is null or gap > interval 30 minute) over (
            partition by who order by happened_at rows unbounded preceding
        ) as number
        from ({GAPS})
    )
    select
        count(*) as events,
        min(happened_at)::date <> max(happened_at)::date as straddles,
        count(distinct app_version) > 1 as updates
    from numbered group by who, number
"""
REPEATED = "1 - count(distinct ({})) / count(*)"
BROKEN_ORDER = """
    order_id is null or customer_id is null or customer_id = 'abc' or quantity = 'two'
    or coalesce(try_cast(amount as double) not between 0 and 1e6, true) or try_cast(ordered_at as timestamp) is null
"""
BROKEN_EVENT = """
    event_id is null or user_id is null or user_id in ('abc', '-3') or event_type is null
    or try_cast(event_time as timestamp) is null
"""
# The six fields, however they are written.
BEAT = "json_extract_string(payload, ['user_id', 'program_id', 'start_time', 'session_id', 'device', 'event_time'])"
BEAT_USER = "(payload ->> 'user_id')::int"
BROKEN_BEAT = """
    not coalesce(
        case when json_valid(payload) then
            try_cast((payload ->> 'user_id') as int) > 0
            and (payload ->> 'program_id') is not null and (payload ->> 'session_id') <> ''
            and try_cast((payload ->> 'start_time') as timestamptz)
                <= try_cast((payload ->> 'event_time') as timestamptz)
        end, false
    )
"""
BROKEN_CHANGE = """
    not coalesce(
        case when json_valid(payload) then
            (payload ->> 'op') in ('c', 'u', 'd', 'r') and (payload -> 'source' ->> 'lsn') is not null
            and try_cast((payload -> 'source' ->> 'ts_ms') as bigint) > 0
            and ((payload ->> 'op') = 'd' or (
                (payload -> 'after' ->> 'shipment_id') is not null and (payload -> 'after' ->> 'status') is not null
                and try_cast((payload -> 'after' ->> 'weight') as double) >= 0
                and (payload -> 'after' ->> 'promised_at') <> 'soon'
            ))
        end, false
    )
"""
BROKEN_SCAN = """
    not coalesce(
        case when json_valid(payload) then
            trim(payload ->> 'event_id') <> '' and (payload ->> 'shipment_id') is not null
            and (payload ->> 'status') is not null and (payload ->> 'event_time') not in ('17', '2025-02-30 10:00:00')
        end, false
    )
"""
# Rates of a day are known at 16:00 and come with the file of 16:05.
RATE_KNOWN_AT = "(rate_date::date + interval 16 hour)"
BROKEN_RATE = """
    not coalesce(
        try_cast(rate_date as date) is not null and length(currency) = 3 and try_cast(rate as double) > 0, false
    )
"""
GOOD_LINE = (
    r"regexp_full_match(log_line, '[-0-9]{10}\|user=\d+\|event=[a-z_]+(\|ip=.*)?') and log_line[6:10] <> '02-30'"
)


def tree(folder: Path) -> dict[str, str]:
    """Every file below `folder` and a hash of its bytes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def records(table: str) -> list[dict[str, str]]:
    """The records of a committed seed."""
    text = (SEEDS / f"{table}.csv").read_bytes().decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


# The same bytes


@pytest.mark.parametrize("file_format", ["parquet", "csv", "jsonl"])
def test_same_seed_same_bytes_and_another_seed_others(tmp_path: Path, file_format: str) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        write_tables(dataclasses.replace(SMALL, seed=seed), Output(tmp_path / name, file_format))
    assert tree(tmp_path / "one") == tree(tmp_path / "again")
    assert tree(tmp_path / "one").keys() == tree(tmp_path / "other").keys()
    for table in COLUMNS:
        one, other = (tree(tmp_path / name / table) for name in ("one", "other"))
        assert one and not set(one.values()) & set(other.values())


def test_all_formats_hold_the_same_records(tmp_path: Path) -> None:
    for file_format in ("parquet", "csv", "jsonl"):
        write_tables(dataclasses.replace(SMALL, malformed_share=0.2), Output(tmp_path / file_format, file_format))
    for table, columns in COLUMNS.items():
        types = dict.fromkeys(columns, "varchar")
        types |= dict(zip(ARRIVAL, ("timestamp", "varchar", "bigint"), strict=True))
        found = []
        for reader in ("parquet", "csv", "jsonl"):
            source = f"'{tmp_path}/{reader}/{table}/*'"
            call = {
                "parquet": f"read_parquet({source})",
                "csv": f"read_csv({source}, header = true, columns = {types}, allow_quoted_nulls = false)",
                "jsonl": f"read_json({source}, columns = {types})",
            }[reader]
            with duckdb.connect() as connection:
                found.append(connection.execute(f"select * from {call} order by all").fetchall())
        assert found[0] and found[0] == found[1] == found[2], table


# Shape


@pytest.mark.parametrize("table", MAKERS)
def test_columns_and_order_of_arrival(table: str) -> None:
    rows = made(table, duplicate_share=0.1, late_share=0.2, malformed_share=0.1)
    assert rows.schema == schema(table)
    assert rows.num_rows > (300 if table == "exchange_rates" else 1000)
    assert ask(rows, f"count(distinct ({', '.join(ARRIVAL)})) - count(*)") == 0
    assert ask(rows, "min(source_position)") == 1
    # Positions in a file have no holes.
    whole = "select max(source_position) = count(distinct source_position) from rows group by source_file"
    assert all(answer for (answer,) in rows_of(rows, whole))


def test_row_counts_are_exact() -> None:
    for count in (1, 2, 3, 7, 5001):
        for table, dial in SIZES.items():
            rows = made(table, **{dial: count}, duplicate_share=0.3, order_update_share=0.5, midnight_share=0.2)
            assert rows.num_rows == count


def test_amount_is_quantity_times_price_to_the_cent() -> None:
    rows = made("orders")
    assert ask(rows, "sum((amount::decimal(12, 2) <> quantity::int * unit_price::decimal(12, 2))::int)") == 0
    assert ask(rows, "avg((status = 'completed')::int)") > 0.8
    assert ask(rows, "count(distinct order_id) - count(*)") == 0


def test_orders_are_in_several_currencies() -> None:
    rows = made("orders")
    shares = dict(rows_of(rows, "select currency, count(*) / 40000 from rows group by currency"))
    assert shares["EUR"] == pytest.approx(0.8, abs=0.01)
    assert shares.keys() == {"EUR", "USD", "GBP", "CHF", "PLN", "SEK", "JPY", "NOK", "usd", None}
    assert min(shares.values()) > 0.004
    # A change of an order is in its currency.
    changed = made("orders", order_update_share=0.5)
    assert not rows_of(changed, "select order_id from rows group by order_id having count(distinct currency) > 1")


def test_rates_are_of_weekdays_and_begin_before_the_first_day() -> None:
    rows = made("exchange_rates")
    days = "select distinct rate_date::date as day from rows where currency = 'USD'"
    span = "range(date '2024-12-30', date '2025-04-01', interval 1 day)"
    weekdays = f"select day::date as day from {span} as days(day) where isodow(day) < 6"
    assert rows_of(rows, days + " order by 1") == rows_of(rows, weekdays + " order by 1")
    begins = dict(rows_of(rows, "select currency, min(rate_date) from rows group by currency"))
    assert begins.pop("JPY") == "2025-01-13"
    assert set(begins) == {"USD", "GBP", "CHF", "PLN", "SEK"} and set(begins.values()) == {"2024-12-30"}
    assert ask(rows, r"min(regexp_full_match(rate, '\d+\.\d{9}')::int)") == 1
    steps = """
        select abs(rate::double / lag(rate::double) over (partition by currency order by rate_date) - 1) as step
        from rows qualify row_number() over (partition by currency, rate_date order by loaded_at) = 1
    """
    assert 0.0005 < rows_of(rows, f"select avg(step) from ({steps})")[0][0] < 0.01


def test_some_rates_are_corrected_within_ten_days() -> None:
    again = """
        select currency, rate_date, epoch(max(loaded_at) - min(loaded_at)) / 3600 as hours_later,
            max(rate::double) / min(rate::double) - 1 as apart
        from rows group by currency, rate_date having count(*) > 1
    """
    question = f"select count(*), min(hours_later), max(hours_later), min(apart), max(apart) from ({again})"
    [(corrected, soonest, latest, least, most)] = rows_of(made("exchange_rates", days=1000), question)
    assert 100 < corrected < 140
    assert soonest >= 24 and latest <= 240 and least > 0 and most < 0.006


@pytest.mark.parametrize("days", [1, 2, 3])
@pytest.mark.parametrize("start", ["2025-01-04", "2025-01-05", "2025-01-06"])
def test_the_first_day_has_a_rate_whatever_weekday_it_is(start: str, days: int) -> None:
    rows = made("exchange_rates", days=days, start_date=date.fromisoformat(start))
    assert ask(rows, f"count(distinct currency) filter (rate_date <= '{start}')") == 5


def test_events_stay_within_the_days() -> None:
    days = made("web_events", days=3)
    assert ask(days, f"min({EVENT_TIME}) >= timestamp '2025-01-01'") == 1
    assert ask(days, f"max({EVENT_TIME}) < timestamp '2025-01-04'") == 1
    assert ask(made("app_logs", days=3), "count(distinct split_part(log_line, '|', 1))") == 3


def test_sessions_have_the_edges_that_matter() -> None:
    rows = made("web_events")
    [(mean, greatest, with_update)] = rows_of(
        rows, f"select avg(events), max(events), avg(updates::int) from ({SESSIONS})"
    )
    assert 3 < mean < 8 and greatest < 100 and 0.01 < with_update < 0.2
    edges = "interval 0 second, interval 1800 second, interval '1800.000001' second"
    assert len(rows_of(rows, f"select distinct gap from ({GAPS}) where gap in ({edges})")) == 3
    for part in ("user_id is null and device_id is not null", "device_id is null and user_id is not null"):
        assert 0.01 < ask(rows, f"avg(({part})::int)") < 0.2
    for form in ("%T%", "%Z", "%+02:00", "%.%"):
        assert ask(rows, f"count_if(event_time like '{form}')") > 0


def test_users_change_and_come_back() -> None:
    users, active = made("users"), made("active_users")
    for column in ("user_name", "country", "email"):
        assert rows_of(users, f"select user_id from rows group by user_id having count(distinct {column}) > 1"), column
    for same in ("updated_at", "updated_at[:10]"):
        repeated = (
            f"select user_id from rows where updated_at <> created_at group by user_id, {same} having count(*) > 1"
        )
        assert rows_of(users, repeated), same
    back = "select user_id from rows group by user_id having arg_max(is_active, updated_at) = 'true' and count(*) = 3"
    assert rows_of(active, back)


@pytest.mark.parametrize("table", STREAMS)
def test_a_stream_arrives_in_order_but_for_some_seconds(table: str) -> None:
    """Of what comes with its own hour. The watermark is the greatest time before a record in its file."""
    behind = f"""
        with behind as (
            select happened_at, max(happened_at) over (
                partition by source_file order by source_position rows between unbounded preceding and 1 preceding
            ) - happened_at as behind
            from (select {STREAMS[table]} as happened_at, * from rows)
        )
        select avg((behind > interval 3 second)::int), avg((behind > interval 12 second)::int) from behind
    """
    [(more_than_usual, more_than_ever)] = rows_of(made(table, days=30), behind)
    assert 0.005 < more_than_usual < 0.06
    assert more_than_ever < 0.01


def test_event_ids_come_again_at_other_times() -> None:
    rows = made("user_events", duplicate_share=0.2)
    repeated = f"""
        select
            abs(epoch_us(last({EVENT_TIME} order by loaded_at, source_file, source_position)
                - first({EVENT_TIME} order by loaded_at, source_file, source_position))) / 1e6 as apart,
            epoch(max(loaded_at) - min(loaded_at)) / 3600 as later
        from rows group by event_id having count(*) = 2
    """
    shares = "avg((apart = 0)::int), avg((apart = 10)::int), avg((apart > 10)::int), avg((later > 0)::int), max(later)"
    [(same, at_horizon, beyond, hours_later, most_hours)] = rows_of(rows, f"select {shares} from ({repeated})")
    assert (same, at_horizon, beyond) == pytest.approx((0.62, 0.05, 0.19), abs=0.04)
    assert hours_later == pytest.approx(0.1, abs=0.03) and most_hours == 48
    assert ask(rows, "count(distinct event_id) - count(*)") == -10_000


def test_playback_sessions_have_the_edges_that_matter() -> None:
    rows = made("playback_heartbeats")
    beats = f"""
        with beats as (
            select payload ->> 'session_id' as session, payload ->> 'program_id' as program, ({PLAYED_AT}) as played_at,
            {UTC.format("(payload ->> 'start_time')")} as started_at from rows
        )
        select *, row_number() over w = 1 as is_first, played_at - lag(played_at) over w as gap,
            lag((program, started_at)) over w = (program, started_at) as goes_on
        from beats window w as (partition by session order by played_at)
    """
    [(four, lost, switches, pauses, early, over_midnight)] = rows_of(
        rows,
        f"""
        select avg((gap = interval 4 second)::int), avg((gap = interval 8 second)::int), avg((not goes_on)::int),
            avg((goes_on and gap > interval 60 second)::int), max((started_at > played_at)::int),
            count(distinct session) filter (played_at::date > started_at::date)
        from ({beats})
        """,
    )
    assert four > 0.9 and 0.01 < lost < 0.03 and 0.003 < switches < 0.02 and 0.003 < pauses < 0.02
    assert early == 0 and over_midnight > 0
    edges = "interval 60 second, interval '60.000001' second"
    assert len(rows_of(rows, f"select distinct gap from ({beats}) where gap in ({edges}) and goes_on")) == 2
    # The first stream of a session begins at its start_time, a few seconds before its first heartbeat.
    lead = f"select distinct epoch(played_at)::int - epoch(started_at)::int from ({beats}) where is_first"
    assert {seconds for (seconds,) in rows_of(rows, lead)} <= {0, 1, 2, 3, 4}


# Dials


@pytest.mark.parametrize(
    ("table", "dials", "question", "expected"),
    [
        ("web_events", {"late_share": 0.2}, f"avg((loaded_at - {EVENT_TIME} > interval 65 minute)::int)", 0.2),
        ("orders", {"late_share": 0.2}, f"avg((loaded_at - {ORDERED_AT} > interval 65 minute)::int)", 0.2),
        ("user_events", {"late_share": 0.2}, f"avg((loaded_at - {EVENT_TIME} > interval 65 minute)::int)", 0.2),
        ("playback_heartbeats", {"late_share": 0.2}, f"avg((loaded_at - {PLAYED_AT} > interval 65 minute)::int)", 0.2),
        ("shipment_changes", {"late_share": 0.2}, f"avg((loaded_at - {CHANGED_AT} > interval 65 minute)::int)", 0.2),
        ("shipment_scans", {"late_share": 0.2}, f"avg((loaded_at - {SCANNED_AT} > interval 155 minute)::int)", 0.2),
        ("exchange_rates", {"late_share": 0.2, "days": 1000, "late_hours": 20},
         f"avg((loaded_at - {RATE_KNOWN_AT} between interval 65 minute and interval 22 hour)::int)", 0.2 / 1.03),
        ("exchange_rates", {"duplicate_share": 0.25, "days": 1000}, REPEATED.format("rate_date, currency, rate"), 0.2),
        ("app_logs", {"late_share": 0.2}, "avg((loaded_at > log_line[:10]::date + interval 1505 minute)::int)", 0.158),
        ("web_events", {"duplicate_share": 0.25}, REPEATED.format(", ".join(COLUMNS["web_events"])), 0.2),
        ("orders", {"duplicate_share": 0.25}, REPEATED.format(", ".join(COLUMNS["orders"])), 0.2),
        ("user_events", {"duplicate_share": 0.25}, REPEATED.format("event_id"), 0.2),
        ("playback_heartbeats", {"duplicate_share": 0.25}, REPEATED.format(BEAT), 0.2),
        ("shipment_changes", {"duplicate_share": 0.25}, REPEATED.format("replace(payload, ' ', '')"), 0.2),
        ("shipment_scans", {"duplicate_share": 0.25}, REPEATED.format("payload ->> 'event_id'"), 0.2),
        ("app_logs", {"duplicate_share": 0.25}, REPEATED.format("log_line, source_file, source_position"), 0.2),
        ("app_logs", {"malformed_share": 0.3}, f"1 - avg(({GOOD_LINE})::int)", 0.3),
        ("exchange_rates", {"malformed_share": 0.3, "days": 1000}, f"avg(({BROKEN_RATE})::int)", 0.3),
        ("orders", {"malformed_share": 0.3}, f"avg(({BROKEN_ORDER})::int)", 0.3),
        ("user_events", {"malformed_share": 0.3}, f"avg(({BROKEN_EVENT})::int)", 0.3),
        ("playback_heartbeats", {"malformed_share": 0.3}, f"avg(({BROKEN_BEAT})::int)", 0.3),
        ("shipment_changes", {"malformed_share": 0.3}, f"avg(({BROKEN_CHANGE})::int)", 0.3),
        ("shipment_scans", {"malformed_share": 0.3}, f"avg(({BROKEN_SCAN})::int)", 0.3),
        ("users", {"malformed_share": 0.3}, "avg((user_id = 'x1')::int)", 0.06),
        ("active_users", {"malformed_share": 0.3}, "avg((is_active = 'maybe')::int)", 0.06),
        ("web_events", {"unknown_user_share": 0.3}, "avg((user_id::int > 4000)::int)", 0.3),
        ("user_events", {"unknown_user_share": 0.3}, "avg((user_id::int > 4000)::int)", 0.3),
        ("playback_heartbeats", {"unknown_user_share": 0.3}, f"avg(({BEAT_USER} > 4000)::int)", 0.3),
        ("orders", {"unknown_user_share": 0.3}, "avg((customer_id::int > 4000)::int)", 0.3),
        ("app_logs", {"unknown_user_share": 0.3}, f"avg(({LOG_USER} > 4000)::int)", 0.3),
        ("web_events", {"hot_key_share": 0.4}, "avg((user_id::int = 7)::int)", 0.4),
        ("orders", {"hot_key_share": 0.4}, "avg((customer_id::int = 7)::int)", 0.4),
        ("user_events", {"hot_key_share": 0.4}, "avg((user_id::int = 7)::int)", 0.4),
        ("playback_heartbeats", {"hot_key_share": 0.4}, f"avg(({BEAT_USER} = 7)::int)", 0.4),
        ("app_logs", {"hot_key_share": 0.4}, f"avg(({LOG_USER} = 7)::int)", 0.4),
        ("active_users", {"inactive_share": 0.4}, "1 - count(distinct user_id) / 4000", 0.2),
        ("orders", {"order_update_share": 0.5}, REPEATED.format("order_id"), 0.65 / 1.65),
    ],
)  # fmt: skip
def test_dial_gives_its_share(table: str, dials: dict[str, float], question: str, expected: float) -> None:
    assert ask(made(table, **dials), question) == pytest.approx(expected, abs=0.025)
    assert ask(made(table), question) == pytest.approx(0, abs=0.025)


def test_late_hours_are_the_limit() -> None:
    rows = made("web_events", late_share=1, late_hours=5)
    delay = f"epoch(loaded_at - {EVENT_TIME}) / 3600"
    assert 5 < ask(rows, f"max({delay})") < 5 + 65 / 60 + 0.01
    # Everything has come soon after the end.
    assert ask(rows, "max(loaded_at) <= timestamp '2025-04-01 01:05:00'") == 1


def test_midnight_share() -> None:
    straddling = f"select avg(straddles::int) from ({SESSIONS})"
    [(without,)], [(share,)] = (rows_of(made("web_events", midnight_share=dial), straddling) for dial in (0.0, 0.3))
    assert without < 0.05
    assert share - without == pytest.approx(0.3, abs=0.08)


def test_all_shares_at_one_and_at_nothing() -> None:
    everything = {field.name: 1.0 for field in dataclasses.fields(Dials) if field.name.endswith("_share")}
    for table in SIZES:
        assert made(table, **everything).num_rows == made(table).num_rows
    assert made("active_users", **everything).num_rows < made("active_users").num_rows
    assert made("users", users=1, days=1).num_rows >= 1


# Memory


def test_a_chunk_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    maker = MAKERS["app_logs"]
    make = maker.make

    def watched(self, chunk):
        rows = make(self, chunk)
        sizes.append(rows.num_rows)
        return rows

    monkeypatch.setattr(maker, "make", watched)
    counts = write_tables(dataclasses.replace(SMALL, log_lines=3 * CHUNK_ROWS + 1), Output(tmp_path / "out"))
    assert counts["app_logs"] == sum(sizes) == 3 * CHUNK_ROWS + 1
    assert max(sizes) <= CHUNK_ROWS
    assert len(list((tmp_path / "out" / "app_logs").iterdir())) > 1


# Watches itself: the kernel's own peak would count what the process that started this one had in use.
WATCHED_RUN = """
import sys, threading, psutil
from datagen.cli import run

peak, done = 0, threading.Event()

def watch():
    global peak
    while not done.wait(0.005):
        peak = max(peak, psutil.Process().memory_info().rss)

watcher = threading.Thread(target=watch)
watcher.start()
code = run(sys.argv[1:])
done.set()
watcher.join()
print(peak // 2**20)
sys.exit(code)
"""


def test_peak_memory_does_not_grow_with_size(tmp_path: Path) -> None:
    peaks = []
    for rows in (400_000, 1_200_000):
        out = tmp_path / str(rows)
        arguments = ["files", str(out), f"--web-events={rows}", f"--log-lines={rows}", f"--heartbeats={rows}"]
        done = subprocess.run(
            [sys.executable, "-c", WATCHED_RUN, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        )
        peaks.append(int(done.stdout.splitlines()[-1]))
    assert 50 < peaks[1] < 500
    # Three times the rows are 250 MB more than these, and the size of a process sways by 60.
    assert peaks[1] < peaks[0] + 100


# The committed sample


def test_committed_seeds_are_what_the_generator_writes(tmp_path: Path) -> None:
    write_sample(tmp_path)
    for table in COLUMNS:
        committed, written = (folder / f"{table}.csv" for folder in (SEEDS, tmp_path))
        assert committed.read_bytes() == written.read_bytes(), f"{table}.csv: run `python -m datagen seeds`"


def test_another_seed_gives_another_sample() -> None:
    assert sample("orders", dataclasses.replace(DIALS, seed=1)) != sample("orders")


def test_every_kind_of_dirt_is_in_the_sample() -> None:
    for table, every in DIRT.items():
        assert len({dirt.kind for dirt in every}) == len(every)
        held = {(*(row[name] for name in COLUMNS[table]), Path(row["source_file"]).stem) for row in records(table)}
        for dirt in every:
            assert (*(field or "" for field in dirt.fields), dirt.hour) in held, (table, dirt.kind)


def test_sample_is_small_steady_and_ordered() -> None:
    assert sum((SEEDS / f"{table}.csv").stat().st_size for table in COLUMNS) < 1_300_000
    for table in COLUMNS:
        keys = [(row["loaded_at"], row["source_file"], int(row["source_position"])) for row in records(table)]
        assert keys == sorted(set(keys))
    for table, column, low, high in (("app_logs", "log_line", 25, 36), ("orders", "ordered_at", 2, 11)):
        days = [row[column][:10] for row in records(table)]
        counts = np.array([days.count(day) for day in {day for day in days if day[:4] == "2025" and day[8:].isdigit()}])
        busy = counts[counts > 1]
        assert len(busy) == 90 and busy.min() >= low and busy.max() <= high


def test_the_sample_has_an_order_for_every_case_of_a_currency() -> None:
    rates = [row for row in records("exchange_rates") if row["rate_date"][:2] == "20"]
    orders = [row for row in records("orders") if row["status"] == "completed"]
    first: dict[str, str] = {}
    for row in rates:
        currency = row["currency"].upper()
        first[currency] = min(row["rate_date"], first.get(currency, row["rate_date"]))
    assert any(row["currency"] == "" for row in orders)
    assert any(row["currency"].islower() for row in orders) and any(row["currency"].islower() for row in rates)
    assert any(row["currency"] and row["currency"].upper() not in first for row in orders)
    assert any(row["ordered_at"] < first[row["currency"]] for row in orders if row["currency"] in first)
    # What comes weeks late, or on a weekend, is for a day with an order.
    ordered = {(row["ordered_at"][:10], row["currency"].upper()) for row in orders}
    for kind in (
        "corrected weeks later",
        "weeks late",
        "on a Saturday",
        "for a day to come",
        "corrected twice: second",
    ):
        (dirt,) = [dirt for dirt in DIRT["exchange_rates"] if dirt.kind == kind]
        assert dirt.fields[:2] in ordered, kind


def test_first_users_of_the_sample_are_those_of_the_worked_examples() -> None:
    names: dict[str, str] = {}
    for row in records("users"):
        names.setdefault(row["user_id"], row["user_name"])
    assert [names[str(user)] for user in range(1, 6)] == ["Alice", "Bob", "Charlie", "Diana", "Eve"]
    active = {row["user_id"]: row["is_active"] for row in records("active_users")}
    assert {"1", "2", "3", "4"} <= {user for user, flag in active.items() if flag == "true"}
    assert "5" not in active
    assert active["6"] == "false"


# Plain text


def test_text_logs(tmp_path: Path) -> None:
    dials = dataclasses.replace(SMALL, malformed_share=0.05)
    write_tables(dials, Output(tmp_path / "text", text_logs=True))
    write_tables(dials, Output(tmp_path / "parquet"))
    first, *_, last = sorted((tmp_path / "text" / "app_logs").iterdir())
    assert first.read_bytes().count(b"\r\n") == first.read_bytes().count(b"\n") > 1
    assert b"\r" not in last.read_bytes() and not last.read_bytes().endswith(b"\n")
    texts = first.read_bytes().decode().removesuffix("\r\n").split("\r\n"), last.read_bytes().decode().split("\n")
    assert [text[:2] for text in texts] == [[LONG_LINE, NUL_LINE]] * 2
    lines = pq.read_table(tmp_path / "parquet" / "app_logs")["log_line"].to_pylist()
    assert len(lines) == sum(map(len, texts)) == dials.log_lines
    assert lines[2 : len(texts[0])] == texts[0][2:]
    assert first.stat().st_mtime < last.stat().st_mtime


# Bad input


@pytest.mark.parametrize(
    "arguments",
    [
        ["--late-share", "1.5"],
        ["--late-share", "-0.1"],
        ["--hot-key-share", "nan"],
        ["--web-events", "-1"],
        ["--web-events", "many"],
        ["--users", "0"],
        ["--users", "99999999999"],
        ["--days", "0"],
        ["--days", "999999"],
        ["--start-date", "2025-02-30"],
        ["--start-date", "0001-01-01"],
        ["--format", "xml"],
        ["--no-such-dial"],
    ],
)
def test_bad_dials_get_one_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert run(["files", str(tmp_path / "out"), *arguments]) == 1
    error = capfd.readouterr().err
    assert error.count("\n") == 1 and "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_a_folder_in_use_is_left_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    sizes = {"web-events": 100, "log-lines": 100, "orders": 0, "user-events": 100, "heartbeats": 100, "users": 5}
    sizes |= {"shipment-changes": 100, "shipment-scans": 100}
    arguments = ["files", str(tmp_path), *(f"--{dial}={size}" for dial, size in sizes.items())]
    assert run(arguments) == 1
    assert "not empty" in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert run([*arguments, "--overwrite"]) == 0
    assert run([*arguments, "--overwrite", "--log-format=text"]) == 0
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert not (tmp_path / "orders").exists()
    assert {path.suffix for path in (tmp_path / "app_logs").iterdir()} == {".log"}


def test_a_folder_that_cannot_be_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    places = [tmp_path / "file", tmp_path / "file" / "below"]
    if os.geteuid() != 0:
        (tmp_path / "locked").mkdir(mode=0o500)
        places.append(tmp_path / "locked")
    for place in places:
        assert run(["files", str(place)]) == 1
        error = capfd.readouterr().err
        assert error.count("\n") == 1 and "Cannot write" in error


def test_help_and_no_command(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["files", "--help"]) == 0
    text = capfd.readouterr().out
    assert all("--" + field.name.replace("_", "-") in text for field in dataclasses.fields(Dials))
    assert run([]) == 0
