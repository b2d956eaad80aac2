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
    {%- set is_negative = 'substr(' ~ hex ~ ", 1, 1) >= '8'" -%}
    {%- set digits = 'lpad(' ~ hex ~ ', 16, case when ' ~ is_negative ~ " then 'f' else '0' end)" -%}
    case
                when {{ is_base64(text) }} and length(rtrim({{ text }}, '=')) between 1 and 11
                    then cast(
                        (cast('0x' || substr({{ digits }}, 1, 8) as int64) - case when {{ is_negative }} then 4294967296 else 0 end) * 4294967296
                        + cast('0x' || substr({{ digits }}, 9) as int64)
                        as string
                    )
            end
{%- endmacro %}

{% macro is_base64(text) -%}
    {{ has_form(text, '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?') }}
{%- endmacro %}
