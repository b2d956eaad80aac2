{# Whether a model is a `base_` table: its rows are what remains of raw records when raw is purged. #}
{% macro is_lasting_record(node) -%}
    {{ return(node.fqn[1] == 'staging' and node.config.materialized == 'incremental') }}
{%- endmacro %}
