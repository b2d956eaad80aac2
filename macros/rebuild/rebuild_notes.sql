{# What the list of tables aside says of a model's: one row per table, with the day until which it is kept. #}
{% macro rebuild_notes(model) %}
    {%- set names = {'rebuilt': table_aside(model, 'rebuilt'), 'previous': table_aside(model, 'previous')} -%}
    {%- if execute and load_relation(tables_aside()) is not none %}
        {%- for kind, relation in names.items() %}
            select
                '{{ kind }}' as table_name,
                cast({{ plus_days('made_at', days_tables_aside_are_kept()) }} as date) as kept_until,
                present_fingerprint,
                rebuilt_fingerprint
            from {{ tables_aside() }}
            where table_name = {{ name_in_schema(relation) }}
            {{ 'union all' if not loop.last }}
        {%- endfor %}
    {%- else %}
        select '' as table_name, cast(null as date) as kept_until, '' as present_fingerprint, '' as rebuilt_fingerprint limit 0
    {%- endif %}
{% endmacro %}
