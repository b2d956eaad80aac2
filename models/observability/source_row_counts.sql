{%- set kept_from = raw_kept_from() -%}

{% call(source_table, model) union_of_raw_tables() %}
select
    '{{ source_table }}' as source_table,
    (select count(*) from {{ raw_table(source_table) }}) as raw_count,
    {{ purged_count([ref(model), ref(model ~ '_rejected')], raw_table(source_table), kept_from) }} as purged_count,
    (select count(*) from {{ ref(model) }}) as accepted_count,
    (select count(*) from {{ ref(model ~ '_rejected') }}) as rejected_count
{% endcall %}
