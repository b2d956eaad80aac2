{#
    ISO 8601 text as a UTC timestamp: date, space or T, time to the second, up to six decimals, then nothing (UTC), Z or an
    offset ±HH:MM. Anything else is null. The shape is checked first, because engines differ in what their casts let pass.
#}
{% macro timestamp_or_null(text) -%}
    {%- set shapes = [] -%}
    {%- for separator in [' ', 'T'] -%}
        {%- for decimals in ['', '.0', '.00', '.000', '.0000', '.00000', '.000000'] -%}
            {%- for zone in ['', 'Z', '+00:00', '-00:00'] -%}
                {%- do shapes.append("'0000-00-00" ~ separator ~ "00:00:00" ~ decimals ~ zone ~ "'") -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    case
        when
            {{ digits_masked(text) }} in ({{ shapes | join(', ') }})
            and substr({{ text }}, 1, 4) between '0002' and '9998'
            and substr({{ text }}, 12, 2) <= '23'
            and substr({{ text }}, 15, 2) <= '59'
            and substr({{ text }}, 18, 2) <= '59'
            and (
                substr({{ text }}, -6, 1) not in ('+', '-')
                or (substr({{ text }}, -5) <= '14:00' and substr({{ text }}, -2) <= '59')
            )
            then {{ iso_text_as_utc(text) }}
    end
{%- endmacro %}
