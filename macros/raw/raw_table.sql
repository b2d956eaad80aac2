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

{# The columns that staging knows of a raw table: name (lower case) to what the yml of the sample or of the sources says of it. #}
{% macro declared_raw_columns(name) -%}
    {%- set known = known_in_this_run('declared raw columns') -%}
    {%- if name not in known -%}
        {%- set columns = {} -%}
        {%- set is_source = var('raw_from') == 'source' -%}
        {%- for unique_id in (graph.sources if is_source else graph.nodes) if unique_id.endswith(('.raw.' if is_source else '.') ~ name) -%}
            {%- for column in (node_of(unique_id).columns.values() if unique_id.startswith(('source.', 'seed.')) else []) -%}
                {%- do columns.update({column.name | lower: column}) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- do known.update({name: columns}) -%}
    {%- endif -%}
    {{ return(known[name]) }}
{%- endmacro %}

{# Of the columns that a raw table really has, those that are not declared, by name; but for malformed_line(). #}
{% macro undeclared_raw_columns(name, columns) -%}
    {%- set declared = declared_raw_columns(name) -%}
    {%- set undeclared = [] -%}
    {%- for column in columns | sort(attribute='name') if column.name | lower not in declared and column.name != 'malformed_line' -%}
        {%- do undeclared.append(column) -%}
    {%- endfor -%}
    {{ return(undeclared) }}
{%- endmacro %}

{# Whether a model is a `base_` table: its rows are what remains of raw records when raw is purged. #}
{% macro is_lasting_record(node) -%}
    {{ return(node.fqn[1] == 'staging' and node.config.materialized == 'incremental') }}
{%- endmacro %}

{# All of them. #}
{% macro lasting_records() -%}
    {%- set found = [] -%}
    {%- for unique_id in graph.nodes if unique_id.startswith('model.') and is_lasting_record(node_of(unique_id)) -%}
        {%- do found.append(node_of(unique_id)) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# A predicate: two rows, by their aliases, are of the same raw record. #}
{% macro is_same_arrival(one, other) -%}
    {%- for column in ['loaded_at', 'source_file', 'source_position'] -%}
        {{ one }}.{{ column }} = {{ other }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
