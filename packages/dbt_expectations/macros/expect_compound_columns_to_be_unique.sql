{# The columns together must be unique; one failing row for each combination that repeats. #}
{% test expect_compound_columns_to_be_unique(model, column_list, quote_columns=False,
                                             ignore_row_if="all_values_are_missing", row_condition=None) %}
    {{- dbt_expectations.must_be_list("column_list", column_list) -}}
    {%- set joiners = {"all_values_are_missing": " and ", "any_value_is_missing": " or "} -%}
    {%- if ignore_row_if not in joiners -%}
        {{ exceptions.raise_compiler_error(
            "`ignore_row_if` must be one of " ~ joiners | join(", ") ~ ". Got: '" ~ ignore_row_if ~ "'."
        ) }}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for column in column_list -%}
        {%- do columns.append(adapter.quote(column) if quote_columns else column) -%}
    {%- endfor %}
select {{ columns | join(", ") }}, count(*) as n_records
from {{ model }}
where {% if row_condition %}{{ row_condition }} and {% endif -%}
    not ({{ columns | join(" is null" ~ joiners[ignore_row_if]) }} is null)
group by {{ columns | join(", ") }}
having count(*) > 1
{% endtest %}
