{# What there is stays. Where only descriptions have changed, these are written. #}
{% macro left_alone() -%}
    {%- set existing = load_relation(this) -%}
    {%- set before = progress_of(this) or {} -%}
    {%- call noop_statement('main', 'NOTHING NEW') -%}{%- endcall -%}
    {%- if before.docs and before.docs != checksum_of_descriptions() -%}
        {%- do persist_docs(existing, model) -%}
        {%- do run_query(progress_record(this, dict(before, docs=checksum_of_descriptions()))) -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
    {{ return({'relations': [existing]}) }}
{%- endmacro %}

{# `--empty` and `--sample` make what is not there yet, and change nothing that is. #}
{% macro is_kept_in_a_dry_run() -%}
    {{ return(reads_only_a_part() and load_relation(this) is not none) }}
{%- endmacro %}

{% macro is_view_as_recorded() -%}
    {%- set existing = load_relation(this) -%}
    {%- set before = progress_of(this) or {} -%}
    {%- set now = state_of_view() -%}
    {{ return(
        flags.WHICH != 'clone' and not flags.FULL_REFRESH and existing is not none and existing.is_view
        and before.sql == now.sql and before.places == now.places
    ) }}
{%- endmacro %}
