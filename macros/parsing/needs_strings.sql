{#
    Whether DuckDB could read a number of the text otherwise than it is written, or take it for JSON that it is not. Each pattern begins with the sign
    that is before a value, for which DuckDB looks much faster than for a class of signs.
#}
{% macro needs_strings(text, but_for=[]) -%}
    {%- set not_a_number = '-?(?:[nN][aA][nN]|[iI][nN][fF])' -%}
    {%- set too_wide = not_a_number ~ '|-?(?:[0-9.]{200}|[0-9.]*[0-9][eE][-+]?[0-9]{3})' -%}
    {%- set numbers = without_short_decimals(text, but_for) if but_for else text -%}
    (
        regexp_matches({{ numbers }}, ':\s*(?:{{ odd_number() }}|{{ not_a_number }})')
        or regexp_matches({{ text }}, ',\s*(?:[}\]]|{{ too_wide }})')
        or case
            when contains({{ text }}, '[') or not starts_with({{ text }}, '{') then regexp_matches({{ text }}, '(?:^|\[)\s*(?:{{ too_wide }})')
            else false
        end
    )
{%- endmacro %}

{#
    A number that does not come out of DuckDB as it is written: with an exponent, more digits than a double has, a zero at the end of its decimals, or
    less than 0.0001; and -0.
#}
{% macro odd_number() -%}
    {{ return('-0[^.]|-?[0-9.]*(?:[0-9.]{17}|[.][0-9]+0[^0-9]|0[.]0000|[0-9][eE])') }}
{%- endmacro %}

{#
    What some engine takes for JSON and another does not: a comma before a closing bracket, NaN and Infinity (DuckDB, and with it the emulator, reads
    both), and numbers that need more than a double.
#}
{% macro almost_json() -%}
    {{ return('(?i),\\s*[}\\]]|nan|inf|[0-9]e[-+]?[0-9]{3}|[0-9]{200}') }}
{%- endmacro %}

{# Whether text has that outside its strings. #}
{% macro is_only_almost_json(text) -%}
    {%- set string = '"(?:[^"\\\\]|\\\\.)*"' -%}
    {{ on_engine(
        duckdb='regexp_matches(regexp_replace(' ~ text ~ ", '" ~ string ~ "', '\"\"', 'g'), '" ~ almost_json() ~ "')",
        bigquery='regexp_contains(regexp_replace(' ~ text ~ ", r'" ~ string ~ "', '\"\"'), r'" ~ almost_json() ~ "')"
    ) }}
{%- endmacro %}
