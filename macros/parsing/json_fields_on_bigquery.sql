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
