"""dbt that finds a macro sooner: a fifth of what a run takes beside SQL."""

from collections import ChainMap
from collections.abc import Callable

from dbt.context.macros import MacroNamespace
from dbt_common.clients.jinja import BaseMacroGenerator


def find_macros_once() -> None:
    """Have this process look each macro up and make it once for a node, instead of for each call.

    dbt looks for every name, `target` too, among all macros first, package by package.
    """
    found, made = MacroNamespace.__getitem__, BaseMacroGenerator.get_macro

    def contains(self: ChainMap, key: object) -> bool:
        # ChainMap's own is a generator for each map of maps.
        for mapping in self.maps:  # noqa: SIM110
            if key in mapping:
                return True
        return False

    def find(self: MacroNamespace, key: str) -> object:
        known = self.__dict__.setdefault("known", {})
        if key not in known:
            known[key] = found(self, key) if contains(self, key) else None
        if known[key] is None:
            raise KeyError(key)
        return known[key]

    def make(self: BaseMacroGenerator) -> Callable:
        if "made" not in self.__dict__:
            self.made = made(self)
        return self.made

    ChainMap.__contains__ = contains
    MacroNamespace.__getitem__ = find
    BaseMacroGenerator.get_macro = make
