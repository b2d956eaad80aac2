{# The tables a model reads, by name: its parents, with views looked through. #}
{% macro tables_read_by(node) -%}
    {%- set tables = [] -%}
    {%- for unique_id in node.depends_on.nodes -%}
        {%- set parent = graph.nodes.get(unique_id) -%}
        {%- if parent is not none and parent.resource_type == 'model' -%}
            {%- if parent.config.materialized == 'view' -%}
                {%- do tables.extend(tables_read_by(parent)) -%}
            {%- else -%}
                {%- do tables.append(parent) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(tables) }}
{%- endmacro %}

{#
    The incremental models that rely on a list of what is touched: its children, with views and further such lists looked through.
#}
{% macro models_relying_on(node) -%}
    {%- set models = [] -%}
    {%- for child in graph.nodes.values()
        if child.resource_type == 'model' and node.unique_id in child.depends_on.nodes -%}
        {%- if child.config.materialized == 'incremental' -%}
            {%- do models.append(child) -%}
        {%- else -%}
            {%- do models.extend(models_relying_on(child)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(models) }}
{%- endmacro %}

{# The change feeds a model's rows come from, by name: upwards until the first feed on each way. #}
{% macro feeds_of(node) -%}
    {%- set feeds = [] -%}
    {%- for parent in tables_read_by(node) -%}
        {%- for feed in ([parent.name] if parent.config.meta.is_change_feed else feeds_of(parent)) if feed not in feeds -%}
            {%- do feeds.append(feed) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(feeds) }}
{%- endmacro %}

{# Up to which change number of a feed the tables that a model reads have worked, all of them. #}
{% macro progress_of_inputs(node, feed, progress) -%}
    {%- set numbers = [] -%}
    {%- for parent in tables_read_by(node) if parent.name == feed or feed in feeds_of(parent) -%}
        {%- if parent.name == feed or not parent.config.meta.is_change_feed -%}
            {%- do numbers.append(progress.get(parent.name, {}).get(feed, 0)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(numbers | min if numbers else 0) }}
{%- endmacro %}
