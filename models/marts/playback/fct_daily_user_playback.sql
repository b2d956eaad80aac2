{{
    config(
        materialized='incremental',
        unique_key=['user_id', 'stream_date'],
        meta={'day': 'stream_date'},
        partition_by=partition_by_day('stream_date'),
        cluster_by=['user_id']
    )
}}

-- A stream begins with its program or with a heartbeat, so these are all days that one of the session can be or have been on.
{% call scope() %}
    select
        user_id,
        {{ date_in_reporting_timezone('start_at') }} as stream_date
    from {{ new_rows(ref('int_playback__watch_streams'), day='stream_date') }} as new_streams

    union distinct

    select
        new_streams.user_id,
        possible_date as stream_date -- noqa: RF02,RF03
    from {{ new_rows(ref('int_playback__watch_streams'), day='stream_date') }} as new_streams
    cross join {{ each_date_of('new_streams.first_heartbeat_at', 'new_streams.ended_at', 'possible_date') }}
{% endcall %}

select
    stream_date,
    user_id,
    count(distinct session_id) as session_count,
    count(*) as stream_count,
    cast(sum(stream_duration_seconds) as numeric(38, 9)) as watch_seconds
from {{ in_scope(ref('fct_watch_streams')) }}
group by stream_date, user_id
