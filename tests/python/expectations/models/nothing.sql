-- The columns of payments, without a row.
select
    cast(null as {{ dbt.type_bigint() }}) as payment_id,
    cast(null as {{ dbt.type_string() }}) as country,
    cast(null as {{ dbt.type_string() }}) as currency,
    cast(null as {{ dbt.type_numeric() }}) as amount,
    cast(null as {{ dbt.type_numeric() }}) as fee,
    cast(null as {{ dbt.type_string() }}) as reference
from (select 1 as one) as one_row
where one_row.one = 2
