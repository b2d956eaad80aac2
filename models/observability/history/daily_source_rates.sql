with

source_rows as (

    select
        *,
        outcome = 'rejected' as is_rejected,
        outcome = 'rejected' and reason in ('exact_duplicate', 'redelivered') as is_duplicate,
        outcome = 'rejected' and starts_with(reason, 'no_') as is_missing_value
    from {{ ref('daily_source_rows') }}

),

-- Days have numbers, so that windows can be so many days long.
by_source as (

    select
        history_date,
        source_table,
        {{ integer_divide(unix_microseconds('cast(history_date as timestamp)'), 86400000000) }} as day_number,
        max(case when is_first_day then 1 else 0 end) = 1 as is_first_day,
        {{ sum_where("outcome = 'arrived'", 'row_count') }} as arrived_count,
        {{ sum_where("outcome = 'accepted'", 'row_count') }} as accepted_count,
        {{ sum_where('is_rejected', 'row_count') }} as rejected_count,
        {{ sum_where('is_duplicate', 'row_count') }} as duplicate_count,
        {{ sum_where('is_missing_value', 'row_count') }} as missing_value_count,
        max(newest_loaded_at) as newest_loaded_at,
        max(recorded_at) as recorded_at
    from source_rows
    group by history_date, source_table

),

most_frequent as (

    select
        history_date,
        source_table,
        reason
    from source_rows
    where is_rejected and not is_duplicate and row_count > 0
    qualify row_number() over (partition by history_date, source_table order by row_count desc, reason asc) = 1

),

volumes as (

    select
        *,
        mod(day_number, 7) as weekday_number,
        -- All that was there before the first day came at once.
        case when not is_first_day then arrived_count end as volume
    from by_source

),

-- What was usual: of the same weekday in the eight weeks before, and of the 28 days before.
usual as (

    select
        *,
        count(volume) over of_weekday as weekday_day_count,
        avg(volume) over of_weekday as weekday_mean,
        stddev_samp(volume) over of_weekday as weekday_deviation,
        count(volume) over recent as recent_day_count,
        avg(volume) over recent as recent_mean,
        stddev_samp(volume) over recent as recent_deviation
    from volumes
    window
        of_weekday as (partition by source_table, weekday_number order by day_number range between 56 preceding and 1 preceding),
        recent as (partition by source_table order by day_number range between 28 preceding and 1 preceding)

),

compared as (

    select
        *,
        case when weekday_day_count >= 4 then weekday_mean when recent_day_count >= 7 then recent_mean end as usual_mean,
        case when weekday_day_count >= 4 then weekday_deviation when recent_day_count >= 7 then recent_deviation end
            as usual_deviation
    from usual

)

select
    compared.history_date,
    compared.source_table,
    compared.is_first_day,
    compared.arrived_count,
    compared.accepted_count,
    compared.rejected_count,
    compared.duplicate_count,
    compared.missing_value_count,
    {{ share('compared.rejected_count - compared.duplicate_count', 'compared.arrived_count') }} as rejection_rate,
    {{ share('compared.duplicate_count', 'compared.arrived_count') }} as duplicate_rate,
    {{ share('compared.missing_value_count', 'compared.arrived_count') }} as missing_value_rate,
    most_frequent.reason as most_frequent_reason,
    compared.newest_loaded_at,
    case
        when compared.newest_loaded_at > compared.recorded_at then cast(0 as numeric(38, 9))
        else {{ micros_as_decimal(integer_divide(
            unix_microseconds('compared.recorded_at') ~ ' - ' ~ unix_microseconds('compared.newest_loaded_at'), 3600
        )) }}
    end as freshness_hours,
    compared.weekday_day_count,
    {{ thousandths_as_decimal('compared.weekday_mean') }} as weekday_mean_count,
    {{ thousandths_as_decimal('compared.weekday_deviation') }} as weekday_stddev_count,
    compared.recent_day_count,
    {{ thousandths_as_decimal('compared.recent_mean') }} as recent_mean_count,
    {{ thousandths_as_decimal('compared.recent_deviation') }} as recent_stddev_count,
    -- A deviation of less than a twentieth of the mean, or of a record, is none: it would make much of nothing.
    {{ thousandths_as_decimal(
        '(compared.arrived_count - compared.usual_mean) / greatest(compared.usual_deviation, compared.usual_mean / 20, 1)'
    ) }} as volume_deviations
from compared
left join most_frequent
    on
        compared.history_date = most_frequent.history_date
        and compared.source_table = most_frequent.source_table
