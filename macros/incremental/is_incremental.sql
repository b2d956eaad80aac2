{# dbt's own, but `dbt show` shows what a model says in full: the rows that the next run would write are mostly none. #}
{% macro is_incremental() -%}
    {{ return(flags.WHICH != 'show' and dbt.is_incremental()) }}
{%- endmacro %}
