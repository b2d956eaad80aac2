{#
    Writes all of it or nothing. On BigQuery a script goes on after an error, such as a missing permission. DuckDB has no such thing, so tables, columns and
    what views read have been looked at before.
#}
{% macro write_history(statements) -%}
    {%- set step = 'begin transaction;\n' ~ statements | join('\n') ~ '\ncommit transaction;' -%}
    {%- do adapter.commit() -%}
    {%- set said = run_query(on_engine(
        duckdb=step,
        bigquery='begin\n' ~ step ~ '\nexception when error then\nrollback transaction;\nselect true as is_not_written;\nend;'
    )) -%}
    {%- if said is not none and 'is_not_written' in said.column_names and said.rows | length -%}
        {%- do print('Run history: this run is not recorded as a whole; the list of jobs of BigQuery says what went wrong.') -%}
    {%- endif -%}
{%- endmacro %}

{% macro insert_into_history(name, rows) -%}
    {{ return(insert_query_into_history(name, 'values\n' ~ rows | join(',\n'))) }}
{%- endmacro %}

{% macro insert_query_into_history(name, query) -%}
    {{ return('insert into ' ~ history_table(name) ~ ' (' ~ declared_history()[name].columns | join(', ') ~ ')\n' ~ query ~ ';') }}
{%- endmacro %}

{# A text as a literal on one line of at most 500 characters. #}
{% macro text_in_history(text) -%}
    {%- set line = modules.re.sub('[\\x00-\\x20\\x7f]+', ' ', text | string)[:500] -%}
    {{ return(on_engine(
        duckdb="'" ~ line | replace("'", "''") ~ "'",
        bigquery="'" ~ line | replace('\\', '\\\\') | replace("'", "\\'") ~ "'"
    )) }}
{%- endmacro %}
