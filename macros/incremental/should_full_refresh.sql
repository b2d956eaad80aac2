{#
    In the place of dbt's own macro: with `--full-refresh`, a `base_` table is built on all the same where raw has been purged, since it
    keeps what raw does not. Everything after staging is then built again from it.
#}
{% macro should_full_refresh() -%}
    {%- set own = config.get('full_refresh') -%}
    {%- set asked = flags.FULL_REFRESH if own is none else own -%}
    {%- if asked and execute and model.resource_type == 'model' and is_lasting_record(model) and raw_kept_from() -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(asked) }}
{%- endmacro %}
