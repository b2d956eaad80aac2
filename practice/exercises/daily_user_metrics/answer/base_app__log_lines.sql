with

split_lines as (

    select
        *,
        string_split(log_line, '|') as parts
    from {{ ref('app_logs') }}

),

fields as (

    select
        *,
        trim(parts[1]) as date_text,
        nullif(trim(list_filter(parts[2:], lambda part: starts_with(part, 'user='))[1][6:]), '') as user_text,
        nullif(trim(list_filter(parts[2:], lambda part: starts_with(part, 'event='))[1][7:]), '') as event_name
    from split_lines

),

typed as (

    select
        *,
        case when length(date_text) = 10 then try_cast(date_text as date) end as event_date,
        case when length(translate(user_text, '0123456789', '')) = 0 then try_cast(user_text as bigint) end as user_id
    from fields

)

select
    source_position,
    event_date,
    user_id,
    event_name,
    case
        when coalesce(trim(log_line), '') = '' then 'empty_line'
        when strpos(log_line, '|') = 0 then 'no_separator'
        when event_date is null then 'bad_date'
        when user_text is null then 'no_user'
        when user_id is null then 'user_not_integer'
        when event_name is null then 'no_event'
    end as rejection_reason
from typed
