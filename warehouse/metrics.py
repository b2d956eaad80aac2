"""`make metrics`: questions about the metrics of the semantic layer, put into SQL by MetricFlow and answered by DuckDB.

It runs in `.venv-metrics`, the environment that has MetricFlow.
"""

from __future__ import annotations

import ast
import datetime
import re
import shlex
import textwrap
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from warehouse.duckdb_files import open_to_read, warehouse_file
from warehouse.errors import UsageError
from warehouse.screen import say

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from metricflow.engine.metricflow_engine import MetricFlowEngine

    from warehouse.dbt_runs import Dbt

MOST_NEAR_NAMES = 6
WIDTH = 100
# What of the project decides what a metric is, and which table it is of.
_FOLDERS = ("models", "macros")


@dataclass(frozen=True)
class Query:
    """What QUERY asks for, in the words of `mf query`.

    Attributes:
        name: a saved query, or a metric.
        metrics, group_by, order_by: names; one to order by may begin with `-`.
        where: conditions such as "{{ Entity('country') }} = 'DE'".
        first_day, last_day: the time that is looked at, both included.
        explain: whether the SQL is shown and not the answer.
    """

    name: str = ""
    metrics: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    order_by: tuple[str, ...] = ()
    limit: int | None = None
    first_day: datetime.datetime | None = None
    last_day: datetime.datetime | None = None
    explain: bool = False


