{# Stops the run with what DuckDB says of a mistake in the SQL of the model; BigQuery says it when the model is built. #}
{% macro check_sql_in_full() -%}
    {%- set plans = known_in_this_run('plans') -%}
    {%- set key = key_of_plan() -%}
    {%- do plans.update({key: {'mode': 'full', 'state': {'number': 0}, 'after': {}}}) -%}
    {%- set sql = on_engine(duckdb='explain ' ~ render(model.raw_code), bigquery='') -%}
    {%- do plans.pop(key) -%}
    {%- if sql -%}
        {%- do run_query(sql) -%}
    {%- endif -%}
{%- endmacro %}
