{# The number of this run of a change feed (INT64): one more than that of the last run that wrote rows. #}
{% macro next_change_number() -%}
    cast({{ model_progress().get(this.name, {}).get(this.name, 0) + 1 if execute and model.resource_type != 'unit_test' else 1 }} as int64)
{%- endmacro %}
