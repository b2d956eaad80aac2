{%- set kept_from = raw_kept_from() -%}

{% for source_table, model in accepting_models().items() -%}
select
    '{{ source_table }}' as source_table,
    (select count(*) from {{ raw_table(source_table) }}) as raw_count,
    {{ purged_count([ref(model), ref(model ~ '_rejected')], raw_table(source_table), kept_from) }} as purged_count,
    (select count(*) from {{ ref(model) }}) as accepted_count,
    (select count(*) from {{ ref(model ~ '_rejected') }}) as rejected_count
{% if not loop.last %}
union all

{% endif %}
{%- endfor %}
