{# Decimals that Kafka Connect writes as bytes. #}

{# A decimal as text, from its unscaled integer as text and its scale. #}
{% macro decimal_text(unscaled, scale) -%}
    {%- set digits = "replace(" ~ unscaled ~ ", '-', '')" -%}
    {%- set padded = "substr('" ~ '0' * 38 ~ "' || " ~ digits ~ ', 1 + least(38, 37 + length(' ~ digits ~ ') - ' ~ scale ~ '))' -%}
    case
                    when {{ scale }} between 0 and 37
                        then case when strpos({{ unscaled }}, '-') = 1 then '-' else '' end || substr({{ padded }}, 1, length({{ padded }}) - {{ scale }})
                            || '.' || substr({{ padded }}, length({{ padded }}) - {{ scale }} + 1)
                end
{%- endmacro %}

{#
    The integer in at most 8 bytes, the first the highest, in two's complement, given as base64; as text. Null where the text is something else. No
    more bytes are written than the number needs.
#}
{% macro integer_text_of_base64(text) -%}
    {%- set hex = on_engine(duckdb='hex(from_base64(' ~ text ~ '))', bigquery='to_hex(from_base64(' ~ text ~ '))') -%}
    case
                when {{ is_base64(text) }} and length(rtrim({{ text }}, '=')) between 1 and 11
                    then cast({% for place in range(8) -%}
                        {%- set byte = "cast('0x' || substr(" ~ hex ~ ', length(' ~ hex ~ ') - ' ~ (2 * place + 1) ~ ', 2) as int64)' -%}
                        case
                            when length({{ hex }}) = {{ 2 * place + 2 }} and {{ byte }} > 127 then ({{ byte }} - 256) * {{ 256 ** place }}
                            when length({{ hex }}) >= {{ 2 * place + 2 }} then {{ byte }} * {{ 256 ** place }}
                            else 0
                        end{{ ' + ' if not loop.last }}
                    {%- endfor %} as string)
            end
{%- endmacro %}

{% macro is_base64(text) -%}
    {{ has_form(text, '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?') }}
{%- endmacro %}
