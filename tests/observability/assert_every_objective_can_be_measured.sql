-- A name that is given twice, or a word that no model knows: such an objective would say nothing, and nobody would notice.
{%- set measures = [
    'ready_hour', 'success_percentage', 'passed_check_percentage', 'retry_count', 'median_run_seconds', 'p95_run_seconds', 'quality_score',
    'freshness_hours', 'rejected_percentage', 'duplicate_percentage', 'missing_value_percentage', 'arrived_count'
] %}
select
    objective_name,
    count(*) as line_count
from {{ ref('objective_definitions') }}
group by objective_name
having
    count(*) > 1
    or min(case
        when
            measure in ('{{ measures | join("', '") }}')
            and is_met_when in ('at_most', 'below', 'at_least', 'above')
            and without_value in ('missed', 'left_out')
            and limit_value is not null
            and target_percentage < 100
            and window_days > 0
            then 1
        else 0
    end) = 0
