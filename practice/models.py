"""Runs a learner's model, SQL or Python, on the cases of a step, and says which rule it breaks."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import duckdb
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from practice.guard import Fence, RefusedError, limited_cpu
from practice.tables import Row, create, differ, family, marked, quoted, shown, typed

# Removing rows of a failing input one by one takes no longer than this, seconds.
SHRINKING_SECONDS = 0.7


class WrongModelError(Exception):
    """Says in one sentence why a model cannot be compared."""


@dataclass(frozen=True)
class Model:
    """A model that can be run: on tables by their names it gives columns with their types, and rows."""

    run: Callable[[Mapping[str, Sequence[Row]]], tuple[dict[str, str], list[tuple]]]


def connect() -> duckdb.DuckDBPyConnection:
    """An engine in memory that opens no file and whose settings stay as they are."""
    con = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "512MB"})
    con.execute("set temp_directory = ''; set enable_external_access = false")
    con.execute("set TimeZone = 'UTC'; set lock_configuration = true")
    return con


def sql_model(con: duckdb.DuckDBPyConnection, name: str, text: str, inputs: Mapping[str, Mapping[str, str]]) -> Model:
    """A model in SQL with `ref`, as dbt has it. Raises WrongModelError where the text is no query of its inputs."""
    query = _query(con, name, text, inputs)

    def run(given: Mapping[str, Sequence[Row]]) -> tuple[dict[str, str], list[tuple]]:
        for table, columns in inputs.items():
            create(con, quoted(table), columns, given.get(table, ()))
        result = con.execute(query)
        columns = {column: str(type_) for column, type_, *_ in result.description}
        if len(columns) < len(result.description):
            raise WrongModelError(f"{name} gives two columns the same name.")
        return columns, result.fetchall()

    return Model(run)


def _query(con: duckdb.DuckDBPyConnection, name: str, text: str, inputs: Mapping[str, Mapping[str, str]]) -> str:
    def ref(*parts: str) -> str:
        if parts[-1] not in inputs:
            raise WrongModelError(f"{name} asks for ref('{parts[-1]}'); its inputs are {' and '.join(inputs)}.")
        return quoted(parts[-1])

    def config(**_: object) -> str:
        return ""

    environment = SandboxedEnvironment(undefined=StrictUndefined)
    try:
        query = environment.from_string(text).render(ref=ref, source=ref, config=config).strip().rstrip(";").strip()
    except (TemplateError, TypeError) as error:
        raise WrongModelError(f"{name} is no template that can be rendered: {one_line(error)}.") from error
    try:
        statements = con.extract_statements(query) if query else []
    except duckdb.Error as error:
        raise WrongModelError(f"{name} is no SQL: {one_line(error)}.") from error
    if not statements:
        raise WrongModelError(f"{name} is empty: begin with a select from {{{{ ref('{next(iter(inputs))}') }}}}.")
    if len(statements) > 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise WrongModelError(f"{name} is not one select: a model reads its inputs and writes nothing, no file either.")
    return query


def python_model(name: str, text: str, inputs: Mapping[str, Mapping[str, str]], fence: Fence) -> Model:
    """A model in Python: a function `model(ref)`, whose rows are dictionaries; `ref('…')` lists those of an input.

    The rows of an input with `source_position` are in order of arrival.
    """
    con = connect()
    namespace = load_python(name, text, fence, None)
    if not callable(namespace.get("model")):
        raise WrongModelError(f"{name} has no function model: begin with `def model(ref):`.")

    def run(given: Mapping[str, Sequence[Row]]) -> tuple[dict[str, str], list[tuple]]:
        tables = {}
        for table, columns in inputs.items():
            create(con, quoted(table), columns, given.get(table, ()))
            order = [c for c in ("loaded_at", "source_file", "source_position") if c in columns]
            result = con.execute(f"from {quoted(table)} {'order by ' + ', '.join(order) if order else ''}")
            names = [column for column, *_ in result.description]
            tables[table] = [dict(zip(names, row, strict=True)) for row in result.fetchall()]

        def ref(table: str) -> list[Row]:
            if table not in tables:
                raise WrongModelError(f"{name} asks for ref('{table}'); its inputs are {' and '.join(inputs)}.")
            return [dict(row) for row in tables[table]]

        with fence.up(None):
            returned = namespace["model"](ref)
            rows = None if returned is None else list(returned)
        if rows is None or not all(isinstance(row, dict) for row in rows):
            raise WrongModelError(f"model of {name} has to return, or yield, a dictionary for each row.")
        columns = list(dict.fromkeys(column for row in rows for column in row))
        return dict.fromkeys(columns, ""), [tuple(row.get(column) for column in columns) for row in rows]

    return Model(run)


def load_python(name: str, text: str, fence: Fence, folder: Path | None) -> dict:
    """The names that a learner's file defines."""
    if not text.strip():
        raise WrongModelError(f"{name} is empty: the brief says which function it has to have.")
    # Dataclasses look for the module that they are in.
    module = sys.modules["learner"] = ModuleType("learner")
    try:
        code = compile(text, name, "exec")
    except (SyntaxError, ValueError) as error:
        raise WrongModelError(f"{name} is no Python: {one_line(error)}.") from error
    with fence.up(folder):
        exec(code, module.__dict__)
    return module.__dict__


