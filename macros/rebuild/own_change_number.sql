{#
    The number that rows of a change feed get when they are swapped: that of its last run. So models further down, which have
    worked up to it, do not take every row for news (they are rebuilt one by one), and one that was behind finds all it missed.
#}
{% macro own_change_number(model) -%}
    {{ return([model_progress().get(model, {}).get(model, 0), 1] | max) }}
{%- endmacro %}
