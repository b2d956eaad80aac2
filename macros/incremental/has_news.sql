{#
    Whether there is something that an incremental model has not worked off: records that came, or what a list names that it reads. Such
    a list may name more than what came, such as dates that a run before was asked to build again. A model that reads raw says itself
    whether it has news (`new_records`); days that are rebuilt, late scans that are asked for and a version that is built aside are
    always something to do.
#}
{% macro has_news() -%}
    {%- if rebuilt_days() or var('rebuild_late') or var('build_aside', none) is not none -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set node = graph.nodes[model.unique_id] -%}
    {%- set feeds = feeds_of(node) -%}
    {%- if not feeds -%}
        {{ return(known_in_this_run('raw has news').get(node.unique_id, true)) }}
    {%- endif -%}
    {%- set progress = model_progress() -%}
    {%- for feed in feeds -%}
        {%- if progress_of_inputs(node, feed, progress) > progress.get(node.name, {}).get(feed, 0) -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {%- for list in tables_read_by(node) if list.config.meta.bookkeeping -%}
        {%- if load_relation(relation_of(list)) is not none and run_query('select 1 from ' ~ relation_of(list) ~ ' limit 1').rows -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}
