{# The variables that decide what rows come out, as text. What was built with others has to be built again. #}
{% macro variables_of_record() -%}
    {%- set values = [] -%}
    {%- for name in [
        'raw_from', 'raw_schema', 'reporting_timezone', 'maximum_days_ahead_of_arrival', 'maximum_log_line_length', 'maximum_order_amount',
        'session_timeout_seconds', 'session_identity_columns', 'user_event_window_seconds', 'user_event_allowed_lateness_seconds',
        'user_event_late_rule', 'duplicate_horizon_seconds', 'event_id_retention_seconds', 'activity_join_tolerance_seconds',
        'activity_window_seconds', 'activity_watermark_delay_seconds', 'order_window_seconds', 'order_watermark_delay_seconds',
        'playback_timeout_seconds'
    ] if name != 'raw_schema' or var('raw_from') == 'source' -%}
        {%- set value = var(name) -%}
        {%- do values.append(name ~ '=' ~ (value if value is string or value is not sequence else value | join('+'))) -%}
    {%- endfor -%}
    {{ return(values | join(' ')) }}
{%- endmacro %}

{# Stops an incremental run that would mix rows built with different variables, or of a warehouse from before incremental models. #}
{% macro check_variables_of_record() -%}
    {%- if execute and flags.WHICH in ['build', 'run'] and not flags.FULL_REFRESH and var('build_aside', none) is none -%}
        {%- set ledger = model_progress_relation() -%}
        {%- set what_to_do = 'build it again in full (`make build FULL_REFRESH=yes`, or `dbt build --full-refresh`), or use another warehouse.' -%}
        {%- set recorded = [] -%}
        {%- if load_relation(ledger) is not none -%}
            {%- set recorded = run_query(
                "select model_name, max(variables) from " ~ ledger ~ " as progress where recorded_at = ("
                ~ "select max(recorded_at) from " ~ ledger ~ " as newer where newer.model_name = progress.model_name)"
                ~ " group by model_name"
            ).rows -%}
        {%- endif -%}
        {%- set variables = variables_of_record() -%}
        {%- set models = {} -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'incremental' -%}
            {%- do models.update({node.name: node}) -%}
        {%- endfor -%}
        {%- for name, built_with in recorded if name in models and built_with != variables and load_relation(relation_of(models[name])) -%}
            {%- set changed = [] -%}
            {%- for setting in built_with.split(' ') if setting not in variables.split(' ') -%}
                {%- do changed.append(setting) -%}
            {%- endfor -%}
            {%- do exceptions.raise_compiler_error(
                'This warehouse was built with ' ~ changed | join(', ') ~ ', which is different now: ' ~ what_to_do
            ) -%}
        {%- endfor -%}
        {%- if not recorded -%}
            {%- for node in models.values() if load_relation(relation_of(node)) is not none -%}
                {%- do exceptions.raise_compiler_error(
                    'This warehouse has ' ~ node.name ~ ' but no record of how far it has come: ' ~ what_to_do
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
