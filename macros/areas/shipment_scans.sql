{# Late scans, and the dates that `make rebuild-late` builds again with them. #}

{#
    A predicate of an incremental run: the scan came on a day of arrival that can have brought late scans for the windows of the scope. Such a scan
    met a watermark past its window, and arrived no later than the rebuild of its date reaches. `true` when everything is built.
#}
{% macro arrived_late_before_rebuild(rows) -%}
    {%- if is_incremental() -%}
        {%- set query -%}
            select distinct arrival_days.loaded_date
            from {{ scope_table() }} as windows
            inner join {{ ref('int_shipping__rebuilt_scan_dates') }} as rebuilt
                on windows.window_date = rebuilt.scan_date
            inner join {{ ref('int_shipping__scan_arrival_days') }} as arrival_days
                on
                    arrival_days.watermark_after_at >= windows.window_start_at
                    and arrival_days.loaded_date <= cast(rebuilt.rebuilt_through_at as date)
        {%- endset -%}
        {{ rows }}.loaded_date in ({{ dates_in(query) }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# Whether this run takes in the late scans that wait (`make rebuild-late`). It is no part of what the model says. #}
{% macro are_late_scans_asked_for() -%}
    {{ return(var('rebuild_late') and not is_for_checksum()) }}
{%- endmacro %}

{#
    The dates for which a rebuild was asked that the windows of scans, as stored, have not seen yet: a list of texts. Where they have, the
    newest late scan that they have taken in is the one that the rebuild reaches to.
#}
{% macro scan_dates_to_rebuild(stored_windows) -%}
    {%- set dates = [] -%}
    {%- if execute and not is_for_checksum() -%}
        {%- set asked = run_query('select scan_date, rebuilt_through_at from ' ~ ref('int_shipping__rebuilt_scan_dates')).rows -%}
        {%- set built = {} -%}
        {%- if asked -%}
            {%- for row in run_query(
                'select window_date, max(late_loaded_at) from ' ~ stored_windows ~ ' where window_date in ('
                ~ date_literals(asked | map(attribute=0)) ~ ') group by window_date'
            ).rows -%}
                {%- do built.update({row[0]: row[1]}) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- for date, through_at in asked if not built.get(date) or built[date] < through_at -%}
            {%- do dates.append(date | string) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(dates) }}
{%- endmacro %}
