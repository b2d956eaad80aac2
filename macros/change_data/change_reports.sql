{# What a build says of the changes of shipments that it has read. #}

{#
    A hook after the minutes of logs are written: says for each log that this run found to have begun anew that it did, and since when. A run that finds
    nothing new says nothing.
#}
{% macro say_which_logs_began_anew() -%}
    {%- if execute and plan().mode != 'nothing' -%}
        {%- set query -%}
            select log_name, restarted_after_at from {{ this }}
            where change_date >= date '0001-01-01' and restarted_after_at is not null and change_number = {{ change_number() }}
            order by restarted_after_at
        {%- endset -%}
        {%- for log_name, restarted_after_at in run_query(query).rows -%}
            {%- do print(
                "The log '" ~ printable(log_name) ~ "' of shipment_changes began anew after " ~ (restarted_after_at | string)[:19]
                ~ ': later changes count as newer, whatever their positions (observability.change_log_epochs).'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#
    A hook after changes are read: names the columns that changes of this run do not have, and none had lacked before. They keep their values, and may
    have other names upstream. Only where this run read such changes are earlier ones looked at.
#}
{% macro say_which_columns_are_gone() -%}
    {%- if execute and plan().mode != 'nothing' -%}
        {%- set of_accepted = ' from ' ~ this ~ " where change_date >= date '0001-01-01' and rejection_reason is null and change_number " -%}
        {%- set counts, gone = {}, [] -%}
        {%- for absent, count in run_query(
            'select absent_columns, count(*)' ~ of_accepted ~ '= ' ~ change_number() ~ " and absent_columns like '%=absent%' group by absent_columns"
        ).rows -%}
            {%- for column in modules.re.findall('[|]([a-z_]+)=absent', absent) -%}
                {%- do counts.update({column: counts.get(column, 0) + count}) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- for column, count in counts.items() | sort -%}
            {%- set lacks = " and absent_columns like '%|" ~ column ~ "=absent%' limit 1" -%}
            {%- if not run_query('select 1' ~ of_accepted ~ '< ' ~ change_number() ~ lacks).rows -%}
                {%- do gone.append(column ~ ' (' ~ count ~ ')') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if gone -%}
            {%- do print('New shipment_changes have no field ' ~ gone | join(', ') ~ ': a shipment keeps what it had. Was a column renamed upstream?') -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
