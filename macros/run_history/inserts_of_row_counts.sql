{# Rows of the marts that this run has built, and where the records of each source went if it has built `layer_row_counts`: a statement for each. #}
{% macro inserts_of_row_counts() -%}
    {%- set of_run = "'" ~ invocation_id ~ "' as run_id, date '" ~ run_started_at.strftime('%Y-%m-%d') ~ "' as run_date, " -%}
    {%- set statements, marts = [], [] -%}
    {%- set newest = ["select cast(null as string) as source_table, cast(null as timestamp) as newest_loaded_at"] -%}
    {%- set built = results | selectattr('node.resource_type', 'equalto', 'model') | selectattr('status', 'equalto', 'success') | map(attribute='node') | list -%}
    {%- for node in built if node.fqn[1] == 'marts' and (node.config.materialized != 'view' or is_readable(node.unique_id)) -%}
        {%- do marts.append('select ' ~ of_run ~ "'" ~ node.name ~ "' as mart_name, count(*) as row_count from " ~ node.relation_name) -%}
    {%- endfor -%}
    {%- if marts -%}
        {%- do statements.append(insert_query_into_history('mart_rows', marts | join('\nunion all\n'))) -%}
    {%- endif -%}
    {#- In a build in parts these were built by another run. -#}
    {%- for node in lasting_records() if is_readable(node.unique_id) -%}
        {%- for read in node.depends_on.nodes if read.startswith(('seed.', 'source.')) -%}
            {%- do newest.append("select '" ~ read.split('.')[-1] ~ "', max(loaded_at) from " ~ node.relation_name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for node in built if node.name == 'layer_row_counts' and is_readable(node.unique_id) -%}
        {%- set query -%}
            select
                {{ of_run }} counts.source_table, counts.layer, counts.outcome, counts.reason, counts.row_count,
                case when counts.outcome = 'arrived' then newest.newest_loaded_at end as newest_loaded_at
            from {{ node.relation_name }} as counts
            left join (
                {{ newest | join('\nunion all\n') }}
            ) as newest
                on counts.source_table = newest.source_table
            where counts.layer in ('raw', 'staging')
        {%- endset -%}
        {%- do statements.append(insert_query_into_history('source_rows', query)) -%}
    {%- endfor -%}
    {{ return(statements) }}
{%- endmacro %}

{# Whether all that a relation reads, views looked through, is there. A view that was left alone may show something that is not. #}
{% macro is_readable(unique_id) -%}
    {%- set known = known_in_this_run('readable') -%}
    {%- if unique_id not in known -%}
        {%- set node = node_of(unique_id) -%}
        {%- set found = namespace(readable=load_relation(api.Relation.create(
            database=node.database, schema=node.schema, identifier=node.alias or node.identifier
        )) is not none) -%}
        {%- for read in (node.depends_on.nodes if node.config.materialized == 'view' else []) if found.readable -%}
            {%- set found.readable = is_readable(read) -%}
        {%- endfor -%}
        {%- do known.update({unique_id: found.readable}) -%}
    {%- endif -%}
    {{ return(known[unique_id]) }}
{%- endmacro %}
