{# Stops the run with what DuckDB or dbt says of a mistake in the SQL of the model, or in its contract; BigQuery says it when the model is built. #}
{% macro check_sql_in_full() -%}
    {%- set plans = known_in_this_run('plans') -%}
    {%- set key = key_of_plan() -%}
    {%- do plans.update({key: {'mode': 'full', 'state': {'number': 0}, 'after': {}}}) -%}
    {%- set sql = on_engine(duckdb=render(model.raw_code), bigquery='') -%}
    {%- do plans.pop(key) -%}
    {%- if sql -%}
        {%- do run_query('explain ' ~ sql) -%}
        {%- if config.get('contract').enforced -%}
            {%- do get_assert_columns_equivalent(sql) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
