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

{#
    DuckDB parses the text in every call of a function, so all paths are read in two calls, and keys only counted in most documents. Where there is neither
    a list nor an object in another, and nobody asks for more than the fields, nothing has to be known of their types.
#}
{% macro default__json_fields(documents, texts, given, present, objects, within) -%}
    {%- set paths, known, known_there = [], [], [] -%}
    {%- set needs_types = given or present or objects or [] in texts.values() -%}
    {%- set is_nested = "contains(document, '[') or contains(substr(document, 2), '{')" -%}
    {%- for keys in texts.values() | list + objects.values() | list -%}
        {%- do paths.append(json_path(keys)) -%}
        {%- if keys and keys[:-1] == ([within] if within else []) -%}
            {%- do known.append(keys[-1]) -%}
            {%- do known_there.append(
                'cast(' ~ ('json_types[' if needs_types else 'json_values[') ~ loop.index ~ '] is not null as int64)'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set all_keys = 'json_keys(document' ~ (", '$." ~ within ~ "'" if within) ~ ')' -%}
    {%- set pointer = "'" ~ ('/' ~ within if within else '') ~ "/' || replace(replace(key, '~', '~0'), '/', '~1')" -%}
    {%- set document_with_strings = with_numbers_as_strings('document') %}
        select
            * replace (
                nullif(array_to_string([extra_columns, case
                    when len({{ all_keys }}) > {{ known_there | join(' + ') }}
                        then array_to_string(list_transform(
                            list_filter(list_sort({{ all_keys }}), lambda key: key not in ('{{ known | join("', '") }}')),
                            lambda key: key || '=' || nullif(trim(case
                                when json_type(document, {{ pointer }}) in ('OBJECT', 'ARRAY')
                                    then json_extract_string({{ document_with_strings }}, {{ pointer }})
                                else json_extract_string(document, {{ pointer }})
                            end, ' '), '')
                        ), '|')
                end], '|'), '') as extra_columns
            ),
            {%- for name in texts %}
            case
                when {{ 'json_types is null or ' if not needs_types }}json_types[{{ loop.index }}] not in ('NULL', 'OBJECT', 'ARRAY')
                    then json_values[{{ loop.index }}]
            end as {{ name }}_field,
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
                {{ 'case when ' ~ is_nested ~ ' then ' if not needs_types }}json_type(document, [{{ paths | join(', ') }}])
                {{- ' end' if not needs_types }} as json_types,
                json_extract_string(document, [{{ paths | join(', ') }}]) as json_values
            from {{ documents }}
        ) as read_documents
{%- endmacro %}
