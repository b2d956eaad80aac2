{#
    The distinct dates of a column of a list of what is touched, as SQL literals: bounds that let BigQuery read only those partitions.
    Days that are to be rebuilt are among them.
#}
{% macro touched_dates(touched, column) -%}
    {%- if execute and (is_incremental_run() or (model.config.meta.bookkeeping and load_relation(ref(touched)) is not none)) -%}
        {{ return(dates_in('select distinct ' ~ column ~ ' from ' ~ ref(touched))) }}
    {%- endif -%}
    {{ return(date_literals([])) }}
{%- endmacro %}

{# The dates that a query returns in its only column, and a number of days before and after each, as SQL literals. #}
{% macro dates_in(query, margin=0) -%}
    {%- set dates = rebuilt_days() -%}
    {%- for date in run_query(query).columns[0].values() if date is not none -%}
        {%- for offset in range(-margin, margin + 1) -%}
            {%- do dates.append((date + modules.datetime.timedelta(days=offset)) | string) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(date_literals(dates | unique | sort)) }}
{%- endmacro %}
