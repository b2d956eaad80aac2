{#
    A raw table: the committed seed of that name, or, with var('raw_from') = 'source', the table that ingestion or
    `make build RAW=…` provides. One place decides, so lineage shows what is really read.
#}
{% macro raw_table(name) -%}
    {%- if setting('raw_from') == 'seeds' -%}
        {{ return(ref(name)) }}
    {%- elif setting('raw_from') == 'source' -%}
        {%- do setting('raw_schema') -%}
        {{ return(source('raw', name)) }}
    {%- else -%}
        {{ exceptions.raise_compiler_error("The variable raw_from must be 'seeds' or 'source', not '" ~ setting('raw_from') ~ "'.") }}
    {%- endif -%}
{%- endmacro %}
