{# How many rows and keys a model's present and rebuilt tables have, and their fingerprints. One row per table. #}
{% macro rebuild_states(model, key) %}
    {%- for name, table in {'present': ref(model), 'rebuilt': table_aside(model, 'rebuilt')}.items() %}
        select
            '{{ name }}' as table_name,
            count(*) as row_count,
            (
                select count(*)
                from (select distinct {{ key | join(', ') }} from {{ table }} where {{ every_row(model) }}) as keys
            ) as key_count,
            coalesce({{ row_fingerprint('whole_row') }}, '') as fingerprint
        from {{ table }} as whole_row
        where {{ every_row(model) }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}
