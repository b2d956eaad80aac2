{#
    Stops an incremental run that would mix rows built with different variables, or of a warehouse from before incremental models. Where raw
    has been purged, a full refresh keeps `base_` tables, so it is stopped too when they were built with others, or one is gone.
#}
{% macro check_variables_of_record() -%}
    {%- if execute and flags.WHICH in ['build', 'run'] and var('build_aside', none) is none -%}
        {%- set kept_from = raw_kept_from() -%}
        {%- if kept_from or not flags.FULL_REFRESH -%}
            {%- do check_recorded_variables(recorded_variables(), kept_from) -%}
        {%- endif -%}
        {%- if kept_from and flags.FULL_REFRESH -%}
            {%- do print('Raw from before ' ~ kept_from ~ ' may be gone: base_ tables keep their rows, and all else is built again from them.') -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# The variables that each model was built with last, as rows of model and text. #}
{% macro recorded_variables() -%}
    {%- set ledger = model_progress_relation() -%}
    {%- if load_relation(ledger) is none -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(run_query(
        "select model_name, max(variables) from " ~ ledger ~ " as progress where recorded_at = ("
        ~ "select max(recorded_at) from " ~ ledger ~ " as newer where newer.model_name = progress.model_name)"
        ~ " group by model_name"
    ).rows) }}
{%- endmacro %}

{% macro check_recorded_variables(recorded, kept_from) -%}
    {%- set in_full = 'build it again in full (`make build FULL_REFRESH=yes`, or `dbt build --full-refresh`), or use another warehouse.' -%}
    {%- set no_way_back = 'raw from before ' ~ kept_from ~ ' may be gone, so base_ tables cannot be built again: ' -%}
    {%- set models = {} -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'incremental' -%}
        {%- do models.update({node.name: node}) -%}
    {%- endfor -%}
    {%- for name, built_with in recorded if name in models -%}
        {%- set is_kept = kept_from and is_lasting_record(models[name]) -%}
        {%- if load_relation(relation_of(models[name])) -%}
            {%- set changed = changed_variables(built_with, is_lasting_record(models[name])) -%}
            {%- if changed and kept_from and changed_variables(built_with, true) -%}
                {%- do exceptions.raise_compiler_error(
                    'This warehouse was built with ' ~ changed | join(', ') ~ ', which is different now, and ' ~ no_way_back
                    ~ 'give what it was built with, or use another warehouse.'
                ) -%}
            {%- elif changed and not flags.FULL_REFRESH -%}
                {%- do exceptions.raise_compiler_error(
                    'This warehouse was built with ' ~ changed | join(', ') ~ ', which is different now: ' ~ in_full
                ) -%}
            {%- endif -%}
        {%- elif is_kept -%}
            {%- do exceptions.raise_compiler_error(
                'The table of ' ~ name ~ ' is not there any more, and ' ~ no_way_back ~ 'bring it back, or use another warehouse.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for node in models.values() if not recorded and load_relation(relation_of(node)) is not none -%}
        {%- do exceptions.raise_compiler_error(
            'This warehouse has ' ~ node.name ~ ' but no record of how far it has come: '
            ~ (no_way_back ~ 'use another warehouse.' if kept_from else in_full)
        ) -%}
    {%- endfor -%}
{%- endmacro %}

{# The settings that a model was built with and that are different now; `of_staging`: only those that base_ tables depend on. #}
{% macro changed_variables(built_with, of_staging) -%}
    {%- set variables = variables_of_record().split(' ') -%}
    {%- set changed = [] -%}
    {%- for setting in built_with.split(' ') if setting not in variables -%}
        {%- if not of_staging or setting.split('=')[0] in staging_variables() -%}
            {%- do changed.append(setting) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(changed) }}
{%- endmacro %}
