{# A predicate: the record arrived before a day (UTC, as text); false where there is no such day. #}
{% macro arrived_before(day, loaded_at) -%}
    {{ loaded_at ~ " < timestamp '" ~ day ~ " 00:00:00'" if day else 'false' }}
{%- endmacro %}
