{#
    Whether text has, outside its strings, what some engine takes for JSON and another does not: a comma before a closing bracket, NaN and
    Infinity (DuckDB, and with it the emulator, reads both), and numbers that need more than a double. Most texts are told apart by
    the first look, strings included.
#}
{% macro is_only_almost_json(text) -%}
    {{ return(adapter.dispatch('is_only_almost_json')(
        text, ',\\s*[}\\]]|(?i)nan|inf|e[-+]?[0-9]{3}|[0-9]{200}', '"(?:[^"\\\\]|\\\\.)*"'
    )) }}
{%- endmacro %}

{# DuckDB may work out both sides of `and` for every row; a `case` takes the second look only where the first found something. #}
{% macro default__is_only_almost_json(text, almost, string) -%}
    case
        when regexp_matches({{ text }}, '{{ almost }}')
            then regexp_matches(regexp_replace({{ text }}, '{{ string }}', '""', 'g'), '{{ almost }}')
        else false
    end
{%- endmacro %}

{% macro bigquery__is_only_almost_json(text, almost, string) -%}
    (
        regexp_contains({{ text }}, r'{{ almost }}')
        and regexp_contains(regexp_replace({{ text }}, r'{{ string }}', '""'), r'{{ almost }}')
    )
{%- endmacro %}
