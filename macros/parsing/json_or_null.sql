{#
    Text as a JSON document to read with json_fields(), in which the number that a key has is a string, so that it is read as it is written: engines
    read numbers into doubles, and write them back each in its own way. Null where the text is not JSON as RFC 8259 has it. Never an error. DuckDB's
    functions read text, and need the strings only where a number would come out otherwise. BigQuery alone reads past a byte order mark and past
    the character NUL. `document` is strings_where_needed() of the text, where that is a column already.
#}
{% macro json_or_null(text, document=none) -%}
    {%- set is_as_written = document ~ ' is null' if document else 'not ' ~ needs_strings(text) -%}
    {%- set document = document or with_numbers_as_strings(text) -%}
    {#- DuckDB works out both sides of `and` for all rows, and only the branches of a case that are needed. -#}
    {%- set may_be_read = "regexp_matches(" ~ text ~ ", '" ~ almost_json() ~ "')" -%}
    {{ on_engine(
        duckdb='case when ' ~ is_as_written ~ ' then case when json_valid(' ~ text ~ ') then ' ~ text ~ ' end when json_valid(' ~ document
            ~ ') and not case when ' ~ may_be_read ~ ' then ' ~ is_only_almost_json(document) ~ ' else false end then ' ~ document ~ ' end',
        bigquery='case when substr(' ~ text ~ ', 1, 1) <> code_points_to_string([65279]) and strpos(' ~ text ~ ', ' ~ nul_character() ~ ') = 0'
            ~ ' and not ' ~ is_only_almost_json(document) ~ ' then safe.parse_json(' ~ document ~ ", wide_number_mode => 'round') end"
    ) }}
{%- endmacro %}

{# with_numbers_as_strings(), on DuckDB null where the text can be read as it is, but for zeros at the end of what the keys `decimals` have. #}
{% macro strings_where_needed(text, decimals) -%}
    {{ on_engine(
        duckdb='case when ' ~ needs_strings(text, but_for=decimals) ~ ' then ' ~ with_numbers_as_strings(text) ~ ' end',
        bigquery=with_numbers_as_strings(text)
    ) }}
{%- endmacro %}

{#
    JSON on DuckDB without what some keys have, where that is a number of up to nine digits with up to four decimals: DuckDB writes it without zeros at
    its end. Where something is escaped, a quote may be part of a longer key, and the text stays as it is.
#}
{% macro without_short_decimals(text, keys) -%}
    {%- set pattern = '"(?:' ~ keys | join('|') ~ ')"\\s*:\\s*-?[0-9]{1,9}[.][0-9]{1,4}\\s*([,}])' -%}
    {{ return(
        'case when contains(' ~ text ~ ", '\\') then " ~ text ~ ' else regexp_replace(' ~ text ~ ", '" ~ pattern ~ "', '!\\1', 'g') end"
    ) }}
{%- endmacro %}

{#
    JSON with the number that a key has in quotes, unless the key ends in a blank or a sign of JSON. A quote after anything else ends a string (or the
    text is not JSON, neither before nor after), so nothing in a string is changed.
#}
{% macro with_numbers_as_strings(text) -%}
    {%- set pattern = '([^\\s{\\[,:\\\\]"\\s*:\\s*)(-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?)' -%}
    {{ on_engine(
        duckdb='regexp_replace(' ~ text ~ ", '" ~ pattern ~ "', '\\1\"\\2\"', 'g')",
        bigquery='regexp_replace(' ~ text ~ ", r'" ~ pattern ~ "', r'\\1\"\\2\"')"
    ) }}
{%- endmacro %}
