"""`make explain`: the raw records that some rows of a model were made from, with file and position."""

from __future__ import annotations

import difflib
import json
import textwrap
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import condition
from sqlglot.errors import SqlglotError

from warehouse.column_lineage import qualified
from warehouse.duckdb_files import open_to_read, said_of_query, warehouse_file
from warehouse.errors import UsageError
from warehouse.provenance import NEEDED, Demand, Tracer, any_of, exactly
from warehouse.screen import say

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from warehouse.dbt_runs import Dbt

EXAMPLE = "make explain MODEL=fct_daily_user_metrics WHERE=\"user_id = 3 and metric_date = '2025-01-02'\""
REJECTED = "make query SQL=\"select * from observability.rejected_records where source_table = 'orders'\""
MOST_ROWS = 3
MOST_RECORDS = 20
LONGEST_RECORD = 160
WIDTH = 100
_ONE_CONDITION = f"WHERE is one condition, as it stands after `where` in SQL; such as: {EXAMPLE}"
_ARRIVAL = ("loaded_at", "source_file", "source_position")


@dataclass
class Records:
    """Raw records of one source.

    Attributes:
        source: the raw table.
        rows: loaded_at, source_file, source_position, reason or None where accepted, and the text, None where it is
            no longer in raw; those that values come from.
        others: the same of those that only decide which rows there are.
    """

    source: str
    rows: list[tuple] = field(default_factory=list)
    others: list[tuple] = field(default_factory=list)


@dataclass
class Explanation:
    """What `make explain` has found.

    Attributes:
        columns, rows, row_count: the rows that are explained, the first few.
        records: by raw table.
        layers: name, layer and number of rows of each table on the way, inputs last.
        notes: what is not followed.
    """

    columns: list[str]
    rows: list[tuple]
    row_count: int
    records: list[Records]
    layers: list[tuple[str, str, int]]
    notes: list[str]


def explain(dbt: Dbt, model: str, where: str, every: str) -> None:
    """Print where the rows of a model come from that fit a condition; `every` is yes for all records."""
    if every not in ("", "no", "yes"):
        raise UsageError(f"ALL={every} is neither yes nor no.")
    if not model or not where.strip():
        raise UsageError(f"MODEL and WHERE say which rows of which table, such as: {EXAMPLE}")
    # As queries name it, with its schema.
    model = model.rpartition(".")[2]
    file = warehouse_file(dbt.project)
    # Nobody waits for dbt to hear that there is nothing to explain.
    open_to_read(file).close()
    manifest = compiled(dbt, model)
    with open_to_read(file) as connection:
        found = explanation(connection, manifest, model, where)
    say(*lines(found, model, where, most=None if every == "yes" else MOST_RECORDS))


def compiled(dbt: Dbt, model: str) -> dict:
    """The project with the SQL of full builds of a model and what it is made from."""
    from warehouse.packages import ensure_packages

    ensure_packages(dbt.project)
    models = {path.stem for path in (dbt.project / "models").rglob("*.sql")}
    if model not in models:
        near = difflib.get_close_matches(model, models, n=3)
        hint = f"near names: {', '.join(near)}" if near else "`make docs-serve` shows them all"
        raise UsageError(f"MODEL={model} is no model; {hint}.")
    aside = replace(dbt, folder="explain")
    parsed = dbt.target_path / "partial_parse.msgpack"
    options = ("--partial-parse-file-path", str(parsed)) if parsed.exists() else ()
    done = aside.run("compile", "--full-refresh", "--select", f"+{model}", *options)
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()
    if not done.success:
        raise UsageError("The SQL of the model cannot be written: the errors stand above, and in full in logs/dbt.log.")
    return json.loads((aside.target_path / "manifest.json").read_bytes())


