"""What `make build` ends with: rows per mart, rejected rows per source and reason, and where to look next."""

from rich.console import Console
from rich.table import Table

from warehouse.dbt_runs import Dbt

WHERE_TO_LOOK_NEXT = """\
Rejected records:   observability.rejected_records (the record as it came, with source and position)
Rows by layer:      observability.layer_row_counts (what became of the records of each source)
Users left out:     intermediate.int_activity__user_metrics_not_loaded
Unknown users:      intermediate.int_activity__orphans
The four answers:   make answers
Docs and lineage:   make docs-serve"""


def summarise(dbt: Dbt, console: Console) -> None:
    """Print the summary of a built warehouse."""
    marts = " union all ".join(
        f"select 'mart' as section, '{name}' as subject, '' as reason, count(*) as row_count "
        f"from {{{{ ref('{name}') }}}}"
        for name in dbt.models_in("marts")
    )
    rows = dbt.query(
        f"""
        {marts}
        union all
        select outcome as section, source_table as subject, coalesce(reason, '') as reason, row_count
        from {{{{ ref('layer_row_counts') }}}}
        where layer = 'staging'
        """
    )
    rows.sort(key=lambda row: (row["subject"], -row["row_count"], row["reason"]))
    console.print(
        _table("Marts", ("mart", "rows"), [(r["subject"], r["row_count"]) for r in rows if r["section"] == "mart"])
    )
    sources = []
    for source in (row for row in rows if row["section"] == "accepted" and not row["reason"]):
        sources.append((source["subject"], "accepted", source["row_count"]))
        sources += [
            ("", f"{'accepted, ' if r['section'] == 'accepted' else ''}{r['reason']}", r["row_count"])
            for r in rows
            if r["reason"] and r["subject"] == source["subject"]
        ]
    console.print(_table("Raw records", ("source", "accepted, or rejected because", "records"), sources))
    console.print(WHERE_TO_LOOK_NEXT, highlight=False, soft_wrap=True)


def _table(title: str, headings: tuple[str, ...], rows: list[tuple]) -> Table:
    """A table whose last column is a count, right-aligned."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for heading in headings[:-1]:
        table.add_column(heading)
    table.add_column(headings[-1], justify="right")
    for *texts, count in rows:
        table.add_row(*texts, f"{count:,}")
    return table
