{# After a comparison: notes what was compared, so that nothing else is swapped. #}
{% macro note_comparison(model, present_fingerprint, rebuilt_fingerprint) -%}
    {%- do run_in_one_step(note_table_aside(table_aside(model, 'rebuilt'), present_fingerprint, rebuilt_fingerprint)) -%}
{%- endmacro %}
