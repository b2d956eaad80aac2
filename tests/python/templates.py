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


if __name__ == "__main__":
    from sqlfluff.cli.commands import cli

    compile_once()
    # It makes a million objects that live until a file is done; looking for garbage as often as unasked takes a third.
    gc.set_threshold(100_000, 20, 100)
    cli()