def check_model(step: dict, name: str, text: str, answer: str, fence: Fence) -> dict:
    """What a model is told: `problem`, a sentence, or `failures`, and how many cases `passed`."""
    con = connect()
    try:
        with limited_cpu() as is_over:
            try:
                if name.endswith(".py"):
                    model = python_model(name, text, step["inputs"], fence)
                else:
                    model = sql_model(con, name, text, step["inputs"])
                return _compare(step, name, model, sql_model(connect(), "the answer", answer, step["inputs"]))
            except BaseException:
                if is_over():
                    return {"problem": too_long(name)}
                raise
    except (WrongModelError, RefusedError) as error:
        return {"problem": _refusal(name, error)}
    except duckdb.Error as error:
        return {"problem": engine_says(name, error)}
    except MemoryError:
        return {"problem": f"{name} was stopped: it takes too much memory; look for a list that only grows."}
    except KeyboardInterrupt:
        return {"problem": too_long(name)}
    except Exception as error:
        return {"problem": python_says(name, error)}


def too_long(name: str) -> str:
    """The sentence for what does not come to an end."""
    return f"{name} was stopped: it did not come to an end; look for a recursion, a loop or a join that never ends."


def _refusal(name: str, error: Exception) -> str:
    return str(error) if isinstance(error, WrongModelError) else f"{name} was stopped: {error}."


def engine_says(name: str, error: duckdb.Error) -> str:
    """The sentence for what the engine refuses."""
    said = one_line(error)
    if isinstance(error, duckdb.PermissionException) or "disabled by configuration" in said:
        return f"{name} was stopped: it reads or writes a file; a model has its inputs by ref and nothing else."
    if isinstance(error, duckdb.OutOfMemoryException):
        return f"{name} was stopped: it takes too much memory; look for a join without a condition."
    return f"{name} cannot be run: {said}."


def python_says(name: str, error: BaseException) -> str:
    """One sentence for an exception of a learner's Python, with the line of his file."""
    place, line = error.__traceback__, None
    while place:
        if place.tb_frame.f_code.co_filename == name:
            line = place.tb_lineno
        place = place.tb_next
    where = f" in line {line}" if line else ""
    return f"{name} fails{where}: {type(error).__name__}: {one_line(error)}."


def one_line(error: BaseException) -> str:
    """The message of an error up to the SQL that engines repeat below it."""
    return " ".join(str(error).split("\n\n")[0].split()).rstrip(".")[:300]


def _compare(step: dict, name: str, model: Model, answer: Model) -> dict:
    failures, passed, con = [], 0, connect()
    for case in step["cases"]:
        failure = _failing(step, name, model, con, case)
        if failure:
            failures.append((case, *failure))
        else:
            passed += 1
        if failure and case["rule"] == "ordinary":
            break
    told = [_told(step, *failure, is_smallest=False) for failure in failures[1:]]
    if failures:
        case, given, expected, got = failures[0]
        smallest = None if "seconds" in case else _shrunk(step, name, model, answer, case, given)
        told.insert(0, _told(step, case, *(smallest or (given, expected, got)), is_smallest=bool(smallest)))
    return {"failures": told, "passed": passed}


def _failing(
    step: dict, name: str, model: Model, con: duckdb.DuckDBPyConnection, case: dict
) -> tuple[dict, list[tuple], list[tuple]] | None:
    """Of a case that fails the input, and expected and got."""
    expected = typed(con, step["columns"], case["expect"])
    if "seconds" in case:
        # Much input, and little time: what grows with the square of it does not come to its end.
        with limited_cpu(case["seconds"]) as is_over:
            try:
                got = _result(step, name, model, case["given"])
            except BaseException:
                if not is_over():
                    raise
                got = []
        return (case["given"], expected, got) if differ(*_parts(step, case, expected, got)) else None
    # A model that is right only for the order in which rows happen to lie is wrong.
    for given in (case["given"], {table: rows[::-1] for table, rows in case["given"].items()}):
        got = _result(step, name, model, given)
        if differ(*_parts(step, case, expected, got)):
            return given, expected, got
    return None


