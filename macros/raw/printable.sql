{# A text as a screen may show it: what a terminal obeys, or what turns the direction of text, is written out. #}
{% macro printable(text) -%}
    {%- set signs = [] -%}
    {%- for sign in text -%}
        {%- set is_control = modules.re.match('[\\x00-\\x1f\\x7f-\\x9f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]', sign) -%}
        {%- do signs.append(tojson(sign)[1:-1] if is_control else sign) -%}
    {%- endfor -%}
    {{ return(signs | join) }}
{%- endmacro %}
