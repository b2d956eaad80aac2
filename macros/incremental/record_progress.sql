{#
    The post-hook of incremental models and of lists of what is touched: writes to the ledger how far the model has worked. Nothing is
    written when days are rebuilt or a version is built aside, for then what arrived is not worked off.
#}
{% macro record_progress() -%}
    {%- if execute and not rebuilt_days() and var('build_aside', none) is none
        and (model.config.materialized == 'incremental' or model.config.meta.bookkeeping) -%}
        {%- set node = graph.nodes[model.unique_id] -%}
        {%- set progress = model_progress() -%}
        {%- set own = progress.get(node.name, {}) -%}
        {%- set rows = [] -%}
        {%- for feed in feeds_of(node) -%}
            {%- set number = progress_of_inputs(node, feed, progress) -%}
            {%- if flags.FULL_REFRESH or own.get(feed) != number -%}
                {%- do rows.append((feed, number, 'true')) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if model.config.meta.is_change_feed -%}
            {%- set number = own.get(node.name, 0) + 1 -%}
            {%- set all_days = ' and ' ~ model.config.meta.day ~ " >= date '0001-01-01'" if model.config.require_partition_filter else '' -%}
            {%- do rows.append(
                (node.name, number, 'exists (select 1 from ' ~ this ~ ' where change_number = ' ~ number ~ all_days ~ ')')
            ) -%}
        {%- endif -%}
        {%- if rows -%}
            insert into {{ model_progress_relation() }} (model_name, feed_name, change_number, variables, recorded_at)
            {% for feed, number, condition in rows -%}
                select
                    '{{ node.name }}', '{{ feed }}', {{ number }}, '{{ variables_of_record() }}',
                    cast({{ dbt.current_timestamp() }} as {{ dbt.type_timestamp() }})
                from (select 1 as one) as one_row
                where {{ condition }}
                {{ 'union all' if not loop.last }}
            {% endfor %}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
