{#
    Whether text is ISO 8601 as we take it: date, space or T, time to the second, up to six decimals, then nothing, Z or an offset
    ±HH:MM. The calendar is left to the cast. Casts alone differ between engines in what they let pass.
#}
{% macro is_iso_timestamp(text) -%}
    {%- set zone -%}
        case
            when substr({{ text }}, -1) = 'Z' then 'Z'
            when substr({{ text }}, -6, 1) in ('+', '-') then substr({{ text }}, -6)
            else ''
        end
    {%- endset -%}
    {%- set decimals = "substr(" ~ text ~ ", 20, length(" ~ text ~ ") - length(" ~ zone ~ ") - 19)" -%}
    (
        {{ digits_masked("substr(" ~ text ~ ", 1, 19)") }} in ('0000-00-00 00:00:00', '0000-00-00T00:00:00')
        and substr({{ text }}, 1, 4) between '0002' and '9998'
        and substr({{ text }}, 12, 2) <= '23'
        and substr({{ text }}, 15, 2) <= '59'
        and substr({{ text }}, 18, 2) <= '59'
        and (
            length({{ text }}) = 19 + length({{ zone }})
            or (
                length({{ text }}) between 21 + length({{ zone }}) and 26 + length({{ zone }})
                and substr({{ text }}, 20, 1) = '.'
                and ltrim(substr({{ decimals }}, 2), '0123456789') = ''
            )
        )
        and {{ digits_masked(zone) }} in ('', 'Z', '+00:00', '-00:00')
        and (length({{ zone }}) < 6 or (substr({{ text }}, -5) <= '14:00' and substr({{ text }}, -2) <= '59'))
    )
{%- endmacro %}
