{% call(source_table, model) union_of_raw_tables() %}
select
    '{{ source_table }}' as source_table,
    rejection_reason,
    source_file,
    source_position,
    loaded_at,
    cast({{ 'log_line' if source_table == 'app_logs' else 'raw_record' }} as string) as raw_record
from {{ ref(model ~ '_rejected') }}
{% endcall %}
