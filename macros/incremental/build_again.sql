{# A sentence that stops a run: what is wrong, and the command that builds again what it concerns. #}
{% macro build_again(what_is_wrong, models, options='') -%}
    {{ return(
        what_is_wrong ~ ': build it again, and all that reads it: ' ~ full_refresh_of(models) ~ (options or given_variables())
        ~ ' (after source .venv/bin/activate; or make build FULL_REFRESH=yes, which builds everything again).'
    ) }}
{%- endmacro %}

{# The command that builds models in full, and all that reads them. #}
{% macro full_refresh_of(models) -%}
    {{ return('dbt build --full-refresh --select ' ~ models | unique | sort | join('+ ') ~ '+') }}
{%- endmacro %}

{# The option with the variables that were given now; empty where there are none. #}
{% macro given_variables() -%}
    {%- set given = invocation_args_dict.vars -%}
    {{ return(" --vars '" ~ (given if given is string else tojson(without_dates(given))) ~ "'" if given else '') }}
{%- endmacro %}

{# The options that it needs where variables have changed: those that were given now; and unit tests expect the project's own values. #}
{% macro with_variables() -%}
    {{ return(' --exclude-resource-type unit_test' ~ given_variables()) }}
{%- endmacro %}

{# What can be done where raw is another than that of `settings` (`name=value`): a part that is built anew would not fit the rest. Empty where it is the same. #}
{% macro what_to_do_about_raw(settings) -%}
    {%- if not (settings | string).count("'raw_") -%}
        {{ return('') }}
    {%- endif -%}
    {{ return(
        ": give --vars '{" ~ settings | map('replace', '=', ': ') | join(', ') ~ "}' (VARS of make) to go on with that; or keep it and name another warehouse"
        ~ on_engine(duckdb=' with WAREHOUSE_DUCKDB=other.duckdb', bigquery=' with BIGQUERY_DATASET')
        ~ '; or build all of it anew from the raw that is named now: the same command with FULL_REFRESH=yes, or --full-refresh for dbt.'
    ) }}
{%- endmacro %}

{# Where a change of variables begins: the tables furthest up that a model reads and that were built with another value; else the model. #}
{% macro first_changed(name, state) -%}
    {%- set first = [] -%}
    {%- for input_name, input in (state.inputs or {}).items() if input.place -%}
        {%- set input_state = progress_of(relation_at(input.place, target.database)) or {} -%}
        {%- if changed_variables(input_state) -%}
            {%- do first.extend(first_changed(input_name, input_state)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(first | unique | list or [name]) }}
{%- endmacro %}

{# The variables that a relation was built with and that have another value now, as `name=value` of then. #}
{% macro changed_variables(state) -%}
    {%- set changed = [] -%}
    {%- for name, value in (state.variables or {}).items() if tojson(value) != tojson(value_of_variable(name)) -%}
        {%- do changed.append(name ~ '=' ~ (value if value is string or value is not sequence else value | join('+'))) -%}
    {%- endfor -%}
    {{ return(changed) }}
{%- endmacro %}

{# The end of the sentence: what can be done about `changed` models (their states by name), which were built with `settings`. #}
{% macro what_to_do(changed, settings, kept_from) -%}
    {%- set first = [] -%}
    {%- for name, state in changed.items() -%}
        {%- do first.extend(first_changed(name, state)) -%}
    {%- endfor -%}
    {%- if settings.values() | select | list -%}
        {{ return(
            ', and raw from before ' ~ kept_from ~ ' may be gone, so base_ tables cannot be built again: give what it was built with, or use another'
            ~ ' warehouse.'
        ) }}
    {%- elif what_to_do_about_raw(settings.keys() | list) -%}
        {{ return(what_to_do_about_raw(settings.keys() | list)) }}
    {%- endif -%}
    {{ return(
        ': give what it was built with, use another warehouse, or build again all that depends on it: ' ~ full_refresh_of(first) ~ with_variables()
    ) }}
{%- endmacro %}
