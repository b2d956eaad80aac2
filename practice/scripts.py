"""Runs a learner's script of statements on the cases of a step: as it is, again, and killed after each statement."""

from collections.abc import Mapping, Sequence

import duckdb
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from practice.guard import limited_cpu
from practice.models import WrongModelError, connect, engine_says, one_line, shown_input, too_long
from practice.tables import Row, create, differ, marked, quoted, typed


def check_script(step: dict, name: str, text: str) -> dict:
    """What a script is told, in the form of `check_model`."""
    con = connect()
    try:
        with limited_cpu() as is_over:
            try:
                failures = [failure for case in step["cases"] if (failure := _failure(con, step, case, name, text))]
            except BaseException:
                if is_over():
                    return {"problem": too_long(name)}
                raise
    except WrongModelError as error:
        return {"problem": str(error)}
    except duckdb.Error as error:
        return {"problem": engine_says(name, error)}
    return {"failures": failures, "passed": len(step["cases"]) - len(failures)}


def _failure(con: duckdb.DuckDBPyConnection, step: dict, case: dict, name: str, text: str) -> dict | None:
    """The first thing that goes wrong in a case."""
    reader = con.cursor()
    statements = _statements(con, name, text, case["variables"])
    expected = typed(con, step["columns"], case["expect"])
    before = typed(con, step["columns"], case["given"][step["target"]])

    def table() -> list[tuple]:
        columns = ", ".join(map(quoted, step["columns"]))
        return reader.execute(f"select {columns} from {quoted(step['target'])}").fetchall()

    def run(some: Sequence[duckdb.Statement]) -> None:
        for statement in some:
            con.execute(statement)

    def begin() -> None:
        _roll_back(con)
        for one, columns in step["inputs"].items():
            create(con, quoted(one), columns, case["given"].get(one, ()))

    def told(rule: str, says: str, wanted: list[tuple], got: list[tuple]) -> dict | None:
        return _told(step, case, rule, says, wanted, got) if differ(wanted, got) else None

    begin()
    run(statements)
    _roll_back(con)
    if failure := told(case["rule"], case["says"], expected, table()):
        return failure
    run(statements)
    _roll_back(con)
    if failure := told("not_idempotent", "The script ran a second time, with nothing new.", expected, table()):
        return failure
    for done in range(1, len(statements)):
        begin()
        run(statements[:done])
        seen = table()
        where = f"after statement {done} of {len(statements)}"
        if differ(seen, before) and (
            failure := told("killed_half_way", f"What a reader sees {where}.", expected, seen)
        ):
            return failure
        _roll_back(con)
        run(statements)
        _roll_back(con)
        if failure := told("killed_half_way", f"The script was killed {where}, and run again.", expected, table()):
            return failure
    return None


def _statements(
    con: duckdb.DuckDBPyConnection, name: str, text: str, variables: Mapping[str, str]
) -> list[duckdb.Statement]:
    environment = SandboxedEnvironment(undefined=StrictUndefined)
    try:
        rendered = environment.from_string(text).render(ref=lambda *parts: quoted(parts[-1]), **variables)
        statements = con.extract_statements(rendered)
    except (TemplateError, TypeError) as error:
        raise WrongModelError(f"{name} is no template that can be rendered: {one_line(error)}.") from error
    except duckdb.Error as error:
        raise WrongModelError(f"{name} is no SQL: {one_line(error)}.") from error
    if not statements:
        raise WrongModelError(f"{name} is empty: write the statements that the brief asks for.")
    return statements


def _roll_back(con: duckdb.DuckDBPyConnection) -> None:
    """End a transaction that is open: what is not committed when a process ends has not happened."""
    try:
        con.rollback()
    except duckdb.TransactionException:
        return


def _told(step: dict, case: dict, rule: str, says: str, expected: list[tuple], got: list[tuple]) -> dict:
    tables: dict[str, list[Row]] = case["given"]
    variables = "".join(f" {variable} is {value}." for variable, value in case["variables"].items())
    return {
        "case": case["name"],
        "rule": rule,
        "says": says + variables,
        "given": {table: shown_input(step["inputs"][table], rows) for table, rows in tables.items()},
        "is_smallest": False,
        "columns": list(step["columns"]),
        "expected": marked(expected, got),
        "got": marked(got, expected),
    }
