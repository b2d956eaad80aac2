{# The last on-run-end hook. That the run has ended is written last: what has ended is recorded as a whole. #}
{% macro end_run_history() -%}
    {%- if execute and is_run_with_history() and known_in_this_run('run history').is_written -%}
        {%- set failed = results | selectattr('status', 'in', ['error', 'fail', 'runtime error', 'partial success']) | list -%}
        {%- set message = failed[0].node.name ~ ': ' ~ failed[0].message if failed else none -%}
        {%- set ended = run_event('ended', modules.datetime.datetime.now(run_started_at.tzinfo), 'failed' if failed else 'succeeded', message) -%}
        {%- set statements = inserts_of_node_results() -%}
        {%- if not reads_only_a_part() -%}
            {%- do statements.extend(inserts_of_row_counts()) -%}
        {%- endif -%}
        {%- do write_history(statements + [insert_into_history('run_events', [ended])]) -%}
    {%- endif -%}
{%- endmacro %}

{# Pieces of 500 rows: BigQuery takes statements of up to a megabyte. #}
{% macro inserts_of_node_results() -%}
    {%- set of_run = "('" ~ invocation_id ~ "', date '" ~ run_started_at.strftime('%Y-%m-%d') ~ "', '" -%}
    {%- set rows = [] -%}
    {%- for result in results if result.node.resource_type in ['model', 'seed', 'snapshot', 'test', 'unit_test'] -%}
        {%- set node = result.node -%}
        {%- do rows.append(
            of_run ~ node.unique_id ~ "', '" ~ node.name ~ "', '" ~ node.resource_type ~ "', "
            ~ ("'" ~ node.fqn[1] ~ "'" if node.fqn | length > 2 else 'null') ~ ", '" ~ result.status ~ "', "
            ~ (1000 * result.execution_time) | int ~ ', ' ~ (text_in_history(result.message) if result.message else 'null') ~ ', '
            ~ (result.failures if result.failures is number else 'null') ~ ')'
        ) -%}
    {%- endfor -%}
    {%- set statements = [] -%}
    {%- for piece in rows | batch(500) -%}
        {%- do statements.append(insert_into_history('node_results', piece)) -%}
    {%- endfor -%}
    {{ return(statements) }}
{%- endmacro %}
