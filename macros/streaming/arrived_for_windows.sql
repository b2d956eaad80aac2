{#
    A predicate on a decided stream in a model whose units are windows: the record came on a day of arrival that can have brought something for the
    windows of the scope. A record that counts does not arrive before the watermark comes near its window, nor long after it:
    `seconds_before` and `seconds_after` the window's start are how low and how high the watermark may be then. `true` when everything
    is built. `rows` is the stream's alias in a query of several tables.
#}
{% macro arrived_for_windows(arrival_days, seconds_after, seconds_before=0, rows=none) -%}
    {%- if not execute -%}
        {%- do ref(arrival_days) -%}
    {%- endif -%}
    {%- if is_incremental() -%}
        {%- set start = unix_microseconds('windows.window_start_at') -%}
        {%- set query -%}
            select distinct arrival_days.loaded_date
            from (select distinct window_start_at from {{ scope_table() }}) as windows
            inner join {{ ref(arrival_days) }} as arrival_days
                on
                    {{ unix_microseconds('arrival_days.watermark_after_at') }} >= {{ start }} - {{ microseconds(seconds_before) }}
                    and (
                        arrival_days.watermark_before_at is null
                        or {{ unix_microseconds('arrival_days.watermark_before_at') }} <= {{ start }} + {{ microseconds(seconds_after) }}
                    )
        {%- endset -%}
        {{ rows ~ '.' if rows }}loaded_date in ({{ dates_in(query) }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
