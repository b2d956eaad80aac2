"""Jinja that compiles a text once; as a program, sqlfluff with it.

dbt compiles the template of a model anew in each run, and sqlfluff all macros for each file that it lints.
"""

import gc
from functools import cache
from types import CodeType

import jinja2


def compile_once() -> None:
    """Have this process remember what jinja compiles, for each text and the same options of jinja."""
    compiled = jinja2.Environment.compile
    environments: dict[tuple, jinja2.Environment] = {}

    @cache
    def remembered(options: tuple, source: str, name: str | None, filename: str | None) -> CodeType:
        return compiled(environments[options], source, name, filename)

    def compile_or_remember(
        environment: jinja2.Environment,
        source: str,
        name: str | None = None,
        filename: str | None = None,
        raw: bool = False,
        defer_init: bool = False,
    ) -> CodeType | str:
        if raw or not isinstance(source, str):
            return compiled(environment, source, name, filename, raw, defer_init)
        options = (type(environment), environment.autoescape, *sorted(environment.extensions), *environment.filters)
        environments.setdefault(options, environment)
        return remembered(options, source, name, filename)

    jinja2.Environment.compile = compile_or_remember


def lay_out_once() -> None:
    """Have sqlfluff take a file apart once, not for each rule of layout; no rule of `lint` changes the file."""
    from_root = ReflowSequence.from_root
    found: list[ReflowSequence] = []

    def remembered(root_segment: BaseSegment, config: FluffConfig) -> ReflowSequence:
        if not found or found[0].root_segment is not root_segment:
            found[:] = [from_root(root_segment, config)]
        (last,) = found
        return ReflowSequence(list(last.elements), root_segment, last.reflow_config, last.depth_map)

    ReflowSequence.from_root = remembered


if __name__ == "__main__":
    from sqlfluff.cli.commands import cli
    from sqlfluff.core import FluffConfig
    from sqlfluff.core.parser import BaseSegment
    from sqlfluff.utils.reflow.sequence import ReflowSequence

    compile_once()
    lay_out_once()
    # It makes a million objects that live until a file is done; looking for garbage as often as unasked takes a third.
    gc.set_threshold(100_000, 20, 100)
    cli()
