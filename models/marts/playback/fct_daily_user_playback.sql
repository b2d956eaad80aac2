{{
    config(
        materialized='incremental',
        meta={
            'scope': 'int_playback__touched_user_days', 'scope_columns': {'user_id': 'user_id', 'stream_date': 'stream_date'},
            'day': 'stream_date'
        },
        partition_by=partition_by_day('stream_date'),
        cluster_by=['user_id']
    )
}}

select
    watch_streams.stream_date,
    watch_streams.user_id,
    count(distinct watch_streams.session_id) as session_count,
    count(*) as stream_count,
    cast(sum(watch_streams.stream_duration_seconds) as numeric(38, 9)) as watch_seconds
from {{ ref('fct_watch_streams') }} as watch_streams
where
    {{ is_touched(
        'int_playback__touched_user_days',
        {'user_id': 'watch_streams.user_id', 'stream_date': 'watch_streams.stream_date'},
        day='stream_date'
    ) }}
group by watch_streams.stream_date, watch_streams.user_id
{{ stored_in_order_of('stream_date') }}
