{# A predicate of an incremental model on a change feed it reads: what was written since this model last worked; `true` when it is built in full. #}
{% macro is_news(feed) -%}
    {{ changed_since_last_run(feed) if is_incremental_run() else 'true' }}
{%- endmacro %}
