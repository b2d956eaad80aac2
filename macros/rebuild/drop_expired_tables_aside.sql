{# An on-run-end hook: drops tables aside that have been kept long enough. One query, and none before the first rebuild. #}
{% macro drop_expired_tables_aside() -%}
    {%- if execute and load_relation(tables_aside()) is not none -%}
        {%- set expired -%}
            select table_name from {{ tables_aside() }}
            where
                {{ plus_days('made_at', days_tables_aside_are_kept()) }}
                < cast({{ dbt.current_timestamp() }} as {{ dbt.type_timestamp() }})
        {%- endset -%}
        {%- for table_name in run_query(expired).columns[0].values() -%}
            {%- do run_query('drop table if exists ' ~ table_name) -%}
            {%- do run_in_one_step(
                'delete from ' ~ tables_aside() ~ ' where table_name = ' ~ dbt.string_literal(table_name) ~ ';'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
