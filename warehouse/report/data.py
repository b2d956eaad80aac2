"""What the report says, read from the run history, the row counts and the marts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from warehouse.reading import Query

# So many days are drawn.
DAYS = 60


@dataclass(frozen=True)
class Data:
    """Rows of the models that the page shows, by the name of the part that shows them."""

    newest_day: date | None
    parts: dict[str, list[dict]]

    def __getitem__(self, name: str) -> list[dict]:
        return self.parts[name]


def read(query: Query, project: Path) -> Data:
    """All rows that the page shows; the five questions are those of analyses/."""
    (newest,) = query("select max(history_date) as newest_day from {{ ref('daily_run_rates') }}")
    day = newest["newest_day"]
    since = f"history_date > {{day}} - {DAYS}" if day else "true"
    parts = {
        "days": f"select * from {{{{ ref('daily_run_rates') }}}} where {since} order by history_date",
        "last_runs": "select * from {{ ref('runs') }} order by began_at desc, run_id limit 10",
        "sources": f"select * from {{{{ ref('daily_source_rates') }}}} where {since} "
        "order by source_table, history_date",
        "pauses": "select source_table, measured_value, limit_value from {{ ref('alert_measurements') }} "
        "where rule_name = 'source_stale' order by source_table",
        "scores": f"select * from {{{{ ref('daily_quality_scores') }}}} where {since} order by history_date",
        "losses": f"select * from {{{{ ref('daily_quality_losses') }}}} where {since} "
        "order by history_date, points desc, explanation",
        "objectives": f"select * from {{{{ ref('objectives') }}}} where {since} order by objective_name, history_date",
        "budgets": "select * from {{ ref('error_budgets') }} order by objective_name",
        "rejections": "select history_date, source_table, reason, row_count from {{ ref('daily_source_rows') }} "
        f"where outcome = 'rejected' and row_count > 0 and not is_first_day and {since} order by history_date, reason",
        "row_counts": "select * from {{ ref('layer_row_counts') }} where row_count > 0 "
        "order by source_table, case layer when 'raw' then 1 when 'staging' then 2 else 3 end, outcome, "
        "row_count desc, reason",
    }
    rows = {name: query(sql.replace("{day}", f"date '{day}'")) for name, sql in parts.items()}
    for path in sorted((project / "analyses").glob("*.sql")):
        rows[path.stem] = query(path.read_text(encoding="utf-8"))
    return Data(day, rows)
