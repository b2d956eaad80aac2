{#
    The id of a user, read from text without spaces around it; null where there is none. It is an integer, or with `user_id_type: string` the
    text as it stands, in up to 256 characters: e-mail addresses have 254 at most, hashes fewer.
#}
{% macro user_id_or_null(text) -%}
    {%- if are_user_ids_text() -%}
        case when length({{ text }}) <= 256 then {{ text }} end
    {%- else -%}
        {{ integer_or_null(text) }}
    {%- endif -%}
{%- endmacro %}

{# Whether ids of users are text. A model that reads them remembers which they are, so that the two are never mixed. #}
{% macro are_user_ids_text() -%}
    {{ return(setting('user_id_type') == 'string') }}
{%- endmacro %}

{# What no user has for an id, to stand for a null where two records are compared. #}
{% macro no_user_id() -%}
    {{ return("''" if are_user_ids_text() else '0') }}
{%- endmacro %}

{# The id of a user as a part of text that is hashed, its parts divided by `|`: of text, each `|` is written in another way. #}
{% macro user_id_to_hash(user_id) -%}
    {%- if are_user_ids_text() -%}
        replace(replace({{ user_id }}, '%', '%25'), '|', '%7C')
    {%- else -%}
        cast({{ user_id }} as string)
    {%- endif -%}
{%- endmacro %}
