"""Generated shipments: changes from label to delivery, and scans with all that a stream of them can have."""

import pytest
from datagen_tables import CHANGED_AT, SCANNED_AT, TIME_OF_VALUE, ask, made, rows_of

TIMES = [
    TIME_OF_VALUE.format(f"(payload -> 'after' ->> '{name}')") + f" as {name}"
    for name in ("shipped_at", "promised_at", "delivered_at")
]
CHANGES = f"""
    select
        payload ->> 'op' as op, (payload -> 'source' ->> 'lsn')::bigint as lsn, {CHANGED_AT} as changed_at,
        coalesce(payload -> 'after' ->> 'shipment_id', payload -> 'before' ->> 'shipment_id') as shipment,
        payload -> 'after' ->> 'status' as status, (payload -> 'after' ->> 'weight')::decimal(9, 3) as weight,
        {", ".join(TIMES)}, loaded_at, source_file, source_position
    from rows
"""


def test_shipments_live_from_label_to_delivery() -> None:
    lives = f"""
        select
            shipment, count(*) as changes, list(op order by lsn) as ops, list(status order by lsn) as statuses,
            count(distinct lsn) = count(*) and list(changed_at order by lsn) = list_sort(list(changed_at)) as is_steady,
            count(distinct changed_at) < count(*) as has_tie,
            bool_or(delivered_at < shipped_at) as is_early, bool_or(delivered_at > promised_at) as is_delayed,
            count(distinct weight) > 1 as is_weighed, count(distinct promised_at) > 1 as is_put_off,
            count(distinct shipped_at) as departures, count(distinct delivered_at) as deliveries
        from ({CHANGES}) group by shipment
    """
    rows = made("shipment_changes", shipment_changes=60_000)
    question = f"""
        select
            avg(changes), bool_and(is_steady), avg(has_tie::int), coalesce(bool_or(is_early), false),
            avg(coalesce(is_delayed, false)::int), avg(is_weighed::int), avg(is_put_off::int),
            max(departures), max(deliveries), avg((deliveries = 0)::int),
            avg((ops[-1] = 'd')::int), avg((statuses[-1] = 'returned')::int), avg((statuses[-1] = 'lost')::int),
            avg((ops[1] = 'r')::int), bool_and(ops[1] in ('c', 'r') and not list_has_any(ops[2:], ['c', 'r']))
        from ({lives})
    """
    [(mean, steady, ties, early, delayed, weighed, put_off, departures, deliveries, open_, *ends, read, begin)] = (
        rows_of(rows, question)
    )
    assert 7 < mean < 8.5 and steady and begin and not early
    assert 0.05 < ties < 0.3 and 0.1 < delayed < 0.6 and 0.1 < weighed < 0.4 and 0.1 < put_off < 0.4
    assert (departures, deliveries) == (1, 1) and 0.05 < open_ < 0.2
    assert all(0.01 < share < 0.07 for share in ends) and 0.01 < read < 0.1
    assert ask(rows, "count_if(payload like '%held_by_customs%') / count(*)") == pytest.approx(0.003, abs=0.002)
    for name in ("region", "carrier"):
        assert 0.005 < ask(rows, f"count_if(payload like '%\"{name}\": null%') / count(*)") < 0.02, name
    for form in ("20__-%", "_" * 10, "_" * 13, "_" * 16):
        assert ask(rows, f"count_if((payload -> 'after' ->> 'promised_at') like '{form}')") > 0, form


@pytest.mark.parametrize("table", ["shipment_changes", "shipment_scans"])
def test_shipments_are_under_way_on_every_day_alike(table: str) -> None:
    """The first and the last day included, so that one more day is like every other."""
    days = rows_of(made(table, days=20), "select count(*) from rows group by (loaded_at - interval 1 hour)::date")
    assert len(days) == 20 and max(days)[0] < 1.5 * min(days)[0]


def test_late_changes_arrive_after_newer_ones() -> None:
    outdated = f"""
        select lsn < max(lsn) over (
            partition by shipment order by loaded_at, source_file, source_position
            rows between unbounded preceding and 1 preceding
        ) as is_outdated
        from ({CHANGES})
    """
    share = f"select avg(coalesce(is_outdated, false)::int) from ({outdated})"
    [(late,)], [(punctual,)] = (rows_of(made("shipment_changes", late_share=dial), share) for dial in (0.2, 0.0))
    assert late > 0.05 and punctual < 0.02


def test_scans_have_the_edges_that_matter() -> None:
    rows = made("shipment_scans", shipment_scans=60_000, late_share=0.05, duplicate_share=0.1)
    gaps = f"""
        with scans as (
            select payload ->> 'shipment_id' as shipment, payload ->> 'event_id' as scan, {SCANNED_AT} as scanned_at
            from rows
        ),
        once as (select shipment, scan, min(scanned_at) as scanned_at from scans group by all)
        select epoch(scanned_at - lag(scanned_at) over (partition by shipment order by scanned_at)) as gap from once
    """
    shares = "avg((gap = 0)::int), avg((gap between 1 and 299)::int), avg((gap = 300)::int), avg((gap > 600)::int)"
    [(ties, near, window, far)] = rows_of(rows, f"select {shares} from ({gaps})")
    assert ties > 0.01 and near > 0.1 and window > 0.005 and far > 0.5
    # By minutes, and by more than a day.
    behind = f"epoch(loaded_at - {SCANNED_AT}) / 3600"
    assert ask(rows, f"avg(({behind} between 1.1 and 2.6)::int)") > 0.01
    assert ask(rows, f"avg(({behind} > 26)::int)") > 0.01
    again = f"""
        select count(distinct (payload ->> 'status', {SCANNED_AT})) = 1 as is_alike
        from rows group by payload ->> 'event_id' having count(*) = 2
    """
    [(repeated, alike)] = rows_of(rows, f"select count(*), avg(is_alike::int) from ({again})")
    assert repeated == pytest.approx(60_000 * 0.1 / 1.1, abs=4)
    assert alike == pytest.approx(0.7, abs=0.03)
