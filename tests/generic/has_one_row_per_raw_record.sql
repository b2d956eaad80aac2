{#
    The model has as many rows as the raw table that var('raw_from') selects; a `ref` in a yml file could not follow that choice. What was
    purged from raw is counted with it.
#}
{% test has_one_row_per_raw_record(model, raw_table_name) %}
    {%- set raw = raw_table(raw_table_name) %}
    with
    counts as (

        select
            (select count(*) from {{ raw }}) as raw_count,
            {{ purged_count([model], raw, raw_kept_from()) }} as purged_count,
            (select count(*) from {{ model }}) as row_count

    )

    select
        raw_count,
        purged_count,
        row_count
    from counts
    where raw_count + purged_count <> row_count
{% endtest %}
