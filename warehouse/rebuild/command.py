"""The steps of `make rebuild`: build a shadow table and compare; swap in; swap back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console

from warehouse.dbt_runs import Dbt
from warehouse.errors import UsageError
from warehouse.rebuild.comparison import Comparison, call, columns_of_tables, compare, states
from warehouse.rebuild.model import Model, find_model
from warehouse.rebuild.show import show

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


def rebuild(dbt: Dbt, console: Console, model_name: str, *, swap: str = "", back: str = "", options: str = "") -> None:
    """`make rebuild MODEL=…`, with SWAP=yes or BACK=yes. `options` are the other options of the command, as typed.

    Raises UsageError, with the present table as it was, when the command or the model is not one that can work.
    """
    for name, value in (("SWAP", swap), ("BACK", back)):
        if value not in ("", "yes"):
            raise UsageError(f"{name}={value} is not known: give {name}=yes, or leave it out.")
    if swap and back:
        raise UsageError("SWAP and BACK exclude each other: give one.")
    model = find_model(dbt.parse(), model_name)
    if not columns_of_tables(dbt, model)["present"]:
        raise UsageError(f"{model.name} has not been built yet: run `make build` first.")
    if model.reads_raw and (day := dbt.query("select '{{ raw_kept_from() or '' }}' as kept_from")[0]["kept_from"]):
        raise UsageError(
            f"Raw from before {day} may be gone, so {model.name} cannot be built again: its rows are what is left."
        )
    others = dbt.query(f"select '{{{{ not_made_by_rebuild('{model.name}') | join(' and ') }}}}' as names")[0]["names"]
    if others:
        raise UsageError(f"`make rebuild` would replace {others}, which it has not made: rename what is there.")
    command = f"make rebuild MODEL={model.name}{options}"
    if swap:
        _swap(dbt, console, model, command)
    elif back:
        _swap_back(dbt, console, model, command)
    else:
        _build_shadow(dbt, console, model, command)
        return
    if model.readers:
        console.print(
            f"The next build builds in full what was built from the rows before: {', '.join(model.readers)}.",
            highlight=False,
            soft_wrap=True,
        )


def _build_shadow(dbt: Dbt, console: Console, model: Model, command: str) -> None:
    """Build the new version and compare it; drop it again when it is no different."""
    _operation(dbt, "begin_rebuild", model=model.name)
    shadow = replace(dbt, variables={**dbt.variables, "build_shadow_of": model.name}, folder="rebuild/shadow")
    with _named_as_shadow(dbt.manifest, model) as shadow.manifest:
        # Its own tests and those that compare it with what it is built from; models further down come later.
        built = shadow.build(
            *("--select", model.name, "--indirect-selection", "buildable", "--exclude-resource-type", "unit_test"),
            full_refresh=True,
        ).success
    if not columns_of_tables(dbt, model)["rebuilt"]:
        raise UsageError(
            f"{model.name} could not be built aside: the errors stand above, and in full in logs/dbt.log; "
            "the present table is as it was."
        )
    comparison = compare(dbt, model)
    show(comparison, model, console)
    if comparison.is_equal:
        _operation(dbt, "end_rebuild", model=model.name)
        console.print("Nothing to swap: the rebuilt rows are the present ones.")
        return
    if not built:
        raise UsageError(
            f"The rebuilt rows of {model.name} fail the tests above, so they are not to be swapped in; correct the "
            f"model, then run `{command}` again."
        )
    _check_columns(comparison, model)
    _operation(
        dbt,
        "note_comparison",
        model=model.name,
        present_fingerprint=comparison.present.fingerprint,
        rebuilt_fingerprint=comparison.rebuilt.fingerprint,
    )
    console.print(f"Nothing has been changed yet. To swap the rebuilt rows in: {command} SWAP=yes", soft_wrap=True)


@contextmanager
def _named_as_shadow(manifest: Manifest, model: Model) -> Iterator[Manifest]:
    """The project in which the table of the model is named …__rebuilt for a while: to its tests too, which read it."""
    node = next(node for node in manifest.nodes.values() if node.name == model.name and node.resource_type == "model")
    alias, relation_name = node.alias, node.relation_name
    node.alias = f"{alias}__rebuilt"
    node.relation_name = node.alias.join(relation_name.rsplit(alias, 1))
    try:
        yield manifest
    finally:
        node.alias, node.relation_name = alias, relation_name


def _check_columns(comparison: Comparison, model: Model) -> None:
    """Raise UsageError when a swap of rows cannot bring the new columns about."""
    wrong = [f"{name} is gone" for name in comparison.gone]
    wrong += [f"{name} is {new} instead of {old}" for name, (old, new) in comparison.retyped.items()]
    if wrong:
        raise UsageError(
            f"The rebuilt {model.name} cannot take the place of the present one row by row ({'; '.join(wrong)}): "
            f"run `dbt run --full-refresh --select {model.name}`."
        )


def _swap(dbt: Dbt, console: Console, model: Model, command: str) -> None:
    """Swap in the rebuilt version that was compared, if both tables are what they were then."""
    notes = _notes(dbt, model)
    if not notes.get("rebuilt", {}).get("rebuilt_fingerprint"):
        raise UsageError(f"No rebuilt version of {model.name} has been compared yet: run `{command}` first.")
    now = states(dbt, model)
    for table, words in (("present", "The present table"), ("rebuilt", "The rebuilt version")):
        if notes["rebuilt"][f"{table}_fingerprint"] != now[table].fingerprint:
            raise UsageError(f"{words} of {model.name} has changed since they were compared: run `{command}` again.")
    _operation(dbt, "swap_in", model=model.name)
    _say_swapped(dbt, console, model, command)


def _swap_back(dbt: Dbt, console: Console, model: Model, command: str) -> None:
    """Change the present rows for the previous ones."""
    tables = columns_of_tables(dbt, model)
    if not tables["previous"]:
        raise UsageError(f"There are no previous rows of {model.name}: nothing was swapped, or it is too long ago.")
    lost = [name for name, kind in tables["previous"].items() if tables["present"].get(name) != kind]
    if lost:
        raise UsageError(
            f"{model.name} has changed its columns since ({', '.join(lost)}), so its previous rows do not fit any more."
        )
    _operation(dbt, "swap_back", model=model.name)
    _say_swapped(dbt, console, model, command)
    console.print("What builds have brought since those rows were built comes again with the next `make build`.")


def _say_swapped(dbt: Dbt, console: Console, model: Model, command: str) -> None:
    kept_until = _notes(dbt, model)["previous"]["kept_until"]
    console.print(
        f"Swapped. The rows before are in {model.name}__previous until {kept_until}; back to them: {command} BACK=yes",
        highlight=False,
        soft_wrap=True,
    )


def _notes(dbt: Dbt, model: Model) -> dict[str, dict]:
    """What is noted of the tables beside the model, by `rebuilt` and `previous`."""
    return {row["table_name"]: row for row in dbt.query(call("rebuild_notes", model.name))}


def _operation(dbt: Dbt, macro: str, **arguments: str) -> None:
    """Run a macro that changes tables; it changes all it is there to change, or nothing that readers see."""
    if not dbt.run("run-operation", macro, "--args", json.dumps(arguments)).success:
        raise UsageError(
            f"The step {macro} of {arguments['model']} failed: the errors stand above, and in full in logs/dbt.log; "
            "readers see the rows they saw before."
        )
