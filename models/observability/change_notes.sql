{%- set columns = ['placeholders', 'absent_columns'] -%}
{%- for column in columns %}
select
    '{{ column }}' as note,
    {{ column }} as says,
    count(*) as change_count,
    min(loaded_at) as first_loaded_at,
    max(loaded_at) as last_loaded_at
from {{ ref('stg_shipping__shipment_changes') }}
where {{ column }} is not null
group by {{ column }}
{% if not loop.last %}
union all
{% endif %}
{%- endfor %}
