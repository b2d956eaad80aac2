"""What a rebuild needs to know of a model, from dbt's manifest: may it be rebuilt, its key, what is built from it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse.errors import UsageError

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

# A table, as dbt's configuration names the ways to keep one.
TABLES = ("table", "incremental")


@dataclass(frozen=True)
class Model:
    """A model that is a table.

    Attributes:
        name: its name, which is that of its table.
        key: the columns that its key test says are unique together.
        readers: models that are tables and are built from it, directly or not, in the order to build them in.
        reads_raw: whether it is built from raw records, which may have been purged.
    """

    name: str
    key: tuple[str, ...]
    readers: tuple[str, ...]
    reads_raw: bool


def find_model(manifest: Manifest, name: str) -> Model:
    """The model of that name. Raises UsageError when there is none, or it is nothing that can be rebuilt."""
    nodes = [node for node in manifest.nodes.values() if node.resource_type in ("model", "seed", "snapshot")]
    if not name:
        raise UsageError("Name the model to rebuild, such as: make rebuild MODEL=fct_web_sessions.")
    node = next((node for node in nodes if node.name == name), None)
    if node is None:
        models = [node.name for node in nodes if node.resource_type == "model"]
        near = difflib.get_close_matches(name, models, n=1)
        raise UsageError(
            f"There is no model {name}; {f'did you mean {near[0]}?' if near else '`make docs-serve` shows them all.'}"
        )
    if node.resource_type == "seed":
        raise UsageError(f"{name} is a seed: `dbt seed --select {name}` loads it again.")
    if node.resource_type == "snapshot":
        raise UsageError(f"{name} is a snapshot: what it keeps cannot be built again.")
    if node.config.materialized not in TABLES:
        raise UsageError(f"{name} is a {node.config.materialized}: it has no rows of its own to rebuild.")
    return Model(name, _key(manifest, node), tuple(_readers(manifest, node)), reads_raw=node.fqn[1] == "staging")


def _key(manifest: Manifest, node) -> tuple[str, ...]:
    """The columns of the model's grain, if it says one, else those of its key test."""
    if grain := node.config.meta.get("grain"):
        return tuple(grain)
    for test in manifest.nodes.values():
        if test.resource_type == "test" and getattr(test, "attached_node", None) == node.unique_id:
            if test.test_metadata.name == "unique":
                return (test.column_name,)
            if test.test_metadata.name == "expect_compound_columns_to_be_unique":
                return tuple(test.test_metadata.kwargs["column_list"])
    raise UsageError(
        f"{node.name} has no key, so rows cannot be compared: give it `meta.grain` or a `unique` test in its yml."
    )


def _readers(manifest: Manifest, node) -> list[str]:
    """The tables built from the model, each after those it is built from."""
    ordered: list[str] = []
    seen = set()

    def visit(unique_id: str) -> None:
        if unique_id in seen:
            return
        seen.add(unique_id)
        for child in manifest.child_map.get(unique_id, ()):
            visit(child)
        reader = manifest.nodes.get(unique_id)
        if reader and reader.resource_type == "model" and reader.config.materialized in TABLES:
            ordered.append(reader.name)

    visit(node.unique_id)
    return ordered[::-1][1:]
