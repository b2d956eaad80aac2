{#
    Text as a JSON document to read with json_fields(); null where it is not JSON as RFC 8259 has it. Never an error.
    Numbers of 200 digits or with an exponent of three make no JSON either: engines differ in which they can hold. DuckDB's functions read text.
    BigQuery alone reads past a byte order mark and past the character NUL.
#}
{% macro json_or_null(text) -%}
    {{ on_engine(
        duckdb='case when json_valid(' ~ text ~ ') and not ' ~ is_only_almost_json(text) ~ ' then ' ~ text ~ ' end',
        bigquery='case when substr(' ~ text ~ ', 1, 1) <> code_points_to_string([65279]) and strpos(' ~ text ~ ', ' ~ nul_character() ~ ') = 0'
            ~ ' and not ' ~ is_only_almost_json(text) ~ ' then safe.parse_json(' ~ text ~ ", wide_number_mode => 'round') end"
    ) }}
{%- endmacro %}

{#
    Whether text has, outside its strings, what some engine takes for JSON and another does not: a comma before a closing bracket, NaN and
    Infinity (DuckDB, and with it the emulator, reads both), and numbers that need more than a double. Most texts are told apart by
    the first look, strings included. DuckDB may work out both sides of `and` for every row; a `case` takes the second look only where the
    first found something.
#}
{% macro is_only_almost_json(text) -%}
    {%- set almost = ',\\s*[}\\]]|(?i)nan|inf|e[-+]?[0-9]{3}|[0-9]{200}' -%}
    {%- set string = '"(?:[^"\\\\]|\\\\.)*"' -%}
    {{ on_engine(
        duckdb='case when regexp_matches(' ~ text ~ ", '" ~ almost ~ "') then regexp_matches(regexp_replace(" ~ text ~ ", '" ~ string
            ~ "', '\"\"', 'g'), '" ~ almost ~ "') else false end",
        bigquery='(regexp_contains(' ~ text ~ ", r'" ~ almost ~ "') and regexp_contains(regexp_replace(" ~ text ~ ", r'" ~ string
            ~ "', '\"\"'), r'" ~ almost ~ "'))"
    ) }}
{%- endmacro %}

{# The messages of a raw table whose records are JSON, as a query: `payload` as it came, and `document` to read with json_fields(). #}
{% macro json_documents(raw_table_name, records) -%}
    select
            cast(coalesce({{ malformed_line(raw_table_name) }}, payload) as string) as payload,
            {{ json_or_null('payload') }} as document,
            {{ malformed_line(raw_table_name) }} as malformed_line,
            {{ extra_raw_columns(raw_table_name) }} as extra_columns,
            loaded_at,
            source_file,
            source_position
        from {{ records }}
{%- endmacro %}

{#
    Fields of documents from json_or_null(), as a query: all columns of `documents`, which has a column `document`, and

    - `<name>_field` for each of `texts`, {name: path}: the field as text. A string as it is, true and false, a whole number within INT64, a
      decimal of up to 16 characters that is 0 or at least 0.0001. Null where there is nothing, null, an object or a list, and
      where a number has no text that all engines write alike.
    - `<name>_given` for each of `given`, names of texts: whether anything but null is there, readable or not.
    - `<name>` for each of `objects`, {name: path}: whether an object is there, and not a list, a text, a number, true, false or null.

    A path is a list of keys, plain names; that of the document itself is empty. Of keys that are there twice the first counts.
#}
{% macro json_fields(documents, texts, given=[], objects={}) -%}
    {{ return(adapter.dispatch('json_fields')(documents, texts, given, objects)) }}
{%- endmacro %}

{# DuckDB parses the text in every call of a function, so all paths are read in two calls. #}
{% macro default__json_fields(documents, texts, given, objects) -%}
    {%- set paths = [] -%}
    {%- for keys in texts.values() | list + objects.values() | list -%}
        {%- do paths.append(json_path(keys)) -%}
    {%- endfor %}
        select
            *,
            {%- for name in texts %}
            case
                when json_types[{{ loop.index }}] in ('VARCHAR', 'BOOLEAN') then json_values[{{ loop.index }}]
                when json_types[{{ loop.index }}] in ('BIGINT', 'UBIGINT', 'DOUBLE')
                    then {{ json_number('json_values[' ~ loop.index ~ ']') }}
            end as {{ name }}_field,
            {%- if name in given %}
            coalesce(json_types[{{ loop.index }}] <> 'NULL', false) as {{ name }}_given,
            {%- endif %}
            {%- endfor %}
            {%- for name in objects %}
            coalesce(json_types[{{ texts | length + loop.index }}] = 'OBJECT', false) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                *,
                json_type(document, [{{ paths | join(', ') }}]) as json_types,
                json_extract_string(document, [{{ paths | join(', ') }}]) as json_values
            from {{ documents }}
        ) as read_documents
{%- endmacro %}

{# The emulator calls a string varchar. #}
{% macro bigquery__json_fields(documents, texts, given, objects) %}
        select
            *,
            {%- for name, keys in texts.items() %}
            {%- set type = 'lower(json_type(json_query(document, ' ~ json_path(keys) ~ ')))' %}
            {%- set value = 'json_value(document, ' ~ json_path(keys) ~ ')' %}
            case when {{ type }} in ('string', 'varchar', 'boolean') then {{ value }} else {{ json_number(value) }} end as {{ name }}_field,
            {%- if name in given %}
            coalesce({{ type }} <> 'null', false) as {{ name }}_given,
            {%- endif %}
            {%- endfor %}
            {%- for name, keys in objects.items() %}
            coalesce(lower(json_type(json_query(document, {{ json_path(keys) }}))) = 'object', false) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ documents }}
{%- endmacro %}

{% macro json_path(keys) -%}
    '{{ (['$'] + keys) | join('.') }}'
{%- endmacro %}

{# A number's text where all engines write it alike. #}
{% macro json_number(value) -%}
    case
        when {{ integer_or_null(value) }} is not null then {{ value }}
        when
            strpos({{ value }}, '.') > 0
            and length({{ value }}) <= 16
            and ltrim({{ value }}, '-.0123456789') = ''
            and substr(ltrim({{ value }}, '-'), 1, 6) <> '0.0000'
            then {{ value }}
    end
{%- endmacro %}
