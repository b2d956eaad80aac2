{# The emulator knows neither `grant` nor who may read what: there, grants are left out. #}
{% macro bigquery__apply_grants(relation, grant_config, should_revoke) %}
    {%- if target.name != 'bigquery_emulator' -%}
        {% do return(dbt.default__apply_grants(relation, grant_config, should_revoke)) %}
    {%- endif -%}
{% endmacro %}
