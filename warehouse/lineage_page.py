"""The page of the docs that shows lineage by column: each table with its columns, what they mean and come from."""

from __future__ import annotations

import json
from pathlib import Path

from warehouse.column_lineage import Lineage, LineageError, lineage_of
from warehouse.screen import printable

_TEMPLATE = Path(__file__).with_name("lineage_page.html")


def write_lineage(target_path: Path, name: str) -> set[str]:
    """Write the page, under a name, into dbt's target folder, from what `dbt docs generate` has left there of a full
    build. Return the ids of the tables that are on it."""
    manifest, catalog = (json.loads((target_path / f"{name}.json").read_bytes()) for name in ("manifest", "catalog"))
    tables = described(manifest, catalog)
    # Nothing in it ends the script.
    data = json.dumps(list(tables.values()), separators=(",", ":")).replace("<", r"\u003c")
    page = _TEMPLATE.read_text(encoding="utf-8").replace('"TABLES"', data)
    (target_path / name).write_text(page, encoding="utf-8")
    return set(tables)


def described(manifest: dict, catalog: dict) -> dict[str, dict]:
    """By its id each table with what the page shows of it; inputs stand before what is made from them."""
    nodes = {**manifest["sources"], **manifest["nodes"]}
    found = project_lineage(manifest, catalog)
    read = {source.table for lineage in found.values() if isinstance(lineage, Lineage) for source in _sources(lineage)}
    tables = {name: _table(nodes[name], catalog, found.get(name)) for name in _ordered(nodes, {*found, *read})}
    return {name: _as_text(table) for name, table in tables.items()}


def project_lineage(manifest: dict, catalog: dict) -> dict[str, Lineage | LineageError]:
    """The lineage of each model and snapshot, by its id, or why it is not known."""
    nodes = {**manifest["sources"], **manifest["nodes"]}
    names = {_relation(node): name for name, node in nodes.items() if node.get("relation_name")}
    types: dict = {}
    for table in [*catalog["nodes"].values(), *catalog["sources"].values()]:
        about = table["metadata"]
        columns = {name.lower(): column["type"] for name, column in table["columns"].items()}
        types.setdefault(about["database"], {}).setdefault(about["schema"], {})[about["name"]] = columns
    found: dict[str, Lineage | LineageError] = {}
    for name, node in manifest["nodes"].items():
        if node["resource_type"] in ("model", "snapshot") and node.get("compiled_code"):
            try:
                found[name] = lineage_of(node["compiled_code"], types, names)
            except LineageError as error:
                found[name] = error
    return found


def _table(node: dict, catalog: dict, lineage: Lineage | LineageError | None) -> dict:
    """What the page shows of a table."""
    known = catalog["nodes"].get(node["unique_id"]) or catalog["sources"].get(node["unique_id"]) or {"columns": {}}
    types = {name.lower(): column["type"] for name, column in known["columns"].items()}
    said = {name.lower(): column["description"] for name, column in node["columns"].items()}
    from_ = lineage.columns if isinstance(lineage, Lineage) else {}
    decided_by = lineage.decided_by if isinstance(lineage, Lineage) else ()
    return {
        "id": node["unique_id"],
        "name": node["name"],
        "kind": node["resource_type"],
        "layer": _layer(node),
        "says": node["description"],
        "problem": f"{lineage}" if isinstance(lineage, LineageError) else "",
        "columns": {
            name: {"type": types.get(name, ""), "says": said.get(name, ""), "from": sorted(from_.get(name, ()))}
            for name in {**from_, **types}
        },
        "decidedBy": sorted(decided_by),
    }


def _layer(node: dict) -> str:
    """raw, reference, staging, intermediate, marts, observability or snapshots."""
    if node["resource_type"] in ("source", "seed"):
        return "reference" if "reference" in node["fqn"] else "raw"
    return "snapshots" if node["resource_type"] == "snapshot" else node["fqn"][1]


def _ordered(nodes: dict, names: set[str]) -> list[str]:
    ordered: dict[str, None] = {}

    def add(name: str) -> None:
        if name in nodes and name not in ordered:
            for before in sorted(nodes[name].get("depends_on", {}).get("nodes", [])):
                add(before)
            ordered[name] = None

    for name in sorted(names):
        add(name)
    return [name for name in ordered if name in names]


def _sources(lineage: Lineage) -> set:
    return lineage.decided_by.union(*lineage.columns.values())


def _relation(node: dict) -> str:
    """The name of a table as `lineage_of` wants it."""
    return f"{node['database']}.{node['schema']}.{node.get('alias') or node.get('identifier')}".lower()


def _as_text(value: object) -> object:
    """A value whose texts are one line each, and hold nothing that a screen takes for a command: raw names columns."""
    if isinstance(value, dict):
        return {_as_text(name): _as_text(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(item) for item in value]
    return printable(" ".join(value.split())) if isinstance(value, str) else value
