{# Rows of `run_events`. #}

{# An event of this run as a row. #}
{% macro run_event(event, at, outcome=none, message=none) -%}
    {%- set given = invocation_args_dict -%}
    {%- set selection = [] -%}
    {%- for option in ['select', 'exclude', 'selector'] if given.get(option) -%}
        {%- do selection.append('--' ~ option ~ ' ' ~ (given[option] if given[option] is string else given[option] | join(' '))) -%}
    {%- endfor -%}
    {%- set try = env_var('WAREHOUSE_TRY_NUMBER', env_var('AIRFLOW_CTX_TRY_NUMBER', '')) -%}
    {{ return(row_of_event({
        'run_id': invocation_id, 'event': event, 'event_at': at.strftime('%Y-%m-%d %H:%M:%S.%f'), 'command': flags.WHICH,
        'selection': selection | join(' ') or none, 'is_full_refresh': flags.FULL_REFRESH, 'target_name': target.name, 'dbt_version': dbt_version,
        'project_commit': env_var('WAREHOUSE_COMMIT', '') or env_var('GITHUB_SHA', '') or env_var('CI_COMMIT_SHA', '') or none,
        'variables_checksum': local_md5(tojson(without_dates(given.vars or {}), sort_keys=true)),
        'scheduled_try': try | int if modules.re.fullmatch('[1-9][0-9]{0,5}', try) else none, 'outcome': outcome, 'message': message
    }, run_started_at.strftime('%Y-%m-%d'))) }}
{%- endmacro %}

{# A mapping by column as a row of `run_events`, in the order of the declared columns. The date of a run is the day on which it began. #}
{% macro row_of_event(event, run_date=none) -%}
    {%- set values = [] -%}
    {%- for name, column in declared_history().run_events.columns.items() -%}
        {%- set value = event.get(name) if name != 'run_date' else run_date or event.run_date -%}
        {%- if value is none -%}
            {%- do values.append('null') -%}
        {%- elif column.data_type in ('int64', 'bool') -%}
            {%- do values.append(value | string | lower) -%}
        {%- else -%}
            {%- do values.append((column.data_type if column.data_type != 'string' else '') ~ text_in_history(value)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return('(' ~ values | join(', ') ~ ')') }}
{%- endmacro %}
