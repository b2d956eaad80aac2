-- What did completed orders bring, in the reporting currency, on each day, from users of each country as of that day?
select
    order_date,
    user_country,
    sum(revenue) as total_revenue
from {{ ref('fct_orders') }}
group by order_date, user_country
order by order_date, user_country nulls first
