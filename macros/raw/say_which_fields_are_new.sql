{#
    A hook after records of a raw table are read: names the fields of log lines or of JSON that no model knows and that no run has named before. `column`
    keeps them as `field=value|…`, so what a value has between `|` and `=` is taken for a name too; it may also hold fields that are `known`, where one is there
    twice. Only rows of this run are looked at. What has been named is in `model_state`, as checksums, since names are raw text; no more than `most` are, since
    data can leak into names.
#}
{% macro say_which_fields_are_new(raw_table_name, column='extra_columns', known=[], most=100) -%}
    {%- set record = this.incorporate(path={'identifier': model.name ~ '__fields'}) -%}
    {%- set named = ((progress_of(record) if execute) or {}).get('named', []) -%}
    {%- if execute and plan().mode != 'nothing' and named | length < most -%}
        {%- set seen, new = ['none'] + named, [] -%}
        {%- for name in known + undeclared_raw_columns(raw_table_name, columns_in_raw(raw_table_name)) | map(attribute='name') | list -%}
            {%- do seen.append(local_md5(name ~ '=')) -%}
        {%- endfor -%}
        {%- set query -%}
            select distinct field_name
            from (
                {#- The sign at the end keeps dbt from taking a name for a number or a date. -#}
                select substr(field, 1, least(strpos(field, '=') - 1, 100)) || '=' as field_name
                from (
                    {{ on_engine(
                        duckdb='select unnest(string_split(' ~ column ~ ", '|')) as field from " ~ this,
                        bigquery='select field from ' ~ this ~ ', unnest(split(' ~ column ~ ", '|')) as field"
                    ) }}
                    where change_number = {{ change_number() }} and {{ column }} is not null
                ) as fields
                where strpos(field, '=') > 1
            ) as names
            where {{ dbt.hash('field_name') }} not in ('{{ seen | join("', '") }}')
            order by field_name
            limit {{ most - named | length }}
        {%- endset -%}
        {%- for (name,) in run_query(query).rows -%}
            {%- do new.append(name[:-1]) -%}
            {%- do named.append(local_md5(name)) -%}
        {%- endfor -%}
        {%- if new -%}
            {%- do print(raw_table_name ~ ': new fields are carried along in ' ~ column ~ ': ' ~ printable(new | join(', '))) -%}
            {{ progress_record(record, {'named': named}) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
