{# A materialization on DuckDB: makes a table or a view with its descriptions in one statement, between its hooks. #}
{% macro made_in_one_statement(type, create) -%}
    {%- set relation = this.incorporate(type=type) -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') -%}
        {%- if existing is not none and (existing.type != type or type == 'table') %}
        drop {{ existing.type }} {{ existing }};
        {%- endif %}
        {{ create }}
        {{ descriptions_of(relation) }}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [relation]}) }}
{%- endmacro %}

{# A view shows all rows also where `--empty` reads none: it is for later runs too. #}
{% macro whole_sql() -%}
    {%- set whole = namespace(sql=sql) -%}
    {%- for relation in relations_read() if flags.WHICH != 'clone' -%}
        {%- set whole.sql = whole.sql | replace(relation | string, relation.render()) -%}
    {%- endfor -%}
    {{ return(whole.sql) }}
{%- endmacro %}