def explanation(connection: DuckDBPyConnection, manifest: dict, model: str, where: str) -> Explanation:
    """Where the rows of a model that fit a condition come from. Raises UsageError for a condition that is none."""
    nodes = {**manifest["sources"], **manifest["nodes"]}
    by_name = {node["name"]: name for name, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    start = nodes[by_name[model]]
    columns, rows, row_count = _rows_of(connection, start, where)
    tables: dict = {}
    for database, schema, table, column, type_ in connection.execute(
        "select table_catalog, table_schema, table_name, column_name, data_type "
        "from information_schema.columns order by ordinal_position"
    ).fetchall():
        tables.setdefault(database, {}).setdefault(schema, {}).setdefault(table, {})[column] = type_
    relations = {name: node["relation_name"] for name, node in nodes.items() if node.get("relation_name")}
    names = {relation.replace('"', "").lower(): name for name, relation in relations.items()}
    tracer = Tracer(connection, names)
    grain = (start["config"].get("meta") or {}).get("grain", [])
    tracer.demands[start["unique_id"]].append(
        Demand((exactly("explained_rows", columns),), frozenset(columns), frozenset(columns) - frozenset(grain))
    )
    records: list[Records] = []
    layers: list[tuple[str, str, int]] = []
    for name in inputs_of(nodes, start["unique_id"]):
        node, demands = nodes[name], tracer.demands.get(name)
        if not demands:
            continue
        layer = node["fqn"][1] if node["resource_type"] == "model" else "raw"
        if [one for one in demands if not one.conditions]:
            tracer.notes[f"{node['name']}: all of its rows play a part, whichever rows are explained"] = None
            demands = [one for one in demands if one.conditions]
        if not demands or not node.get("compiled_code"):
            continue
        any_of = " or ".join(sorted({f"({one.where})" for one in demands}))
        (number,) = connection.execute(
            f"select count(*) from {node['relation_name']} as {NEEDED} where {any_of}"
        ).fetchone()
        layers.append((node["name"], layer, number))
        if layer == "staging" and node["name"].startswith("base_"):
            records.append(_records(connection, node, nodes, demands))
            continue
        try:
            query = qualified(node["compiled_code"], tables)
        except SqlglotError as error:
            raise UsageError(
                f"The SQL of {node['name']} cannot be read ({str(error).partition(chr(10))[0]})."
            ) from error
        for one in demands:
            tracer.trace(name, node["relation_name"], query, one)
    return Explanation(columns, rows, row_count, records, layers, list(tracer.notes))


def _rows_of(connection: DuckDBPyConnection, node: dict, where: str) -> tuple[list[str], list[tuple], int]:
    """The rows that fit the condition, kept as the table explained_rows."""
    import duckdb

    query = f"select * from {node['relation_name']} where (\n{where}\n)"
    try:
        if len(connection.extract_statements(query)) != 1:
            raise UsageError(_ONE_CONDITION)
        condition(where, dialect="duckdb")
        connection.execute(f"create temporary table explained_rows as {query}")
    except duckdb.CatalogException as error:
        if "does not exist" in str(error) and node["name"] in str(error):
            raise UsageError(f"{node['name']} is not in the warehouse yet; run `make build` first.") from error
        raise UsageError(f"WHERE cannot be read ({said_of_query(error)}).") from error
    except SqlglotError as error:
        raise UsageError(_ONE_CONDITION) from error
    except duckdb.Error as error:
        raise UsageError(
            f"WHERE cannot be read ({said_of_query(error)}): texts stand in single quotes, names without, such as: "
            f"{EXAMPLE}"
        ) from error
    columns = [row[0].lower() for row in connection.execute("describe explained_rows").fetchall()]
    (number,) = connection.execute("select count(*) from explained_rows").fetchone()
    rows = connection.execute(f"select * from explained_rows order by all limit {MOST_ROWS}").fetchall()
    return columns, rows, number


def _records(connection: DuckDBPyConnection, node: dict, nodes: dict, demands: list[Demand]) -> Records:
    """The raw records of the rows of a base table."""
    raw = next(
        nodes[name] for name in node["depends_on"]["nodes"] if nodes[name]["resource_type"] in ("seed", "source")
    )
    described = connection.execute(f"describe {raw['relation_name']}").fetchall()
    fields = [row[0] for row in described if row[0] not in _ARRIVAL]
    if len(fields) == 1:
        text = f'raw_records."{fields[0]}"'
    else:
        parts = (f"""'{field}=' || cast(raw_records."{field}" as varchar)""" for field in fields)
        text = f"concat_ws('|', {', '.join(parts)})"
    found = Records(raw["name"])
    same = " and ".join(f"base.{column} = raw_records.{column}" for column in _ARRIVAL)
    of_values, others = ([one for one in demands if bool(one.values) is wanted] for wanted in (True, False))
    for some, rows, less in ((of_values, found.rows, []), (others, found.others, of_values)):
        if some:
            but = f" and not ({any_of(less)})" if less else ""
            rows += connection.execute(
                f"select base.loaded_at, base.source_file, base.source_position, base.rejection_reason, {text} "
                f"from (select * from {node['relation_name']} as {NEEDED} where ({any_of(some)}){but}) as base "
                f"left join {raw['relation_name']} as raw_records on {same} "
                "order by 1, 2, 3"
            ).fetchall()
    return found


def inputs_of(nodes: dict, start: str) -> list[str]:
    """The ids of all that a model is made from, each after those that are made from it."""
    ordered: dict[str, None] = {}

    def add(name: str) -> None:
        if name in ordered:
            return
        for before in (nodes[name].get("depends_on") or {}).get("nodes", []):
            if before in nodes:
                add(before)
        ordered[name] = None

    add(start)
    return [*reversed(ordered)]


def lines(found: Explanation, model: str, where: str, most: int | None) -> list[str]:
    """What is printed of an explanation."""
    count = _count(found.row_count, "row")
    text = [f"{model}: {count} where {' '.join(where.split())}"]
    for row in found.rows:
        said = ", ".join(f"{name}={_text(value)}" for name, value in zip(found.columns, row, strict=True))
        text += textwrap.wrap(said, WIDTH, initial_indent="  ", subsequent_indent="    ")
    if found.row_count > len(found.rows):
        text.append(f"  and {found.row_count - len(found.rows):,} more")
    if not found.row_count:
        return [*text, "", f"A record that was rejected makes no row; to look for one: {REJECTED}"]
    text += ["", "Rows on the way, from the model to raw"]
    width = max((len(name) for name, _, _ in found.layers), default=0)
    text += [f"  {name:{width}}  {layer:13} {number:>8,}" for name, layer, number in found.layers]
    for title, rows_of in (("Values come from", "rows"), ("These only decide which rows there are", "others")):
        chosen = [(one.source, getattr(one, rows_of)) for one in found.records if getattr(one, rows_of)]
        if not chosen:
            continue
        text += ["", title]
        for source, rows in chosen:
            text.append(f"  {source}: {_outcomes(rows)}")
            shown = rows if most is None else rows[: most if rows_of == "rows" else 0]
            for loaded_at, file, position, reason, record in shown:
                text.append(f"    {file}:{position}  arrived {loaded_at}  {reason or 'accepted'}")
                text.append(f"      {_record(record, is_whole=most is None)}")
            if len(rows) > len(shown):
                more = f"{len(rows) - len(shown):,} more" if shown else "not shown"
                text.append(f"    {more}; ALL=yes shows all")
    if not found.records and not found.notes:
        text += ["", "They come from no raw record."]
    if found.notes:
        text += ["", "Not followed", *(f"  {note}" for note in found.notes)]
    return text


def _outcomes(rows: list[tuple]) -> str:
    """How many records there are, accepted and set aside, with the reasons."""
    reasons = Counter(row[3] for row in rows if row[3])
    said = f"{_count(len(rows), 'record')}, {len(rows) - reasons.total():,} accepted, {reasons.total():,} set aside"
    return said + (
        f" ({', '.join(f'{reason} {number:,}' for reason, number in reasons.most_common())})" if reasons else ""
    )


def _text(value: object) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _record(record: str | None, is_whole: bool) -> str:
    if record is None:
        return "(no longer in raw)"
    return record if is_whole or len(record) <= LONGEST_RECORD else record[: LONGEST_RECORD - 1] + "…"


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
