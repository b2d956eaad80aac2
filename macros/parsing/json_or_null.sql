{#
    Text as a JSON document to read with json_fields(); null where it is not JSON as RFC 8259 has it. Never an error.
    Numbers of 200 digits or with an exponent of three make no JSON either: engines differ in which they can hold.
#}
{% macro json_or_null(text) -%}
    {{ return(adapter.dispatch('json_or_null')(text)) }}
{%- endmacro %}

{# DuckDB's functions read text. #}
{% macro default__json_or_null(text) -%}
    case when json_valid({{ text }}) and not {{ is_only_almost_json(text) }} then {{ text }} end
{%- endmacro %}

{# BigQuery alone reads past a byte order mark and past the character NUL. #}
{% macro bigquery__json_or_null(text) -%}
    case
        when
            substr({{ text }}, 1, 1) <> code_points_to_string([65279])
            and strpos({{ text }}, {{ nul_character() }}) = 0
            and not {{ is_only_almost_json(text) }}
            then safe.parse_json({{ text }}, wide_number_mode => 'round')
    end
{%- endmacro %}
