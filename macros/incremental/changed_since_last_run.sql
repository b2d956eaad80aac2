{#
    A predicate on a change feed: the rows that were written since the models that rely on this one last worked. `day` is the feed's
    date (a column or an expression): when days are rebuilt (`--event-time-start`, `--event-time-end`), what is on them counts
    instead; a feed without a date has nothing on a day. `rows` is the feed's alias in a query of several tables.
#}
{% macro changed_since_last_run(feed, day=none, rows=none) -%}
    {%- if not execute -%}
        true
    {%- elif rebuilt_days() -%}
        {{ day ~ ' in (' ~ date_literals(rebuilt_days()) ~ ')' if day else 'false' }}
    {%- else -%}
        {%- set progress = model_progress() -%}
        {%- set node = graph.nodes[model.unique_id] -%}
        {%- set number = rows ~ '.change_number' if rows else 'change_number' -%}
        {%- set numbers = [] -%}
        {%- for relying in ([node] if node.config.materialized == 'incremental' else models_relying_on(node)) -%}
            {%- if not flags.FULL_REFRESH and load_relation(relation_of(relying)) is not none -%}
                {%- do numbers.append(progress.get(relying.name, {}).get(feed, 0)) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if numbers -%}
            {{ number }} > {{ numbers | min }} and {{ number }} <= {{ progress_of_inputs(node, feed, progress) }}
        {%- else -%}
            {# Nothing relies on it yet: what is built for the first time is built in full. #}
            false
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro relation_of(node) -%}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) }}
{%- endmacro %}
