{#
    A predicate for models that are replaced as a whole: `true` when something they read has changed since they were built (or days are
    rebuilt), else `false`, and then the model is left alone.
#}
{% macro inputs_changed() -%}
    {{ return('true' if not is_incremental_run() or has_news() else 'false') }}
{%- endmacro %}
