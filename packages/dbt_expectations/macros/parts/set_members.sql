{# The members of a set as SQL: text by default, as written (numbers, expressions) without `quote_values`. #}
{% macro set_members(value_set, quote_values) %}
    {{- dbt_expectations.must_be_list("value_set", value_set) -}}
    {%- set members = [] -%}
    {%- for value in value_set -%}
        {%- do members.append("cast('" ~ value ~ "' as " ~ dbt.type_string() ~ ")" if quote_values else value) -%}
    {%- endfor -%}
    {{- return(members) -}}
{% endmacro %}
