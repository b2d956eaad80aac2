begin;

delete from {{ ref('orders_clean') }}
where order_id in (select order_id from {{ ref('arrived_orders') }});

insert into {{ ref('orders_clean') }}
select
    order_id,
    order_date,
    amount,
    status
from (
    select *
    from {{ ref('arrived_orders') }}
    qualify row_number() over (partition by order_id order by arrival desc) = 1
) as last_arrivals
where status is not null;

commit;
