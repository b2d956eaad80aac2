{#
    The raw records that a `base_` model has to read, as something to select from: all of them when it is built in full, else those that
    arrived since it was. `loaded_at` may be anything, late or in the future, so no greatest value is remembered: the records of
    every minute of arrival are counted in raw and here, and minutes with more records in raw are read again. Where raw has been
    purged (`raw_kept_from`), a count says nothing: of these minutes, all that raw has is read, and what is known is left out.
#}
{% macro new_records(raw_table_name) -%}
    {%- set raw = raw_table(raw_table_name) -%}
    {%- if not is_incremental() -%}
        {{ raw }} as new_records
    {%- elif rebuilt_days() -%}
        (select * from {{ raw }} where false) as new_records
    {%- else -%}
        {%- set spans = spans_of_arrival(raw) -%}
        {%- if not spans -%}
            {%- do plan().update({'mode': 'nothing'}) -%}
        {%- endif -%}
        (
            select raw_records.*
            from {{ raw }} as raw_records
            where
                ({{ arrived_within(spans, 'raw_records.loaded_at') }})
                {%- if not spans or spans | map(attribute=2) | sum > 0 %}
                and not exists (
                    select 1
                    from {{ this }} as known_records
                    where
                        {{ is_same_arrival('known_records', 'raw_records') }}
                        and ({{ arrived_within(spans, 'known_records.loaded_at') }})
                )
                {%- endif %}
        ) as new_records
    {%- endif -%}
{%- endmacro %}

{#
    The distinct dates of what new_records() gave, as SQL literals, so that stored records of other days are not looked at. DuckDB would read all new records
    once more for them: where that is much, it takes `subquery` instead, of the common table expression that has them.
#}
{% macro dates_of_new_records(new_records, date_expression, subquery=none) -%}
    {%- if subquery and on_engine(duckdb=true, bigquery=false) -%}
        {{ return(subquery) }}
    {%- endif -%}
    {{ return(dates_in('select distinct ' ~ date_expression ~ ' from ' ~ new_records) if is_incremental() else date_literals([])) }}
{%- endmacro %}
