"""Each claim of tests/ can fail: a copy of the warehouse is damaged in the way that the claim is there to find."""

import shutil
from collections.abc import Iterator

import duckdb
import pytest
from conftest import Warehouse

ONE_FACT_ROW = "(metric_date, user_id) = (select (min(metric_date), min(user_id)) from marts.fct_daily_user_metrics)"
DAMAGE = {
    "assert_every_raw_record_is_accepted_or_rejected": "delete from staging.base_shop__orders where order_id is null",
    "assert_every_raw_log_line_is_parsed_or_rejected": (
        "update staging.base_app__log_lines set source_position = 1000000 where rejection_reason = 'bad_date'"
    ),
    "assert_every_active_user_appears_exactly_once_a_day": (
        "insert into marts.fct_daily_user_metrics by name "
        f"select * replace (0 as total_events) from marts.fct_daily_user_metrics where {ONE_FACT_ROW}"
    ),
    "assert_fact_days_are_the_days_with_events_or_orders": (
        "delete from marts.fct_daily_user_metrics where metric_date = date '2025-02-01'"
    ),
    "assert_no_event_is_lost_between_staging_and_the_fact": (
        "delete from intermediate.int_activity__orphans where source_table = 'app_logs'"
    ),
    "assert_no_completed_order_is_lost_between_staging_and_the_fact": (
        "delete from intermediate.int_activity__orphans where source_table = 'orders'"
    ),
    "assert_fact_revenue_is_that_of_completed_orders_of_known_active_users": (
        f"update marts.fct_daily_user_metrics set total_revenue = total_revenue + 0.000000001 where {ONE_FACT_ROW}"
    ),
    "assert_daily_active_users_are_active_users_with_a_log_event": (
        "update marts.fct_daily_user_metrics set total_events = 0 where total_events = 1"
    ),
    "assert_every_user_event_is_counted_once_or_has_its_decision": (
        "delete from marts.fct_user_event_counts where event_count = 1"
    ),
    "assert_activity_windows_hold_every_event_and_order_that_is_in_time": (
        "update marts.fct_user_activity_windows set order_count = order_count + 1 where matched_order_count > 0"
    ),
    "assert_customer_summary_adds_up_to_all_completed_orders": (
        "update marts.customer_summary set total_sales = total_sales + 0.000000001 where not is_known_customer"
    ),
    "assert_no_layer_loses_a_record_without_a_reason": (
        "delete from marts.dim_shipments where shipment_id = (select min(shipment_id) from marts.dim_shipments)"
    ),
    "assert_every_objective_can_be_measured": (
        "update reference.objective_definitions set measure = 'ready_our' where measure = 'ready_hour'"
    ),
    "assert_every_order_is_in_a_window_once_or_late": (
        "update intermediate.int_orders__orders_decided set decision = 'repeated' where decision = 'late'"
    ),
    "assert_the_current_version_of_an_order_is_the_order_as_it_is_now": (
        "update marts.dim_order_history set quantity = null where is_current and quantity = 1"
    ),
    "assert_order_versions_have_no_gaps_and_each_says_something_new": (
        "delete from marts.dim_order_history where version_number = 2 and not is_current"
    ),
    "assert_an_order_is_worth_its_amount_at_the_rate_of_its_day": (
        "update marts.fct_orders set ordered_amount = order_amount where currency = 'USD' and not is_completed"
    ),
    "assert_windows_add_up_orders_at_the_rate_of_their_day": (
        "update marts.fct_order_windows set ordered_amount = ordered_amount + 0.000000001 where valued_order_count = 1"
    ),
    "assert_total_revenue_is_one_number_by_user_by_day_and_by_country": (
        "update marts.fct_daily_user_metrics set country = 'nowhere' where total_orders = 1"
    ),
    "assert_products_add_up_to_all_orders_that_name_one": (
        "update marts.dim_products set total_orders = total_orders - 1 where total_orders = 3"
    ),
    "assert_devices_have_every_event_that_names_one": "delete from marts.dim_devices where event_count = 1",
    "assert_the_calendar_has_every_date_of_a_fact_in_its_range": (
        "delete from marts.dim_dates where date_day = date '2025-02-01'"
    ),
    "assert_the_newest_change_of_a_shipment_is_what_counts": (
        "update marts.dim_shipments set weight = weight + 0.000000001 where weight > 0"
    ),
    "assert_every_change_of_a_shipment_is_a_version_or_says_what_is_known": (
        "delete from intermediate.int_shipping__shipment_versions where version_number = 2"
    ),
    "assert_shipment_versions_have_no_gaps_and_no_overlaps": (
        "update intermediate.int_shipping__shipment_versions set valid_to = valid_to + interval 1 microsecond"
    ),
    "assert_every_shipment_that_left_is_in_its_day": (
        "update marts.fct_daily_shipments set avg_transit_hours = avg_transit_hours + 0.000001"
    ),
    "assert_every_scan_is_in_a_window_once_or_late": (
        "update intermediate.int_shipping__scans_decided set decision = 'repeated' where decision = 'late'"
    ),
    "assert_a_status_window_says_what_its_newest_scan_says": (
        "update marts.fct_shipment_status_windows set is_complete = not is_complete where not is_complete"
    ),
    "assert_the_current_status_of_a_shipment_is_that_of_its_newest_scan": (
        "update marts.shipment_current_status set last_location = 'nowhere' where last_location is null"
    ),
    "assert_snapshot_and_history_agree_on_shipments": (
        "update snapshots_sample.snapshot_shipments set dbt_valid_from = dbt_valid_from + interval 1 microsecond"
    ),
    "assert_snapshot_of_shipments_has_no_gaps_and_no_overlaps": (
        "insert into snapshots_sample.snapshot_shipments select * from snapshots_sample.snapshot_shipments"
    ),
    "assert_user_versions_have_no_gaps_and_no_overlaps": (
        "update marts.dim_user_history set valid_to = valid_to + interval 1 second where version_number = 1"
    ),
    "assert_sessions_partition_the_events": (
        "delete from intermediate.int_web__session_days where last_event_at = "
        "(select max(last_event_at) from intermediate.int_web__session_days)"
    ),
    "assert_gaps_inside_sessions_never_exceed_the_timeout_and_gaps_between_always_do": (
        "update marts.fct_web_sessions set session_ended_at = session_ended_at + interval 30 day"
    ),
    "assert_sessions_per_day_are_counted_right": (
        "update marts.fct_daily_web_activity set session_count = session_count + 1 where activity_date = '2025-02-01'"
    ),
    "assert_every_order_with_a_session_is_counted_in_it": (
        "update marts.fct_web_sessions set is_converted = false where order_count > 0"
    ),
    "assert_streams_partition_the_heartbeats": (
        "update intermediate.int_playback__watch_streams set heartbeat_count = heartbeat_count + 1 where is_resumed"
    ),
    "assert_streams_of_a_session_never_overlap_and_every_long_gap_ends_one": (
        "update intermediate.int_playback__watch_streams set ended_at = ended_at + interval 1 day"
    ),
    "assert_a_stream_is_closed_or_open_as_the_watermark_says": (
        "update intermediate.int_playback__watch_streams set is_open = not is_open where is_open"
    ),
    "assert_daily_playback_adds_up_to_the_streams": (
        "update marts.fct_daily_user_playback set watch_seconds = watch_seconds + 0.000001 where user_id = 2"
    ),
    "assert_snapshot_and_history_agree_on_users": (
        "update snapshots_sample.snapshot_users set user_name = 'somebody else' where user_id = 1"
    ),
}


@pytest.fixture(scope="module")
def claims(sample: Warehouse) -> dict[str, str]:
    """The SQL of each singular test, as dbt compiled it for the sample."""
    folder = sample.target_path / "compiled" / "commerce_warehouse" / "tests"
    return {path.stem: path.read_text() for path in folder.rglob("assert_*.sql")}


@pytest.fixture(scope="module")
def warehouse(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the sample's warehouse to damage."""
    copy = shutil.copy(sample.path, tmp_path_factory.mktemp("damaged") / sample.path.name)
    with duckdb.connect(copy) as connection:
        yield connection


def test_there_is_damage_for_every_claim(claims):
    assert set(claims) == set(DAMAGE)


@pytest.mark.parametrize("claim", DAMAGE)
def test_a_claim_finds_the_damage_it_is_there_to_find_and_nothing_else(claim, claims, warehouse):
    assert warehouse.execute(claims[claim]).fetchall() == []
    warehouse.begin()
    try:
        (changed,) = warehouse.execute(DAMAGE[claim]).fetchone()
        assert changed > 0
        assert warehouse.execute(claims[claim]).fetchall() != []
    finally:
        warehouse.rollback()