def _parts(step: dict, case: dict, *tables: list[tuple]) -> list[list[tuple]]:
    """Tables in the columns that a case looks at."""
    return [_part(step, case["columns"], rows) for rows in tables]


def _result(step: dict, name: str, model: Model, given: Mapping[str, Sequence[Row]]) -> list[tuple]:
    """The rows of a model in the columns of the step. Raises WrongModelError where columns or types do not fit."""
    columns, rows = model.run(given)
    missing = [column for column in step["columns"] if column not in columns]
    if missing and (rows or not name.endswith(".py")):
        raise WrongModelError(f"{name} has no column {missing[0]}; it needs {', '.join(step['columns'])}.")
    for column, type_ in step["columns"].items():
        is_type = columns.get(column, "")
        if (
            is_type
            and is_type != '"NULL"'
            and family(is_type) != family(type_)
            and not (family(type_) == "number" and family(is_type) == "float")
        ):
            raise WrongModelError(f"{column} of {name} is {is_type}; the brief says {type_}.")
    places = {column: place for place, column in enumerate(columns)}
    return [tuple(row[places[column]] if column in places else None for column in step["columns"]) for row in rows]


def floats(step: dict, rows: Sequence[tuple]) -> list[str]:
    """The columns that should be exact numbers and are floats."""
    exact = [(place, name) for place, name in enumerate(step["columns"]) if is_exact(step["columns"][name])]
    return [name for place, name in exact if any(isinstance(row[place], float) for row in rows)]


def is_exact(type_: str) -> bool:
    """Whether a type is a decimal, as money is."""
    return type_.upper().startswith("DECIMAL")


def _part(step: dict, columns: Sequence[str], rows: Sequence[tuple]) -> list[tuple]:
    """Rows in the columns that a case looks at. A float is never what an exact number is."""
    places = [(p, is_exact(type_)) for p, (column, type_) in enumerate(step["columns"].items()) if column in columns]
    return [
        tuple(("float", row[p]) if exact and isinstance(row[p], float) else row[p] for p, exact in places)
        for row in rows
    ]


def _shrunk(step: dict, name: str, model: Model, answer: Model, case: dict, given: dict) -> tuple | None:
    """The input without the rows that are not needed to see that model and answer differ; None where they do not."""
    end = time.monotonic() + SHRINKING_SECONDS

    def differing(tables: dict) -> tuple | None:
        try:
            expected = _result(step, "the answer", answer, tables)
            got = _result(step, name, model, tables)
        except Exception:
            return None
        return (tables, expected, got) if differ(*_parts(step, case, expected, got)) else None

    smallest = differing(given)
    is_smaller = smallest is not None
    while is_smaller and time.monotonic() < end:
        is_smaller = False
        tables = smallest[0]
        for table, rows in tables.items():
            for place in range(len(rows)):
                fewer = {**tables, table: [*rows[:place], *rows[place + 1 :]]}
                if time.monotonic() < end and fewer[table] and (found := differing(fewer)):
                    smallest, is_smaller = found, True
                    break
            if is_smaller:
                break
    return smallest


def _told(step: dict, case: dict, given: dict, expected: list[tuple], got: list[tuple], is_smallest: bool) -> dict:
    """A failing case as it is shown: the input, and expected and got, row by row, with marks where they differ."""
    columns = [column for column in step["columns"] if column in case["columns"]]
    expected, got = _part(step, columns, expected), _part(step, columns, got)
    return {
        "case": case["name"],
        "rule": "float_money" if floats(step, _whole(step, columns, got)) else case["rule"],
        "says": case["says"],
        "given": {table: shown_input(step["inputs"][table], rows) for table, rows in given.items()},
        "is_smallest": is_smallest,
        "columns": columns,
        "expected": marked(expected, got),
        "got": marked(got, expected),
    }


def shown_input(columns: Mapping[str, str], rows: Sequence[Row] | Mapping[str, str]) -> dict:
    """An input as it is shown: the columns in which a value stands, and the rows as text."""
    if isinstance(rows, Mapping):
        return {"columns": ["made by"], "rows": [[rows["sql"]]]}
    used = [column for column in columns if any(row.get(column) is not None for row in rows)]
    return {"columns": used, "rows": [[shown(row.get(column)) for column in used] for row in rows]}


def _whole(step: dict, columns: Sequence[str], rows: Sequence[tuple]) -> list[tuple]:
    by_column = [dict(zip(columns, row, strict=True)) for row in rows]
    return [tuple(_plain(row.get(column)) for column in step["columns"]) for row in by_column]


def _plain(value: object) -> object:
    return value[1] if isinstance(value, tuple) else value
