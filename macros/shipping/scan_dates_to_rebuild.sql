{#
    The dates for which a rebuild was asked that the windows of scans, as stored, have not seen yet: a list of texts. Where they have, the
    newest late scan that they have taken in is the one that the rebuild reaches to.
#}
{% macro scan_dates_to_rebuild(stored_windows) -%}
    {%- set dates = [] -%}
    {%- if execute -%}
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
