{# The tables a model reads, by name: its parents, with views looked through. #}
{% macro tables_read_by(node) -%}
    {%- set known = known_in_this_run('tables read by a model') -%}
    {%- if node.unique_id not in known -%}
        {%- set tables = [] -%}
        {%- for unique_id in node.depends_on.nodes if unique_id.startswith('model.') -%}
            {%- set parent = graph.nodes[unique_id] -%}
            {%- if parent.config.materialized == 'view' -%}
                {%- do tables.extend(tables_read_by(parent)) -%}
            {%- else -%}
                {%- do tables.append(parent) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do known.update({node.unique_id: tables}) -%}
    {%- endif -%}
    {{ return(known[node.unique_id]) }}
{%- endmacro %}

{#
    The incremental models that rely on a list of what is touched: its children, with views and further such lists looked through.
#}
{% macro models_relying_on(node) -%}
    {%- set models = [] -%}
    {%- for child in children_of_models().get(node.unique_id, []) -%}
        {%- if child.config.materialized == 'incremental' -%}
            {%- do models.append(child) -%}
        {%- else -%}
            {%- do models.extend(models_relying_on(child)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(models) }}
{%- endmacro %}

{# The models that read each model directly: {unique_id: [node, …]}. #}
{% macro children_of_models() -%}
    {%- set children = known_in_this_run('children of models') -%}
    {%- if not children -%}
        {%- for unique_id in graph.nodes if unique_id.startswith('model.') -%}
            {%- set child = graph.nodes[unique_id] -%}
            {%- for parent_id in child.depends_on.nodes -%}
                {%- do children.setdefault(parent_id, []).append(child) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(children) }}
{%- endmacro %}

{# The change feeds a model's rows come from, by name: upwards until the first feed on each way. #}
{% macro feeds_of(node) -%}
    {%- set known = known_in_this_run('feeds of a model') -%}
    {%- if node.unique_id not in known -%}
        {%- set feeds = [] -%}
        {%- for parent in tables_read_by(node) -%}
            {%- do feeds.extend([parent.name] if parent.config.meta.is_change_feed else feeds_of(parent)) -%}
        {%- endfor -%}
        {%- do known.update({node.unique_id: feeds | unique | list}) -%}
    {%- endif -%}
    {{ return(known[node.unique_id]) }}
{%- endmacro %}

{# Up to which change number of a feed the tables that a model reads have worked, all of them. #}
{% macro progress_of_inputs(node, feed, progress) -%}
    {%- set numbers = [] -%}
    {%- for parent in tables_read_by(node) -%}
        {%- if parent.name == feed or (not parent.config.meta.is_change_feed and feed in feeds_of(parent)) -%}
            {%- do numbers.append(progress.get(parent.name, {}).get(feed, 0)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(numbers | min if numbers else 0) }}
{%- endmacro %}
