{#
    The history of runs: hooks write what each run did into the tables of the source `run_history`, whose columns are declared in
    models/observability/history/_run_history__sources.yml. docs/run_history.md has what is kept and who reads it.

    A build that would have succeeded never fails because of it: tables that are not as declared are named, and the run goes on without a record.
#}

{# The last on-run-start hook: a run that is refused by another has written nothing. #}
{% macro begin_run_history() -%}
    {%- if execute and is_run_with_history() -%}
        {%- set problems = problems_of_history() -%}
        {%- do known_in_this_run('run history').update({'is_written': not problems}) -%}
        {%- if problems -%}
            {%- do print(
                'Run history: this run is not recorded, for ' ~ problems | join('; ') ~ '. Rename what is there, and the next run makes a new table.'
            ) -%}
        {%- else -%}
            {%- set events = [run_event('begun', run_started_at)] -%}
            {#- Runs that `make build` could not bring so far, each event as a mapping by column. -#}
            {%- for event in fromjson(env_var('WAREHOUSE_UNRECORDED_RUNS', '[]')) -%}
                {%- do events.append(row_of_event(event)) -%}
            {%- endfor -%}
            {%- do write_history([insert_into_history('run_events', events)] + deletes_of_expired_history()) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Whether this command builds or tests, and has a place to write to. #}
{% macro is_run_with_history() -%}
    {{ return(flags.WHICH in ['build', 'run', 'seed', 'snapshot', 'test']) }}
{%- endmacro %}

{# Rows of runs that are older than var('run_history_days'). One query finds out whether there are any. #}
{% macro deletes_of_expired_history() -%}
    {%- set statements = [] -%}
    {%- if var('run_history_days') is not none -%}
        {%- set kept_from = (run_started_at - modules.datetime.timedelta(days=var('run_history_days'))).strftime('%Y-%m-%d') -%}
        {%- set oldest = run_query('select min(run_date) as oldest from ' ~ history_table('run_events')).columns[0].values()[0] -%}
        {%- for name in declared_history() if oldest is not none and oldest | string < kept_from -%}
            {%- do statements.append('delete from ' ~ history_table(name) ~ " where run_date < date '" ~ kept_from ~ "';") -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(statements) }}
{%- endmacro %}
