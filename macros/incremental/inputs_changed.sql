{#
    A predicate for models that are replaced as a whole: `true` when something they read has changed since they were built (or days are
    rebuilt), else `false`, and then the model is left alone.
#}
{% macro inputs_changed() -%}
    {%- if not is_incremental_run() or rebuilt_days() -%}
        {{ return('true') }}
    {%- endif -%}
    {%- set progress = model_progress() -%}
    {%- set node = graph.nodes[model.unique_id] -%}
    {%- for feed in feeds_of(node) -%}
        {%- if progress_of_inputs(node, feed, progress) > progress.get(node.name, {}).get(feed, 0) -%}
            {{ return('true') }}
        {%- endif -%}
    {%- endfor -%}
    {{ return('false') }}
{%- endmacro %}
