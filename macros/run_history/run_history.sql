{#
    The history of runs: hooks write what each run did into the tables of the source `run_history`, whose columns are declared in
    models/observability/history/_run_history__sources.yml. docs/run_history.md has what is kept and who reads it.

    A build that would have succeeded never fails because of it: tables that are not as declared are named, and the run goes on without a record.
#}

{# The last on-run-start hook: a run that is refused by another has written nothing. #}
{% macro begin_run_history() -%}
    {%- if execute and is_run_with_history() -%}
        {%- set problems = problems_of_history() -%}
        {%- do known_in_this_run('run history').update({'is_written': not problems}) -%}
        {%- if problems -%}
            {%- do print(
                'Run history: this run is not recorded, for ' ~ problems | join('; ') ~ '. Rename what is there, and the next run makes a new table.'
            ) -%}
        {%- else -%}
            {%- set events = [run_event('begun', run_started_at)] -%}
            {#- Runs that `make build` could not bring so far, each event as a mapping by column. -#}
            {%- for event in fromjson(env_var('WAREHOUSE_UNRECORDED_RUNS', '[]')) -%}
                {%- do events.append(row_of_event(event)) -%}
            {%- endfor -%}
            {%- do write_history([insert_into_history('run_events', events)] + deletes_of_expired_history()) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# The last on-run-end hook. That the run has ended is written last: what has ended is recorded as a whole. #}
{% macro end_run_history() -%}
    {%- if execute and is_run_with_history() and known_in_this_run('run history').is_written -%}
        {%- set failed = results | selectattr('status', 'in', ['error', 'fail', 'runtime error', 'partial success']) | list -%}
        {%- set message = failed[0].node.name ~ ': ' ~ failed[0].message if failed else none -%}
        {%- set ended = run_event('ended', modules.datetime.datetime.now(modules.pytz.utc), 'failed' if failed else 'succeeded', message) -%}
        {%- set statements = inserts_of_node_results() -%}
        {%- if not reads_only_a_part() -%}
            {%- do statements.extend(inserts_of_row_counts()) -%}
        {%- endif -%}
        {%- do write_history(statements + [insert_into_history('run_events', [ended])]) -%}
    {%- endif -%}
{%- endmacro %}

{# Whether this command builds or tests, and has a place to write to. #}
{% macro is_run_with_history() -%}
    {{ return(flags.WHICH in ['build', 'run', 'seed', 'snapshot', 'test']) }}
{%- endmacro %}

{# The tables of the history as they are declared, by name. #}
{% macro declared_history() -%}
    {%- set known = known_in_this_run('run history') -%}
    {%- if not known.tables -%}
        {%- set tables = {} -%}
        {%- for source in graph.sources.values() if source.source_name == 'run_history' -%}
            {%- do tables.update({source.name: source}) -%}
        {%- endfor -%}
        {%- do known.update({'tables': tables}) -%}
    {%- endif -%}
    {{ return(known.tables) }}
{%- endmacro %}

{% macro history_table(name) -%}
    {%- set declared = declared_history()[name] -%}
    {{ return(api.Relation.create(database=declared.database, schema=declared.schema, identifier=declared.identifier, type='table')) }}
{%- endmacro %}

{# Makes the tables that are not there yet; what is wrong with those that are, as a list of half sentences. #}
{% macro problems_of_history() -%}
    {%- set problems = [] -%}
    {%- for name, declared in declared_history().items() -%}
        {%- set table = history_table(name) -%}
        {%- set existing = load_relation(table) -%}
        {%- if existing is none -%}
            {%- do adapter.create_schema(table.without_identifier()) -%}
            {%- do adapter.commit() -%}
            {%- do run_query(create_history_table(table, declared.columns)) -%}
            {%- do adapter.commit() -%}
        {%- elif existing.type != 'table' -%}
            {%- do problems.append(table.schema ~ '.' ~ table.identifier ~ ' is a ' ~ existing.type) -%}
        {%- else -%}
            {%- do problems.extend(problems_of_history_columns(existing, declared.columns)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(problems) }}
{%- endmacro %}

{% macro create_history_table(table, columns) -%}
    create table if not exists {{ table }} (
        {%- for name, column in columns.items() %}
        {{ name }} {{ column.data_type }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) {{ on_engine(duckdb='', bigquery='partition by run_date') }}
{%- endmacro %}

{% macro problems_of_history_columns(table, columns) -%}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(table) -%}
        {%- do types.update({column.name | lower: raw_column_type(column) | lower | replace('boolean', 'bool')}) -%}
    {%- endfor -%}
    {%- set problems = [] -%}
    {%- for name, column in columns.items() if types.get(name) != column.data_type -%}
        {%- do problems.append(
            table.schema ~ '.' ~ table.identifier ~ (' has no column ' ~ name if name not in types else '.' ~ name ~ ' is ' ~ types[name])
        ) -%}
    {%- endfor -%}
    {{ return(problems) }}
{%- endmacro %}

{# Rows of runs that are older than var('run_history_days'). One query finds out whether there are any. #}
{% macro deletes_of_expired_history() -%}
    {%- set statements = [] -%}
    {%- if var('run_history_days') is not none -%}
        {%- set kept_from = (run_started_at - modules.datetime.timedelta(days=var('run_history_days'))).strftime('%Y-%m-%d') -%}
        {%- set oldest = run_query('select min(run_date) as oldest from ' ~ history_table('run_events')).columns[0].values()[0] -%}
        {%- for name in declared_history() if oldest is not none and oldest | string < kept_from -%}
            {%- do statements.append('delete from ' ~ history_table(name) ~ " where run_date < date '" ~ kept_from ~ "';") -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(statements) }}
{%- endmacro %}

{# An event of this run as a row. #}
{% macro run_event(event, at, outcome=none, message=none) -%}
    {%- set given = invocation_args_dict -%}
    {%- set selection = [] -%}
    {%- for option in ['select', 'exclude', 'selector'] if given.get(option) -%}
        {%- do selection.append('--' ~ option ~ ' ' ~ (given[option] if given[option] is string else given[option] | join(' '))) -%}
    {%- endfor -%}
    {%- set try = env_var('WAREHOUSE_TRY_NUMBER', env_var('AIRFLOW_CTX_TRY_NUMBER', '')) -%}
    {{ return(row_of_event({
        'run_id': invocation_id, 'event': event, 'event_at': at.strftime('%Y-%m-%d %H:%M:%S.%f'), 'command': flags.WHICH,
        'selection': selection | join(' ') or none, 'is_full_refresh': flags.FULL_REFRESH, 'target_name': target.name, 'dbt_version': dbt_version,
        'project_commit': env_var('WAREHOUSE_COMMIT', '') or env_var('GITHUB_SHA', '') or env_var('CI_COMMIT_SHA', '') or none,
        'variables_checksum': local_md5(tojson(without_dates(given.vars or {}), sort_keys=true)),
        'scheduled_try': try | int if modules.re.fullmatch('[1-9][0-9]{0,5}', try) else none, 'outcome': outcome, 'message': message
    }, run_started_at.strftime('%Y-%m-%d'))) }}
{%- endmacro %}

{# A mapping by column as a row of `run_events`, in the order of the declared columns. The date of a run is the day on which it began. #}
{% macro row_of_event(event, run_date=none) -%}
    {%- set values = [] -%}
    {%- for name, column in declared_history().run_events.columns.items() -%}
        {%- set value = event.get(name) if name != 'run_date' else run_date or event.run_date -%}
        {%- if value is none -%}
            {%- do values.append('null') -%}
        {%- elif column.data_type in ('int64', 'bool') -%}
            {%- do values.append(value | string | lower) -%}
        {%- else -%}
            {%- do values.append((column.data_type if column.data_type != 'string' else '') ~ text_in_history(value)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return('(' ~ values | join(', ') ~ ')') }}
{%- endmacro %}

{# A text as a literal on one line of at most 500 characters. #}
{% macro text_in_history(text) -%}
    {%- set line = modules.re.sub('[\\x00-\\x20\\x7f]+', ' ', text | string)[:500] -%}
    {{ return(on_engine(
        duckdb="'" ~ line | replace("'", "''") ~ "'",
        bigquery="'" ~ line | replace('\\', '\\\\') | replace("'", "\\'") ~ "'"
    )) }}
{%- endmacro %}

{% macro insert_into_history(name, rows) -%}
    {{ return(insert_query_into_history(name, 'values\n' ~ rows | join(',\n'))) }}
{%- endmacro %}

{# Pieces of 500 rows: BigQuery takes statements of up to a megabyte. #}
{% macro inserts_of_node_results() -%}
    {%- set of_run = "('" ~ invocation_id ~ "', date '" ~ run_started_at.strftime('%Y-%m-%d') ~ "', '" -%}
    {%- set rows = [] -%}
    {%- for result in results if result.node.resource_type in ['model', 'seed', 'snapshot', 'test', 'unit_test'] -%}
        {%- set node = result.node -%}
        {%- do rows.append(
            of_run ~ node.unique_id ~ "', '" ~ node.name ~ "', '" ~ node.resource_type ~ "', "
            ~ ("'" ~ node.fqn[1] ~ "'" if node.fqn | length > 2 else 'null') ~ ", '" ~ result.status ~ "', " ~ (1000 * result.execution_time) | int ~ ', ' ~ (text_in_history(result.message) if result.message else 'null') ~ ', '
            ~ (result.failures if result.failures is not none else 'null') ~ ')'
        ) -%}
    {%- endfor -%}
    {%- set statements = [] -%}
    {%- for piece in rows | batch(500) -%}
        {%- do statements.append(insert_into_history('node_results', piece)) -%}
    {%- endfor -%}
    {{ return(statements) }}
{%- endmacro %}

{# Rows of the marts that this run has built, and where the records of each source went if it has built `layer_row_counts`: a statement for each. #}
{% macro inserts_of_row_counts() -%}
    {%- set of_run = "'" ~ invocation_id ~ "' as run_id, date '" ~ run_started_at.strftime('%Y-%m-%d') ~ "' as run_date, " -%}
    {%- set statements, marts = [], [] -%}
    {%- set newest = ["select cast(null as string) as source_table, cast(null as timestamp) as newest_loaded_at"] -%}
    {%- set built = results | selectattr('node.resource_type', 'equalto', 'model') | selectattr('status', 'equalto', 'success') | map(attribute='node') | list -%}
    {%- for node in built if node.fqn[1] == 'marts' and (node.config.materialized != 'view' or is_readable(node.unique_id)) -%}
        {%- do marts.append('select ' ~ of_run ~ "'" ~ node.name ~ "' as mart_name, count(*) as row_count from " ~ node.relation_name) -%}
    {%- endfor -%}
    {%- if marts -%}
        {%- do statements.append(insert_query_into_history('mart_rows', marts | join('\nunion all\n'))) -%}
    {%- endif -%}
    {%- for node in built if is_lasting_record(node) -%}
        {%- for read in node.depends_on.nodes if read.startswith(('seed.', 'source.')) -%}
            {%- do newest.append("select '" ~ read.split('.')[-1] ~ "', max(loaded_at) from " ~ node.relation_name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for node in built if node.name == 'layer_row_counts' and is_readable(node.unique_id) -%}
        {%- set query -%}
            select
                {{ of_run }} counts.source_table, counts.layer, counts.outcome, counts.reason, counts.row_count,
                case when counts.outcome = 'arrived' then newest.newest_loaded_at end as newest_loaded_at
            from {{ node.relation_name }} as counts
            left join (
                {{ newest | join('\nunion all\n') }}
            ) as newest
                on counts.source_table = newest.source_table
            where counts.layer in ('raw', 'staging')
        {%- endset -%}
        {%- do statements.append(insert_query_into_history('source_rows', query)) -%}
    {%- endfor -%}
    {{ return(statements) }}
{%- endmacro %}

{# Whether all that a relation reads, views looked through, is there. A view that was left alone may show something that is not. #}
{% macro is_readable(unique_id) -%}
    {%- set known = known_in_this_run('readable') -%}
    {%- if unique_id not in known -%}
        {%- set node = graph.nodes.get(unique_id) or graph.sources[unique_id] -%}
        {%- set found = namespace(readable=load_relation(api.Relation.create(
            database=node.database, schema=node.schema, identifier=node.alias or node.identifier
        )) is not none) -%}
        {%- for read in (node.depends_on.nodes if node.config.materialized == 'view' else []) if found.readable -%}
            {%- set found.readable = is_readable(read) -%}
        {%- endfor -%}
        {%- do known.update({unique_id: found.readable}) -%}
    {%- endif -%}
    {{ return(known[unique_id]) }}
{%- endmacro %}

{% macro insert_query_into_history(name, query) -%}
    {{ return('insert into ' ~ history_table(name) ~ ' (' ~ declared_history()[name].columns | join(', ') ~ ')\n' ~ query ~ ';') }}
{%- endmacro %}

{#
    Writes all of it or nothing. On BigQuery a script goes on after an error, such as a missing permission. DuckDB has no such thing, so tables, columns and
    what views read have been looked at before.
#}
{% macro write_history(statements) -%}
    {%- set step = 'begin transaction;\n' ~ statements | join('\n') ~ '\ncommit transaction;' -%}
    {%- do adapter.commit() -%}
    {%- set said = run_query(on_engine(
        duckdb=step,
        bigquery='begin\n' ~ step ~ '\nexception when error then\nrollback transaction;\nselect true as is_not_written;\nend;'
    )) -%}
    {%- if said is not none and 'is_not_written' in said.column_names and said.rows | length -%}
        {%- do print('Run history: this run is not recorded as a whole; the list of jobs of BigQuery says what went wrong.') -%}
    {%- endif -%}
{%- endmacro %}
