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

{# with_numbers_as_strings(), on DuckDB null where the text can be read as it is. #}
{% macro strings_where_needed(text) -%}
    {{ on_engine(
        duckdb='case when ' ~ needs_strings(text) ~ ' then ' ~ with_numbers_as_strings(text) ~ ' end', bigquery=with_numbers_as_strings(text)
    ) }}
{%- endmacro %}

{# Whether DuckDB could read a number of the text otherwise than it is written, or take it for JSON that it is not. #}
{% macro needs_strings(text) -%}
    regexp_matches({{ text }}, '{{ almost_json() }}|{{ odd_number() }}')
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

{#
    Where the number that a key has does not come out of DuckDB as it is written: with an exponent, more digits than a double has, a zero at
    the end of its decimals, or less than 0.0001; and -0.
#}
{% macro odd_number() -%}
    {{ return(':\\s*(?:-0[^.]|-?[0-9.]*(?:[0-9.]{17}|[.][0-9]+0[^0-9]|0[.]0000|[0-9]e))') }}
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

{# The messages of a raw table whose records are JSON, as a query: `payload` as it came, and `document` to read with json_fields(). #}
{% macro json_documents(raw_table_name, records) -%}
    {#- DuckDB would work out an expression in each branch of a case that has it, so the strings are made before, and only where they are needed. -#}
    select
            cast(coalesce({{ malformed_line(raw_table_name) }}, payload) as string) as payload,
            {{ json_or_null('payload', document='payload_with_strings') }} as document,
            {{ malformed_line(raw_table_name) }} as malformed_line,
            {{ extra_raw_columns(raw_table_name, but='payload') }} as extra_columns,
            loaded_at,
            source_file,
            source_position
        from (
            select
                *,
                {{ strings_where_needed('payload') }} as payload_with_strings
            from {{ records }}
        ) as messages
{%- endmacro %}

{#
    Fields of documents from json_or_null(), as a query: all columns of `documents`, which has a column `document`, and

    - `<name>_field` for each of `texts`, {name: path}: the field as text. A string as it is, true and false, a number as it is written. Null where
      there is nothing, null, an object or a list.
    - `<name>_given` for each of `given`, names of texts: whether anything but null is there, readable or not.
    - `<name>_present` for each of `present`, names of texts: whether the key is there, if only with null.
    - `<name>` for each of `objects`, {name: path}: whether an object is there, and not a list, a text, a number, true, false or null.

    A path is a list of keys, plain names; that of the document itself is empty. Of keys that are there twice the first counts. What stands beside the
    texts of the document itself, or of the object at the key `within`, is added to `extra_columns`.
#}
{% macro json_fields(documents, texts, given=[], present=[], objects={}, within=none) -%}
    {{ return(adapter.dispatch('json_fields')(documents, texts, given, present, objects, within)) }}
{%- endmacro %}

{# DuckDB parses the text in every call of a function, so all paths are read in two calls, and keys only counted in most documents. #}
{% macro default__json_fields(documents, texts, given, present, objects, within) -%}
    {%- set paths, known, known_there = [], [], [] -%}
    {%- for keys in texts.values() | list + objects.values() | list -%}
        {%- do paths.append(json_path(keys)) -%}
        {%- if keys and keys[:-1] == ([within] if within else []) -%}
            {%- do known.append(keys[-1]) -%}
            {%- do known_there.append('cast(json_types[' ~ loop.index ~ '] is not null as int64)') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set all_keys = 'json_keys(document' ~ (", '$." ~ within ~ "'" if within) ~ ')' -%}
    {%- set pointer = "'" ~ ('/' ~ within if within else '') ~ "/' || replace(replace(key, '~', '~0'), '/', '~1')" -%}
    {%- set text = 'json_extract_string(document, ' ~ pointer ~ ')' %}
        select
            * replace (
                nullif(array_to_string([extra_columns, case
                    when len({{ all_keys }}) > {{ known_there | join(' + ') }}
                        then array_to_string(list_transform(
                            list_filter(list_sort({{ all_keys }}), lambda key: key not in ('{{ known | join("', '") }}')),
                            lambda key: key || '=' || nullif(trim(case
                                when json_type(document, {{ pointer }}) in ('OBJECT', 'ARRAY') then {{ with_numbers_as_strings(text) }}
                                else {{ text }}
                            end, ' '), '')
                        ), '|')
                end], '|'), '') as extra_columns
            ),
            {%- for name in texts %}
            case when json_types[{{ loop.index }}] not in ('NULL', 'OBJECT', 'ARRAY') then json_values[{{ loop.index }}] end as {{ name }}_field,
            {%- if name in given %}
            coalesce(json_types[{{ loop.index }}] <> 'NULL', false) as {{ name }}_given,
            {%- endif %}
            {%- if name in present %}
            json_types[{{ loop.index }}] is not null as {{ name }}_present,
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

{# The emulator calls a string varchar. A key that is no plain name is in quotes in the list of keys. #}
{% macro bigquery__json_fields(documents, texts, given, present, objects, within) %}
    {%- set known = [] -%}
    {%- for keys in texts.values() | list + objects.values() | list if keys and keys[:-1] == ([within] if within else []) -%}
        {%- do known.append(keys[-1]) -%}
    {%- endfor -%}
    {%- set object = "document['" ~ within ~ "']" if within else 'document' -%}
    {%- set value = object ~ "[trim(key, '\"')]" %}
        select
            * replace (
                nullif(array_to_string([extra_columns, (
                    select string_agg(trim(fields.key, '"') || '=' || fields.field, '|' order by fields.key)
                    from (
                        select
                            key,
                            nullif(trim(coalesce(json_value({{ value }}), nullif(to_json_string({{ value }}), 'null')), ' '), '') as field
                        from unnest(json_keys({{ object }}, 1)) as key
                        where trim(key, '"') not in ('{{ known | join("', '") }}')
                    ) as fields
                )], '|'), '') as extra_columns
            ),
            {%- for name, keys in texts.items() %}
            {%- set type = 'lower(json_type(json_query(document, ' ~ json_path(keys) ~ ')))' %}
            case when {{ type }} in ('string', 'varchar', 'boolean') then json_value(document, {{ json_path(keys) }}) end as {{ name }}_field,
            {%- if name in given %}
            coalesce({{ type }} <> 'null', false) as {{ name }}_given,
            {%- endif %}
            {%- if name in present %}
            {{ type }} is not null as {{ name }}_present,
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

{# The text at a path of a document, null for nothing, null, an object or a list: for what few documents have, since it parses the document anew. #}
{% macro json_text(document, keys) -%}
    {{ on_engine(
        duckdb='case when json_type(' ~ document ~ ', ' ~ json_path(keys) ~ ") not in ('NULL', 'OBJECT', 'ARRAY') then json_extract_string(" ~ document
            ~ ', ' ~ json_path(keys) ~ ') end',
        bigquery='json_value(' ~ document ~ ', ' ~ json_path(keys) ~ ')'
    ) }}
{%- endmacro %}
