{#
    A predicate on a change feed: the rows that were written since the models that rely on this one last worked. `day` is the feed's
    date (a column or an expression): when days are rebuilt (`--event-time-start`, `--event-time-end`), what is on them counts
    instead. A feed without a date has nothing on a day.
#}
{% macro changed_since_last_run(feed, day=none) -%}
    {%- if not execute -%}
        true
    {%- elif rebuilt_days() -%}
        {{ day ~ ' in (' ~ date_literals(rebuilt_days()) ~ ')' if day else 'false' }}
    {%- else -%}
        {%- set progress = model_progress() -%}
        {%- set node = graph.nodes[model.unique_id] -%}
        {%- set numbers = [] -%}
        {%- for relying in ([node] if node.config.materialized == 'incremental' else models_relying_on(node)) -%}
            {%- if not flags.FULL_REFRESH and load_relation(relation_of(relying)) is not none -%}
                {%- do numbers.append(progress.get(relying.name, {}).get(feed, 0)) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if numbers -%}
            change_number > {{ numbers | min }} and change_number <= {{ progress_of_inputs(node, feed, progress) }}
        {%- else -%}
            {# Nothing relies on it yet: what is built for the first time is built in full. #}
            false
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro relation_of(node) -%}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) }}
{%- endmacro %}
