{#
    Of a table or of a common table expression, the rows from which the units of the scope are made; all rows when everything is built. A column that is
    named otherwise than in `unique_key`, or an expression, is given by name: `in_scope(ref('…'), session_date='event_date')`. One that the rows do not
    have is none, and is not compared.
#}
{% macro in_scope(rows) -%}
    {%- if is_incremental() -%}
        {%- set columns = {} -%}
        {%- for column in (config.get('unique_key') + kwargs.keys() | list) | unique if column != 'day' -%}
            {#- dbt 2 takes none in a mapping for nothing, where `get` has a default. -#}
            {%- set name = kwargs[column] if column in kwargs else column -%}
            {%- do columns.update({column: 'scoped_rows.' ~ name if name and modules.re.fullmatch('[a-z_]+', name) else name}) -%}
        {%- endfor -%}
        (select * from {{ rows }} as scoped_rows where {{ is_in_scope(**dict(kwargs, **columns)) }})
    {%- else -%}
        {{ rows }}
    {%- endif -%}
{%- endmacro %}

{# The same as a predicate. `day` is the column of the scope that holds the date by which the rows are divided, where it is not the model's own. #}
{% macro is_in_scope(day=none) -%}
    {%- if is_incremental() -%}
        {%- set columns = {} -%}
        {%- for column in (config.get('unique_key') + kwargs.keys() | list) | unique if column not in kwargs or kwargs[column] -%}
            {%- do columns.update({column: kwargs[column] or column}) -%}
        {%- endfor -%}
        {%- set day = day or config.get('meta', {}).get('day') -%}
        {% if day in columns %}{{ columns[day] }} in ({{ scope_days(day) }}) and {% endif -%}
        {{ is_among(scope_table(), columns) }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
