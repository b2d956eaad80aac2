"""`make answers`: the product owner's four questions, answered from marts.web_activity_insights."""

from decimal import Decimal

from rich.console import Console
from rich.padding import Padding

from warehouse.dbt_runs import Dbt


def print_answers(dbt: Dbt, console: Console) -> None:
    """Print each question with its answer, and durations as a person would say them."""
    rows = dbt.query("select * from {{ ref('web_activity_insights') }}")
    for row in sorted(rows, key=lambda row: row["question_number"]):
        console.print(f"[bold]{row['question_number']}. {row['question']}[/bold]")
        console.print(Padding(row["answer"], (0, 0, 0, 3)), highlight=False)
        if row["median_value"] is not None:
            console.print(
                f"   Mean {spoken(row['answer_value'])}, median {spoken(row['median_value'])}, "
                f"95th percentile {spoken(row['p95_value'])}, "
                f"single-event sessions {Decimal(row['single_event_session_share']):.1%}",
                highlight=False,
            )


def spoken(seconds: Decimal) -> str:
    """Seconds as hours, minutes and seconds, rounded to the second: 3725 -> '1 h 2 min 5 s'."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{amount} {unit}" for amount, unit in parts if amount) or "0 s"
