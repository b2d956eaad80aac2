{# The pair of columns must be one of the pairs, each written as SQL (text with its own quotes). #}
{% test expect_column_pair_values_to_be_in_set(model, column_A, column_B, value_pairs_set, row_condition=None) %}
    {{- dbt_expectations.must_be_list("value_pairs_set", value_pairs_set) -}}
    {%- set matches = [] -%}
    {%- for pair in value_pairs_set -%}
        {%- if pair is string or pair | length != 2 -%}
            {{ exceptions.raise_compiler_error(
                "Each element of `value_pairs_set` must be a pair. Got: '" ~ pair ~ "'."
            ) }}
        {%- endif -%}
        {%- do matches.append("(" ~ column_A ~ " = " ~ pair[0] ~ " and " ~ column_B ~ " = " ~ pair[1] ~ ")") -%}
    {%- endfor -%}
    {{ dbt_expectations.rows_where_not(model, matches | join(" or "), row_condition=row_condition) }}
{% endtest %}
