{{
    config(
        materialized='incremental',
        unique_key=['loaded_at', 'source_file', 'source_position'],
        cluster_by=['currency']
    )
}}

with

cleaned as (

    select
        {{ text_or_null('rate_date') }} as rate_date_text,
        {{ text_or_null('currency') }} as currency_text,
        {{ text_or_null('rate') }} as rate_text,
        {{ extra_raw_columns('exchange_rates') }} as extra_columns,
        {{ malformed_line('exchange_rates') }} as malformed_line,
        loaded_at,
        source_file,
        source_position
    from {{ new_records('exchange_rates') }}

),

parsed as (

    select
        *,
        {{ date_or_null('rate_date_text') }} as rate_date,
        {{ currency_or_null('currency_text') }} as currency,
        {{ decimal_or_null('rate_text') }} as exchange_rate
    from cleaned

),

checked as (

    select
        *,
        case
            {{ line_rejection_reasons() }}
            when rate_date_text is null then 'no_rate_date'
            when rate_date is null then 'bad_rate_date'
            when currency_text is null then 'no_currency'
            when currency is null then 'bad_currency'
            when rate_text is null then 'no_rate'
            when exchange_rate is null then 'rate_not_numeric'
            when exchange_rate <= 0 or exchange_rate > 1000000 then 'rate_out_of_range'
            when currency = '{{ setting("reporting_currency") }}' and exchange_rate <> 1 then 'reporting_currency_not_one'
        end as rejection_reason
    from parsed

)

select
    rate_date,
    currency,
    exchange_rate,
    rejection_reason,
    case
        when rejection_reason is not null
            then {{ raw_record({'rate_date': 'rate_date_text', 'currency': 'currency_text', 'rate': 'rate_text'}) }}
    end as raw_record,
    extra_columns,
    {{ change_number() }} as change_number,
    loaded_at,
    source_file,
    source_position
from checked