def _names(context: click.Context, parameter: click.Parameter, text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


@click.command(add_help_option=False)
@click.argument("names", nargs=-1)
@click.option("--saved-query", default="")
@click.option("--metrics", default="", callback=_names)
@click.option("--group-by", default="", callback=_names)
@click.option("--where", multiple=True)
@click.option("--order", "--order-by", "order_by", default="", callback=_names)
@click.option("--limit", type=click.IntRange(min=1))
@click.option("--start-time", "first_day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--end-time", "last_day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--explain", is_flag=True)
def _query(names: tuple[str, ...], saved_query: str, **given) -> Query:
    # As people write lists: `a b`, `a,b` and `a, b`.
    names = tuple(name for text in names for name in text.split(",") if name)
    if names and saved_query:
        raise click.UsageError(f"{names[0]} is one name too many beside --saved-query.")
    if (names or saved_query) and given["metrics"]:
        raise click.UsageError(f"{(*names, saved_query)[0]} is one name too many beside --metrics.")
    if given["first_day"] and given["last_day"] and given["first_day"] > given["last_day"]:
        raise click.UsageError("--start-time is after --end-time.")
    if len(names) > 1:
        return Query(**{**given, "metrics": names})
    return Query("".join(names) or saved_query, **given)


def read_query(text: str) -> Query:
    """The query that QUERY says. Raises UsageError with what is wrong with it."""
    try:
        return _query.main(shlex.split(text), standalone_mode=False)
    except (click.ClickException, ValueError) as error:
        said = error.format_message() if isinstance(error, click.ClickException) else f"{error}"
        raise UsageError(f"QUERY cannot be read: {said.rstrip('.')}; docs/metrics.md has examples.") from error


def answer(dbt: Dbt, text: str) -> None:
    """Print what there is to ask, or the answer to the query."""
    query = read_query(text)
    file = warehouse_file(dbt.project)
    if text.strip() and not query.explain:
        # Nobody waits for dbt to hear that there is nothing to ask.
        open_to_read(file).close()
    layer = SemanticLayer(semantic_manifest(dbt))
    if not text.strip():
        say(*layer.contents())
        return
    sql = layer.sql(query)
    if query.explain:
        say(*sql.splitlines())
        return
    import duckdb

    with open_to_read(file) as connection:
        try:
            result = ordered_as_written(connection).execute(sql)
        except duckdb.CatalogException as error:
            raise UsageError(f"{_line(error)}: run `make build` first.") from error
        except duckdb.Error as error:
            raise UsageError(f"DuckDB cannot answer that ({_line(error)}); --explain shows the SQL.") from error
        say(*table([column[0] for column in result.description], result.fetchall()))


def ordered_as_written(connection: DuckDBPyConnection) -> DuckDBPyConnection:
    """The connection with nulls where profiles.yml, and BigQuery, have them when SQL does not say it."""
    return connection.execute("set default_null_order = 'nulls_first_on_asc_last_on_desc'")


def semantic_manifest(dbt: Dbt) -> Path:
    """The file of what dbt reads of the semantic layer; it is read again when something has changed since."""
    from warehouse.packages import ensure_packages

    dbt = replace(dbt, folder="metrics")
    file = dbt.target_path / "semantic_manifest.json"
    paths = [dbt.project / name for name in ("dbt_project.yml", "profiles.yml", *_FOLDERS)]
    # A folder is newer once a file in it is gone.
    paths += [path for folder in _FOLDERS for path in (dbt.project / folder).rglob("*")]
    newest = max(path.stat().st_mtime for path in paths)
    # Tables are named with their database, which is called like the file.
    database = re.compile(rf'"database": ?"{re.escape(warehouse_file(dbt.project).stem)}"')
    if not (file.exists() and file.stat().st_mtime > newest and database.search(file.read_text(encoding="utf-8"))):
        ensure_packages(dbt.project)
        dbt.parse()
    return file


class DuckDbSql:
    """What MetricFlow asks of a database to write SQL for it."""

    def __init__(self) -> None:
        from metricflow.protocols.sql_client import SqlEngine
        from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer

        self.sql_engine_type = SqlEngine.DUCKDB
        self.sql_plan_renderer = DuckDbSqlPlanRenderer()


class SemanticLayer:
    """The metrics and saved queries of the project, and the SQL of what is asked about them."""

    def __init__(self, file: Path) -> None:
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

        text = file.read_text(encoding="utf-8")
        self.manifest = parse_manifest_from_dbt_generated_manifest(manifest_json_string=text)
        self.engine: MetricFlowEngine = MetricFlowEngine(SemanticManifestLookup(self.manifest), DuckDbSql())
        self.metrics = {metric.name: metric for metric in self.manifest.metrics}
        self.saved_queries = {query.name: query for query in self.manifest.saved_queries}

    def sql(self, query: Query) -> str:
        """The SQL of a query. Raises UsageError with one sentence, and near names, for what cannot be asked."""
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest, OutputColumnOrderMode
        from metricflow_semantics.errors.error_classes import MetricFlowException

        saved = query.name if query.name in self.saved_queries else None
        metrics = query.metrics or ((query.name,) if query.name and not saved else ())
        for name in metrics:
            if name in self.saved_queries:
                raise UsageError(f"{name} is a saved query: ask for it alone.")
            if name not in self.metrics:
                raise UsageError(self._unknown(name, query))
        if saved and query.group_by:
            raise UsageError(f"The saved query {saved} says itself what it is grouped by; leave --group-by out.")
        if not saved and not metrics:
            raise UsageError('QUERY names no metric: `make metrics` lists them, make metrics QUERY="--metrics …" asks.')
        request = MetricFlowQueryRequest.create(
            saved_query_name=saved,
            metric_names=None if saved else metrics,
            group_by_names=None if saved else query.group_by,
            where_constraints=query.where or None,
            order_by_names=self._order(query, saved),
            limit=query.limit,
            time_constraint_start=query.first_day,
            time_constraint_end=query.last_day,
            output_column_order_mode=OutputColumnOrderMode.INPUT_ORDER,
        )
        try:
            return self.engine.explain(request).sql_statement.sql
        except MetricFlowException as error:
            of_each = [self.group_by(metric) for metric in metrics]
            known = [name for name in of_each[0] if all(name in names for names in of_each)] if of_each else []
            raise UsageError(_sentence(str(error), known)) from error

    def _order(self, query: Query, saved: str | None) -> tuple[str, ...]:
        """What the rows are ordered by: unless the query says it, what they are grouped by, in that order."""
        grouped_by = self.saved_queries[saved].query_params.group_by if saved else ()
        # Such as TimeDimension('metric_time', 'day').
        return query.order_by or query.group_by or tuple("__".join(re.findall(r"'(\w+)'", one)) for one in grouped_by)

    def _unknown(self, name: str, query: Query) -> str:
        """What to say of a name that nothing has."""
        import difflib

        known = [*self.metrics, *(() if query.metrics else self.saved_queries)]
        near = difflib.get_close_matches(name, known, n=MOST_NEAR_NAMES, cutoff=0.5)
        near += [other for word in re.findall(r"[a-z]{4,}", name) for other in known if word in other]
        kind = "metric" if query.metrics else "metric and no saved query"
        return f"{name} is no {kind}{_near(list(dict.fromkeys(near)))}; `make metrics` lists all."

    def contents(self) -> list[str]:
        """What there is to ask: saved queries, then the metrics of each area with what they can be grouped by."""
        lines = ["Saved queries: make metrics QUERY=<name>"]
        lines += _columns([(query.name, query.label or "") for query in self.saved_queries.values()])
        lines += ["", 'Metrics: make metrics QUERY="--metrics <name>,… --group-by <name>,…"']
        for names, group_by in self._areas():
            lines += ["", *textwrap.wrap(f"by {', '.join(group_by)}", WIDTH, subsequent_indent="   ")]
            lines += _columns([(name, self.metrics[name].label or "") for name in names])
        return lines

    def _areas(self) -> list[tuple[list[str], list[str]]]:
        """Metrics that can be grouped by the same, with the names of that."""
        areas: dict[tuple[str, ...], list[str]] = {}
        for name in self.metrics:
            areas.setdefault(tuple(self.group_by(name)), []).append(name)
        return [(names, list(group_by)) for group_by, names in areas.items()]

    def group_by(self, metric: str) -> list[str]:
        """What a metric can be grouped by, `metric_time` first."""
        found = self.engine.list_group_bys(metric_names=[metric])
        names = {getattr(item, "dunder_name", None) or item.name for item in found}
        # A day is a day: `metric_time` stands for each time of a metric.
        names = {re.sub("^metric_time.*", "metric_time", name) for name in names}
        return sorted(names, key=lambda name: (name != "metric_time", "__" in name, name))


def _sentence(said: str, known: list[str]) -> str:
    """One sentence for what MetricFlow says, which is a page. `known` is what the metrics can be grouped by."""
    about = _part("Query Input", said)
    if "Error parsing where filter" in said:
        (where,) = re.findall(r'(?m)^\s*"(.*)"$', said)[:1] or [about]
        reasons = re.findall(r"(?m)^\s*[\w.]+(?:Error|Exception): (.+)$", said)
        reason = reasons[0].rstrip(".") if reasons else "it is no condition"
        return f'--where "{where}" cannot be read ({reason}); docs/metrics.md has examples.'
    if asked := re.search(r"Object Builder Input:\s*(.+)", said):
        about = asked[1].strip()
    suggested = re.search(r"Suggestions:\s*(\[.*?\])\s*\n", said, re.DOTALL)
    found = ast.literal_eval(suggested[1]) if suggested else []
    if "group-by-items for" in said:
        metric = re.search(r"group-by-items\s+for\s+\w+\('(\w+)'\)", said)
        # A dimension has the name of its entity before its own, which people leave out.
        found = dict.fromkeys([*(name for name in known if name.endswith(f"__{about}")), *found])
        by_what = _near(list(found))
        return f"{about} is nothing to group or filter {metric[1] if metric else 'these metrics'} by{by_what}."
    if cumulative := re.search(r"cumulative metric '(\w+)'", said):
        return f"{cumulative[1]} has a value of each day; say so with --group-by metric_time."
    message = _part("Message", said) or " ".join(said.split())
    return f"{message.rstrip('.')}{f' ({about})' if about and about not in message else ''}{_near(found)}."


def _near(names: list[str]) -> str:
    """The first of some names, for the end of a sentence."""
    return f"; near names: {', '.join(names[:MOST_NEAR_NAMES])}" if names else ""


def _part(title: str, said: str) -> str:
    """The first paragraph under a title."""
    found = re.search(rf"{title}:\s*\n\s*\n(.*?)(?:\n\s*\n|\Z)", said, re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def table(names: list[str], rows: list[tuple]) -> list[str]:
    """Rows under their names, numbers to the right; `-` stands where there is no value."""
    places = range(len(names))
    is_number = [all(isinstance(row[place], (int, float, Decimal, type(None))) for row in rows) for place in places]
    cells = [names, *([_text(value) for value in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in places]

    def line(row: list[str]) -> str:
        aligned = zip(row, widths, is_number, strict=True)
        return "  ".join(text.rjust(width) if right else text.ljust(width) for text, width, right in aligned).rstrip()

    return [*map(line, cells), *([] if rows else ["There are no rows."])]


def _text(value: object) -> str:
    """A value as people read it: a day without midnight, decimals whole, other numbers with at most six decimals."""
    if value is None:
        return "-"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return str(value.date())
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)


def _columns(lines: list[tuple[str, str]]) -> list[str]:
    width = max((len(name) for name, _ in lines), default=0)
    return [f"  {name:{width}}  {text}".rstrip() for name, text in lines]


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(". ")
