{#
    In the place of dbt's own macro: what plan() says. Commands that write nothing show what a model says in full, for of the rows that the next run
    would write there are mostly none. Unit tests give a model its inputs and build it in full.
#}
{% macro is_incremental() -%}
    {{ return(execute and model.resource_type == 'model' and flags.WHICH in ['build', 'run'] and plan().mode == 'incremental') }}
{%- endmacro %}

{# In the place of dbt's own macro: of models, what plan() says. #}
{% macro should_full_refresh() -%}
    {%- if execute and model.resource_type == 'model' and model.config.materialized == 'incremental' -%}
        {{ return(plan().mode == 'full') }}
    {%- endif -%}
    {{ return(is_full_refresh_asked_for()) }}
{%- endmacro %}
