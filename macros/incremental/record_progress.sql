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
                {%- do rows.append((feed, number)) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if model.config.meta.is_change_feed -%}
            {%- set number = own.get(node.name, 0) + 1 -%}
            {%- set all_days = ' and ' ~ model.config.meta.day ~ " >= date '0001-01-01'" if model.config.require_partition_filter else '' -%}
            {%- if run_query('select 1 from ' ~ this ~ ' where change_number = ' ~ number ~ all_days ~ ' limit 1').rows -%}
                {%- do rows.append((node.name, number)) -%}
            {%- endif -%}
        {%- endif -%}
        {%- if rows -%}
            insert into {{ model_progress_relation() }} (model_name, feed_name, change_number, variables, recorded_at)
            values
            {% for feed, number in rows -%}
                {%- do progress.setdefault(node.name, {}).update({feed: number}) -%}
                (
                    '{{ node.name }}', '{{ feed }}', {{ number }}, '{{ variables_of_record() }}',
                    cast({{ dbt.current_timestamp() }} as {{ dbt.type_timestamp() }})
                ){{ ',' if not loop.last }}
            {% endfor %}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
