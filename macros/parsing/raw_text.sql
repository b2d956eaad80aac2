{# Raw text: blanks, forms, casts that give null, and the words for flags and currencies. #}

{# Text without spaces around it; nothing but spaces is null. Plain `trim` takes away other characters too, on each engine others. #}
{% macro text_or_null(column) -%}
    {%- set text = 'cast(' ~ column ~ ' as string)' -%}
    {%- set trimmed = 'nullif(trim(' ~ text ~ ", ' '), '')" -%}
    {#- Most texts have no spaces around them, and DuckDB tells that three times faster than it trims. -#}
    {{ on_engine(
        duckdb='case when starts_with(' ~ text ~ ", ' ') or ends_with(" ~ text ~ ", ' ') then " ~ trimmed ~ ' else nullif(' ~ text ~ ", '') end",
        bigquery=trimmed
    ) }}
{%- endmacro %}

{# A cast that gives null where the text does not have the type. #}
{% macro cast_or_null(text, type) -%}
    {{ on_engine(duckdb='try_cast', bigquery='safe_cast') }}({{ text }} as {{ type }})
{%- endmacro %}

{# Whether the whole text has the form that a regular expression gives: on DuckDB several times cheaper than trimming characters. #}
{% macro has_form(text, form) -%}
    {{ on_engine(
        duckdb='regexp_full_match(' ~ text ~ ", '" ~ form ~ "')",
        bigquery='regexp_contains(' ~ text ~ ", r'^(?:" ~ form ~ ")$')"
    ) }}
{%- endmacro %}

{# The part of a text that the group of a regular expression matches; null where there is none. #}
{% macro part_of_form(text, form) -%}
    {{ on_engine(
        duckdb='nullif(regexp_extract(' ~ text ~ ", '" ~ form ~ "', 1), '')",
        bigquery='regexp_extract(' ~ text ~ ", r'" ~ form ~ "')"
    ) }}
{%- endmacro %}

{# The same; of a text that has none, an empty text. #}
{% macro part_or_empty(text, form) -%}
    {{ on_engine(
        duckdb='regexp_extract(' ~ text ~ ", '" ~ form ~ "', 1)",
        bigquery='coalesce(regexp_extract(' ~ text ~ ", r'" ~ form ~ "'), '')"
    ) }}
{%- endmacro %}

{# Text as a currency code, three letters from A to Z in capitals; null where it is anything else. #}
{% macro currency_or_null(text) -%}
    {%- set letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' -%}
    {#- The letters are told before capitals are made: upper() turns some letters beyond a to z into one of A to Z. -#}
    case when length({{ text }}) = 3 and ltrim({{ text }}, '{{ letters ~ letters | lower }}') = '' then upper({{ text }}) end
{%- endmacro %}

{# Text as a flag, in the words that databases, exports and pandas write, in any letters; null where it is another word. #}
{% macro boolean_or_null(text) -%}
    case
        when lower({{ text }}) in ('true', 't', 'yes', 'y', '1', '1.0') then true
        when lower({{ text }}) in ('false', 'f', 'no', 'n', '0', '0.0') then false
    end
{%- endmacro %}

{# The character NUL. BigQuery's chr(0) is an empty string. #}
{% macro nul_character() -%}
    {{ on_engine(duckdb='chr(0)', bigquery='code_points_to_string([0])') }}
{%- endmacro %}
