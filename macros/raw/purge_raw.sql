{#
    Deletes the raw records that arrived before a day (UTC, as text) and that staging has, and writes down from when on raw is kept: all in
    one transaction. A record that has come in the meantime stays.
#}
{% macro purge_raw(keep_from) -%}
    {%- do run_query(
        'create table if not exists ' ~ raw_purges() ~ ' (kept_from date, purged_at ' ~ dbt.type_timestamp() ~ ')'
    ) -%}
    {%- set statements = [] -%}
    {%- for source, base in purgeable_tables() -%}
        {%- set raw = adapter.get_relation(source.database, source.schema, source.identifier) -%}
        {%- do statements.append(
            'delete from ' ~ raw ~ ' as raw_records where ' ~ arrived_before(keep_from, 'raw_records.loaded_at')
            ~ ' and ' ~ is_stored(relation_of(base), keep_from) ~ ';'
        ) -%}
    {%- endfor -%}
    {%- do statements.append(
        'insert into ' ~ raw_purges() ~ " (kept_from, purged_at) values (date '" ~ keep_from ~ "', cast("
        ~ dbt.current_timestamp() ~ ' as ' ~ dbt.type_timestamp() ~ '));'
    ) -%}
    {%- do run_in_one_step(statements | join('\n')) -%}
{%- endmacro %}
