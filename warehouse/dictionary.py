"""The data dictionary: every mart with its keys, relations and columns, read from what dbt knows of the project."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from warehouse.errors import UsageError

_LAYER = "marts"


@dataclass(frozen=True, order=True)
class Relation:
    """A column of a mart refers to the key of another one."""

    child: str
    column: str
    parent: str
    key: str
    # Which rows of the child it is tested for; empty: all.
    condition: str = ""


def marts(manifest: dict) -> list[dict]:
    """The models of the marts, those of an area together, in the order of their names."""
    found = [node for node in manifest["nodes"].values() if _is_mart(node)]
    return sorted(found, key=lambda node: (area(node), node["name"]))


def area(mart: dict) -> str:
    """The area of a mart, such as orders: its folder."""
    return mart["fqn"][2]


def key(mart: dict) -> list[str]:
    """The columns that name a row, by its grain. Raises UsageError where the mart has none."""
    grain = mart["config"]["meta"].get("grain")
    if not grain:
        raise UsageError(
            f"{mart['name']} has no grain: give it `config: {{meta: {{grain: [order_id]}}}}` in its yml, with the "
            "columns that name a row."
        )
    return grain


def relations(manifest: dict) -> list[Relation]:
    """All relations between marts: those with a `relationships` test, and those of a foreign entity of the semantic
    layer to the model whose primary entity it is. A test says more, so it goes before an entity of the same columns."""
    names = {node["unique_id"]: node["name"] for node in marts(manifest)}
    found = {
        (relation.child, relation.column, relation.parent): relation
        for relation in (*_of_entities(manifest, names), *_of_tests(manifest, names))
    }
    return sorted(found.values())


def dictionary(manifest: dict) -> str:
    """The dictionary in Markdown: a line an area with its marts, then a heading an area, one a mart, and below it a
    table of its columns."""
    refers = {}
    for relation in relations(manifest):
        where = f" where `{relation.condition}`" if relation.condition else ""
        refers[relation.child, relation.column] = f"[`{relation.parent}`](#{relation.parent}){where}"
    never_null = _never_null(manifest)
    uniques = _unique(manifest)
    lines: list[str] = []
    for name, some in groupby(marts(manifest), key=area):
        links = (f"[{mart['name']}](#{mart['name']})" for mart in some)
        lines.append(f"- {name.capitalize()}: {', '.join(links)}")
    lines.append("")
    last = ""
    for mart in marts(manifest):
        if area(mart) != last:
            last = area(mart)
            lines += [f"## {last.capitalize()}", ""]
        grain = key(mart)
        others = [columns for columns in uniques.get(mart["unique_id"], []) if set(columns) != set(grain)]
        also = f" Also unique: {'; '.join(map(_names, others))}." if others else ""
        lines += [f"### `{mart['name']}`", "", _line(mart["description"]), "", f"Key: {_names(grain)}.{also}", ""]
        lines += ["| column | type | null | refers to | says |", "|---|---|---|---|---|"]
        for name, column in mart["columns"].items():
            never = name in never_null.get(mart["unique_id"], ())
            cells = (f"`{name}`", column["data_type"], "never" if never else "")
            cells += (refers.get((mart["name"], name), ""), _cell(column["description"]))
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _is_mart(node: dict) -> bool:
    return node.get("resource_type") == "model" and node["fqn"][1] == _LAYER


def _tests(manifest: dict, name: str):
    """The data tests of a kind: the id of the model that each is of, and its arguments."""
    for node in manifest["nodes"].values():
        if (node.get("test_metadata") or {}).get("name") == name:
            yield node["attached_node"], node["test_metadata"]["kwargs"], node


def _of_tests(manifest: dict, names: dict[str, str]):
    for child, arguments, test in _tests(manifest, "relationships"):
        others = [name for name in test["depends_on"]["nodes"] if name != child]
        parent = others[0] if others else child
        if child in names and parent in names:
            condition = test["config"].get("where") or ""
            yield Relation(names[child], arguments["column_name"], names[parent], arguments["field"], condition)


def _of_entities(manifest: dict, names: dict[str, str]):
    entities = [
        (names[model], entity["expr"] or entity["name"], entity)
        for layer in manifest.get("semantic_models", {}).values()
        for model in layer["depends_on"]["nodes"]
        if model in names
        for entity in layer["entities"]
    ]
    primary = {entity["name"]: (mart, column) for mart, column, entity in entities if entity["type"] == "primary"}
    for child, column, entity in entities:
        if entity["type"] == "foreign" and entity["name"] in primary:
            yield Relation(child, column, *primary[entity["name"]])


def _never_null(manifest: dict) -> dict[str, set[str]]:
    """By the id of a mart its columns that a contract or a test keeps from being null."""
    found = {
        mart["unique_id"]: {
            name
            for name, column in mart["columns"].items()
            if any(constraint["type"] == "not_null" for constraint in column["constraints"])
        }
        for mart in marts(manifest)
    }
    for model, arguments, _ in _tests(manifest, "columns_are_not_null"):
        found.setdefault(model, set()).update(arguments["column_names"])
    return found


def _unique(manifest: dict) -> dict[str, list[list[str]]]:
    """By the id of a model the columns that are tested to name each row once."""
    found: dict[str, list[list[str]]] = {}
    for model, arguments, _ in _tests(manifest, "unique"):
        found.setdefault(model, []).append([arguments["column_name"]])
    for model, arguments, _ in _tests(manifest, "expect_compound_columns_to_be_unique"):
        found.setdefault(model, []).append(arguments["column_list"])
    return {model: sorted(keys, key=len) for model, keys in found.items()}


def _names(columns: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in columns)


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", r"\|")
