{#
    In the place of dbt's own macro: what plan() says. Commands that write nothing show what a model says in full, for of the rows that the next run
    would write there are mostly none. Unit tests give a model its inputs and build it in full.
#}
{% macro is_incremental() -%}
    {{ return(is_being_built() and plan().mode == 'incremental') }}
{%- endmacro %}

{# In the place of dbt's own macro: of models, what plan() says. #}
{% macro should_full_refresh() -%}
    {%- if execute and model.resource_type == 'model' and model.config.materialized == 'incremental' -%}
        {{ return(plan().mode == 'full') }}
    {%- endif -%}
    {{ return(is_full_refresh_asked_for()) }}
{%- endmacro %}

{# A full refresh was asked for, on the command line or in the model's configuration. #}
{% macro is_full_refresh_asked_for() -%}
    {%- set own = config.get('full_refresh') -%}
    {{ return(flags.FULL_REFRESH if own is none else own) }}
{%- endmacro %}

{# Whether a model is rendered to be built. dbt 2 takes a unit test for the model that it tests. #}
{% macro is_being_built() -%}
    {{ return(execute and model.resource_type == 'model' and flags.WHICH in ['build', 'run']) }}
{%- endmacro %}
