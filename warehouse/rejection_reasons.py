"""The closed list of reasons for which raw records are rejected, as the seed says it."""

import csv
from pathlib import Path


def rejection_reasons(project: Path) -> dict[str, dict[str, str]]:
    """By reason: `rejection_description`, `usual_cause` and `what_to_do`."""
    with (project / "seeds" / "reference" / "rejection_reasons.csv").open(encoding="utf-8", newline="") as file:
        return {row["rejection_reason"]: row for row in csv.DictReader(file)}
