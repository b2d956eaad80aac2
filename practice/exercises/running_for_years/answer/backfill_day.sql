begin;

delete from {{ ref('daily_orders') }}
where order_date = date '{{ day }}';

insert into {{ ref('daily_orders') }}
select
    order_date,
    count(*) as order_count,
    sum(amount) as amount
from {{ ref('orders_clean') }}
where order_date = date '{{ day }}'
group by order_date;

commit;
