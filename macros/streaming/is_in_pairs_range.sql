{# A predicate: the time is in the range that var('pairs_from') and var('pairs_to') give; `false` when they give none. #}
{% macro is_in_pairs_range(occurred_at) -%}
    {%- if var('pairs_from') is none -%}
        false
    {%- else -%}
        {{ occurred_at }} >= timestamp '{{ var('pairs_from') }}' and {{ occurred_at }} < timestamp '{{ var('pairs_to') }}'
    {%- endif -%}
{%- endmacro %}
