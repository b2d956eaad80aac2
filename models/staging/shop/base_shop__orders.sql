{{
    config(
        materialized='incremental',
        unique_key=['loaded_at', 'source_file', 'source_position'],
        meta={'day': 'order_date'},
        partition_by=partition_by_day('order_date'),
        cluster_by=['change_number', 'user_id'],
        post_hook='{{ say_which_fields_are_new("orders") }}'
    )
}}

with

cleaned as (

    select
        {{ text_or_null('order_id') }} as order_id,
        {{ text_or_null('customer_id') }} as customer_text,
        {{ text_or_null('product_id') }} as product_id,
        {{ text_or_null('quantity') }} as quantity_text,
        {{ text_or_null('unit_price') }} as unit_price_text,
        {{ text_or_null('amount') }} as amount_text,
        {{ text_or_null('currency') }} as currency_text,
        {{ text_or_null('status') }} as order_status,
        {{ text_or_null('ordered_at') }} as ordered_text,
        extra_columns,
        malformed_line,
        payload,
        change_rejection,
        source_changed_at,
        log_number,
        log_offset,
        log_row,
        loaded_at,
        source_file,
        source_position
    from {{ rows_or_changes('orders', table=setting('order_table'), key='order_id', columns={
        'customer_id': 'text', 'product_id': 'text', 'quantity': 'text', 'unit_price': 'decimal', 'amount': 'decimal', 'currency': 'text',
        'status': 'text', 'ordered_at': 'time'
    }) }}

),

parsed as (

    select
        *,
        {{ user_id_or_null('customer_text') }} as user_id,
        {{ integer_or_null('quantity_text') }} as quantity,
        {{ decimal_or_null('unit_price_text') }} as unit_price_amount,
        {{ decimal_or_null('amount_text') }} as order_amount,
        {{ currency_or_null('currency_text') }} as currency,
        {{ timestamp_or_null('ordered_text') }} as ordered_at
    from cleaned

),

checked as (

    select
        *,
        {{ date_in_reporting_timezone('ordered_at') }} as order_date,
        case
            {{ line_rejection_reasons() }}
            when change_rejection is not null then change_rejection
            when order_id is null then 'no_order_id'
            {{ user_rejection_reasons('customer_text', 'user_id') }}
            when amount_text is null then 'no_amount'
            when order_amount is null then 'amount_not_numeric'
            when order_amount < 0 then 'negative_amount'
            when order_amount > {{ setting('maximum_order_amount') }} then 'amount_out_of_range'
            when quantity_text is not null and coalesce(quantity, -1) < 0 then 'bad_quantity'
            when unit_price_text is not null and coalesce(unit_price_amount, -1) < 0 then 'bad_unit_price'
            when currency_text is not null and currency is null then 'bad_currency'
            when order_status is null then 'no_status'
            {{ time_rejection_reasons('ordered_text', 'ordered_at') }}
        end as rejection_reason
    from parsed

)

select
    order_id,
    user_id,
    product_id,
    quantity,
    unit_price_amount,
    order_amount,
    currency,
    order_status,
    ordered_at,
    order_date,
    source_changed_at,
    log_number,
    log_offset,
    log_row,
    rejection_reason,
    case
        when rejection_reason is not null
            then coalesce(payload, {{ raw_record({
                'order_id': 'order_id', 'customer_id': 'customer_text', 'product_id': 'product_id', 'quantity': 'quantity_text',
                'unit_price': 'unit_price_text', 'amount': 'amount_text', 'currency': 'currency_text', 'status': 'order_status',
                'ordered_at': 'ordered_text'
            }) }})
    end as raw_record,
    extra_columns,
    {{ change_number() }} as change_number,
    loaded_at,
    source_file,
    source_position
from checked
