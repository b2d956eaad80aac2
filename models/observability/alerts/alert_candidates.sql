with

rules as (

    select
        rule_name,
        tier,
        breaches_in_a_row,
        cast(limit_value as numeric(38, 9)) as limit_value
    from {{ ref('alert_rules') }}

),

found as (

    select
        rule_name,
        source_table,
        reason as subject,
        cast(null as string) as node_id,
        breach_count,
        measured_value,
        limit_value,
        measured_at as holds_from,
        cast(null as string) as message
    from {{ ref('alert_measurements') }}
    where is_breach

    union all

    select
        rule_name,
        cast(null as string) as source_table,
        subject,
        node_id,
        1 as breach_count,
        measured_value,
        limit_value,
        holds_from,
        message
    from {{ ref('run_problems') }}

    union all

    select
        case when budgets.budget_left_percentage < 0 then 'budget_spent' else 'budget_low' end as rule_name,
        cast(null as string) as source_table,
        budgets.objective_name as subject,
        cast(null as string) as node_id,
        1 as breach_count,
        budgets.budget_left_percentage as measured_value,
        rules.limit_value,
        cast(budgets.window_to as timestamp) as holds_from,
        budgets.last_missed_days as message
    from {{ ref('error_budgets') }} as budgets
    inner join rules
        on rules.rule_name = 'budget_low'
    where budgets.day_count >= 7 and budgets.missed_day_count > 0 and budgets.budget_left_percentage <= rules.limit_value

)

select
    found.rule_name,
    rules.tier,
    found.source_table,
    found.subject,
    found.node_id,
    found.breach_count,
    rules.breaches_in_a_row as breaches_needed,
    found.breach_count >= rules.breaches_in_a_row as is_enough,
    found.measured_value,
    found.limit_value,
    found.holds_from,
    found.message
from found
inner join rules
    on found.rule_name = rules.rule_name
