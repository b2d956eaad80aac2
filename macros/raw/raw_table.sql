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
    {%- set described = graph.sources.values() if var('raw_from') == 'source' else graph.nodes.values() -%}
    {%- set raw = described | selectattr('resource_type', 'in', ['seed', 'source']) | selectattr('name', 'equalto', name) | first -%}
    {%- set columns = {} -%}
    {%- for column in raw.columns.values() -%}
        {%- do columns.update({column.name | lower: column}) -%}
    {%- endfor -%}
    {{ return(columns) }}
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

{# A predicate: two rows, by their aliases, are of the same raw record. #}
{% macro is_same_arrival(one, other) -%}
    {%- for column in ['loaded_at', 'source_file', 'source_position'] -%}
        {{ one }}.{{ column }} = {{ other }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# A predicate: the record arrived before a day (UTC, as text); false where there is no such day. #}
{% macro arrived_before(day, loaded_at) -%}
    {{ loaded_at ~ " < timestamp '" ~ day ~ " 00:00:00'" if day else 'false' }}
{%- endmacro %}

{#
    The day of arrival (UTC) before which records may be gone from raw, as text: the later of var('raw_kept_from') and of what
    `make purge-raw` has recorded. None where raw is complete.
#}
{% macro raw_kept_from() -%}
    {%- set days = [var('raw_kept_from')] -%}
    {%- if execute and load_relation(raw_purges()) is not none -%}
        {%- do days.extend(run_query('select max(kept_from) from ' ~ raw_purges()).columns[0].values()) -%}
    {%- endif -%}
    {{ return(days | reject('none') | map('string') | max | default(none, true)) }}
{%- endmacro %}

{# What `make purge-raw` has done: one row per purge, with the day of arrival from which on raw is kept. It comes with the first purge. #}
{% macro raw_purges() -%}
    {{ return(api.Relation.create(
        database=target.database, schema=generate_schema_name('observability', none), identifier='raw_purges', type='table'
    )) }}
{%- endmacro %}

{#
    The number (INT64) of records that staging keeps and raw does not any more: of those that arrived before `kept_from`, which is
    what raw_kept_from() gives. Any other record that raw has lost is an error, and no test counts it. `stored` are relations of staging.
#}
{% macro purged_count(stored, raw, kept_from) -%}
    {%- if kept_from -%}
        {%- for relation in stored %}
        (
            select count(*)
            from {{ relation }} as stored_records
            where
                {{ arrived_before(kept_from, 'stored_records.loaded_at') }}
                and not exists (
                    select 1
                    from {{ raw }} as raw_records
                    where
                        {{ is_same_arrival('raw_records', 'stored_records') }}
                        and {{ arrived_before(kept_from, 'raw_records.loaded_at') }}
                )
        )
        {{- ' +' if not loop.last }}
        {%- endfor %}
    {%- else -%}
        cast(0 as int64)
    {%- endif -%}
{%- endmacro %}

{# Whether a value, as text, is a day of the calendar written like 2025-02-01. #}
{% macro is_day_text(value) -%}
    {%- set text = value | string -%}
    {%- if not modules.re.fullmatch('[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])', text) -%}
        {{ return(false) }}
    {%- endif -%}
    {#- So many days after the end of the month before, which must still be in the month: a day that does not exist has no date object. -#}
    {%- set first = modules.datetime.date(text[:4] | int, text[5:7] | int, 1) -%}
    {{ return((first + modules.datetime.timedelta(days=text[8:] | int - 1)) | string == text) }}
{%- endmacro %}
